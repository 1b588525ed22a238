import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics.weighted._graph import WeightedGraph
from rnngraph.metrics.weighted.hierarchy import (
    weighted_flow_hierarchy,
    weighted_trophic_incoherence,
    weighted_trophic_level,
)


def test_levels_are_weighted_least_squares(weights: Weights) -> None:
    graph = WeightedGraph.of(weights)
    sources, targets = np.nonzero(weights)
    root = np.sqrt(weights[sources, targets])
    climb = np.zeros((len(root), len(weights)))
    climb[np.arange(len(root)), sources] -= root
    climb[np.arange(len(root)), targets] += root
    expected = np.linalg.lstsq(climb, root)[0]
    for label in np.unique(graph.topology.weak_components):
        members = graph.topology.weak_components == label
        expected[members] -= expected[members].min()
    np.testing.assert_allclose(weighted_trophic_level(weights), expected, atol=1e-9)
    off = ((climb @ expected - root) ** 2).sum() / weights.sum()
    assert weighted_trophic_incoherence(weights) == pytest.approx(off, abs=1e-12)


def test_a_strong_path_outweighs_a_short_cut() -> None:
    # 0 -> 1 -> 2 of weight s and 0 -> 2 of weight 1: level 2 at 3 (s + 1) / (s + 2) ... by hand
    # (h_1 = h / 2; minimise 2 s (h / 2 - 1)^2 + (h - 1)^2, so h = 2 (s + 1) / (s + 2)).
    for s in (0.01, 1.0, 50.0, 1e8):
        h = 2 * (s + 1) / (s + 2)
        found = weighted_trophic_level([[0, s, 1], [0, 0, s], [0, 0, 0]])
        np.testing.assert_allclose(found, [0, h / 2, h], rtol=1e-9)


def test_coherent_and_cyclic_graphs(path: Adjacency, ring: Adjacency) -> None:
    climbing = path * np.arange(1, 7.0)[:, None]
    np.testing.assert_allclose(weighted_trophic_level(climbing), np.arange(6))
    assert weighted_trophic_incoherence(climbing) == pytest.approx(0, abs=1e-12)
    assert weighted_trophic_incoherence(ring * 0.3) == pytest.approx(1)


def test_a_weak_node_is_no_trouble_and_a_weak_bridge_is_said() -> None:
    weak = [[0, 1, 0], [0, 0, 1e-200], [0, 0, 0]]
    np.testing.assert_allclose(weighted_trophic_level(weak), [0, 1, 2])
    bridge = np.zeros((4, 4))
    bridge[[0, 2, 1], [1, 3, 2]] = 1, 1, 1e-18
    match = r"^`weights` must join the graph by weights .*; got weights from 1e-18 to 1\.$"
    with pytest.raises(InputError, match=match):
        weighted_trophic_level(bridge)
    lost = [[0, 1e300, 0], [0, 0, 1e-300], [0, 0, 0]]
    with pytest.raises(InputError, match=r"got weights from 1e-300 to 1e\+300\.$"):
        weighted_trophic_level(lost)


def test_what_does_not_exist_says_why(empty: Adjacency) -> None:
    match = (
        r"^`weighted_trophic_incoherence` needs at least 1 edge between distinct nodes; got 0\.$"
    )
    with pytest.raises(UndefinedMetricError, match=match):
        weighted_trophic_incoherence(empty)
    assert weighted_trophic_level(empty).tolist() == [0] * 4


def test_flow_hierarchy_is_that_of_networkx(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    expected = nx.flow_hierarchy(peer, weight="weight")
    assert weighted_flow_hierarchy(weights) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_heavy_tail_behind_a_light_cycle() -> None:
    weights = np.zeros((4, 4))
    weights[0, 1], weights[1, 0], weights[1, 2], weights[2, 3] = 1, 2, 3, 4
    assert weighted_flow_hierarchy(weights) == pytest.approx(0.7)
    with pytest.raises(
        UndefinedMetricError, match=r"^`weighted_flow_hierarchy` needs at least 1 e"
    ):
        weighted_flow_hierarchy(np.zeros((2, 2)))
    with pytest.raises(
        InputError, match=r"since a share of the weight takes no signs.*; got -4\.$"
    ):
        weighted_flow_hierarchy(-weights)


def test_levels_of_an_undirected_graph_are_0_and_not_the_noise_of_a_solver() -> None:
    graph = nx.karate_club_graph()
    assert not weighted_trophic_level(nx.to_numpy_array(graph)).any()
