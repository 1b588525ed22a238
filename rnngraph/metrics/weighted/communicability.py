"""Walks of every length between nodes, long ones for less, where strong nodes do not drown others.

The weights are divided by the strengths of both ends, M_ij = w_ij / sqrt(out_i in_j), which no unit
changes. (exp M)_ij sums the walks i -> j, those of k edges over k!; as no step lengthens a signal,
it holds whatever the weights. It differs from the communicability of the edges alone also where all
weights are equal.
"""

import numpy as np
import scipy.linalg

from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, unsigned


def normalized_subgraph_centrality(weights: object) -> Floats:
    """Closed walks from a node, (exp M)_ii with M_ij = w_ij / sqrt(out_i in_j): in [1, e].

    1 for a node on no cycle.

    Source: Crofts & Higham (2009), J. R. Soc. Interface 6, 411-414; directed by out- and
    in-strength.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return np.maximum(_unsigned(weights).part(_communicability).diagonal(), 1)


def normalized_communicability_in(weights: object) -> Floats:
    """Walks into a node, sum_j (exp M)_ji with M_ij = w_ij / sqrt(out_i in_j): unitless, >= 1.

    At most e sqrt(n); 1 for a node without in-edges.

    Source: Crofts & Higham (2009), J. R. Soc. Interface 6, 411-414; directed by out- and
    in-strength, and summed as in Benzi & Klymko (2013), J. Complex Netw. 1, 124-149.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return np.asarray(_unsigned(weights).part(_communicability).sum(axis=0))


def normalized_communicability_out(weights: object) -> Floats:
    """Walks from a node, sum_j (exp M)_ij with M_ij = w_ij / sqrt(out_i in_j): unitless, >= 1.

    At most e sqrt(n); 1 for a node without out-edges.

    Source: Crofts & Higham (2009), J. R. Soc. Interface 6, 411-414; directed by out- and
    in-strength, and summed as in Benzi & Klymko (2013), J. Complex Netw. 1, 124-149.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return np.asarray(_unsigned(weights).part(_communicability).sum(axis=1))


def _communicability(graph: WeightedGraph) -> Floats:
    w = graph.relative
    out, into = np.sqrt(w.sum(axis=1)), np.sqrt(w.sum(axis=0))
    out[out == 0], into[into == 0] = 1, 1  # of no edge
    return np.asarray(scipy.linalg.expm(w / out[:, None] / into))


def _unsigned(weights: object) -> WeightedGraph:
    return unsigned(weights, "communicability takes no signs")
