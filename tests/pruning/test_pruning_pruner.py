import copy
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnngraph.errors import InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import GraphRNN, LayeredRNN, train
from rnngraph.pruning import Movement, Narang, Pruner, RigL, Update, finalize, masks_of, set_masks
from rnngraph.tasks import SequenceData, reber
from tests.nn.conftest import random_graph


@pytest.fixture(scope="module")
def task() -> SequenceData:
    return reber(rng=0, n_train=64, n_test=32)


def one_by_one(update: Update) -> dict[str, Tensor]:
    """A method of one's own: prune a weight an update, the first that lives."""
    masks = {name: mask.clone() for name, mask in update.masks.items()}
    first = next(name for name, mask in masks.items() if mask.any())
    masks[first].view(-1)[masks[first].flatten().nonzero()[0]] = False
    return masks


def random_halves(update: Update) -> dict[str, Tensor]:
    """Another: any half, drawn anew at each update; what was pruned may return."""
    return {
        name: torch.from_numpy(update.rng.random(tuple(mask.shape)) < 0.5)
        for name, mask in update.masks.items()
    }


def learn(model: nn.Module, pruner: Pruner, steps: int, optimizer: torch.optim.Optimizer) -> None:
    draw = torch.Generator().manual_seed(pruner.n_updates)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(6, 4, 5, generator=draw))[0].square().mean().backward()
        optimizer.step()
        pruner.step(optimizer)


def test_a_method_is_one_function() -> None:
    torch.manual_seed(0)
    model = nn.LSTM(5, 8)
    pruner = Pruner(model, one_by_one, rng=0)
    learn(model, pruner, 7, torch.optim.Adam(model.parameters()))
    total = 4 * 8 * (5 + 8)
    assert sum(int((~mask).sum()) for mask in pruner.masks.values()) == 7
    assert pruner.density == pytest.approx(1 - 7 / total)
    assert (model.weight_ih_l0.flatten()[:7] == 0).all()


def test_the_amounts_count_from_the_masks_at_the_start() -> None:
    model = GraphRNN(random_graph(10, 1), 5, 2, rng=0)
    seen: list[Update] = []

    def watch(update: Update) -> Mapping[str, Tensor]:
        seen.append(update)
        return {}

    started = masks_of(model)["rnn.weight_hh_l0"]
    pruner = Pruner(model, watch, what="hh", rng=0)
    pruner.step()
    assert torch.equal(seen[0].started["rnn.weight_hh_l0"], started)
    assert seen[0].gates == {"rnn.weight_hh_l0": 3}
    assert pruner.density == 1


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
def test_what_returns_starts_at_0_without_memory(optimizer: type) -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 8)
    settings = {"lr": 0.1} | ({"momentum": 0.9} if optimizer is torch.optim.SGD else {})
    updates = optimizer(model.parameters(), **settings)
    pruner = Pruner(model, random_halves, rng=0)
    learn(model, pruner, 4, updates)
    before = pruner.masks
    learn(model, pruner, 1, updates)
    for name, mask in pruner.masks.items():
        weight, grown = model.get_parameter(name), mask & ~before[name]
        assert grown.any()
        assert (weight[~mask] == 0).all()
        assert (weight[grown] == 0).all()
        for value in updates.state[weight].values():
            if isinstance(value, Tensor) and value.shape == weight.shape:
                assert (value[~(mask & before[name])] == 0).all()
                assert (value[mask & before[name]] != 0).any()


@pytest.mark.parametrize("layered", [False, True])
def test_dense_gradients_reach_a_method_that_asks_for_them(
    layered: bool, task: SequenceData
) -> None:
    class Watch:
        def __init__(self, dense: bool) -> None:
            self.dense_gradients, self.any = dense, False

        def __call__(self, update: Update) -> Mapping[str, Tensor]:
            pruned = {n: g[~update.masks[n]] for n, g in update.gradients.items()}
            self.any |= any(bool((g != 0).any()) for g in pruned.values())
            return {}

    for dense in (False, True):
        structure = layered_mask(random_graph(8, 1), "gru") if layered else random_graph(8, 1)
        make = LayeredRNN if layered else GraphRNN
        model = make(structure, task.input_size, 2, "gru", rng=0)
        method = Watch(dense)
        train(model, task, epochs=1, rng=0, after_update=Pruner(model, method, rng=0).step)
        assert method.any is dense


def test_values_are_kept_where_a_method_says_so() -> None:
    class Return:
        keeps_values = True

        def __call__(self, update: Update) -> Mapping[str, Tensor]:
            return {name: weight.abs() > 0 for name, weight in update.weights.items()}

    torch.manual_seed(0)
    model = nn.GRU(5, 8)
    set_masks(model, {"weight_hh_l0": torch.rand(24, 8) < 0.5})
    was = masks_of(model)["weight_hh_l0"]
    learn(model, Pruner(model, Return(), rng=0), 1, torch.optim.SGD(model.parameters(), lr=0.1))
    assert (model.weight_hh_l0[~was] != 0).all()


