"""Rich clubs by weight: whether nodes of many edges keep the strongest ones among themselves."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from rnngraph.metrics._population import read
from rnngraph.metrics._topology import Counts, Floats
from rnngraph.metrics.rich_club import against_nulls, clubs, like, ratio_of_clubs
from rnngraph.metrics.weighted._graph import WeightedGraph, unsigned


def weighted_rich_club_curve(weights: object) -> tuple[Counts, Floats]:
    """Weight among the nodes of total degree above k over the most that their edges could weigh.

    phi(k) = W / (sum of the E largest weights of the graph), where E edges of the weight W join the
    nodes of in-degree + out-degree above k: 1 where no edge outside is stronger than one inside.

    Source: Opsahl, Colizza, Panzarasa & Ramasco (2008), Phys. Rev. Lett. 101, 168702; directed, by
    in-degree + out-degree, as in the Brain Connectivity Toolbox.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes, of strengths; self-loops are
            ignored.

    Returns:
        k = 0, 1, ..., while there are two such nodes, and phi(k), in (0, 1]; NaN where no edge
        joins them.

    Raises:
        InputError: A weight is negative.
    """
    curve = _curve(_unsigned(weights))
    return np.arange(len(curve)), curve


def weighted_rich_club_zscores(weights: object, nulls: Iterable[object]) -> pd.DataFrame:
    """Compare the weighted rich-club curve with those of null graphs, degree by degree.

    Nulls that keep the edges and shuffle the weights ask whether the club has the strong ones;
    those that keep degrees ask of edges and weights at once.

    Source: Opsahl, Colizza, Panzarasa & Ramasco (2008), Phys. Rev. Lett. 101, 168702, eq. 2.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes, of strengths; self-loops are
            ignored.
        nulls: At least 1 graph of as many nodes and edges, such as those of
            `rnngraph.nulls.shuffle_weights`.

    Returns:
        As `rich_club_zscores`, a row a k; rich_club is phi(k), NaN where no edge joins the club.

    Raises:
        InputError: A weight is negative; no null graph, or one of other numbers of nodes or edges.
    """
    graph = _unsigned(weights)
    found = list(read(nulls, _unsigned, "nulls"))
    like(graph.topology, (null.topology for null in found))
    return against_nulls(graph.topology, _curve(graph), [_curve(null) for null in found])


def weighted_rich_club_ratio(weights: object, nulls: Iterable[object]) -> float:
    """Weighted rich-club curve over that of null graphs, each the mean over the clubs: >= 0.

    1 on average where strong edges know nothing of degrees, above 1 where nodes of many edges keep
    them among themselves. The sums are those of `rich_club_ratio`, over the clubs that an edge
    joins in the graph and in every null.

    Source: Opsahl, Colizza, Panzarasa & Ramasco (2008), Phys. Rev. Lett. 101, 168702, eq. 2; here
    over all clubs.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes, of strengths; self-loops are
            ignored.
        nulls: As for `weighted_rich_club_zscores`.

    Raises:
        InputError: A weight is negative; no null graph, or one of other numbers of nodes or edges.
        UndefinedMetricError: No degree leaves 5 nodes above it that are joined in every graph.
    """
    graph, nulls = _unsigned(weights), list(read(nulls, _unsigned, "nulls"))
    table = weighted_rich_club_zscores(graph, nulls).dropna(subset="rich_club")
    return ratio_of_clubs("weighted_rich_club_ratio", graph.topology, table, len(nulls))


def _curve(graph: WeightedGraph) -> Floats:
    nodes, edges = clubs(graph.topology)
    degree = graph.topology.in_degree + graph.topology.out_degree
    sources, targets = np.nonzero(graph.edges)
    w = graph.relative[graph.edges]
    lower = np.minimum(degree[sources], degree[targets])
    weight = np.bincount(lower, w, int(degree.max()) + 1)
    inside = np.cumsum(weight[::-1])[::-1]  # at or above each degree
    strongest = np.append(0, np.cumsum(np.sort(w)[::-1]))
    none = np.full(len(nodes), np.nan)
    above = np.append(inside[1:], 0)[: len(nodes)]
    curve = np.divide(above, strongest[edges], out=none, where=edges > 0)
    return np.asarray(np.minimum(curve, 1))  # sums in another order differ by rounding


def _unsigned(weights: object) -> WeightedGraph:
    return unsigned(weights, "a weighted rich club takes no signs")
