"""Train and evaluate one network, plainly: the path that any layers and directions can take."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._check import check_int
from rnngraph._rng import seed_sequence
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.nn.batching import TEST_BATCH, data_order, split_rows, test_batch_size, with_padding
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.objective import correct, losses, n_scored
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.sparse import SparseGraphRNN, SparseLayeredRNN
from rnngraph.nn.threads import threads_worth_it
from rnngraph.tasks import SequenceData, Sequences

_TRAINABLE: Final = (GraphRNN, LayeredRNN)
_SPARSE: Final = (SparseGraphRNN, SparseLayeredRNN)
Network: TypeAlias = GraphRNN | LayeredRNN | SparseGraphRNN | SparseLayeredRNN


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
    clip: float | None = 1.0,
    optimizer: str = "adamw",
    momentum: float = 0.0,
    schedule: str = "constant",
    warmup: int = 0,
    padding: int | None = None,
    after_update: Callable[[torch.optim.Optimizer], None] | None = None,
) -> pd.DataFrame:
    """Train a network in place on a task's loss.

    Networks of up to 64 units train on one CPU thread; torch's process-wide setting is changed
    meanwhile.

    Args:
        model: Any `GraphRNN` or `LayeredRNN`, on any device; it is changed.
        task: Training and test sequences; their sizes must be the model's.
        epochs: Passes over the training sequences, at least 1.
        rng: Root of the data-order streams, as in `train_population`.
        replicate: Whose order of data.
        batch_size: Sequences in a batch.
        learning_rate: Largest step size of the optimiser.
        weight_decay: Decoupled for "adamw"; added to the gradient for "adam" and "sgd".
        clip: Largest gradient norm; None: as it comes.
        optimizer: "adamw", "adam" or "sgd", as in torch.optim.
        momentum: Of "sgd".
        schedule: "constant", "linear" or "cosine": how the step size goes down to 0 in the end.
        warmup: Updates over which the step size first rises from 0.
        padding: As in `train_population`.
        after_update: Called with the optimiser after each of its updates, such as the `step` of an
            `rnngraph.pruning.Pruner`.

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
        optimizer=optimizer,
        momentum=momentum,
        schedule=schedule,
        warmup=warmup,
        padding=padding,
    )
    check_sizes(model, task)
    check_padding(task, padding)
    seed = seed_sequence(rng)
    check_int("replicate", replicate, 0)
    updates = _optimizer(model, settings)
    rows = []
    with threads_worth_it(_n_units(model)):
        for epoch in range(settings.epochs):
            order = data_order(seed, replicate, epoch, len(task.train.lengths))
            rates = settings.rates(epoch, len(order)).tolist()
            train_loss = _one_pass(model, task, updates, order, rates, settings, after_update)
            loss, accuracy = evaluate(
                model, task, task.test, padding=padding, batch_size=test_batch_size(settings)
            )
            point = {"train_loss": train_loss, "loss": loss, "accuracy": accuracy}
            rows.append({"epoch": epoch + 1, **point})
    return pd.DataFrame(rows)


@torch.no_grad()
def evaluate(
    model: Network,
    task: SequenceData,
    sequences: Sequences | None = None,
    *,
    padding: int | None = None,
    batch_size: int = TEST_BATCH,
) -> tuple[float, float]:
    """Loss and accuracy of a network on sequences of a task.

    Args:
        model: Any `GraphRNN` or `LayeredRNN`, or what `compact` makes of one.
        task: The task, which says what kind of target the sequences have.
        sequences: `task.train`, `task.test` or others like them; None takes `task.test`.
        padding: Token that goes in after a sequence's end, up to the longest of its batch, and is
            read, as in Darji's thesis: the answer then depends on the batch, of `batch_size` as
            the sequences stand. None: no such step exists.
        batch_size: Sequences in a batch.

    Returns:
        Loss (cross-entropy in nats, or mean squared error) and accuracy (share of scored
        positions that are right, in [0, 1]; NaN for real-valued targets).

    Raises:
        InputError: A size that does not fit the model.
    """
    _check_sizes(
        model,
        task,
        "a GraphRNN, a LayeredRNN, or what `compact` makes of one",
        (*_TRAINABLE, *_SPARSE),
    )
    check_padding(task, padding)
    check_int("batch_size", batch_size, 1)
    if sequences is None:
        sequences = task.test
    order = np.arange(len(sequences.lengths))
    total, right, weight = 0.0, 0, 0
    with threads_worth_it(_n_units(model)):
        for x, lengths, targets in _padded(model, sequences, order, batch_size, padding):
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
    rates: list[float],
    settings: TrainingSettings,
    after_update: Callable[[torch.optim.Optimizer], None] | None,
) -> float:
    """Train on every batch once; return the mean loss of a scored position."""
    total, weight = 0.0, 0
    batches = _padded(model, task.train, order, settings.batch_size, settings.padding)
    for (x, lengths, targets), rate in zip(batches, rates, strict=True):
        loss = _loss(model, x, lengths, targets, task.kind)[0]
        optimizer.zero_grad()
        loss.backward()
        if settings.clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        if after_update is not None:
            after_update(optimizer)
        total += float(loss.detach()) * n_scored(targets)
        weight += n_scored(targets)
    return total / weight


