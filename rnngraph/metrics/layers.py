"""A graph read forwards: where it starts and ends, and the layers of its acyclic form.

A graph without directed cycles is its own acyclic form, whatever the order of its nodes. One with
cycles, as every undirected graph has them (i -> j -> i), is made acyclic by the order of the nodes
(`orient_acyclic`): each edge, direction dropped, from lower to higher index, as in the layered
networks of Darji's thesis; what is said of its layers depends on that order.
"""

import numpy as np

from rnngraph._types import Adjacency
from rnngraph.graphs import layer_index, orient_acyclic
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Counts, Topology
from rnngraph.metrics.components import is_acyclic


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
    """Layers of the graph's acyclic form, its longest path in nodes: an integer in [1, n].

    Layer 0 are the nodes that no edge enters; any other node is one above its highest source. A
    graph with directed cycles, such as an undirected one, is first made acyclic by
    `orient_acyclic`, so that its layers depend on the order of the nodes.

    Source: Darji (2024), arXiv:2407.20601 (layer index of a graph turned into layers).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).part(_layers).max() + 1)


def layer_width_mean(adjacency: object) -> float:
    """Mean number of nodes a layer, n / n_layers: in nodes, in [1, n].

    Layers as in `n_layers`; of a graph with cycles they depend on the order of the nodes.

    Source: Darji (2024), arXiv:2407.20601 (layer index of a graph turned into layers).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return graph.n_nodes / n_layers(graph)


def layer_width_max(adjacency: object) -> float:
    """Number of nodes in the widest layer: an integer in [1, n].

    Layers as in `n_layers`; of a graph with cycles they depend on the order of the nodes.

    Source: Darji (2024), arXiv:2407.20601 (layer index of a graph turned into layers).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(np.bincount(Topology.of(adjacency).part(_layers)).max())


def n_skip_edges(adjacency: object) -> float:
    """Edges of the acyclic form that pass over a layer: an integer in [0, n(n-1)/2].

    Layers as in `n_layers`; of a graph with cycles they depend on the order of the nodes, and i ->
    j and j -> i are one edge.

    Source: Stier, Darji & Granitzer (2021), arXiv:2107.12917 (skip-layer connections).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float((Topology.of(adjacency).part(_spans) > 1).sum())


def skip_edge_fraction(adjacency: object) -> float:
    """Share of the edges of the acyclic form that pass over a layer: unitless, in [0, 1).

    Layers as in `n_layers`; of a graph with cycles they depend on the order of the nodes, and i ->
    j and j -> i are one edge.

    Source: Stier, Darji & Granitzer (2021), arXiv:2107.12917 (skip-layer connections).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("skip_edge_fraction", graph)
    return float((graph.part(_spans) > 1).mean())


def edge_span_mean(adjacency: object) -> float:
    """Mean number of layers that an edge of the acyclic form climbs: in layers, in [1, n-1].

    Layers as in `n_layers`; of a graph with cycles they depend on the order of the nodes, and i ->
    j and j -> i are one edge.

    Source: Stier, Darji & Granitzer (2021), arXiv:2107.12917 (skip-layer connections).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("edge_span_mean", graph)
    return float(graph.part(_spans).mean())


def _acyclic(graph: Topology) -> Adjacency:
    """The graph itself where it has no directed cycle, else its orientation by node order."""
    return graph.edges if is_acyclic(graph) else orient_acyclic(graph.edges)


def _layers(graph: Topology) -> Counts:
    return layer_index(graph.part(_acyclic))


def _spans(graph: Topology) -> Counts:
    """Layers between the ends of each edge of the acyclic form."""
    layers = graph.part(_layers)
    sources, targets = np.nonzero(graph.part(_acyclic))
    return np.asarray(layers[targets] - layers[sources])
