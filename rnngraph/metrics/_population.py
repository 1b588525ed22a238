"""The graphs that `profile` was given, in chunks of bounded memory as the core reads them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency
from rnngraph.graphs.matrix import as_dense, as_float64, check_tensor, is_graph, is_sparse

_CHUNK_BYTES: Final = 64 * 2**20
_OWN_NAME: Final = re.compile(r"^`(x|adjacency|weights)`")
_ONE: Final = (str, bytes, PathLike, Mapping)  # what iterates over something else than graphs
Graph = TypeVar("Graph")


class Chunk(NamedTuple):
    """Some graphs.

    Attributes:
        adjacencies: Boolean, self-loops included.
        masks: The same one after the other, as bytes.
        sizes: Their numbers of nodes.
    """

    adjacencies: list[Adjacency]
    masks: NDArray[np.uint8]
    sizes: list[int]


def chunks(graphs: object) -> Iterator[Chunk]:
    """Read one graph, several, or a [K, n, n] array or tensor.

    Raises:
        InputError: A graph that `as_adjacency` refuses, or an array that is no stack of graphs.
    """
    if _is_stack(graphs):
        yield from _stack(graphs)
        return
    waiting: list[Adjacency] = []
    size = 0
    for graph in read(graphs, as_adjacency):
        if waiting and size + graph.size > _CHUNK_BYTES:
            yield _chunk(waiting)
            waiting, size = [], 0
        waiting.append(graph)
        size += graph.size
    if waiting:
        yield _chunk(waiting)


def read(
    graphs: object, reader: Callable[[object], Graph], name: str = "graphs"
) -> Iterator[Graph]:
    """Read one graph, or several, one by one; an array of shape (K, n, n) is K graphs.

    Raises:
        InputError: A graph that `reader` refuses: here it is `graphs`, or one of several,
            `graphs[2]`, or whatever else the argument's `name` is.
    """
    several = _several(graphs)
    for k, graph in enumerate([graphs] if several is None else several):
        yield read_one(graph, reader, name if several is None else f"{name}[{k}]")


def read_one(graph: object, reader: Callable[[object], Graph], name: str) -> Graph:
    """Read a graph by a function that calls it by a name of its own, such as `x`.

    Raises:
        InputError: The reader refuses it: here it is `name`.
    """
    try:
        return reader(graph)
    except InputError as error:
        raise InputError(_OWN_NAME.sub(f"`{name}`", str(error))) from None


def _several(graphs: object) -> Iterable[object] | None:
    """The graphs, or None where there is but one."""
    if isinstance(graphs, list | tuple):
        # [[0, 1], [1, 0]] is one matrix: its first item is a row of numbers.
        first = graphs[0] if graphs else None
        nested = isinstance(first, list | tuple) and all(map(np.isscalar, first))
        return None if nested or getattr(first, "ndim", None) == 1 else graphs
    if _is_stack(graphs):
        stack: Iterable[object] = _sliceable(graphs)
        return stack
    one = hasattr(graphs, "ndim") or is_graph(graphs) or isinstance(graphs, _ONE)
    return graphs if isinstance(graphs, Iterable) and not one else None


def _is_stack(graphs: object) -> bool:
    return not isinstance(graphs, Iterator) and getattr(graphs, "ndim", None) == 3


def _sliceable(stack: Any) -> Any:  # noqa: ANN401 - an array or a tensor
    """Make a sparse stack dense: only a dense one can be read part by part."""
    check_tensor(stack, "graphs")
    return as_dense(stack, "graphs") if is_sparse(stack) else stack


def _chunk(adjacencies: list[Adjacency]) -> Chunk:
    flat = [adjacency.ravel().view(np.uint8) for adjacency in adjacencies]
    masks = flat[0] if len(flat) == 1 else np.concatenate(flat)
    return Chunk(adjacencies, masks, [len(adjacency) for adjacency in adjacencies])


def _stack(x: Any) -> Iterator[Chunk]:  # noqa: ANN401 - an array or a tensor
    check_tensor(x, "graphs")
    n_graphs, n, columns = x.shape
    if n != columns or n < 1:
        raise InputError(
            f"`graphs` must be a stack of shape (K, n, n) with n >= 1; got shape {tuple(x.shape)}."
        )
    x = _sliceable(x)
    step = max(1, _CHUNK_BYTES // (n * n))
    for start in range(0, n_graphs, step):
        masks = _booleans(as_dense(x[start : start + step], "graphs"), start)
        yield Chunk(list(masks), masks.reshape(-1).view(np.uint8), [n] * len(masks))


def _booleans(stack: NDArray[Any], start: int) -> NDArray[np.bool_]:
    """Nonzero entries of a stack of matrices, as a C-contiguous array.

    Raises:
        InputError: Neither boolean nor real, not finite, or beyond float64.
    """
    if stack.dtype == bool:
        return np.ascontiguousarray(stack)
    if stack.dtype.kind not in "iuf":
        raise InputError(f"`graphs` must hold booleans or real numbers; got dtype {stack.dtype}.")
    if stack.dtype.itemsize > np.dtype(np.float64).itemsize:
        stack = as_float64(stack, "graphs", start)
    if stack.dtype.kind == "f" and not (finite := np.isfinite(stack)).all():
        k, row, column = np.argwhere(~finite)[0]
        raise InputError(
            f"`graphs` must hold finite numbers; got {stack[k, row, column]} at "
            f"[{start + k}, {row}, {column}]."
        )
    return np.ascontiguousarray(stack != 0)
