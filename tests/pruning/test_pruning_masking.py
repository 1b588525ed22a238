import copy
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize, prune

from rnngraph.errors import InputError
from rnngraph.masks import graph_of, layered_mask
from rnngraph.nn import GraphRNN, LayeredRNN, load_model, save_model
from rnngraph.pruning import (
    finalize,
    gates_of,
    load_pruned,
    masks_of,
    recurrent_weights,
    set_masks,
)
from tests.nn.conftest import random_graph

STOCK = {
    "tanh": lambda: nn.RNN(5, 8, num_layers=2, bidirectional=True),
    "gru": lambda: nn.GRU(5, 8, num_layers=2, batch_first=True),
    "lstm": lambda: nn.LSTM(5, 8, num_layers=2, bidirectional=True),
    "inside": lambda: nn.ModuleDict({"encoder": nn.LSTM(5, 8), "readout": nn.Linear(8, 2)}),
}


def random_masks(model: nn.Module, seed: int = 0) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(model.get_parameter(name).shape, generator=draw) < 0.3
        for name in recurrent_weights(model)
    }


def run(model: nn.Module) -> torch.Tensor:
    if isinstance(model, nn.ModuleDict):
        return model["readout"](model["encoder"](torch.ones(4, 3, 5))[0])
    return model(torch.ones(4, 3, 5))[0]


