"""Scores that walks along the edges come to, for any nonnegative matrix: poles and eigenspaces."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph.metrics._topology import Floats, Topology

_EQUAL: Final = 1e-9  # roots of components that differ by less, relatively, count as one
_TINY: Final = 1e-290


def resolvent(into: Floats, graph: Topology, roots: Mapping[int, float], at: float) -> Floats:
    """(s - M)^-1 1 where s comes down to `at`, the radius or more, of length 1.

    The solution is the sum of M^k 1 / s^(k+1) over all walks. At the radius it has a pole, and
    its leading term is where the power iteration on M + sI comes to from equal scores, whatever
    the components' roots. Component by component, upstream first: one whose root is `at` raises
    the order of the pole by 1, the others pass on the terms of the highest order.

    Args:
        into: M, shape (n, n), nonnegative, rows = target.
        graph: Its edges.
        roots: Perron root of each strong component of two nodes or more, by its label.
        at: The largest of the roots, or more.
    """
    labels = graph.strong_components
    # Every ancestor of a component has fewer ancestors than it has.
    first = np.unique(labels, return_index=True)[1]
    upstream_first = labels[first[np.argsort(graph.paths.reached_in[first])]].tolist()
    found, order = np.zeros(graph.n_nodes), np.zeros(graph.n_nodes, dtype=np.int64)
    size = np.zeros(graph.n_nodes)  # logarithm: what was found is a multiple of e^size
    for label in upstream_first:
        members = np.flatnonzero(labels == label)
        block = into[np.ix_(members, members)]
        feeding = np.asarray(into[members].any(axis=0))
        feeding[members] = False
        pole = order[feeding].max(initial=0)
        feeding &= order == pole
        most = size[feeding].max(initial=-np.inf if pole else 0.0)
        inflow = np.full(len(members), 0.0 if pole else np.exp(-most))
        inflow += into[np.ix_(members, feeding)] @ _scaled(found, size - most, feeding)
        if roots.get(label, 0.0) > at * (1 - _EQUAL):
            left, right = _perron_vectors(block, at)
            values = right * (left @ inflow) / (left @ right)
            pole += 1
        else:
            values = np.linalg.solve(at * np.eye(len(members)) - block, inflow)
        order[members] = pole
        top = max(values.max(), _TINY)
        found[members], size[members] = np.maximum(values / top, _TINY), most + np.log(top)
    leading = order == order.max()
    scores = np.zeros(graph.n_nodes)
    scores[leading] = _scaled(found, size - size[leading].max(), leading)
    return np.asarray(scores / np.linalg.norm(scores))


def leading(symmetric: Floats) -> Floats:
    """Projection of equal scores onto the eigenspace of the largest eigenvalue, of length 1."""
    values, vectors = np.linalg.eigh(symmetric)
    space = vectors[:, values > values[-1] * (1 - 1e-9)]
    scores = space @ space.sum(axis=0)
    scores = np.where(np.abs(scores) < 1e-12 * np.abs(scores).max(), 0, scores)
    return np.asarray(scores / np.linalg.norm(scores))


def _scaled(values: Floats, logarithm: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return np.asarray(values[chosen] * np.exp(logarithm[chosen]))


def _perron_vectors(block: Floats, root: float) -> tuple[Floats, Floats]:
    """Left and right eigenvector of a strong component, by Newton's method from its root.

    One step is exact to the square of the root's error; the second starts at what the first finds.
    """
    n = len(block)
    bordered, last = np.ones((n + 1, n + 1)), np.eye(n + 1)[-1]
    bordered[-1, -1] = 0
    for _ in range(2):
        bordered[:-1, :-1] = root * np.eye(n) - block
        left = np.abs(np.linalg.solve(bordered.T, last)[:-1])
        right = np.abs(np.linalg.solve(bordered, last)[:-1])
        root = float(left @ block @ right / (left @ right))
    return left, right
