"""The table of docs/pruning.md, what becomes of the zeros of an LSTM, is run."""

import copy
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize, prune

import rnngraph as rg
from rnngraph import pruning

PAGE = Path(__file__).parents[2] / "docs" / "pruning.md"
NAME = "weight_hh_l0"
N_IN, UNITS = 3, 6
X = torch.linspace(-1, 1, 5 * 2 * N_IN).reshape(5, 2, N_IN)


def mask_of(weight: Tensor) -> Tensor:
    return (torch.arange(weight.numel()) % 3 == 0).view_as(weight)


class Times(nn.Module):
    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.mask


def by_hand(model: nn.LSTM) -> nn.Module:
    with torch.no_grad():
        model.weight_hh_l0.mul_(mask_of(model.weight_hh_l0))
    return model


def by_prune(model: nn.LSTM) -> nn.Module:
    return prune.custom_from_mask(model, NAME, mask_of(model.weight_hh_l0))


def by_parametrize(model: nn.LSTM) -> nn.Module:
    parametrize.register_parametrization(model, NAME, Times(mask_of(model.weight_hh_l0)))
    return model


def by_set_masks(model: nn.LSTM) -> nn.Module:
    pruning.set_masks(model, {NAME: mask_of(model.weight_hh_l0)})
    return model


class Ours(nn.Module):
    """A GraphRNN that is called as an LSTM is."""

    def __init__(self, model: nn.LSTM) -> None:
        super().__init__()
        complete = torch.ones(UNITS, UNITS, dtype=torch.bool).numpy()
        readout = nn.Linear(UNITS, 1)
        self.inner = rg.nn.GraphRNN.from_torch(model, readout, complete)
        pruning.set_masks(self.inner, {f"rnn.{NAME}": mask_of(model.weight_hh_l0)})

    @property
    def weight_hh_l0(self) -> Tensor:
        return self.inner.recurrent_state()[NAME]

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        return self.inner(x.transpose(0, 1), per_step=True), None


TOOLS: dict[str, Callable[[nn.LSTM], nn.Module]] = {
    "by hand": by_hand,
    "`prune`": by_prune,
    "`parametrize`": by_parametrize,
    "ours, stock": by_set_masks,
    "ours": Ours,
}


def step(model: nn.Module, **settings: float) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, **settings)
    optimizer.zero_grad()
    model(X)[0].square().sum().backward()
    optimizer.step()


def zeros_stay(model: nn.Module) -> bool:
    """What acts in the next pass: a pass refreshes what is derived."""
    model(X)
    weight = model.weight_hh_l0.detach()
    return bool((weight[~mask_of(weight)] == 0).all())


def after_training(model: nn.Module) -> bool:
    step(model, weight_decay=0.1)
    return zeros_stay(model)


def after_momentum(model: nn.Module) -> bool:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for parameter in model.parameters():
        optimizer.state[parameter]["momentum_buffer"] = torch.ones_like(parameter)
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    return zeros_stay(model)


def after_deepcopy(model: nn.Module) -> bool:
    model(X)
    return after_training(copy.deepcopy(model))


def after_compile(model: nn.Module) -> bool:
    compiled = torch.compile(model, backend="eager")
    step(compiled)
    return zeros_stay(model)


def in_a_fresh_module(model: nn.Module) -> bool:
    fresh = Ours(nn.LSTM(N_IN, UNITS)) if isinstance(model, Ours) else nn.LSTM(N_IN, UNITS)
    if pruning.masks_of(model) and not isinstance(model, Ours):
        pruning.load_pruned(fresh, model.state_dict())
    else:
        fresh.load_state_dict(model.state_dict())
    return after_training(fresh)


def made_plain(model: nn.Module) -> bool:
    plain(model)
    return zeros_stay(model)


def trained_on(model: nn.Module) -> bool:
    plain(model)
    return after_training(model)


def plain(model: nn.Module) -> None:
    if prune.is_pruned(model) and hasattr(model, f"{NAME}_orig"):
        prune.remove(model, NAME)
    elif parametrize.is_parametrized(model):
        parametrize.remove_parametrizations(model, NAME)
    else:
        pruning.finalize(model)


EVENTS: dict[str, Callable[[nn.Module], bool]] = {
    "training, weight decay": after_training,
    "momentum from before": after_momentum,
    "deepcopy, then training": after_deepcopy,
    "`torch.compile`": after_compile,
    "state dict into a fresh module, then training": in_a_fresh_module,
    "made plain (`remove`, `finalize`)": made_plain,
    "made plain, then training": trained_on,
}


def outcome(tool: str, event: str) -> str:
    torch.manual_seed(0)
    model = TOOLS[tool](nn.LSTM(N_IN, UNITS))
    try:
        return "yes" if EVENTS[event](model) else "no"
    except RuntimeError:
        return "error"


def table() -> dict[str, dict[str, str]]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    start = next(k for k, line in enumerate(lines) if line.startswith("| zeros survive"))
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines[start:]]
    return {
        row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[1:] if row[0] in EVENTS
    }


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_table_is_what_happens() -> None:
    found = {event: {tool: outcome(tool, event) for tool in TOOLS} for event in EVENTS}
    assert found == table()
