"""Lottery tickets: train, prune, go back to the early weights, and again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from rnngraph._check import check_function, check_int, check_real
from rnngraph.pruning.masking import masks_of, recurrent_weights, set_masks
from rnngraph.pruning.one_shot import prune


@dataclass(frozen=True, eq=False)
class Ticket:
    """A sparse network at its early weights.

    Attributes:
        masks: Those of the last round, by name of parameter: bool, True = live.
        densities: Share of the first live weights that was left after each round; shape (rounds,).
        early: All parameters that it was rewound to, by name.
    """

    masks: dict[str, Tensor] = field(repr=False)
    densities: tuple[float, ...]
    early: dict[str, Tensor] = field(repr=False)


def lottery_ticket(
    model: nn.Module,
    train: Callable[[nn.Module], object],
    amount: float,
    *,
    rounds: int = 1,
    warm_up: Callable[[nn.Module], object] | None = None,
    what: str | Sequence[str] = "both",
    scope: str = "global",
) -> Ticket:
    """Find a lottery ticket by magnitude, round after round; the network is left at it, untrained.

    Each round trains the network, prunes an equal share of what lives, and sets those that live
    back to their early values; the last leaves N - round(amount * N) of N weights, exactly so
    under the global scope.

    Source: Frankle & Carbin (2019), arXiv 1803.03635; late rewinding: Frankle et al. (2020),
    arXiv 1912.05671, which Yu et al. (2020), arXiv 1906.02768, need for LSTMs.

    Args:
        model: As for `prune`, at its first weights.
        train: Trains a network in place.
        amount: Share of the live weights to prune in all, in [0, 1].
        rounds: At least 1.
        warm_up: Trains in place a little first: the weights after it are those to go back to. None:
            the first weights.
        what: As for `prune`.
        scope: As for `prune`.

    Raises:
        InputError: An argument outside its range, or what `prune` refuses.
    """
    check_real("amount", amount, 0.0, 1.0)
    check_int("rounds", rounds, 1)
    check_function("train", train)
    if warm_up is not None:
        check_function("warm_up", warm_up)
    names = recurrent_weights(model, what)
    in_force = masks_of(model)
    n_first = sum(
        int(in_force[name].sum()) if name in in_force else model.get_parameter(name).numel()
        for name in names
    )
    if warm_up is not None:
        warm_up(model)
    early = {name: value.detach().clone() for name, value in model.named_parameters()}
    densities, n_live = [], n_first
    masks: dict[str, Tensor] = {}
    for number in range(1, rounds + 1):
        train(model)
        # In the last round exactly the amount, whatever rounding makes of the power.
        gone = amount if number == rounds else 1 - (1 - amount) ** (number / rounds)
        target = n_first - round(n_first * gone)
        masks = prune(model, (n_live - target) / max(1, n_live), what=names, scope=scope)
        n_live = sum(int(mask.sum()) for mask in masks.values())
        densities.append(n_live / max(1, n_first))
        _rewind(model, early)
    return Ticket(masks, tuple(densities), early)


@torch.no_grad()
def _rewind(model: nn.Module, early: dict[str, Tensor]) -> None:
    for name, parameter in model.named_parameters():
        parameter.copy_(early[name])
    set_masks(model, masks_of(model))
