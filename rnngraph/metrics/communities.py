"""Communities: groups of nodes with more edges inside than their degrees would bring."""

import random

import numpy as np

from rnngraph._types import Adjacency, Weights
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Counts, Floats, Topology


def modularity(adjacency: object) -> float:
    """Directed modularity Q of the communities that Louvain's method finds: in [0, 1).

    Q = sum over pairs in one community of A_ij / m - out_i in_j / m^2. The method is
    deterministic: nodes move in index order, then those whose neighbourhood changed, no random
    number is drawn, and gains are compared as integers. Another order of the nodes can find
    another, about as good, partition. A large Q is no finding by itself: compare it with nulls.

    Source: Leicht & Newman (2008), Phys. Rev. Lett. 100, 118703 (directed Q); Blondel et al.
    (2008), J. Stat. Mech. P10008 (method).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("modularity", graph)
    return _modularity(graph, graph.communities)


def n_communities(adjacency: object) -> float:
    """Number of the communities that Louvain's method finds: an integer in [1, n].

    A node without edges is a community of its own. See `modularity` for the method.

    Source: Blondel et al. (2008), J. Stat. Mech. P10008.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).communities.max() + 1)


def modularity_leiden(adjacency: object) -> float:
    """Modularity Q, direction dropped, of the communities of the Leiden method: in [0, 1).

    By igraph, until it moves no node, from a fixed seed; the order of the nodes matters a little.

    Source: Traag, Waltman & van Eck (2019), Sci. Rep. 9, 5233; on the undirected closure.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency).undirected
    need_edges("modularity_leiden", graph)
    return _modularity(graph, leiden(graph.edges))


def leiden(matrix: Adjacency | Weights) -> Counts:
    """Label of each node's community in a symmetric graph, by igraph's Leiden method."""
    import igraph  # here alone: it takes a second to load, and brings pyplot

    sources, targets = np.nonzero(np.triu(matrix))
    pairs = list(zip(sources.tolist(), targets.tolist(), strict=True))
    peer = igraph.Graph(len(matrix), pairs)
    weights = matrix[sources, targets].astype(np.float64).tolist()
    # igraph draws from one generator for the whole process: lend it one, and give its own back.
    igraph.set_random_number_generator(random.Random(0))
    try:
        found = peer.community_leiden(
            objective_function="modularity", weights=weights, n_iterations=-1
        )
    finally:
        igraph.set_random_number_generator(random)
    return np.array(found.membership)


def participation_out(adjacency: object) -> Floats:
    """Participation of each node, 1 - sum_c (k_ic / k_i)^2, by out-edges: unitless, in [0, 1).

    k_ic counts the edges into community c of Louvain's method; 0 where all go to one community,
    NaN for a node without out-edges.

    Source: Guimera & Amaral (2005), Nature 433, 895-900.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _participation(graph.edges @ _membership(graph))


def participation_in(adjacency: object) -> Floats:
    """Participation of each node, 1 - sum_c (k_ic / k_i)^2, by in-edges: unitless, in [0, 1).

    k_ic counts the edges from community c of Louvain's method; 0 where all come from one
    community, NaN for a node without in-edges.

    Source: Guimera & Amaral (2005), Nature 433, 895-900.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return _participation(graph.edges.T @ _membership(graph))


def within_module_degree(adjacency: object) -> Floats:
    """Edges of a node in its community, in and out, as a z-score among its nodes: a real number.

    0 where all nodes of the community have as many. Communities by Louvain's method.

    Source: Guimera & Amaral (2005), Nature 433, 895-900 (z).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    member = _membership(graph)
    edges = graph.edges.astype(np.float64)
    within = (((edges + edges.T) @ member) * member).sum(axis=1)
    size = member.sum(axis=0)
    mean = (within @ member / size)[graph.communities]
    std = np.sqrt(((within - mean) ** 2 @ member) / size)[graph.communities]
    return np.asarray(np.divide(within - mean, std, out=np.zeros_like(std), where=std > 0))


def _membership(graph: Topology) -> Floats:
    """Shape (n, k): 1 where a node is in a community."""
    labels = graph.communities
    return np.asarray(np.eye(labels.max() + 1)[labels])


def _participation(edges: Floats) -> Floats:
    total = edges.sum(axis=1, keepdims=True)
    share = np.divide(edges, total, out=np.full_like(edges, np.nan), where=total > 0)
    return np.asarray(1 - (share**2).sum(axis=1))


def _modularity(graph: Topology, labels: Counts) -> float:
    within, expected = 0, 0
    for label in np.unique(labels):
        members = labels == label
        within += int(graph.edges[np.ix_(members, members)].sum())
        expected += int(graph.out_degree[members].sum()) * int(graph.in_degree[members].sum())
    return (graph.n_edges * within - expected) / graph.n_edges**2
