"""Rich clubs: whether nodes of many edges are joined among themselves more than chance has it."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._population import read
from rnngraph.metrics._topology import Counts, Floats, Topology

_LEAST: Final = 5
"""Nodes of the clubs that `rich_club_ratio` takes: one of 2 has the density 0, 1/2 or 1."""


def rich_club_curve(adjacency: object) -> tuple[Counts, Floats]:
    """Density among the nodes of total degree above k, for k = 0, 1, ..., while there are two.

    Source: Colizza, Flammini, Serrano & Vespignani (2006), Nat. Phys. 2, 110-115; directed, by
    in-degree + out-degree, as in the Brain Connectivity Toolbox.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Returns:
        k, and the share of the ordered pairs of such nodes that an edge joins, in [0, 1].
    """
    nodes, edges = clubs(Topology.of(adjacency))
    return np.arange(len(nodes)), _density(nodes, edges)


def rich_club_zscores(adjacency: object, nulls: Iterable[object]) -> pd.DataFrame:
    """Compare the rich-club curve with those of null graphs, degree by degree.

    The nulls should keep every node's degree, as rewired ones do: hubs have more edges among
    themselves in any graph, only for being hubs.

    Source: Colizza, Flammini, Serrano & Vespignani (2006), Nat. Phys. 2, 110-115, eq. 2 (ratio to
    the mean of the nulls); van den Heuvel & Sporns (2011), J. Neurosci. 31, 15775-15786 (against
    their distribution at each k).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        nulls: At least 1 graph of as many nodes and edges, such as `rnngraph.nulls.null_graphs`
            makes.

    Returns:
        A row a k, as in `rich_club_curve`: k, n_nodes (of total degree above k), n_edges (between
        them), rich_club (their density, in [0, 1]), null_mean, null_std (ddof=1), ratio (>= 0, to
        null_mean), z_score, percentile (of the null values below, ties half, in [0, 100]) and n
        (nulls with two such nodes). NaN is what does not exist: a ratio to 0, a z-score where the
        nulls are all alike, as they are while k is below every degree.

    Raises:
        InputError: No null graph, or one of other numbers of nodes or edges.
    """
    graph = Topology.of(adjacency)
    like_it = like(graph, read(nulls, Topology.of, "nulls"))
    curves = [_density(*clubs(null)) for null in like_it]
    return against_nulls(graph, _density(*clubs(graph)), curves)


def against_nulls(graph: Topology, curve: Floats, curves: Sequence[Floats]) -> pd.DataFrame:
    """A row a k: the clubs of the graph, their curve, and how it lies among those of the nulls."""
    (nodes, edges), found = clubs(graph), pd.Series(curve)
    values = pd.DataFrame([each.tolist() for each in curves], dtype=np.float64)
    values = values.reindex(columns=found.index)
    mean, std, n = values.mean(), values.std(), values.count()
    # Equal densities have a spread by rounding.
    std = std.mask(std <= 1e-12, 0)
    ties = values.sub(found).abs() <= 1e-12
    below = values.lt(found) & ~ties
    return pd.DataFrame(
        {
            "k": found.index,
            "n_nodes": nodes,
            "n_edges": edges,
            "rich_club": found,
            "null_mean": mean,
            "null_std": std,
            "ratio": found / mean.where(mean > 0),
            "z_score": (found - mean) / std.where(std > 0),
            "percentile": 100 * (below.sum() + ties.sum() / 2) / n.where(n > 0),
            "n": n,
        }
    )


def rich_club_ratio(adjacency: object, nulls: Iterable[object]) -> float:
    """Density of the rich clubs over that in null graphs, each the mean over the clubs: >= 0.

    1 on average where edges know nothing of degrees beyond what the nulls keep; above 1 where nodes
    of many edges join each other more than in the nulls, below 1 where they avoid each other.

    Formula: sum of phi(k) over sum of mean phi_null(k), over every degree k that occurs and leaves
    5 nodes above it, so that each club counts once, whatever the gaps between degrees, and the
    whole graph, alike in the nulls, does not. A ratio of sums is not biased by clubs that few nulls
    join, as a mean or a maximum of ratios is. `rich_club_zscores` has the single degrees.

    Source: Colizza, Flammini, Serrano & Vespignani (2006), Nat. Phys. 2, 110-115, eq. 2; here over
    all clubs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        nulls: As for `rich_club_zscores`.

    Raises:
        InputError: No null graph, or one of other numbers of nodes or edges.
        UndefinedMetricError: No degree leaves 5 nodes above it, or no such club has an edge in the
            nulls.
    """
    graph = Topology.of(adjacency)
    nulls = like(graph, read(nulls, Topology.of, "nulls"))
    return ratio_of_clubs("rich_club_ratio", graph, rich_club_zscores(graph, nulls), len(nulls))


def ratio_of_clubs(metric: str, graph: Topology, table: pd.DataFrame, n_nulls: int) -> float:
    """The clubs that count in a table of z-scores, over their means in the nulls."""
    occurs = table["k"].isin(graph.in_degree + graph.out_degree)
    counted = table[occurs & (table["n_nodes"] >= _LEAST) & (table["n"] == n_nulls)]
    expected = float(counted["null_mean"].sum())
    if not expected > 0:
        raise UndefinedMetricError(
            f"`{metric}` needs a degree that leaves {_LEAST} nodes above it, joined in a null "
            f"graph; got {len(counted)} such degrees, with no edge in the nulls."
        )
    return float(counted["rich_club"].sum()) / expected


def clubs(graph: Topology) -> tuple[Counts, Counts]:
    """Nodes of total degree above k, and the edges between them, while there are two nodes."""
    degree = graph.in_degree + graph.out_degree
    sources, targets = np.nonzero(graph.edges)
    top = int(degree.max())
    # An edge is in the club while k is below the smaller degree of its ends.
    lower = np.minimum(degree[sources], degree[targets])
    edges = graph.n_edges - np.cumsum(np.bincount(lower, minlength=top + 1))
    nodes = graph.n_nodes - np.cumsum(np.bincount(degree, minlength=top + 1))
    return nodes[nodes >= 2], edges[nodes >= 2]


def _density(nodes: Counts, edges: Counts) -> Floats:
    return np.asarray(edges / (nodes * (nodes - 1.0)))


def like(graph: Topology, nulls: Iterable[Topology]) -> Sequence[Topology]:
    """Null graphs, which must have as many nodes and edges as the graph."""
    nulls = list(nulls)
    if not nulls:
        raise InputError("`nulls` must hold at least 1 graph; got none.")
    for k, null in enumerate(nulls):
        if (null.n_nodes, null.n_edges) != (graph.n_nodes, graph.n_edges):
            raise InputError(
                f"`nulls` must have the graph's {graph.n_nodes} nodes and {graph.n_edges} edges; "
                f"got {null.n_nodes} nodes and {null.n_edges} edges in null graph {k}."
            )
    return nulls
