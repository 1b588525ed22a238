import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnngraph.errors import InputError
from rnngraph.pruning import Movement, Narang, Pruner, masks_of
from tests.pruning.updates import update_of


def test_who_moved_towards_zero_goes_first_however_large() -> None:
    weights = {"w": torch.tensor([[5.0, 0.1, -3.0, 0.2]])}
    gradients = {"w": torch.tensor([[1.0, -1.0, -0.5, 0.0]])}  # descent moves against them
    method = Movement(0.5, start=0, end=2, every=1)
    for step in (1, 2):
        masks = method(update_of(weights, step, gradients=gradients))
    torch.testing.assert_close(method.sums["w"], 2 * -weights["w"] * gradients["w"])
    assert masks["w"].tolist() == [[False, True, False, True]]


def test_its_schedule_is_the_cubic_one() -> None:
    with pytest.raises(InputError, match="^`end` must come after `start`, 5; got 5"):
        Movement(0.5, start=5, end=5)
    torch.manual_seed(0)
    model = nn.GRU(4, 6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    pruner = Pruner(model, Movement(0.75, start=1, end=9, every=2), rng=0)
    for _ in range(10):
        optimizer.zero_grad()
        model(torch.randn(3, 2, 4))[0].square().sum().backward()
        optimizer.step()
        pruner.step(optimizer)
    assert {name: int(mask.sum()) for name, mask in pruner.masks.items()} == {
        "weight_ih_l0": 18, "weight_hh_l0": 27,
    }  # fmt: skip


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda method: pickle.loads(pickle.dumps(method))],  # noqa: S301
)
def test_a_copy_prunes_by_its_own_sums(copied: Callable[[Movement], Movement]) -> None:
    weights = {"w": torch.tensor([[1.0, 2.0]])}
    original = Movement(0.5, start=1, end=2, every=1)
    original(update_of(weights, 1, gradients={"w": torch.tensor([[1.0, 0.0]])}))
    copied_one = copied(original)
    masks = copied_one(update_of(weights, 2, gradients={"w": torch.tensor([[0.0, 5.0]])}))
    assert masks["w"].tolist() == [[True, False]]
    assert original.sums["w"].tolist() == [[-1.0, 0.0]]


@pytest.mark.parametrize("regrow", [False, True])
def test_a_weight_comes_back_with_its_value_where_the_threshold_lets_it(regrow: bool) -> None:
    torch.manual_seed(0)
    model = nn.GRU(4, 6)
    method = Narang(theta=0.1, start=0, ramp=8, end=9, every=1, phi=1.0, regrow=regrow)
    pruner = Pruner(model, method, what="hh", rng=0)
    pruner.step()
    gone = ~masks_of(model)["weight_hh_l0"]
    assert gone.any()
    with torch.no_grad():  # an update that moves every weight far
        model.weight_hh_l0.fill_(7.0)
    pruner.step()
    assert bool(masks_of(model)["weight_hh_l0"][gone].all()) is regrow
    assert model.weight_hh_l0[gone].unique().tolist() == [7.0 if regrow else 0.0]
