"""Communities of weighted and of signed graphs."""

from typing import Final

import numpy as np

from rnngraph.metrics._topology import Counts, Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, need_unsigned

_GAIN: Final = 1e-12
"""Modularity that a move must add; less is rounding."""


def weighted_modularity(weights: object) -> float:
    """Weighted directed modularity Q of the communities that Louvain's method finds: in [0, 1).

    Q = sum over pairs in one community of w_ij / w - out_i in_j / w^2, with strengths and the
    total weight w. The method is deterministic: nodes move in index order and no random number is
    drawn. Another order of the nodes can find another, about as good, partition.

    Source: Leicht & Newman (2008), Phys. Rev. Lett. 100, 118703 (directed Q), with weights as in
    Newman (2004), Phys. Rev. E 70, 056131; Blondel et al. (2008), J. Stat. Mech. P10008 (method).

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = WeightedGraph.of(weights)
    need_unsigned(graph, "this modularity takes no signs (`signed_modularity` does)")
    return _modularity("weighted_modularity", graph)


def signed_modularity(weights: object) -> float:
    """Modularity of signed weights, of the communities that Louvain's method finds: in [0, 1].

    Positive weight inside communities adds to it, negative weight takes away, each against its
    own expectation: (w+ Q+ - w- Q-) / (w+ + w-), with the total positive and negative weights and
    the modularity of each sign alone. Without negative weights it is `weighted_modularity`; the
    method is the same.

    Source: Gomez, Jensen & Arenas (2009), Phys. Rev. E 80, 016114 (directed); Blondel et al.
    (2008), J. Stat. Mech. P10008 (method).

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    return _modularity("signed_modularity", WeightedGraph.of(weights))


def _modularity(metric: str, graph: WeightedGraph) -> float:
    need_edges(metric, graph)
    labels = communities(graph)
    return float(graph.part(_excess)[labels[:, None] == labels].sum())


def communities(graph: WeightedGraph) -> Counts:
    """Label of each node's community, of a graph with edges; what `signed_modularity` is of."""
    return graph.part(_communities)


def _communities(graph: WeightedGraph) -> Counts:
    """Louvain's method: nodes move, then communities merge, for as long as either adds."""
    excess = graph.part(_excess)
    joined = excess + excess.T
    np.fill_diagonal(joined, 0)
    labels = np.arange(graph.n_nodes)
    while True:
        labels = np.unique(_move(joined, labels), return_inverse=True)[1]
        member = np.eye(labels.max() + 1)[labels]
        merged = member.T @ joined @ member
        np.fill_diagonal(merged, 0)
        apart = np.arange(len(merged))
        places = _move(merged, apart)
        if np.array_equal(places, apart):
            return np.asarray(labels, dtype=np.int64)
        labels = places[labels]


def _excess(graph: WeightedGraph) -> Floats:
    """What each pair adds to modularity if it shares a community: weights less expected ones."""
    w = graph.relative
    positive, negative = np.maximum(w, 0), np.maximum(-w, 0)
    net = _beyond_chance(positive) - _beyond_chance(negative)
    return np.asarray(net / np.abs(w).sum())


def _beyond_chance(w: Floats) -> Floats:
    total = w.sum()
    if not total > 0:
        return w
    return np.asarray(w - np.outer(w.sum(axis=1), w.sum(axis=0) / total))


def _move(joined: Floats, labels: Counts) -> Counts:
    """Move one node at a time to where it adds most, until none gains.

    Labels are below n. Ties stay at home or go to the lowest label; a community without members
    adds 0.
    """
    labels = labels.copy()
    n = len(labels)
    moved = True
    while moved:
        moved = False
        for node in range(n):
            adds = np.bincount(labels, weights=joined[node], minlength=n)
            most = adds.max()
            if adds[labels[node]] < most - _GAIN:
                labels[node] = np.flatnonzero(adds >= most - _GAIN / 2)[0]
                moved = True
    return labels
