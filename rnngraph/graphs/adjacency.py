"""What a graph is: a boolean matrix, rows = source and columns = target."""

import hashlib
import os
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from rnngraph._check import check_int
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs.edges import EdgeList, adjacency_of, edges_from_array, weights_of
from rnngraph.graphs.files import Graph, load_graph, read_graph
from rnngraph.graphs.libraries import edges_from_igraph, edges_from_networkx
from rnngraph.graphs.matrix import as_matrix


def as_adjacency(
    x: object, *, nodes: Sequence[Hashable] | None = None, n: int | None = None
) -> Adjacency:
    """Read any graph as a fresh boolean matrix: `adjacency[i, j]` is the edge i -> j.

    What counts as an edge depends on what `x` is:

    - a matrix (ndarray, nested lists, scipy.sparse, torch tensor): every entry but 0. A zero
      that scipy stores is no edge, and stored duplicates add up, as in `x.toarray()`. Rows are
      sources: a torch `weight_hh` has rows = target, so read it with `graph_of`.
    - a graph (networkx, igraph, GraphML, JSON, edge list file): every edge it names, whatever
      its weight, so an edge of weight 0 counts. Undirected edges go both ways, parallel edges
      merge, self-loops stay.

    Args:
        x: Matrix of shape (n, n); networkx or igraph graph; integer edge array of shape (m, 2)
            together with `n` (without it, any array is a matrix); or a path, see `load_graph`.
        nodes: Order of the nodes of a networkx graph (default: insertion order) or of an igraph
            graph (by vertex name, or by id where there are no names; default: id order).
        n: Number of nodes of an edge array.

    Returns:
        Shape (n, n), n >= 1.

    Raises:
        InputError: `x` is no graph, has no node, or has too many for memory, `nodes` are not its
            nodes, or `nodes` or `n` does not apply.
        FileError: The file is missing or not what its suffix says.
    """
    graph = _read(x, nodes, n, read_graph)
    if isinstance(graph, EdgeList):
        return adjacency_of(graph)
    return graph.astype(bool, copy=False)


def as_weights(
    x: object, *, nodes: Sequence[Hashable] | None = None, n: int | None = None
) -> Weights:
    """Read any graph as a fresh float64 matrix: `weights[i, j]` of the edge i -> j, 0 = no edge.

    A graph's weights are its edge attribute "weight", 1 where an edge has none. An edge of
    weight 0 cannot be told from no edge here: `as_adjacency` keeps it.

    Args:
        x: As for `as_adjacency`, but weighted edges may not be parallel.
        nodes: As for `as_adjacency`.
        n: As for `as_adjacency`; every edge of the array has weight 1, however often it occurs.

    Returns:
        Shape (n, n), n >= 1, finite.

    Raises:
        InputError: As for `as_adjacency`; also for weights that are not finite numbers, and for
            parallel edges with weights.
        FileError: The file is missing or not what its suffix says.
    """
    graph = _read(x, nodes, n, load_graph)
    if isinstance(graph, EdgeList):
        return weights_of(graph)
    return graph.astype(np.float64, copy=False)


def without_self_loops(adjacency: Adjacency) -> Adjacency:
    """Copy a graph without the edges i -> i.

    Args:
        adjacency: Shape (n, n), rows = source.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node.
    """
    copy = as_matrix(adjacency, "adjacency").astype(bool)
    np.fill_diagonal(copy, False)
    return copy


def graph_key(adjacency: Adjacency) -> str:
    """Name a graph by its content: 64 hex digits, the SHA-256 of its size and edges.

    Equal matrices have equal keys on every machine; self-loops count, weights do not.
    Relabelled (isomorphic) graphs have different keys.

    Args:
        adjacency: Shape (n, n), rows = source.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node.
    """
    edges = as_matrix(adjacency, "adjacency").astype(bool)
    content = len(edges).to_bytes(8, "little") + np.packbits(edges).tobytes()
    return hashlib.sha256(content).hexdigest()


def _read(
    x: Any,  # noqa: ANN401 - told apart here by what it can do
    nodes: Sequence[Hashable] | None,
    n: int | None,
    from_file: Callable[[str | os.PathLike[str]], Graph],
) -> Graph:
    # networkx's own classes and those of its backends carry this attribute.
    is_networkx = hasattr(x, "__networkx_backend__")
    is_igraph = hasattr(x, "get_edgelist")
    if n is not None and (is_networkx or is_igraph or isinstance(x, str | os.PathLike)):
        raise InputError(f"`n` goes with an edge array only; got `x` of type {_kind(x)}.")
    if nodes is not None and not (is_networkx or is_igraph):
        raise InputError(
            f"`nodes` goes with a networkx or igraph graph only; got `x` of type {_kind(x)}."
        )
    if is_networkx:
        return edges_from_networkx(x, nodes)
    if is_igraph:
        return edges_from_igraph(x, nodes)
    if isinstance(x, str | os.PathLike):
        return from_file(x)
    if n is not None:
        return edges_from_array(x, check_int("n", n, 1))
    return as_matrix(x)


def _kind(x: object) -> str:
    return type(x).__name__
