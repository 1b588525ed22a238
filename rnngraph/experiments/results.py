"""What a store holds, read back: the table of runs, the graphs, and how far a plan has come."""

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from rnngraph._types import Adjacency
from rnngraph.errors import InputError, StoreError
from rnngraph.experiments.plan import Plan
from rnngraph.experiments.records import plan_key
from rnngraph.experiments.store import reading, store_path
from rnngraph.metrics import METRICS

_SHORT: Final = 12
"""Digits of a graph's key in a table."""
_FIRST: Final = ("run", "status", "error", "attempt", "family", "graph", "graph_index")
_OUTCOME: Final = ("accuracy", "loss", "train_loss", "epochs", "seconds", "diverged")
_COUNTED: Final = ("n_nodes", "n_edges")


@dataclass(frozen=True, kw_only=True)
class Status:
    """How far a plan has come in a store.

    Attributes:
        name: Name of the plan.
        planned: Runs of the plan.
        done: Runs with a result.
        failed: Runs that failed when last tried.
    """

    name: str
    planned: int
    done: int
    failed: int

    @property
    def missing(self) -> int:
        """Runs that were never tried to the end."""
        return self.planned - self.done - self.failed


def load_results(store: str | Path, plan: Plan | None = None) -> pd.DataFrame:
    """Read the runs of a plan from a store, those that are done and those that failed.

    Args:
        store: File or folder that `run` was given; a writer may be at work.
        plan: Whose runs; None takes the plan that was run last.

    Returns:
        A row a run, in the order of the plan: run (key), status ("done" or "failed"), error
        (traceback, how the process died, or ""), attempt, family, graph (as in `load_graphs`),
        graph_index, n_nodes, n_edges (self-loops not counted), the other metrics of the plan and
        the reasons for missing ones ("undefined"), cell, replicate, seed, and the other columns of
        `Population.results`, missing where a run failed. `attrs` holds the plan, the meta of its
        task and the versions of the software as the dicts "plan", "task" and "versions".

    Raises:
        StoreError: There is no such store, it is damaged, or the plan was never run with it.
    """
    with reading(store) as connection:
        stored = _stored_plan(connection, store, plan)
        graphs = _graph_rows(connection, stored["id"])
        runs = connection.execute(
            """SELECT * FROM plan_runs JOIN runs ON runs.key = plan_runs.run
            WHERE plan = ? ORDER BY position""",
            [stored["id"]],
        ).fetchall()
        settings = json.loads(stored["plan"])
        task = json.loads(stored["task"])
        metrics = {row["key"]: _metric_columns(row, settings["analysis"]) for row in graphs}
        for run in runs:
            if run["graph"] not in metrics:
                raise StoreError(f"{store_path(store)} is damaged: it lacks graph {run['graph']}.")
        records = [_record(run, metrics[run["graph"]]) for run in runs]
        versions = _merged(json.loads(run["versions"]) for run in runs)
    table = pd.DataFrame(records, columns=None if records else _FIRST)
    for name in _OUTCOME:
        if name not in table:  # no run is done
            table[name] = math.nan
    table["diverged"] = table["diverged"].astype("boolean")
    table.attrs = {"plan": settings, "task": task, "versions": versions}
    return table


def analysis_arguments(results: pd.DataFrame) -> dict[str, Any]:
    """Return the arguments of `rnngraph.report` that the `[analysis]` of a plan stands for.

    Args:
        results: Table from `load_results`.

    Raises:
        InputError: The table does not hold the plan it comes from.
    """
    if "plan" not in results.attrs:
        raise InputError(
            "`results` must be a table from `load_results`, with the plan in its `attrs`; "
            f"got a table whose `attrs` hold {', '.join(map(repr, results.attrs)) or 'nothing'}."
        )
    analysis = results.attrs["plan"]["analysis"]
    arguments = {
        name: analysis[name] for name in ("target", "method", "models", "folds", "repeats")
    }
    covariates = analysis["covariates"]
    return {**arguments, "covariates": None if covariates == "size" else tuple(covariates)}


