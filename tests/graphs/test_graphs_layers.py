from collections.abc import Callable
from random import Random
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency, layer_index, orient_acyclic

GRAPHS = st.integers(1, 9).flatmap(lambda n: arrays(bool, (n, n)))


def test_layer_index_gives_the_layers_of_the_thesis_example() -> None:
    edges = [(0, 2), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4)]
    layers = layer_index(as_adjacency(edges, n=5))
    assert layers.tolist() == [0, 0, 1, 2, 3]
    assert layers.dtype == np.int64


def test_layer_index_follows_the_longest_path_not_the_shortest() -> None:
    assert layer_index(as_adjacency([(0, 3), (0, 1), (1, 2), (2, 3)], n=4)).tolist() == [0, 1, 2, 3]


def test_layer_index_does_not_need_nodes_in_topological_order() -> None:
    assert layer_index(as_adjacency([(2, 0), (0, 1)], n=3)).tolist() == [1, 2, 0]


def test_layer_index_of_a_graph_without_edges_is_zero() -> None:
    assert layer_index(np.zeros((3, 3), dtype=bool)).tolist() == [0, 0, 0]


@settings(deadline=None, max_examples=60)
@given(GRAPHS, st.randoms(use_true_random=False))
def test_layers_agree_with_the_topological_generations_of_networkx(
    graph: Adjacency, random: Random
) -> None:
    order = list(range(len(graph)))
    random.shuffle(order)
    acyclic = orient_acyclic(graph)[np.ix_(order, order)]
    layers = layer_index(acyclic)
    digraph = nx.from_numpy_array(acyclic, create_using=nx.DiGraph)
    for layer, nodes in enumerate(nx.topological_generations(digraph)):
        assert set(np.flatnonzero(layers == layer)) == set(nodes)
    assert layers.max() == nx.dag_longest_path_length(digraph)


@settings(deadline=None, max_examples=60)
@given(GRAPHS)
def test_orient_acyclic_keeps_each_pair_once_and_upwards(graph: Adjacency) -> None:
    before = graph.copy()
    oriented = orient_acyclic(graph)
    pairs = {(min(i, j), max(i, j)) for i, j in np.argwhere(graph).tolist() if i != j}
    assert set(map(tuple, np.argwhere(oriented).tolist())) == pairs
    np.testing.assert_array_equal(graph, before)
    np.testing.assert_array_equal(orient_acyclic(oriented), oriented)
    np.testing.assert_array_equal(orient_acyclic(graph.T), oriented)


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        ([(0, 0)], "0 -> 0"),
        ([(0, 1), (1, 2), (2, 1)], "1 -> 2 -> 1"),
        ([(1, 2), (2, 3), (3, 1), (3, 0)], "1 -> 2 -> 3 -> 1|2 -> 3 -> 1 -> 2|3 -> 1 -> 2 -> 3"),
    ],
)
def test_layer_index_names_a_cycle(edges: list[tuple[int, int]], cycle: str) -> None:
    with pytest.raises(
        InputError, match=rf"^`adjacency` must have no directed cycle; got ({cycle})\.$"
    ):
        layer_index(as_adjacency(edges, n=4))


@pytest.mark.parametrize("function", [layer_index, orient_acyclic])
def test_layers_need_a_square_matrix(function: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"`adjacency` must be a square matrix .* shape \(2, 3\)"):
        function(np.zeros((2, 3), dtype=bool))
