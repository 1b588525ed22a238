"""Graphs of networkx and igraph, there and back."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import scipy.sparse

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs.edges import EdgeList, edges_from_names
from rnngraph.graphs.matrix import as_matrix

if TYPE_CHECKING:
    import igraph


def edges_from_networkx(graph: "nx.Graph[Any]", nodes: Sequence[Hashable] | None) -> EdgeList:
    """Index the edges of any networkx graph; `nodes` is the node order, or insertion order.

    Raises:
        InputError: `nodes` is not a permutation of the graph's nodes.
    """
    triples: list[tuple[Hashable, Hashable, object]] = list(graph.edges(data="weight"))
    weights = [weight for _, _, weight in triples]
    return edges_from_names(
        _ordered(list(graph), nodes),
        [(source, target) for source, target, _ in triples],
        weights if any(weight is not None for weight in weights) else None,
        graph.is_directed(),
    )


def edges_from_igraph(graph: "igraph.Graph", nodes: Sequence[Hashable] | None) -> EdgeList:
    """Index the edges of an igraph graph; `nodes` are vertex names, or ids where it has none.

    Raises:
        InputError: `nodes` is not a permutation of the graph's vertices.
    """
    ids = range(graph.vcount())
    order: Sequence[int] = ids
    if nodes is not None:
        names = graph.vs["name"] if "name" in graph.vs.attributes() else ids
        position = {name: vertex for vertex, name in enumerate(names)}
        order = [position[name] for name in _ordered(names, nodes)]
    return edges_from_names(
        order,
        graph.get_edgelist(),
        graph.es["weight"] if "weight" in graph.es.attributes() else None,
        graph.is_directed(),
    )


def to_networkx(adjacency: Adjacency | Weights) -> "nx.DiGraph[int]":
    """Make a networkx DiGraph with the nodes 0..n-1 in order, self-loops included.

    Args:
        adjacency: Shape (n, n), rows = source. Boolean: plain edges. Numbers: every entry but 0
            is an edge with the attribute "weight"; an edge of weight 0 does not exist here.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node.
    """
    matrix = as_matrix(adjacency, "adjacency")
    sources, targets = np.nonzero(matrix)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(matrix)))
    if matrix.dtype == bool:
        graph.add_edges_from(zip(sources.tolist(), targets.tolist(), strict=True))
    else:
        weights = matrix[sources, targets].tolist()
        graph.add_weighted_edges_from(zip(sources.tolist(), targets.tolist(), weights, strict=True))
    return graph


def to_igraph(adjacency: Adjacency | Weights) -> "igraph.Graph":
    """Make a directed igraph graph with vertex ids 0..n-1, self-loops included.

    Args:
        adjacency: Shape (n, n), rows = source. Boolean: plain edges. Numbers: every entry but 0
            is an edge with the attribute "weight"; an edge of weight 0 does not exist here.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node.
    """
    import igraph  # a quarter of a second that only this function needs

    matrix = as_matrix(adjacency, "adjacency")
    edges = np.argwhere(matrix)
    # From an edge array: about 100 times faster than `Graph.Weighted_Adjacency` of scipy.sparse,
    # and `Graph.Adjacency` refuses sparse arrays and float matrices.
    graph = igraph.Graph(len(matrix), edges=edges, directed=True)
    if matrix.dtype != bool:
        graph.es["weight"] = matrix[edges[:, 0], edges[:, 1]].tolist()
    return graph


def to_scipy(adjacency: Adjacency | Weights) -> "scipy.sparse.csr_array[Any]":
    """Make a scipy CSR array of dtype bool or float64; no zero is stored.

    Args:
        adjacency: Shape (n, n), rows = source; booleans, or numbers where 0 is no edge.

    Raises:
        InputError: Not a square, finite, real or boolean matrix with at least 1 node.
    """
    return scipy.sparse.csr_array(as_matrix(adjacency, "adjacency"))


def _ordered(names: Sequence[Hashable], nodes: Sequence[Hashable] | None) -> Sequence[Hashable]:
    if nodes is None:
        return names
    given, wanted = Counter(nodes), Counter(names)
    if given != wanted:
        raise InputError(
            "`nodes` must hold each node of `x` once; "
            f"missing {list(wanted - given)[:5]}, unknown or repeated {list(given - wanted)[:5]}."
        )
    return list(nodes)
