import random
import statistics
from itertools import product

import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Topology


def partition(graph: Adjacency) -> list[set[int]]:
    labels = Topology.of(graph).communities
    return [set(np.flatnonzero(labels == label).tolist()) for label in range(labels.max() + 1)]


def test_cores_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    cores = nx.core_number(peer).values()
    assert metrics.core_number_max(digraph) == max(cores)
    assert metrics.core_number_mean(digraph) == pytest.approx(statistics.mean(cores))


def test_cores_of_the_fixture(f1: Adjacency, empty: Adjacency) -> None:
    assert metrics.core_number_max(f1) == 2
    assert metrics.core_number_mean(f1) == (2 + 2 + 2 + 1 + 0) / 5
    assert metrics.core_number_max(empty) == 0


def test_modularity_is_that_of_its_own_partition(
    digraph: Adjacency, peer: "nx.DiGraph[int]"
) -> None:
    found = partition(digraph)
    assert metrics.modularity(digraph) == pytest.approx(nx.community.modularity(peer, found))


def test_no_single_move_or_merger_gains(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    found = partition(digraph)
    best = metrics.modularity(digraph) + 1e-12
    for node, target in product(range(len(digraph)), [*found, set[int]()]):
        moved = [part - {node} for part in found if part != target] + [target | {node}]
        assert nx.community.modularity(peer, [part for part in moved if part]) <= best
    for first, second in product(found, found):
        if first != second:
            merged = [part for part in found if part not in (first, second)] + [first | second]
            assert nx.community.modularity(peer, merged) <= best


def test_modularity_holds_its_own_against_networkx(
    digraph: Adjacency, peer: "nx.DiGraph[int]"
) -> None:
    theirs = [
        nx.community.modularity(peer, nx.community.louvain_communities(peer, seed=seed))
        for seed in range(10)
    ]
    assert metrics.modularity(digraph) >= statistics.mean(theirs) - 0.02


def test_planted_communities_are_found() -> None:
    block = ~np.eye(5, dtype=bool)
    graph = np.kron(np.eye(4, dtype=bool), block)
    graph[0, 5] = graph[5, 10] = graph[10, 15] = True
    order = np.random.default_rng(0).permutation(20)
    found = partition(graph[np.ix_(order, order)])
    assert {frozenset(order[list(part)] // 5) for part in found} == {
        frozenset({community}) for community in range(4)
    }


def test_one_community_is_worth_nothing(complete: Adjacency) -> None:
    assert metrics.modularity(complete) == 0


def test_modularity_draws_no_random_number(digraph: Adjacency) -> None:
    state = random.getstate()
    first = metrics.modularity(digraph)
    assert random.getstate() == state
    random.seed(1)
    assert metrics.modularity(digraph) == first
    random.setstate(state)


def test_modularity_needs_an_edge(empty: Adjacency) -> None:
    match = r"^`modularity` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.modularity(empty)


def test_a_core_and_its_rim() -> None:
    # 4 joined nodes, each with 2 hangers-on: the ideal but for edges from the core to all others.
    graph = np.zeros((12, 12), dtype=bool)
    graph[:4, :4] = True
    for leaf in range(4, 12):
        graph[leaf % 4, leaf] = True
    assert metrics.core_periphery_core_fraction(graph) == 4 / 12
    closure = (graph | graph.T) & ~np.eye(12, dtype=bool)
    ideal = np.ones((12, 12), dtype=bool)
    ideal[4:, 4:] = False
    pairs = ~np.eye(12, dtype=bool)
    expected = np.corrcoef(closure[pairs], ideal[pairs])[0, 1]
    assert metrics.core_periphery_fit(graph) == pytest.approx(expected)


def test_a_star_is_a_perfect_core(star: Adjacency) -> None:
    assert metrics.core_periphery_fit(star) == pytest.approx(1)
    assert metrics.core_periphery_core_fraction(star) == pytest.approx(1 / 7)


def test_no_core_by_degree_fits_better(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    pairs, degree = ~np.eye(len(digraph), dtype=bool), closure.sum(axis=1)
    best = -1.0
    for least in np.unique(degree)[1:]:
        core = degree >= least
        ideal = core[:, None] | core
        if (ideal[pairs] != ideal[pairs][0]).any():
            best = max(best, np.corrcoef(closure[pairs], ideal[pairs])[0, 1])
    assert metrics.core_periphery_fit(digraph) == pytest.approx(best)


@pytest.mark.parametrize("name", ["core_periphery_fit", "core_periphery_core_fraction"])
def test_a_ring_has_no_core(name: str, ring: Adjacency) -> None:
    match = (
        rf"^`{name}` needs nodes of different degrees, at least 2 of them at the rim; "
        r"got 1 distinct degrees of 8 nodes\.$"
    )
    with pytest.raises(UndefinedMetricError, match=match):
        getattr(metrics, name)(ring)
