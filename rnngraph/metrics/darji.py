"""The 23 structural properties of Darji's thesis: layers, size and paths.

Source: Darji (2024), arXiv:2407.20601; Stier, Darji & Granitzer (2021), arXiv:2107.12917. Every
property is of the undirected closure (an edge, however directed, counts once) or of its acyclic
orientation, from lower to higher node index. Beside ours of the same graph made symmetric they are

- equal: layers (our n_layers), nodes, diameter, average_shortest_path_length (our
  mean_path_length), eccentricity_*, closeness_* and nodes_betweenness_*;
- half: edges, counted once, and density, the directed formula on undirected edges;
- over n-1: degree_mean and degree_std, and over its square degree_var;
- twice: edge_betweenness_mean; its var and std, too, take each edge once.

DARJI has all of them under his column names, METRICS those that can differ from ours, as `darji_*`:
all but nodes, which is `n_nodes` of every graph.

Properties made of paths need a connected graph, as his were.
"""

from rnngraph.errors import UndefinedMetricError
from rnngraph.graphs import layer_index, orient_acyclic
from rnngraph.metrics._summary import mean, need_nodes, std, var
from rnngraph.metrics._topology import Counts, Paths, Topology


def darji_layers(adjacency: object) -> float:
    """Layers of the acyclic orientation, its longest path in nodes: an integer in [1, n].

    Source: Darji (2024), arXiv:2407.20601, layers.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(_layers(adjacency).max() + 1)


def darji_nodes(adjacency: object) -> float:
    """Number of nodes: an integer >= 1.

    Source: Darji (2024), arXiv:2407.20601, nodes.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).n_nodes)


def darji_edges(adjacency: object) -> float:
    """Number of undirected edges: an integer in [0, n(n-1)/2].

    Source: Darji (2024), arXiv:2407.20601, edges.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).undirected.n_edges / 2


def darji_source_nodes(adjacency: object) -> float:
    """Nodes in the first layer, those that no edge enters: an integer in [1, n].

    Source: Darji (2024), arXiv:2407.20601, source_nodes.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float((_layers(adjacency) == 0).sum())


def darji_sink_nodes(adjacency: object) -> float:
    """Nodes in the last layer, not all those that no edge leaves: an integer in [1, n].

    Source: Darji (2024), arXiv:2407.20601, sink_nodes.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    layers = _layers(adjacency)
    return float((layers == layers.max()).sum())


def darji_diameter(adjacency: object) -> float:
    """Longest distance between two nodes: in edges, an integer in [1, n-1].

    Source: Darji (2024), arXiv:2407.20601, diameter.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: The graph is not connected, or has 1 node.
    """
    return float(_paths("darji_diameter", adjacency).eccentricity.max())


def darji_density(adjacency: object) -> float:
    """Undirected edges over n(n-1), half of the usual density: unitless, in [0, 1/2].

    Source: Darji (2024), arXiv:2407.20601, density.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency).undirected
    need_nodes("darji_density", graph, 2)
    return graph.n_edges / 2 / (graph.n_nodes * (graph.n_nodes - 1))


def darji_average_shortest_path_length(adjacency: object) -> float:
    """Mean distance over pairs of nodes: in edges, in [1, n-1].

    Source: Darji (2024), arXiv:2407.20601, average_shortest_path_length.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: The graph is not connected, or has 1 node.
    """
    paths = _paths("darji_average_shortest_path_length", adjacency)
    return int(paths.total_out.sum()) / int(paths.reached_out.sum())


def darji_eccentricity_mean(adjacency: object) -> float:
    """Mean of the eccentricities: in edges, in [1, n-1].

    Source: Darji (2024), arXiv:2407.20601, eccentricity_mean.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: The graph is not connected, or has 1 node.
    """
    return mean(_paths("darji_eccentricity_mean", adjacency).eccentricity)


def darji_eccentricity_var(adjacency: object) -> float:
    """Sample variance (ddof=1) of the eccentricities: in edges squared, >= 0.

    Source: Darji (2024), arXiv:2407.20601, eccentricity_var.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: The graph is not connected, or has 1 node.
    """
    return var(_paths("darji_eccentricity_var", adjacency).eccentricity)


def darji_eccentricity_std(adjacency: object) -> float:
    """Sample standard deviation (ddof=1) of the eccentricities: in edges, >= 0.

    Source: Darji (2024), arXiv:2407.20601, eccentricity_std.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: The graph is not connected, or has 1 node.
    """
    return std(_paths("darji_eccentricity_std", adjacency).eccentricity)


def _layers(adjacency: object) -> Counts:
    return layer_index(orient_acyclic(Topology.of(adjacency).edges))


def _paths(metric: str, adjacency: object) -> Paths:
    graph = Topology.of(adjacency).undirected
    need_nodes(metric, graph, 2)
    if (lost := graph.n_nodes - 1 - int(graph.paths.reached_out[0])) > 0:
        raise UndefinedMetricError(
            f"`{metric}` needs a connected graph; got {lost} nodes out of reach of node 0."
        )
    return graph.paths
