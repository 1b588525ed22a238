from collections import Counter
from itertools import permutations
from math import comb

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.metrics.cycles import n_cycles_2, n_cycles_3, n_cycles_4


def four_by_four(a: Adjacency) -> int:
    """Count the cycles of 4 nodes, tuple by tuple; each is found once from each node."""
    tuples = permutations(range(len(a)), 4)
    return sum(bool(a[i, j] & a[j, k] & a[k, h] & a[h, i]) for i, j, k, h in tuples) // 4


def test_cycles_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    lengths = Counter(map(len, nx.simple_cycles(peer, length_bound=4)))
    assert n_cycles_2(digraph) == lengths[2]
    assert n_cycles_3(digraph) == lengths[3]
    assert n_cycles_4(digraph) == lengths[4]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8])
def test_four_cycles_are_counted_tuple_by_tuple(n: int) -> None:
    rng = np.random.default_rng(n)
    for p in (0, 0.2, 0.5, 0.8, 1):
        graph = rng.random((n, n)) < p  # self-loops included
        assert n_cycles_4(graph) == four_by_four(graph)
        assert n_cycles_4(graph | graph.T) == four_by_four(graph | graph.T)


def test_closed_forms(f3l: Adjacency, ring: Adjacency, complete: Adjacency) -> None:
    assert [n_cycles_2(f3l), n_cycles_3(f3l), n_cycles_4(f3l)] == [1, 2, 0]
    assert [n_cycles_2(ring), n_cycles_3(ring), n_cycles_4(ring)] == [0, 0, 0]
    assert n_cycles_4(np.roll(np.eye(4, dtype=bool), 1, axis=1)) == 1
    assert [n_cycles_2(complete), n_cycles_3(complete)] == [comb(6, 2), 2 * comb(6, 3)]
    assert n_cycles_4(complete) == 6 * comb(6, 4)


def test_each_undirected_square_is_two_cycles() -> None:
    grid = nx.to_numpy_array(nx.grid_2d_graph(4, 5)) > 0
    assert n_cycles_4(grid) == 2 * 3 * 4


def test_counts_are_exact_in_large_graphs() -> None:
    n = 700
    assert n_cycles_4(np.ones((n, n), dtype=bool)) == 6 * comb(n, 4)


def test_reversed_and_relabelled_graphs_count_the_same(digraph: Adjacency) -> None:
    order = np.random.default_rng(3).permutation(len(digraph))
    for count in (n_cycles_2, n_cycles_3, n_cycles_4):
        assert count(digraph.T) == count(digraph)
        assert count(digraph[np.ix_(order, order)]) == count(digraph)
