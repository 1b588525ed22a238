"""Do strong nodes feed strong nodes: correlations of strengths along edges."""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted._graph import WeightedGraph, need_edges
from rnngraph.metrics.weighted._numbers import correlation, is_constant
from rnngraph.metrics.weighted.strength import strength_in, strength_out


def weighted_assortativity_out_in(weights: object) -> float:
    """Correlation of `strength_out` of i with `strength_in` of j over edges i -> j: in [-1, 1].

    Every edge counts once, whatever its weight.

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(out, in), of strengths; not that of
    Leung & Chau (2007), Physica A 378, 591-602, who weigh the edges and correlate degrees.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two strengths is the same for every edge.
        InputError: A strength beyond what floating-point numbers can hold.
    """
    graph = WeightedGraph.of(weights)
    return _along("weighted_assortativity_out_in", graph, strength_out(graph), strength_in(graph))


def weighted_assortativity_out_out(weights: object) -> float:
    """Correlation of `strength_out` of i with `strength_out` of j over edges i -> j: in [-1, 1].

    Every edge counts once, whatever its weight.

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(out, out), of strengths; not that of
    Leung & Chau (2007), Physica A 378, 591-602, who weigh the edges and correlate degrees.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two strengths is the same for every edge.
        InputError: A strength beyond what floating-point numbers can hold.
    """
    graph = WeightedGraph.of(weights)
    return _along("weighted_assortativity_out_out", graph, strength_out(graph), strength_out(graph))


def weighted_assortativity_in_in(weights: object) -> float:
    """Correlation of `strength_in` of i with `strength_in` of j over edges i -> j: in [-1, 1].

    Every edge counts once, whatever its weight.

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(in, in), of strengths; not that of
    Leung & Chau (2007), Physica A 378, 591-602, who weigh the edges and correlate degrees.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two strengths is the same for every edge.
        InputError: A strength beyond what floating-point numbers can hold.
    """
    graph = WeightedGraph.of(weights)
    return _along("weighted_assortativity_in_in", graph, strength_in(graph), strength_in(graph))


def weighted_assortativity_in_out(weights: object) -> float:
    """Correlation of `strength_in` of i with `strength_out` of j over edges i -> j: in [-1, 1].

    Every edge counts once, whatever its weight.

    Source: Foster et al. (2010), PNAS 107, 10815-10820, r(in, out), of strengths; not that of
    Leung & Chau (2007), Physica A 378, 591-602, who weigh the edges and correlate degrees.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges, or one of the two strengths is the same for every edge.
        InputError: A strength beyond what floating-point numbers can hold.
    """
    graph = WeightedGraph.of(weights)
    return _along("weighted_assortativity_in_out", graph, strength_in(graph), strength_out(graph))


def _along(metric: str, graph: WeightedGraph, of_source: Floats, of_target: Floats) -> float:
    need_edges(metric, graph)
    sources, targets = np.nonzero(graph.edges)
    x, y = of_source[sources], of_target[targets]
    if is_constant(x) or is_constant(y):
        raise UndefinedMetricError(
            f"`{metric}` needs strengths that differ between edges; got "
            f"{'the same source' if is_constant(x) else 'the same target'} strength on every edge."
        )
    return correlation(x, y)
