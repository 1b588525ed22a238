"""The command line: each command is one public function, and every error is one line.

Heavy parts are imported inside the commands, so that `--help` answers at once.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from rnngraph import __version__
from rnngraph._cli_metrics import metrics, nulls
from rnngraph._files import write_atomically
from rnngraph.errors import (
    FileError,
    InputError,
    RnngraphError,
    StoreError,
    UndefinedMetricError,
)

if TYPE_CHECKING:
    import pandas as pd

    from rnngraph.experiments import Plan
    from rnngraph.reporting import Report

OK: Final = 0
FAILURE: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
_OF_THE_USER: Final = (FileError, InputError, StoreError, UndefinedMetricError)

app = typer.Typer(
    name="rnngraph",
    help="Does the wiring of a recurrent network matter for what it learns?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data = typer.Typer(help="Public data sets for tasks.", no_args_is_help=True)
app.add_typer(data, name="data")


class Direction(StrEnum):
    """Which way a layer reads its sequence."""

    forward = "forward"
    backward = "backward"


Store = Annotated[Path, typer.Argument(help="Results store: a folder, or a .sqlite or .db file.")]
PlanFile = Annotated[Path, typer.Argument(help="Plan, a TOML file.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Does the wiring of a recurrent network matter for what it learns?"""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def study(
    plan: Annotated[
        Path | None, typer.Argument(help="Plan, a TOML file; none runs the default study.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the store and the report.")] = Path(
        "rnngraph-study"
    ),
    quiet: Quiet = False,
) -> None:
    """Run a plan and write its report; call it again to go on where it was interrupted."""
    store = out / "results.sqlite"  # a file by name, so that `out` is a folder whatever its name
    failed = _run(_plan(plan), store, quiet=quiet)
    _report(store, out / "report.html", None, quiet=quiet)
    raise typer.Exit(FAILURE if failed else OK)


@app.command()
def prune(
    plan: Annotated[
        Path | None, typer.Argument(help="Plan, a TOML file; none runs the default study.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the parts and the report.")] = Path(
        "rnngraph-pruning"
    ),
    quiet: Quiet = False,
) -> None:
    """Prune networks in every way of a plan, train them again, and write the report.

    Call it again to go on where it was interrupted.
    """
    from rnngraph.experiments import PruningPlan, prune_study
    from rnngraph.reporting import pruning_report

    chosen = PruningPlan.default() if plan is None else PruningPlan.from_toml(plan)
    with _resumable():
        results = prune_study(chosen, out / "parts", progress="none" if quiet else "auto")
    typer.echo(f"{chosen.name}: {len(results.base)} networks, {len(results.pruned)} pruned copies")
    _say(pruning_report, results, out / "pruning.html", quiet=quiet)


@app.command()
def sparsify(
    plan: PlanFile,
    out: Annotated[Path, typer.Option(help="Folder for the networks and the report.")] = Path(
        "rnngraph-sparsity"
    ),
    quiet: Quiet = False,
) -> None:
    """Make gated networks on texts sparse in every way of a plan, and write the report.

    Call it again to go on where it was interrupted. `rnngraph plan --sparsity` prints a plan to
    start from; it names files that are not part of the package.
    """
    from rnngraph.experiments import SparsityPlan, sparsity_study
    from rnngraph.reporting import sparsity_report

    chosen = SparsityPlan.from_toml(plan)
    with _resumable():
        results = sparsity_study(chosen, out / "networks", progress="none" if quiet else "auto")
    failed = int((results.networks["status"] == "failed").sum())
    typer.echo(f"{chosen.name}: {len(results.networks)} networks, {failed} failed")
    _say(sparsity_report, results, out / "sparsity.html", quiet=quiet)
    raise typer.Exit(FAILURE if failed else OK)


@app.command("plan")
def default_plan(
    pruning: Annotated[bool, typer.Option("--pruning", help="That of `prune`.")] = False,
    sparsity: Annotated[bool, typer.Option("--sparsity", help="One for `sparsify`.")] = False,
) -> None:
    """Print the default plan, to start your own from."""
    from rnngraph.experiments import Plan, PruningPlan, SparsityPlan

    if pruning and sparsity:
        raise InputError("`--pruning` and `--sparsity` must not stand together; got both.")
    kind = PruningPlan if pruning else SparsityPlan if sparsity else Plan
    typer.echo(kind.default_text(), nl=False)


@app.command()
def run(plan: PlanFile, store: Store, quiet: Quiet = False) -> None:
    """Train what a store does not hold yet of a plan."""
    raise typer.Exit(FAILURE if _run(_plan(plan), store, quiet=quiet) else OK)


@app.command()
def resume(store: Store, quiet: Quiet = False) -> None:
    """Go on with the plan that was run last with a store."""
    from rnngraph.experiments import load_plan

    raise typer.Exit(FAILURE if _run(load_plan(store), store, quiet=quiet) else OK)


@app.command()
def status(store: Store) -> None:
    """Say how far the plan that was run last has come."""
    from rnngraph.experiments import status as status_of

    now = status_of(store)
    typer.echo(
        f"{now.name}: {now.done} of {now.planned} runs done, {now.failed} failed, "
        f"{now.missing} missing"
    )


@app.command()
def export(
    store: Store,
    csv: Annotated[Path, typer.Argument(help="CSV file to write, a row a run.")],
) -> None:
    """Write the table of runs of a store to a CSV file."""
    from rnngraph.experiments import load_results

    table = load_results(store)
    write_atomically(csv, table.to_csv(index=False).encode())
    typer.echo(f"{len(table)} runs: {csv}")


