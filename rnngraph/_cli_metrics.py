"""Commands that measure graph files: `rnngraph metrics` and `rnngraph nulls`."""

import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from rnngraph.errors import InputError, UndefinedMetricError

if TYPE_CHECKING:
    import pandas as pd

    from rnngraph._types import Adjacency, Weights
    from rnngraph.metrics.weighted import WeightAs


class Layout(StrEnum):
    """How a table is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class Meaning(StrEnum):
    """What a weight means where paths are concerned."""

    strength = "strength"
    length = "length"


_ALONE: Final = "It is no column of a table: call `rnngraph.metrics."
_SPOKEN: Final = (
    (rf"{re.escape(_ALONE)}PORTED.*`", "It needs `--inputs` and `--readouts`"),
    (rf"{re.escape(_ALONE)}rich_club_(curve|zscores).*`", "`rnngraph nulls --rich-club` has it"),
    (rf"{re.escape(_ALONE)}(rich|small)_.*`", "`rnngraph nulls --indices` has it"),
    (
        rf"{re.escape(_ALONE)}weighted_rich_club_(curve|zscores).*`",
        "`rnngraph nulls --rich-club --weight-as strength` has it",
    ),
    (
        rf"{re.escape(_ALONE)}weighted_rich_.*`",
        "`rnngraph nulls --indices --weight-as strength` has it",
    ),
    (r"It is no column of a table: call `", "It is no column of a table: in Python, call `"),
    (r"(one value an edge.*with )`nodes=True`", r"\1`--edges`"),
    (r"`nodes=True`", "`--nodes`"),
    (r"without `nodes`", "without `--nodes` or `--edges`"),
    (r'`weight_as="strength"` or "length"', "`--weight-as strength` or `--weight-as length`"),
    (r"`rnngraph\.metrics\..* (lists? them|others)\.", "The documentation's catalogue lists them."),
    (r"`weight_as`", "`--weight-as`"),
    (r"^`metrics`", "`--metric`"),
    (r"^`null`", "`--null`"),
)
"""What errors of the library say -> what it is here; the first that fits come first."""

Graphs = Annotated[list[Path], typer.Argument(help="Graph files.")]
WeightAsOption = Annotated[
    Meaning | None,
    typer.Option(help="Measure the weights: what they mean in paths, strengths or lengths."),
]
LayoutOption = Annotated[Layout, typer.Option("--format", help="How to print.")]


def metrics(
    graphs: Graphs,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", "-m", help="Metric to compute; all if none.")
    ] = None,
    core: Annotated[
        bool, typer.Option("--core", help="What one pass of the compiled core yields: fast.")
    ] = False,
    darji: Annotated[bool, typer.Option("--darji", help="The 23 properties of Darji.")] = False,
    nodes: Annotated[
        bool, typer.Option("--nodes", help="A row a node, by its name in the file.")
    ] = False,
    edges: Annotated[
        bool, typer.Option("--edges", help="A row an edge, instead of a graph.")
    ] = False,
    weight_as: WeightAsOption = None,
    inputs: Annotated[
        str | None,
        typer.Option(
            help="Nodes that are fed, by name: all, or such as 0-7,12; with --readouts, where the "
            "signal enters and leaves."
        ),
    ] = None,
    readouts: Annotated[str | None, typer.Option(help="Nodes that are read out, likewise.")] = None,
    layout: LayoutOption = Layout.table,
) -> None:
    """Print topology metrics of graph files; without options, the whole catalogue."""
    from rnngraph.graphs import as_adjacency, as_weights
    from rnngraph.metrics import CORE, DARJI, profile

    sets = _given(core=core, darji=darji, metric=metric)
    tables = _given(nodes=nodes, edges=edges, weight_as=weight_as)
    ports = _given(inputs=inputs, readouts=readouts)
    if len(sets) > 1:
        raise InputError(
            "`--core`, `--darji` and `--metric` each choose the metrics, so only one may be given; "
            f"got {_listed(sets)}."
        )
    if (core or darji) and (tables or ports):
        raise InputError(
            f"`{sets[0]}` must stand without {_listed((*tables, *ports))}, which has metrics of "
            "its own, chosen by `--metric`; got both."
        )
    if nodes and edges:
        raise InputError("`--nodes` and `--edges` must not stand together; got both.")
    if ports and tables:
        raise InputError(
            f"{_listed(ports)} must stand without {_listed(tables)}, which has metrics of its own; "
            "got both."
        )
    if len(ports) == 1:
        raise InputError(f"`--inputs` and `--readouts` go together; got {ports[0]} alone.")
    read = as_weights if weight_as else as_adjacency
    matrices = [read(path) for path in graphs]
    way = cast("WeightAs | None", weight_as and weight_as.value)
    with _in_words_of_options():
        if inputs is not None and readouts is not None:
            table = _of_ports(graphs, matrices, metric, inputs, readouts)
        elif nodes or edges:
            kind = "nodes" if nodes else "edges"
            found = profile(matrices, metrics=metric or None, nodes=True, weight_as=way)
            table = _named(getattr(found, kind), graphs, metric or (), kind)
        else:
            chosen = DARJI if darji else CORE if core else metric or None
            table = profile(matrices, metrics=chosen, weight_as=way)
            table.insert(0, "graph", list(map(str, graphs)))
    _print(table, layout, by_row=edges)


def nulls(
    graphs: Graphs,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", "-m", help="Metric to compare; all if none.")
    ] = None,
    motifs: Annotated[
        bool, typer.Option("--motifs", help="Compare the 13 motifs of three nodes.")
    ] = False,
    rich_club: Annotated[
        bool, typer.Option("--rich-club", help="Compare the rich-club curve: a row a degree.")
    ] = False,
    indices: Annotated[
        bool,
        typer.Option("--indices", help="Small-worldness and the rich-club ratio: a row a graph."),
    ] = False,
    null: Annotated[
        str, typer.Option(help="Null model, such as rewire; of weights, such as shuffle.")
    ] = "rewire",
    count: Annotated[
        int, typer.Option("--count", "-n", help="Null graphs of each graph.", min=2)
    ] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the null graphs.", min=0)] = 0,
    weight_as: WeightAsOption = None,
    layout: LayoutOption = Layout.table,
) -> None:
    """Compare graph files with null graphs made from them: what is more than chance."""
    from rnngraph.nulls import MOTIFS, null_zscores

    sets = _given(metric=metric, motifs=motifs, rich_club=rich_club, indices=indices)
    if len(sets) > 1:
        raise InputError(
            "`--metric`, `--motifs`, `--rich-club` and `--indices` each choose what is compared, "
            f"so only one may be given; got {_listed(sets)}."
        )
    if weight_as and motifs:
        raise InputError("`--weight-as` must stand without `--motifs`, of edges; got both.")
    if weight_as is Meaning.length and (rich_club or indices):
        raise InputError(
            f"`--weight-as` must be strength with `{sets[0]}`, since a rich club is one of strong "
            "edges; got length."
        )
    if indices and null != "rewire":
        raise InputError(f"`--null` must be rewire with `--indices`; got {null!r}.")
    with _in_words_of_options():
        if rich_club or indices:
            compare = _indices if indices else _rich_club
            weighted = weight_as is not None
            found = [
                compare(path, null=null, n=count, seed=seed, weights=weighted) for path in graphs
            ]
        else:
            way = cast("WeightAs | None", weight_as and weight_as.value)
            chosen = MOTIFS if motifs else metric or None
            compared = partial(null_zscores, null=null, n=count, rng=seed, weight_as=way)
            found = [compared(path, chosen).reset_index() for path in graphs]
    _print(_under_names(graphs, found), layout, by_row=not indices)


def _given(**options: object) -> tuple[str, ...]:
    """Those that were given, as they are typed."""
    return tuple(f"--{name.replace('_', '-')}" for name, value in options.items() if value)


def _listed(options: Iterable[str]) -> str:
    return " and ".join(f"`{option}`" for option in options)


@contextmanager
def _in_words_of_options() -> Iterator[None]:
    """Let errors of the library speak of options instead of arguments."""
    try:
        yield
    except InputError as error:
        told = str(error)
        for said, here in _SPOKEN:
            told = re.sub(said, here, told)
        raise InputError(told) from None


def _named(
    table: "pd.DataFrame", paths: Sequence[Path], wanted: Iterable[str], kind: str
) -> "pd.DataFrame":
    """Put the names of files and of their nodes in the place of their positions."""
    from rnngraph.graphs import node_names

    if others := [name for name in wanted if name not in table.columns]:
        flag = "edges" if kind == "nodes" else "nodes"
        raise InputError(
            f"`--metric` must be of {kind} with `--{kind}`; got {others}, which `--{flag}` has."
        )
    names = {k: node_names(path) for k, path in enumerate(paths)}
    for column in ("node", "source", "target"):
        if column in table:
            places = zip(table["graph"], table[column], strict=True)
            table[column] = [names[graph][node] for graph, node in places]
    table["graph"] = table["graph"].map(dict(enumerate(map(str, paths))))
    return table


def _of_ports(
    paths: Sequence[Path],
    matrices: "Sequence[Adjacency | Weights]",
    wanted: Sequence[str] | None,
    inputs: str,
    readouts: str,
) -> "pd.DataFrame":
    """A row a graph: metrics of where the signal enters and leaves, and any other."""
    from rnngraph._check import check_choice
    from rnngraph.graphs import node_names
    from rnngraph.metrics import METRICS, PORTED, profile

    known = (*PORTED, *METRICS)
    chosen = [check_choice("--metric", name, known) for name in wanted or PORTED]
    tables = []
    for path, matrix in zip(paths, matrices, strict=True):
        names = node_names(path)
        ports = {
            "inputs": _units("--inputs", inputs, names, path),
            "readouts": _units("--readouts", readouts, names, path),
        }
        functions: dict[str, Callable[..., float]] = {
            name: METRICS[name] if name in METRICS else partial(PORTED[name], **ports)
            for name in chosen
        }
        tables.append(profile(matrix, metrics=functions))
    return _under_names(paths, tables)


def _units(option: str, text: str, names: Sequence[Hashable], path: Path) -> list[int]:
    """Positions of the nodes that a text names: all, or names and ranges, commas between them."""
    if text == "all":
        return list(range(len(names)))
    index = {str(name): position for position, name in enumerate(names)}
    found = []
    for part in text.split(","):
        spread = None if part in index else re.fullmatch(r"(\d{1,9})-(\d{1,9})", part)
        for name in map(str, range(int(spread[1]), int(spread[2]) + 1)) if spread else [part]:
            if name not in index:
                raise InputError(
                    f"`{option}` must name nodes of {path}, as `--nodes` shows them; got {name!r}."
                )
            found.append(index[name])
    return found


def _rich_club(path: Path, *, null: str, n: int, seed: int, weights: bool) -> "pd.DataFrame":
    from rnngraph.metrics import rich_club_zscores, weighted_rich_club_zscores
    from rnngraph.nulls import null_graphs, null_weights

    if weights:
        return weighted_rich_club_zscores(path, null_weights(path, null=null, n=n, rng=seed))
    return rich_club_zscores(path, null_graphs(path, null=null, n=n, rng=seed))


def _indices(path: Path, *, null: str, n: int, seed: int, weights: bool) -> "pd.DataFrame":
    from dataclasses import asdict
    from math import nan

    import pandas as pd

    from rnngraph.metrics import rich_club_ratio, weighted_rich_club_ratio
    from rnngraph.metrics._profile import reason_of
    from rnngraph.nulls import null_graphs, null_weights, small_worldness

    small = small_worldness(path, n=n, rng=seed, weight_as="strength" if weights else None)
    ratio = weighted_rich_club_ratio if weights else rich_club_ratio
    sample = null_weights if weights else null_graphs
    row = asdict(small) | {ratio.__name__: nan, "undefined": ""}
    try:
        row[ratio.__name__] = ratio(path, sample(path, null=null, n=n, rng=seed))
    except UndefinedMetricError as error:
        row["undefined"] = f"{ratio.__name__}: {reason_of(error)}"
    return pd.DataFrame([row])


def _under_names(paths: Iterable[Path], tables: "Iterable[pd.DataFrame]") -> "pd.DataFrame":
    """One table of those of several files, which stand in its first column."""
    import pandas as pd

    found = []
    for path, table in zip(paths, tables, strict=True):
        table.insert(0, "graph", str(path))
        found.append(table)
    return pd.concat(found, ignore_index=True)


def _print(table: "pd.DataFrame", layout: Layout, *, by_row: bool = False) -> None:
    """Print a table as CSV, as JSON records, or for reading: reasons stand below.

    For reading it is turned, so that rows become columns, unless `by_row`.
    """
    if layout is Layout.csv:
        typer.echo(table.to_csv(index=False), nl=False)
    elif layout is Layout.json:
        # Not `to_json`: it rounds. JSON has no NaN.
        records = table.astype(object).where(table.notna(), None).to_dict("records")
        typer.echo(json.dumps(records, indent=2))
    else:
        # In the table a reason would make every line as long as itself.
        shown = table.drop(columns="undefined", errors="ignore")
        places = [name for name in ("graph", "node", "source", "target") if name in shown]
        turned = shown.set_index(places).T.to_string
        typer.echo(shown.to_string(index=False) if by_row else turned())
        for line in _reasons(table):
            typer.echo(line)


def _reasons(table: "pd.DataFrame") -> Iterator[str]:
    """Why what is NaN is, a line a reason: of a file, or of some of its rows."""
    if "undefined" not in table:
        return
    label = next((name for name in ("node", "metric") if name in table), None)
    each = table.assign(reason=table["undefined"].str.split("; ")).explode("reason")
    told = each[each["reason"].fillna("") != ""]
    for (graph, reason), rows in told.groupby(["graph", "reason"], sort=False):
        everywhere = label is None or (
            label == "node" and len(rows) == (table["graph"] == graph).sum()
        )
        where = "" if everywhere else f" {', '.join(map(str, rows[label]))}:"
        yield f"{graph}:{where} {reason}"
