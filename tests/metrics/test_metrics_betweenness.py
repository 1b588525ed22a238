import statistics

import networkx as nx
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import METRICS
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.betweenness import betweenness, edge_betweenness


def test_undirected_fixture(f2: Adjacency) -> None:
    graph = Topology.of(f2[:4, :4])
    assert betweenness(graph) == pytest.approx([0, 4 / 6, 4 / 6, 0])
    assert betweenness(Topology.of(f2)) == pytest.approx([0, 4 / 12, 4 / 12, 0, 0])
    # networkx on the undirected path: .3 .4 .3; here each direction carries half.
    expected = [0.15, 0.15, 0.2, 0.2, 0.15, 0.15]
    assert edge_betweenness(Topology.of(f2)) == pytest.approx(expected)


def test_scores_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    graph = Topology.of(digraph)
    nodes = list(nx.betweenness_centrality(peer).values())
    by_edge = nx.edge_betweenness_centrality(peer)
    edges = [by_edge[edge] for edge in sorted(by_edge)]
    assert betweenness(graph) == pytest.approx(nodes)
    assert edge_betweenness(graph) == pytest.approx(edges)
    expected = {
        "betweenness_mean": statistics.mean(nodes),
        "betweenness_var": statistics.variance(nodes),
        "betweenness_std": statistics.stdev(nodes),
        "edge_betweenness_mean": statistics.mean(edges),
        "edge_betweenness_var": statistics.variance(edges),
        "edge_betweenness_std": statistics.stdev(edges),
    }
    assert {name: METRICS[name](digraph) for name in expected} == pytest.approx(expected)


def test_closed_forms(ring: Adjacency, path: Adjacency, complete: Adjacency) -> None:
    # On a ring each node lies inside 0 + 1 + ... + 6 paths; 7 * 6 ordered pairs could pass it.
    assert metrics.betweenness_mean(ring) == pytest.approx(0.5)
    assert metrics.betweenness_var(ring) == pytest.approx(0)
    # The middle edge of the path 0 -> ... -> 5 carries 3 * 3 of 30 ordered pairs.
    assert edge_betweenness(Topology.of(path)).max() == pytest.approx(9 / 30)
    assert metrics.betweenness_mean(complete) == 0
    assert metrics.edge_betweenness_mean(complete) == pytest.approx(1 / 30)


def test_fewer_than_three_nodes_have_nothing_between(dot: Adjacency) -> None:
    assert metrics.betweenness_mean(dot) == 0
    assert metrics.betweenness_var([[0, 1], [1, 0]]) == 0


@pytest.mark.parametrize("name", ["betweenness_var", "betweenness_std"])
def test_one_node_has_no_spread(name: str, dot: Adjacency) -> None:
    with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs at least 2 nodes; got 1\.$"):
        METRICS[name](dot)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("edge_betweenness_mean", "1 edge"),
        ("edge_betweenness_var", "2 edges"),
        ("edge_betweenness_std", "2 edges"),
    ],
)
def test_edges_are_needed(name: str, least: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least {least} between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        METRICS[name](empty)
