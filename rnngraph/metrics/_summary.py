"""What a metric needs to exist, and the three summaries of one value a node or an edge."""

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Counts, Floats, Topology


def need_nodes(metric: str, graph: Topology, least: int) -> None:
    """Raise UndefinedMetricError when the graph has fewer than `least` nodes."""
    _need(metric, graph.n_nodes, least, "node", "")


def need_edges(metric: str, graph: Topology, least: int = 1) -> None:
    """Raise UndefinedMetricError when fewer than `least` edges join distinct nodes."""
    _need(metric, graph.n_edges, least, "edge", " between distinct nodes")


def mean(values: Floats | Counts) -> float:
    """Arithmetic mean."""
    return float(values.mean())


def var(values: Floats | Counts) -> float:
    """Sample variance: divided by the number of values less one."""
    return float(values.var(ddof=1))


def std(values: Floats | Counts) -> float:
    """Square root of the sample variance."""
    return float(values.std(ddof=1))


def _need(metric: str, count: int, least: int, noun: str, which: str) -> None:
    if count < least:
        plural = "" if least == 1 else "s"
        raise UndefinedMetricError(
            f"`{metric}` needs at least {least} {noun}{plural}{which}; got {count}."
        )
