"""How well the neighbours of a node reach each other when the node itself is gone."""

import numpy as np

from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics.paths import global_efficiency


def local_efficiency(adjacency: object) -> float:
    """Mean over the nodes of the efficiency among their neighbours: unitless, in [0, 1].

    Source: Latora & Marchiori (2001), Phys. Rev. Lett. 87, 198701; a neighbour is joined by an
    edge either way, nodes with fewer than two of them count as 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(Topology.of(adjacency).part(local_efficiencies))


def local_efficiencies(adjacency: object) -> Floats:
    """Global efficiency of the graph among each node's neighbours: unitless, in [0, 1].

    The directed distances run inside that subgraph, without the node. On an undirected graph their
    mean is what networkx computes.

    Source: Latora & Marchiori (2001), Phys. Rev. Lett. 87, 198701; a neighbour is joined by an
    edge either way, a node with fewer than two of them has 0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    efficiency = np.zeros(graph.n_nodes)
    for node, joined in enumerate(graph.undirected.edges):
        near = np.flatnonzero(joined)
        if len(near) > 1:
            among = Topology(graph.edges[np.ix_(near, near)], 0, graph.native)
            efficiency[node] = global_efficiency(among)
    return efficiency
