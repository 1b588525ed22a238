"""How often two neighbours of a node share another neighbour: squares, direction dropped."""

import numpy as np

from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Floats, Topology


def square_clustering(adjacency: object) -> float:
    """Mean square clustering of the nodes of the undirected closure: unitless, in [0, 1].

    Source: Lind, Gonzalez & Herrmann (2005), Phys. Rev. E 72, 056127; Zhang et al. (2008), Physica
    A 387, 6869-6875 (the possible squares); nodes with no possible square count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(local_square_clustering(adjacency))


def local_square_clustering(adjacency: object) -> Floats:
    """Squares through each node over possible ones, direction dropped: unitless, in [0, 1].

    Two neighbours u, w of a node have q common neighbours besides it, so q squares, and could have
    q + (k_u - 1 - q - t) + (k_w - 1 - q - t), with t = 1 if they are joined; both summed over the
    pairs. On an undirected graph it is what networkx computes.

    Source: Lind, Gonzalez & Herrmann (2005), Phys. Rev. E 72, 056127; Zhang et al. (2008), Physica
    A 387, 6869-6875 (the possible squares); 0 where no square is possible.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency).undirected
    found, possible = squares(graph)
    nothing = np.zeros(graph.n_nodes)
    return np.asarray(np.divide(found, possible, out=nothing, where=possible > 0))


def squares(graph: Topology) -> tuple[Floats, Floats]:
    """Squares through each node of an undirected graph, and how many there could be."""
    edges = graph.edges.astype(np.float64)
    degree, shared = edges.sum(axis=1), edges @ edges
    pairs = degree * (degree - 1) / 2
    ends = edges @ degree
    found = ((shared**2).sum(axis=1) - ends) / 2 - pairs
    joined = (shared * edges).sum(axis=1) / 2
    return found, (degree - 1) * ends - found - 2 * (pairs + joined)
