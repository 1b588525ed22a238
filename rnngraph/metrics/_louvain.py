"""Louvain's method on directed modularity, without random numbers and in exact arithmetic."""

import numpy as np

from rnngraph.metrics._topology import Counts, Floats, Topology


def modularity_matrix(graph: Topology) -> Floats:
    """Return m A_ij - out_i in_j: m^2 times what i and j add to modularity when together.

    Integers (below m^2, exact as float64), so equal gains are equal on every machine.
    """
    expected = np.outer(graph.out_degree, graph.in_degree)
    return (graph.n_edges * graph.edges - expected).astype(np.float64)


def communities(graph: Topology) -> Counts:
    """Community label of each node, 0..k-1, by Louvain's method in index order.

    Single nodes move first, then whole communities, then single nodes again, for as long as
    modularity rises; ties stay at home or go to the lowest label.
    """
    matrix = modularity_matrix(graph)
    gain = matrix + matrix.T
    labels = np.arange(graph.n_nodes)
    while True:
        before = labels
        labels = _move(gain, labels)
        member = np.eye(labels.max() + 1)[labels]
        merged = _move(member.T @ gain @ member, np.arange(labels.max() + 1))
        labels = merged[labels]
        if np.array_equal(labels, before):
            return labels


def _move(gain: Floats, labels: Counts) -> Counts:
    """Move one node at a time to its best community until none gains; labels come back 0..k-1."""
    labels = labels.copy()
    moved = True
    while moved:
        moved = False
        for node, row in enumerate(gain):
            home = labels[node]
            toward = np.bincount(labels, weights=row, minlength=len(gain))
            toward[home] -= row[node]
            best = toward.argmax()
            if toward[best] > toward[home]:
                labels[node] = best
                moved = True
    return np.unique(labels, return_inverse=True)[1]