def learn(model: nn.Module, steps: int = 3) -> None:
    """All that moves a pruned weight: its gradient, weight decay, and momentum from before."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for parameter in model.parameters():
        optimizer.state[parameter]["momentum_buffer"] = torch.ones_like(parameter)
    for _ in range(steps):
        optimizer.zero_grad()
        (run(model).square().sum() + run(model).sum()).backward()  # two passes, one backward
        optimizer.step()


def assert_pruned(model: nn.Module, masks: dict[str, torch.Tensor]) -> None:
    state = model.state_dict()
    for name, mask in masks.items():
        assert (state[name][~mask] == 0).all()
        assert (state[name][mask] != 0).any()


@pytest.mark.parametrize("kind", STOCK)
@pytest.mark.parametrize("way", ["as it is", "deepcopy", "pickle", "compile", "reload"])
def test_zeros_of_a_stock_module_survive(kind: str, way: str) -> None:
    torch.manual_seed(0)
    model = STOCK[kind]()
    masks = random_masks(model)
    set_masks(model, masks)
    learn(model)
    match way:
        case "deepcopy":
            model = copy.deepcopy(model)
        case "pickle":
            model = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
        case "reload":
            state = copy.deepcopy(model.state_dict())
            model = STOCK[kind]()
            load_pruned(model, state)
    used = torch.compile(model, backend="eager") if way == "compile" else model
    if way == "compile" and kind == "inside":
        pytest.skip("a ModuleDict has no forward to compile")
    learn(used)
    assert_pruned(model, masks)
    before = run(model)
    torch.testing.assert_close(run(copy.deepcopy(model)), before)
    assert {name: mask.tolist() for name, mask in masks_of(model).items()} == {
        name: mask.tolist() for name, mask in masks.items()
    }
    fresh = STOCK[kind]()
    fresh.load_state_dict(finalize(copy.deepcopy(model)).state_dict())
    torch.testing.assert_close(run(fresh), before)
    assert masks_of(finalize(model)) == {}
    assert not any(child._forward_pre_hooks for child in model.modules())


@pytest.mark.parametrize("layered", [False, True])
def test_masks_of_our_networks_are_their_own(layered: bool, tmp_path: Path) -> None:
    model: GraphRNN | LayeredRNN
    if layered:
        model = LayeredRNN(layered_mask(random_graph(8, 1), "gru"), 5, 2, rng=0)
    else:
        model = GraphRNN(random_graph(8, 1), 5, 2, "gru", rng=0)
    masks = {
        name: mask & random_masks(model)[name]
        for name, mask in masks_of(model).items()
        if "weight_" in name
    }
    set_masks(model, masks)
    assert {k: v.tolist() for k, v in masks_of(model).items() if k in masks} == {
        k: v.tolist() for k, v in masks.items()
    }
    tokens = torch.randint(0, 5, (4, 6), generator=torch.Generator().manual_seed(0))
    model(tokens).sum().backward()
    for name, mask in masks.items():
        assert (model.get_parameter(name).grad[~mask] == 0).all()
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert {k: v.tolist() for k, v in masks_of(again).items()} == {
        k: v.tolist() for k, v in masks_of(model).items()
    }
    torch.testing.assert_close(again(tokens), model(tokens))
    assert finalize(model) is model
    assert masks_of(model).keys() == masks_of(again).keys()


@pytest.mark.parametrize("layered", [False, True])
def test_dense_gradients_are_those_of_weights_that_live_at_0(layered: bool) -> None:
    structure = layered_mask(random_graph(8, 1), "gru") if layered else random_graph(8, 1)
    make = LayeredRNN if layered else GraphRNN
    model = make(structure, 5, 2, "gru", rng=0, dtype=torch.float64)
    free = copy.deepcopy(model)
    set_masks(free, {n: torch.ones_like(m) for n, m in masks_of(free).items()})
    tokens = torch.randint(0, 5, (4, 6), generator=torch.Generator().manual_seed(0))
    model.dense_gradients = True
    torch.testing.assert_close(model(tokens), free(tokens))
    model(tokens).square().sum().backward()
    free(tokens).square().sum().backward()
    for name in masks_of(model):
        torch.testing.assert_close(
            model.get_parameter(name).grad, free.get_parameter(name).grad, rtol=1e-12, atol=1e-14
        )


def test_the_graph_of_a_pruned_stock_module_is_that_of_its_mask() -> None:
    model = nn.GRU(5, 8)
    graph = random_graph(8, 3)
    set_masks(model, {"weight_hh_l0": torch.from_numpy(graph.T.copy()).tile(3, 1)})
    with torch.no_grad():
        model.weight_hh_l0.fill_(1.0)  # as momentum might
    assert (graph_of(model) == graph).all()
    assert (graph_of(model.state_dict()) == graph).all()


def test_what_is_to_be_pruned() -> None:
    model = STOCK["inside"]()
    assert recurrent_weights(model) == ("encoder.weight_ih_l0", "encoder.weight_hh_l0")
    assert recurrent_weights(model, "ih") == ("encoder.weight_ih_l0",)
    assert recurrent_weights(model, ["readout.weight"]) == ("readout.weight",)
    assert recurrent_weights(nn.GRUCell(3, 4)) == ("weight_ih", "weight_hh")
    model = LayeredRNN(layered_mask(random_graph(8, 1), "gru"), 5, 2, rng=0)
    assert all("weight_hh" in name for name in recurrent_weights(model, "hh"))


def test_bad_arguments_are_named_and_change_nothing() -> None:
    model = nn.GRU(5, 8)
    state = copy.deepcopy(model.state_dict())
    good = torch.zeros(24, 8, dtype=torch.bool)
    for masks, message in [
        ({"weight_hh_l0": good, "weight_hh_l1": good}, "got 'weight_hh_l1'. Did you mean"),
        ({"weight_hh_l0": good, "weight_ih_l0": good}, r"got torch.bool \(24, 8\) for 'weight_ih"),
        ({"weight_hh_l0": good.float()}, r"be bool tensors .*; got torch.float32 \(24, 8\)"),
        ({"weight_hh_l0": 1}, "be bool tensors of their parameters' shapes; got 1"),
    ]:
        with pytest.raises(InputError, match=f"^`masks` must .*{message}"):
            set_masks(model, masks)
    assert model.state_dict().keys() == state.keys()
    torch.testing.assert_close(model.state_dict(), state)
    with pytest.raises(InputError, match="^`what` must be one of both, ih, hh; got 'hx'"):
        recurrent_weights(model, "hx")
    with pytest.raises(InputError, match="^`what` must name matrices .*; got 'bias_hh_l0'"):
        recurrent_weights(model, ["bias_hh_l0"])
    with pytest.raises(InputError, match="^`module` must contain recurrent weights .*; Linear"):
        recurrent_weights(nn.Linear(3, 2))
    with pytest.raises(
        InputError,
        match=r"^`state` must hold a tensor of shape \(21, 5\) for 'weight_ih_l0'; got",
    ):
        load_pruned(nn.GRU(5, 7), state)


def test_weights_that_torch_makes_from_others_are_refused() -> None:
    lstm = nn.ModuleDict({"rnn": nn.LSTM(3, 4)})
    prune.l1_unstructured(lstm["rnn"], "weight_hh_l0", 0.5)
    with pytest.raises(InputError, match=r"^`module` must .*got rnn.weight_hh_l0, .*prune.remove"):
        recurrent_weights(lstm)
    prune.remove(lstm["rnn"], "weight_hh_l0")
    assert recurrent_weights(lstm, "hh") == ("rnn.weight_hh_l0",)
    parametrize.register_parametrization(lstm["rnn"], "weight_ih_l0", nn.Identity())
    with pytest.raises(InputError, match="^`module` must .*got rnn.weight_ih_l0, .*parametrize"):
        recurrent_weights(lstm)
    with pytest.raises(InputError, match=r"^`what` must name at least one parameter; got \[\]"):
        recurrent_weights(nn.GRU(2, 2), [])


@pytest.mark.parametrize("value", [torch.inf, torch.nan])
def test_what_is_not_finite_can_be_pruned(value: float) -> None:
    model = nn.GRU(5, 4)
    with torch.no_grad():
        model.weight_ih_l0[0, 0] = value
    mask = torch.ones(12, 5, dtype=torch.bool)
    mask[0, 0] = False
    set_masks(model, {"weight_ih_l0": mask})
    assert float(model.weight_ih_l0[0, 0].detach()) == 0
    with torch.no_grad():
        model.weight_ih_l0[0, 0] = value
    assert torch.isfinite(run(model)).all()
    with torch.no_grad():
        model.weight_ih_l0[0, 0] = value
    assert torch.isfinite(run(finalize(model))).all()


def test_loading_replaces_the_masks_or_changes_nothing() -> None:
    target, source = nn.GRU(5, 8), nn.GRU(5, 8)
    set_masks(target, random_masks(target, 1))
    hidden = {"weight_hh_l0": random_masks(source)["weight_hh_l0"]}
    set_masks(source, hidden)
    load_pruned(target, source.state_dict())
    assert masks_of(target).keys() == hidden.keys()
    assert torch.equal(run(target), run(source))
    load_pruned(target, nn.GRU(5, 8).state_dict())
    assert masks_of(target) == {}
    set_masks(target, hidden)
    before = {name: value.clone() for name, value in target.state_dict().items()}
    state = source.state_dict()
    for broken, message in [
        (
            {k: v for k, v in state.items() if k != "bias_ih_l0"},
            "fit the module; 'bias_ih_l0' is missing",
        ),
        ({**state, "other": torch.ones(1)}, "fit the module; 'other' is not of the module"),
        (
            {**state, "bias_ih_l0": torch.ones(3)},
            r"hold a tensor of shape \(24,\) for 'bias_ih_l0'; got \(3,\)",
        ),
        (
            {**state, "weight_hh_l0_mask": 3},
            r"hold .* \(24, 8\) for 'weight_hh_l0_mask'; got int",
        ),
    ]:
        with pytest.raises(InputError, match=f"^`state` must {message}"):
            load_pruned(target, broken)
        after = target.state_dict()
        assert all(torch.equal(after[name], value) for name, value in before.items())
    with pytest.raises(InputError, match="^`state` must be a mapping, a state dict; got a N"):
        load_pruned(target, None)


def test_gates_are_counted_by_name() -> None:
    assert gates_of(nn.LSTM(2, 3), ["weight_hh_l0"]) == {"weight_hh_l0": 4}
    with pytest.raises(InputError, match="^`names` must name .*Did you mean 'weight_hh_l0'"):
        gates_of(nn.LSTM(2, 3), ["weight_hh_l"])
