"""Fit a network under any of the methods, and score it."""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rnngraph._check import check_choice, check_function, check_int, check_real
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.nn.settings import SCHEDULES, check_rate, decay
from rnngraph.sparsify.forward import check_inputs, forward
from rnngraph.sparsify.method import Sparsified
from rnngraph.sparsify.reading import Batch, Source, check_source
from rnngraph.sparsify.scan import State
from rnngraph.sparsify.shape import Shape


class Network(Protocol):
    """What can be scored: a `Folded` network, or `partial(forward, shape, values)`."""

    def __call__(
        self, x: Tensor, lengths: Tensor | None, state: Sequence[State] | None, /
    ) -> tuple[Tensor, list[State]]:
        """Read inputs of some lengths from some states; return outputs of every step, states."""


@dataclass(frozen=True)
class Score:
    """How well a network does.

    Attributes:
        loss: Mean cross entropy, nats.
        accuracy: Share of hits, in [0, 1].
    """

    loss: float
    accuracy: float

    @property
    def bits(self) -> float:
        """Mean cross entropy, bits."""
        return self.loss / math.log(2)

    @property
    def perplexity(self) -> float:
        """exp(loss); infinite where that is too large for a float."""
        return math.exp(self.loss) if self.loss < 700 else math.inf


@dataclass(frozen=True, eq=False)
class Fit:
    """What happened while a network was fitted.

    Attributes:
        history: A row an epoch: epoch (from 1), loss (of the training data, nats), penalty (nats
            an item), valid_loss, valid_accuracy, seconds.
        best_epoch: The epoch whose network is kept: with patience that of the least validation loss
            among those that count; the last one else, as where none counts or had a finite loss.
        diverged: Whether it ended because a loss was not finite.
    """

    history: pd.DataFrame = field(repr=False)
    best_epoch: int
    diverged: bool


def fit(
    model: Sparsified,
    train: Source,
    valid: Source,
    *,
    epochs: int,
    rng: RNG,
    learning_rate: float = 2e-3,
    batch_size: int = 64,
    clip: float | None = 1.0,
    schedule: str = "constant",
    warmup: int = 0,
    patience: int | None = None,
    progress: Callable[[int, pd.Series], None] | None = None,
) -> Fit:
    """Fit a network by Adam to the mean loss of the data, plus penalty / `train.n`.

    Args:
        model: Network and method; it is changed.
        train: What to learn from; it and `valid` are read once more to be checked.
        valid: What decides, with `patience`, which epoch is kept.
        epochs: Passes over `train`, at least 1.
        rng: Stream of orders and noise: the same one gives the same network.
        learning_rate: Adam's first step, in (0, 1e37].
        batch_size: Sequences of a batch, at least 1.
        clip: Largest norm of the gradient, > 0; None: any.
        schedule: "constant", "linear" or "cosine": how the step goes down to 0 at the last epoch's
            end.
        warmup: Epochs over which the penalty grows linearly from 0 to its whole weight.
        patience: Stop after so many epochs without a lower validation loss and keep the best;
            None: all epochs, and the last is kept. While a penalty grows, or is held back by the
            method's own delay, the lowest losses are those of networks that are not sparse yet:
            epochs count from the first on all of which it has its whole weight.
        progress: Called after each epoch with its number and its row of the history.

    Raises:
        InputError: A value outside its range, or data that do not fit the network.
    """
    if not isinstance(model, Sparsified):
        raise InputError(
            f"`model` must be a Sparsified network, such as Plain; got {type(model).__name__}."
        )
    check_int("epochs", epochs, 1)
    check_int("batch_size", batch_size, 1)
    check_int("warmup", warmup, 0)
    check_rate("learning_rate", learning_rate)
    if clip is not None:
        check_real("clip", clip, above=0.0)
    check_choice("schedule", schedule, SCHEDULES)
    if patience is not None:
        check_int("patience", patience, 1)
    if progress is not None:
        check_function("progress", progress)
    seed = seed_sequence(rng)
    parameters = list(model.parameters())
    device, dtype = parameters[0].device, parameters[0].dtype
    for name, source in (("train", train), ("valid", valid)):
        check_source(name, source)
        for batch in source.batches(batch_size, None):
            _check_batch(name, batch, model.shape, dtype)
    noise = torch.Generator(device=device)
    noise.manual_seed(int(stream(seed, "noise").integers(2**62)))
    optimiser = torch.optim.Adam(parameters, lr=learning_rate)
    rows: list[tuple[float, ...]] = []
    best, kept, diverged = (math.inf, 0), None, False
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        whole = model.settled
        total, penalty, n = 0.0, 0.0, 0
        state: list[State] | None = None
        batches = list(train.batches(batch_size, stream(seed, "order", epoch)))
        done = epoch - 1 + np.arange(len(batches)) / len(batches)  # epochs, before each update
        rates = learning_rate * decay(schedule, done / epochs)
        for k, batch in enumerate(batch.to(device) for batch in batches):
            values, x = model.draw(batch.x, noise, carried=train.carried)
            begun = state if batch.continues else None
            outputs, state = forward(model.shape, values, x, batch.lengths, begun)
            loss, _, asked = batch.loss(outputs)
            mean = loss / max(asked, 1)
            if (own := model.penalty()) is not None:
                whole = whole and epoch > warmup
                share = min(1.0, done[k] / warmup) if warmup else 1.0
                mean = mean + share / train.n * own
                penalty = float(own.detach()) / train.n
            optimiser.zero_grad()
            mean.backward()
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(parameters, clip)
            rate = optimiser.param_groups[0]["lr"] = float(rates[k])
            optimiser.step()
            model.after_update(rate)
            total, n = total + float(loss.detach()), n + asked
        network = partial(forward, model.shape, model.means())
        found = score(network, valid, batch_size=batch_size, device=device)
        seconds = time.perf_counter() - start
        rows.append((epoch, total / n, penalty, found.loss, found.accuracy, seconds))
        if progress is not None:
            progress(epoch, _table(rows).iloc[-1])
        if diverged := not math.isfinite(total + found.loss):
            break
        if patience is None or not whole:
            continue
        if found.loss < best[0]:
            best = (found.loss, epoch)
            kept = copy.deepcopy(model.state_dict())
        elif epoch - best[1] >= patience:
            break
    if kept is not None:
        model.load_state_dict(kept)
    return Fit(_table(rows), len(rows) if kept is None else best[1], diverged)


