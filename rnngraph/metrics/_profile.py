"""Tables of metrics: which columns, and one row a graph, a node or an edge."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnngraph import _native
from rnngraph._check import check_choice
from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._population import Chunk
from rnngraph.metrics._summary import NodeMetric
from rnngraph.metrics._topology import Floats, Topology

REASONS = "undefined"


class Column(NamedTuple):
    """A metric under its column name.

    Attributes:
        name: Of the column.
        function: Of a graph.
        shared: Whether it can read the parts of a Topology.
        core: Its place among the columns of the compiled core, or None.
    """

    name: str
    function: Callable[[Any], float]
    shared: bool
    core: int | None


class NodeTables(NamedTuple):
    """What `profile(nodes=True)` returns.

    Attributes:
        nodes: A row a node: the columns graph, node, then one a node metric.
        edges: A row an edge, in row-major order: graph, source, target, then one an edge metric.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame


def columns(
    metrics: Iterable[str] | Mapping[str, Callable[[Adjacency], float]] | None,
    known: Mapping[str, Callable[[Any], float]],
    library: Mapping[str, Callable[[Any], float]],
    *,
    native: bool,
) -> list[Column]:
    """Resolve what `profile` was asked for.

    Args:
        metrics: As `profile` takes it.
        known: Names that may be asked for.
        library: All functions of ours, by their own names.
        native: Whether the compiled core computes what it can.

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
    places = {name: place for place, (name, _) in enumerate(_core_columns() if native else ())}
    found = []
    for name, function in chosen.items():
        own = getattr(function, "__name__", "")
        shared = library.get(own) is function
        found.append(Column(name, function, shared, places.get(own) if shared else None))
    return found


def tabulate(
    chunks: Iterable[Chunk], chosen: Sequence[Column], n_jobs: int, *, native: bool
) -> pd.DataFrame:
    """Measure every graph: a row a graph, a column a metric, and the column "undefined"."""
    names = [column.name for column in chosen]
    in_core = [column for column in chosen if column.core is not None]
    one_by_one = len(in_core) < len(chosen)
    row = partial(_row, chosen=chosen, native=native)
    tables, reasons = [], []
    with _mapper(n_jobs if one_by_one else 1) as each:
        for chunk in chunks:
            table = np.full((len(chunk.sizes), len(chosen)), np.nan)
            if in_core:
                table[:, [chosen.index(column) for column in in_core]] = _by_core(
                    chunk, in_core, n_jobs
                )
            # What the core leaves open has the Python function's value, or its reason.
            todo = (
                np.arange(len(table)) if one_by_one else np.flatnonzero(np.isnan(table).any(axis=1))
            )
            why = [""] * len(table)
            graphs = chunk.adjacencies
            for k, (values, reason) in zip(
                todo.tolist(), each(row, [graphs[k] for k in todo], table[todo]), strict=True
            ):
                table[k], why[k] = values, reason
            tables.append(table)
            reasons += why
    frame = pd.DataFrame(
        np.concatenate(tables) if tables else np.empty((0, len(names))),
        columns=names,
        dtype=np.float64,
    )
    frame[REASONS] = pd.Series(reasons, dtype=object)
    return frame


def node_tables(
    chunks: Iterable[Chunk],
    nodes: Mapping[str, NodeMetric],
    edges: Mapping[str, NodeMetric],
    *,
    native: bool,
) -> NodeTables:
    """Measure every node and every edge of every graph."""
    node_frames, edge_frames = [], []
    k = 0
    for chunk in chunks:
        for adjacency in chunk.adjacencies:
            graph = Topology.of(adjacency, native=native)
            n, (sources, targets) = graph.n_nodes, np.nonzero(graph.edges)
            node_frames.append(
                pd.DataFrame(
                    {"graph": k, "node": np.arange(n)}
                    | {name: _values(graph, metric, n) for name, metric in nodes.items()}
                )
            )
            edge_frames.append(
                pd.DataFrame(
                    {"graph": k, "source": sources, "target": targets}
                    | {name: _values(graph, m, len(sources)) for name, m in edges.items()}
                )
            )
            k += 1
    return NodeTables(
        _stacked(node_frames, ["graph", "node", *nodes]),
        _stacked(edge_frames, ["graph", "source", "target", *edges]),
    )


def _core_columns() -> list[tuple[str, int]]:
    return [] if _native.core is None else list(_native.core.columns())


def _by_core(chunk: Chunk, chosen: Sequence[Column], threads: int) -> Floats:
    available = _core_columns()
    places = [column.core for column in chosen if column.core is not None]
    groups = 0
    for place in places:
        groups |= available[place][1]
    table = _native.core.profile(chunk.masks, chunk.sizes, groups, threads)
    return np.asarray(table[:, places], dtype=np.float64)


class _mapper:
    """A `map` in this process, or over several; results come in order."""

    def __init__(self, n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Callable[..., Iterator[tuple[Floats, str]]]:
        if self._n_jobs == 1:
            return map
        # Not "fork": the parent may run threads (BLAS, torch), whose locks a fork would copy.
        self._pool = ProcessPoolExecutor(self._n_jobs, mp_context=get_context("spawn"))
        return partial(self._pool.map, chunksize=16)

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _row(
    adjacency: Adjacency, known: Floats, chosen: Sequence[Column], native: bool
) -> tuple[Floats, str]:
    """Values of one graph, NaN where a metric does not exist, and the reasons for those."""
    graph = Topology.of(adjacency, native=native)
    adjacency = adjacency.view()
    adjacency.setflags(write=False)
    values, reasons = known.copy(), []
    for k, (name, function, shared, _) in enumerate(chosen):
        if not np.isnan(values[k]):
            continue
        try:
            values[k] = float(function(graph if shared else adjacency))
        except UndefinedMetricError as error:
            reasons.append(f"{name}: {_reason(error)}")
    return values, "; ".join(reasons)


def _values(graph: Topology, metric: NodeMetric, length: int) -> Floats:
    if graph.n_nodes < metric.least:
        return np.full(length, np.nan)
    try:
        return metric.values(graph)
    except UndefinedMetricError:
        return np.full(length, np.nan)


def _stacked(frames: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=list(names))
    return pd.concat(frames, ignore_index=True)


def _reason(error: UndefinedMetricError) -> str:
    """Shorten "`name` needs this; got that." to "needs this"."""
    return re.sub(r"^`\w+` ", "", str(error).partition(";")[0]).rstrip(".")
