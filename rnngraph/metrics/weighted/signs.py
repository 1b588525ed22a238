"""Excitation and inhibition: how signs are shared among edges, sources and triangles."""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges


def positive_fraction(weights: object) -> float:
    """Share of edges with a positive weight: unitless, in [0, 1].

    Source: the definition; Leskovec, Huttenlocher & Kleinberg (2010), CHI '10, 1361-1370.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("positive_fraction", graph)
    return int((graph.weights > 0).sum()) / graph.n_edges


def excitation_inhibition_balance(weights: object) -> float:
    """Sum of w over sum of |w|: unitless, in [-1, 1]; 0 where excitation equals inhibition.

    Source: the definition; 0 is, for the network as a whole, the balance that Rajan & Abbott
    (2006), Phys. Rev. Lett. 97, 188104, ask of every unit.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("excitation_inhibition_balance", graph)
    return float(graph.relative.sum() / np.abs(graph.relative).sum())


def dale_consistency(weights: object) -> float:
    """Mean over sources of the share of |w| that has the source's majority sign: in [1/2, 1].

    1 where every unit either excites or inhibits all its targets. Nodes without edges out of them
    do not count.

    Source: ours, after Dale's principle: Eccles, Fatt & Koketsu (1954), J. Physiol. 126, 524-562.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("dale_consistency", graph)
    top = graph.magnitude.max(axis=1, keepdims=True)
    rows = (graph.weights / np.where(top > 0, top, 1))[top[:, 0] > 0]
    excite, inhibit = np.maximum(rows, 0).sum(axis=1), np.maximum(-rows, 0).sum(axis=1)
    return float((np.maximum(excite, inhibit) / (excite + inhibit)).mean())


def triad_balance(weights: object) -> float:
    """Share of the semicycles of 3 nodes whose signs multiply to +: unitless, in [0, 1].

    A semicycle takes one edge of each pair of its nodes, in either direction. Magnitudes do not
    count. 1 for weights without negative signs.

    Source: Cartwright & Harary (1956), Psychol. Rev. 63, 277-293 (degree of balance), of
    semicycles of length 3.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No 3 nodes are joined to one another.
    """
    graph = WeightedGraph.of(weights)
    signs, edges = np.sign(graph.weights), graph.edges.astype(np.float64)
    net, all_of_them = _closed_walks(signs + signs.T), _closed_walks(edges + edges.T)
    if not all_of_them:
        raise UndefinedMetricError("`triad_balance` needs at least 1 triangle; got 0.")
    return (all_of_them + net) / (2 * all_of_them)


def _closed_walks(joined: Floats) -> int:
    """Trace of the cube of a symmetric matrix of integers: 6 times its triangles."""
    return round(float(((joined @ joined) * joined).sum()))
