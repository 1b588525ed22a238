"""Whether a network, and what its training keeps, fit into memory."""

import math
from collections.abc import Sequence

from rnngraph._machine import total_memory
from rnngraph.errors import InputError
from rnngraph.nn.members import Member
from rnngraph.nn.settings import TrainingSettings
from rnngraph.tasks import SequenceData

_KEPT = {"tanh": 2, "relu": 2, "gru": 5, "lstm": 7}
"""Numbers that a unit keeps of a step until its gradient is known."""

_SAMPLES = 32
"""Sequences whose steps are kept at once: the core's chunk, the least that any backend keeps."""


def check_fits(everyone: Sequence[Member], task: SequenceData, settings: TrainingSettings) -> None:
    """Check the largest network, before its weights are drawn, against the machine's memory.

    Raises:
        InputError: It needs more.
    """
    largest = max(everyone, key=lambda member: member.n_units)
    steps = max(task.train.inputs.shape[1], task.test.inputs.shape[1])
    samples = min(_SAMPLES, settings.batch_size)
    read = steps if task.kind == "step" else 1
    kept = samples * (steps * largest.n_units * _KEPT[largest.cell] + read * task.output_size)
    drawn = sum(math.prod(shape) for shape in largest.parameter_shapes(task).values())
    # Weights, their gradient and two moments in float32. First weights are drawn whole, in float64,
    # and copied once; masks take a byte or two.
    need, have = 4 * (4 * largest.n_parameters(task) + kept) + 18 * drawn, total_memory()
    if need > have:
        raise InputError(
            f"`graphs` must hold networks that fit into memory; that of graph {largest.graph} "
            f"({largest.n_units} units) needs {need / 2**30:.3g} GiB or more for sequences of "
            f"{steps} steps, and there are {have / 2**30:.3g} GiB."
        )
