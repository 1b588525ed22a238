"""What a metric needs to exist, and how values of nodes or edges become one number."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Counts, Floats, Topology

Metric: TypeAlias = Callable[[object], float]
NodeFunction: TypeAlias = Callable[[object], Floats]


def need_nodes(metric: str, graph: Topology, least: int) -> None:
    """Raise UndefinedMetricError when the graph has fewer than `least` nodes."""
    need(metric, graph.n_nodes, least, "node")


def need_edges(metric: str, graph: Topology, least: int = 1) -> None:
    """Raise UndefinedMetricError when fewer than `least` edges join distinct nodes."""
    need(metric, graph.n_edges, least, EDGE)


def need(metric: str, count: int, least: int, noun: str) -> None:
    """Raise UndefinedMetricError when there are fewer than `least` of what `noun` names."""
    if count < least:
        raise UndefinedMetricError(
            f"`{metric}` needs at least {least} {_plural(noun, least)}; got {count}."
        )


EDGE: Final = "edge between distinct nodes"
REACHING: Final = "node that reaches another"
FEEDING: Final = "node with an out-edge"
FED: Final = "node with an in-edge"


def _plural(noun: str, count: int) -> str:
    if count == 1:
        return noun
    head, _, rest = noun.partition(" ")
    return f"{head}s {rest.replace('reaches', 'reach')}".strip()


def mean(values: Floats | Counts) -> float:
    """Arithmetic mean."""
    return float(values.mean())


def var(values: Floats | Counts) -> float:
    """Sample variance: divided by the number of values less one."""
    return float(values.var(ddof=1))


def std(values: Floats | Counts) -> float:
    """Square root of the sample variance."""
    return float(values.std(ddof=1))


@dataclass(frozen=True, kw_only=True)
class NodeMetric:
    """One value a node, or an edge, and the numbers that sum it up.

    Attributes:
        values: Shape (n,), or (m,) in row-major order of the edges; NaN where a node has none.
        statistics: Which of STATISTICS the table of metrics has of it.
        noun: What has a value, for error messages.
        least: Fewest nodes of a graph in which it exists.
        hub: Its value at the hub of the star whose other nodes have 0, by number of nodes: the
            unit of Freeman's centralization. None: the largest value found.
    """

    values: NodeFunction
    statistics: tuple[str, ...]
    noun: str = "node"
    least: int = 1
    hub: Callable[[int], float] | None = None

    @property
    def name(self) -> str:
        return self.values.__name__


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """A number that sums up the values of the nodes.

    Attributes:
        of: The values, all finite, and the value of a hub (see NodeMetric) to the number; None
            where it does not exist for these values, as `rule` says.
        title: What it is; `range` and `source` alike.
        least: Fewest values.
        rule: What the values must be, beyond their number.
    """

    of: Callable[[Floats, float | None], float | None]
    title: str
    range: str
    source: str
    least: int = 1
    rule: str = ""


def _gini(values: Floats, _: float | None) -> float | None:
    total = values.sum()
    if values.min() < 0 or not total > 0:
        return None
    n = len(values)
    rank = np.arange(1, n + 1)
    return float((2 * rank - n - 1) @ np.sort(values) / (n * total))


def _centralization(values: Floats, hub: float | None) -> float | None:
    top = values.max() if hub is None else hub
    if not top > 0:
        return None
    return float((values.max() - values).sum() / ((len(values) - 1) * top))


def _skew(values: Floats, _: float | None) -> float | None:
    off = values - values.mean()
    n, second = len(values), (off**2).mean()
    if not second > 1e-24 * max(1.0, float(np.abs(values).max()) ** 2):
        return None
    return float(np.sqrt(n * (n - 1)) / (n - 2) * (off**3).mean() / second**1.5)


def _entropy(values: Floats, _: float | None) -> float:
    counts = np.unique(values, return_counts=True)[1]
    share = counts / len(values)
    return float(-(share @ np.log(share))) + 0.0


STATISTICS: Final[Mapping[str, Statistic]] = MappingProxyType(
    {
        "mean": Statistic(
            of=lambda values, _: mean(values), title="Mean", range="in its unit", source=""
        ),
        "var": Statistic(
            of=lambda values, _: var(values),
            title="Sample variance (ddof=1)",
            range="in its unit squared, >= 0",
            source="",
            least=2,
        ),
        "std": Statistic(
            of=lambda values, _: std(values),
            title="Sample standard deviation (ddof=1)",
            range="in its unit, >= 0",
            source="",
            least=2,
        ),
        "max": Statistic(
            of=lambda values, _: float(values.max()),
            title="Largest value",
            range="in its unit",
            source="",
        ),
        "gini": Statistic(
            of=_gini,
            title="Gini coefficient",
            range="unitless, in [0, 1), 0 where all are equal",
            source="Gini (1912), Variabilita e mutabilita",
            rule="values >= 0 with a sum above 0",
        ),
        "centralization": Statistic(
            of=_centralization,
            title="Centralization, sum(max - x) / ((n - 1) top)",
            range="unitless, in [0, 1]; top is the value of the hub of a star whose other nodes "
            "have 0, or where there is no such star the largest value found",
            source="Freeman (1979), Social Networks 1, 215-239",
            least=2,
            rule="a value above 0",
        ),
        "skew": Statistic(
            of=_skew,
            title="Sample skewness (adjusted, G1)",
            range="unitless",
            source="Joanes & Gill (1998), The Statistician 47, 183-189",
            least=3,
            rule="values that differ",
        ),
        "entropy": Statistic(
            of=_entropy,
            title="Shannon entropy of the distribution of values",
            range="in nats, in [0, ln n]",
            source="Shannon (1948), Bell Syst. Tech. J. 27, 379-423",
        ),
    }
)
"""Suffix of a metric's name -> the statistic."""