@app.command()
def report(
    results: Annotated[Path, typer.Argument(help="Results store, or a CSV file, a row a run.")],
    out: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("report.html"),
    target: Annotated[
        str | None, typer.Option(help="Column to explain; else the plan's, or accuracy.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the correlation report of a store, or of any CSV of metrics and accuracies."""
    _report(results, out, target, quiet=quiet)


app.command()(metrics)
app.command()(nulls)


@app.command("graph-of")
def graph_of(
    model: Annotated[Path, typer.Argument(help="Weights: a .safetensors or .pt file.")],
    out: Annotated[Path, typer.Argument(help="Graph file to write; the suffix is the format.")],
    layer: Annotated[int, typer.Option(help="Layer, counted from 0.")] = 0,
    direction: Annotated[
        Direction, typer.Option(help="Which way the layer reads.")
    ] = Direction.forward,
    gates: Annotated[
        str, typer.Option(help="any, all, mean, max, or one gate by name (r, z, n; i, f, g, o).")
    ] = "any",
    threshold: Annotated[float, typer.Option(help="Edges are weights above it.")] = 0.0,
    weights: Annotated[bool, typer.Option("--weights", help="Keep the weights.")] = False,
) -> None:
    """Write the graph of a trained RNN, GRU or LSTM to a file."""
    from rnngraph.graphs import as_adjacency, save_graph
    from rnngraph.masks import graph_of as graph_of_source

    graph = graph_of_source(
        model,
        layer=layer,
        direction=direction.value,
        gates=gates,
        threshold=threshold,
        weights=weights,
    )
    save_graph(graph, out)
    edges = as_adjacency(graph)
    typer.echo(f"{len(edges)} nodes, {edges.sum()} edges: {out}")


@data.command("list")
def list_data() -> None:
    """Print the data sets: whether they are here, what they hold, and their licences."""
    from rnngraph.tasks import DATASETS, data_folder, dataset_state

    typer.echo(f"folder: {data_folder()}")
    for name, dataset in DATASETS.items():
        typer.echo(
            f"\n{name} ({dataset_state(name)})\n  {dataset.holds}\n  licence: {dataset.licence}\n"
            f"  cite: {dataset.citation}\n  {dataset.url}"
        )


@data.command("fetch")
def fetch_data(names: Annotated[list[str], typer.Argument(help="Data sets to fetch.")]) -> None:
    """Fetch data sets that are not here yet, and print where they are.

    The folder is RNNGRAPH_DATA, else your cache of rnngraph. A file that you put there is used.
    """
    from rnngraph.tasks import fetch

    for name in names:
        typer.echo(fetch(name))


@data.command("verify")
def verify_data(
    names: Annotated[
        list[str] | None, typer.Argument(help="Data sets to check; all if none.")
    ] = None,
) -> None:
    """Check the bytes of data sets; the exit code is 1 if one is missing or wrong."""
    from rnngraph.tasks import DATASETS, dataset_path, dataset_state

    states = {name: dataset_state(name) for name in names or DATASETS}
    for name, state in states.items():
        typer.echo(f"{state}: {name}, {dataset_path(name)}")
    raise typer.Exit(FAILURE if set(states.values()) != {"right"} else OK)


def main() -> NoReturn:
    """Run the command line; errors of ours become one line and an exit code, no traceback."""
    try:
        app()
    except RnngraphError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(USAGE if isinstance(error, _OF_THE_USER) else FAILURE)
    sys.exit(OK)


def _plan(path: Path | None) -> "Plan":
    from rnngraph.experiments import Plan

    return Plan.default() if path is None else Plan.from_toml(path)


def _run(plan: "Plan", store: Path, *, quiet: bool) -> int:
    """Run a plan, say what was done, and return how many runs failed."""
    from rnngraph.experiments import run as run_plan

    with _resumable():
        outcome = run_plan(plan, store, progress="none" if quiet else "auto")
    typer.echo(
        f"{plan.name}: {outcome.planned} runs, {outcome.found} found, {outcome.done} done now, "
        f"{outcome.failed} failed, {outcome.seconds:.0f} s"
    )
    return outcome.failed


def _report(source: Path, out: Path, target: str | None, *, quiet: bool) -> None:
    """Write the report of a CSV file, or of a store as the `[analysis]` of its last plan asks."""
    from rnngraph.experiments import analysis_arguments, load_results
    from rnngraph.reporting import report as report_of

    results: pd.DataFrame | Path = source
    arguments: dict[str, Any] = {}
    if source.suffix.lower() != ".csv":
        results = load_results(source)
        arguments = analysis_arguments(results)
    if target is not None:
        arguments["target"] = target
    _say(report_of, results, out, quiet=quiet, **arguments)


@contextmanager
def _resumable() -> Iterator[None]:
    """Say of an interruption that the work so far is not lost."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted: what had finished is kept; the same command goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _say(
    write: "Callable[..., Report]",
    results: object,
    out: Path,
    *,
    quiet: bool,
    **arguments: Any,  # noqa: ANN401 - those of the report
) -> None:
    """Write a report, and print its headline and warnings."""
    if not quiet:
        typer.echo("writing the report ...", err=True)
    written = write(results, out, **arguments)
    typer.echo(f"\n{written.answer[0]}\n")
    for sentence in written.warnings:
        typer.echo(f"warning: {sentence}")
    typer.echo(f"report: {written.path}")
