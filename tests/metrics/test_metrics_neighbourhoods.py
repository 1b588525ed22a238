import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.neighbourhoods import local_efficiencies, local_efficiency


def one_by_one(peer: "nx.DiGraph[int]", node: int) -> float:
    """Efficiency of the graph among the neighbours of one node, by networkx's paths."""
    near = {*peer.predecessors(node), *peer.successors(node)}
    if len(near) < 2:
        return 0
    lengths = dict(nx.all_pairs_shortest_path_length(peer.subgraph(near)))
    inverse = sum(1 / d for row in lengths.values() for d in row.values() if d)
    return inverse / (len(near) * (len(near) - 1))


def test_undirected_graphs_have_the_value_of_networkx(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    expected = nx.local_efficiency(nx.from_numpy_array(closure))
    assert local_efficiency(closure) == pytest.approx(expected, rel=1e-12)


def test_efficiency_is_directed(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    expected = [one_by_one(peer, node) for node in peer]
    assert local_efficiencies(digraph) == pytest.approx(expected, rel=1e-12)
    assert local_efficiency(digraph) == pytest.approx(np.mean(expected), rel=1e-12)


def test_the_compiled_core_and_its_twin_agree(digraph: Adjacency) -> None:
    twin = local_efficiencies(Topology.of(digraph, native=False))
    assert local_efficiencies(digraph) == pytest.approx(twin.tolist(), rel=1e-12)


def test_closed_forms(ring: Adjacency, complete: Adjacency, star: Adjacency) -> None:
    assert local_efficiency(complete) == 1
    assert local_efficiency(ring) == local_efficiency(star) == 0
    assert local_efficiency(np.roll(np.eye(3, dtype=bool), 1, axis=1)) == 0.5
    wheel = nx.to_numpy_array(nx.wheel_graph(6))  # a hub and a rim of 5
    assert local_efficiencies(wheel)[0] == pytest.approx((2 + 2 / 2) / 4)
    assert local_efficiencies(wheel)[1:] == pytest.approx([(1 + 1 + 1 / 2) / 3] * 5)


def test_fewer_than_two_neighbours_count_as_zero(dot: Adjacency, empty: Adjacency) -> None:
    assert [local_efficiency(dot), local_efficiency(empty)] == [0, 0]
    assert local_efficiencies(np.ones((2, 2))).tolist() == [0, 0]


def test_self_loops_do_not_count(f3: Adjacency, f3l: Adjacency) -> None:
    assert local_efficiencies(f3l).tolist() == local_efficiencies(f3).tolist()


def test_reversed_and_relabelled_graphs_measure_the_same(digraph: Adjacency) -> None:
    expected = local_efficiencies(digraph)
    order = np.random.default_rng(3).permutation(len(digraph))
    moved = local_efficiencies(digraph[np.ix_(order, order)])
    assert moved == pytest.approx(expected[order].tolist(), rel=1e-12)
    assert local_efficiencies(digraph.T) == pytest.approx(expected.tolist(), rel=1e-12)
