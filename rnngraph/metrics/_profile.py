"""Tables of metrics: which columns, and one row a graph, a node or an edge."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnngraph._check import hint
from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._core_table import CoreColumn, by_core, core_columns
from rnngraph.metrics._population import Chunk
from rnngraph.metrics._topology import Floats, Topology

REASONS = "undefined"


class Column(NamedTuple):
    """A metric under its column name.

    Attributes:
        name: Of the column.
        function: Of a graph.
        shared: Whether it can read the parts of a Topology.
        core: The column of the compiled core that it is, or None.
    """

    name: str
    function: Callable[[Any], float]
    shared: bool
    core: CoreColumn | None


def asked_for(
    metrics: object,
) -> Sequence[str] | Mapping[str, Callable[[Adjacency], float]] | None:
    """Read the argument `metrics` of `profile`: names as a list, one name as a list of one.

    Raises:
        InputError: Neither names nor a mapping.
    """
    if metrics is None or isinstance(metrics, Mapping):
        return metrics
    if isinstance(metrics, str):
        return [metrics]
    if not isinstance(metrics, Iterable):
        raise InputError(
            "`metrics` must be names, or a mapping from column names to functions; "
            f"got {metrics!r}."
        )
    return list(metrics)


def check_names(
    names: Iterable[str],
    known: Collection[str],
    where: str,
    elsewhere: Callable[[str], str | None],
    rule: str = "a known name",
) -> list[str]:
    """Return the names, each once, in order.

    Args:
        names: As they were asked for.
        known: What may be asked for.
        where: The sentence that says how to list them.
        elsewhere: A name that may not be asked for here to the sentence that says what to do.
        rule: What a name must be.

    Raises:
        InputError: One that is not known; the nearest one is suggested.
    """
    for name in names:
        if not isinstance(name, str) or name not in known:
            told = elsewhere(str(name)) or hint(name, known).strip() or where
            raise InputError(f"`metrics` must be {rule}; got {name!r}. {told}")
    return list(dict.fromkeys(names))


def columns(
    metrics: Sequence[str] | Mapping[str, Callable[[Adjacency], float]] | None,
    known: Mapping[str, Callable[[Any], float]],
    library: Mapping[str, Callable[[Any], float]],
    elsewhere: Callable[[str], str | None],
    *,
    native: bool,
) -> list[Column]:
    """Resolve what `profile` was asked for.

    Args:
        metrics: As `asked_for` reads it.
        known: Names that may be asked for.
        library: All functions of ours, by their own names.
        elsewhere: See `check_names`.
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
        where = "`rnngraph.metrics.METRICS` lists them."
        chosen = {name: known[name] for name in check_names(metrics, known, where, elsewhere)}
    for name, function in chosen.items():
        if name == REASONS or not callable(function):
            raise InputError(
                f"`metrics` must map column names other than {REASONS!r} to functions; "
                f"got {name!r}: {function!r}."
            )
    of_core = core_columns() if native else {}
    found = []
    for name, function in chosen.items():
        own = getattr(function, "__name__", "")
        shared = library.get(own) is function
        found.append(Column(name, function, shared, of_core.get(own) if shared else None))
    return found


def tabulate(
    chunks: Iterable[Chunk], chosen: Sequence[Column], n_jobs: int, *, native: bool
) -> pd.DataFrame:
    """Measure every graph: a row a graph, a column a metric, and the column "undefined"."""
    names = [column.name for column in chosen]
    in_core = np.array([column.core is not None for column in chosen], dtype=bool)
    all_in_core = len(chosen) > 0 and bool(in_core.all())
    wanted = [column.core for column in chosen if column.core is not None]
    row = partial(row_of, chosen=chosen, native=native)
    known = _reasons_of(tuple((column.name, column.core) for column in chosen))
    tables: list[Floats] = []
    reasons: list[str] = []
    with mapper(1 if all_in_core else n_jobs) as each:
        for chunk in chunks:
            table = np.full((len(chunk.sizes), len(chosen)), np.nan)
            why = [""] * len(table)
            todo = np.ones(len(table), dtype=bool)
            if wanted:
                table[:, in_core], n_edges = by_core(chunk, wanted, n_jobs)
            # The Python functions say what the core leaves open, and why what is NaN is.
            opened = np.isinf(table)
            table[opened] = np.nan
            if all_in_core:
                todo = known.unknown(table, opened.any(axis=1), chunk.sizes, n_edges)
            rows = np.flatnonzero(todo)
            graphs = [chunk.adjacencies[k] for k in rows.tolist()]
            measured = each(row, graphs, table[rows], (len(reasons) + rows).tolist())
            for k, (values, reason) in zip(rows.tolist(), measured, strict=True):
                table[k], why[k] = values, reason
            if all_in_core:
                known.tell(table, why, todo, chunk.sizes, n_edges)
            tables.append(table)
            reasons += why
    frame = pd.DataFrame(
        np.concatenate(tables) if tables else np.empty((0, len(names))),
        columns=names,
        dtype=np.float64,
    )
    frame[REASONS] = pd.Series(reasons, dtype=object)
    return frame


