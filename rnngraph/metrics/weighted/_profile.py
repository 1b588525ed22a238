"""Tables of weighted metrics: a row a graph, or a row a node and a row an edge."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._node_tables import Measured, NodeTables, measured, with_reasons
from rnngraph.metrics._profile import REASONS, reason_of, stacked
from rnngraph.metrics._summary import EDGE, FED, FEEDING, REACHING, STATISTICS, need
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted import WEIGHTED, WEIGHTED_EDGES, WEIGHTED_NODES, WeightAs
from rnngraph.metrics.weighted._graph import WeightedGraph

_Metric: TypeAlias = Callable[[WeightedGraph, WeightAs], float]
Value = TypeVar("Value")

_SUMMARIES: Final = ("mean", "var", "std", "max", "gini")
# No star is the extreme of these, as without weights: they have no centralization.
_NO_STAR: Final = (
    *("disparity_in", "disparity_out", "weighted_trophic_level", "weighted_eccentricity"),
    *(name for name in WEIGHTED_NODES if "_local_" in name),
    *("weighted_within_module_degree", *WEIGHTED_EDGES),
)


def _strongest(graph: WeightedGraph, _: WeightAs) -> float:
    return float((graph.n_nodes - 1) * graph.magnitude.max())


def _most_positive(graph: WeightedGraph, _: WeightAs) -> float:
    return float((graph.n_nodes - 1) * graph.weights.max())


def _most_negative(graph: WeightedGraph, _: WeightAs) -> float:
    return float((graph.n_nodes - 1) * -graph.weights.min())


def _nearest(graph: WeightedGraph, weight_as: WeightAs) -> float:
    return float((1 / graph.lengths(weight_as)[graph.edges]).max(initial=0))


def _one(_: WeightedGraph, __: WeightAs) -> float:
    return 1


_HUBS: Final[Mapping[str, _Metric]] = MappingProxyType(
    {
        "strength_in": _strongest,
        "strength_out": _strongest,
        "positive_strength_in": _most_positive,
        "positive_strength_out": _most_positive,
        "negative_strength_in": _most_negative,
        "negative_strength_out": _most_negative,
        "weighted_closeness_in": _nearest,
        "weighted_closeness_out": _nearest,
        "weighted_harmonic_in": _nearest,
        "weighted_harmonic_out": _nearest,
        "weighted_betweenness": _one,
    }
)
"""Name -> value at the hub of a star whose other nodes have 0, and each of whose edges is the
strongest, or the shortest, of the graph: the unit of Freeman's centralization."""


_HAVING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "disparity_in": FED,
        "disparity_out": FEEDING,
        "weighted_eccentricity": REACHING,
        "weighted_participation_in": FED,
        "weighted_participation_out": FEEDING,
        "positive_participation_in": "node with a positive in-edge",
        "positive_participation_out": "node with a positive out-edge",
        "negative_participation_in": "node with a negative in-edge",
        "negative_participation_out": "node with a negative out-edge",
        **dict.fromkeys(
            (name for name in WEIGHTED_NODES if "closeness" in name or "harmonic" in name),
            "graph of 2 nodes",
        ),
    }
)
"""Name -> what has a value, where not every node has one."""


def _summary(name: str, values: Callable[..., Floats], suffix: str) -> _Metric:
    statistic, column, hub = STATISTICS[suffix], f"{name}_{suffix}", _HUBS.get(name)

    def metric(graph: WeightedGraph, weight_as: WeightAs) -> float:
        found = graph.kept((name, weight_as), lambda: _called(values, graph, weight_as))
        found = found[~np.isnan(found)]
        noun = EDGE if name in WEIGHTED_EDGES else "node with a value"
        need(column, len(found), statistic.least, noun)
        # Without edges nothing is central, whatever the unit.
        top = None if hub is None else hub(graph, weight_as) or 1.0
        number = statistic.of(found, top)
        if number is None:
            raise UndefinedMetricError(f"`{column}` needs {statistic.rule}; got others.")
        return number

    return metric


def _called(function: Callable[..., Value], graph: WeightedGraph, weight_as: WeightAs) -> Value:
    if "weight_as" in inspect.signature(function).parameters:
        return function(graph, weight_as=weight_as)
    return function(graph)


