"""What a worker process is given, and what it does with it: build the task, train, report.

Only the functions called in a worker import torch.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rnngraph._rng import seed_sequence, stream
from rnngraph.errors import InputError
from rnngraph.experiments.design import PlannedRun, task_config
from rnngraph.experiments.keys import canonical, plain
from rnngraph.experiments.parameters import takes
from rnngraph.experiments.plan import Plan
from rnngraph.experiments.pruning_plan import PruningPlan
from rnngraph.experiments.sections import PLAN_TASKS
from rnngraph.tasks import SequenceData

if TYPE_CHECKING:
    from rnngraph.masks import RecurrentMask


@dataclass(frozen=True)
class TaskSource:
    """How to make a task; equal sources give equal tasks.

    Attributes:
        name: Name in `PLAN_TASKS`.
        parameters: Parameters of its function, as JSON.
        stream: Name of its random stream.
        seed: Root of the random streams.
    """

    name: str
    parameters: str
    stream: str
    seed: int


@dataclass(frozen=True, eq=False)
class Job:
    """Networks to train together: one cell, one replicate, one number of units.

    Attributes:
        task: What they learn.
        runs: The runs; they differ in graph, input and readout units only.
        attempt: 1 for a group, 2 for a run of a failed group, alone.
    """

    task: TaskSource
    runs: tuple[PlannedRun, ...]
    attempt: int = 1


def task_source(plan: Plan | PruningPlan) -> TaskSource:
    """Return how to make the task of a plan."""
    parameters = canonical(plan.task.parameters)
    return TaskSource(plan.task.name, parameters, canonical(task_config(plan.task)), plan.seed)


@lru_cache(maxsize=1)
def build_task(source: TaskSource) -> SequenceData:
    """Make a task, once a process.

    Raises:
        InputError: The task's function refuses a parameter.
        FileError: A file of the task cannot be read.
    """
    function = PLAN_TASKS[source.name]
    parameters = json.loads(source.parameters)
    if takes(function, "rng"):
        parameters["rng"] = stream(seed_sequence(source.seed), "task", source.stream)
    try:
        return function(**parameters)
    except InputError as error:
        raise InputError(f"`task` ({source.name}): {error}") from error


def train_job(job: Job) -> list[dict[str, Any]]:
    """Train the networks of a job together, on the CPU.

    Returns:
        What `Population.results` says of each run but graph, replicate and cell; JSON values.
    """
    from rnngraph.nn import train_population

    config = job.runs[0].config
    population = train_population(
        [_mask(run) for run in job.runs],
        build_task(job.task),
        cell=config["network"]["cell"],
        replicates=[config["replicate"]],
        rng=seed_sequence(job.task.seed),
        keys=[run.graph.stream for run in job.runs],
        members=len(job.runs),
        device="cpu",
        n_jobs=1,
        **config["training"],
    )
    table = population.results.drop(columns=["graph", "replicate", "cell"])
    return [
        {name: plain(value) for name, value in zip(table.columns, row, strict=True)}
        for row in table.itertuples(index=False)
    ]


def _mask(run: PlannedRun) -> "RecurrentMask":
    from rnngraph.masks import recurrent_mask

    network = dict(run.config["network"])
    units = {name: network[name] for name in ("input", "readout") if network[name] != "all"}
    return recurrent_mask(run.graph.adjacency, network["cell"], **units)
