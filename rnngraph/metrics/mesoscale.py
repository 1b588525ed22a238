"""The middle scale: cores and communities."""

import numpy as np

from rnngraph.metrics._summary import mean, need_edges
from rnngraph.metrics._topology import Floats, Topology


def core_number_max(adjacency: object) -> float:
    """Largest k with a k-core (in-degree + out-degree >= k inside it): an integer >= 0.

    Source: Seidman (1983), Social Networks 5, 269-287, on total degree.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(_core_numbers(Topology.of(adjacency)).max())


def core_number_mean(adjacency: object) -> float:
    """Mean core number of the nodes, by in-degree + out-degree: in edges, >= 0.

    Source: Seidman (1983), Social Networks 5, 269-287, on total degree.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mean(_core_numbers(Topology.of(adjacency)))


def modularity(adjacency: object) -> float:
    """Directed modularity Q of the communities that Louvain's method finds: in [0, 1).

    Q = sum over pairs in one community of A_ij / m - out_i in_j / m^2. The method is
    deterministic: nodes move in index order, no random number is drawn, and gains are compared
    as integers. Another order of the nodes can find another, about as good, partition. A large
    Q is no finding by itself: compare it with null models.

    Source: Leicht & Newman (2008), Phys. Rev. Lett. 100, 118703 (directed Q); Blondel et al.
    (2008), J. Stat. Mech. P10008 (method).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("modularity", graph)
    within, expected = 0, 0
    for label in np.unique(graph.communities):
        members = graph.communities == label
        within += int(graph.edges[np.ix_(members, members)].sum())
        expected += int(graph.out_degree[members].sum()) * int(graph.in_degree[members].sum())
    return (graph.n_edges * within - expected) / graph.n_edges**2


def _core_numbers(graph: Topology) -> Floats:
    return graph.core_numbers.astype(np.float64)
