"""Which nodes walks along the edges come to and start from: ranks and eigenvectors, with weights.

A walk counts by the product of its weights, which signs would cancel, so they are refused. Inward
measures (PageRank, Katz, eigenvector, authorities) make a node central that central nodes point
to; outward ones (hubs) a node that points to them. No unit of the weights changes them.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics._walks import leading, resolvent
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, unsigned
from rnngraph.metrics.weighted.spectral import spectra

_DAMPING: Final = 0.85


def weighted_pagerank(weights: object) -> Floats:
    """PageRank of each node, damping 0.85: unitless, in (0, 1], with the sum 1.

    A node passes its rank on in proportion to the weights of its out-edges; one without
    out-edges to all nodes alike.

    Source: Brin & Page (1998), Computer Networks 30, 107-117, with weights as in Xing & Ghorbani
    (2004), CNSR, 305-314.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    passed = _over(_over(graph.weights, np.max), np.sum)
    # What goes to all nodes alike, from wherever, is a multiple of 1.
    rank = np.linalg.solve(np.eye(graph.n_nodes) - _DAMPING * passed.T, np.ones(graph.n_nodes))
    return np.asarray(rank / rank.sum())


def weighted_katz(weights: object) -> Floats:
    """Katz centrality, x = alpha W^T x + 1, of unit length: unitless, in (0, 1].

    The sum of alpha^k times the product of the weights over all walks of k edges that end in a
    node. alpha is 0.85 over the spectral radius, so that long walks count alike in all graphs;
    without cycles the radius is 0, the walks are finite, and alpha is 0.85 over the largest
    weight.

    Source: Katz (1953), Psychometrika 18, 39-43; alpha relative to the radius.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    return _resolvent(graph, (_radius(graph) or 1.0) / _DAMPING)


def weighted_eigenvector(weights: object) -> Floats:
    """Eigenvector centrality, the Perron vector of W^T, of unit length: unitless, in [0, 1].

    Where the Perron root belongs to several strong components (to 1e-9) it is the vector that walks
    from all nodes alike come to: only nodes behind the longest chains of such components are not 0.

    Source: Bonacich (1972), J. Math. Sociol. 2, 113-120; on digraphs along incoming edges, with
    weights as in Newman (2004), Phys. Rev. E 70, 056131.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No cycle, so that every eigenvalue is 0.
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    radius = _radius(graph)
    if not radius:
        raise UndefinedMetricError("`weighted_eigenvector` needs a cycle; got a graph without one.")
    return _resolvent(graph, radius)


def weighted_hubs(weights: object) -> Floats:
    """Hub scores, x = W W^T x, of unit length: unitless, in [0, 1].

    A hub points to authorities. The limit from equal scores, where several vectors would do.

    Source: Kleinberg (1999), J. ACM 46, 604-632, with weights as in Bharat & Henzinger (1998),
    SIGIR, 104-111.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    need_edges("weighted_hubs", graph)
    return leading(graph.relative @ graph.relative.T)


def weighted_authorities(weights: object) -> Floats:
    """Authority scores, x = W^T W x, of unit length: unitless, in [0, 1].

    Hubs point to an authority. The limit from equal scores, where several vectors would do.

    Source: Kleinberg (1999), J. ACM 46, 604-632, with weights as in Bharat & Henzinger (1998),
    SIGIR, 104-111.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    need_edges("weighted_authorities", graph)
    return leading(graph.relative.T @ graph.relative)


def _unsigned(weights: object) -> WeightedGraph:
    return unsigned(weights, "walks take no signs")


def _over(rows: Floats, size: Callable[..., Any]) -> Floats:
    """Rows over their `size`; rows of 0 stay."""
    whole = size(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(whole > 0, whole, 1))


def _roots(graph: WeightedGraph) -> dict[int, float]:
    """Perron root of each strong component, by label, of the weights over the largest."""
    return {label: float(np.abs(values).max()) for label, values in spectra(graph).items()}


def _radius(graph: WeightedGraph) -> float:
    return max(_roots(graph).values(), default=0.0)


def _resolvent(graph: WeightedGraph, at: float) -> Floats:
    return resolvent(np.ascontiguousarray(graph.relative.T), graph.topology, _roots(graph), at)
