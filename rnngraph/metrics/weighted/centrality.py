"""How near a node is to the others, and how many shortest paths pass it, with weights.

"in" measures the paths that end in a node, "out" those that start there.
"""

from typing import Any

import numpy as np

from rnngraph.graphs import to_igraph
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightAs, WeightedGraph
from rnngraph.metrics.weighted._numbers import share
from rnngraph.metrics.weighted.paths import inverse_distances


def weighted_closeness_in(weights: object, *, weight_as: WeightAs) -> Floats:
    """Inward closeness of each node, (r / (n-1)) (r / sum of distances): in 1 / length, >= 0.

    r counts the other nodes with a path to the node, and the sum runs over them; 0 where r = 0,
    NaN in a graph of one node.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201, with weighted distances.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    return _closeness(WeightedGraph.of(weights).distances(weight_as).T)


def weighted_closeness_out(weights: object, *, weight_as: WeightAs) -> Floats:
    """Outward closeness of each node, (r / (n-1)) (r / sum of distances): in 1 / length, >= 0.

    r counts the other nodes with a path from the node, and the sum runs over them; 0 where r = 0,
    NaN in a graph of one node.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201, along outgoing paths, with
    weighted distances.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    return _closeness(WeightedGraph.of(weights).distances(weight_as))


def weighted_harmonic_in(weights: object, *, weight_as: WeightAs) -> Floats:
    """Mean of 1 / distance to each node from the n-1 others, 1/inf = 0: in 1 / length, >= 0.

    NaN in a graph of one node.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, divided by n-1, with weighted
    distances.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    return _harmonic(inverse_distances(WeightedGraph.of(weights), weight_as).T)


def weighted_harmonic_out(weights: object, *, weight_as: WeightAs) -> Floats:
    """Mean of 1 / distance from each node to the n-1 others, 1/inf = 0: in 1 / length, >= 0.

    NaN in a graph of one node.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, divided by n-1, with weighted
    distances.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    return _harmonic(inverse_distances(WeightedGraph.of(weights), weight_as))


def weighted_betweenness(weights: object, *, weight_as: WeightAs) -> Floats:
    """Share of the ordered pairs of other nodes whose shortest paths pass each node: in [0, 1].

    Pairs with several shortest paths count in proportion. Paths tie where their lengths differ by
    less than 1e-10 of themselves, so that 1/3 + 1/3 and 2/3 do, which exact comparison of rounded
    sums would deny. End points do not count, pairs without a path count 0. Divided by
    (n-1)(n-2) ordered pairs; 0 for fewer than 3 nodes.

    Source: Freeman (1977), Sociometry 40, 35-41; weighted as in Brandes (2001), J. Math.
    Sociol. 25, 163-177; ties as in igraph.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    peer, lengths = _peer(graph, weight_as)
    passed = np.array(peer.betweenness(weights=lengths), dtype=np.float64)
    return np.asarray(passed / max(1, (graph.n_nodes - 1) * (graph.n_nodes - 2)))


def weighted_edge_betweenness(weights: object, *, weight_as: WeightAs) -> Floats:
    """Share of the ordered pairs whose shortest paths use each edge: in [0, 1].

    Shape (m,), edges in row-major order. 0 for an edge that a path undercuts. Ties as in
    `weighted_betweenness`. Divided by n(n-1) ordered pairs; pairs without a path count 0.

    Source: Girvan & Newman (2002), PNAS 99, 7821-7826; normalised as in Brandes (2008), Social
    Networks 30, 136-145; ties as in igraph.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    peer, lengths = _peer(graph, weight_as)
    used = np.array(peer.edge_betweenness(weights=lengths), dtype=np.float64)
    return np.asarray(used / max(1, graph.n_nodes * (graph.n_nodes - 1)))


def _peer(graph: WeightedGraph, weight_as: WeightAs) -> tuple[Any, list[float]]:
    """The graph in igraph, and the length of each edge over the shortest.

    igraph warns of lengths below its tolerance for ties, which is relative in truth.
    """
    lengths = graph.lengths(weight_as)[graph.edges]
    if len(lengths):
        lengths = lengths / lengths.min()
    return to_igraph(graph.edges), lengths.tolist()


def _closeness(distances: Floats) -> Floats:
    n = len(distances)
    if n == 1:
        return np.full(1, np.nan)
    reached = np.isfinite(distances)
    total = np.where(reached, distances, 0).sum(axis=1)
    r = reached.sum(axis=1) - 1.0
    return share(r * r, total * (n - 1.0))


def _harmonic(inverse: Floats) -> Floats:
    if len(inverse) == 1:
        return np.full(1, np.nan)
    return np.asarray(inverse.sum(axis=1) / (len(inverse) - 1))
