"""Which part of a graph hangs together, and how it lies in layers when it is read forwards."""

import numpy as np

from rnngraph.graphs import layer_index, orient_acyclic
from rnngraph.metrics._topology import Topology


def strongly_connected_fraction(adjacency: object) -> float:
    """Share of the nodes in the largest strongly connected component: in [1/n, 1].

    Source: Tarjan (1972), SIAM J. Comput. 1, 146-160 (the components); its size over n.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return int(np.bincount(graph.strong_components).max()) / graph.n_nodes


def weakly_connected_fraction(adjacency: object) -> float:
    """Share of the nodes in the largest component when direction is dropped: in [1/n, 1].

    Source: Hopcroft & Tarjan (1973), Commun. ACM 16, 372-378 (the components); its size over n.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return int(np.bincount(graph.weak_components).max()) / graph.n_nodes


def is_acyclic(adjacency: object) -> float:
    """Whether no directed cycle exists: 1 (yes) or 0 (no).

    Source: Tarjan (1972), SIAM J. Comput. 1, 146-160: every strong component is one node.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return float(len(np.unique(graph.strong_components)) == graph.n_nodes)


def n_sources(adjacency: object) -> float:
    """Number of nodes that no edge enters, isolated ones too: an integer in [0, n].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4 (transmitters, isolates).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float((Topology.of(adjacency).in_degree == 0).sum())


def n_sinks(adjacency: object) -> float:
    """Number of nodes that no edge leaves, isolated ones too: an integer in [0, n].

    Source: Wasserman & Faust (1994), Social Network Analysis, chapter 4 (receivers, isolates).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float((Topology.of(adjacency).out_degree == 0).sum())


def n_layers(adjacency: object) -> float:
    """Layers of the acyclic orientation, its longest path in nodes: an integer in [1, n].

    The orientation (`orient_acyclic`) takes each edge, direction dropped, from lower to higher
    node index, so the value depends on the order of the nodes.

    Source: Darji (2024), arXiv:2407.20601 (layer index of a graph turned into layers).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return float(layer_index(orient_acyclic(graph.edges)).max() + 1)
