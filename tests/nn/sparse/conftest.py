"""Stock networks with masked weights."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnngraph import _native
from rnngraph._types import Cell
from rnngraph.nn.graph_rnn import stock_module

needs_core = pytest.mark.skipif(_native.core is None, reason="the core was not built")
INSTRUCTIONS = _native.core.instruction_sets() if _native.core else []
BACKENDS = ["reference", *(["native"] if _native.core else [])]


def pruned(
    cell: Cell,
    inputs: int,
    units: int,
    density: float = 0.3,
    *,
    layers: int = 1,
    both: bool = False,
    seed: int = 0,
) -> nn.RNNBase:
    """Stock module (batch first) whose weights are 0 but for a random share.

    They are small enough that differences die out from step to step.
    """
    rng = torch.Generator().manual_seed(seed)
    made = stock_module(cell, inputs, units, num_layers=layers, bidirectional=both)
    with torch.no_grad():
        for name, value in made.named_parameters():
            value.copy_(torch.rand(value.shape, generator=rng) - 0.5)
            if name.startswith("weight"):
                value.mul_(torch.rand(value.shape, generator=rng) < density)
                value.mul_(2 / max(1, density * value.shape[1]) ** 0.5)
    return made.requires_grad_(False)


def normal(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=INSTRUCTIONS)
def instructions(request: pytest.FixtureRequest, use_instructions: Callable[[str], None]) -> str:
    """Every instruction set of the core, one after the other."""
    use_instructions(request.param)
    return str(request.param)
