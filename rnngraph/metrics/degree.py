"""How many edges reach and leave a node."""

from rnngraph.metrics._summary import need_nodes, std, var
from rnngraph.metrics._topology import Topology


def degree_mean(adjacency: object) -> float:
    """Mean in-degree, which is also the mean out-degree, m / n: in edges, in [0, n-1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return graph.n_edges / graph.n_nodes


def in_degree_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the in-degrees: in edges squared, >= 0.

    Source: Snijders (1981), Social Networks 3, 163-174 (there with ddof=0).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("in_degree_var", graph, 2)
    return var(graph.in_degree)


def in_degree_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the in-degrees: in edges, >= 0.

    Source: Snijders (1981), Social Networks 3, 163-174 (there with ddof=0).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("in_degree_std", graph, 2)
    return std(graph.in_degree)


def in_degree_max(adjacency: object) -> float:
    """Largest in-degree: an integer in [0, n-1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).in_degree.max())


def out_degree_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the out-degrees: in edges squared, >= 0.

    Source: Snijders (1981), Social Networks 3, 163-174 (there with ddof=0).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("out_degree_var", graph, 2)
    return var(graph.out_degree)


def out_degree_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the out-degrees: in edges, >= 0.

    Source: Snijders (1981), Social Networks 3, 163-174 (there with ddof=0).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("out_degree_std", graph, 2)
    return std(graph.out_degree)


def out_degree_max(adjacency: object) -> float:
    """Largest out-degree: an integer in [0, n-1].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).out_degree.max())
