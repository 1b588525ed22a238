"""How much a graph runs one way, where strong edges count more: hierarchy and trophic levels."""

import warnings
from typing import Final

import numpy as np
import scipy.linalg

from rnngraph.errors import InputError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges, unsigned

_ROUNDING: Final = 1e-12


def weighted_flow_hierarchy(weights: object) -> float:
    """Share of the weight that lies on edges of no cycle: unitless, in [0, 1], 1 without cycles.

    Source: Luo & Magee (2011), Complexity 16, 53-64, of weights.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative.
    """
    graph = unsigned(weights, "a share of the weight takes no signs")
    need_edges("weighted_flow_hierarchy", graph)
    label = graph.topology.strong_components
    one_way = label[:, None] != label
    return float(graph.relative[one_way].sum() / graph.relative.sum())


def weighted_trophic_level(weights: object) -> Floats:
    """Level of each node at which edges climb by 1 as nearly as they can: in edges, >= 0.

    Weighted least squares over the edges, in each weakly connected component for itself, whose
    lowest node has 0.

    Source: MacKay, Johnson & Sansom (2020), R. Soc. Open Sci. 7, 201138.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative. Or parts of the graph hang together by weights too small
            beside the others for floating-point numbers to tell their levels.
    """
    graph = unsigned(weights, "trophic levels take no signs")
    return graph.part(_levels)


def weighted_trophic_incoherence(weights: object) -> float:
    """Weighted mean squared deviation of the edges' climbs from one level: unitless, in [0, 1].

    0 where every edge climbs exactly one level; 1 on a directed ring of equal weights.

    Source: MacKay, Johnson & Sansom (2020), R. Soc. Open Sci. 7, 201138, F_0.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
        InputError: A weight is negative. Or as for `weighted_trophic_level`.
    """
    graph = WeightedGraph.of(weights)
    level = weighted_trophic_level(graph)
    need_edges("weighted_trophic_incoherence", graph)
    sources, targets = np.nonzero(graph.edges)
    off = (level[targets] - level[sources] - 1) ** 2
    return float(np.average(off, weights=graph.relative[graph.edges]))


def _levels(graph: WeightedGraph) -> Floats:
    components = graph.topology.weak_components
    levels = np.zeros(graph.n_nodes)
    for label in range(components.max() + 1):
        nodes = np.flatnonzero(components == label)
        if len(nodes) > 1:
            levels[nodes] = _heights(graph.relative[np.ix_(nodes, nodes)], graph)
    return levels


def _heights(w: Floats, graph: WeightedGraph) -> Floats:
    """Levels of the nodes of one component."""
    into, out = w.sum(axis=0), w.sum(axis=1)
    laplacian = np.diag(into + out) - w - w.T
    # The Laplacian leaves the height free: hold one node at 0, then put the lowest there.
    height = np.zeros(len(w))
    # With 1 on the diagonal, only what hangs together weakly is ill-conditioned.
    unit = np.sqrt((into + out)[1:])
    try:
        with warnings.catch_warnings(), np.errstate(divide="raise", invalid="raise"):
            warnings.simplefilter("error", scipy.linalg.LinAlgWarning)
            scaled = laplacian[1:, 1:] / np.outer(unit, unit)
            height[1:] = scipy.linalg.solve(scaled, (into - out)[1:] / unit, assume_a="pos") / unit
    except (scipy.linalg.LinAlgWarning, np.linalg.LinAlgError, FloatingPointError) as error:
        used = graph.weights[graph.edges]
        raise InputError(
            "`weights` must join the graph by weights that floating-point numbers can tell from 0 "
            f"beside the others; got weights from {used.min():g} to {used.max():g}."
        ) from error
    levels = height - height.min()
    levels[levels < _ROUNDING * max(1.0, levels.max())] = 0  # or its Gini index would be of noise
    return np.asarray(levels)
