"""Clustering as the weight of triangles over the weight of the pairs of edges they could close.

A weak edge then matters as little as none, which the clustering of Onnela et al. divided by the
number of possible triangles does not grant.
"""

import numpy as np

from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, unsigned
from rnngraph.metrics.weighted._numbers import share


def continuous_clustering(weights: object) -> float:
    """Mean of `continuous_local_clustering` over the nodes: unitless, in [0, 1].

    Source: Fardet & Levina (2021), Phys. Rev. Res. 3, 043124; nodes with no possible triangle
    count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(continuous_local_clustering(weights))


def signed_clustering(weights: object) -> float:
    """Mean of `signed_local_clustering` over the nodes: unitless, in [-1, 1].

    Source: Costantini & Perugini (2014), PLoS ONE 9, e88669; nodes with no possible triangle count
    as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    return mean(signed_local_clustering(weights))


def continuous_local_clustering(weights: object) -> Floats:
    """Clustering of each node i that no vanishing weight makes jump: unitless, in [0, 1].

    Triangles count by their weights' product to the power 2/3, and pairs of edges at i by the
    square root of theirs; weights are over the largest. Without weights it is `local_clustering`.

    Source: Fardet & Levina (2021), Phys. Rev. Res. 3, 043124 (continuous clustering, directed,
    total); 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "continuous clustering takes no signs (`signed_clustering` does)")
    w = graph.relative
    closing, root = np.cbrt(w) ** 2, np.sqrt(w)
    both = closing + closing.T
    triangles = ((both @ both) * both).sum(axis=1)
    return share(triangles, 2 * _pairs(root + root.T))


def signed_local_clustering(weights: object) -> Floats:
    """Signed clustering of each node i: unitless, in [-1, 1].

    With B = W + W.T, W over the largest |w|: (B^3)_ii over twice the sum of |B_ij| |B_ik| over
    pairs j != k. On a symmetric W it is the sum of w_ij w_jk w_ki over that of |w_ij w_ik|:
    positive where triangles with an even number of negative edges prevail. Without negative
    weights it is Zhang & Horvath's coefficient.

    Source: Costantini & Perugini (2014), PLoS ONE 9, e88669 (signed form of Zhang & Horvath 2005,
    Stat. Appl. Genet. Mol. Biol. 4, 17); here on digraphs, by Fagiolo's sums (2007), Phys. Rev. E
    76, 026107; 0 where no triangle is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    w = WeightedGraph.of(weights).relative
    magnitude = np.abs(w)
    both = w + w.T
    triangles = ((both @ both) * both).sum(axis=1)
    return share(triangles, 2 * _pairs(magnitude + magnitude.T))


def _pairs(joined: Floats) -> Floats:
    """Sum over j != k of joined_ij joined_ik, for each i; without the rounding of a difference."""
    before = np.cumsum(joined, axis=1) - joined
    return np.asarray(2 * (joined * before).sum(axis=1))
