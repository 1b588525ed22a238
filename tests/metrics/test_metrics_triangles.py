from collections.abc import Callable
from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import triangles
from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics.triangles import clustering, local_clustering, transitivity

PARTS = {
    # j and k, seen from i: the two edges at i, and the edge that closes them.
    "clustering_cycle": lambda a, i, j, k: (a[i, j] & a[k, i], a[j, k]),
    "clustering_middleman": lambda a, i, j, k: (a[j, i] & a[i, k], a[j, k]),
    "clustering_in": lambda a, i, j, k: (a[j, i] & a[k, i], a[j, k]),
    "clustering_out": lambda a, i, j, k: (a[i, j] & a[i, k], a[j, k]),
}


def scalar(part: str) -> Callable[[object], float]:
    return vars(triangles)[part]


def local(part: str) -> Callable[[object], Floats]:
    return vars(triangles)[f"local_{part}"]


def counted(a: Adjacency, part: str, node: int) -> tuple[int, int]:
    """Count the closed and the possible triangles of one kind, pair by pair."""
    others = [other for other in range(len(a)) if other != node]
    pairs = [PARTS[part](a, node, j, k) for j, k in permutations(others, 2)]
    return sum(bool(wedge and close) for wedge, close in pairs), sum(bool(w) for w, _ in pairs)


def test_fixture(f3: Adjacency, f3l: Adjacency) -> None:
    assert local_clustering(f3) == pytest.approx([0.5, 0.3, 0.5, 0.5])  # networkx and bctpy
    assert clustering(f3) == pytest.approx((0.5 + 0.3 + 0.5 + 0.5) / 4)
    assert transitivity(f3) == pytest.approx(9 / 22)  # .409; networkx: .25
    # With the self-loops in, bctpy's formula gives 1.25 for node 0.
    assert local_clustering(f3l).tolist() == local_clustering(f3).tolist()
    assert clustering(f3l) == clustering(f3)
    assert transitivity(f3l) == transitivity(f3)


def test_clustering_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    assert local_clustering(digraph) == pytest.approx(list(nx.clustering(peer).values()), abs=1e-15)
    assert clustering(digraph) == pytest.approx(nx.average_clustering(peer), abs=1e-15)


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_counted_pair_by_pair(part: str, digraph: Adjacency) -> None:
    counts = [counted(digraph, part, node) for node in range(len(digraph))]
    expected = [closed / possible if possible else 0 for closed, possible in counts]
    assert local(part)(digraph) == pytest.approx(expected, abs=1e-15)
    assert scalar(part)(digraph) == pytest.approx(np.mean(expected), abs=1e-15)


@pytest.mark.parametrize("part", ["clustering", *PARTS])
def test_the_compiled_core_and_its_twin_agree(part: str, digraph: Adjacency) -> None:
    twin = local(part)(Topology.of(digraph, native=False))
    assert local(part)(digraph).tolist() == twin.tolist()


def test_transitivity_sums_the_parts(digraph: Adjacency) -> None:
    counts = np.array(
        [counted(digraph, part, node) for part in PARTS for node in range(len(digraph))]
    )
    # Ordered pairs find each inward and each outward wedge with both of its closing edges.
    closed, possible = counts.sum(axis=0)
    assert transitivity(digraph) == pytest.approx(closed / possible)


def test_undirected_graphs_have_the_classic_values(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    peer = nx.from_numpy_array(closure)
    expected = list(nx.clustering(peer).values())
    for part in ("clustering", *PARTS):
        assert local(part)(closure) == pytest.approx(expected, abs=1e-15)
    assert clustering(closure) == pytest.approx(nx.average_clustering(peer), abs=1e-15)
    assert transitivity(closure) == pytest.approx(nx.transitivity(peer))


def test_nodes_without_triangles_count_as_zero() -> None:
    # A triangle with a pendant node, and an isolated one: (1 + 1 + 1/3 + 0 + 0) / 5.
    graph = nx.to_numpy_array(nx.Graph([(0, 1), (1, 2), (0, 2), (2, 3)]))
    graph = np.pad(graph, (0, 1))
    assert local_clustering(graph) == pytest.approx([1, 1, 1 / 3, 0, 0])
    assert clustering(graph) == pytest.approx(0.467, abs=5e-4)


def test_closed_forms(ring: Adjacency, complete: Adjacency, dot: Adjacency) -> None:
    three = np.roll(np.eye(3, dtype=bool), 1, axis=1)
    assert [scalar(part)(three) for part in PARTS] == [1, 0, 0, 0]
    assert transitivity(three) == clustering(three) == 0.5
    assert transitivity(ring) == 0
    assert [scalar(part)(complete) for part in PARTS] == [1, 1, 1, 1]
    assert transitivity(complete) == 1
    assert [scalar(part)(dot) for part in ("clustering", *PARTS)] == [0] * 5


def test_reversing_every_edge_swaps_in_and_out(digraph: Adjacency) -> None:
    back = digraph.T
    in_, out = local("clustering_in"), local("clustering_out")
    assert in_(back).tolist() == out(digraph).tolist()
    for part in ("clustering", "clustering_cycle", "clustering_middleman"):
        assert local(part)(back).tolist() == local(part)(digraph).tolist()


@pytest.mark.parametrize("part", ["clustering", *PARTS])
def test_values_move_with_their_nodes(part: str, digraph: Adjacency) -> None:
    order = np.random.default_rng(3).permutation(len(digraph))
    moved = local(part)(digraph[np.ix_(order, order)])
    assert moved.tolist() == local(part)(digraph)[order].tolist()


def test_transitivity_needs_a_node_with_two_neighbours() -> None:
    match = r"^`transitivity` needs a node with at least 2 neighbours; got none\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        transitivity([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
