"""The 23 structural properties of Darji's thesis: degree, closeness and betweenness.

See `rnngraph.metrics.darji` for what they are properties of.
"""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import mean, need_nodes, std, var
from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics.betweenness import betweenness
from rnngraph.metrics.closeness import closeness_in


def darji_degree_mean(adjacency: object) -> float:
    """Mean of degree / (n-1): unitless, in [0, 1].

    Source: Darji (2024), arXiv:2407.20601, degree_mean; normalised as in networkx.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_degree_mean", graph, 2)
    return mean(graph.out_degree / (graph.n_nodes - 1))


def darji_degree_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of degree / (n-1): unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, degree_var; normalised as in networkx.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_degree_var", graph, 2)
    return var(graph.out_degree / (graph.n_nodes - 1))


def darji_degree_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of degree / (n-1): unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, degree_std; normalised as in networkx.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_degree_std", graph, 2)
    return std(graph.out_degree / (graph.n_nodes - 1))


def darji_closeness_mean(adjacency: object) -> float:
    """Mean of the closeness of the nodes: unitless, in [0, 1].

    Source: Darji (2024), arXiv:2407.20601, closeness_mean; with the component factor of networkx.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_closeness_mean", graph, 2)
    return mean(closeness_in(graph))


def darji_closeness_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the closeness of the nodes: unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, closeness_var; with the component factor of networkx.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_closeness_var", graph, 2)
    return var(closeness_in(graph))


def darji_closeness_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the closeness of the nodes: unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, closeness_std; with the component factor of networkx.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_closeness_std", graph, 2)
    return std(closeness_in(graph))


def darji_nodes_betweenness_mean(adjacency: object) -> float:
    """Mean of the node betweenness: unitless, in [0, 1].

    Source: Darji (2024), arXiv:2407.20601, nodes_betweenness_mean; over (n-1)(n-2)/2 pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency).undirected
    return mean(betweenness(graph))


def darji_nodes_betweenness_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the node betweenness: unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, nodes_betweenness_var; over (n-1)(n-2)/2 pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_nodes_betweenness_var", graph, 2)
    return var(betweenness(graph))


def darji_nodes_betweenness_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the node betweenness: unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, nodes_betweenness_std; over (n-1)(n-2)/2 pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_nodes_betweenness_std", graph, 2)
    return std(betweenness(graph))


def darji_edge_betweenness_mean(adjacency: object) -> float:
    """Mean of the edge betweenness: unitless, in (0, 1].

    Source: Darji (2024), arXiv:2407.20601, edge_betweenness_mean; over n(n-1)/2 pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    return mean(_edge_betweenness("darji_edge_betweenness_mean", adjacency, 1))


def darji_edge_betweenness_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the edge betweenness: unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, edge_betweenness_var; over n(n-1)/2 pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 edges.
    """
    return var(_edge_betweenness("darji_edge_betweenness_var", adjacency, 2))


def darji_edge_betweenness_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the edge betweenness: unitless, >= 0.

    Source: Darji (2024), arXiv:2407.20601, edge_betweenness_std; over n(n-1)/2 pairs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 edges.
    """
    return std(_edge_betweenness("darji_edge_betweenness_std", adjacency, 2))


def _edge_betweenness(metric: str, adjacency: object, least: int) -> Floats:
    """One value an undirected edge: each direction carries half of the n(n-1) ordered pairs."""
    graph = Topology.of(adjacency).undirected
    if (found := graph.n_edges // 2) < least:
        raise UndefinedMetricError(
            f"`{metric}` needs at least {least} edge{'' if least == 1 else 's'}; got {found}."
        )
    sources, targets = np.nonzero(graph.edges)
    n_pairs = graph.n_nodes * (graph.n_nodes - 1) / 2
    return graph.edge_betweenness[sources < targets] / n_pairs
