"""How many edges reach and leave a node."""

import numpy as np

from rnngraph.metrics._topology import Floats, Topology


def degree_mean(adjacency: object) -> float:
    """Mean in-degree, which is also the mean out-degree, m / n: in edges, in [0, n-1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return graph.n_edges / graph.n_nodes


def in_degree(adjacency: object) -> Floats:
    """In-degree of each node, the edges that enter it: in edges, an integer in [0, n-1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).in_degree.astype(np.float64)


def out_degree(adjacency: object) -> Floats:
    """Out-degree of each node, the edges that leave it: in edges, an integer in [0, n-1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).out_degree.astype(np.float64)


def total_degree(adjacency: object) -> Floats:
    """Total degree of each node, in-degree + out-degree: in edges, an integer in [0, 2(n-1)].

    A mutual pair counts twice, so on a symmetric graph it is twice the undirected degree.

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return (graph.in_degree + graph.out_degree).astype(np.float64)
