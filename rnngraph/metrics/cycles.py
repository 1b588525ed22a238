"""How many short directed cycles a graph has: the loops that feed a signal back."""

import numpy as np

from rnngraph.metrics._topology import Counts, Topology


def n_cycles_2(adjacency: object) -> float:
    """Number of cycles i -> j -> i, i.e. mutual pairs: an integer in [0, n(n-1)/2].

    Source: Harary & Manvel (1971), Mat. casopis 21, 55-63: tr(A^2) / 2.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return int(Topology.of(adjacency).n_mutual.sum()) / 2


def n_cycles_3(adjacency: object) -> float:
    """Number of directed cycles i -> j -> k -> i: an integer in [0, n(n-1)(n-2)/3].

    Source: Harary & Manvel (1971), Mat. casopis 21, 55-63: tr(A^3) / 3.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return int(Topology.of(adjacency).triangles.cycle.sum()) / 3


def n_cycles_4(adjacency: object) -> float:
    """Number of directed cycles of 4 distinct nodes: an integer in [0, n(n-1)(n-2)(n-3)/4].

    With m_i the mutual neighbours of i, (tr(A^4) - 2 sum m_i^2 + sum m_i) / 4: of the closed
    walks i -> j -> k -> l -> i, sum m_i^2 have i = k, as many have j = l, and sum m_i have both.

    Source: Harary & Manvel (1971), Mat. casopis 21, 55-63, there of undirected graphs; here the
    same inclusion and exclusion on a digraph.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    steps = _two_steps(graph)
    walks = int((steps * steps.T).sum())
    mutual = graph.n_mutual
    return (walks - 2 * int(mutual @ mutual) + int(mutual.sum())) / 4


def _two_steps(graph: Topology) -> Counts:
    """Number of walks i -> j -> k, the square of the adjacency matrix, in integers."""
    edges = graph.edges.astype(np.float32)  # BLAS is exact below 2^24 nodes
    return (edges @ edges).astype(np.int64)
