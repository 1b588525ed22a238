import numpy as np
import pytest
import torch
from torch import nn

from rnngraph.errors import InputError
from rnngraph.pruning import epochs_to_recover, lottery_ticket, masks_of


def nudge(model: nn.Module) -> None:
    """Training that makes large weights of small ones: what lives in the end shows what it saw."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.sign(parameter) * (1 - parameter.abs()))


@pytest.mark.parametrize("rounds", [1, 2, 5])
@pytest.mark.parametrize("amount", [0.0, 0.3, 0.9, 1.0])
def test_the_last_round_leaves_exactly_what_was_asked_for(rounds: int, amount: float) -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 8)
    first = {name: value.detach().clone() for name, value in model.named_parameters()}
    ticket = lottery_ticket(model, nudge, amount, rounds=rounds)
    total = 24 * 13
    assert sum(int(mask.sum()) for mask in ticket.masks.values()) == total - round(amount * total)
    assert len(ticket.densities) == rounds
    assert sorted(ticket.densities, reverse=True) == list(ticket.densities)
    for name, value in model.named_parameters():
        expected = first[name] * ticket.masks[name] if name in ticket.masks else first[name]
        assert torch.equal(value, expected)
    assert masks_of(model).keys() == ticket.masks.keys()


def test_the_weights_that_grew_large_win_not_those_that_began_so() -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 8)
    first = model.weight_hh_l0.detach().abs()
    kept = lottery_ticket(model, nudge, 0.5, what="hh").masks["weight_hh_l0"]
    assert first[kept].max() <= first[~kept].min()


def test_late_rewinding_goes_back_to_what_the_warm_up_left() -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 8)

    def warm_up(model: nn.Module) -> None:
        with torch.no_grad():
            model.bias_hh_l0.fill_(3.0)

    ticket = lottery_ticket(model, nudge, 0.5, warm_up=warm_up)
    assert (model.bias_hh_l0 == 3).all()
    assert (ticket.early["bias_hh_l0"] == 3).all()


def test_epochs_to_recover() -> None:
    assert epochs_to_recover([0.5, 0.994, 0.995, 1.0], 1.0) == 3
    assert epochs_to_recover(np.array([0.99]), 1.0, within=0.01) == 1
    assert np.isnan(epochs_to_recover([0.5, np.nan], 1.0))
    assert np.isnan(epochs_to_recover([], 1.0))


def test_bad_arguments_are_named() -> None:
    model = nn.GRU(5, 8)
    with pytest.raises(InputError, match=r"^`amount` must be a number in \[0, 1\]; got 2"):
        lottery_ticket(model, nudge, 2)
    with pytest.raises(InputError, match="^`rounds` must be an integer >= 1; got 0"):
        lottery_ticket(model, nudge, 0.5, rounds=0)
    with pytest.raises(InputError, match=r"^`before` must be a number in \[0, 1\]; got 2"):
        epochs_to_recover([1.0], 2)
    with pytest.raises(InputError, match=r"^`within` must be a number in \[0, 1\]; got -1"):
        epochs_to_recover([1.0], 1, within=-1)


@pytest.mark.parametrize("amount", [0.05, 0.15, 0.35])
def test_rounding_is_that_of_the_amount(amount: float) -> None:
    model = nn.RNN(1, 10)
    ticket = lottery_ticket(model, lambda _: None, amount, rounds=1, what=["weight_ih_l0"])
    assert int(ticket.masks["weight_ih_l0"].sum()) == 10 - round(amount * 10)
