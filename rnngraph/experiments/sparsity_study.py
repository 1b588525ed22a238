"""Run a sparsification study network by network, from where it stands."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import pandas as pd

from rnngraph._check import check_choice
from rnngraph._files import write_atomically
from rnngraph._machine import n_cores
from rnngraph.errors import FileError, InputError, RnngraphError
from rnngraph.experiments.design import task_config
from rnngraph.experiments.dispatch import ended, failure
from rnngraph.experiments.keys import digest
from rnngraph.experiments.pools import this_process, worker_processes
from rnngraph.experiments.progress import Advance, Style, reporter
from rnngraph.experiments.sparsity_plan import MethodSection, SparsityPlan, TextSection

SPARSITY_FORMAT: Final = 2
"""Part of every network's key: raised when the same plan starts to give other numbers."""

_TABLES: Final = ("networks", "history", "gates")
_Part = dict[str, Sequence[dict[str, Any]]]
"""Rows of each table that are of one network."""


@dataclass(frozen=True, eq=False)
class SparsityResults:
    """What a sparsification study found: tables in the order of the plan.

    Attributes:
        plan: What was run.
        networks: A row a network: task, method, replicate; status ("done" or "failed"), error
            (what went wrong, or ""); and, missing where it failed: accuracy, bits and perplexity on
            the test part, valid_accuracy, valid_bits; epochs, kept_epoch, diverged (though an
            earlier network was kept; where none was, it failed); baseline (of a
            bag of words, or the bits by frequencies); what is left, by `Structure.summary`;
            all_weights, all_units, all_inputs; bytes (of the folded network; of one of low rank,
            of the factors and what has none), folding_error (largest difference of an output from
            the network that is not folded), step_us (microseconds that the layers of the folded
            network take a step, reading one sequence in the core), times_as_fast (those of torch's
            module of the whole network over it), seconds.
        history: A row a network and epoch: task, method, replicate, epoch, loss, penalty,
            valid_loss, valid_accuracy, seconds.
        gates: A row a gate of every unit that is left: task, method, replicate, layer, unit, gate,
            constant, value.
    """

    plan: SparsityPlan
    networks: pd.DataFrame
    history: pd.DataFrame
    gates: pd.DataFrame


def sparsity_study(
    plan: SparsityPlan, folder: str | Path, *, progress: Style = "auto"
) -> SparsityResults:
    """Fit every network of a plan, and measure what is left of it.

    It may be interrupted, killed and called again at any time: networks that were finished are
    kept, by what decides them, so that a plan that grows only does what is new. A network that
    fails, diverges or whose process dies, is a row that says so; the others go on, and the next
    call tries it anew. Results but for times do not depend on `[compute]`.

    Args:
        plan: What to run.
        folder: Where finished networks are kept; made if it is not there.
        progress: "auto", "bar", "lines" or "none", on standard error.

    Raises:
        InputError: `plan` is no `SparsityPlan`, or a method or a text refuses its parameters.
        FileError: A file cannot be read or written, or is damaged.
        RnngraphError: The worker processes do not start, or no network could be fitted.
        KeyboardInterrupt: Interrupted; what had finished is kept.
    """
    if not isinstance(plan, SparsityPlan):
        raise InputError(
            "`plan` must be a SparsityPlan, such as `SparsityPlan.from_toml` reads from a file; "
            f"got a {type(plan).__name__}."
        )
    check_choice("progress", progress, get_args(Style))
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"`{folder}` cannot be used: {error.strerror}.") from error
    data = {task.name: task_config(task.data) for task in plan.tasks}
    paths = {
        index: folder / f"{_key(plan, data[run[0].name], *run)}.json"
        for index, run in enumerate(plan.runs())
    }
    missing = {index: path for index, path in paths.items() if not path.exists()}
    with reporter(progress, "sparsify", len(missing)) as advance:
        failed = _fit_all(plan, missing, advance) if missing else {}
    if len(failed) == len(paths):
        first = failed[min(failed)].strip().splitlines()[-1]
        raise RnngraphError(f"All {len(failed)} networks failed, the first with: {first}")
    found = [
        _failed(*run, failed[index]) if index in failed else _load(paths[index])
        for index, run in enumerate(plan.runs())
    ]
    tables = (pd.DataFrame([row for part in found for row in part[name]]) for name in _TABLES)
    return SparsityResults(plan, *tables)


def _fit_all(plan: SparsityPlan, missing: Mapping[int, Path], advance: Advance) -> dict[int, str]:
    """Have the networks fitted, each by one thread of a process, and keep each as it comes.

    Returns:
        What went wrong, by the number of a run that failed.
    """
    from rnngraph.experiments.sparsity_runs import fit_one

    runs, failed = plan.runs(), {}
    workers = min(len(missing), plan.compute.cores or n_cores())
    with this_process() if workers == 1 else worker_processes(workers) as submit:
        waiting = deque(missing)
        for index, future in ended(
            waiting, lambda index: submit(fit_one, plan, *runs[index]), ahead=workers
        ):
            error = future.exception()
            if error is None:
                text = json.dumps(future.result(), allow_nan=False)
                write_atomically(missing[index], text.encode())
                advance(1, 0)
            elif isinstance(error, RnngraphError):  # what the plan says cannot be done
                task, method, _ = runs[index]
                raise type(error)(f"{method.label!r} on {task.name!r}: {error}") from error
            else:
                failed[index] = failure(error)
                advance(0, 1)
    return failed


def _key(
    plan: SparsityPlan,
    data: Mapping[str, Any],
    task: TextSection,
    method: MethodSection,
    replicate: int,
) -> str:
    """Identity of all that a network's numbers hang on; files count by their content."""
    return digest(
        {
            "format": SPARSITY_FORMAT,
            "seed": plan.seed,
            "task": {**task.model_dump(mode="json", exclude={"data"}), "data": data},
            "method": {"name": method.name, "label": method.label, **method.parameters},
            "replicate": replicate,
        }
    )


def _failed(task: TextSection, method: MethodSection, replicate: int, error: str) -> _Part:
    key = {"task": task.name, "method": method.label, "replicate": replicate}
    return {"networks": [{**key, "status": "failed", "error": error}], "history": [], "gates": []}


def _load(path: Path) -> _Part:
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
        return {name: list(tables[name]) for name in _TABLES}
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(f"{path} is damaged; delete it to have it made again.") from error
