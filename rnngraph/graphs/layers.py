"""Acyclic graphs: an orientation by node order, and the layer of each node."""

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.graphs.matrix import as_matrix


def orient_acyclic(adjacency: Adjacency) -> Adjacency:
    """Make a graph acyclic: each pair of nodes with an edge gets the edge from lower to higher.

    Directions and self-loops of the input do not count; edges i -> j and j -> i become one.

    Source: Darji (2024), arXiv:2407.20601, after Stier, Darji & Granitzer (2021),
    arXiv:2107.12917: from lower to higher node index.

    Args:
        adjacency: Shape (n, n), rows = source.

    Returns:
        Shape (n, n), strictly upper triangular.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node.
    """
    edges = as_matrix(adjacency, "adjacency").astype(bool)
    return np.triu(edges | edges.T, k=1)


def layer_index(adjacency: Adjacency) -> NDArray[np.int64]:
    """Give each node of an acyclic graph its layer: edges on the longest path to it, in [0, n-1].

    Nodes without incoming edges are layer 0; any other is one above its highest source.

    Source: Darji (2024), arXiv:2407.20601, after Stier, Darji & Granitzer (2021),
    arXiv:2107.12917: 1 + the highest layer of the sources, and 0 without sources.

    Args:
        adjacency: Shape (n, n), rows = source.

    Returns:
        Shape (n,), int64.

    Raises:
        InputError: A directed cycle (a self-loop is one), or not a square, finite, real or
            boolean matrix with at least 1 node.
    """
    edges = as_matrix(adjacency, "adjacency").astype(bool)
    layers = np.full(len(edges), -1)
    waiting = edges.sum(axis=0)
    ready = np.flatnonzero(waiting == 0)
    layer = 0
    while ready.size:
        layers[ready] = layer
        waiting -= edges[ready].sum(axis=0)
        ready = np.flatnonzero((waiting == 0) & (layers < 0))
        layer += 1
    if (layers < 0).any():
        cycle = " -> ".join(map(str, _cycle(edges, layers < 0)))
        raise InputError(f"`adjacency` must have no directed cycle; got {cycle}.")
    return layers


def _cycle(edges: Adjacency, stuck: NDArray[np.bool_]) -> list[int]:
    """Walk back from a node that waits for ever, always to a source that waits as well."""
    walk = [int(stuck.argmax())]
    while walk[-1] not in walk[:-1]:
        walk.append(int((edges[:, walk[-1]] & stuck).argmax()))
    return walk[walk.index(walk[-1]) :][::-1]
