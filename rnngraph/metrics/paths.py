"""Lengths of shortest paths, in edges.

A directed graph rarely joins every ordered pair. Means and extremes run over the pairs with a
path, `reachable_fraction` says how many those are, and `harmonic_diameter` and
`global_efficiency` count every pair, one without a path as infinitely far.
"""

import numpy as np

from rnngraph.metrics._summary import REACHING, need, need_edges, need_nodes
from rnngraph.metrics._topology import Counts, Floats, Topology


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
    return int(graph.paths.total_out.sum()) / int(graph.paths.reached_out.sum())


def path_length_std(adjacency: object) -> float:
    """Standard deviation of the distance i -> j over ordered pairs with a path: in edges, >= 0.

    The pairs are all there are, no sample: divided by their number.

    Source: Watts & Strogatz (1998), Nature 393, 440-442 (path lengths); here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    graph = Topology.of(adjacency)
    need_edges("path_length_std", graph)
    share = graph.paths.lengths / graph.paths.lengths.sum()
    length = np.arange(len(share))
    return float(np.sqrt(share @ (length - share @ length) ** 2))


def path_length_entropy(adjacency: object) -> float:
    """Shannon entropy of the distances i -> j over ordered pairs with a path: in nats, >= 0.

    Source: Shannon (1948), Bell Syst. Tech. J. 27, 379-423, of the path-length distribution.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    graph = Topology.of(adjacency)
    need_edges("path_length_entropy", graph)
    share = graph.paths.lengths[graph.paths.lengths > 0] / graph.paths.lengths.sum()
    return float(-(share @ np.log(share))) + 0.0


def path_lengths(adjacency: object) -> Counts:
    """Number of ordered pairs i != j at each distance 0, 1, ..., diameter; 0 at distance 0.

    Source: the definition; what the summaries of path lengths are made of.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).paths.lengths


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
    return float(graph.paths.eccentricity.max())


def radius(adjacency: object) -> float:
    """Smallest eccentricity of a node that reaches another: in edges, an integer in [1, n-1].

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, so no pair of nodes has a path.
    """
    graph = Topology.of(adjacency)
    farthest = graph.paths.eccentricity
    need("radius", int((farthest > 0).sum()), 1, REACHING)
    return float(farthest[farthest > 0].min())


def eccentricity(adjacency: object) -> Floats:
    """Distance from each node to the farthest node it reaches: in edges, in [1, n-1].

    NaN for a node that reaches no other.

    Source: Hage & Harary (1995), Social Networks 17, 57-63; here over reachable pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    farthest = Topology.of(adjacency).paths.eccentricity
    return np.where(farthest > 0, farthest, np.nan)


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
    return n_pairs / float(graph.paths.inverse_out.sum())


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
    return int(graph.paths.reached_out.sum()) / (graph.n_nodes * (graph.n_nodes - 1))


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
    return float(graph.paths.inverse_out.sum()) / n_pairs
