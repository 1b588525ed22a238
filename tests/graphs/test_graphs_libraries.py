from collections.abc import Callable
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency, as_weights, to_igraph, to_networkx, to_scipy

GRAPHS = st.integers(1, 7).flatmap(lambda n: arrays(bool, (n, n)))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
WEIGHTS = st.integers(1, 7).flatmap(lambda n: arrays(float, (n, n), elements=FINITE))
LIBRARIES = [to_networkx, to_igraph, to_scipy]
KINDS = [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph]


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
@pytest.mark.parametrize("to_library", LIBRARIES)
def test_a_graph_comes_back_from_each_library(
    to_library: Callable[..., Any], graph: Adjacency
) -> None:
    before = graph.copy()
    np.testing.assert_array_equal(as_adjacency(to_library(graph)), graph)
    np.testing.assert_array_equal(as_weights(to_library(graph)), graph.astype(float))
    np.testing.assert_array_equal(graph, before)


@settings(deadline=None, max_examples=40)
@given(WEIGHTS)
@pytest.mark.parametrize("to_library", LIBRARIES)
def test_weights_come_back_from_each_library(
    to_library: Callable[..., Any], weights: Weights
) -> None:
    np.testing.assert_array_equal(as_weights(to_library(weights)), weights)
    np.testing.assert_array_equal(as_adjacency(to_library(weights)), weights != 0)


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_the_libraries_see_the_same_edges_as_their_own_readers(graph: Adjacency) -> None:
    edges = set(map(tuple, np.argwhere(graph).tolist()))
    theirs = nx.from_numpy_array(graph, create_using=nx.DiGraph)
    ours = to_networkx(graph)
    assert list(ours) == list(theirs) == list(range(len(graph)))
    assert set(ours.edges) == set(theirs.edges) == edges
    assert set(to_igraph(graph).get_edgelist()) == edges
    assert igraph.Graph.Adjacency(graph.astype(int), mode="directed").isomorphic(to_igraph(graph))


def test_types_and_attributes_of_the_libraries() -> None:
    graph, weights = np.array([[True, True], [False, False]]), np.array([[0.0, 0.5], [2.0, 0.0]])
    assert list(to_networkx(graph).edges(data=True)) == [(0, 0, {}), (0, 1, {})]
    assert list(to_networkx(weights).edges(data="weight")) == [(0, 1, 0.5), (1, 0, 2.0)]
    assert to_igraph(graph).is_directed()
    assert to_igraph(graph).es.attributes() == []
    assert to_igraph(weights).es["weight"] == [0.5, 2.0]
    assert isinstance(to_scipy(graph), scipy.sparse.csr_array)
    assert to_scipy(graph).dtype == bool
    assert to_scipy(weights).dtype == np.float64
    assert to_scipy(weights).nnz == 2


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([nx.Graph, nx.DiGraph]),
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), FINITE)),
    st.permutations(list("abcde")),
)
def test_networkx_graphs_read_as_networkx_reads_them(
    kind: Callable[..., Any], edges: list[tuple[str, str, float]], order: list[str]
) -> None:
    graph = kind()
    graph.add_nodes_from("edcba")
    graph.add_weighted_edges_from(edges)
    np.testing.assert_array_equal(as_weights(graph), nx.to_numpy_array(graph))
    np.testing.assert_array_equal(
        as_weights(graph, nodes=order), nx.to_numpy_array(graph, nodelist=order)
    )
    structure = nx.to_scipy_sparse_array(graph, nodelist=order, weight=None)
    np.testing.assert_array_equal(as_adjacency(graph, nodes=order), structure.toarray())


@pytest.mark.parametrize("kind", KINDS)
def test_self_loops_stay_and_undirected_edges_go_both_ways(kind: Callable[..., Any]) -> None:
    graph = kind([("b", "a"), ("a", "a"), (("grid", 1), "b")])
    directed = [[False, True, False], [False, True, False], [True, False, False]]
    expected = np.array(directed) | (np.transpose(directed) & (not graph.is_directed()))
    np.testing.assert_array_equal(as_adjacency(graph), expected)
    np.testing.assert_array_equal(as_weights(graph), expected)


def test_edges_of_weight_zero_are_edges_without_a_weight() -> None:
    graph: Any = nx.DiGraph()
    graph.add_weighted_edges_from([(0, 1, 0.0), (1, 0, 3.0)])
    for form in (
        graph,
        igraph.Graph([(0, 1), (1, 0)], directed=True, edge_attrs={"weight": [0, 3]}),
    ):
        assert as_adjacency(form).tolist() == [[False, True], [True, False]]
        assert as_weights(form).tolist() == [[0, 0], [3, 0]]


