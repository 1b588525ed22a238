"""Reading a matrix: arrays, nested lists, scipy.sparse and torch become one square ndarray."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeGuard

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError


def as_matrix(x: object, name: str = "x") -> Adjacency | Weights:
    """Read a square matrix as a fresh array: bool stays bool, every number becomes float64.

    Args:
        x: Shape (n, n), n >= 1: ndarray, nested lists, any scipy.sparse format or a torch
            tensor of any device, layout or gradient state.
        name: What error messages call `x`.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node, two pairs of
            integers, which are edges, or too large for memory.
    """
    if _is_two_edges(x):
        raise InputError(
            f"`{name}` must be a matrix, which is no list of two edges; got {x!r}. Edges go with "
            "their number of nodes, `as_adjacency(edges, n=...)`; rows of a matrix are lists."
        )
    array = as_dense(x, name)
    if array.ndim == 0:
        raise InputError(f"`{name}` must be a graph or a matrix; got {type(x).__name__}.")
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise InputError(
            f"`{name}` must be a square matrix of shape (n, n); got shape {array.shape}."
            + _edge_array_hint(array)
        )
    if not array.size:
        raise InputError(f"`{name}` must have at least 1 node; got a matrix of shape (0, 0).")
    if array.dtype == bool:
        with in_memory(name, array.shape):
            return np.array(array, order="C")
    if array.dtype.kind not in "iuf":
        raise InputError(f"`{name}` must hold booleans or real numbers; got dtype {array.dtype}.")
    weights = as_float64(array, name)
    finite = np.isfinite(weights)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise InputError(
            f"`{name}` must hold finite numbers; got {weights[row, column]} at [{row}, {column}]."
        )
    return weights


def as_float64(array: NDArray[Any], name: str, start: int = 0) -> NDArray[np.float64]:
    """Copy real numbers to float64, C-contiguous; NaN and infinities stay.

    Args:
        array: Any shape.
        name: What error messages call it.
        start: Where in the whole its first row is, for error messages.

    Raises:
        InputError: A number of a wider type that float64 has no place for, or no memory.
    """
    with in_memory(name, array.shape), np.errstate(all="ignore"):
        numbers = np.array(array, dtype=np.float64, order="C")
    if array.dtype.itemsize > numbers.dtype.itemsize:
        # An edge must not vanish because its weight does.
        lost = (np.isfinite(array) & ~np.isfinite(numbers)) | ((array != 0) & (numbers == 0))
        if lost.any():
            first, *rest = np.argwhere(lost)[0].tolist()
            value = str(array[first, *rest])  # not by its format, which is that of a float
            raise InputError(
                f"`{name}` must hold numbers that float64 can hold; got {value} at "
                f"{[start + first, *rest]}."
            )
    return numbers


def as_dense(x: object, name: str) -> NDArray[Any]:
    """Turn nested lists, scipy.sparse and torch tensors into an ndarray of any shape.

    Raises:
        InputError: Rows of different lengths, items or a tensor that numpy cannot read, or too
            large for memory.
    """
    if scipy.sparse.issparse(x):
        sparse: Any = x
        with in_memory(name, sparse.shape):
            return np.asarray(sparse.toarray())
    if _is_tensor(x):
        tensor = as_plain_tensor(x, name).cpu()
        try:
            # numpy has no bfloat16, so every float passes through the widest type.
            return np.asarray((tensor.double() if tensor.is_floating_point() else tensor).numpy())
        except (TypeError, RuntimeError):
            raise InputError(
                f"`{name}` must hold booleans or real numbers; got dtype {x.dtype}."
            ) from None
    if np.ma.isMaskedArray(x):
        raise InputError(f"`{name}` must not be a masked array: fill it first.")
    if isinstance(x, list | tuple) and any(is_graph(item) for item in x):
        raise InputError(f"`{name}` must be one graph; got a {type(x).__name__} that holds graphs.")
    try:
        return np.asarray(x)
    except ValueError:
        raise InputError(f"`{name}` must be a matrix; got rows of different lengths.") from None
    # Items have ways of their own to refuse, such as tensors that require gradients.
    except (TypeError, RuntimeError) as error:
        raise InputError(f"`{name}` must be a matrix; got items that say: {error}") from error


def as_plain_tensor(x: Any, name: str) -> Any:  # noqa: ANN401 - a tensor
    """Turn a tensor of any layout into a dense one of plain numbers on its device.

    Raises:
        InputError: It is nested, has no values, or is too large for memory.
    """
    check_tensor(x, name)
    with in_memory(name, tuple(x.shape)):
        tensor = x.detach().to_dense()
        tensor = tensor.dequantize() if tensor.is_quantized else tensor
    return tensor.resolve_conj().resolve_neg()


def check_tensor(x: object, name: str) -> None:
    """Refuse a tensor that holds no values, or rows of several shapes; let all else pass.

    Raises:
        InputError: It is such a tensor.
    """
    if not _is_tensor(x):
        return
    if x.is_nested:
        raise InputError(
            f"`{name}` must be one tensor of one shape; got a nested tensor: `unbind()` lists its "
            "parts."
        )
    if x.is_meta:
        raise InputError(f"`{name}` must hold values; got a tensor on the device 'meta'.")


def is_sparse(x: object) -> bool:
    """Tell an array or tensor that stores some of its entries only."""
    return scipy.sparse.issparse(x) or (_is_tensor(x) and str(x.layout) != "torch.strided")


@contextmanager
def in_memory(name: str, shape: tuple[int, ...]) -> Iterator[None]:
    """Where a dense array is made: say which argument is too large, if it is.

    Raises:
        InputError: There is no memory for the array.
    """
    try:
        yield
    # Numpy and torch raise the latter where not even the number of entries can be told.
    except (MemoryError, ValueError, RuntimeError) as error:
        raise InputError(
            f"`{name}` must fit into memory as a dense array; got shape {shape}."
        ) from error


def is_graph(x: object) -> bool:
    """Tell a graph of networkx or igraph, which numpy would take for a sequence of nodes."""
    return hasattr(x, "__networkx_backend__") or hasattr(x, "get_edgelist")


def _is_two_edges(x: object) -> TypeGuard[list[tuple[int, int]]]:
    """Tell the one list of edges that has the shape of a matrix."""
    return (
        isinstance(x, list)
        and len(x) == 2
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in x)
        and all(type(node) is int for pair in x for node in pair)
    )


def _is_tensor(x: object) -> TypeGuard[Any]:
    """Tell a torch tensor by what it can do, so that torch need not be imported."""
    return all(hasattr(x, name) for name in ("detach", "to_dense", "cpu", "is_floating_point"))


def _edge_array_hint(array: NDArray[Any]) -> str:
    if array.ndim == 2 and array.shape[1] == 2 and array.dtype.kind in "iu":
        return " For an edge array of shape (m, 2), give the number of nodes: `n=`."
    return ""
