"""What a graph does to a signal that is passed along its edges again and again."""

from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from rnngraph.metrics._summary import need_edges, need_nodes
from rnngraph.metrics._topology import Floats, Topology

_ROUNDING: Final = 1e-12
_TOLERANCE: Final = 1e-12
_MAX_STEPS: Final = 500
_UNDERFLOW: Final = 1e-250


def spectral_radius(adjacency: object) -> float:
    """Largest modulus of an eigenvalue of the adjacency matrix: unitless, in [0, n-1].

    The mean growth, a step, of the number of walks. The spectrum of a graph is that of its strong
    components, so a graph without cycles has exactly 0, and no iteration has to find it.

    Source: Berman & Plemmons (1994), Nonnegative Matrices in the Mathematical Sciences, chapter 2.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    if graph.native and np.isfinite(radius := graph.perron[0]):
        return radius
    return max(map(perron_root, cyclic_blocks(graph, graph.edges).values()), default=0.0)


def pagerank_entropy(adjacency: object) -> float:
    """Shannon entropy of PageRank over its largest value, ln n: unitless, in [0, 1].

    1 is attention spread evenly, as on a regular graph. Damping 0.85; a node without out-edges
    passes its rank to all nodes alike.

    Source: Brin & Page (1998), Computer Networks 30, 107-117 (PageRank); Shannon (1948), Bell
    Syst. Tech. J. 27, 379-423.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("pagerank_entropy", graph, 2)
    rank = graph.pagerank
    return float(-(rank @ np.log(rank)) / np.log(graph.n_nodes))


def spectral_gap(adjacency: object) -> float:
    """Largest modulus of an eigenvalue less the next one: unitless, in [0, n].

    How fast walks forget where they started. A complex pair, or a component with a period, has two
    eigenvalues of the largest modulus and the gap 0.

    Source: Chung (1997), Spectral Graph Theory, chapter 1; here of the adjacency matrix.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("spectral_gap", graph, 2)
    modulus = np.sort(np.abs(graph.part(_eigenvalues)))
    gap = float(modulus[-1] - modulus[-2])
    # LAPACK returns equal moduli with a last digit of difference.
    return gap if gap > 1e-9 * modulus[-1] else 0.0


def algebraic_connectivity(adjacency: object) -> float:
    """Second smallest eigenvalue of the Laplacian, direction dropped: unitless, in [0, n].

    0 where the graph is not connected.

    Source: Fiedler (1973), Czech. Math. J. 23, 298-305; of the undirected closure.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("algebraic_connectivity", graph, 2)
    if graph.weak_components.any():
        return 0.0
    edges = graph.undirected.edges.astype(np.float64)
    laplacian = np.diag(edges.sum(axis=1)) - edges
    return float(scipy.linalg.eigvalsh(laplacian, subset_by_index=[1, 1])[0])


def non_normality(adjacency: object) -> float:
    """Henrici's departure from normality, sqrt(|A|_F^2 - sum |lambda|^2) / |A|_F: in [0, 1].

    0 where A A^T = A^T A, as on undirected graphs and rings; 1 without cycles. A non-normal
    network can amplify a signal for a while although its spectral radius says that it decays.
    Accurate to about 1e-12, except where an eigenvalue other than 0 has fewer eigenvectors than
    its multiplicity k: to about 1e-16^(2/k) there, as for any method that rounds.

    Source: Henrici (1962), Numer. Math. 4, 24-40; over the Frobenius norm as in Asllani, Lambiotte
    & Carletti (2018), Sci. Adv. 4, eaau9403.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("non_normality", graph)
    missing = 1 - float((np.abs(graph.part(_eigenvalues)) ** 2).sum()) / graph.n_edges
    return float(np.sqrt(missing)) if missing > _ROUNDING else 0.0


def spectral_norm(adjacency: object) -> float:
    """Largest singular value of the adjacency matrix: unitless, in [0, n-1].

    The most by which one step can stretch a signal; at least the spectral radius.

    Source: Golub & Van Loan (2013), Matrix Computations, section 2.4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).part(_singular_values)[0])


