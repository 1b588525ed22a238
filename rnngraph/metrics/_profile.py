"""A table of metrics: which graphs, which metrics, and one row a graph."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from rnngraph._check import check_choice
from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import as_adjacency
from rnngraph.metrics._topology import Topology

Metric: TypeAlias = Callable[[object], float]
REASONS = "undefined"


class Column(NamedTuple):
    """A metric under its column name; `shared` if it can read the parts of a Topology."""

    name: str
    function: Callable[[Any], float]
    shared: bool


def columns(
    metrics: Iterable[str] | Mapping[str, Callable[[Adjacency], float]] | None,
    known: Mapping[str, Metric],
    library: Collection[Callable[[Any], float]],
) -> list[Column]:
    """Resolve what `profile` was asked for.

    Raises:
        InputError: An unknown name, a value that is no function, or the name "undefined".
    """
    chosen: Mapping[str, Callable[[Any], float]]
    if metrics is None:
        chosen = known
    elif isinstance(metrics, Mapping):
        chosen = metrics
    else:
        names = [metrics] if isinstance(metrics, str) else metrics
        chosen = {name: known[check_choice("metrics", name, known)] for name in names}
    for name, function in chosen.items():
        if name == REASONS or not callable(function):
            raise InputError(
                f"`metrics` must map column names other than {REASONS!r} to functions; "
                f"got {name!r}: {function!r}."
            )
    return [Column(name, f, f in library) for name, f in chosen.items()]


def population(graphs: object) -> Iterator[object]:
    """Iterate over the graphs that `profile` was given: one, several, or a [K, n, n] array."""
    if isinstance(graphs, list | tuple):
        # [[0, 1], [1, 0]] is one matrix: its first item is a row of numbers.
        first = graphs[0] if graphs else None
        nested = isinstance(first, list | tuple) and all(map(np.isscalar, first))
        return iter([graphs] if nested or getattr(first, "ndim", None) == 1 else graphs)
    if isinstance(graphs, Iterator):
        return graphs
    if isinstance(graphs, Iterable) and getattr(graphs, "ndim", None) == 3:
        return iter(graphs)
    return iter([graphs])


def tabulate(graphs: Iterable[object], chosen: list[Column], n_jobs: int) -> pd.DataFrame:
    """Measure every graph: a row a graph, a column a metric, and the column "undefined"."""
    names = [column.name for column in chosen]
    row = partial(_row, chosen=chosen)
    adjacencies = map(as_adjacency, graphs)
    if n_jobs == 1:
        rows = [row(adjacency) for adjacency in adjacencies]
    else:
        # Not "fork": the parent may run threads (BLAS, torch), whose locks a fork would copy.
        with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")) as pool:
            rows = list(pool.map(row, adjacencies, chunksize=16))
    values, reasons = zip(*rows, strict=True) if rows else ((), ())
    table = pd.DataFrame(
        np.reshape(values, (len(rows), len(names))), columns=names, dtype=np.float64
    )
    table[REASONS] = pd.Series(reasons, dtype=object)
    return table


def _row(adjacency: Adjacency, chosen: list[Column]) -> tuple[list[float], str]:
    """Values of one graph, NaN where a metric does not exist, and the reasons for those."""
    graph = Topology.of(adjacency)
    adjacency.setflags(write=False)
    values, reasons = [], []
    for name, function, shared in chosen:
        try:
            values.append(float(function(graph if shared else adjacency)))
        except UndefinedMetricError as error:
            values.append(np.nan)
            reasons.append(f"{name}: {_reason(error)}")
    return values, "; ".join(reasons)


def _reason(error: UndefinedMetricError) -> str:
    """Shorten "`name` needs this; got that." to "needs this"."""
    return re.sub(r"^`\w+` ", "", str(error).partition(";")[0]).rstrip(".")
