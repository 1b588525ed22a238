"""Train and evaluate one network, plainly: the path that any layers and directions can take."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._check import check_int
from rnngraph._rng import seed_sequence
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.nn.batching import data_order, split_rows
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.objective import correct, losses, n_scored
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.threads import threads_worth_it
from rnngraph.tasks import SequenceData, Sequences

_TEST_BATCH = 256


def train(
    model: GraphRNN | LayeredRNN,
    task: SequenceData,
    *,
    epochs: int,
    rng: RNG,
    replicate: int = 0,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.0,
    clip: float = 1.0,
) -> pd.DataFrame:
    """Train a network in place: AdamW on the task's loss, gradient clipped to `clip`.

    Networks of up to 64 units train on one CPU thread; torch's process-wide setting is changed
    meanwhile.

    Args:
        model: Any `GraphRNN` or `LayeredRNN`, on any device; it is changed.
        task: Training and test sequences; their sizes must be the model's.
        epochs: Passes over the training sequences, at least 1.
        rng: Root of the data-order streams, as in `train_population`.
        replicate: Whose order of data.
        batch_size: Sequences in a batch.
        learning_rate: Step size of AdamW.
        weight_decay: Decoupled weight decay of AdamW.
        clip: Largest gradient norm.

    Returns:
        A row an epoch: epoch (from 1), train_loss (mean over the epoch), loss and accuracy (test).

    Raises:
        InputError: A size that does not fit the model, or a setting outside its range.
    """
    settings = TrainingSettings(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        clip=clip,
    )
    _check_sizes(model, task)
    seed = seed_sequence(rng)
    check_int("replicate", replicate, 0)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    rows = []
    with threads_worth_it(_n_units(model)):
        for epoch in range(settings.epochs):
            order = data_order(seed, replicate, epoch, len(task.train.lengths))
            train_loss = _one_pass(model, task, optimizer, order, settings)
            loss, accuracy = evaluate(model, task, task.test)
            point = {"train_loss": train_loss, "loss": loss, "accuracy": accuracy}
            rows.append({"epoch": epoch + 1, **point})
    return pd.DataFrame(rows)


@torch.no_grad()
def evaluate(
    model: GraphRNN | LayeredRNN, task: SequenceData, sequences: Sequences
) -> tuple[float, float]:
    """Loss and accuracy of a network on sequences of a task.

    Args:
        model: Any `GraphRNN` or `LayeredRNN`.
        task: The task, which says what kind of target the sequences have.
        sequences: `task.train`, `task.test` or others like them.

    Returns:
        Loss (cross-entropy in nats, or mean squared error) and accuracy (share of scored
        positions that are right, in [0, 1]; NaN for real-valued targets).

    Raises:
        InputError: A size that does not fit the model.
    """
    _check_sizes(model, task)
    total, right, weight = 0.0, 0, 0
    for x, lengths, targets in _padded(
        model, sequences, np.arange(len(sequences.lengths)), _TEST_BATCH
    ):
        loss, outputs = _loss(model, x, lengths, targets, task.kind)
        total += float(loss) * n_scored(targets)
        right += int(correct(outputs, targets))
        weight += n_scored(targets)
    return total / weight, float("nan") if task.kind == "value" else right / weight


def _one_pass(
    model: GraphRNN | LayeredRNN,
    task: SequenceData,
    optimizer: torch.optim.Optimizer,
    order: NDArray[np.int64],
    settings: TrainingSettings,
) -> float:
    """Train on every batch once; return the mean loss of a scored position."""
    total, weight = 0.0, 0
    for x, lengths, targets in _padded(model, task.train, order, settings.batch_size):
        loss = _loss(model, x, lengths, targets, task.kind)[0]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        total += float(loss.detach()) * n_scored(targets)
        weight += n_scored(targets)
    return total / weight


def _loss(
    model: GraphRNN | LayeredRNN, x: Tensor, lengths: Tensor, targets: Tensor, kind: str
) -> tuple[Tensor, Tensor]:
    """Mean loss and the outputs it came from, (1, positions, output_size)."""
    outputs = model(x, lengths, per_step=kind == "step")
    outputs = outputs.reshape(1, -1, outputs.shape[-1])
    return losses(outputs, targets)[0], outputs


def _padded(
    model: GraphRNN | LayeredRNN, sequences: Sequences, order: NDArray[np.int64], batch_size: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield inputs, lengths and flat targets of each batch, padded to its longest sequence."""
    weight = model.readout.weight
    for rows in split_rows(order, batch_size):
        lengths = sequences.lengths[rows]
        n_steps = int(lengths.max())
        x = torch.from_numpy(sequences.inputs[rows, :n_steps]).to(weight.device)
        targets = torch.from_numpy(sequences.targets[rows]).to(weight.device)
        if targets.ndim == 2:
            targets = targets[:, :n_steps].flatten()
        if targets.is_floating_point():
            targets = targets.to(weight.dtype)
        yield (
            x.to(weight.dtype) if x.is_floating_point() else x,
            torch.from_numpy(lengths),
            targets,
        )


def check_task(task: object) -> None:
    """Check that `task` is a task.

    Raises:
        InputError: It is something else.
    """
    if not isinstance(task, SequenceData):
        raise InputError(
            "`task` must be a SequenceData, such as rnngraph.tasks.reber(rng=0) returns; got "
            f"{type(task).__name__}."
        )


def _n_units(model: GraphRNN | LayeredRNN) -> int:
    return model.mask.n_units if isinstance(model, LayeredRNN) else model.rnn.hidden_size


def _check_sizes(model: GraphRNN | LayeredRNN, task: SequenceData) -> None:
    if not isinstance(model, GraphRNN | LayeredRNN):
        raise InputError(f"`model` must be a GraphRNN or a LayeredRNN; got {type(model).__name__}.")
    check_task(task)
    have, need = (model.input_size, model.output_size), (task.input_size, task.output_size)
    if have != need:
        raise InputError(
            f"`model` must have the input and output size of `task`, {need}; got {have}."
        )