def summaries(node: NodeMetric) -> dict[str, Metric]:
    """Build the metrics that sum up a node metric, by name: `closeness_in_mean` and so on."""
    return {f"{node.name}_{suffix}": _summary(node, suffix) for suffix in node.statistics}


def _summary(node: NodeMetric, suffix: str) -> Metric:
    statistic, name = STATISTICS[suffix], f"{node.name}_{suffix}"

    def metric(adjacency: object) -> float:
        graph = Topology.of(adjacency)
        least = statistic.least if node.noun == "node" else 1
        need_nodes(name, graph, max(node.least, least))
        try:
            values = graph.part(node.values)
        except UndefinedMetricError as error:
            renamed = str(error).replace(f"`{node.name}`", f"`{name}`", 1)
            raise UndefinedMetricError(renamed) from None
        values = values[~np.isnan(values)]
        need(name, len(values), statistic.least, node.noun)
        found = statistic.of(values, None if node.hub is None else node.hub(graph.n_nodes))
        if found is None:
            raise UndefinedMetricError(f"`{name}` needs {statistic.rule}; got {_range(values)}.")
        return found

    metric.__name__ = metric.__qualname__ = name
    metric.__module__ = "rnngraph.metrics"  # where it is found by name
    # What it sums up; signatures would be read from there, too.
    metric.__signature__ = inspect.signature(metric)  # type: ignore[attr-defined]
    metric.__wrapped__ = node.values  # type: ignore[attr-defined]
    metric.__doc__ = _doc(node, statistic)
    return metric


def _doc(node: NodeMetric, statistic: Statistic) -> str | None:
    """Docstring of a summary: that of the node metric, and what the statistic adds."""
    doc = inspect.getdoc(node.values)
    if doc is None:  # python -OO
        return None
    definition, _, rest = doc.partition("\n\nSource: ")
    source, args, *raises = rest.split("\n\n")
    one, over = ("edge", "edges") if node.noun == EDGE else ("node", "nodes")
    least = max(node.least, statistic.least)
    few = f"Fewer than {least} {over}" if least > 1 else f"No {one}"
    rule = f", or not {statistic.rule}" if statistic.rule else ""
    undefined = "".join(raises) or "Raises:\n    UndefinedMetricError:"
    return (
        f"{statistic.title} of `{node.name}` over the {over}: {statistic.range}.\n\n"
        f"`{node.name}`: {definition}\n\n"
        f"Source: {'; '.join(filter(None, [source.rstrip('.'), statistic.source]))}.\n\n"
        f"{args}\n\n{undefined} {few} with a value{rule}.\n"
    )


def _range(values: Floats) -> str:
    low, high = values.min(), values.max()
    return f"{low:g} everywhere" if low == high else f"values from {low:g} to {high:g}"
