"""How often the neighbours of a node are joined: Fagiolo's directed triangles.

Through a node i a triangle is a cycle (i -> j -> k -> i), a middleman (j -> i -> k and j -> k),
inward (both edges enter i) or outward (both leave it).
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
    return _mean_share(*_total(Topology.of(adjacency)))


def clustering_cycle(adjacency: object) -> float:
    """Mean clustering of the nodes by cycles i -> j -> k -> i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (cycle); nodes with no possible
    triangle count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _mean_share(*_cycle(Topology.of(adjacency)))


def clustering_middleman(adjacency: object) -> float:
    """Mean clustering of the nodes by j -> i -> k with j -> k: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (middleman); nodes with no possible
    triangle count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _mean_share(*_middleman(Topology.of(adjacency)))


def clustering_in(adjacency: object) -> float:
    """Mean clustering of the nodes by two edges into i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (in); nodes with no possible triangle
    count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _mean_share(*_in(Topology.of(adjacency)))


def clustering_out(adjacency: object) -> float:
    """Mean clustering of the nodes by two edges out of i: unitless, in [0, 1].

    Source: Fagiolo (2007), Phys. Rev. E 76, 026107, table I (out); nodes with no possible triangle
    count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _mean_share(*_out(Topology.of(adjacency)))


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
    return float(triangles.sum() / possible.sum())


def _total(graph: Topology) -> tuple[Floats, Counts]:
    a = graph.edges.astype(np.float64)
    both, degree = a + a.T, graph.in_degree + graph.out_degree
    return _closed(both, both, both) / 2, degree * (degree - 1) - 2 * graph.n_mutual


def _cycle(graph: Topology) -> tuple[Floats, Counts]:
    a = graph.edges.astype(np.float64)
    return _closed(a, a, a), graph.in_degree * graph.out_degree - graph.n_mutual


def _middleman(graph: Topology) -> tuple[Floats, Counts]:
    a = graph.edges.astype(np.float64)
    return _closed(a, a.T, a), graph.in_degree * graph.out_degree - graph.n_mutual


def _in(graph: Topology) -> tuple[Floats, Counts]:
    a = graph.edges.astype(np.float64)
    return _closed(a.T, a, a), graph.in_degree * (graph.in_degree - 1)


def _out(graph: Topology) -> tuple[Floats, Counts]:
    a = graph.edges.astype(np.float64)
    return _closed(a, a, a.T), graph.out_degree * (graph.out_degree - 1)


def _closed(x: Floats, y: Floats, z: Floats) -> Floats:
    """Diagonal of x @ y @ z: walks from node i along x, then y, and back to it along z."""
    return np.asarray(((x @ y) * z.T).sum(axis=1))


def _mean_share(triangles: Floats, possible: Counts) -> float:
    return mean(np.divide(triangles, possible, out=np.zeros_like(triangles), where=possible > 0))
