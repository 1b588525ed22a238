"""How far a network can be steered from few of its units, when a signal flows along the weights.

The linear network x(t+1) = W^T x(t) + input, with W scaled so that it decays: divided by 1 + its
largest singular value (Gu et al. 2015). The 1 is in the unit of the weights, so that the unit
matters: small weights, all of them, make every network forget at once.
"""

from typing import Final

import numpy as np

from rnngraph.errors import InputError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.control import impulse_responses, mode_shares
from rnngraph.metrics.weighted._graph import WeightedGraph, unsigned

_MOST: Final = 1e10
"""Largest singular value at which rounding leaves some digits of how slowly a signal decays."""


def weighted_average_controllability(weights: object) -> Floats:
    """Energy, over all times, of the response to a unit impulse into each node: unitless, >= 1.

    The trace of the controllability Gramian with input to that node alone, of W over 1 + its
    largest singular value.

    Source: Gu et al. (2015), Nat. Commun. 6, 8414; here directed, signs included.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A singular value beyond 1e10.
    """
    return WeightedGraph.of(weights).part(_responses).diagonal().copy()


def weighted_modal_controllability(weights: object) -> Floats:
    """How well a node reaches the modes that decay fast, direction dropped: unitless, in [0, 1].

    sum_k (1 - lambda_k^2) v_ik^2 over the modes of the undirected graph in which a pair has the
    larger of its two weights, over 1 + its largest singular value. On a digraph the modes are not
    orthogonal, the sum depends on how they are chosen, and there is no measure of this kind that
    all agree on.

    Source: Gu et al. (2015), Nat. Commun. 6, 8414, for undirected networks.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "the larger of two weights takes no signs")
    return mode_shares(_scaled(graph.undirected, graph.largest))


def weighted_gramian_trace(weights: object) -> float:
    """Mean energy of the response to a unit impulse into a node: unitless, >= 1.

    The trace of the controllability Gramian with input to every node, over n; the mean of
    weighted_average_controllability.

    Source: Gu et al. (2015), Nat. Commun. 6, 8414; Kailath (1980), Linear Systems, section 9.2.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A singular value beyond 1e10.
    """
    return float(weighted_average_controllability(weights).mean())


def _scaled(relative: Floats, largest: float) -> Floats:
    """Weights, given over the largest, over 1 + their largest singular value."""
    norm = float(np.linalg.norm(relative, 2))
    if norm * largest > _MOST:
        raise InputError(
            f"`weights` must have singular values up to {_MOST:g}, beyond which nothing decays but "
            f"by rounding; got {norm * largest:g}."
        )
    return relative * (largest / (1 + norm * largest))


def _responses(graph: WeightedGraph) -> Floats:
    return impulse_responses(_scaled(graph.relative, graph.largest))
