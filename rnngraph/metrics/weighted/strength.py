"""How much weight enters and leaves a node, and how evenly weights are spread."""

import numpy as np

from rnngraph.errors import InputError
from rnngraph.metrics._summary import STATISTICS
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges


def strength_in(weights: object) -> Floats:
    """Sum of |w| of the edges into each node: in weights, >= 0.

    Source: Barrat et al. (2004), PNAS 101, 3747-3752; here directed, of |w|.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    return _added(WeightedGraph.of(weights).magnitude, 0)


def strength_out(weights: object) -> Floats:
    """Sum of |w| of the edges out of each node: in weights, >= 0.

    Source: Barrat et al. (2004), PNAS 101, 3747-3752; here directed, of |w|.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    return _added(WeightedGraph.of(weights).magnitude, 1)


def strength_total(weights: object) -> Floats:
    """Sum of |w| of the edges at each node, in and out: in weights, >= 0.

    Source: Barrat et al. (2004), PNAS 101, 3747-3752; here directed, of |w|.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    magnitude = WeightedGraph.of(weights).magnitude
    return _added(np.concatenate([magnitude, magnitude.T]), 0)


def positive_strength_in(weights: object) -> Floats:
    """Sum of the positive weights into each node: in weights, >= 0.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079; here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    return _added(np.maximum(WeightedGraph.of(weights).weights, 0), 0)


def positive_strength_out(weights: object) -> Floats:
    """Sum of the positive weights out of each node: in weights, >= 0.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079; here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    return _added(np.maximum(WeightedGraph.of(weights).weights, 0), 1)


def negative_strength_in(weights: object) -> Floats:
    """Sum of |w| of the negative weights into each node: in weights, >= 0.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079; here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    return _added(np.maximum(-WeightedGraph.of(weights).weights, 0), 0)


def negative_strength_out(weights: object) -> Floats:
    """Sum of |w| of the negative weights out of each node: in weights, >= 0.

    Source: Rubinov & Sporns (2011), NeuroImage 56, 2068-2079; here directed.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A strength beyond what floating-point numbers can hold.
    """
    return _added(np.maximum(-WeightedGraph.of(weights).weights, 0), 1)


def disparity_in(weights: object) -> Floats:
    """Sum of squared shares of |w| in what enters each node: unitless, in [1/k, 1] for k edges.

    1/k where all are equal, 1 where one has all; NaN for a node without edges into it.

    Source: Serrano, Boguna & Vespignani (2009), PNAS 106, 6483-6488 (disparity, there k times
    as large), of |w|.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    return _disparity(WeightedGraph.of(weights).magnitude.T)


def disparity_out(weights: object) -> Floats:
    """Sum of squared shares of |w| in what leaves each node: unitless, in [1/k, 1] for k edges.

    1/k where all are equal, 1 where one has all; NaN for a node without edges out of it.

    Source: Serrano, Boguna & Vespignani (2009), PNAS 106, 6483-6488 (disparity, there k times
    as large), of |w|.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    return _disparity(WeightedGraph.of(weights).magnitude)


def weight_gini(weights: object) -> float:
    """Gini coefficient of |w| over the edges: unitless, in [0, 1), 0 where all are equal.

    Source: Gini (1912), Variabilita e mutabilita.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weight_gini", graph)
    found = STATISTICS["gini"].of(np.abs(graph.relative[graph.edges]), None)
    assert found is not None  # no edge has weight 0
    return max(found, 0.0)


def weight_entropy(weights: object) -> float:
    """Shannon entropy of the edges' shares of |w| over its largest value, ln m: in [0, 1].

    1 where all |w| are equal.

    Source: Shannon (1948), Bell Syst. Tech. J. 27, 379-423; normalised as in Pielou (1966), J.
    Theor. Biol. 13, 131-144.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weight_entropy", graph, 2)
    share = np.abs(graph.relative[graph.edges])
    share = share / share.sum()
    share = share[share > 0]  # a share can round to 0
    return float(-(share @ np.log(share)) / np.log(graph.n_edges)) + 0.0


def _added(amounts: Floats, axis: int) -> Floats:
    with np.errstate(over="ignore"):
        total = amounts.sum(axis=axis)
    if not np.isfinite(total).all():
        raise InputError(
            "`weights` must have strengths that floating-point numbers can hold; got weights up "
            f"to {amounts.max():g}."
        )
    return np.asarray(total)


def _disparity(rows: Floats) -> Floats:
    top = rows.max(axis=1, keepdims=True)
    rows = np.divide(rows, top, out=np.zeros_like(rows), where=top > 0)
    total = rows.sum(axis=1)
    nothing = np.full(len(rows), np.nan)
    return np.asarray(np.divide((rows**2).sum(axis=1), total**2, out=nothing, where=total > 0))
