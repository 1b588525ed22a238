"""Which nodes walks along the edges come to and start from: ranks and eigenvectors.

Inward measures (PageRank, Katz, eigenvector, authorities) make a node central that central nodes
point to; outward ones (hubs) a node that points to them.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import scipy.linalg

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics._walks import leading, resolvent
from rnngraph.metrics.spectral import cyclic_blocks, perron_root, spectral_radius

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
    return leading(a @ a.T)


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
    return leading(a.T @ a)


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


def _eigenvector(graph: Topology) -> Floats:
    radius = spectral_radius(graph)
    if not radius:
        raise UndefinedMetricError("`eigenvector` needs a cycle; got a graph without one.")
    if graph.native and len(vector := graph.perron[1]):
        return vector
    return _resolvent(graph, radius)


def _resolvent(graph: Topology, at: float) -> Floats:
    blocks = cyclic_blocks(graph, graph.edges)
    roots = {label: perron_root(block) for label, block in blocks.items()}
    return resolvent(np.ascontiguousarray(graph.edges.T, dtype=np.float64), graph, roots, at)
