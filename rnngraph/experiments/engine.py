"""Run a plan: find what its store does not hold yet, have it done, and keep it as it comes."""

import math
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, get_args

from rnngraph._check import check_choice
from rnngraph._machine import n_cores
from rnngraph.errors import InputError
from rnngraph.experiments.design import PlannedGraph, PlannedRun, planned_graphs, planned_runs
from rnngraph.experiments.dispatch import completed
from rnngraph.experiments.jobs import Job, TaskSource, build_task, task_source
from rnngraph.experiments.plan import Plan
from rnngraph.experiments.pools import this_process, worker_processes
from rnngraph.experiments.progress import Advance, Style, reporter
from rnngraph.experiments.records import (
    done_keys,
    measured,
    save_done,
    save_failed,
    save_metrics,
    save_plan,
)
from rnngraph.experiments.store import writing
from rnngraph.metrics import profile

_GRAPHS_AT_ONCE: Final = 32


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a call of `run` did.

    Attributes:
        planned: Runs of the plan.
        found: Of these, runs that the store already held.
        done: Runs finished now.
        failed: Runs that failed now; their tracebacks are in the store.
        seconds: Wall time.
    """

    planned: int
    found: int
    done: int
    failed: int
    seconds: float


def run(
    plan: Plan,
    store: str | Path,
    *,
    engine: Literal["local", "serial"] = "local",
    progress: Style = "auto",
) -> Outcome:
    """Train every network of a plan that the store does not hold as done.

    It may be interrupted, killed and called again at any time: a run that is done is neither lost
    nor repeated. Groups that fail are tried again run by run; a run that fails again is kept as
    failed, with its traceback, and tried anew by the next call. No result depends on the engine,
    on `[compute]` or on what else the plan holds.

    Args:
        plan: What to run.
        store: A file, whose name ends in .sqlite, .sqlite3 or .db; any other name is a folder
            that holds `results.sqlite`. Plans may share a store, and then share the runs they
            have in common.
        engine: "local" uses `plan.compute.workers` processes, "serial" this process alone, as
            does "local" with one worker. A script must guard its call of "local" with
            `if __name__ == "__main__":`.
        progress: "auto", "bar", "lines" or "none", on standard error.

    Raises:
        InputError: `plan` is no `Plan`, or a family or the task refuses its parameters.
        FileError: A file that the plan names cannot be read.
        StoreError: The store has another writer, is no store of this version, is damaged, or
            cannot be written.
        RnngraphError: The worker processes do not start, or all die.
        KeyboardInterrupt: Interrupted; what had finished is kept.
    """
    if not isinstance(plan, Plan):
        raise InputError(
            "`plan` must be a Plan, such as `Plan.from_toml` reads from a file; "
            f"got a {type(plan).__name__}."
        )
    check_choice("engine", engine, ("local", "serial"))
    check_choice("progress", progress, get_args(Style))
    started = time.monotonic()
    graphs = planned_graphs(plan)
    runs = planned_runs(plan, graphs)
    source = task_source(plan)
    task = build_task(source)
    with writing(store) as connection:
        save_plan(connection, plan, task.meta, runs)
        _measure(connection, graphs, plan.analysis.metric_names, progress)
        found = done_keys(connection)
        missing = [run for run in runs if run.key not in found]
        workers = 1 if engine == "serial" else plan.compute.workers or n_cores()
        jobs = _jobs(source, missing, members=plan.compute.members, workers=workers)
        with reporter(progress, "train", len(missing)) as advance:
            done, failed = _train(connection, jobs, workers, advance) if jobs else (0, 0)
    return Outcome(
        planned=len(runs),
        found=len(runs) - len(missing),
        done=done,
        failed=failed,
        seconds=time.monotonic() - started,
    )


def _measure(
    connection: sqlite3.Connection,
    graphs: Sequence[PlannedGraph],
    names: Sequence[str],
    progress: Style,
) -> None:
    """Compute and keep the metrics that the store lacks, each graph once."""
    known = measured(connection)
    lacking: dict[tuple[str, ...], list[PlannedGraph]] = {}
    for graph in {graph.key: graph for graph in graphs}.values():
        lacks = tuple(name for name in names if name not in known[graph.key])
        if lacks:
            lacking.setdefault(lacks, []).append(graph)
    with reporter(progress, "measure", sum(map(len, lacking.values()))) as advance:
        for lacks, alike in lacking.items():
            for start in range(0, len(alike), _GRAPHS_AT_ONCE):
                chunk = alike[start : start + _GRAPHS_AT_ONCE]
                table = profile([graph.adjacency for graph in chunk], metrics=lacks)
                save_metrics(connection, [graph.key for graph in chunk], table)
                advance(len(chunk), 0)


def _jobs(
    source: TaskSource, runs: Sequence[PlannedRun], *, members: int, workers: int
) -> list[Job]:
    """Group the runs that can be trained together, as few a job as keeps all workers busy."""

    def group(run: PlannedRun) -> tuple[str, int, int]:
        return run.config["network"]["cell"], run.config["replicate"], len(run.graph.adjacency)

    size = min(members, math.ceil(len(runs) / workers))
    jobs = []
    for _, alike in groupby(sorted(runs, key=group), key=group):
        together = list(alike)
        for start in range(0, len(together), size):
            jobs.append(Job(source, tuple(together[start : start + size])))
    return jobs


def _train(
    connection: sqlite3.Connection, jobs: Sequence[Job], workers: int, advance: Advance
) -> tuple[int, int]:
    """Have all jobs done and keep their results; returns how many runs ended well and failed."""
    done = failed = 0
    alone = workers == 1
    with this_process() if alone else worker_processes(min(workers, len(jobs))) as submit:
        # One job ahead of each worker, so that none waits for the store.
        for job, results in completed(jobs, submit, ahead=1 if alone else 2 * workers):
            if isinstance(results, str):
                save_failed(connection, job.runs[0], results, job.attempt)
                failed += 1
                advance(0, 1)
            else:
                save_done(connection, job.runs, results, job.attempt)
                done += len(job.runs)
                advance(len(job.runs), 0)
    return done, failed
