"""How alike the weights of i -> j and j -> i are."""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, unsigned
from rnngraph.metrics.weighted._numbers import correlation, is_constant


def weighted_reciprocity(weights: object) -> float:
    """Share of the weight that is returned, sum of min(w_ij, w_ji) over sum of w: in [0, 1].

    Source: Squartini et al. (2013), Sci. Rep. 3, 2729.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "reciprocated weight takes no signs")
    need_edges("weighted_reciprocity", graph)
    w = graph.relative
    return float(np.minimum(w, w.T).sum() / w.sum())


def weight_correlation_mutual(weights: object) -> float:
    """Correlation of w_ij with w_ji over the mutual pairs, signs included: in [-1, 1].

    Each pair counts in both orders, so the order of nodes does not matter.

    Source: Song et al. (2005), PLoS Biol. 3, e68 (bidirectional connections), of weights, not of
    their logarithms; both orders as in Fisher's (1925) intraclass correlation.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 mutual pairs, or the same weight on all their edges.
    """
    graph = WeightedGraph.of(weights)
    here, back = _mutual(graph)
    need("weight_correlation_mutual", len(here) // 2, 2, "pair joined both ways")
    if is_constant(here):
        raise UndefinedMetricError(
            "`weight_correlation_mutual` needs weights that differ between mutual edges; got "
            f"{here[0]:g} on all of them."
        )
    return correlation(here, back)


def weight_symmetry(weights: object) -> float:
    """Sum of w_ij w_ji over sum of w_ij^2, signs included: unitless, in [-1, 1].

    1 for a symmetric matrix, -1 for an antisymmetric one, 0 without mutual edges. Not centred: a
    mean weight counts as symmetry.

    Source: Sommers, Crisanti, Sompolinsky & Stein (1988), Phys. Rev. Lett. 60, 1895-1898 (tau).

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weight_symmetry", graph)
    w = graph.relative
    return float((w * w.T).sum() / (w * w).sum())


def sign_agreement(weights: object) -> float:
    """Share of mutual pairs whose two weights have the same sign: unitless, in [0, 1].

    Source: the definition; `reciprocity` says how many edges have a reverse at all.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No mutual pair.
    """
    graph = WeightedGraph.of(weights)
    here, back = _mutual(graph)
    need("sign_agreement", len(here) // 2, 1, "pair joined both ways")
    return int((np.sign(here) == np.sign(back)).sum()) / len(here)


def _mutual(graph: WeightedGraph) -> tuple[Floats, Floats]:
    """Weights of the edges that have a reverse, and of their reverses."""
    mutual = graph.edges & graph.edges.T
    return graph.weights[mutual], graph.weights.T[mutual]
