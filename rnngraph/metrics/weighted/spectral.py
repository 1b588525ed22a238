"""Eigenvalues and singular values of the weight matrix, signs included.

As everywhere, self-loops are left out: the diagonal is 0. Rows are sources; the transpose, which
is what a network multiplies its state by, has the same values. The spectrum of a graph is that of
its strong components, so a graph without cycles has eigenvalues of exactly 0, which no general
method finds.
"""

import numpy as np
import scipy.linalg

from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges


def weighted_spectral_radius(weights: object) -> float:
    """Largest modulus of an eigenvalue of the weight matrix: in weights, >= 0.

    Source: Jaeger (2001), GMD Report 148 (spectral radius of recurrent weights); here without
    self-loops.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    return float(np.abs(WeightedGraph.of(weights).part(_eigenvalues)).max())


def weighted_spectral_abscissa(weights: object) -> float:
    """Largest real part of an eigenvalue of the weight matrix: in weights, >= 0.

    The eigenvalues sum to the trace, 0 without self-loops, so one has no negative real part.

    Source: Trefethen & Embree (2005), Spectra and Pseudospectra; where dx/dt = -x + Wx
    loses stability, it is 1: Sompolinsky, Crisanti & Sommers (1988), Phys. Rev. Lett. 61, 259-262.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
    """
    return max(0.0, float(WeightedGraph.of(weights).part(_eigenvalues).real.max()))


def weighted_non_normality(weights: object) -> float:
    """Henrici's departure from normality over the Frobenius norm: unitless, in [0, 1].

    sqrt(1 - sum of |eigenvalue|^2 / sum of w^2): 0 for a normal (such as a symmetric) matrix, 1
    for a graph without cycles. Taken from the Schur form, not from the difference, which loses
    half the digits near 0.

    Source: Henrici (1962), Numer. Math. 4, 24-40; normalised as in Asllani, Lambiotte & Carletti
    (2018), Sci. Adv. 4, eaau9403.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weighted_non_normality", graph)
    w, labels = graph.relative, graph.topology.strong_components
    total = float((w**2).sum())
    departure = float((w[labels[:, None] != labels] ** 2).sum())
    departure += sum(map(_departure, _blocks(graph, w)))
    return float(np.sqrt(min(1.0, departure / total)))


def weighted_effective_rank(weights: object) -> float:
    """Exponential of the entropy of the singular values' shares: a number of ranks, in [1, n].

    Source: Roy & Vetterli (2007), EUSIPCO, 606-610.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = WeightedGraph.of(weights)
    need_edges("weighted_effective_rank", graph)
    values = np.linalg.svd(graph.relative, compute_uv=False)
    share = values / values.sum()
    share = share[share > 0]
    return float(np.exp(-(share @ np.log(share))))


def _blocks(graph: WeightedGraph, weights: Floats) -> list[Floats]:
    """The matrix of each strong component with more than one node."""
    labels = graph.topology.strong_components
    cyclic = np.flatnonzero(np.bincount(labels) > 1)
    members = [np.flatnonzero(labels == label) for label in cyclic]
    return [weights[np.ix_(nodes, nodes)] for nodes in members]


def _eigenvalues(graph: WeightedGraph) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    """The eigenvalues, all those of nodes on no cycle as one 0."""
    found = [np.linalg.eigvals(block) for block in _blocks(graph, graph.weights)]
    return np.concatenate([np.zeros(1, dtype=np.complex128), *found])


def _departure(block: Floats) -> float:
    """Sum of squares above the diagonal of the Schur form, that is of w less of eigenvalues.

    A pair of complex eigenvalues is a block a, b; c, a of the real form, with b c < 0. Of it
    remains (b + c)^2, what the upper right would be in the complex form.
    """
    form = scipy.linalg.schur(block)[0]
    beside = np.diag(form, 1) + np.diag(form, -1)
    return float((np.triu(form, 2) ** 2).sum() + (beside**2).sum())
