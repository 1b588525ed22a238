"""Lengths of shortest paths, in edges.

A directed graph rarely joins every ordered pair. Means and extremes run over the pairs with a
path, `reachable_fraction` says how many those are, and `harmonic_diameter` and
`global_efficiency` count every pair, one without a path as infinitely far.
"""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import mean, need_edges, need_nodes, std, var
from rnngraph.metrics._topology import Floats, Topology


def mean_path_length(adjacency: object) -> float:
    """Mean distance i -> j over ordered pairs with a path: in edges, in [1, n-1].

    Source: Watts & Strogatz (1998), Nature 393, 440-442; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    graph = Topology.of(adjacency)
    need_edges("mean_path_length", graph)
    return mean(graph.distances[graph.reachable])


def diameter(adjacency: object) -> float:
    """Longest distance over ordered pairs with a path: in edges, an integer in [1, n-1].

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    graph = Topology.of(adjacency)
    need_edges("diameter", graph)
    return float(graph.distances[graph.reachable].max())


def radius(adjacency: object) -> float:
    """Smallest eccentricity of a node that reaches another: in edges, an integer in [1, n-1].

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    return float(eccentricities("radius", adjacency, 1).min())


def eccentricity_mean(adjacency: object) -> float:
    """Mean of the eccentricities: in edges, in [1, n-1].

    Eccentricity of a node: distance to the farthest node it reaches; nodes that reach no other
    node have none and are left out.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No node reaches another node.
    """
    return mean(eccentricities("eccentricity_mean", adjacency, 1))


def eccentricity_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the eccentricities: in edges squared, >= 0.

    Eccentricity of a node: distance to the farthest node it reaches; nodes that reach no other
    node have none and are left out.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes reach another node.
    """
    return var(eccentricities("eccentricity_var", adjacency, 2))


def eccentricity_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the eccentricities: in edges, >= 0.

    Eccentricity of a node: distance to the farthest node it reaches; nodes that reach no other
    node have none and are left out.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes reach another node.
    """
    return std(eccentricities("eccentricity_std", adjacency, 2))


def harmonic_diameter(adjacency: object) -> float:
    """Harmonic mean of the distances over all ordered pairs, 1/inf = 0: in edges, >= 1.

    Source: Marchiori & Latora (2000), Physica A 285, 539-546.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    graph = Topology.of(adjacency)
    need_edges("harmonic_diameter", graph)
    n_pairs = graph.n_nodes * (graph.n_nodes - 1)
    return n_pairs / float(graph.inverse_distances.sum())


def reachable_fraction(adjacency: object) -> float:
    """Share of the ordered pairs i != j with a path i -> j: unitless, in [0, 1].

    Source: the definition; the pairs that `mean_path_length` and its kin run over.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("reachable_fraction", graph, 2)
    return int(graph.reachable.sum()) / (graph.n_nodes * (graph.n_nodes - 1))


def global_efficiency(adjacency: object) -> float:
    """Mean of 1 / distance over all ordered pairs, 1/inf = 0: unitless, in [0, 1].

    Source: Latora & Marchiori (2001), Phys. Rev. Lett. 87, 198701; it is also the mean harmonic
    centrality, inward and outward.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("global_efficiency", graph, 2)
    n_pairs = graph.n_nodes * (graph.n_nodes - 1)
    return float(graph.inverse_distances.sum()) / n_pairs


def eccentricities(metric: str, adjacency: object, least: int) -> Floats:
    """Distance from each node to the farthest node it reaches, for nodes that reach another.

    Raises:
        UndefinedMetricError: Fewer than `least` such nodes.
    """
    graph = Topology.of(adjacency)
    reaching = graph.reachable.any(axis=1)
    if (found := int(reaching.sum())) < least:
        raise UndefinedMetricError(
            f"`{metric}` needs at least {least} node{'' if least == 1 else 's'} that "
            f"reach{'es' if least == 1 else ''} another; got {found}."
        )
    distances = graph.distances[reaching]
    return np.asarray(distances.max(axis=1, where=graph.reachable[reaching], initial=0.0))
