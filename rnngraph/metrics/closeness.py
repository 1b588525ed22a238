"""How near a node is to the others: closeness and harmonic centrality, inward and outward.

"in" measures the paths that end in a node, "out" those that start there. The mean harmonic
centrality is `global_efficiency` in both directions, so it is no column of its own.
"""

from typing import Literal

import numpy as np

from rnngraph.metrics._summary import mean, need_nodes, std, var
from rnngraph.metrics._topology import Floats, Topology


def closeness_in_mean(adjacency: object) -> float:
    """Mean of the inward closeness of the nodes: unitless, in [0, 1].

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201; see `closeness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("closeness_in_mean", graph, 2)
    return mean(closeness(graph, "in"))


def closeness_in_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the inward closeness of the nodes: unitless, >= 0.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201; see `closeness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("closeness_in_var", graph, 2)
    return var(closeness(graph, "in"))


def closeness_in_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the inward closeness of the nodes: unitless, >= 0.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201; see `closeness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("closeness_in_std", graph, 2)
    return std(closeness(graph, "in"))


def closeness_out_mean(adjacency: object) -> float:
    """Mean of the outward closeness of the nodes: unitless, in [0, 1].

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201; see `closeness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("closeness_out_mean", graph, 2)
    return mean(closeness(graph, "out"))


def closeness_out_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the outward closeness of the nodes: unitless, >= 0.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201; see `closeness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("closeness_out_var", graph, 2)
    return var(closeness(graph, "out"))


def closeness_out_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the outward closeness of the nodes: unitless, >= 0.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201; see `closeness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("closeness_out_std", graph, 2)
    return std(closeness(graph, "out"))


def harmonic_in_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the inward harmonic centrality: unitless, >= 0.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, over n-1; see `harmonic`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("harmonic_in_var", graph, 2)
    return var(harmonic(graph, "in"))


def harmonic_in_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the inward harmonic centrality: unitless, >= 0.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, over n-1; see `harmonic`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("harmonic_in_std", graph, 2)
    return std(harmonic(graph, "in"))


def harmonic_out_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the outward harmonic centrality: unitless, >= 0.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, over n-1; see `harmonic`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("harmonic_out_var", graph, 2)
    return var(harmonic(graph, "out"))


def harmonic_out_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the outward harmonic centrality: unitless, >= 0.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, over n-1; see `harmonic`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("harmonic_out_std", graph, 2)
    return std(harmonic(graph, "out"))


def closeness(graph: Topology, side: Literal["in", "out"]) -> Floats:
    """Closeness of each node: (r / (n-1)) * (r / sum of distances), 0 where r = 0.

    r counts the other nodes with a path to the node ("in") or from it ("out"), and the sum runs
    over them; the factor r / (n-1) makes parts of different size comparable.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201.
    """
    axis = 0 if side == "in" else 1
    r = graph.reachable.sum(axis=axis, dtype=np.float64)
    total = graph.distances.sum(axis=axis, where=graph.reachable)
    n_others = graph.n_nodes - 1
    return np.asarray(np.divide(r * r, total * n_others, out=np.zeros_like(r), where=r > 0))


def harmonic(graph: Topology, side: Literal["in", "out"]) -> Floats:
    """Harmonic centrality of each node: mean of 1 / distance over the n-1 others, 1/inf = 0.

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, divided by n-1.
    """
    total = graph.inverse_distances.sum(axis=0 if side == "in" else 1)
    return np.asarray(total / (graph.n_nodes - 1))
