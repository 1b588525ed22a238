from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.metrics.squares import local_square_clustering, square_clustering


def pair_by_pair(a: Adjacency, node: int) -> float:
    """Zhang's share of the squares of one node of an undirected graph."""
    near = [set(np.flatnonzero(row).tolist()) for row in a]
    squares = possible = 0
    for u, w in combinations(sorted(near[node]), 2):
        shared = len((near[u] & near[w]) - {node})
        rest = 1 + shared + (w in near[u])
        squares += shared
        possible += shared + len(near[u]) - rest + len(near[w]) - rest
    return squares / possible if possible else 0


def test_undirected_graphs_have_the_values_of_networkx(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    expected = nx.square_clustering(nx.from_numpy_array(closure))
    assert local_square_clustering(closure) == pytest.approx(list(expected.values()), abs=1e-15)
    assert square_clustering(closure) == pytest.approx(np.mean([*expected.values()]), abs=1e-15)


def test_squares_are_counted_pair_by_pair(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    expected = [pair_by_pair(closure, node) for node in range(len(digraph))]
    assert local_square_clustering(digraph) == pytest.approx(expected, abs=1e-15)


def test_direction_is_dropped(digraph: Adjacency) -> None:
    closure = local_square_clustering(digraph | digraph.T)
    assert local_square_clustering(digraph).tolist() == closure.tolist()
    assert local_square_clustering(digraph.T).tolist() == closure.tolist()


def test_closed_forms(ring: Adjacency, complete: Adjacency, star: Adjacency) -> None:
    assert square_clustering(np.roll(np.eye(4, dtype=bool), 1, axis=1)) == 1
    assert square_clustering(ring) == 0
    assert square_clustering(star) == 0
    assert square_clustering(complete) == 1  # q = n - 3 for each pair, and no other neighbours
    both_sides = nx.to_numpy_array(nx.complete_bipartite_graph(3, 4))
    assert square_clustering(both_sides) == 1


def test_tiny_graphs_have_no_squares(dot: Adjacency, empty: Adjacency) -> None:
    assert [square_clustering(dot), square_clustering(empty)] == [0, 0]
    assert square_clustering(np.ones((2, 2))) == square_clustering(np.ones((3, 3))) == 0


def test_self_loops_do_not_count(f3: Adjacency, f3l: Adjacency) -> None:
    assert local_square_clustering(f3l).tolist() == local_square_clustering(f3).tolist()


def test_values_move_with_their_nodes(digraph: Adjacency) -> None:
    order = np.random.default_rng(3).permutation(len(digraph))
    moved = local_square_clustering(digraph[np.ix_(order, order)])
    assert moved.tolist() == local_square_clustering(digraph)[order].tolist()
