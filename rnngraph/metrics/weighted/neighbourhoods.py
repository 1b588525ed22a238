"""How well the neighbours of a node reach each other when the node itself is gone, with weights."""

import numpy as np

from rnngraph.metrics._summary import mean
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightAs, WeightedGraph
from rnngraph.metrics.weighted.paths import weighted_global_efficiency


def weighted_local_efficiency(weights: object, *, weight_as: WeightAs) -> float:
    """Mean over the nodes of the efficiency among their neighbours: in 1 / length, >= 0.

    Source: Latora & Marchiori (2001), Phys. Rev. Lett. 87, 198701, without their normalisation by
    an ideal graph; see `weighted_local_efficiencies`.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    return mean(weighted_local_efficiencies(weights, weight_as=weight_as))


def weighted_local_efficiencies(weights: object, *, weight_as: WeightAs) -> Floats:
    """Global efficiency of the graph among each node's neighbours: in 1 / length, >= 0.

    The weighted, directed distances run inside that subgraph, without the node, whose own weights
    do not count.

    Source: Latora & Marchiori (2001), Phys. Rev. Lett. 87, 198701, without their normalisation by
    an ideal graph; a neighbour is joined by an edge either way, a node with fewer than two of them
    has 0. Not that of Rubinov & Sporns (2010), NeuroImage 52, 1059-1069, who take cube roots of
    1 / distance, so that equal weights do not leave the unweighted efficiency.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.
        weight_as: A "length" is the distance along its edge; a "strength" is 1 / distance.

    Raises:
        InputError: A negative weight, or another `weight_as`.
    """
    graph = WeightedGraph.of(weights)
    graph.lengths(weight_as)  # which refuses what has none, whatever nodes are neighbours
    efficiency = np.zeros(graph.n_nodes)
    for node, joined in enumerate(graph.topology.undirected.edges):
        near = np.flatnonzero(joined)
        if len(near) > 1:
            among = WeightedGraph(graph.weights[np.ix_(near, near)], 0)
            efficiency[node] = weighted_global_efficiency(among, weight_as=weight_as)
    return efficiency
