"""How near a node is to the others: closeness and harmonic centrality, inward and outward.

"in" measures the paths that end in a node, "out" those that start there. The mean harmonic
centrality is `global_efficiency` in both directions, so it is no metric of its own. A graph of one
node has neither: the values are NaN.
"""

import numpy as np

from rnngraph.metrics._topology import Counts, Floats, Topology


def closeness_in(adjacency: object) -> Floats:
    """Inward closeness of each node, (r / (n-1)) (r / sum of distances): unitless, in [0, 1].

    r counts the other nodes with a path to the node, and the sum runs over them; 0 where r = 0.
    The factor r / (n-1) makes parts of different size comparable.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    paths = Topology.of(adjacency).paths
    return _closeness(paths.reached_in, paths.total_in)


def closeness_out(adjacency: object) -> Floats:
    """Outward closeness of each node, (r / (n-1)) (r / sum of distances): unitless, in [0, 1].

    r counts the other nodes with a path from the node, and the sum runs over them; 0 where r = 0.

    Source: Wasserman & Faust (1994), Social Network Analysis, p. 201, along outgoing paths.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    paths = Topology.of(adjacency).paths
    return _closeness(paths.reached_out, paths.total_out)


def harmonic_in(adjacency: object) -> Floats:
    """Mean of 1 / distance to each node from the n-1 others, 1/inf = 0: unitless, in [0, 1].

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, divided by n-1.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _harmonic(Topology.of(adjacency).paths.inverse_in)


def harmonic_out(adjacency: object) -> Floats:
    """Mean of 1 / distance from each node to the n-1 others, 1/inf = 0: unitless, in [0, 1].

    Source: Boldi & Vigna (2014), Internet Math. 10, 222-262, divided by n-1.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return _harmonic(Topology.of(adjacency).paths.inverse_out)


def _closeness(reached: Counts, total: Counts) -> Floats:
    if len(reached) == 1:
        return np.full(1, np.nan)
    r = reached.astype(np.float64)
    shares = np.zeros_like(r)
    return np.asarray(np.divide(r * r, total * (len(r) - 1.0), out=shares, where=reached > 0))


def _harmonic(inverse: Floats) -> Floats:
    if len(inverse) == 1:
        return np.full(1, np.nan)
    return np.asarray(inverse / (len(inverse) - 1))
