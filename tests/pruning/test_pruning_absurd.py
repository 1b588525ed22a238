"""What a careless user might give: one error that names the argument, the rule and the value."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnngraph.errors import InputError
from rnngraph.pruning import (
    SET,
    Cubic,
    Movement,
    Narang,
    Pruner,
    RigL,
    dispersion,
    epochs_to_recover,
    erdos_renyi,
    finalize,
    gate_densities,
    gates_of,
    keep_highest,
    load_pruned,
    lottery_ticket,
    mask_distance,
    masks_of,
    n_of_m,
    prune,
    random_masks,
    recurrent_weights,
    set_masks,
    thresholds,
)

NAME = "weight_hh_l0"
MASKS = {NAME: torch.ones(12, 4, dtype=torch.bool)}
SHAPES = {"w": (4, 4)}


def gru() -> nn.GRU:
    return nn.GRU(3, 4)


def pruner() -> Pruner:
    return Pruner(gru(), SET(every=1), what="hh", rng=0)


def by_gradient(task: object, model: nn.Module | None = None) -> object:
    return prune(model or gru(), 0.5, score="gradient", task=task)


def loss(model: nn.Module) -> torch.Tensor:
    return model(torch.ones(5, 2, 3))[0].sum()


def kept(**changes: object) -> object:
    return pruner().load_state_dict({"n_updates": 1, "started": MASKS, "masks": MASKS} | changes)


NAMES = "must be a sequence of names of parameters; got"
TENSORS = "must be a mapping, tensors by name of parameter; got a"
NUMBERS = "must be a mapping, numbers"
LOSS = "`task` must return a loss, a tensor of one number that depends on the weights to prune; got"
CASES: list[tuple[Callable[[], object], str]] = [
    *(
        (lambda f=f: f(None), "`module` must be a torch module; got NoneType")
        for f in (
            masks_of,
            finalize,
            recurrent_weights,
            lambda m: prune(m, 0.5),
            lambda m: set_masks(m, MASKS),
            lambda m: load_pruned(m, {}),
            lambda m: gates_of(m, [NAME]),
            lambda m: Pruner(m, SET(every=1), rng=0),
            lambda m: lottery_ticket(m, len, 0.5),
        )
    ),
    (lambda: prune(gru(), 0.5, what=None), f"`what` {NAMES} NoneType"),
    (lambda: prune(gru(), 0.5, what=gru()), f"`what` {NAMES} GRU"),
    (lambda: prune(gru(), 0.5, what=torch.ones(2)), f"`what` {NAMES} Tensor"),
    (lambda: prune(gru(), 0.5, what=[[NAME]]), r"`what` must name matrices .*; got \['weight"),
    (lambda: gates_of(gru(), None), f"`names` {NAMES} NoneType"),
    (lambda: set_masks(gru(), [1]), "`masks` must be a mapping, bool tensors by .*; got a list"),
    (lambda: set_masks(gru(), gru()), "`masks` must be a mapping, .*; got a GRU"),
    (lambda: load_pruned(gru(), 3), "`state` must be a mapping, a state dict; got a int"),
    (
        lambda: load_pruned(gru(), {**gru().state_dict(), NAME: None}),
        r"`state` must hold a tensor of shape \(12, 4\) for 'weight_hh_l0'; got NoneType",
    ),
    (
        lambda: load_pruned(gru(), {**gru().state_dict(), f"{NAME}_mask": torch.ones(2)}),
        r"`state` must hold a tensor of shape \(12, 4\) for 'weight_hh_l0_mask'; got \(2,\)",
    ),
    (lambda: by_gradient(3), "`task` must be a SequenceData, or functions .*; got 3"),
    (lambda: by_gradient([]), r"`task` must be a SequenceData, or functions .*; got \[\]"),
    (lambda: by_gradient([None]), r"`task` must be a SequenceData, .*; got \[None\]"),
    (lambda: by_gradient(torch.ones(2)), r"`task` must be a SequenceData, .*; got tensor"),
    (lambda: by_gradient([lambda _: None]), f"{LOSS} None"),
    (lambda: by_gradient([lambda _: 0.5]), f"{LOSS} 0.5"),
    (lambda: by_gradient([lambda m: m(torch.ones(5, 3))[0]]), rf"{LOSS} shape \(5, 4\)"),
    (lambda: by_gradient([lambda m: loss(m).detach()]), rf"{LOSS} shape \(\)"),
    (
        lambda: by_gradient([loss], gru().requires_grad_(False)),
        "`model` must learn the weights to prune, .*; weight_ih_l0 has `requires_grad` False",
    ),
    (
        lambda: prune(nn.LSTM(3, 4, proj_size=2), 0.5, score="jacobian", rng=0, task=[loss]),
        "`model` must be a network of rnngraph, or an nn.RNN, .* without projections; got LSTM",
    ),
    (lambda: erdos_renyi([1], 0.5), "`shapes` must be a mapping, sizes by name .*; got a list"),
    (lambda: erdos_renyi({"w": None}, 0.5), r"`shapes\['w'\]` must be a shape; got NoneType"),
    (lambda: erdos_renyi({"w": (2.5, 2)}, 0.5), r"`shapes\['w'\]` must be an integer >= 1; got 2"),
    (lambda: erdos_renyi(SHAPES, 0.5, gates=3), f"`gates` {NUMBERS} of gates by .*; got a int"),
    (lambda: random_masks(None, {}, rng=0), "`shapes` must be a mapping, sizes .*; got a NoneType"),
    (lambda: random_masks({"w": "x"}, {}, rng=0), r"`shapes\['w'\]` must be a shape; got str"),
    (lambda: random_masks(SHAPES, 0.5, rng=0), f"`densities` {NUMBERS} by name .*; got a float"),
    (lambda: keep_highest([1], MASKS, 0.5), f"`scores` {TENSORS} list"),
    (
        lambda: keep_highest({}, MASKS, 0.5),
        r"`scores` must hold a tensor of shape \(12, 4\) for 'weight_hh_l0'; got NoneType",
    ),
    (
        lambda: keep_highest({NAME: torch.ones(2)}, MASKS, 0.5),
        r"`scores` must hold a tensor of shape \(12, 4\) for 'weight_hh_l0'; got \(2,\)",
    ),
    (lambda: keep_highest(MASKS, None, 0.5), f"`live` {TENSORS} NoneType"),
    (
        lambda: keep_highest(MASKS, {NAME: torch.ones(12, 4)}, 0.5),
        "`live` must hold bool tensors; got torch.float32 for 'weight_hh_l0'",
    ),
    (lambda: keep_highest(MASKS, MASKS, 0.5, scope="gate", gates=3), f"`gates` {NUMBERS} of gates"),
    (lambda: n_of_m({"w": None}, 1, 2), "`scores` must hold a tensor for 'w'; got NoneType"),
    (lambda: gate_densities(None, {NAME: 3}), f"`masks` {TENSORS} NoneType"),
    (lambda: gate_densities(MASKS, None), f"`gates` {NUMBERS} of gates by name .* got a NoneType"),
    (lambda: dispersion({"w": gru()}, {"w": 3}), "`masks` must hold a tensor for 'w'; got GRU"),
    (lambda: mask_distance(gru(), MASKS), f"`a` {TENSORS} GRU"),
    (lambda: mask_distance(MASKS, None), f"`b` {TENSORS} NoneType"),
    (lambda: thresholds({3: torch.ones(2)}), "`model_weights` must have names; got 3"),
    (lambda: Narang(1.0, start=0, ramp=1, end=None), "`end` must be an integer .*; got None"),
    (
        lambda: Narang(1.0, start=0, ramp=10, end=200).threshold(None),
        "`step` must be a number .*; got None",
    ),
    (lambda: Cubic(0.5, start=0, end=9).sparsity("x"), "`step` must be a number .*; got 'x'"),
    (lambda: RigL(end=None), "`end` must be an integer .*; got None"),
    (lambda: RigL(end=200).share(None), "`step` must be a number .*; got None"),
    (lambda: Movement(0.5, start=0, end=9).load_state_dict([1]), f"`state` {TENSORS} list"),
    (
        lambda: Pruner(gru(), SET(every=1, within=3), rng=0).step(),
        f"`within` {TENSORS} int",
    ),
    (
        lambda: Pruner(gru(), SET(every=1, within={NAME: torch.ones(12, 4)}), rng=0).step(),
        "`within` must hold bool tensors; got torch.float32 for 'weight_hh_l0'",
    ),
    (
        lambda: Pruner(gru(), SET(every=1, within={NAME: MASKS[NAME][:2]}), rng=0).step(),
        r"`within` must hold a tensor of shape \(12, 4\) for 'weight_hh_l0'; got \(2, 4\)",
    ),
    (lambda: pruner().step(3), "`optimizer` must be one of torch.optim, or None; got int"),
    (lambda: kept(n_updates="x"), r"`state\['n_updates'\]` must be an integer >= 0; got 'x'"),
    (lambda: kept(started=None), rf"`state\['started'\]` {TENSORS} NoneType"),
    (lambda: kept(masks=None), "`masks` must be a mapping, .*; got a NoneType"),
    (lambda: lottery_ticket(gru(), None, 0.5), "`train` must be a function; got None"),
    (lambda: lottery_ticket(gru(), len, 0.5, warm_up=3), "`warm_up` must be a function; got 3"),
    (lambda: epochs_to_recover("x", 0.5), "`accuracies` must be numbers, one an epoch; got 'x'"),
    (lambda: epochs_to_recover(None, 0.5), "`accuracies` must be numbers, one an epoch; got None"),
]


@pytest.mark.parametrize(("call", "message"), CASES)
def test_what_is_absurd_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        call()
