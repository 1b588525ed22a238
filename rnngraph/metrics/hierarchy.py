"""How much a graph runs one way: hierarchy, trophic levels, and what feeds back."""

import numpy as np
import scipy.linalg

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need_edges, need_nodes
from rnngraph.metrics._topology import Floats, Topology


def flow_hierarchy(adjacency: object) -> float:
    """Share of the edges that lie on no cycle: unitless, in [0, 1], 1 without cycles.

    Source: Luo & Magee (2011), Complexity 16, 53-64.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("flow_hierarchy", graph)
    label = graph.strong_components
    return int((graph.edges & (label[:, None] != label)).sum()) / graph.n_edges


def feedback_arc_fraction(adjacency: object) -> float:
    """Share of the edges in a small set whose removal leaves no cycle: unitless, in [0, 1/2].

    By a heuristic, an upper bound of the smallest; among nodes that it finds alike, their order
    decides.

    Source: Eades, Lin & Smyth (1993), Inf. Process. Lett. 47, 319-323.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("feedback_arc_fraction", graph)
    return len(graph.igraph.feedback_arc_set(method="eades")) / graph.n_edges


def trophic_level(adjacency: object) -> Floats:
    """Level of each node at which edges climb by 1 as nearly as they can: in edges, >= 0.

    Least squares over the edges, in each weakly connected component for itself, whose lowest node
    has 0.

    Source: MacKay, Johnson & Sansom (2020), R. Soc. Open Sci. 7, 201138.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    levels = np.zeros(graph.n_nodes)
    edges = graph.edges.astype(np.float64)
    for label in range(graph.weak_components.max() + 1):
        nodes = np.flatnonzero(graph.weak_components == label)
        if len(nodes) == 1:
            continue
        within = edges[np.ix_(nodes, nodes)]
        into, out = within.sum(axis=0), within.sum(axis=1)
        laplacian = np.diag(into + out) - within - within.T
        # The Laplacian leaves the height free: hold one node at 0, then put the lowest there.
        height = np.zeros(len(nodes))
        height[1:] = scipy.linalg.solve(laplacian[1:, 1:], (into - out)[1:], assume_a="pos")
        levels[nodes] = height - height.min()
    return levels


def trophic_incoherence(adjacency: object) -> float:
    """Mean squared deviation of the edges' climbs from one trophic level: unitless, in [0, 1].

    0 where every edge climbs exactly one level; 1 on a directed ring.

    Source: MacKay, Johnson & Sansom (2020), R. Soc. Open Sci. 7, 201138, F_0.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("trophic_incoherence", graph)
    level = graph.part(trophic_level)
    sources, targets = np.nonzero(graph.edges)
    return float(((level[targets] - level[sources] - 1) ** 2).mean())


def trophic_incoherence_q(adjacency: object) -> float:
    """Standard deviation of the edges' climbs over nodes without in-edges: in levels, >= 0.

    Levels count from the nodes without in-edges; every other node stands 1 above the mean of its
    sources.

    Source: Johnson, Dominguez-Garcia, Donetti & Munoz (2014), PNAS 111, 17923-17928.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or a node that no node without in-edges reaches.
    """
    graph = Topology.of(adjacency)
    need_edges("trophic_incoherence_q", graph)
    basal = graph.in_degree == 0
    above = np.flatnonzero(~basal)
    lost = int((~graph.reachable[basal][:, above].any(axis=0)).sum())
    if lost:
        raise UndefinedMetricError(
            "`trophic_incoherence_q` needs every node reached from one without in-edges; "
            f"got {lost} that are not."
        )
    level = np.ones(graph.n_nodes)
    flow = graph.edges.T[above] / graph.in_degree[above, None]
    among, below = flow[:, above], flow[:, basal].sum(axis=1)
    level[above] = np.linalg.solve(np.eye(len(above)) - among, 1 + below)
    sources, targets = np.nonzero(graph.edges)
    return float((level[targets] - level[sources]).std())


def global_reaching_centrality(adjacency: object) -> float:
    """Mean shortfall of a node's reach behind the largest reach: unitless, in [0, 1].

    Of the share of the n-1 other nodes that each node reaches; 1 on an outward star.

    Source: Mones, Vicsek & Vicsek (2012), PLoS ONE 7, e33799.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 2 nodes.
    """
    graph = Topology.of(adjacency)
    need_nodes("global_reaching_centrality", graph, 2)
    reach = graph.paths.reached_out / (graph.n_nodes - 1)
    return float((reach.max() - reach).sum() / (graph.n_nodes - 1))
