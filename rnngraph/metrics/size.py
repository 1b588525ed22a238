"""How large and how dense a graph is."""

from rnngraph.metrics._summary import need_nodes
from rnngraph.metrics._topology import Topology


def n_nodes(adjacency: object) -> float:
    """Number of nodes, i.e. hidden units: an integer >= 1.

    Source: the definition; counts every node, isolated ones too.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).n_nodes)


def n_edges(adjacency: object) -> float:
    """Number of edges between distinct nodes: an integer in [0, n(n-1)].

    Source: the definition; an undirected edge counts twice, once each way.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).n_edges)


def n_self_loops(adjacency: object) -> float:
    """Number of edges i -> i, units that feed themselves: an integer in [0, n].

    Source: the definition; the other metrics leave self-loops out, so they are reported here.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are counted.
    """
    return float(Topology.of(adjacency).n_self_loops)


def self_loop_fraction(adjacency: object) -> float:
    """Share of the nodes with a self-loop, n_self_loops / n: unitless, in [0, 1].

    Source: the definition; the other metrics leave self-loops out, so they are reported here.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are counted.
    """
    graph = Topology.of(adjacency)
    return graph.n_self_loops / graph.n_nodes


def density(adjacency: object) -> float:
    """Share of the possible edges that exist, m / (n(n-1)): unitless, in [0, 1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4 (directed graphs).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("density", graph, 2)
    return graph.n_edges / (graph.n_nodes * (graph.n_nodes - 1))
