"""Communities of weighted and of signed graphs."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from rnngraph._types import Adjacency
from rnngraph.metrics._reference import compact
from rnngraph.metrics._topology import Counts, Floats
from rnngraph.metrics.communities import leiden
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, unsigned

_GAIN: Final = 1e-12
"""Modularity that a move must add; less is rounding."""
_ROUNDING: Final = 1e-12
"""Strengths that differ by less, relatively, are equal."""


def weighted_modularity(weights: object) -> float:
    """Weighted directed modularity Q of the communities that Louvain's method finds: in [0, 1).

    Q = sum over pairs in one community of w_ij / w - out_i in_j / w^2, with strengths and the
    total weight w. The method is that of `modularity`, with which it agrees where all weights are
    equal, and deterministic: no random number is drawn. Another order of the nodes can find
    another, about as good, partition.

    Source: Leicht & Newman (2008), Phys. Rev. Lett. 100, 118703 (directed Q), with weights as in
    Newman (2004), Phys. Rev. E 70, 056131; Blondel et al. (2008), J. Stat. Mech. P10008 (method).

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "this modularity takes no signs (`signed_modularity` does)")
    return _modularity("weighted_modularity", graph)


def weighted_modularity_leiden(weights: object) -> float:
    """Weighted modularity Q, direction dropped, of the communities of the Leiden method: in [0, 1).

    Q = sum over pairs in one community of w_ij / w - s_i s_j / w^2, where a pair has the larger of
    its two weights. By igraph, until it moves no node, from a fixed seed; the order of the nodes,
    and a last digit of the weights, matter a little.

    Source: Traag, Waltman & van Eck (2019), Sci. Rep. 9, 5233, with weights as in Newman (2004),
    Phys. Rev. E 70, 056131.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "the Leiden method takes no signs (`signed_modularity` does)")
    need_edges("weighted_modularity_leiden", graph)
    w = graph.undirected
    labels = leiden(w)
    excess = _beyond_chance(w) / w.sum()
    return max(0.0, float(excess[labels[:, None] == labels].sum()))


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


def weighted_participation_in(weights: object) -> Floats:
    """Participation of each node, 1 - sum_c (s_ic / s_i)^2, by in-edges: unitless, in [0, 1).

    s_ic is the weight from community c, those that `weighted_modularity` is of; 0 where all
    comes from one community, NaN for a node without in-edges.

    Source: Guimera & Amaral (2005), Nature 433, 895-900, of weights.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = unsigned(
        weights, "this participation takes no signs (`positive_participation_in` does)"
    )
    return _participation(graph, graph.relative.T)


def weighted_participation_out(weights: object) -> Floats:
    """Participation of each node, 1 - sum_c (s_ic / s_i)^2, by out-edges: unitless, in [0, 1).

    s_ic is the weight to community c, those that `weighted_modularity` is of; 0 where all
    goes to one community, NaN for a node without out-edges.

    Source: Guimera & Amaral (2005), Nature 433, 895-900, of weights.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = unsigned(
        weights, "this participation takes no signs (`positive_participation_out` does)"
    )
    return _participation(graph, graph.relative)


def positive_participation_in(weights: object) -> Floats:
    """Participation of each node by its positive in-edges: unitless, in [0, 1).

    s_ic is the positive weight from community c, those that `signed_modularity` is of; 0 where all
    comes from one community, NaN for a node without positive in-edges.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079 (signed participation); here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return _participation(graph, np.maximum(graph.relative.T, 0))


def positive_participation_out(weights: object) -> Floats:
    """Participation of each node by its positive out-edges: unitless, in [0, 1).

    s_ic is the positive weight to community c, those that `signed_modularity` is of; 0 where all
    goes to one community, NaN for a node without positive out-edges.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079 (signed participation); here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return _participation(graph, np.maximum(graph.relative, 0))


def negative_participation_in(weights: object) -> Floats:
    """Participation of each node by its negative in-edges: unitless, in [0, 1).

    s_ic is the negative weight from community c, those that `signed_modularity` is of; 0 where all
    comes from one community, NaN for a node without negative in-edges.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079 (signed participation); here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return _participation(graph, np.maximum(-graph.relative.T, 0))


def negative_participation_out(weights: object) -> Floats:
    """Participation of each node by its negative out-edges: unitless, in [0, 1).

    s_ic is the negative weight to community c, those that `signed_modularity` is of; 0 where all
    goes to one community, NaN for a node without negative out-edges.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079 (signed participation); here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    graph = WeightedGraph.of(weights)
    return _participation(graph, np.maximum(-graph.relative, 0))


def weighted_within_module_degree(weights: object) -> Floats:
    """Strength of a node in its community, in and out, as a z-score among its nodes: a real number.

    0 where all nodes of the community are as strong in it. Communities are those that
    `weighted_modularity` is of.

    Source: Guimera & Amaral (2005), Nature 433, 895-900 (z), of weights.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "a within-module degree takes no signs")
    labels, member = communities(graph), _membership(graph)
    w, size = graph.relative, member.sum(axis=0)
    within = (((w + w.T) @ member) * member).sum(axis=1)
    off = within - (within @ member / size)[labels]
    std = np.sqrt((off**2 @ member) / size)[labels]
    differ = std > _ROUNDING * within
    return np.asarray(np.divide(off, std, out=np.zeros_like(off), where=differ))


