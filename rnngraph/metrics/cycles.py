"""How many short directed cycles a graph has: the loops that feed a signal back."""

import numpy as np

from rnngraph.metrics._topology import Topology


def n_cycles_2(adjacency: object) -> float:
    """Number of cycles i -> j -> i, i.e. mutual pairs: an integer in [0, n(n-1)/2].

    Source: Harary & Manvel (1971), Mat. casopis 21, 55-63: tr(A^2) / 2.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return int(Topology.of(adjacency).n_mutual.sum()) / 2


def n_cycles_3(adjacency: object) -> float:
    """Number of directed cycles i -> j -> k -> i: an integer in [0, n(n-1)(n-2)/3].

    Source: Harary & Manvel (1971), Mat. casopis 21, 55-63: tr(A^3) / 3.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    edges = Topology.of(adjacency).edges.astype(np.float64)
    return float(((edges @ edges) * edges.T).sum()) / 3
