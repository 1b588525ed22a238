"""Which nodes walks along the edges come to and start from: ranks and eigenvectors.

Inward measures (PageRank, Katz, eigenvector, authorities) make a node central that central nodes
point to; outward ones (hubs) a node that points to them.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics.spectral import perron_root, spectral_radius

_EQUAL: Final = 1e-9  # roots of components that differ by less, relatively, count as one
_NO_WALK: Final = 1e-13
_TINY: Final = 1e-290


def pagerank(adjacency: object) -> Floats:
    """PageRank of each node, damping 0.85: unitless, in (0, 1], with the sum 1.

    A node without out-edges passes its rank to all nodes alike.

    Source: Brin & Page (1998), Computer Networks 30, 107-117.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).pagerank


def katz(adjacency: object) -> Floats:
    """Katz centrality, x = alpha A^T x + 1, of unit length: unitless, in (0, 1].

    The sum of alpha^k over all walks of k edges that end in a node. alpha is 0.85 over the
    spectral radius, so that long walks count alike in all graphs; without cycles the radius is 0,
    the walks are finite, and alpha is 0.85.

    Source: Katz (1953), Psychometrika 18, 39-43; alpha relative to the radius.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _resolvent(graph, (spectral_radius(graph) or 1.0) / 0.85)


def eigenvector(adjacency: object) -> Floats:
    """Eigenvector centrality, the Perron vector of A^T, of unit length: unitless, in [0, 1].

    Where the Perron root belongs to several strong components (to 1e-9) it is the vector that walks
    from all nodes alike come to: only nodes behind the longest chains of such components are not 0.

    Source: Bonacich (1972), J. Math. Sociol. 2, 113-120; on digraphs along incoming edges.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No cycle, so that every eigenvalue is 0.
    """
    return Topology.of(adjacency).part(_eigenvector)


def hubs(adjacency: object) -> Floats:
    """Hub scores, x = A A^T x, of unit length: unitless, in [0, 1].

    A hub points to authorities. The limit from equal scores, where several vectors would do.

    Source: Kleinberg (1999), J. ACM 46, 604-632.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("hubs", graph)
    a = graph.edges.astype(np.float64)
    return _leading(a @ a.T)


def authorities(adjacency: object) -> Floats:
    """Authority scores, x = A^T A x, of unit length: unitless, in [0, 1].

    Hubs point to an authority. The limit from equal scores, where several vectors would do.

    Source: Kleinberg (1999), J. ACM 46, 604-632.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("authorities", graph)
    a = graph.edges.astype(np.float64)
    return _leading(a.T @ a)


def subgraph_centrality(adjacency: object) -> Floats:
    """Log of the closed walks from a node, those of k edges over k!, ln (exp A)_ii: unitless, >= 0.

    The logarithm keeps dense graphs within what a float can hold.

    Source: Estrada & Rodriguez-Velazquez (2005), Phys. Rev. E 71, 056103; directed walks.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _log_walks(Topology.of(adjacency), lambda walks: walks.diagonal())


def communicability_in(adjacency: object) -> Floats:
    """Log of the walks into a node, those of k edges over k!, ln sum_j (exp A)_ji: unitless, >= 0.

    Source: Benzi & Klymko (2013), J. Complex Netw. 1, 124-149 (total communicability).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _log_walks(Topology.of(adjacency), lambda walks: walks.sum(axis=0))


def communicability_out(adjacency: object) -> Floats:
    """Log of the walks from a node, those of k edges over k!, ln sum_j (exp A)_ij: unitless, >= 0.

    Source: Benzi & Klymko (2013), J. Complex Netw. 1, 124-149 (total communicability).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _log_walks(Topology.of(adjacency), lambda walks: walks.sum(axis=1))


def _log_walks(graph: Topology, count: Callable[[Floats], Floats]) -> Floats:
    """Logarithm of what `count` takes out of exp(A)."""
    exponential, scale = graph.part(_exponential)
    walks = count(exponential)
    # Beside a component of more than 1168 nodes the walks that never meet it are lost: they are
    # those of the graph without it.
    lost = walks < _TINY
    found = np.log(np.where(lost, 1.0, walks)) + scale
    if lost.any():
        found[lost] = _log_walks(Topology.of(graph.edges[np.ix_(lost, lost)]), count)
    # ln 1 is 0, whatever digit rounding left: a node without a walk has none.
    return np.where(found < _NO_WALK, 0.0, found)


