"""Which nodes are joined to which: reciprocated edges and degree correlations along edges."""

from math import sqrt

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Counts, Topology


def reciprocity(adjacency: object) -> float:
    """Share of edges i -> j whose reverse j -> i exists: unitless, in [0, 1].

    Source: Garlaschelli & Loffredo (2004), Phys. Rev. Lett. 93, 268701, eq. 1.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("reciprocity", graph)
    return int(graph.n_mutual.sum()) / graph.n_edges


def assortativity_out_in(adjacency: object) -> float:
    """Correlation of the out-degree of i with the in-degree of j over edges i -> j: in [-1, 1].

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(out, in).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two degrees is the same for every edge.
    """
    graph = Topology.of(adjacency)
    return _correlation("assortativity_out_in", graph, graph.out_degree, graph.in_degree)


def assortativity_out_out(adjacency: object) -> float:
    """Correlation of the out-degree of i with the out-degree of j over edges i -> j: in [-1, 1].

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(out, out).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two degrees is the same for every edge.
    """
    graph = Topology.of(adjacency)
    return _correlation("assortativity_out_out", graph, graph.out_degree, graph.out_degree)


def assortativity_in_in(adjacency: object) -> float:
    """Correlation of the in-degree of i with the in-degree of j over edges i -> j: in [-1, 1].

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(in, in).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two degrees is the same for every edge.
    """
    graph = Topology.of(adjacency)
    return _correlation("assortativity_in_in", graph, graph.in_degree, graph.in_degree)


def assortativity_in_out(adjacency: object) -> float:
    """Correlation of the in-degree of i with the out-degree of j over edges i -> j: in [-1, 1].

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(in, out).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two degrees is the same for every edge.
    """
    graph = Topology.of(adjacency)
    return _correlation("assortativity_in_out", graph, graph.in_degree, graph.out_degree)


def _correlation(metric: str, graph: Topology, degree_i: Counts, degree_j: Counts) -> float:
    need_edges(metric, graph)
    sources, targets = np.nonzero(graph.edges)
    x, y = degree_i[sources], degree_j[targets]
    # Python integers: exact at any size, so that "no variation" is a comparison with 0.
    m, sum_x, sum_y = graph.n_edges, int(x.sum()), int(y.sum())
    var_x = m * int(x @ x) - sum_x**2
    var_y = m * int(y @ y) - sum_y**2
    if not var_x or not var_y:
        raise UndefinedMetricError(
            f"`{metric}` needs degrees that differ between edges; got "
            f"{'the same source' if not var_x else 'the same target'} degree on every edge."
        )
    return (m * int(x @ y) - sum_x * sum_y) / (sqrt(var_x) * sqrt(var_y))
