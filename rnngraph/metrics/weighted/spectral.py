"""Eigenvalues and singular values of the weight matrix, signs included.

As everywhere, self-loops are left out: the diagonal is 0. Rows are sources; the transpose, which
is what a network multiplies its state by, has the same values. The spectrum of a graph is that of
its strong components, so a graph without cycles has eigenvalues of exactly 0, which no general
method finds.
"""

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from rnngraph.metrics._summary import need_nodes
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.spectral import cyclic_blocks
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, unsigned


def weighted_spectral_radius(weights: object) -> float:
    """Largest modulus of an eigenvalue of the weight matrix: in weights, >= 0.

    Source: Jaeger (2001), GMD Report 148 (spectral radius of recurrent weights); here without
    self-loops.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return float(np.abs(_eigenvalues(graph)).max()) * graph.largest


def weighted_spectral_abscissa(weights: object) -> float:
    """Largest real part of an eigenvalue of the weight matrix: in weights, >= 0.

    The eigenvalues sum to the trace, 0 without self-loops, so one has no negative real part.

    Source: Trefethen & Embree (2005), Spectra and Pseudospectra; where dx/dt = -x + Wx
    loses stability, it is 1: Sompolinsky, Crisanti & Sommers (1988), Phys. Rev. Lett. 61, 259-262.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return max(0.0, float(_eigenvalues(graph).real.max())) * graph.largest


def weighted_spectral_gap(weights: object) -> float:
    """Largest modulus of an eigenvalue less the next one: in weights, >= 0.

    A complex pair, or a component with a period, has two eigenvalues of the largest modulus and
    the gap 0.

    Source: Chung (1997), Spectral Graph Theory, chapter 1; here of the weight matrix.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = WeightedGraph.of(weights)
    need_nodes("weighted_spectral_gap", graph.topology, 2)
    modulus = np.sort(np.abs(np.append(_eigenvalues(graph), 0)))
    gap = float(modulus[-1] - modulus[-2])
    # LAPACK returns equal moduli with a last digit of difference.
    return gap * graph.largest if gap > 1e-9 * modulus[-1] else 0.0


def weighted_algebraic_connectivity(weights: object) -> float:
    """Second smallest eigenvalue of the Laplacian, direction dropped: in weights, >= 0.

    The Laplacian, strengths on the diagonal less the weights, of the undirected graph in which a
    pair has the larger of its two weights. 0 where the graph is not connected.

    Source: Fiedler (1973), Czech. Math. J. 23, 298-305, with weights as in Fiedler (1975), Czech.
    Math. J. 25, 607-618.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "a Laplacian takes no signs")
    need_nodes("weighted_algebraic_connectivity", graph.topology, 2)
    if graph.topology.weak_components.any():
        return 0.0
    laplacian = np.diag(graph.undirected.sum(axis=1)) - graph.undirected
    second = float(scipy.linalg.eigvalsh(laplacian, subset_by_index=[1, 1])[0])
    return max(0.0, second) * graph.largest


def weighted_non_normality(weights: object) -> float:
    """Henrici's departure from normality over the Frobenius norm: unitless, in [0, 1].

    sqrt(1 - sum of |eigenvalue|^2 / sum of w^2): 0 for a normal (such as a symmetric) matrix, 1
    for a graph without cycles. Taken from the Schur form, not from the difference, which loses
    half the digits near 0.

    Source: Henrici (1962), Numer. Math. 4, 24-40; normalised as in Asllani, Lambiotte & Carletti
    (2018), Sci. Adv. 4, eaau9403.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weighted_non_normality", graph)
    w, labels = graph.relative, graph.topology.strong_components
    total = float((w**2).sum())
    departure = float((w[labels[:, None] != labels] ** 2).sum())
    departure += sum(map(_departure, _blocks(graph).values()))
    return float(np.sqrt(min(1.0, departure / total)))


def weighted_spectral_norm(weights: object) -> float:
    """Largest singular value of the weight matrix: in weights, >= 0.

    The most by which one step can stretch a signal; at least the spectral radius.

    Source: Golub & Van Loan (2013), Matrix Computations, section 2.4.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return float(graph.part(_singular_values)[0]) * graph.largest


def weighted_stable_rank(weights: object) -> float:
    """Sum of the squared singular values over the largest one squared: unitless, in [1, n].

    Source: Rudelson & Vershynin (2007), J. ACM 54, 21.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weighted_stable_rank", graph)
    return float((graph.relative**2).sum()) / float(graph.part(_singular_values)[0]) ** 2


def weighted_effective_rank(weights: object) -> float:
    """Exponential of the entropy of the singular values' shares: a number of ranks, in [1, n].

    Source: Roy & Vetterli (2007), EUSIPCO, 606-610.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weighted_effective_rank", graph)
    values = graph.part(_singular_values)
    share = values / values.sum()
    share = share[share > 0]
    return float(np.exp(-(share @ np.log(share))))


def weighted_nuclear_norm(weights: object) -> float:
    """Sum of the singular values of the weight matrix, its energy: in weights, >= 0.

    Source: Nikiforov (2007), J. Math. Anal. Appl. 326, 1472-1475.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return float(graph.part(_singular_values).sum()) * graph.largest


def weighted_singular_values(weights: object) -> Floats:
    """Singular values of the weight matrix, the largest first: in weights, >= 0.

    By how much a step stretches signals in each of n orthogonal directions; signs are read.

    Source: Golub & Van Loan (2013), Matrix Computations, section 2.4.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Returns:
        Shape (n,).
    """
    graph = WeightedGraph.of(weights)
    return graph.part(_singular_values) * graph.largest


def spectra(graph: WeightedGraph) -> dict[int, NDArray[np.complex128]]:
    """Eigenvalues of the weights over the largest |w|: of each strong component, by its label.

    Without nodes on no cycle, which are components of their own and have the eigenvalue 0.
    """
    return graph.part(_spectra)


def _spectra(graph: WeightedGraph) -> dict[int, NDArray[np.complex128]]:
    return {
        label: np.asarray(np.linalg.eigvals(block), dtype=np.complex128)
        for label, block in _blocks(graph).items()
    }


def _eigenvalues(graph: WeightedGraph) -> NDArray[np.complex128]:
    """The eigenvalues, all those of nodes on no cycle as one 0."""
    return np.concatenate([np.zeros(1, dtype=np.complex128), *spectra(graph).values()])


def _blocks(graph: WeightedGraph) -> dict[int, Floats]:
    """The weights within each strong component with more than one node, over the largest |w|."""
    return cyclic_blocks(graph.topology, graph.relative)


def _singular_values(graph: WeightedGraph) -> Floats:
    """Singular values of the weights over the largest |w|, the largest first."""
    return np.asarray(np.linalg.svd(graph.relative, compute_uv=False))


def _departure(block: Floats) -> float:
    """Sum of squares above the diagonal of the Schur form, that is of w less of eigenvalues.

    A pair of complex eigenvalues is a block a, b; c, a of the real form, with b c < 0. Of it
    remains (b + c)^2, what the upper right would be in the complex form.
    """
    form = scipy.linalg.schur(block)[0]
    beside = np.diag(form, 1) + np.diag(form, -1)
    return float((np.triu(form, 2) ** 2).sum() + (beside**2).sum())