def _modularity(metric: str, graph: WeightedGraph) -> float:
    need_edges(metric, graph)
    labels = communities(graph)
    return float(graph.part(_excess)[labels[:, None] == labels].sum())


def _participation(graph: WeightedGraph, rows: Floats) -> Floats:
    """1 less the sum of squared shares of the communities in each row, NaN in a row of 0."""
    toward = rows @ _membership(graph)
    total = toward.sum(axis=1, keepdims=True)
    part = np.divide(toward, total, out=np.full_like(toward, np.nan), where=total > 0)
    return np.asarray(np.maximum(1 - (part**2).sum(axis=1), 0))


def _membership(graph: WeightedGraph) -> Floats:
    """Shape (n, k): 1 where a node is in a community."""
    labels = communities(graph)
    return np.asarray(np.eye(labels.max() + 1)[labels])


def communities(graph: WeightedGraph) -> Counts:
    """Label of each node's community by Louvain's method, 0..k-1 in order of first node."""
    return graph.part(_communities)


def _communities(graph: WeightedGraph) -> Counts:
    """The method of `rnngraph.metrics._reference.communities`, on real and signed weights.

    A node goes to the community that adds most; of equal ones it stays at home, or goes to one next
    to it rather than to one of its own, and to the lowest label.
    """
    excess = graph.part(_excess)
    joined = excess + excess.T
    np.fill_diagonal(joined, 0)
    # Neighbours in the order in which they are visited anew: targets, then sources.
    near = [
        np.concatenate([np.flatnonzero(graph.edges[i]), np.flatnonzero(graph.edges[:, i])])
        for i in range(graph.n_nodes)
    ]
    beside = graph.topology.undirected.edges
    labels = np.arange(graph.n_nodes)
    first = True
    while True:
        labels, moved = _move(joined, beside, near, labels)
        if not (moved or first):
            return compact(labels)
        first = False
        labels = compact(labels)
        member = np.eye(labels.max() + 1)[labels]
        merged = member.T @ joined @ member
        np.fill_diagonal(merged, 0)
        touching = np.asarray(member.T @ beside @ member > 0)
        np.fill_diagonal(touching, False)
        places, moved = _move(
            merged, touching, [np.flatnonzero(row) for row in touching], np.arange(len(merged))
        )
        if not moved:
            return labels
        labels = places[labels]


def _excess(graph: WeightedGraph) -> Floats:
    """What each pair adds to modularity if it shares a community: weights less expected ones."""
    w = graph.relative
    positive, negative = np.maximum(w, 0), np.maximum(-w, 0)
    net = _beyond_chance(positive) - _beyond_chance(negative)
    return np.asarray(net / (np.abs(w).sum() or 1.0))


def _beyond_chance(w: Floats) -> Floats:
    total = w.sum()
    if not total > 0:
        return w
    return np.asarray(w - np.outer(w.sum(axis=1), w.sum(axis=0) / total))


def _move(
    joined: Floats, beside: Adjacency, near: Sequence[Counts], labels: Counts
) -> tuple[Counts, bool]:
    """Move one node at a time until none gains; the labels, and whether any node moved.

    Every node is visited in index order, then those whose neighbourhood changed. Labels are below
    n, and compact once every node was visited; a community without members adds 0.

    Args:
        joined: Shape (n, n): what each pair adds if it shares a community, both ways; 0 on the
            diagonal.
        beside: Shape (n, n): which nodes are neighbours.
        near: Neighbours of each node, in the order in which they are visited anew.
        labels: Shape (n,): where to start.
    """
    labels, n = labels.copy(), len(labels)
    queue, waiting = list(range(n)), [True] * n
    moved = False
    for visit, node in enumerate(queue):  # which grows while it is read
        if visit == n:
            labels = compact(labels)
        waiting[node] = False
        adds = np.bincount(labels, weights=joined[node], minlength=n)
        most = adds.max()
        if adds[labels[node]] >= most - _GAIN:
            continue
        best = np.flatnonzero(adds >= most - _GAIN / 2)
        next_to_it, alone = np.isin(best, labels[beside[node]]), ~np.isin(best, labels)
        labels[node] = best[np.select([next_to_it, alone], [0, 1], 2).argmin()]
        moved = True
        for neighbour in near[node].tolist():
            if not waiting[neighbour] and labels[neighbour] != labels[node]:
                waiting[neighbour] = True
                queue.append(neighbour)
    return labels, moved
