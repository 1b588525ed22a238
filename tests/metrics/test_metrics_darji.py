import statistics

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import DARJI, METRICS, profile

COLUMNS = (
    "layers,nodes,edges,source_nodes,sink_nodes,diameter,density,average_shortest_path_length,"
    "eccentricity_mean,eccentricity_var,eccentricity_std,degree_mean,degree_var,degree_std,"
    "closeness_mean,closeness_var,closeness_std,"
    "nodes_betweenness_mean,nodes_betweenness_var,nodes_betweenness_std,"
    "edge_betweenness_mean,edge_betweenness_var,edge_betweenness_std"
)
PATHS = [
    "diameter",
    "average_shortest_path_length",
    *(f"eccentricity_{s}" for s in ("mean", "var", "std")),
]


def spread(name: str, values: list[float]) -> dict[str, float]:
    return {
        f"{name}_mean": statistics.mean(values),
        f"{name}_var": statistics.variance(values),
        f"{name}_std": statistics.stdev(values),
    }


def by_networkx(graph: "nx.Graph[int]") -> dict[str, float]:
    """The properties as the thesis computed them."""
    n, m = graph.number_of_nodes(), graph.number_of_edges()
    oriented = nx.DiGraph((min(edge), max(edge)) for edge in graph.edges)
    layers = list(nx.topological_generations(oriented))
    return {
        "layers": len(layers),
        "nodes": n,
        "edges": m,
        "source_nodes": len(layers[0]),
        "sink_nodes": len(layers[-1]),
        "diameter": nx.diameter(graph),
        "density": m / (n * (n - 1)),
        "average_shortest_path_length": nx.average_shortest_path_length(graph),
        **spread(
            "eccentricity", [max(d.values()) for _, d in nx.all_pairs_shortest_path_length(graph)]
        ),
        **spread("degree", list(nx.degree_centrality(graph).values())),
        **spread("closeness", list(nx.closeness_centrality(graph).values())),
        **spread("nodes_betweenness", list(nx.betweenness_centrality(graph).values())),
        **spread("edge_betweenness", list(nx.edge_betweenness_centrality(graph).values())),
    }


def test_names_are_the_published_columns() -> None:
    assert ",".join(DARJI) == COLUMNS


@pytest.mark.parametrize(
    "graph",
    [
        nx.house_x_graph(),
        nx.star_graph(6),
        nx.barabasi_albert_graph(27, 2, seed=0),
        nx.connected_watts_strogatz_graph(30, 6, 1.0, seed=1),
    ],
)
def test_properties_are_those_of_networkx(graph: "nx.Graph[int]") -> None:
    expected = by_networkx(graph)
    assert {name: f(graph) for name, f in DARJI.items()} == pytest.approx(expected, abs=1e-14)


def test_direction_does_not_matter(digraph: Adjacency) -> None:
    names = [name for name in DARJI if name not in PATHS]
    for other in (digraph.T, digraph | digraph.T, np.triu(digraph | digraph.T)):
        assert [DARJI[name](other) for name in names] == [DARJI[name](digraph) for name in names]


def test_relation_to_our_definitions() -> None:
    graph = nx.to_numpy_array(nx.barabasi_albert_graph(20, 3, seed=2))
    n = len(graph)
    ours = profile(graph).iloc[0]
    his = {name: f(graph) for name, f in DARJI.items()}
    for name in ("diameter", "eccentricity_mean", "eccentricity_var", "eccentricity_std"):
        assert his[name] == ours[name]
    assert his["layers"] == ours["n_layers"]
    assert his["average_shortest_path_length"] == pytest.approx(ours["mean_path_length"])
    assert his["closeness_var"] == pytest.approx(ours["closeness_in_var"])
    assert his["nodes_betweenness_std"] == pytest.approx(ours["betweenness_std"])
    assert his["edges"] == ours["n_edges"] / 2
    assert his["density"] == ours["darji_density"] == pytest.approx(ours["density"] / 2)
    assert his["degree_mean"] == pytest.approx(ours["degree_mean"] / (n - 1))
    assert his["degree_var"] == pytest.approx(ours["in_degree_var"] / (n - 1) ** 2)
    assert his["edge_betweenness_mean"] == pytest.approx(2 * ours["edge_betweenness_mean"])


def test_every_property_is_a_column_of_a_profile() -> None:
    """Under our name where the two never differ, else under his with the prefix."""
    ours = {"nodes": "n_nodes"}
    assert {ours.get(name, f"darji_{name}") for name in DARJI} <= set(METRICS)
    for name, function in DARJI.items():
        if name not in ours:
            assert METRICS[f"darji_{name}"] is function


def test_his_layers_are_by_node_order_whatever_the_directions() -> None:
    graph = np.zeros((3, 3), dtype=bool)
    graph[1, 0] = graph[0, 2] = True
    assert [DARJI["layers"](graph), METRICS["n_layers"](graph)] == [2, 3]


def test_sink_nodes_are_the_last_layer_only() -> None:
    # 0 -> 1 -> 2 and 0 -> 3: nodes 2 and 3 have no successor, node 2 alone is in the last layer.
    graph = nx.Graph([(0, 1), (1, 2), (0, 3)])
    assert [DARJI["layers"](graph), DARJI["sink_nodes"](graph)] == [3, 1]


@pytest.mark.parametrize("name", PATHS)
def test_paths_need_a_connected_graph(name: str, f2: Adjacency) -> None:
    match = rf"^`darji_{name}` needs a connected graph; got 1 nodes out of reach of node 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        DARJI[name](f2)


@pytest.mark.parametrize(
    "name",
    [
        *PATHS,
        "density",
        "degree_mean",
        "degree_var",
        "degree_std",
        "closeness_mean",
        "closeness_var",
        "closeness_std",
        "nodes_betweenness_var",
        "nodes_betweenness_std",
    ],
)
def test_two_nodes_are_needed(name: str, dot: Adjacency) -> None:
    match = rf"^`darji_{name}` needs at least 2 nodes; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        DARJI[name](dot)


@pytest.mark.parametrize(
    ("stat", "least"), [("mean", "1 edge"), ("var", "2 edges"), ("std", "2 edges")]
)
def test_undirected_edges_are_needed(stat: str, least: str) -> None:
    n_edges = 0 if stat == "mean" else 1
    graph = np.zeros((3, 3))
    graph[0, 1] = graph[1, 0] = n_edges
    match = rf"^`darji_edge_betweenness_{stat}` needs at least {least}; got {n_edges}\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        DARJI[f"edge_betweenness_{stat}"](graph)
