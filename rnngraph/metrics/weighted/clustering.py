"""How often, and how strongly, the neighbours of a node are joined: weighted directed triangles.

Through a node i a triangle is a cycle (i -> j -> k -> i), a middleman (j -> i -> k and j -> k),
inward (both edges at i enter it) or outward (both leave it). Weights are divided by the largest
one; a triangle counts as the cube root of the product of its three weights. Signed weights have
`signed_clustering`.
"""

from typing import NamedTuple

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Counts, Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, unsigned
from rnngraph.metrics.weighted._numbers import share


def weighted_clustering(weights: object) -> float:
    """Mean of `weighted_local_clustering` over the nodes: unitless, in [0, 1].

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (total); nodes with no possible triangle count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(weighted_local_clustering(weights))


def weighted_clustering_cycle(weights: object) -> float:
    """Mean of `weighted_local_clustering_cycle` over the nodes: unitless, in [0, 1].

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (cycle); nodes with no possible triangle count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(weighted_local_clustering_cycle(weights))


def weighted_clustering_middleman(weights: object) -> float:
    """Mean of `weighted_local_clustering_middleman` over the nodes: unitless, in [0, 1].

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (middleman); nodes with no possible triangle count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(weighted_local_clustering_middleman(weights))


def weighted_clustering_in(weights: object) -> float:
    """Mean of `weighted_local_clustering_in` over the nodes: unitless, in [0, 1].

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (in); nodes with no possible triangle count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(weighted_local_clustering_in(weights))


def weighted_clustering_out(weights: object) -> float:
    """Mean of `weighted_local_clustering_out` over the nodes: unitless, in [0, 1].

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (out); nodes with no possible triangle count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(weighted_local_clustering_out(weights))


def weighted_transitivity(weights: object) -> float:
    """Weights of directed triangles over possible triangles, summed over the nodes: in [0, 1].

    Source: Rubinov & Sporns (2010), NeuroImage 52, 1059-1069, table A1 (directed weighted
    transitivity), of weights over the largest.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No node could have a triangle: none has two neighbours.
        InputError: A weight is negative.
    """
    triangles, possible = _total(_unsigned(weights))
    if not possible.any():
        raise UndefinedMetricError(
            "`weighted_transitivity` needs a node with at least 2 neighbours; got none."
        )
    return float(triangles.sum()) / int(possible.sum())


def weighted_local_clustering(weights: object) -> Floats:
    """Weighted directed clustering of each node i, all triangles: unitless, in [0, 1].

    Sum over triangles of the cube root of the product of their weights, each over the largest
    weight of the graph, divided by the number of possible triangles.

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (total); 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    return share(*_total(graph))


def weighted_local_clustering_cycle(weights: object) -> Floats:
    """Weighted directed clustering of each node i, by cycles i -> j -> k -> i: unitless, in [0, 1].

    Sum over triangles of the cube root of the product of their weights, each over the largest
    weight of the graph, divided by the number of possible triangles.

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (cycle); 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    return share(graph.part(_triangles).cycle, _possible_through(graph))


def weighted_local_clustering_middleman(weights: object) -> Floats:
    """Weighted directed clustering of each node i, by j -> i -> k with j -> k: unitless, in [0, 1].

    Sum over triangles of the cube root of the product of their weights, each over the largest
    weight of the graph, divided by the number of possible triangles.

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (middleman); 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    return share(graph.part(_triangles).middleman, _possible_through(graph))


def weighted_local_clustering_in(weights: object) -> Floats:
    """Weighted directed clustering of each node i, by two edges into it: unitless, in [0, 1].

    Sum over triangles of the cube root of the product of their weights, each over the largest
    weight of the graph, divided by the number of possible triangles.

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (in); 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    in_degree = graph.topology.in_degree
    return share(graph.part(_triangles).in_, in_degree * (in_degree - 1))


def weighted_local_clustering_out(weights: object) -> Floats:
    """Weighted directed clustering of each node i, by two edges out of it: unitless, in [0, 1].

    Sum over triangles of the cube root of the product of their weights, each over the largest
    weight of the graph, divided by the number of possible triangles.

    Source: Onnela et al. (2005), Phys. Rev. E 71, 065103; Fagiolo (2007), Phys. Rev. E 76, 026107,
    table I (out); 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    out_degree = graph.topology.out_degree
    return share(graph.part(_triangles).out, out_degree * (out_degree - 1))


class _Triangles(NamedTuple):
    """Weight of the triangles through each node, by kind."""

    cycle: Floats
    middleman: Floats
    in_: Floats
    out: Floats


def _triangles(graph: WeightedGraph) -> _Triangles:
    a = np.cbrt(graph.relative)

    def closed(x: Floats, y: Floats, z: Floats) -> Floats:
        return np.asarray(((x @ y) * z.T).sum(axis=1))

    return _Triangles(
        cycle=closed(a, a, a),
        middleman=closed(a, a.T, a),
        in_=closed(a.T, a, a),
        out=closed(a, a, a.T),
    )


def _total(graph: WeightedGraph) -> tuple[Floats, Counts]:
    """Weight of the triangles of all kinds through each node, and how many there could be."""
    topology = graph.topology
    degree = topology.in_degree + topology.out_degree
    kinds = graph.part(_triangles)
    found = kinds.cycle + kinds.middleman + kinds.in_ + kinds.out
    return found, degree * (degree - 1) - 2 * topology.n_mutual


def _possible_through(graph: WeightedGraph) -> Counts:
    topology = graph.topology
    return topology.in_degree * topology.out_degree - topology.n_mutual


def _unsigned(weights: object) -> WeightedGraph:
    return unsigned(weights, "this clustering takes no signs (`signed_clustering` does)")
