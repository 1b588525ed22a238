"""Cores of weighted graphs: which nodes hold together by strength, and which hang on at the rim."""

from typing import Final

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.mesoscale import coreness
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, unsigned

_ROUNDING: Final = 1e-12


def weighted_core_number(weights: object) -> Floats:
    """Largest s such that a node is in the s-core, by in-strength + out-strength: in weights, >= 0.

    In an s-core the edges of every node to and from others of it weigh s or more. Found by taking
    away the weakest node that is left, again and again.

    Source: Eidsaa & Almaas (2013), Phys. Rev. E 88, 062819; directed by total strength, as
    `core_number` by total degree.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    joined = graph.relative + graph.relative.T
    strength, number, level = joined.sum(axis=1), np.zeros(graph.n_nodes), 0.0
    for _ in range(graph.n_nodes):
        weakest = int(strength.argmin())
        level = max(level, float(strength[weakest]))
        number[weakest] = level
        strength -= joined[weakest]
        strength[weakest] = np.inf
    return number * graph.largest


def weighted_core_periphery_fit(weights: object) -> float:
    """Correlation of weights, direction dropped, with the best core and periphery: in [-1, 1].

    The ideal has every edge within the core and from it, and none in the periphery; no edge weighs
    0, and a pair has the larger of its two weights. The core is the nodes of the largest strengths,
    equal strengths together, that correlate best.

    Source: Borgatti & Everett (2000), Social Networks 21, 375-395 (the discrete model, on valued
    data); the search by strength as by degree in Lip (2011), arXiv:1102.5511, not the optimum of
    every weighted graph.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No two nodes of different strength are left for core and periphery.
        InputError: A weight is negative.
    """
    return _core_periphery("weighted_core_periphery_fit", _unsigned(weights))[0]


def weighted_core_periphery_core_fraction(weights: object) -> float:
    """Share of the nodes in the core that `weighted_core_periphery_fit` finds: in (0, 1).

    Source: Borgatti & Everett (2000), Social Networks 21, 375-395; see
    `weighted_core_periphery_fit`.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No two nodes of different strength are left for core and periphery.
        InputError: A weight is negative.
    """
    return _core_periphery("weighted_core_periphery_core_fraction", _unsigned(weights))[1]


def weighted_core_periphery_coreness(weights: object) -> float:
    """How far weight exceeds its mean in the best core, less in its periphery: in [0, 2).

    (sum over pairs in the core of w_ij - p, less that over pairs in the periphery) / w, with the
    total weight w and its share p = w / n^2 of a pair; the sums are linear in the choice of each
    node, so the best core is exactly the nodes of more than the mean total strength.

    Source: Rubinov, Ypma, Watson & Bullmore (2015), PNAS 112, 10032-10037, with their gamma = 1;
    directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = _unsigned(weights)
    need_edges("weighted_core_periphery_coreness", graph)
    return coreness(graph.relative.sum(axis=0) + graph.relative.sum(axis=1))


def _core_periphery(metric: str, graph: WeightedGraph) -> tuple[float, float]:
    """The best correlation and its core's share; of equal ones that with the smaller core."""
    n, strength = graph.n_nodes, graph.undirected.sum(axis=1)
    order = np.argsort(-strength)
    strength, w = strength[order], graph.undirected[np.ix_(order, order)]
    n_pairs, total = n * (n - 1), float(w.sum())
    squares = n_pairs * float((w**2).sum())
    varies = squares - total**2 > _ROUNDING * squares
    # Weight of the pairs in the periphery of a core of the first 0, 1, ... nodes.
    at_the_rim = 2 * np.cumsum(np.triu(w, 1).sum(axis=1)[::-1])[::-1]
    best: tuple[float, float] | None = None
    for size in 1 + np.flatnonzero(-np.diff(strength) > _ROUNDING * strength[0]):
        rim = n - size
        filled = n_pairs - rim * (rim - 1)  # ordered pairs that the ideal joins
        if not varies or filled == n_pairs:
            continue
        covariance = n_pairs * (total - at_the_rim[size]) - total * filled
        spread = (squares - total**2) * filled * (n_pairs - filled)
        fit = float(covariance / np.sqrt(spread))
        if best is None or fit > best[0] + _ROUNDING:
            best = fit, int(size) / n
    if best is None:
        raise UndefinedMetricError(
            f"`{metric}` needs nodes of different strengths, at least 2 of them at the rim; "
            f"got strengths from {strength[-1]:g} to {strength[0]:g} times the largest weight."
        )
    return best


def _unsigned(weights: object) -> WeightedGraph:
    return unsigned(weights, "cores take no signs")