def test_the_seed_decides() -> None:
    def masks(seed: int) -> np.ndarray:
        torch.manual_seed(0)
        model = nn.GRU(5, 8)
        pruner = Pruner(model, random_halves, rng=seed)
        learn(model, pruner, 2, torch.optim.Adam(model.parameters()))
        return pruner.masks["weight_hh_l0"].numpy()

    assert (masks(0) == masks(0)).all()
    assert (masks(0) != masks(1)).any()


def test_masks_that_do_not_fit_are_refused() -> None:
    model = nn.GRU(5, 8)
    with pytest.raises(InputError, match="^`method` must return masks of the weights that it was"):
        Pruner(model, lambda update: {"weight_hh_l1": update.masks["weight_hh_l0"]}, rng=0).step()
    with pytest.raises(InputError, match="^`method` must return bool tensors of their"):
        Pruner(model, lambda update: {"weight_hh_l0": torch.ones(3)}, rng=0).step()
    with pytest.raises(InputError, match="^`module` must contain recurrent weights"):
        Pruner(nn.Linear(2, 2), one_by_one, rng=0)
    with pytest.raises(InputError, match="^`method` must return masks by name; got a NoneType"):
        Pruner(model, lambda _: None, rng=0).step()
    with pytest.raises(InputError, match="^`method` must be a function of an `Update`; got 3"):
        Pruner(model, 3, rng=0)
    with pytest.raises(InputError, match="^`state` must be what .*; 'n_updates' is missing"):
        Pruner(model, one_by_one, rng=0).load_state_dict({})


METHODS = {
    "one's own": lambda: random_halves,
    "movement": lambda: Movement(0.7, start=1, end=10, every=1),
    "narang": lambda: Narang(0.3, start=0, ramp=4, end=11, every=1, regrow=True),
}


@pytest.mark.parametrize("optimizer_of", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize("method", METHODS)
def test_it_goes_on_from_its_state_to_the_bit(
    method: str, optimizer_of: type[torch.optim.Optimizer]
) -> None:
    def begin() -> tuple[nn.Module, Pruner, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model = nn.GRU(5, 8)
        how = {"momentum": 0.9} if optimizer_of is torch.optim.SGD else {}
        optimizer = optimizer_of(model.parameters(), lr=0.1, **how)
        return model, Pruner(model, METHODS[method](), rng=3), optimizer

    whole, pruner, optimizer = begin()
    learn(whole, pruner, 4, optimizer)
    learn(whole, pruner, 4, optimizer)
    first, pruner, optimizer = begin()
    learn(first, pruner, 4, optimizer)
    saved = copy.deepcopy((first.state_dict(), pruner.state_dict(), optimizer.state_dict()))
    again, pruner, optimizer = begin()
    again.load_state_dict(saved[0])
    pruner.load_state_dict(saved[1])
    optimizer.load_state_dict(saved[2])
    learn(again, pruner, 4, optimizer)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_a_movement_begins_anew_with_another_network() -> None:
    def masks(method: Movement) -> list[bool]:
        torch.manual_seed(1)
        model = nn.GRU(5, 8)
        pruner = Pruner(model, method, rng=0)
        learn(model, pruner, 4, torch.optim.SGD(model.parameters(), lr=0.1))
        return pruner.masks["weight_hh_l0"].flatten().tolist()

    used = Movement(0.7, start=1, end=4, every=1)
    torch.manual_seed(0)
    other = nn.GRU(5, 9)
    learn(other, Pruner(other, used, rng=0), 4, torch.optim.SGD(other.parameters(), lr=0.1))
    assert masks(used) == masks(Movement(0.7, start=1, end=4, every=1))


def test_regrowth_by_the_paper_leaves_the_optimiser_alone() -> None:
    """Algorithm 1 with weights that may come back: a mask over what the optimiser does."""
    torch.manual_seed(0)
    model = nn.GRU(5, 8)
    twin = copy.deepcopy(model)
    method = Narang(0.25, start=0, ramp=10, end=41, every=1, regrow=True)
    optimizer, theirs = (
        torch.optim.SGD(own.parameters(), lr=0.3, momentum=0.9) for own in (model, twin)
    )
    pruner = Pruner(model, method, rng=0)
    for step in range(1, 41):
        x = torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(step))
        for own, by in ((model, optimizer), (twin, theirs)):
            by.zero_grad()
            own(x)[0].square().sum().backward()
            by.step()
        pruner.step(optimizer)
        with torch.no_grad():
            for name in pruner.masks:
                weight = twin.get_parameter(name)
                weight.mul_(weight.abs() >= method.threshold(step, name))
        for name in pruner.masks:
            torch.testing.assert_close(model.get_parameter(name), twin.get_parameter(name))


def test_only_a_method_that_asks_for_it_gets_the_gradients_of_pruned_weights() -> None:
    model = GraphRNN(random_graph(8, 1), 5, 2, "gru", rng=0)
    Pruner(model, RigL(every=2, end=10), rng=0)
    assert model.dense_gradients
    Pruner(model, one_by_one, rng=0)
    assert not model.dense_gradients
    Pruner(model, RigL(every=2, end=10), rng=0)
    finalize(model)
    assert not model.dense_gradients