def stable_rank(adjacency: object) -> float:
    """Sum of the squared singular values over the largest one squared: unitless, in [1, n].

    Source: Rudelson & Vershynin (2007), J. ACM 54, 21.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("stable_rank", graph)
    return graph.n_edges / float(graph.part(_singular_values)[0]) ** 2


def effective_rank(adjacency: object) -> float:
    """Exponential of the entropy of the singular values' shares: unitless, in [1, n].

    In how many directions a step passes signals on, as many as there are equal singular values.

    Source: Roy & Vetterli (2007), EUSIPCO, 606-610.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("effective_rank", graph)
    values = graph.part(_singular_values)
    share = values[values > _ROUNDING * values[0]] / values.sum()
    return float(np.exp(-(share @ np.log(share))))


def nuclear_norm(adjacency: object) -> float:
    """Sum of the singular values of the adjacency matrix, the energy of the graph: >= 0.

    Source: Nikiforov (2007), J. Math. Anal. Appl. 326, 1472-1475 (energy of any matrix).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).part(_singular_values).sum())


def singular_values(adjacency: object) -> Floats:
    """Singular values of the adjacency matrix, the largest first: unitless, in [0, n-1].

    The square roots of the eigenvalues of A A^T: by how much a step stretches signals in each of n
    orthogonal directions. Those of the reversed graph are the same, and their squares sum to m.

    Source: Golub & Van Loan (2013), Matrix Computations, section 2.4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Returns:
        Shape (n,).
    """
    return Topology.of(adjacency).part(_singular_values).copy()


def _eigenvalues(graph: Topology) -> NDArray[np.complex128]:
    """Eigenvalues of the adjacency: those of its strong components, 0 for each node without one.

    LAPACK alone finds moduli up to .15 in a part without cycles that lies between two cycles, and
    for the zeros of a strong component that have too few eigenvectors.
    """
    found = np.zeros(graph.n_nodes, dtype=np.complex128)
    start = 0
    for block in cyclic_blocks(graph, graph.edges).values():
        values = np.linalg.eigvals(_without_zeros(block))
        found[start : start + len(values)] = values
        start += len(values)
    return found


def _without_zeros(block: Floats) -> Floats:
    """A matrix with the eigenvalues of `block` other than 0, by orthogonal steps.

    In a basis of the null space and the space of the rows, the columns of the former are 0, so the
    latter's part holds all other eigenvalues; and zeros again where a Jordan block of 0 is longer.
    A strong component has a root of 1 or more, so something is left.

    Source: Kublanovskaya (1966), USSR Comput. Math. Math. Phys. 6 (4), 1-14; ranks by QR with
    column pivoting.
    """
    while True:
        basis, triangle, _ = scipy.linalg.qr(block.T, pivoting=True)
        size = np.abs(triangle.diagonal())
        kept = basis[:, size > len(block) * np.finfo(np.float64).eps * size[0]]
        if kept.shape[1] == len(block):
            return block
        block = kept.T @ block @ kept


def _singular_values(graph: Topology) -> Floats:
    """Singular values of the adjacency, the largest first."""
    return np.linalg.svd(graph.edges.astype(np.float64), compute_uv=False)


def cyclic_blocks(graph: Topology, matrix: NDArray[np.generic]) -> dict[int, Floats]:
    """What `matrix` has within each strong component of two nodes or more, by the label of it."""
    labels = graph.strong_components
    cyclic = np.flatnonzero(np.bincount(labels) > 1).tolist()
    members = {label: np.flatnonzero(labels == label) for label in cyclic}
    return {
        label: matrix[np.ix_(nodes, nodes)].astype(np.float64) for label, nodes in members.items()
    }


def perron_root(block: Floats) -> float:
    """Spectral radius of one strong component.

    Power iteration on block + I, which is primitive; the ratios of one step bracket the root
    (Collatz 1942, Wielandt 1950), so it stops at a proven error. LAPACK takes over where the
    iteration is slow (long cycles) or its vector would underflow.
    """
    vector = np.ones(len(block))
    for _ in range(_MAX_STEPS):
        image = block @ vector + vector
        ratios = image / vector
        low, high = float(ratios.min()), float(ratios.max())
        if high - low <= _TOLERANCE * high:
            return (low + high) / 2 - 1
        vector = image / image.max()
        if vector.min() < _UNDERFLOW:
            break
    return float(np.abs(np.linalg.eigvals(block)).max())