def _whole(function: Callable[..., float]) -> _Metric:
    return lambda graph, weight_as: _called(function, graph, weight_as)


COLUMNS: Final[Mapping[str, _Metric]] = MappingProxyType(
    {name: _whole(function) for name, function in WEIGHTED.items()}
    | {
        f"{name}_{suffix}": _summary(name, values, suffix)
        for name, values in {**WEIGHTED_NODES, **WEIGHTED_EDGES}.items()
        for suffix in (*_SUMMARIES, *(() if name in _NO_STAR else ("centralization",)))
    }
)
"""Column -> metric of a graph and `weight_as`."""


def tabulate_weights(
    graphs: Iterable[object], names: Sequence[str], weight_as: WeightAs
) -> pd.DataFrame:
    """Measure every weighted graph: a column for each of these names of COLUMNS.

    A metric that refuses a graph's weights, or has a value beyond what a float can hold, is NaN,
    with that reason, like one that does not exist.

    Raises:
        InputError: A graph that `as_weights` refuses.
    """
    rows, reasons = [], []
    for graph in map(WeightedGraph.of, graphs):
        row, why = [], []
        for name in names:
            try:
                row.append(_number(name, graph, weight_as))
            except (UndefinedMetricError, InputError, np.linalg.LinAlgError) as error:
                row.append(np.nan)
                why.append(f"{name}: {reason_of(error)}")
        rows.append(row)
        reasons.append("; ".join(why))
    table = pd.DataFrame(
        np.reshape(rows, (len(rows), len(names))), columns=list(names), dtype=float
    )
    table[REASONS] = pd.Series(reasons, dtype=object)
    return table


def _number(name: str, graph: WeightedGraph, weight_as: WeightAs) -> float:
    try:
        with np.errstate(over="raise"):
            number = COLUMNS[name](graph, weight_as)
    except FloatingPointError:
        number = np.inf
    if not np.isfinite(number):
        raise _too_extreme(name, graph)
    return number


def _too_extreme(name: str, graph: WeightedGraph) -> UndefinedMetricError:
    return UndefinedMetricError(
        f"`{name}` needs less extreme weights: floating-point numbers cannot hold it; got "
        f"weights up to {graph.largest:g}."
    )


def weighted_node_tables(
    graphs: Iterable[object], names: Sequence[str], weight_as: WeightAs
) -> NodeTables:
    """Measure every node and every edge of every weighted graph; NaN where a value does not exist.

    The names are of WEIGHTED_NODES and WEIGHTED_EDGES.

    Raises:
        InputError: A graph that `as_weights` refuses.
    """
    nodes = [name for name in WEIGHTED_NODES if name in names]
    edges = [name for name in WEIGHTED_EDGES if name in names]
    node_frames, edge_frames = [], []
    for k, graph in enumerate(map(WeightedGraph.of, graphs)):
        sources, targets = np.nonzero(graph.edges)
        of_nodes = {name: _values(name, WEIGHTED_NODES, graph, weight_as) for name in nodes}
        of_edges = {name: _values(name, WEIGHTED_EDGES, graph, weight_as) for name in edges}
        place = {"graph": k, "node": np.arange(graph.n_nodes)}
        node_frames.append(with_reasons(place, of_nodes, graph.n_nodes))
        place = {"graph": k, "source": sources, "target": targets}
        place["weight"] = graph.weights[graph.edges]
        edge_frames.append(with_reasons(place, of_edges, len(sources)))
    return NodeTables(
        stacked(node_frames, ["graph", "node", *nodes, REASONS]),
        stacked(edge_frames, ["graph", "source", "target", "weight", *edges, REASONS]),
    )


def _values(
    name: str,
    table: Mapping[str, Callable[..., Floats]],
    graph: WeightedGraph,
    weight_as: WeightAs,
) -> Measured:
    def values() -> Floats:
        try:
            with np.errstate(over="raise"):
                return _called(table[name], graph, weight_as)
        except FloatingPointError:
            raise _too_extreme(name, graph) from None
        except (InputError, np.linalg.LinAlgError) as error:
            raise UndefinedMetricError(str(error)) from error

    return measured(values, _HAVING.get(name, "node with a value"))
