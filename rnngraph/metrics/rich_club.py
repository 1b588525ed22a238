"""Rich clubs: whether nodes of many edges are joined among themselves more than chance has it."""

from collections.abc import Iterable

import numpy as np

from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._topology import Counts, Floats, Topology


def rich_club_curve(adjacency: object) -> tuple[Counts, Floats]:
    """Density among the nodes of total degree above k, for k = 0, 1, ..., while there are two.

    Source: Colizza, Flammini, Serrano & Vespignani (2006), Nat. Phys. 2, 110-115; directed, by
    in-degree + out-degree, as in the Brain Connectivity Toolbox.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Returns:
        k, and the share of the ordered pairs of such nodes that an edge joins, in [0, 1].
    """
    graph = Topology.of(adjacency)
    degree = graph.in_degree + graph.out_degree
    sources, targets = np.nonzero(graph.edges)
    top = int(degree.max())
    # An edge is in the club while k is below the smaller degree of its ends.
    lower = np.minimum(degree[sources], degree[targets])
    edges = graph.n_edges - np.cumsum(np.bincount(lower, minlength=top + 1))
    nodes = graph.n_nodes - np.cumsum(np.bincount(degree, minlength=top + 1))
    kept = nodes >= 2
    return np.flatnonzero(kept), edges[kept] / (nodes[kept] * (nodes[kept] - 1.0))


def rich_club_ratio(adjacency: object, nulls: Iterable[object]) -> float:
    """Largest ratio, over k, of the rich-club density to its mean over null graphs: >= 0.

    Above 1 where nodes of many edges join each other more than in the nulls. Only k at which every
    null has two such nodes and their mean density is above 0.

    Source: Colizza, Flammini, Serrano & Vespignani (2006), Nat. Phys. 2, 110-115, eq. 2.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        nulls: At least 1 graph, such as `rnngraph.nulls.null_graphs` makes.

    Raises:
        InputError: No null graph.
        UndefinedMetricError: No k at which graph and nulls have a density above 0 to compare.
    """
    curves = [rich_club_curve(null)[1] for null in nulls]
    if not curves:
        raise InputError("`nulls` must hold at least 1 graph; got none.")
    found = rich_club_curve(adjacency)[1]
    length = min(map(len, [found, *curves]))
    expected = np.mean([curve[:length] for curve in curves], axis=0)
    if not (expected > 0).any():
        raise UndefinedMetricError(
            "`rich_club_ratio` needs null graphs whose nodes of many edges are joined; "
            f"got a density of 0 at each of {length} degrees."
        )
    return float((found[:length][expected > 0] / expected[expected > 0]).max())
