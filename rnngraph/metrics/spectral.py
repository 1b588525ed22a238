"""What a graph does to a signal that is passed along its edges again and again."""

from typing import Final

import numpy as np

from rnngraph.metrics._summary import need_nodes
from rnngraph.metrics._topology import Floats, Topology

_TOLERANCE: Final = 1e-12
_MAX_STEPS: Final = 500
_UNDERFLOW: Final = 1e-250


def spectral_radius(adjacency: object) -> float:
    """Largest modulus of an eigenvalue of the adjacency matrix: unitless, in [0, n-1].

    The mean growth, a step, of the number of walks. The spectrum of a graph is that of its strong
    components, so a graph without cycles has exactly 0, and no iteration has to find it.

    Source: Berman & Plemmons (1994), Nonnegative Matrices in the Mathematical Sciences, chapter 2.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    if graph.native and not np.isnan(radius := graph.core.spectral_radius()):
        return float(radius)
    labels = graph.strong_components
    cyclic = np.flatnonzero(np.bincount(labels) > 1)
    members = [np.flatnonzero(labels == label) for label in cyclic]
    blocks = (graph.edges[np.ix_(nodes, nodes)].astype(np.float64) for nodes in members)
    return max(map(_perron_root, blocks), default=0.0)


def pagerank_entropy(adjacency: object) -> float:
    """Shannon entropy of PageRank over its largest value, ln n: unitless, in [0, 1].

    1 is attention spread evenly, as on a regular graph. Damping 0.85; a node without out-edges
    passes its rank to all nodes alike.

    Source: Brin & Page (1998), Computer Networks 30, 107-117 (PageRank); Shannon (1948), Bell
    Syst. Tech. J. 27, 379-423.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("pagerank_entropy", graph, 2)
    rank = graph.pagerank
    return float(-(rank @ np.log(rank)) / np.log(graph.n_nodes))


def _perron_root(block: Floats) -> float:
    """Spectral radius of one strong component.

    Power iteration on block + I, which is primitive; the ratios of one step bracket the root
    (Collatz 1942, Wielandt 1950), so it stops at a proven error. LAPACK takes over where the
    iteration is slow (long cycles) or its vector would underflow.
    """
    vector = np.ones(len(block))
    for _ in range(_MAX_STEPS):
        image = block @ vector + vector
        ratios = image / vector
        low, high = float(ratios.min()), float(ratios.max())
        if high - low <= _TOLERANCE * high:
            return (low + high) / 2 - 1
        vector = image / image.max()
        if vector.min() < _UNDERFLOW:
            break
    return float(np.abs(np.linalg.eigvals(block)).max())
