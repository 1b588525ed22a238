"""Numbers and tensors that float64 or numpy cannot hold are refused, or read as what they are."""

import warnings
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
import torch

from rnngraph.errors import FileError, InputError
from rnngraph.graphs import as_adjacency, as_weights, load_graph
from rnngraph.metrics import profile

wide = pytest.mark.skipif(
    np.finfo(np.longdouble).maxexp == np.finfo(np.float64).maxexp, reason="no wider float here"
)
TINY, HUGE = "1e-4000", "1e+4000"


def of_wide(value: str) -> Any:
    matrix = np.zeros((3, 3), dtype=np.longdouble)
    matrix[0, 1], matrix[1, 2] = np.longdouble(value), 1
    return matrix


@wide
@pytest.mark.parametrize("value", [TINY, f"-{TINY}", HUGE])
def test_what_float64_cannot_hold_is_refused_everywhere(value: str) -> None:
    matrix = of_wide(value)
    told = r"must hold numbers that float64 can hold; got {} at \[{}\]\."
    told = told.format(value.replace("+", r"\+"), "{}")
    for read in (as_adjacency, as_weights):
        for form in (matrix, matrix.tolist(), scipy.sparse.csr_array(matrix)):
            with pytest.raises(InputError, match=f"^`x` {told.format('0, 1')}$"):
                read(form)
    for options in ({}, {"nodes": True}, {"weight_as": "length"}):
        with pytest.raises(InputError, match=f"^`graphs` {told.format('0, 1')}$"):
            profile(matrix, **options)
    with pytest.raises(InputError, match=f"^`graphs` {told.format('2, 0, 1')}$"):
        profile(np.stack([of_wide("1"), of_wide("2"), matrix]))


@wide
def test_wide_numbers_that_float64_holds_are_read() -> None:
    matrix = of_wide("1e-320")
    np.testing.assert_array_equal(as_weights(matrix), matrix.astype(np.float64))
    assert profile(matrix[None], metrics="n_edges")["n_edges"].tolist() == [2]


@wide
def test_an_edge_does_not_vanish_with_its_weight() -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edge(0, 1, weight=np.longdouble(TINY))
    assert as_adjacency(graph).tolist() == [[False, True], [False, False]]
    match = rf"^`x` must have edge weights that float64 can hold; got .*{TINY}.* between the nodes"
    with pytest.raises(InputError, match=match):
        as_weights(graph)


def test_a_text_for_a_weight_is_no_weight_but_an_edge(tmp_path: Path) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edge("a", "b", weight="heavy")
    graph.add_edge("b", "c", weight="2.5")
    path = tmp_path / "text.graphml"
    nx.write_graphml(graph, path)
    assert as_adjacency(path).tolist() == np.eye(3, k=1, dtype=bool).tolist()
    match = r"text\.graphml` must have finite, real edge weights; got 'heavy' between the nodes at"
    for read in (as_weights, load_graph):
        with pytest.raises(FileError, match=match):
            read(path)
    graph.edges["a", "b"]["weight"] = "1e1"  # numbers that were written as text
    nx.write_graphml(graph, path)
    assert load_graph(path).tolist() == [[0, 10, 0], [0, 0, 2.5], [0, 0, 0]]


def quantized(tensor: torch.Tensor) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is about to drop them
        return torch.quantize_per_tensor(tensor, 0.5, 0, torch.quint8)


def test_quantized_tensors_are_read() -> None:
    weights = torch.eye(3).roll(1, 1) * 1.5
    assert as_weights(quantized(weights)).tolist() == weights.tolist()
    stack = quantized(torch.stack([weights, weights * 0]))
    for backend in ("auto", "torch"):
        table = profile(stack, metrics=["diameter"], backend=backend)
        np.testing.assert_array_equal(table["diameter"], [2, np.nan])


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_refused(layout: torch.layout) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls them a prototype
        nested = torch.nested.nested_tensor([torch.eye(3), torch.eye(3)], layout=layout)
    match = "must be one tensor of one shape; got a nested tensor: `unbind\\(\\)` lists its parts"
    with pytest.raises(InputError, match=f"^`x` {match}"):
        as_adjacency(nested)
    options: Any
    for options in ({}, {"nodes": True}, {"weight_as": "length"}, {"backend": "torch"}):
        with pytest.raises(InputError, match=f"^`graphs` {match}"):
            profile(nested, **options)
    assert profile(nested.unbind(), metrics=["n_nodes"])["n_nodes"].tolist() == [3, 3]


def test_views_that_torch_has_not_computed_yet_are_read() -> None:
    numbers = (torch.eye(3) * 1j).conj()
    assert as_weights(numbers.imag).tolist() == (-torch.eye(3)).tolist()
    for backend in ("auto", "torch"):
        table = profile(numbers.imag[None], metrics=["reachable_fraction"], backend=backend)
        assert table["reachable_fraction"].tolist() == [0]
    with pytest.raises(InputError, match="^`x` must hold booleans or real numbers; got dtype comp"):
        as_adjacency(numbers)
    with pytest.raises(InputError, match="^`graphs` must hold booleans or real numbers; got dtype"):
        profile(numbers[None])


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2", "bfloat16", "uint16", "int8"])
def test_dtypes_that_numpy_lacks_are_read(dtype: str) -> None:
    weights = torch.eye(3).roll(1, 1).to(getattr(torch, dtype))
    assert as_weights(weights).tolist() == weights.double().tolist()
    table = profile(weights[None], metrics=["diameter"], backend="torch")
    assert table["diameter"].tolist() == [2]


@pytest.mark.parametrize("dtype", ["bits8", "float4_e2m1fn_x2", "complex32"])
def test_dtypes_that_are_no_numbers_are_refused(dtype: str) -> None:
    if not hasattr(torch, dtype):
        pytest.skip("not in this torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls some of them a prototype
        tensor = torch.empty(1, 3, 3, dtype=getattr(torch, dtype))
    with pytest.raises(InputError, match=f"^`x` must hold booleans or real .* dtype torch.{dtype}"):
        as_adjacency(tensor[0])
    with pytest.raises(InputError, match="^`graphs` must hold booleans or finite numbers; got to"):
        profile(tensor, backend="torch", metrics=["diameter"])


def test_items_that_numpy_cannot_read_are_refused() -> None:
    weight = torch.ones((), requires_grad=True)
    with pytest.raises(InputError, match=r"^`x` must be a matrix; got items that say: "):
        as_adjacency([[weight, weight], [weight, weight]])


def test_two_edges_are_no_matrix() -> None:
    edges = [(0, 1), (1, 2)]
    match = r"^`{}` must be a matrix, which is no list of two edges; got \[\(0, 1\), \(1, 2\)\]\. "
    with pytest.raises(InputError, match=match.format("x") + r"Edges go with their number of"):
        as_adjacency(edges)
    with pytest.raises(InputError, match=match.format("graphs")):
        profile(edges)
    path = np.eye(3, k=1, dtype=bool)
    np.testing.assert_array_equal(as_adjacency(edges, n=3), path)
    # As a matrix it is a self-loop, and an edge: so are lists, and arrays.
    for matrix in ([[0, 1], [1, 2]], np.array(edges), ((0, 1), (1, 2))):
        assert as_adjacency(matrix).tolist() == [[False, True], [True, True]]
