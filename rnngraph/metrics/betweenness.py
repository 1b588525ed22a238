"""How many shortest paths pass a node or an edge."""

from rnngraph.metrics._summary import mean, need_edges, need_nodes, std, var
from rnngraph.metrics._topology import Floats, Topology


def betweenness_mean(adjacency: object) -> float:
    """Mean of the node betweenness: unitless, in [0, 1].

    Source: Freeman (1977), Sociometry 40, 35-41; see `node_betweenness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(node_betweenness(Topology.of(adjacency)))


def betweenness_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the node betweenness: unitless, >= 0.

    Source: Freeman (1977), Sociometry 40, 35-41; see `node_betweenness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("betweenness_var", graph, 2)
    return var(node_betweenness(graph))


def betweenness_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the node betweenness: unitless, >= 0.

    Source: Freeman (1977), Sociometry 40, 35-41; see `node_betweenness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("betweenness_std", graph, 2)
    return std(node_betweenness(graph))


def edge_betweenness_mean(adjacency: object) -> float:
    """Mean of the edge betweenness: unitless, in (0, 1].

    Source: Girvan & Newman (2002), PNAS 99, 7821-7826; see `edge_betweenness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("edge_betweenness_mean", graph)
    return mean(edge_betweenness(graph))


def edge_betweenness_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the edge betweenness: unitless, >= 0.

    Source: Girvan & Newman (2002), PNAS 99, 7821-7826; see `edge_betweenness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 edges.
    """
    graph = Topology.of(adjacency)
    need_edges("edge_betweenness_var", graph, 2)
    return var(edge_betweenness(graph))


def edge_betweenness_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the edge betweenness: unitless, >= 0.

    Source: Girvan & Newman (2002), PNAS 99, 7821-7826; see `edge_betweenness`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 edges.
    """
    graph = Topology.of(adjacency)
    need_edges("edge_betweenness_std", graph, 2)
    return std(edge_betweenness(graph))


def node_betweenness(graph: Topology) -> Floats:
    """Share of the ordered pairs of other nodes whose shortest paths pass each node.

    Pairs with several shortest paths count in proportion; end points do not count, pairs without
    a path count 0. Divided by (n-1)(n-2) ordered pairs; 0 for fewer than 3 nodes.

    Source: Freeman (1977), Sociometry 40, 35-41; directed as in Brandes (2001), J. Math.
    Sociol. 25, 163-177.
    """
    return graph.betweenness / max(1, (graph.n_nodes - 1) * (graph.n_nodes - 2))


def edge_betweenness(graph: Topology) -> Floats:
    """Share of the ordered pairs whose shortest paths use each edge, edges in row-major order.

    Divided by n(n-1) ordered pairs; pairs without a path count 0.

    Source: Girvan & Newman (2002), PNAS 99, 7821-7826; normalised as in Brandes (2008), Social
    Networks 30, 136-145.
    """
    return graph.edge_betweenness / (graph.n_nodes * (graph.n_nodes - 1))