def load_graphs(store: str | Path, plan: Plan | None = None) -> dict[str, Adjacency]:
    """Read the graphs of a plan from a store: the value of column `graph` -> adjacency (n, n).

    Args:
        store: File or folder that `run` was given.
        plan: Whose graphs; None takes the plan that was run last.

    Raises:
        StoreError: There is no such store, it is damaged, or the plan was never run with it.
    """
    with reading(store) as connection:
        stored = _stored_plan(connection, store, plan)
        return {
            row["key"][:_SHORT]: _adjacency(row) for row in _graph_rows(connection, stored["id"])
        }


def load_plan(store: str | Path) -> Plan:
    """Read the plan that was run last with a store.

    Args:
        store: File or folder that `run` was given.

    Raises:
        StoreError: There is no such store, it is damaged, or no plan was ever run with it.
        InputError: A file that the plan names is gone.
    """
    with reading(store) as connection:
        tables = json.loads(_stored_plan(connection, store, None)["plan"])
    return Plan.from_mapping(tables, source=f"the plan in {store_path(store)}")


def status(store: str | Path, plan: Plan | None = None) -> Status:
    """Count the runs of a plan in a store by what became of them.

    Args:
        store: File or folder that `run` was given; a writer may be at work.
        plan: Whose runs; None takes the plan that was run last.

    Raises:
        StoreError: There is no such store, it is damaged, or the plan was never run with it.
    """
    with reading(store) as connection:
        stored = _stored_plan(connection, store, plan)
        rows = connection.execute(
            """SELECT status, count(*) FROM plan_runs LEFT JOIN runs ON runs.key = plan_runs.run
            WHERE plan = ? GROUP BY status""",
            [stored["id"]],
        ).fetchall()
        name = json.loads(stored["plan"])["name"]
    counts = {name: count for name, count in rows}
    return Status(
        name=name,
        planned=sum(counts.values()),
        done=counts.get("done", 0),
        failed=counts.get("failed", 0),
    )


def _stored_plan(
    connection: sqlite3.Connection, store: str | Path, plan: Plan | None
) -> sqlite3.Row:
    connection.row_factory = sqlite3.Row
    key = None if plan is None else plan_key(plan)
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM plans WHERE key = coalesce(?, key) ORDER BY id DESC LIMIT 1", [key]
    ).fetchone()
    if row is None:
        what = "no plan" if plan is None else f"no plan like {plan.name!r}"
        raise StoreError(f"{store_path(store)} holds {what}: run it first.")
    return row


def _graph_rows(connection: sqlite3.Connection, plan: int) -> list[sqlite3.Row]:
    """Graphs of a plan in its order, each once."""
    return connection.execute(
        """SELECT graphs.* FROM graphs JOIN
            (SELECT graph, min(position) AS first FROM plan_runs WHERE plan = ? GROUP BY graph)
            ON graph = key ORDER BY first""",
        [plan],
    ).fetchall()


def _metric_columns(graph: sqlite3.Row, analysis: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a graph: the metrics that the plan asks for, whatever other plans asked for."""
    known = json.loads(graph["metrics"])
    named = () if analysis["covariates"] == "size" else analysis["covariates"]
    names = METRICS if analysis["metrics"] == "all" else (*analysis["metrics"], *named)
    adjacency = _adjacency(graph)
    return {
        "n_nodes": len(adjacency),
        "n_edges": int(adjacency.sum() - adjacency.trace()),
        **_numbers({name: known.get(name) for name in names if name not in _COUNTED}),
        "undefined": graph["undefined"],
    }


def _record(run: sqlite3.Row, metrics: Mapping[str, Any]) -> dict[str, Any]:
    config = json.loads(run["config"])
    return {
        **{name: run[name] for name in _FIRST},
        "graph": run["graph"][:_SHORT],
        **metrics,
        "cell": config["network"]["cell"],
        "replicate": config["replicate"],
        "seed": config["seed"],
        **_numbers(json.loads(run["result"])),
    }


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in values.items()}


def _adjacency(graph: sqlite3.Row) -> Adjacency:
    adjacency = np.zeros((graph["n"], graph["n"]), dtype=bool)
    edges = np.array(json.loads(graph["edges"]), dtype=np.int64).reshape(-1, 2)
    adjacency[edges[:, 0], edges[:, 1]] = True
    return adjacency


def _merged(versions: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Versions by package; several of one are listed."""
    found: dict[str, set[str]] = {}
    for each in versions:
        for package, version in each.items():
            found.setdefault(package, set()).add(version)
    return {package: ", ".join(sorted(found[package])) for package in sorted(found)}
