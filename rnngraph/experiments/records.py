"""What the writer of a store keeps: plans, graphs with their metrics, finished and failed runs."""

import json
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version

import numpy as np
import pandas as pd

from rnngraph._types import Adjacency
from rnngraph.experiments.design import PlannedRun
from rnngraph.experiments.keys import canonical, digest, plain
from rnngraph.experiments.plan import Plan
from rnngraph.experiments.store import transaction


def plan_key(plan: Plan) -> str:
    """Return the identity of a plan, which its `[compute]` table does not change."""
    return digest(plan.model_dump(mode="json", exclude={"compute"}))


def save_plan(
    connection: sqlite3.Connection,
    plan: Plan,
    task: Mapping[str, object],
    runs: Sequence[PlannedRun],
) -> None:
    """Keep a plan as the newest, with what is known of its task, its graphs and its runs."""
    graphs = {run.graph.key: run.graph for run in runs}
    with transaction(connection):
        key = plan_key(plan)
        connection.execute(
            "DELETE FROM plan_runs WHERE plan IN (SELECT id FROM plans WHERE key = ?)", [key]
        )
        connection.execute("DELETE FROM plans WHERE key = ?", [key])
        row = connection.execute(
            "INSERT INTO plans (key, plan, task, started) VALUES (?, ?, ?, ?)",
            [key, plan.canonical(), json.dumps(dict(task)), _now()],
        )
        connection.executemany(
            "INSERT INTO plan_runs VALUES (?, ?, ?, ?, ?, ?)",
            [
                [row.lastrowid, position, r.key, r.graph.key, r.graph.family, r.graph.index]
                for position, r in enumerate(runs)
            ],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO graphs (key, n, edges) VALUES (?, ?, ?)",
            [[g.key, len(g.adjacency), _edges(g.adjacency)] for g in graphs.values()],
        )


def measured(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Return the names of the metrics that are known of each graph, by graph key."""
    rows = connection.execute("SELECT key, metrics FROM graphs")
    return {key: set(json.loads(metrics)) for key, metrics in rows}


def save_metrics(connection: sqlite3.Connection, keys: Sequence[str], table: pd.DataFrame) -> None:
    """Add metrics to graphs: `table` is a `profile` with a row a key."""
    reasons = table["undefined"]
    values = table.drop(columns="undefined")
    with transaction(connection):
        for position, key in enumerate(keys):
            known, known_reasons = connection.execute(
                "SELECT metrics, undefined FROM graphs WHERE key = ?", [key]
            ).fetchone()
            new = {str(name): plain(value) for name, value in values.iloc[position].items()}
            texts = [text for text in (known_reasons, reasons.iloc[position]) if text]
            connection.execute(
                "UPDATE graphs SET metrics = ?, undefined = ? WHERE key = ?",
                [canonical({**json.loads(known), **new}), "; ".join(texts), key],
            )


def done_keys(connection: sqlite3.Connection) -> set[str]:
    """Return the keys of all runs that are done, of whatever plan."""
    return {key for (key,) in connection.execute("SELECT key FROM runs WHERE status = 'done'")}


def save_done(
    connection: sqlite3.Connection,
    runs: Sequence[PlannedRun],
    results: Sequence[Mapping[str, object]],
    attempts: int,
) -> None:
    """Keep the results of a finished group of runs, all or none."""
    with transaction(connection):
        for run, result in zip(runs, results, strict=True):
            _save_run(connection, run, "done", attempts, result, "")


def save_failed(connection: sqlite3.Connection, run: PlannedRun, error: str, attempts: int) -> None:
    """Keep the traceback of a run that failed; the next `run` tries it again."""
    with transaction(connection):
        _save_run(connection, run, "failed", attempts, {}, error)


def _save_run(
    connection: sqlite3.Connection,
    run: PlannedRun,
    status: str,
    attempts: int,
    result: Mapping[str, object],
    error: str,
) -> None:
    connection.execute(
        """INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET status = excluded.status,
            attempt = runs.attempt + excluded.attempt, result = excluded.result,
            error = excluded.error, finished = excluded.finished, versions = excluded.versions""",
        [
            run.key,
            status,
            attempts,
            canonical(run.config),
            json.dumps(dict(result), allow_nan=False),
            error,
            _now(),
            _versions(),
        ],
    )


@cache
def _versions() -> str:
    packages = ("rnngraph", "numpy", "torch")
    return canonical({"python": platform.python_version(), **{p: version(p) for p in packages}})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _edges(adjacency: Adjacency) -> str:
    return canonical(np.argwhere(adjacency).tolist())
