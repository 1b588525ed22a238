"""Lengths of shortest paths, where a weight is a length or the inverse of one.

As without weights, means and extremes run over the ordered pairs with a path (their share is
`reachable_fraction`, which no weight changes); `weighted_harmonic_diameter` and
`weighted_global_efficiency` count every pair, one without a path as infinitely far.
"""

from typing import Final

import numpy as np

from rnngraph.metrics._summary import REACHING, need, need_nodes
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightAs, WeightedGraph, need_edges

TIE: Final = 1e-10
"""Lengths that differ by less than this share are equal: what rounding makes of sums of 1 / w."""


def weighted_mean_path_length(weights: object, *, weight_as: WeightAs) -> float:
    """Mean distance i -> j over ordered pairs with a path: in lengths, > 0.

    Source: Watts & Strogatz (1998), Nature 393, 440-442, with distances by Dijkstra (1959),
    Numer. Math. 1, 269-271; here over reachable pairs.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    return float(_between_pairs("weighted_mean_path_length", graph, weight_as).mean())


def weighted_diameter(weights: object, *, weight_as: WeightAs) -> float:
    """Longest distance over ordered pairs with a path: in lengths, > 0.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here with weights, over reachable
    pairs.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    return float(_between_pairs("weighted_diameter", graph, weight_as).max())


def weighted_radius(weights: object, *, weight_as: WeightAs) -> float:
    """Smallest eccentricity of a node that reaches another: in lengths, > 0.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here with weights, over reachable
    pairs.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        UndefinedMetricError: No edges, so no node reaches another.
        InputError: A negative weight, or another `weight_as`.
    """
    farthest = weighted_eccentricity(weights, weight_as=weight_as)
    farthest = farthest[~np.isnan(farthest)]
    need("weighted_radius", len(farthest), 1, REACHING)
    return float(farthest.min())


def weighted_eccentricity(weights: object, *, weight_as: WeightAs) -> Floats:
    """Distance from each node to the farthest node it reaches: in lengths, > 0.

    NaN for a node that reaches no other.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here with weights, over reachable
    pairs.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    distances = WeightedGraph.of(weights).distances(weight_as)
    farthest = np.where(np.isfinite(distances), distances, 0).max(axis=1)
    return np.where(farthest > 0, farthest, np.nan)


def weighted_harmonic_diameter(weights: object, *, weight_as: WeightAs) -> float:
    """Harmonic mean of the distances over all ordered pairs, 1/inf = 0: in lengths, > 0.

    Source: Marchiori & Latora (2000), Physica A 285, 539-546.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    between = _between_pairs("weighted_harmonic_diameter", graph, weight_as)
    return graph.n_nodes * (graph.n_nodes - 1) / float((1 / between).sum())


def weighted_global_efficiency(weights: object, *, weight_as: WeightAs) -> float:
    """Mean of 1 / distance over all ordered pairs, 1/inf = 0: in 1 / length, >= 0.

    At most the largest 1 / length of an edge; not divided by it.

    Source: Latora & Marchiori (2001), Phys. Rev. Lett. 87, 198701, without their normalisation by
    an ideal graph; it is also the mean of `weighted_harmonic_in` and `weighted_harmonic_out`.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    inverse = inverse_distances(graph, weight_as)
    need_nodes("weighted_global_efficiency", graph.topology, 2)
    return float(inverse.sum()) / (graph.n_nodes * (graph.n_nodes - 1))


def backbone_fraction(weights: object, *, weight_as: WeightAs) -> float:
    """Share of edges that no path undercuts, the metric backbone: unitless, in (0, 1].

    The other edges could go and no distance would change. An edge as long as another path, to
    within 1e-10 of its length, counts.

    Source: Simas, Correia & Rocha (2021), J. Complex Netw. 9, cnab021.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    lengths = graph.lengths(weight_as)[graph.edges]
    need_edges("backbone_fraction", graph)
    shortest = graph.distances(weight_as)[graph.edges]
    return int((lengths <= shortest * (1 + TIE)).sum()) / graph.n_edges


def inverse_distances(graph: WeightedGraph, weight_as: WeightAs) -> Floats:
    """1 / distance of every ordered pair; 0 where there is no path, and on the diagonal."""
    distances = graph.distances(weight_as)
    return np.divide(1.0, distances, out=np.zeros_like(distances), where=distances > 0)


def _between_pairs(metric: str, graph: WeightedGraph, weight_as: WeightAs) -> Floats:
    """Distances of the ordered pairs with a path."""
    distances = graph.distances(weight_as)
    need_edges(metric, graph)
    return distances[(distances > 0) & np.isfinite(distances)]
