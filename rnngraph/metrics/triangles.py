"""How often the neighbours of a node are joined: Fagiolo's directed triangles.

Through a node i a triangle is a cycle (i -> j -> k -> i), a middleman (j -> i -> k and j -> k),
inward (both edges at i enter it) or outward (both leave it).
"""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Counts, Floats, Topology


def clustering(adjacency: object) -> float:
    """Mean directed clustering of the nodes, all triangles: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (total); nodes with no possible
    triangle count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(local_clustering(adjacency))


def clustering_cycle(adjacency: object) -> float:
    """Mean clustering of the nodes by cycles i -> j -> k -> i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (cycle); nodes with no possible
    triangle count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(local_clustering_cycle(adjacency))


def clustering_middleman(adjacency: object) -> float:
    """Mean clustering of the nodes by j -> i -> k with j -> k: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (middleman); nodes with no possible
    triangle count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(local_clustering_middleman(adjacency))


def clustering_in(adjacency: object) -> float:
    """Mean clustering of the nodes by two edges into i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (in); nodes with no possible triangle
    count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(local_clustering_in(adjacency))


def clustering_out(adjacency: object) -> float:
    """Mean clustering of the nodes by two edges out of i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (out); nodes with no possible triangle
    count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(local_clustering_out(adjacency))


def transitivity(adjacency: object) -> float:
    """Directed triangles over possible ones, summed over the nodes: unitless, in [0, 1].

    The ratio of Fagiolo's totals: 3 triangles / connected triples on an undirected graph. Not
    what networkx computes on a DiGraph, which follows successors only.

    Source: Rubinov & Sporns (2010), NeuroImage 52, 1059-1069, table A1 (directed transitivity).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No node could have a triangle: none has two neighbours.
    """
    triangles, possible = _total(Topology.of(adjacency))
    if not possible.any():
        raise UndefinedMetricError(
            "`transitivity` needs a node with at least 2 neighbours; got none."
        )
    return int(triangles.sum()) / int(possible.sum())


def local_clustering(adjacency: object) -> Floats:
    """Directed clustering of each node: its triangles over possible ones, unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (total); 0 where no triangle is
    possible.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _share(*_total(Topology.of(adjacency)))


def local_clustering_cycle(adjacency: object) -> Floats:
    """Clustering of each node i by cycles i -> j -> k -> i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (cycle); 0 where no triangle is
    possible.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _share(graph.triangles.cycle, graph.in_degree * graph.out_degree - graph.n_mutual)


def local_clustering_middleman(adjacency: object) -> Floats:
    """Clustering of each node i by j -> i -> k with j -> k: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (middleman); 0 where no triangle is
    possible.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _share(graph.triangles.middleman, graph.in_degree * graph.out_degree - graph.n_mutual)


def local_clustering_in(adjacency: object) -> Floats:
    """Clustering of each node by two edges into it: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (in); 0 where no triangle is possible.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _share(graph.triangles.in_, graph.in_degree * (graph.in_degree - 1))


def local_clustering_out(adjacency: object) -> Floats:
    """Clustering of each node by two edges out of it: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (out); 0 where no triangle is possible.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _share(graph.triangles.out, graph.out_degree * (graph.out_degree - 1))


def _total(graph: Topology) -> tuple[Counts, Counts]:
    """Triangles of all four kinds through each node, and how many could be."""
    kinds, degree = graph.triangles, graph.in_degree + graph.out_degree
    found = kinds.cycle + kinds.middleman + kinds.in_ + kinds.out
    return found, degree * (degree - 1) - 2 * graph.n_mutual


def _share(triangles: Counts, possible: Counts) -> Floats:
    nothing = np.zeros(len(possible))
    return np.divide(triangles, possible, out=nothing, where=possible > 0)
