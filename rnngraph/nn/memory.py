"""Whether a population, as it is held and worked on, fits into memory.

Counted is what is there for certain, so that nothing is refused that fits.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest

import torch

from rnngraph._machine import total_memory
from rnngraph.errors import InputError
from rnngraph.masks import GATES
from rnngraph.nn.members import Member
from rnngraph.nn.reference import stacks_of
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.stack import links_of, n_padded, padded_shapes
from rnngraph.tasks import SequenceData

_KEPT = {"tanh": 2, "relu": 2, "gru": 5, "lstm": 7}
"""Numbers that a unit keeps of a step until its gradient is known."""

_CHUNK = 32
"""Sequences whose steps the core keeps at once."""

_COPIES = 2
"""Of all that a checkpoint holds, while it is written."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a population is trained: what its memory depends on.

    Attributes:
        runs_on: Backend of each member.
        threads: Of the native backend: networks that are trained at once.
        at_once: Networks in a stack of the reference.
        device: Where the networks are.
        dtype: Type of their numbers.
        saves: Whether a checkpoint is written.
    """

    runs_on: Sequence[str]
    threads: int
    at_once: int
    device: torch.device
    dtype: torch.dtype
    saves: bool


@dataclass(frozen=True)
class Need:
    """Bytes of a network.

    Attributes:
        saved: Its weights and moments.
        held: All that it has from the beginning to the end, these among them, and what is left of
            it in the end.
        drawn: Besides, while its first weights are drawn.
        worked: Besides, while it is trained.
    """

    saved: float
    held: float
    drawn: float
    worked: float

    @property
    def alone(self) -> float:
        """Where it is the only one."""
        return self.held + max(self.drawn, self.worked)


def check_fits(
    everyone: Sequence[Member], task: SequenceData, settings: TrainingSettings, way: Way
) -> None:
    """Check each network, and the population, against memory, before any weight is drawn.

    Raises:
        InputError: It needs more.
    """
    have = memory_of(way.device)

    def check_alone(member: Member, need: float) -> None:
        if need > have:
            raise InputError(
                f"`graphs` must hold networks that fit into memory; that of graph {member.graph} "
                f"({member.n_units} units) needs {_gib(need)} or more for sequences of "
                f"{_steps(task)} steps, and there are {_gib(have)}."
            )

    of_graph: dict[int, Need] = {}
    for member, backend in zip(everyone, way.runs_on, strict=True):
        if member.graph not in of_graph:
            # Its whole matrices by their shapes, before a mask of that shape is made.
            check_alone(member, 4.0 * _n_weights(member, task))
            need = _in_core if backend == "native" else _in_torch
            of_graph[member.graph] = need(member, task, settings, way)
    needs = [of_graph[member.graph] for member in everyone]
    largest = max(everyone, key=lambda member: of_graph[member.graph].alone)
    check_alone(largest, of_graph[largest.graph].alone)
    held, passing = sum(need.held for need in needs), _passing(everyone, task, needs, way)
    what = max(passing, key=lambda name: passing[name])
    if held + passing[what] > have:
        raise InputError(
            f"`graphs` must hold a population that fits into memory; its {len(everyone)} networks "
            f"need {_gib(held + passing[what])} or more, {_gib(held)} to hold them and "
            f"{_gib(passing[what])} to {what}, and there are {_gib(have)}. In several calls, some "
            "of them in each, they become the same (without `halving`)."
        )


def memory_of(device: torch.device) -> float:
    """Bytes of memory of a GPU, or of this machine."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[1])
    return total_memory()


def _passing(
    everyone: Sequence[Member], task: SequenceData, needs: Sequence[Need], way: Way
) -> dict[str, float]:
    """Bytes besides those that are held, by what they are for; one after the other."""

    def worked(members: Iterable[int]) -> float:
        return sum(needs[k].worked for k in members)

    native = [k for k, backend in enumerate(way.runs_on) if backend == "native"]
    others = [k for k, backend in enumerate(way.runs_on) if backend != "native"]
    busiest = nlargest(way.threads, native, key=lambda k: needs[k].worked)
    grouped = stacks_of([everyone[k] for k in others], task, way.at_once, way.device)
    stacks = [[others[k] for k in stack] for stack in grouped]
    largest = max(stacks, key=worked, default=[])
    return {
        f"train {len(busiest)} at once (`n_jobs`)": worked(busiest),
        f"train {len(largest)} in a stack (`members`)": worked(largest),
        "draw the first weights of one": max(need.drawn for need in needs),
        "write `checkpoint`": way.saves * _COPIES * sum(need.saved for need in needs),
    }


def _in_core(member: Member, task: SequenceData, settings: TrainingSettings, way: Way) -> Need:
    live, weights = member.n_parameters(task), _n_weights(member, task)
    rows = min(_CHUNK, settings.batch_size, len(task.train.lengths))
    # Gates share an edge, which is known by its target and by its source.
    masks = member.parameter_masks(task)
    hidden = sum(int(mask.count_nonzero()) for name, mask in masks.items() if "weight_hh" in name)
    edges = hidden / len(GATES[member.cell])
    saved = 12.0 * live
    # Edges' gradients are summed in four lanes or more.
    worked = 20 * live + 4 * _kept(member, task, member.n_units, rows, _steps(task))
    return Need(saved, saved + 12 * edges + 4 * weights, 18.0 * weights, worked)


def _in_torch(member: Member, task: SequenceData, settings: TrainingSettings, way: Way) -> Need:
    weights, size = _n_weights(member, task), way.dtype.itemsize
    links, own = links_of(member.mask), member.parameter_shapes(task)
    padded = sum(math.prod(shape) for shape in padded_shapes(member.cell, links, own).values())
    saved = float(size * padded * (2 if settings.optimizer == "sgd" else 3))
    rows = min(settings.batch_size, len(task.train.lengths))
    units, steps = len(links) * n_padded(own)[0], float(task.train.lengths.mean())
    # A gradient, and the same clipped.
    worked = size * (2 * padded + _kept(member, task, units, rows, steps))
    masks = size * sum(mask.numel() for mask in member.parameter_masks(task).values())
    if way.device.type == "cuda":  # first and last weights are not there
        return Need(saved, saved + masks, 0.0, worked)
    return Need(saved, saved + masks + size * weights, 18.0 * weights, worked)


def _kept(member: Member, task: SequenceData, units: int, rows: int, steps: float) -> float:
    """Numbers of all steps of some sequences that wait for their gradient."""
    read = steps if task.kind == "step" else 1
    return rows * (steps * units * _KEPT[member.cell] + read * task.output_size)


def _n_weights(member: Member, task: SequenceData) -> int:
    """Numbers of a network's whole matrices and biases."""
    return sum(math.prod(shape) for shape in member.parameter_shapes(task).values())


def _steps(task: SequenceData) -> int:
    """Steps of the longest sequence."""
    return max(int(part.inputs.shape[1]) for part in (task.train, task.test))


def _gib(size: float) -> str:
    return f"{size / 2**30:.3g} GiB"