@torch.no_grad()
def score(
    network: Network, source: Source, *, batch_size: int = 64, device: torch.device | None = None
) -> Score:
    """Mean cross entropy and share of hits.

    Args:
        network: Called with inputs, lengths and states, as a `Folded` network is.
        source: Where all is read once, in order. A text is read as `batch_size` rows.
        batch_size: Sequences of a batch.
        device: Where the network is; None: where the data are.

    Raises:
        InputError: No network in use, no source, `batch_size` below 1, more rows than a text has
            tokens, or classes that the network has no output for.
    """
    check_source("source", source)
    if isinstance(network, Sparsified) or not callable(network):
        raise InputError(
            "`network` must be one in use, called with inputs, lengths and states, as "
            f"fold(model.shape, model.means()) is; got {type(network).__name__}."
        )
    check_int("batch_size", batch_size, 1)
    total, hits, n = 0.0, 0, 0
    state: list[State] | None = None
    for batch in source.batches(batch_size, None):
        batch = batch if device is None else batch.to(device)
        outputs, state = network(batch.x, batch.lengths, state if batch.continues else None)
        _check_classes("source", batch, outputs.shape[-1])
        loss, right, asked = batch.loss(outputs)
        total, hits, n = total + float(loss), hits + int(right), n + asked
    return Score(total / n, hits / n)


def _check_batch(name: str, batch: Batch, shape: Shape, dtype: torch.dtype) -> None:
    """Refuse a batch that a network cannot read, or targets that it has no output for."""
    check_inputs(name, batch.x, shape, dtype)
    _check_classes(name, batch, shape.output_size or shape.units)


def _check_classes(name: str, batch: Batch, classes: int) -> None:
    """Refuse targets that there is no output for."""
    least, most = (int(target) for target in batch.targets.aminmax())
    if most >= classes:
        raise InputError(
            f"`{name}` must have classes below the network's number of outputs, {classes}; got "
            f"{most}."
        )
    if least < -1:
        raise InputError(f"`{name}` must have classes from 0 on, or -1 for none; got {least}.")


def _table(rows: Sequence[tuple[float, ...]]) -> pd.DataFrame:
    columns = ["epoch", "loss", "penalty", "valid_loss", "valid_accuracy", "seconds"]
    return pd.DataFrame(rows, columns=columns).astype({"epoch": int})
