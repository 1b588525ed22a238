from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import METRICS

PARTS = {
    # j and k, seen from i: the two edges at i, and the edge that closes them.
    "clustering_cycle": lambda a, i, j, k: (a[i, j] & a[k, i], a[j, k]),
    "clustering_middleman": lambda a, i, j, k: (a[j, i] & a[i, k], a[j, k]),
    "clustering_in": lambda a, i, j, k: (a[j, i] & a[k, i], a[j, k]),
    "clustering_out": lambda a, i, j, k: (a[i, j] & a[i, k], a[j, k]),
}


def counted(a: Adjacency, part: str, node: int) -> tuple[int, int]:
    """Count the closed and the possible triangles of one kind, pair by pair."""
    others = [other for other in range(len(a)) if other != node]
    pairs = [PARTS[part](a, node, j, k) for j, k in permutations(others, 2)]
    return sum(bool(wedge and close) for wedge, close in pairs), sum(bool(w) for w, _ in pairs)


def test_fixture(f3: Adjacency, f3l: Adjacency) -> None:
    assert metrics.clustering(f3) == pytest.approx((0.5 + 0.3 + 0.5 + 0.5) / 4)
    assert metrics.transitivity(f3) == pytest.approx(9 / 22)  # .409; networkx: .25
    # With the self-loops in, bctpy's formula gives 1.25 for node 0.
    assert metrics.clustering(f3l) == metrics.clustering(f3)
    assert metrics.transitivity(f3l) == metrics.transitivity(f3)


def test_clustering_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    assert metrics.clustering(digraph) == pytest.approx(nx.average_clustering(peer), abs=1e-15)


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_counted_pair_by_pair(part: str, digraph: Adjacency) -> None:
    counts = [counted(digraph, part, node) for node in range(len(digraph))]
    expected = np.mean([closed / possible if possible else 0 for closed, possible in counts])
    assert METRICS[part](digraph) == pytest.approx(expected, abs=1e-15)


def test_transitivity_sums_the_parts(digraph: Adjacency) -> None:
    counts = np.array(
        [counted(digraph, part, node) for part in PARTS for node in range(len(digraph))]
    )
    # Ordered pairs find each inward and each outward wedge with both of its closing edges.
    closed, possible = counts.sum(axis=0)
    assert metrics.transitivity(digraph) == pytest.approx(closed / possible)


def test_undirected_graphs_have_the_classic_values(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    peer = nx.from_numpy_array(closure)
    assert metrics.clustering(closure) == pytest.approx(nx.average_clustering(peer), abs=1e-15)
    assert metrics.transitivity(closure) == pytest.approx(nx.transitivity(peer))


def test_nodes_without_triangles_count_as_zero() -> None:
    # A triangle with a pendant node, and an isolated one: (1 + 1 + 1/3 + 0 + 0) / 5.
    graph = nx.to_numpy_array(nx.Graph([(0, 1), (1, 2), (0, 2), (2, 3)]))
    graph = np.pad(graph, (0, 1))
    assert metrics.clustering(graph) == pytest.approx(0.467, abs=5e-4)


def test_closed_forms(ring: Adjacency, complete: Adjacency, dot: Adjacency) -> None:
    three = np.roll(np.eye(3, dtype=bool), 1, axis=1)
    assert [metrics.clustering_cycle(three), metrics.clustering_middleman(three)] == [1, 0]
    assert metrics.transitivity(three) == metrics.clustering(three) == 0.5
    assert metrics.transitivity(ring) == 0
    assert [METRICS[part](complete) for part in PARTS] == [1, 1, 1, 1]
    assert metrics.transitivity(complete) == 1
    assert metrics.clustering(dot) == 0


def test_transitivity_needs_a_node_with_two_neighbours() -> None:
    match = r"^`transitivity` needs a node with at least 2 neighbours; got none\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.transitivity([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