@lru_cache(maxsize=64)
def _reasons_of(_: tuple[tuple[str, CoreColumn | None], ...]) -> "_Reasons":
    """What is known of the reasons for these columns, by these names, to be NaN."""
    return _Reasons()


class _Reasons:
    """Why metrics of the core do not exist, found out once for graphs that lack the same ones.

    A rule of theirs that a graph breaks is about its number of nodes, its number of edges, or about
    the one thing that makes this metric NaN beside: graphs with the same few of either and the same
    metrics missing miss them for the same reasons.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, bytes], str] = {}

    def unknown(
        self, table: Floats, opened: NDArray[np.bool_], sizes: Sequence[int], n_edges: Floats
    ) -> NDArray[np.bool_]:
        """Rows that have to be asked for: what the core left open, and one of each new kind."""
        todo = opened.copy()
        asked = set(self._known)
        for k in np.flatnonzero(np.isnan(table).any(axis=1) & ~opened).tolist():
            kind = self._kind(table[k], sizes[k], n_edges[k])
            todo[k] = kind not in asked
            asked.add(kind)
        return todo

    def tell(
        self,
        table: Floats,
        why: list[str],
        asked: NDArray[np.bool_],
        sizes: Sequence[int],
        n_edges: Floats,
    ) -> None:
        """Write the reasons of the rows that were not asked for, from those that were."""
        for k in np.flatnonzero(np.isnan(table).any(axis=1)).tolist():
            kind = self._kind(table[k], sizes[k], n_edges[k])
            if asked[k]:
                self._known.setdefault(kind, why[k])
            else:
                why[k] = self._known[kind]

    @staticmethod
    def _kind(row: Floats, n_nodes: int, n_edges: float) -> tuple[int, int, bytes]:
        return min(n_nodes, 3), min(int(n_edges), 2), np.isnan(row).tobytes()


class mapper:
    """A `map` in this process, or over several; results come in order."""

    def __init__(self, n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Callable[..., Iterator[Any]]:
        if self._n_jobs == 1:
            return map
        # Not "fork": the parent may run threads (BLAS, torch), whose locks a fork would copy.
        self._pool = ProcessPoolExecutor(self._n_jobs, mp_context=get_context("spawn"))
        return partial(self._pool.map, chunksize=16)

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def row_of(
    adjacency: Adjacency, known: Floats, position: int, chosen: Sequence[Column], native: bool
) -> tuple[Floats, str]:
    """Values of one graph, NaN where a metric does not exist, and the reasons for those.

    Raises:
        InputError: A function that returns no number. Errors of its own come with a note.
    """
    graph = Topology.of(adjacency, native=native)
    adjacency = adjacency.view()
    adjacency.setflags(write=False)
    values, reasons = known.copy(), []
    for k, (name, function, shared, _) in enumerate(chosen):
        if not np.isnan(values[k]):
            continue
        try:
            found = function(graph if shared else adjacency)
        except UndefinedMetricError as error:
            reasons.append(f"{name}: {reason_of(error)}")
            continue
        except Exception as error:
            error.add_note(f"This is from the metric {name!r} of graph {position}.")
            raise
        try:
            values[k] = float(found)
        except (TypeError, ValueError):
            raise InputError(
                f"`metrics` must be functions that return a number; got {found!r} from {name!r} "
                f"of graph {position}."
            ) from None
    return values, "; ".join(reasons)


def stacked(frames: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """One table of several; an empty one where there are none."""
    if not frames:
        return pd.DataFrame(columns=list(names))
    return pd.concat(frames, ignore_index=True)


def reason_of(error: Exception) -> str:
    """Shorten "`name` needs this; got that." to "needs this"."""
    return re.sub(r"^`\w+` ", "", str(error).partition(";")[0]).rstrip(".")
