"""Topology: one function a metric, one definition, one source; and `profile`, which measures all.

Every metric takes any graph that `as_adjacency` takes and leaves its self-loops out. Values of
nodes and edges, such as closeness, are metrics of their own (`NODES`, `EDGES`); what sums them up,
such as `closeness_in_gini`, is made from them and from `STATISTICS`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, Literal, get_args, overload

import pandas as pd

from rnngraph import _native
from rnngraph._check import check_bool, check_choice, check_jobs
from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.metrics._advice import Catalogue, advice, call_of
from rnngraph.metrics._catalogue import DARJI as DARJI
from rnngraph.metrics._catalogue import EDGES as EDGES
from rnngraph.metrics._catalogue import LIBRARY
from rnngraph.metrics._catalogue import METRICS as METRICS
from rnngraph.metrics._catalogue import NODES as NODES
from rnngraph.metrics._core_names import CORE as CORE
from rnngraph.metrics._node_tables import NodeTables, Tables, node_tables, one_by_one
from rnngraph.metrics._population import chunks, read
from rnngraph.metrics._profile import asked_for, check_names, columns, tabulate
from rnngraph.metrics._summary import STATISTICS as STATISTICS
from rnngraph.metrics._summary import Metric, NodeMetric
from rnngraph.metrics._torch_table import (
    all_by_torch,
    lies_on_an_accelerator,
    tabulate_by_torch,
)
from rnngraph.metrics.paths import path_lengths as path_lengths
from rnngraph.metrics.ports import PORTED as PORTED
from rnngraph.metrics.ports import reachable_within as reachable_within
from rnngraph.metrics.ports import walks_by_length as walks_by_length
from rnngraph.metrics.rich_club import rich_club_curve as rich_club_curve
from rnngraph.metrics.rich_club import rich_club_ratio as rich_club_ratio
from rnngraph.metrics.rich_club import rich_club_zscores as rich_club_zscores
from rnngraph.metrics.small_world import small_world_omega as small_world_omega
from rnngraph.metrics.small_world import small_world_propensity as small_world_propensity
from rnngraph.metrics.small_world import small_world_sigma as small_world_sigma
from rnngraph.metrics.spectral import singular_values as singular_values
from rnngraph.metrics.weighted import WEIGHTED as WEIGHTED
from rnngraph.metrics.weighted import WEIGHTED_EDGES as WEIGHTED_EDGES
from rnngraph.metrics.weighted import WEIGHTED_NODES as WEIGHTED_NODES
from rnngraph.metrics.weighted import WeightAs
from rnngraph.metrics.weighted._graph import WeightedGraph
from rnngraph.metrics.weighted._profile import COLUMNS as _WEIGHTED_COLUMNS
from rnngraph.metrics.weighted._profile import tabulate_weights, weighted_node_tables
from rnngraph.metrics.weighted.rich_club import weighted_rich_club_curve as weighted_rich_club_curve
from rnngraph.metrics.weighted.rich_club import weighted_rich_club_ratio as weighted_rich_club_ratio
from rnngraph.metrics.weighted.rich_club import (
    weighted_rich_club_zscores as weighted_rich_club_zscores,
)
from rnngraph.metrics.weighted.spectral import weighted_singular_values as weighted_singular_values

_CATALOGUES: Final = (
    Catalogue(METRICS, "a graph", by_weights=False),
    Catalogue(NODES, "a node", by_weights=False),
    Catalogue(EDGES, "an edge", by_weights=False),
    Catalogue(_WEIGHTED_COLUMNS, "a graph", by_weights=True),
    Catalogue(WEIGHTED_NODES, "a node", by_weights=True),
    Catalogue(WEIGHTED_EDGES, "an edge", by_weights=True),
)


def __getattr__(name: str) -> Metric:
    """Resolve a metric by its name: `rnngraph.metrics.density`, `...metrics.closeness_in_gini`."""
    if name in LIBRARY:
        return LIBRARY[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*_PUBLIC, *LIBRARY})


_PUBLIC: Final = (
    *("CORE", "DARJI", "EDGES", "METRICS", "NODES", "PORTED", "STATISTICS"),
    *("WEIGHTED", "WEIGHTED_EDGES", "WEIGHTED_NODES", "NodeMetric", "NodeTables", "path_lengths"),
    *("profile", "reachable_within", "rich_club_curve", "rich_club_ratio", "rich_club_zscores"),
    *("singular_values", "small_world_omega", "small_world_propensity", "small_world_sigma"),
    *("walks_by_length", "weighted_rich_club_curve", "weighted_rich_club_ratio"),
    *("weighted_rich_club_zscores", "weighted_singular_values"),
)


@overload
def profile(
    graphs: object,
    *,
    metrics: Iterable[str] | Mapping[str, Callable[[Adjacency], float]] | None = None,
    backend: str = "auto",
    n_jobs: int = 1,
    nodes: Literal[False] = False,
    weight_as: WeightAs | None = None,
) -> pd.DataFrame: ...


@overload
def profile(
    graphs: object,
    *,
    metrics: Iterable[str] | None = None,
    backend: str = "auto",
    n_jobs: int = 1,
    nodes: Literal[True],
    weight_as: WeightAs | None = None,
) -> NodeTables: ...


def profile(
    graphs: object,
    *,
    metrics: Iterable[str] | Mapping[str, Callable[[Adjacency], float]] | None = None,
    backend: str = "auto",
    n_jobs: int = 1,
    nodes: bool = False,
    weight_as: WeightAs | None = None,
) -> pd.DataFrame | NodeTables:
    """Measure graphs: a row a graph, a column a metric, NaN where a metric does not exist.

    Names in CORE are computed for all graphs in one pass of the compiled core; other metrics one
    graph after the other. Ask for `metrics=CORE` where time matters.

    Args:
        graphs: One graph that `as_adjacency` takes, a list or other iterable of them (sizes may
            differ), or an array or tensor of shape (K, n, n), sparse ones too. Rows of a matrix are
            sources, `A[i, j]` is the edge i -> j: transpose a `mask_hh`, whose rows are targets.
            Edges such as `[(0, 1), (1, 2)]` are no matrix: `as_adjacency(edges, n=3)` makes one.
            No graph is a table without rows; a graph without nodes is refused.
        metrics: Names out of METRICS, or a mapping from column names to functions, such as DARJI
            or `{**METRICS, "mine": mine}`; default: all of METRICS; no name is a table without
            such columns. Functions that are not ours get the boolean adjacency, read-only,
            self-loops included. With `nodes`: names out of NODES and EDGES; default: all of them.
        backend: "native" (the compiled core), "reference" (igraph, numpy and scipy), "torch" (path
            metrics of a [K, n, n] tensor, on its own device) or "auto": torch for a tensor on an
            accelerator if it measures all that is asked for, else the core, else the reference.
            They agree to rounding; `table.attrs["backend"]` says which one it was. With `nodes`
            not "torch"; with `weight_as` "reference" or "auto", which is the same.
        n_jobs: In [1, 4096]. Threads of the core, and processes for what is not in CORE, with
            `nodes` and with `weight_as`; torch has threads of its own. With more than 1, functions
            that are not ours must be importable by name, and a script must guard its start with
            `if __name__ == "__main__":`. No value depends on it.
        nodes: Measure nodes and edges instead of graphs. Nodes have no names there but positions:
            of the rows of a matrix, or in `list(G)` for networkx, where
            `as_adjacency(G, nodes=sorted(G))` chooses another order.
        weight_as: Measure the weights instead of the edges alone: graphs are read by `as_weights`,
            and the columns are WEIGHTED and what sums up WEIGHTED_NODES and WEIGHTED_EDGES. In
            path metrics a weight is a "length", or a "strength", 1 / length. Those that have no
            meaning for negative weights are NaN for a graph that has some, with this reason.

    Returns:
        Index 0..K-1, a float column a metric in the order asked for, then the column "undefined":
        "name: reason; name: reason", or "" where every metric exists. With `nodes`, two tables:
        a row a node, and a row an edge, with the column "undefined" each.

    Raises:
        InputError: A graph, a name, a function or another argument that breaks these rules.
            Other errors of a function that is not ours pass, with a note of metric and graph.
    """
    check_jobs(n_jobs)
    check_choice("backend", backend, ("auto", "native", "reference", "torch"))
    check_bool("nodes", nodes)
    wanted = asked_for(metrics)
    if weight_as is not None:
        check_choice("weight_as", weight_as, get_args(WeightAs))
        if backend not in ("auto", "reference"):
            raise InputError(
                f"`backend` must be auto or reference with `weight_as`; got {backend!r}."
            )
        measure = weighted_node_tables if nodes else tabulate_weights
        names = _weighted_names(wanted, nodes=nodes)
        weighted = partial(measure, names=names, weight_as=weight_as)
        return _by("reference", one_by_one(weighted, read(graphs, WeightedGraph.of), n_jobs))
    if nodes:
        if backend == "torch":
            raise InputError('`nodes` must be False with backend="torch"; got True.')
        native = _is_native(backend)
        of_nodes, of_edges = _node_columns(wanted)
        tables = node_tables(chunks(graphs), of_nodes, of_edges, n_jobs, native=native)
        return _by("native" if native else "reference", tables)
    on_device = backend == "auto" and lies_on_an_accelerator(graphs) and all_by_torch(wanted)
    if backend == "torch" or on_device:
        return _by("torch", tabulate_by_torch(graphs, wanted, METRICS))
    native = _is_native(backend)
    table = tabulate(
        chunks(graphs),
        columns(wanted, METRICS, LIBRARY, _elsewhere(), native=native),
        n_jobs,
        native=native,
    )
    return _by("native" if native else "reference", table)


def _by(backend: str, tables: Tables) -> Tables:
    """Say in the tables which backend they come from."""
    for table in [tables] if isinstance(tables, pd.DataFrame) else tables:
        table.attrs["backend"] = backend
    return tables


def _is_native(backend: str) -> bool:
    if backend == "native" and _native.core is None:
        raise InputError(
            "`backend` must be auto or reference where the compiled core was not built; "
            "got 'native'."
        )
    if backend == "auto" and _native.core is None:
        _native.say_that_it_is_missing()
    return backend != "reference" and _native.core is not None


def _node_columns(
    metrics: Iterable[str] | Mapping[str, object] | None,
) -> tuple[dict[str, NodeMetric], dict[str, NodeMetric]]:
    """What was asked for of NODES, and of EDGES."""
    if isinstance(metrics, Mapping):
        raise InputError("`metrics` must be names with `nodes`; got a mapping.")
    known = (*NODES, *EDGES)
    where = "`rnngraph.metrics.NODES` and `rnngraph.metrics.EDGES` list them."
    told = _elsewhere(nodes=True)
    chosen = known if metrics is None else check_names(metrics, known, where, told)
    return (
        {name: metric for name, metric in NODES.items() if name in chosen},
        {name: metric for name, metric in EDGES.items() if name in chosen},
    )


def _weighted_names(
    metrics: Iterable[str] | Mapping[str, object] | None, *, nodes: bool
) -> list[str]:
    """What was asked for of the columns of weights."""
    if isinstance(metrics, Mapping):
        raise InputError(
            "`metrics` must be names with `weight_as`; got a mapping. Call functions of your own "
            "on the weights."
        )
    known = (*WEIGHTED_NODES, *WEIGHTED_EDGES) if nodes else tuple(_WEIGHTED_COLUMNS)
    where = "`rnngraph.metrics.WEIGHTED_NODES` and `rnngraph.metrics.WEIGHTED_EDGES` list "
    where += "them." if nodes else "what they sum up, `rnngraph.metrics.WEIGHTED` the others."
    told = _elsewhere(nodes=nodes, by_weights=True)
    return list(known) if metrics is None else check_names(metrics, known, where, told)


def _elsewhere(*, nodes: bool = False, by_weights: bool = False) -> Callable[[str], str | None]:
    """What to say of a name that is no column of the table that was asked for."""

    def told(name: str) -> str | None:
        if name in PORTED:
            return call_of(f'rnngraph.metrics.PORTED["{name}"]', PORTED[name])
        if name in _PUBLIC and callable(function := globals()[name]) and name.islower():
            return call_of(f"rnngraph.metrics.{name}", function)
        return advice(name, _CATALOGUES, nodes=nodes, by_weights=by_weights)

    return told
