"""Run a pruning study part by part, from where it stands."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import pandas as pd

from rnngraph._check import check_choice
from rnngraph.errors import InputError
from rnngraph.experiments.jobs import build_task, task_source
from rnngraph.experiments.progress import Advance, Style, reporter
from rnngraph.experiments.pruning_parts import Parts, Row
from rnngraph.experiments.pruning_plan import PruningPlan
from rnngraph.tasks import SequenceData

_WORDS: Final = ("cell", "what", "score", "stopped")
"""Columns that are no numbers."""


@dataclass(frozen=True, eq=False)
class PruningResults:
    """What a pruning study found: tables in the order of the plan, NaN where a number is missing.

    Attributes:
        plan: What was run.
        task: The meta of the task: its n-gram baselines, chance and more.
        base: A row a network before pruning: cell, replicate, n_recurrent (weights that can be
            pruned), n_parameters, accuracy, loss, train_loss, epochs, stopped, diverged.
        pruned: A row a pruned network: cell, replicate, what, score, amount; sparsity (share of
            the weights of `what` that is gone), n_live (recurrent weights left in the whole
            network), dense_bytes and sparse_bytes (of its recurrent matrices in float32; sparse:
            row pointers, column indices and values); accuracy_before, accuracy_pruned (at once),
            accuracy_retrained (after the last epoch), epochs_to_recover, diverged; edge_share and
            the metrics of the remaining graph, each with its z against random graphs of as many
            edges (NAME_z).
        curves: A row a pruned network and epoch of its retraining, 0 for none yet: cell,
            replicate, what, score, amount, epoch, accuracy, loss, train_loss.
    """

    plan: PruningPlan
    task: Mapping[str, Any]
    base: pd.DataFrame
    pruned: pd.DataFrame
    curves: pd.DataFrame


def prune_study(
    plan: PruningPlan, folder: str | Path, *, progress: Style = "auto"
) -> PruningResults:
    """Train the networks of a plan, prune them in every way it names, and train them again.

    The networks of a cell are trained together, and all pruned copies of one. It may be
    interrupted, killed and called again at any time: it goes on from the last epoch. No result
    depends on `[compute]`, on the interruptions or on what else the plan holds.

    Args:
        plan: What to run.
        folder: Where finished parts and checkpoints are kept; made if it is not there.
        progress: "auto", "bar", "lines" or "none", on standard error.

    Raises:
        InputError: `plan` is no `PruningPlan`, its task has no classes or refuses its parameters,
            it asks for embeddings of what are no tokens, or the folder holds another plan.
        FileError: A file cannot be read or written, or is damaged.
        KeyboardInterrupt: Interrupted; what had finished is kept.
    """
    if not isinstance(plan, PruningPlan):
        raise InputError(
            "`plan` must be a PruningPlan, such as `PruningPlan.from_toml` reads from a file; "
            f"got a {type(plan).__name__}."
        )
    check_choice("progress", progress, get_args(Style))
    task = _task(plan)
    parts = Parts.open(folder, plan)
    replicates = range(plan.training.replicates)
    missing = {
        cell: [replicate for replicate in replicates if not parts.has(cell, replicate)]
        for cell in plan.network.cells
    }
    n_before, n_after = _epochs(plan)
    total = sum(n_before + n_after * len(lacking) for lacking in missing.values() if lacking)
    with reporter(progress, "prune", total) as advance:
        for cell, lacking in missing.items():
            if lacking:
                _run_cell(plan, task, parts, cell, lacking, advance)
            parts.training(cell).unlink(missing_ok=True)
    found = [parts.load(cell, number) for cell in plan.network.cells for number in replicates]
    return PruningResults(
        plan,
        task.meta,
        *(_frame([row for part in found for row in part[name]]) for name in found[0]),
    )


def _run_cell(
    plan: PruningPlan,
    task: SequenceData,
    parts: Parts,
    cell: str,
    replicates: list[int],
    advance: Advance,
) -> None:
    """Do and keep what a cell lacks."""
    from rnngraph.experiments.pruning_runs import prune_and_retrain, train_bases

    n_before, n_after = _epochs(plan)
    with _work(advance, n_before) as tell:
        bases = train_bases(plan, task, cell, checkpoint=parts.training(cell), tell=tell)
    for replicate in replicates:
        with _work(advance, n_after) as tell:
            checkpoint = parts.retraining(cell, replicate)
            tables = prune_and_retrain(
                plan, task, bases, replicate, checkpoint=checkpoint, tell=tell
            )
            parts.save(cell, replicate, tables)


@contextmanager
def _work(advance: Advance, total: int) -> Iterator[Callable[[int], None]]:
    """Tell of a piece of work as it goes on; what was done before or not needed is told after."""
    left = total

    def tell(n: int) -> None:
        nonlocal left
        left -= n
        advance(n, 0)

    yield tell
    if left:
        advance(left, 0)


def _epochs(plan: PruningPlan) -> tuple[int, int]:
    """Network-epochs of a cell before pruning, and of each of its replicates after."""
    of = plan.pruning
    settings = len(of.what) * len(of.scores) * len(of.amounts)
    return plan.training.replicates * plan.training.epochs, settings * of.retrain_epochs


def _task(plan: PruningPlan) -> SequenceData:
    task = build_task(task_source(plan))
    if task.kind == "value":
        raise InputError(
            "`task` must have classes, so that there is an accuracy; got "
            f"{plan.task.name!r}, whose targets are numbers."
        )
    if not task.n_tokens and plan.network.embedding_size:
        raise InputError(
            "`network.embedding_size` must be 0 for a task whose inputs are not tokens, such as "
            f"{plan.task.name!r}; got {plan.network.embedding_size}."
        )
    return task


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    for name in frame.columns.difference(list(_WORDS)):
        if frame[name].dtype == object:  # some are missing, or all
            frame[name] = frame[name].astype(float)
    return frame
