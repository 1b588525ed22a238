import subprocess
import sys
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency, as_weights, graph_key, to_scipy, without_self_loops

PATH = [[False, True, False], [False, False, True], [False, False, False]]
FORMATS: list[Any] = ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"]
GRAPHS = st.integers(1, 7).flatmap(lambda n: arrays(bool, (n, n)))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
WEIGHTS = st.integers(1, 7).flatmap(lambda n: arrays(float, (n, n), elements=FINITE))


class Accelerated:
    """Stands for a tensor on a device: numpy cannot read it before it was copied to the host."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        self.shape, self.is_meta = tensor.shape, tensor.is_meta
        self.is_nested, self.is_quantized = tensor.is_nested, tensor.is_quantized

    def detach(self) -> "Accelerated":
        return Accelerated(self.tensor.detach())

    def to_dense(self) -> "Accelerated":
        return Accelerated(self.tensor.to_dense())

    def resolve_conj(self) -> "Accelerated":
        return Accelerated(self.tensor.resolve_conj())

    def resolve_neg(self) -> "Accelerated":
        return Accelerated(self.tensor.resolve_neg())

    def cpu(self) -> torch.Tensor:
        return self.tensor

    def is_floating_point(self) -> bool:
        return self.tensor.is_floating_point()


def test_rows_are_sources() -> None:
    path = as_adjacency([(0, 1), (1, 2)], n=3)
    assert path.tolist() == PATH
    digraph = nx.from_numpy_array(path, create_using=nx.DiGraph)
    assert list(digraph.edges) == [(0, 1), (1, 2)]


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_a_boolean_matrix_comes_back_from_every_form(graph: Adjacency) -> None:
    forms = [
        graph,
        graph.tolist(),
        graph.astype(np.int8),
        graph.astype(np.float32) * -0.5,
        np.asfortranarray(graph),
        torch.from_numpy(graph),
        torch.from_numpy(graph).to(torch.int64),
        torch.from_numpy(graph).to(torch.bfloat16).requires_grad_(),
        torch.from_numpy(graph).float().to_sparse(),
        Accelerated(torch.from_numpy(graph)),
        *(to_scipy(graph).asformat(form) for form in FORMATS),
        *(scipy.sparse.csr_matrix(graph).asformat(form) for form in FORMATS),
    ]
    for form in forms:
        adjacency = as_adjacency(form)
        assert adjacency.dtype == bool
        np.testing.assert_array_equal(adjacency, graph)
    np.testing.assert_array_equal(as_adjacency(np.argwhere(graph), n=len(graph)), graph)


@settings(deadline=None, max_examples=40)
@given(WEIGHTS)
def test_weights_come_back_from_every_form(weights: Weights) -> None:
    forms = [
        weights,
        weights.tolist(),
        torch.from_numpy(weights).requires_grad_(),
        Accelerated(torch.from_numpy(weights)),
        *(to_scipy(weights).asformat(form) for form in FORMATS),
    ]
    for form in forms:
        read = as_weights(form)
        assert read.dtype == np.float64
        np.testing.assert_array_equal(read, weights)
        np.testing.assert_array_equal(as_adjacency(form), weights != 0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16, np.uint8, bool])
def test_as_weights_is_float64_for_every_dtype(dtype: type) -> None:
    weights = as_weights(np.array([[0, 1], [1, 0]], dtype=dtype))
    assert weights.dtype == np.float64
    assert weights.tolist() == [[0, 1], [1, 0]]


def test_the_result_is_a_fresh_array() -> None:
    for matrix in (np.ones((2, 2), dtype=bool), np.ones((2, 2))):
        for read in (as_adjacency(matrix), as_weights(matrix)):
            read[0, 1] = 0
        assert matrix.all()


def test_zeros_that_scipy_stores_are_no_edges_and_duplicates_add_up() -> None:
    coo = scipy.sparse.coo_array(([0.0, 2.0, -1.0, 3.0, -3.0], ([0, 1, 1, 2, 2], [1, 2, 2, 0, 0])))
    np.testing.assert_array_equal(as_weights(coo), [[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(as_adjacency(coo), coo.toarray() != 0)


def test_edges_of_an_array_merge() -> None:
    edges = np.array([[0, 1], [0, 1], [1, 1]], dtype=np.uint8)
    assert as_adjacency(edges, n=2).tolist() == [[False, True], [False, True]]
    assert as_weights(edges, n=2).tolist() == [[0, 1], [0, 1]]
    assert as_adjacency(torch.tensor([[1, 0]]), n=2).tolist() == [[False, False], [True, False]]


@pytest.mark.parametrize("edges", [[], np.empty((0, 2), dtype=int)])
def test_an_empty_edge_array_is_a_graph_without_edges(edges: object) -> None:
    assert as_adjacency(edges, n=3).tolist() == np.zeros((3, 3), dtype=bool).tolist()


def test_two_by_two_integers_are_a_matrix_without_n_and_edges_with_it() -> None:
    square = [[0, 1], [1, 0]]
    assert as_adjacency(square).tolist() == [[False, True], [True, False]]
    assert np.argwhere(as_adjacency(square, n=3)).tolist() == square


def test_a_big_dense_matrix_converts() -> None:
    big = np.zeros((5000, 5000))
    big[4999, 0] = 1
    assert np.argwhere(as_adjacency(big)).tolist() == [[4999, 0]]


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_without_self_loops_clears_the_diagonal_of_a_copy(graph: Adjacency) -> None:
    before = graph.copy()
    np.testing.assert_array_equal(
        without_self_loops(graph), graph & ~np.eye(len(graph), dtype=bool)
    )
    np.testing.assert_array_equal(graph, before)


@settings(deadline=None, max_examples=60)
@given(GRAPHS, GRAPHS)
def test_graph_key_is_equal_just_for_equal_matrices(one: Adjacency, other: Adjacency) -> None:
    assert (graph_key(one) == graph_key(other)) == np.array_equal(one, other)
    assert graph_key(np.asfortranarray(one)) == graph_key(one) == graph_key(one.astype(float) * 2)


def test_graph_key_is_the_same_for_ever() -> None:
    # What `sha256sum` says of the size, 8 bytes from the lowest on, and the bits 01000100 0:
    # printf '\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x44\\x00' | sha256sum
    assert graph_key(np.array(PATH)) == (
        "6d63dc45a7711352819ac635151d2787298fbe4f870102c2007e206222143ed0"
    )


def test_graph_key_tells_sizes_apart_whose_bits_are_equal() -> None:
    keys = {graph_key(np.zeros((n, n), dtype=bool)) for n in range(1, 20)}
    assert len(keys) == 19


@pytest.mark.parametrize("read", [as_adjacency, as_weights])
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            np.zeros((2, 3)),
            r"^`x` must be a square matrix of shape \(n, n\); got shape \(2, 3\)\.$",
        ),
        (np.zeros(4), r"square matrix of shape \(n, n\); got shape \(4,\)\.$"),
        (np.zeros((2, 2, 2)), r"square matrix of shape \(n, n\); got shape \(2, 2, 2\)\.$"),
        (3, r"^`x` must be a graph or a matrix; got int\.$"),
        (
            [[0, 1], [1, 2], [2, 0]],
            r"got shape \(3, 2\)\. For an edge array of shape \(m, 2\), give the number of nodes: "
            r"`n=`\.$",
        ),
        ([[0, 1], [1]], r"^`x` must be a matrix; got rows of different lengths\.$"),
        (
            [nx.path_graph(2), nx.path_graph(2)],
            "^`x` must be one graph; got a list that holds graphs",
        ),
        (np.zeros((0, 0)), r"^`x` must have at least 1 node; got a matrix of shape \(0, 0\)\.$"),
        (scipy.sparse.csr_array((0, 0)), r"^`x` must have at least 1 node"),
        (np.zeros((2, 2), complex), r"^`x` must hold booleans or real numbers; got dtype complex"),
        (torch.zeros(2, 2, dtype=torch.complex64), r"booleans or real numbers; got dtype complex"),
        (np.array([["a"]]), r"^`x` must hold booleans or real numbers; got dtype <U1\.$"),
        ([[None]], r"^`x` must hold booleans or real numbers; got dtype object\.$"),
        ([[0.0, 1.0], [np.nan, 0.0]], r"^`x` must hold finite numbers; got nan at \[1, 0\]\.$"),
        (torch.full((1, 1), -torch.inf), r"^`x` must hold finite numbers; got -inf at \[0, 0\]\.$"),
        (
            torch.zeros(2, 2, device="meta"),
            r"^`x` must hold values; got a tensor on the device 'meta'\.$",
        ),
    ],
)
def test_what_is_no_matrix_is_refused(read: Callable[..., Any], x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(x)


@pytest.mark.parametrize(
    ("x", "n", "message"),
    [
        ([[0, 3]], 3, r"^`x` must hold node indices in \[0, 3\); got the edge 0 -> 3\.$"),
        ([[1, 1], [-1, 0]], 2, r"node indices in \[0, 2\); got the edge -1 -> 0\.$"),
        (np.array([[0, 2**64 - 1]], dtype=np.uint64), 2, r"got the edge 0 -> 18446744073709551615"),
        (
            [[0, 1, 1]],
            3,
            r"^`x` must be an integer edge array of shape \(m, 2\) when `n` is given; got shape "
            r"\(1, 3\), dtype int64\.$",
        ),
        ([[0.0, 1.0]], 3, r"must be an integer edge array .* got shape \(1, 2\), dtype float64\.$"),
        ([0, 1], 3, r"must be an integer edge array .* got shape \(2,\), dtype int64\.$"),
        ([[0, 1]], 0, r"^`n` must be an integer >= 1; got 0\.$"),
        ([[0, 1]], 2.0, r"^`n` must be an integer >= 1; got 2\.0\.$"),
        (nx.Graph(), 2, r"^`n` goes with an edge array only; got `x` of type Graph\.$"),
        ("graph.npz", 2, r"^`n` goes with an edge array only; got `x` of type str\.$"),
    ],
)
def test_what_is_no_edge_array_is_refused(x: object, n: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_adjacency(x, n=n)


@pytest.mark.parametrize("n", [10**9, 3 * 10**9])  # more bytes than any address space has
@pytest.mark.parametrize("read", [as_adjacency, as_weights])
def test_more_nodes_than_memory_has_room_for_are_refused(read: Callable[..., Any], n: int) -> None:
    match = rf"^`x` must fit into memory as a dense array; got shape \({n}, {n}\)\.$"
    nothing = torch.sparse_coo_tensor(
        torch.zeros((2, 0), dtype=torch.long), torch.zeros(0), (n, n), check_invariants=True
    )
    dense = np.broadcast_to(np.bool_(False), (n, n))
    for x in (scipy.sparse.coo_array(([], ([], [])), shape=(n, n)), nothing, dense):
        with pytest.raises(InputError, match=match):
            read(x)
    with pytest.raises(InputError, match=match):
        read([[0, n - 1]], n=n)


@pytest.mark.parametrize("x", [np.eye(2), "graph.graphml"])
def test_nodes_without_a_graph_that_names_them_are_refused(x: object) -> None:
    with pytest.raises(
        InputError, match=r"^`nodes` goes with a networkx or igraph graph only; got `x` of type "
    ):
        as_adjacency(x, nodes=[1, 0])


@pytest.mark.parametrize("function", [without_self_loops, graph_key, to_scipy])
def test_functions_of_an_adjacency_name_their_argument(function: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"^`adjacency` must be a square matrix"):
        function(np.zeros((2, 3)))


def test_importing_graphs_loads_neither_torch_nor_igraph() -> None:
    code = (
        "import sys, rnngraph.graphs as g; g.as_adjacency([[0, 1], [0, 0]]);"
        "print(sorted({'torch', 'igraph', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("x", [None, {0: [1]}, 3, iter([])])
def test_what_is_no_graph_at_all_is_named_by_its_type(x: object) -> None:
    with pytest.raises(
        InputError, match=f"`x` must be a graph or a matrix; got {type(x).__name__}"
    ):
        as_adjacency(x)


def test_a_masked_array_is_refused() -> None:
    masked = np.ma.array(np.eye(2), mask=[[True, False], [False, False]])
    with pytest.raises(InputError, match="`x` must not be a masked array: fill it first."):
        as_adjacency(masked)
