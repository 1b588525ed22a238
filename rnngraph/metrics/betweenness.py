"""How many shortest paths pass a node or an edge."""

import numpy as np

from rnngraph.metrics._topology import Floats, Topology


def betweenness(adjacency: object) -> Floats:
    """Share of the ordered pairs of other nodes whose shortest paths pass each node: in [0, 1].

    Pairs with several shortest paths count in proportion; end points do not count, pairs without
    a path count 0. Divided by (n-1)(n-2) ordered pairs; 0 for fewer than 3 nodes.

    Source: Freeman (1977), Sociometry 40, 35-41; directed as in Brandes (2001), J. Math.
    Sociol. 25, 163-177.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return graph.betweenness / max(1, (graph.n_nodes - 1) * (graph.n_nodes - 2))


def edge_betweenness(adjacency: object) -> Floats:
    """Share of the ordered pairs whose shortest paths use each edge: in (0, 1].

    Shape (m,), edges in row-major order. Divided by n(n-1) ordered pairs; pairs without a path
    count 0.

    Source: Girvan & Newman (2002), PNAS 99, 7821-7826; normalised as in Brandes (2008), Social
    Networks 30, 136-145.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return np.asarray(graph.edge_betweenness / max(1, graph.n_nodes * (graph.n_nodes - 1)))
