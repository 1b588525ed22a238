import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrize, prune

from rnngraph._types import CELLS
from rnngraph.errors import InputError
from rnngraph.masks import graph_of, recurrent_mask
from rnngraph.nn import GraphRNN, dead_units, shrink
from rnngraph.nn.graph_rnn import stock_module
from rnngraph.pruning import set_masks

N_IN, STEPS, BATCH = 3, 7, 4


def pruned(
    cell: str, layers: int, both: bool, units: int, density: float, seed: int, bias: bool = True
) -> tuple[nn.RNNBase, nn.Linear]:
    """A random network with most weights 0; biases too, of some units, so that some are silent."""
    draw = torch.Generator().manual_seed(seed)
    rnn = stock_module(
        cell, N_IN, units, num_layers=layers, bidirectional=both, bias=bias, dtype=torch.float64
    )
    readout = nn.Linear(units * (1 + both), 2, dtype=torch.float64)
    mute = torch.rand(units, generator=draw) < 0.4
    with torch.no_grad():
        for name, value in (*rnn.named_parameters(), *readout.named_parameters()):
            value.copy_(torch.randn(value.shape, generator=draw, dtype=torch.float64))
            if "weight" in name:
                value *= torch.rand(value.shape, generator=draw) < density
            elif len(value) > 2:
                value *= ~mute.repeat(len(value) // units)
    return rnn, readout


def x(seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(BATCH, STEPS, N_IN, generator=draw, dtype=torch.float64)


def last_state(state: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    return state[0] if isinstance(state, tuple) else state


@settings(max_examples=150, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    layers=st.integers(1, 3),
    both=st.booleans(),
    units=st.integers(1, 7),
    density=st.floats(0, 0.7),
    seed=st.integers(0, 10_000),
    bias=st.booleans(),
)
@torch.no_grad()
def test_outputs_are_the_same_with_and_without_a_readout(
    cell: str, layers: int, both: bool, units: int, density: float, seed: int, bias: bool
) -> None:
    rnn, readout = pruned(cell, layers, both, units, density, seed, bias)
    small = shrink(rnn, readout)
    assert small.model.bias is bias
    assert small.readout is not None
    torch.testing.assert_close(
        small.readout(small.model(x())[0]), readout(rnn(x())[0]), rtol=1e-12, atol=1e-12
    )
    dead = dead_units(rnn, readout).groupby(["layer", "direction"]).size()
    most = max(
        units - dead.get((layer, direction), 0)
        for layer in range(layers)
        for direction in ("forward", "backward")[: 1 + both]
    )
    assert small.model.hidden_size == max(1, most)
    again = shrink(small.model, small.readout)
    assert again.model.hidden_size == small.model.hidden_size
    alone = shrink(rnn)
    output, state = rnn(x())
    again, small_state = alone.model(x())
    torch.testing.assert_close(again, output, rtol=1e-12, atol=1e-12)
    for k, (place, kept) in enumerate(alone.kept.items()):
        dead = dead_units(rnn)
        gone = dead[(dead["layer"] == place[0]) & (dead["direction"] == place[1])]
        sound = [i for i, unit in enumerate(kept) if unit not in set(gone["unit"])]
        torch.testing.assert_close(
            last_state(small_state)[k][:, sound],
            last_state(state)[k][:, [kept[i] for i in sound]],
            rtol=1e-12, atol=1e-12,
        )  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("both", [False, True])
@torch.no_grad()
def test_dead_units_do_what_their_name_says(cell: str, both: bool) -> None:
    """Silent ones: a state of 0; unread ones: no output changes when they are disturbed."""
    kinds = set()
    for seed in range(30):
        rnn, readout = pruned(cell, 1, both, 6, 0.15, seed)
        output = rnn(x())[0]
        for row in dead_units(rnn, readout).itertuples():
            kinds.add(row.kind)
            place = row.unit + 6 * (row.direction == "backward")
            if row.kind == "silent":
                assert (output[..., place] == 0).all()
            else:
                disturbed = copy.deepcopy(rnn)
                suffix = "_reverse" if row.direction == "backward" else ""
                disturbed.get_parameter(f"bias_ih_l0{suffix}")[row.unit :: 6] += 1
                torch.testing.assert_close(readout(disturbed(x())[0]), readout(output))
    assert kinds == {"silent", "unread"}


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_removed_units_are_those_that_nothing_reads(cell: str) -> None:
    rnn, readout = pruned(cell, 2, True, 5, 1.0, 1)
    remove = {(0, "forward"): [0, 3], (1, "backward"): [2], (0, "backward"): [1, 4]}
    small = shrink(rnn, readout, remove=remove)
    masked, masked_readout = copy.deepcopy(rnn), copy.deepcopy(readout)
    masked.weight_hh_l0[:, [0, 3]] = 0
    masked.weight_hh_l0_reverse[:, [1, 4]] = 0
    masked.weight_ih_l1[:, [0, 3, 6, 9]] = 0
    masked.weight_ih_l1_reverse[:, [0, 3, 6, 9]] = 0
    masked.weight_hh_l1_reverse[:, [2]] = 0
    masked_readout.weight[:, 5 + 2] = 0
    torch.testing.assert_close(
        small.readout(small.model(x())[0]), masked_readout(masked(x())[0]), rtol=1e-12, atol=1e-12
    )
    assert small.model.hidden_size == 5  # torch has one size, and layer 1, forward, needs it
    everywhere = {(layer, way): [0, 3] for layer in (0, 1) for way in ("forward", "backward")}
    small = shrink(rnn, readout, remove=everywhere)
    assert small.model.hidden_size == 3
    assert set(small.kept.values()) == {(1, 2, 4)}
    assert not torch.equal(readout(rnn(x())[0]), small.readout(small.model(x())[0]))


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_a_graph_rnn_becomes_a_smaller_one(cell: str) -> None:
    graph = np.zeros((6, 6), dtype=bool)
    graph[0, 1] = graph[1, 2] = graph[2, 0] = graph[3, 4] = graph[4, 3] = True
    mask = recurrent_mask(graph, cell, readout=[0, 1, 2])  # 3, 4 and 5 lead nowhere
    model = GraphRNN(mask, N_IN, 2, rng=0)
    small = shrink(model)
    assert isinstance(small.model, GraphRNN)
    assert small.readout is None
    assert small.kept == {(0, "forward"): (0, 1, 2)}
    torch.testing.assert_close(small.model(x().float()), model(x().float()), rtol=1e-6, atol=1e-6)
    assert (graph_of(small.model) == graph[:3, :3]).all()
    assert small.model.mask.hidden["weight_hh_l0"].sum() == 3 * len(mask.gates)
    dead = dead_units(model)
    assert dead[["unit", "kind"]].to_numpy().tolist() == [
        [3, "unread"],
        [4, "unread"],
        [5, "unread"],
    ]


@torch.no_grad()
def test_masks_of_torch_and_of_ours_count_as_zeros() -> None:
    rnn = nn.GRU(N_IN, 5)
    readout = nn.Linear(5, 1)
    mask = torch.ones(15, 5)
    mask[:, 4] = 0
    prune.custom_from_mask(rnn, "weight_hh_l0", mask)
    readout.weight[:, 4] = 0
    assert shrink(rnn, readout).kept == {(0, "forward"): (0, 1, 2, 3)}


@torch.no_grad()
def test_a_unit_that_only_silent_ones_read_goes_with_them() -> None:
    rnn, readout = pruned("lstm", 1, False, 3, 1.0, 0)
    rnn.weight_ih_l0[7] = rnn.weight_hh_l0[7] = rnn.bias_ih_l0[7] = rnn.bias_hh_l0[7] = (
        0  # unit 1's g
    )
    readout.weight[:, 2] = 0
    rnn.weight_hh_l0[[0, 3, 6, 9], 2] = 0  # unit 0 does not read unit 2, unit 1 does
    dead = dead_units(rnn, readout)[["unit", "kind"]].to_numpy().tolist()
    assert dead == [[1, "silent"], [2, "unread"]]
    small = shrink(rnn, readout)
    assert small.kept == {(0, "forward"): (0,)}
    torch.testing.assert_close(small.readout(small.model(x())[0]), readout(rnn(x())[0]))


@pytest.mark.parametrize("how", ["ours", "torch", "parametrized"])
@pytest.mark.parametrize("bias", [False, True])
@torch.no_grad()
def test_a_readout_counts_as_it_is_used(how: str, bias: bool) -> None:
    rnn, readout = nn.GRU(N_IN, 5), nn.Linear(5, 2, bias=bias)
    mask = torch.ones(2, 5, dtype=torch.bool)
    mask[:, 4] = False
    if how == "ours":
        set_masks(readout, {"weight": mask})
        readout.weight.add_(1.0)  # as an optimiser's momentum does
    elif how == "torch":
        prune.custom_from_mask(readout, "weight", mask)
        readout.weight_orig.add_(1.0)
    else:
        parametrize.register_parametrization(readout, "weight", _Masked(mask))
    rnn.weight_hh_l0[:, 4] = 0
    small = shrink(rnn, readout)
    assert small.kept == {(0, "forward"): (0, 1, 2, 3)}
    assert sorted(small.readout.state_dict()) == ["bias", "weight"][not bias :]
    given = x().float()
    torch.testing.assert_close(small.readout(small.model(given)[0]), readout(rnn(given)[0]))


class _Masked(nn.Module):
    def __init__(self, mask: torch.Tensor) -> None:
        super().__init__()
        self.mask = mask

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight * self.mask


def test_what_else_a_stock_module_has_stays() -> None:
    rnn = nn.LSTM(N_IN, 5, num_layers=2, dropout=0.25, batch_first=True).double().eval()
    small = shrink(rnn, nn.Linear(5, 1).double()).model
    assert (small.dropout, small.batch_first, small.training) == (0.25, True, False)
    assert small.weight_hh_l1.dtype == torch.float64
    assert shrink(nn.GRU(N_IN, 5)).model.batch_first is False


def test_nothing_reads_a_removed_unit_that_fills_up_its_layer() -> None:
    mask = recurrent_mask([np.ones((3, 3))] * 2, "gru", bidirectional=True)
    model = GraphRNN(mask, N_IN, 2, rng=0)
    remove = {(0, "forward"): [1], (1, "backward"): [0, 2]}
    small = shrink(model, remove=remove).model
    assert small.mask.hidden_size == 3
    for names, block in small.mask.hidden.items():
        gone = {"weight_hh_l0": [1], "weight_hh_l1_reverse": [0, 2]}.get(names, [])
        assert block.all(dim=0).tolist() == [unit not in gone for unit in range(3)]
    for name in ("weight_ih_l1", "weight_ih_l1_reverse"):
        assert small.mask.input[name].all(dim=0).tolist() == [True, False, True, True, True, True]
    assert small.mask.readout.all(dim=0).tolist() == [True] * 3 + [False, True, False]


def test_nothing_to_remove_and_nothing_left() -> None:
    rnn, readout = pruned("gru", 2, True, 5, 1.0, 0)
    same = shrink(rnn, readout)
    assert same.model.state_dict().keys() == rnn.state_dict().keys()
    for name, value in rnn.state_dict().items():
        assert torch.equal(same.model.state_dict()[name], value)
    with torch.no_grad():
        readout.weight.zero_()
    nothing = shrink(rnn, readout)
    assert nothing.model.hidden_size == 1
    torch.testing.assert_close(
        nothing.readout(nothing.model(x())[0]), readout(rnn(x())[0]), rtol=0, atol=0
    )


def test_bad_arguments_are_named() -> None:
    rnn = nn.GRU(3, 4)
    for call, message in [
        (
            lambda: shrink(nn.Linear(2, 2)),
            "`model` must be a GraphRNN, a Lay.*; got Linear",
        ),
        (
            lambda: shrink(nn.LSTM(3, 4, proj_size=2)),
            r"`model` must be .* nn.LSTM without projections; got LSTM\(3, 4",
        ),
        (
            lambda: shrink(rnn, nn.Sequential(nn.Linear(4, 1))),
            "`readout` must be an nn.Linear that reads .* got Sequential",
        ),
        (
            lambda: shrink(rnn, nn.Linear(5, 1)),
            r"`readout` must be an nn.Linear that reads all .* 4; got Linear\(in_features=5",
        ),
        (
            lambda: dead_units(GraphRNN(np.ones((2, 2)), 3, 1, rng=0), nn.Linear(2, 1)),
            "`readout` must be None for a GraphRNN",
        ),
        (
            lambda: shrink(rnn, nn.Linear(4, 1), remove={(1, "forward"): [0]}),
            r"`remove` must name layers and directions of `model`; got \(1, 'forward'\)",
        ),
        (
            lambda: shrink(rnn, nn.Linear(4, 1), remove={(0, "forward"): [4]}),
            r"`remove\[\(0, 'forward'\)\]` must be an integer in \[0, 3\]; got 4",
        ),
        (
            lambda: shrink(rnn, remove={(0, "forward"): [1]}),
            "`remove` must leave the last layer alone where there is no `readout`",
        ),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
