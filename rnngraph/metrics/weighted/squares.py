"""How strongly two neighbours of a node share another neighbour: squares, direction dropped."""

import numpy as np

from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.squares import squares
from rnngraph.metrics.weighted._graph import unsigned
from rnngraph.metrics.weighted._numbers import share


def weighted_square_clustering(weights: object) -> float:
    """Mean of `weighted_local_square_clustering` over the nodes: unitless, in [0, 1].

    Source: Lind, Gonzalez & Herrmann (2005), Phys. Rev. E 72, 056127; Zhang et al. (2008), Physica
    A 387, 6869-6875 (the possible squares); Onnela et al. (2005), Phys. Rev. E 71, 065103
    (intensity); nodes with no possible square count as 0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return mean(weighted_local_square_clustering(weights))


def weighted_local_square_clustering(weights: object) -> Floats:
    """Intensity of the squares through each node over possible ones: unitless, in [0, 1].

    Direction is dropped: a pair has the larger of its two weights. A square counts as the geometric
    mean of its four weights, each over the largest of the graph, and is one of the possible squares
    that `local_square_clustering` counts, as a triangle is in `weighted_local_clustering`.

    Source: Lind, Gonzalez & Herrmann (2005), Phys. Rev. E 72, 056127; Zhang et al. (2008), Physica
    A 387, 6869-6875 (the possible squares); Onnela et al. (2005), Phys. Rev. E 71, 065103
    (intensity, there of any subgraph); 0 where no square is possible.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "square clustering takes no signs")
    root = graph.undirected**0.25
    # Pairs of ways i - u - x, u != w, to each other node x: (i, u, x, w) is a square.
    pairs = (root @ root) ** 2 - root**2 @ root**2
    np.fill_diagonal(pairs, 0)
    found = np.maximum(pairs, 0).sum(axis=1) / 2
    return share(found, squares(graph.topology.undirected)[1])