def test_an_edge_without_a_weight_weighs_one() -> None:
    graph = nx.DiGraph([("a", "b")])
    graph.add_edge("b", "a", weight=2)
    assert as_weights(graph).tolist() == [[0, 1], [2, 0]]
    pair = igraph.Graph([(0, 1), (1, 0)], directed=True, edge_attrs={"weight": [None, 2]})
    assert as_weights(pair).tolist() == [[0, 1], [2, 0]]


def test_an_undirected_igraph_graph_is_symmetric() -> None:
    graph = igraph.Graph([(0, 1), (2, 2)], edge_attrs={"weight": [0.5, 4]})
    assert as_weights(graph).tolist() == [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 4]]


def test_igraph_nodes_are_names_or_ids() -> None:
    graph = igraph.Graph([(0, 1), (1, 2)], directed=True)
    assert np.argwhere(as_adjacency(graph, nodes=[2, 1, 0])).tolist() == [[1, 0], [2, 1]]
    graph.vs["name"] = ["x", "y", "z"]
    assert np.argwhere(as_adjacency(graph, nodes="zyx")).tolist() == [[1, 0], [2, 1]]
    assert np.argwhere(as_adjacency(graph)).tolist() == [[0, 1], [1, 2]]


@pytest.mark.parametrize("kind", [nx.MultiGraph, nx.MultiDiGraph])
def test_parallel_edges_merge_unless_they_have_weights(kind: Callable[..., Any]) -> None:
    graph = kind([("a", "b"), ("a", "b"), ("b", "b")])
    assert as_adjacency(graph)[0].tolist() == [False, True]
    assert as_weights(graph)[0].tolist() == [0, 1]
    graph.add_edge("a", "b", weight=2.0)
    assert as_adjacency(graph)[0].tolist() == [False, True]
    with pytest.raises(
        InputError,
        match=r"^`x` must have one weight an edge; got parallel edges between the nodes at "
        r"0 and 1\. Merge them first\.$",
    ):
        as_weights(graph)


def test_a_weight_is_not_looked_at_when_only_edges_are_asked_for() -> None:
    graph: Any = nx.DiGraph()
    graph.add_edge("a", "b", weight="strong")
    assert as_adjacency(graph).tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize("weight", ["strong", float("nan"), float("inf"), 1j, [1], 10**400])
def test_weights_must_be_finite_and_real(weight: object) -> None:
    graph = nx.DiGraph([(0, 1)])
    graph.add_edge(1, 0, weight=weight)
    with pytest.raises(
        InputError,
        match=r"^`x` must have finite, real edge weights; got .* between the nodes at 1 and 0\.$",
    ):
        as_weights(graph)


def test_weights_of_every_real_type_are_read() -> None:
    values = [True, 2, 2**70, 0.5, np.float32(0.25), np.int8(-3), np.bool_(True)]
    star: Any = nx.DiGraph()
    star.add_weighted_edges_from((0, leaf, value) for leaf, value in enumerate(values, 1))
    assert as_weights(star)[0, 1:].tolist() == [1, 2, 2.0**70, 0.5, 0.25, -3, 1]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (["a"], r"missing \['b'\], unknown or repeated \[\]\.$"),
        (["a", "b", "c"], r"missing \[\], unknown or repeated \['c'\]\.$"),
        (["a", "a", "b"], r"missing \[\], unknown or repeated \['a'\]\.$"),
        ([0, 1], r"missing \['a', 'b'\], unknown or repeated \[0, 1\]\.$"),
    ],
)
def test_nodes_must_be_those_of_the_graph(nodes: list[object], message: str) -> None:
    named = igraph.Graph([(0, 1)], vertex_attrs={"name": ["a", "b"]})
    for graph in (nx.Graph([("a", "b")]), named):
        with pytest.raises(
            InputError, match=r"^`nodes` must hold each node of `x` once; " + message
        ):
            as_adjacency(graph, nodes=nodes)


def test_repeated_igraph_names_cannot_order_nodes() -> None:
    graph = igraph.Graph([(0, 1)], vertex_attrs={"name": ["a", "a"]})
    assert as_adjacency(graph).tolist() == [[False, True], [True, False]]
    with pytest.raises(InputError, match=r"^`x` must name each node once; got 1 again\.$"):
        as_adjacency(graph, nodes=["a", "a"])


@pytest.mark.parametrize("graph", [nx.DiGraph(), igraph.Graph()])
def test_a_graph_needs_a_node(graph: object) -> None:
    with pytest.raises(InputError, match=r"^`x` must have at least 1 node; got none\.$"):
        as_adjacency(graph)


@pytest.mark.parametrize("to_library", LIBRARIES)
def test_only_square_matrices_go_out(to_library: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"^`adjacency` must be a square matrix"):
        to_library(np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"^`adjacency` must hold finite numbers; got nan"):
        to_library(np.full((2, 2), np.nan))
