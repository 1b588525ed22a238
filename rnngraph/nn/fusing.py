"""A cell's step fused by torch.compile: its arithmetic in one go over the numbers."""

import warnings

import torch
from torch import Tensor

from rnngraph._types import Cell
from rnngraph.errors import InputError
from rnngraph.masks import GATES
from rnngraph.nn.cells import N_STATES, STEPS, State, Step

_FIRST_CALLS = ((1, 5, 16), (3, 5, 16))
"""Networks, rows and units: torch takes equal numbers for one, and 1 for a special case."""
_MOST_CASES = 256
"""Kinds of calls that torch compiles a step for; past its own 8 it would go on in plain torch."""


def fused_step(cell: Cell, device: torch.device, dtype: torch.dtype) -> Step:
    """Fuse the step of a cell for training, for stacks of any size.

    All that is compiled is compiled here, and for as many CPU threads as torch has at the time:
    with another number torch would compile anew.

    Without gates there is but a sum and its squashing, no faster fused (benchmarks/training, set
    "twin"): such a step stays as it is.

    Raises:
        InputError: torch cannot compile here.
    """
    plain = STEPS[cell]
    if len(GATES[cell]) == 1:
        return plain
    try:
        with (
            warnings.catch_warnings(),  # torch warns of what it does itself while it compiles
            torch._dynamo.config.patch(cache_size_limit=_MOST_CASES),  # torch 2.6's name for it
        ):
            warnings.simplefilter("ignore")
            fused: Step = torch.compile(plain, dynamic=True)
            for shape in _FIRST_CALLS:
                _call(fused, cell, torch.zeros(shape, device=device, dtype=dtype))
    except (RuntimeError, OSError) as error:
        raise InputError(
            '`backend` "fused" needs what torch.compile needs, a C++ compiler on a CPU and '
            f"Triton on a GPU; got {_reason(error)}."
        ) from error

    def step(from_input: Tensor, from_hidden: Tensor, state: State) -> State:
        # torch would compile each of these cases anew: first steps, lone rows, no gradient,
        # and the strides that products along edges have.
        if from_input.shape[1] == 1 or not state[0].requires_grad:
            return plain(from_input, from_hidden, state)
        return fused(from_input, from_hidden.contiguous(), state)

    return step


def _reason(error: Exception) -> str:
    """First line of an error, but for a line that only says who raised it."""
    lines = [line for line in str(error).splitlines() if line and not line.endswith("raised:")]
    return lines[0] if lines else type(error).__name__


def _call(step: Step, cell: Cell, zeros: Tensor) -> None:
    state = tuple(zeros.clone().requires_grad_() for _ in range(N_STATES[cell]))
    from_input, from_hidden = (state[0].repeat(1, 1, len(GATES[cell])) for _ in range(2))
    torch.autograd.grad(step(from_input, from_hidden, state)[0].sum(), state)