def batch_losses(
    model: GraphRNN | LayeredRNN, task: SequenceData, order: NDArray[np.int64], batch_size: int
) -> list[Callable[[GraphRNN | LayeredRNN], Tensor]]:
    """Loss of each batch of training sequences, as a function of the network.

    Raises:
        InputError: A size that does not fit the model.
    """
    check_sizes(model, task)

    def loss_of(x: Tensor, lengths: Tensor | None, targets: Tensor) -> Callable[..., Tensor]:
        return lambda network: _loss(network, x, lengths, targets, task.kind)[0]

    return [loss_of(*batch) for batch in _padded(model, task.train, order, batch_size, None)]


def _loss(
    model: Network, x: Tensor, lengths: Tensor | None, targets: Tensor, kind: str
) -> tuple[Tensor, Tensor]:
    """Mean loss and the outputs it came from, (1, positions, output_size)."""
    outputs = model(x, lengths, per_step=kind == "step")
    outputs = outputs.reshape(1, -1, outputs.shape[-1])
    return losses(outputs, targets)[0], outputs


def _padded(
    model: Network,
    sequences: Sequences,
    order: NDArray[np.int64],
    batch_size: int,
    padding: int | None,
) -> Iterator[tuple[Tensor, Tensor | None, Tensor]]:
    """Yield inputs, lengths and flat targets of each batch, padded to its longest sequence."""
    weight = _readout(model)
    for rows in split_rows(order, batch_size):
        lengths: Tensor | None = torch.from_numpy(sequences.lengths[rows])
        n_steps = int(sequences.lengths[rows].max())
        inputs: NDArray[np.generic] = sequences.inputs[rows, :n_steps]
        if padding is not None:
            inputs, lengths = with_padding(sequences, rows, padding), None
        x = torch.from_numpy(inputs).to(weight.device)
        targets = torch.from_numpy(sequences.targets[rows]).to(weight.device)
        if targets.ndim == 2:
            targets = targets[:, :n_steps].flatten()
        if targets.is_floating_point():
            targets = targets.to(weight.dtype)
        yield (
            x.to(weight.dtype) if x.is_floating_point() else x,
            lengths,
            targets,
        )


def _optimizer(model: GraphRNN | LayeredRNN, settings: TrainingSettings) -> torch.optim.Optimizer:
    decay = settings.weight_decay
    match settings.optimizer:
        case "sgd":
            return torch.optim.SGD(
                model.parameters(), momentum=settings.momentum, weight_decay=decay
            )
        case "adam":
            return torch.optim.Adam(model.parameters(), weight_decay=decay)
        case _:
            return torch.optim.AdamW(model.parameters(), weight_decay=decay)


def check_padding(task: SequenceData, padding: int | None) -> None:
    """Check that a task can be read with padding.

    Raises:
        InputError: `padding` is no token of the task, or the task has a target a step.
    """
    if padding is not None and (padding >= task.n_tokens or task.kind == "step"):
        raise InputError(
            "`padding` must be a token of a task with one target a sequence, below "
            f"{task.n_tokens}; got {padding} for targets of kind {task.kind!r}."
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


def _readout(model: Network) -> Tensor:
    """Weights of the readout, where the network is and as its numbers are."""
    if isinstance(model, SparseGraphRNN | SparseLayeredRNN):
        return model.readout_weight
    weight: Tensor = model.readout.weight
    return weight


def _n_units(model: Network) -> int:
    """Units that torch multiplies by whole matrices."""
    if isinstance(model, GraphRNN):
        return model.rnn.hidden_size
    return model.mask.n_units if isinstance(model, LayeredRNN) else 0


def check_sizes(model: GraphRNN | LayeredRNN, task: SequenceData) -> None:
    """Check that a network that can learn reads what a task gives and answers what it asks.

    Raises:
        InputError: It is something else, or has another input or output size.
    """
    _check_sizes(model, task, "a GraphRNN or a LayeredRNN", _TRAINABLE)


def _check_sizes(model: Network, task: SequenceData, named: str, kinds: tuple[type, ...]) -> None:
    if not isinstance(model, kinds):
        raise InputError(f"`model` must be {named}; got {type(model).__name__}.")
    check_task(task)
    have, need = (model.input_size, model.output_size), (task.input_size, task.output_size)
    if have != need:
        raise InputError(
            f"`model` must have the input and output size of `task`, {need}; got {have}."
        )
