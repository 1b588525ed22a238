"""Prune at once: the lowest scores go, the masks stay in force."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from rnngraph._check import check_choice, check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.nn import GraphRNN, LayeredRNN
from rnngraph.nn.training import batch_losses
from rnngraph.pruning._tensors import check_one_device
from rnngraph.pruning.masking import gates_of, masks_of, recurrent_weights, set_masks
from rnngraph.pruning.scores import SCORES, Candidates, Score
from rnngraph.pruning.selection import SCOPES, check_scores, keep_highest
from rnngraph.pruning.sensitivity import Loss, jacobian_gradients, loss_gradients
from rnngraph.tasks import SequenceData


def prune(
    model: nn.Module,
    amount: float,
    *,
    score: str | Score = "magnitude",
    what: str | Sequence[str] = "both",
    scope: str = "global",
    task: SequenceData | Sequence[Loss] | None = None,
    batches: int = 8,
    batch_size: int = 64,
    rng: RNG | None = None,
) -> dict[str, Tensor]:
    """Prune a network in place: exactly round(amount * N) of the N live weights of each scope.

    Weights pruned before, or forbidden by a graph, do not count: pruning 50 % twice leaves a
    quarter.

    Args:
        model: A network of rnngraph, a stock `nn.RNN`, `nn.GRU`, `nn.LSTM`, or a module with such
            networks in it.
        amount: Share of the live weights to prune, in [0, 1]; 1 leaves none.
        score: One of `SCORES`, or a function of `Candidates`: the lowest scores are pruned.
        what: "ih" (input to hidden), "hh" (hidden to hidden), "both", or names of parameters.
        scope: "global" pools all weights, "layer" prunes each parameter, "gate" each gate of each
            by `amount`. What is rounded is the number of weights of a parameter or of a gate, so
            that their sum may differ from round(amount * N) of the whole: of 3 gates of 9 weights,
            0.5 prunes 4 each, 12 of 27, where "global" prunes 14.
        task: For scores made of gradients: a task, of whose training sequences the first batches
            are taken; or functions of the network, one a batch, that return its loss, a scalar.
        batches: Batches of a task, at least 1.
        batch_size: Sequences in each, at least 1.
        rng: Of scores that are drawn ("random", "jacobian").

    Returns:
        The masks now in force on the weights of `what`, by name: bool, True = live.

    Raises:
        InputError: An argument outside its range, an unknown name, a score that lacks its task or
            its `rng`, scores that do not fit, or weights on several devices.
    """
    check_real("amount", amount, 0.0, 1.0)
    check_choice("scope", scope, SCOPES)
    function = score if callable(score) else SCORES[check_choice("score", score, SCORES)]
    names = recurrent_weights(model, what)
    weights = {name: model.get_parameter(name).detach() for name in names}
    check_one_device(weights)
    in_force = masks_of(model)
    live = {
        name: in_force.get(name, torch.ones_like(weights[name], dtype=torch.bool)) for name in names
    }
    gates = gates_of(model, names)

    def stream() -> np.random.Generator:
        if rng is None:
            raise InputError("`rng` must be given for a score that is drawn; got None.")
        return generator(rng)

    def losses() -> Sequence[Loss]:
        if isinstance(task, SequenceData):
            if not isinstance(model, GraphRNN | LayeredRNN):
                raise InputError(
                    "`task` must be functions that return a loss, one a batch, for a network that "
                    f"is not of rnngraph; got a SequenceData for {type(model).__name__}."
                )
            n = check_int("batches", batches, 1) * check_int("batch_size", batch_size, 1)
            order = np.arange(min(n, len(task.train)))
            return batch_losses(model, task, order, batch_size)
        if task is None:
            raise InputError("`task` must be given for a score made of gradients; got None.")
        found = task if isinstance(task, Sequence) else [task]
        if not found or not all(callable(loss) for loss in found):
            raise InputError(
                "`task` must be a SequenceData, or functions of the network, one a batch, that "
                f"return its loss; got {task!r}."
            )
        return found

    found = function(
        Candidates(
            {name: weights[name] * live[name] for name in names},
            live,
            gates,
            lambda: loss_gradients(model, names, losses()),
            lambda: jacobian_gradients(model, names, losses(), rng=stream()),
            stream,
        )
    )
    check_scores(found, live)
    masks = keep_highest(found, live, amount, scope=scope, gates=gates)
    set_masks(model, masks)
    return masks