def _exponential(graph: Topology) -> tuple[Floats, float]:
    """exp(A) e^-s and s: the radius, beyond what a float can hold."""
    scale = max(0.0, spectral_radius(graph) - 500)
    a = graph.edges.astype(np.float64) - scale * np.eye(graph.n_nodes)
    return np.asarray(scipy.linalg.expm(a)), scale


def _leading(symmetric: Floats) -> Floats:
    """Projection of equal scores onto the eigenspace of the largest eigenvalue, of length 1."""
    values, vectors = np.linalg.eigh(symmetric)
    space = vectors[:, values > values[-1] * (1 - 1e-9)]
    scores = space @ space.sum(axis=0)
    scores = np.where(np.abs(scores) < 1e-12 * np.abs(scores).max(), 0, scores)
    return np.asarray(scores / np.linalg.norm(scores))


def _eigenvector(graph: Topology) -> Floats:
    radius = spectral_radius(graph)
    if not radius:
        raise UndefinedMetricError("`eigenvector` needs a cycle; got a graph without one.")
    if graph.native and len(vector := graph.perron[1]):
        return vector
    return _resolvent(graph, radius)


def _resolvent(graph: Topology, at: float) -> Floats:
    """(s - A^T)^-1 1 where s comes down to `at`, the radius or more, of length 1.

    The solution is the sum of A^T^k 1 / s^(k+1) over all walks. At the radius it has a pole, and
    its leading term is where the power iteration on A^T + I comes to from equal scores, whatever
    the components' roots. Component by component, upstream first: one whose root is `at` raises
    the order of the pole by 1, the others pass on the terms of the highest order.
    """
    sources, labels = np.ascontiguousarray(graph.edges.T), graph.strong_components
    # Every ancestor of a component has fewer ancestors than it has.
    first = np.unique(labels, return_index=True)[1]
    upstream_first = labels[first[np.argsort(graph.paths.reached_in[first])]]
    found, order = np.zeros(graph.n_nodes), np.zeros(graph.n_nodes, dtype=np.int64)
    size = np.zeros(graph.n_nodes)  # logarithm: what was found is a multiple of e^size
    for label in upstream_first:
        members = np.flatnonzero(labels == label)
        block = sources[np.ix_(members, members)].astype(np.float64)
        feeding = np.asarray(sources[members].any(axis=0))
        feeding[members] = False
        pole = order[feeding].max(initial=0)
        feeding &= order == pole
        most = size[feeding].max(initial=-np.inf if pole else 0.0)
        inflow = np.full(len(members), 0.0 if pole else np.exp(-most))
        inflow += sources[np.ix_(members, feeding)] @ _scaled(found, size - most, feeding)
        if len(members) > 1 and perron_root(block) > at * (1 - _EQUAL):
            left, right = _perron_vectors(block, at)
            values = right * (left @ inflow) / (left @ right)
            pole += 1
        else:
            values = np.linalg.solve(at * np.eye(len(members)) - block, inflow)
        order[members] = pole
        top = max(values.max(), _TINY)
        found[members], size[members] = np.maximum(values / top, _TINY), most + np.log(top)
    leading = order == order.max()
    result = np.zeros(graph.n_nodes)
    result[leading] = _scaled(found, size - size[leading].max(), leading)
    return np.asarray(result / np.linalg.norm(result))


def _scaled(values: Floats, logarithm: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return np.asarray(values[chosen] * np.exp(logarithm[chosen]))


def _perron_vectors(block: Floats, root: float) -> tuple[Floats, Floats]:
    """Left and right eigenvector of a strong component, by Newton's method from its root.

    One step is exact to the square of the root's error; the second starts at what the first finds.
    """
    n = len(block)
    bordered, last = np.ones((n + 1, n + 1)), np.eye(n + 1)[-1]
    bordered[-1, -1] = 0
    for _ in range(2):
        bordered[:-1, :-1] = root * np.eye(n) - block
        left = np.abs(np.linalg.solve(bordered.T, last)[:-1])
        right = np.abs(np.linalg.solve(bordered, last)[:-1])
        root = float(left @ block @ right / (left @ right))
    return left, right
