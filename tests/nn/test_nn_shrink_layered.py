"""Smaller layered networks against those that they come from."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnngraph._types import CELLS
from rnngraph.errors import InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import LayeredRNN, dead_units, load_model, save_model, shrink
from tests.nn.conftest import random_graph

N_TOKENS = 5


def pruned(cell: str, nodes: int, density: float, seed: int, embedding_size: int = 3) -> LayeredRNN:
    """A layered network with most weights 0; biases too, of some units, so that some are silent."""
    mask = layered_mask(random_graph(nodes, seed, 0.4), cell, embedding_size=embedding_size)
    model = LayeredRNN(mask, N_TOKENS, 2, rng=seed, dtype=torch.float64)
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in mask.cells:
            n = len(mask.layers[part.target])
            mute = torch.rand(n, generator=draw) < 0.5
            for name, value in model.cells[part.name].named_parameters():
                if "weight" in name:
                    value *= torch.rand(value.shape, generator=draw) < density
                else:
                    value *= ~mute.repeat(len(value) // n)
        model.readout.weight *= torch.rand(model.readout.weight.shape, generator=draw) < 0.6
    return model


def tokens(batch: int = 4, steps: int = 6) -> torch.Tensor:
    return torch.randint(0, N_TOKENS, (batch, steps), generator=torch.Generator().manual_seed(0))


def n_units(model: LayeredRNN) -> list[int]:
    return [len(layer) for layer in model.mask.layers]


@settings(max_examples=60, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    nodes=st.integers(2, 14),
    density=st.floats(0, 0.7),
    seed=st.integers(0, 10_000),
    embedding_size=st.sampled_from([0, 3]),
)
@torch.no_grad()
def test_outputs_are_the_same(
    cell: str, nodes: int, density: float, seed: int, embedding_size: int
) -> None:
    model = pruned(cell, nodes, density, seed, embedding_size)
    before = copy.deepcopy(model.state_dict())
    small = shrink(model)
    assert isinstance(small.model, LayeredRNN)
    assert small.readout is None
    torch.testing.assert_close(
        small.model(tokens(), per_step=True), model(tokens(), per_step=True), rtol=1e-12, atol=1e-12
    )
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    dead = dead_units(model).groupby("layer").size()
    left = [max(1, n - int(dead.get(layer, 0))) for layer, n in enumerate(n_units(model))]
    assert n_units(small.model) == left == [len(kept) for kept in small.kept.values()]
    assert list(small.kept) == [(layer, "forward") for layer in range(len(left))]
    assert n_units(shrink(small.model).model) == left
    assert sorted(sum(small.model.mask.layers, ())) == list(range(sum(left)))
    assert small.model.mask.graph().sum() <= model.mask.graph().sum()


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_dead_units_do_what_their_name_says(cell: str) -> None:
    """Silent ones: a state of 0 in all cells; unread ones: no output changes with them."""
    kinds = set()
    for seed in range(10):
        model = pruned(cell, 9, 0.15, seed)
        outputs = model(tokens(), per_step=True)
        states = dict(
            zip(
                [part.name for part in model.mask.cells],
                model._run(model._packed(tokens(), None)[0])[1],
                strict=True,
            )
        )
        for row in dead_units(model).itertuples():
            kinds.add(row.kind)
            own = [part.name for part in model.mask.cells if part.target == row.layer]
            n = n_units(model)[row.layer]
            disturbed = copy.deepcopy(model)
            for name in own:
                if row.kind == "silent":
                    assert (states[name][:, row.unit] == 0).all()
                elif states[name][:, row.unit].any():
                    disturbed.cells[name].bias_ih_l0[row.unit :: n] += 1
            torch.testing.assert_close(disturbed(tokens(), per_step=True), outputs)
    assert kinds == {"silent", "unread"}


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_removed_units_are_those_that_nothing_reads(cell: str) -> None:
    adjacency = np.zeros((4, 4), dtype=bool)
    adjacency[:2, 2:] = True
    mask = layered_mask(adjacency, cell, embedding_size=2)
    assert [len(layer) for layer in mask.layers] == [2, 2]
    model = LayeredRNN(mask, N_TOKENS, 2, rng=0, dtype=torch.float64)
    masked = copy.deepcopy(model)
    masked.cells["layer_0"].weight_hh_l0[:, 0] = 0
    masked.cells["layer_1"].weight_hh_l0[:, 1] = 0
    masked.cells["layer_1"].weight_ih_l0[:, 0] = 0
    masked.readout.weight[:, 1] = 0
    small = shrink(model, remove={(0, "forward"): [0], (1, "forward"): [1]})
    assert small.kept == {(0, "forward"): (1,), (1, "forward"): (0,)}
    torch.testing.assert_close(small.model(tokens()), masked(tokens()), rtol=1e-12, atol=1e-12)
    none = shrink(model, remove={(0, "forward"): [0, 1]})
    assert none.kept[0, "forward"] == (0,)
    assert not none.model.mask.cells[1].input.any()  # what fills up the layer


@torch.no_grad()
def test_a_skip_of_which_no_unit_acts_leaves() -> None:
    mask = layered_mask(np.triu(np.ones((3, 3), dtype=bool), 1), "gru", embedding_size=2)
    model = LayeredRNN(mask, N_TOKENS, 2, rng=0).double().eval()
    assert "skip_0_2" in model.cells
    for parameter in model.cells["skip_0_2"].parameters():
        parameter.zero_()
    small = shrink(model).model
    assert list(small.cells) == ["layer_0", "layer_1", "layer_2"]
    assert not small.training
    torch.testing.assert_close(small(tokens()), model(tokens()), rtol=1e-12, atol=1e-12)


@torch.no_grad()
def test_the_smaller_network_is_one_like_any_other(tmp_path: Path) -> None:
    small = shrink(pruned("lstm", 12, 0.2, 3)).model
    save_model(small, tmp_path / "net.safetensors")
    assert torch.equal(load_model(tmp_path / "net.safetensors")(tokens()), small(tokens()))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"readout": nn.Linear(2, 2)}, "`readout` must be None for a LayeredRNN, which has its"),
        (
            {"remove": {(0, "backward"): [0]}},
            r"`remove` must name layers and directions of `model`; got \(0, 'backward'\)",
        ),
        (
            {"remove": {(0, "forward"): [99]}},
            r"`remove\[\(0, 'forward'\)\]` must be an integer in \[0, \d\]; got 99",
        ),
    ],
)
def test_bad_arguments_are_named(how: dict, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        shrink(pruned("gru", 9, 0.5, 0), **how)
