"""Edge lists: the common form of graphs that name their edges (libraries, arrays, text files)."""

import math
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs.matrix import as_dense, in_memory


@dataclass(frozen=True, eq=False, kw_only=True)
class EdgeList:
    """Directed edges between nodes 0..n-1, in any order and possibly repeated.

    Attributes:
        n: Number of nodes, at least 1.
        pairs: Shape (m, 2): source and target of each edge, integers in [0, n).
        weights: m weights as they were found, None for a missing one (read as 1); or None when
            no edge carries a weight.
        name: What error messages call the graph.
        names: The n names of the nodes, or None where only their positions name them.

    Raises:
        InputError: No node, or an index outside [0, n).
    """

    n: int
    pairs: NDArray[Any]
    weights: Sequence[object] | None = None
    name: str = "x"
    names: Sequence[Hashable] | None = None

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"`{self.name}` must have at least 1 node; got none.")
        outside = ((self.pairs < 0) | (self.pairs >= self.n)).any(axis=1)
        if outside.any():
            source, target = self.pairs[outside][0].tolist()
            raise InputError(
                f"`{self.name}` must hold node indices in [0, {self.n}); got the edge "
                f"{source} -> {target}."
            )


def edges_from_array(edges: object, n: int) -> EdgeList:
    """Read an integer array of shape (m, 2), a row a directed edge source -> target.

    Raises:
        InputError: Another shape or dtype, or an index outside [0, n).
    """
    array = as_dense(edges, "x")
    if not array.size:
        array = np.empty((0, 2), dtype=np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise InputError(
            "`x` must be an integer edge array of shape (m, 2) when `n` is given; "
            f"got shape {array.shape}, dtype {array.dtype}."
        )
    return EdgeList(n=n, pairs=array)


def edges_from_names(
    nodes: Sequence[Hashable],
    ends: Sequence[tuple[Hashable, Hashable]],
    weights: Sequence[object] | None,
    directed: bool | Sequence[bool],
    name: str = "x",
) -> EdgeList:
    """Index edges between named nodes; an undirected edge becomes one edge each way.

    Args:
        nodes: The names in index order.
        ends: Source and target of the m edges, by name.
        weights: m weights, None for a missing one; or None when no edge carries a weight.
        directed: Of the whole graph, or of each edge.
        name: What error messages call the graph.

    Raises:
        InputError: A repeated node, or an edge that ends in no node.
    """
    index = {node: position for position, node in enumerate(nodes)}
    if len(index) < len(nodes):
        raise InputError(f"`{name}` must name each node once; got {_repeated(nodes)!r} again.")
    try:
        flat = np.fromiter((index[end] for pair in ends for end in pair), np.int64, 2 * len(ends))
    except KeyError as error:
        raise InputError(
            f"`{name}` must have edges between its nodes; got one at {error.args[0]!r}, "
            "which is no node."
        ) from None
    pairs = flat.reshape(len(ends), 2)
    one_way = np.broadcast_to(np.asarray(directed, dtype=bool), len(pairs))
    back = np.flatnonzero(~one_way & (pairs[:, 0] != pairs[:, 1])).tolist()
    return EdgeList(
        n=len(nodes),
        pairs=np.concatenate([pairs, pairs[back, ::-1]]),
        weights=None if weights is None else [*weights, *(weights[edge] for edge in back)],
        name=name,
        names=nodes,
    )


def adjacency_of(edges: EdgeList) -> Adjacency:
    """Draw the edges into a boolean matrix; repeated edges merge and weights do not count.

    Raises:
        InputError: Too many nodes for memory.
    """
    with in_memory(edges.name, (edges.n, edges.n)):
        adjacency = np.zeros((edges.n, edges.n), dtype=bool)
    adjacency[edges.pairs[:, 0], edges.pairs[:, 1]] = True
    return adjacency


def weights_of(edges: EdgeList) -> Weights:
    """Draw the weights (1 for an edge without one) into a float64 matrix.

    Raises:
        InputError: A weight that is not a finite number, or repeated edges with weights: which
            one holds is not ours to choose; or too many nodes for memory.
    """
    adjacency = adjacency_of(edges)
    with in_memory(edges.name, adjacency.shape):
        weights = adjacency.astype(np.float64)
    if edges.weights is None:
        return weights
    values = [1 if value is None else value for value in edges.weights]
    for value, (source, target) in zip(values, edges.pairs.tolist(), strict=True):
        if not _is_finite_real(value):
            raise InputError(
                f"`{edges.name}` must have finite, real edge weights; got {value!r} between the "
                f"nodes at {source} and {target}."
            )
        # Of a wider type than float64: an edge must not vanish because its weight does.
        if value and not float(value):
            raise InputError(
                f"`{edges.name}` must have edge weights that float64 can hold; got {value!r} "
                f"between the nodes at {source} and {target}."
            )
    if np.count_nonzero(adjacency) < len(edges.pairs):
        source, target = _repeated(map(tuple, edges.pairs.tolist()))
        raise InputError(
            f"`{edges.name}` must have one weight an edge; got parallel edges between the nodes "
            f"at {source} and {target}. Merge them first."
        )
    weights[edges.pairs[:, 0], edges.pairs[:, 1]] = np.array(values, dtype=np.float64)
    return weights


def _is_finite_real(value: object) -> TypeGuard[float]:
    if isinstance(value, int):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float | np.integer | np.floating | np.bool_) and math.isfinite(value)


def _repeated(items: Iterable[Any]) -> Any:  # noqa: ANN401 - one of `items`
    return Counter(items).most_common(1)[0][0]
