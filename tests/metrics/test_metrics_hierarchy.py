import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import hierarchy


def test_hierarchies_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    assert metrics.flow_hierarchy(digraph) == pytest.approx(nx.flow_hierarchy(peer))
    reaching = nx.global_reaching_centrality(peer)
    assert metrics.global_reaching_centrality(digraph) == pytest.approx(reaching)


def test_trophic_q_is_that_of_networkx() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        graph = (rng.random((12, 12)) < 0.25) & ~np.eye(12, dtype=bool)
        graph[:, 0], graph[0, 1:] = False, True
        peer = nx.from_numpy_array(graph, create_using=nx.DiGraph)
        expected = nx.trophic_incoherence_parameter(peer)
        assert metrics.trophic_incoherence_q(graph) == pytest.approx(expected, abs=1e-9)


def test_trophic_levels_solve_their_equation(digraph: Adjacency) -> None:
    level = hierarchy.trophic_level(digraph)
    into, out = digraph.sum(axis=0), digraph.sum(axis=1)
    balance = (into + out) * level - (digraph + digraph.T.astype(int)) @ level
    np.testing.assert_allclose(balance, into - out, atol=1e-9)
    assert level.min() >= 0


def test_closed_forms(ring: Adjacency, path: Adjacency, star: Adjacency) -> None:
    assert metrics.trophic_incoherence(ring) == pytest.approx(1)
    assert metrics.trophic_incoherence(path) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(hierarchy.trophic_level(path), np.arange(6), atol=1e-9)
    np.testing.assert_allclose(hierarchy.trophic_level(star), [0, *[1] * 6], atol=1e-9)
    assert metrics.flow_hierarchy(ring) == 0
    assert metrics.flow_hierarchy(path) == 1
    assert metrics.feedback_arc_fraction(ring) == 1 / 8
    assert metrics.feedback_arc_fraction(path) == 0
    assert metrics.feedback_arc_fraction(ring | ring.T) >= 1 / 2
    assert metrics.global_reaching_centrality(star) == 1


def test_each_component_has_its_own_ground(path: Adjacency) -> None:
    apart = np.kron(np.eye(2, dtype=bool), path)
    np.testing.assert_allclose(hierarchy.trophic_level(apart), [*range(6), *range(6)], atol=1e-9)


def test_what_is_cut_leaves_no_cycle(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    # A lower bound: every 2-cycle loses one of its edges.
    share = metrics.feedback_arc_fraction(digraph)
    assert metrics.n_cycles_2(digraph) / digraph.sum() <= share <= 0.5
    assert (share == 0) == nx.is_directed_acyclic_graph(peer)


@pytest.mark.parametrize(
    "name",
    ["flow_hierarchy", "feedback_arc_fraction", "trophic_incoherence", "trophic_incoherence_q"],
)
def test_edges_are_needed(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        getattr(metrics, name)(empty)


def test_trophic_q_needs_a_ground(ring: Adjacency) -> None:
    match = r"^`trophic_incoherence_q` needs every node reached from one without in-edges; got 8 th"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.trophic_incoherence_q(ring)


def test_reaching_needs_another_node(dot: Adjacency) -> None:
    match = r"^`global_reaching_centrality` needs at least 2 nodes; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.global_reaching_centrality(dot)
