"""Batches whose sequences end together, so that no step past a sequence's end exists.

The rows of a batch are sorted by length, longest first, and right-aligned: sequence i starts at
step T - length_i. The rows active at a step are then always the first ones, their number only
grows, and after the last step every row holds the state of its own last real step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._rng import stream
from rnngraph.nn.objective import n_scored
from rnngraph.nn.settings import TrainingSettings
from rnngraph.tasks import SequenceData, Sequences

TEST_BATCH: Final = 256
"""Sequences in a batch where an answer does not depend on it."""


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch on its device.

    Attributes:
        steps: For each step the inputs of its active rows, shape (active, input_size); tokens
            are one-hot.
        targets: Shape (rows,) class or value; for per-step tasks (sum of active rows,), in step
            order, -1 where there is no target.
        n_scored: Number of targets that count.
    """

    steps: list[Tensor]
    targets: Tensor
    n_scored: int


def data_order(
    seed: np.random.SeedSequence, replicate: int, epoch: int, n_sequences: int
) -> NDArray[np.int64]:
    """Order in which a replicate sees the training sequences in an epoch; shape (n_sequences,)."""
    return stream(seed, "order", replicate, epoch).permutation(n_sequences)


def test_batches(task: SequenceData, settings: TrainingSettings) -> tuple[NDArray[np.int64], int]:
    """Order and size of the batches of the test sequences.

    By length, so that no step is wasted; as they stand where padding makes a network's answer
    depend on the batch.
    """
    size = test_batch_size(settings)
    if settings.padding is None:
        return np.argsort(task.test.lengths, kind="stable"), size
    return np.arange(len(task.test.lengths)), size


def test_batch_size(settings: TrainingSettings) -> int:
    """Size of the batches of the test sequences: that of training where it matters."""
    return TEST_BATCH if settings.padding is None else settings.batch_size


def split_rows(order: NDArray[np.int64], batch_size: int) -> list[NDArray[np.int64]]:
    """Cut an order into batches of `batch_size`; the last one may be shorter."""
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def batches(
    sequences: Sequences,
    n_tokens: int,
    order: NDArray[np.int64],
    batch_size: int,
    *,
    padding: int | None = None,
    device: torch.device,
    dtype: torch.dtype,
) -> Iterator[Batch]:
    """Yield the batches of `sequences` in the given order.

    Args:
        sequences: Tokens or dense inputs with their true lengths.
        n_tokens: Size of the one-hot code of a token; 0 for dense inputs.
        order: Indices of the sequences, shape (any,).
        batch_size: Sequences in a batch, at least 1.
        padding: Token that goes in after a sequence's end, up to the longest of its batch; None:
            nothing does.
        device: Where the tensors go.
        dtype: Type of the inputs and of real-valued targets.
    """
    for rows in split_rows(order, batch_size):
        yield _batch(sequences, n_tokens, rows, padding, device, dtype)


def with_padding(sequences: Sequences, rows: NDArray[np.int64], padding: int) -> NDArray[np.int64]:
    """Tokens of some sequences, (rows, steps of the longest), `padding` after each one's end."""
    n_steps = int(sequences.lengths[rows].max())
    tokens = np.where(sequences.real[rows, :n_steps], sequences.inputs[rows, :n_steps], padding)
    return np.asarray(tokens, dtype=np.int64)


def _batch(
    sequences: Sequences,
    n_tokens: int,
    rows: NDArray[np.int64],
    padding: int | None,
    device: torch.device,
    dtype: torch.dtype,
) -> Batch:
    rows = rows[np.argsort(-sequences.lengths[rows], kind="stable")]
    lengths = sequences.lengths[rows]
    n_steps = int(lengths[0])
    if padding is None:
        source_step = np.arange(n_steps) - (n_steps - lengths)[:, None]
        aligned = (rows[:, None], np.maximum(source_step, 0))
        active = (source_step >= 0).sum(axis=0)
        read = sequences.inputs[aligned]
    else:
        active = np.full(n_steps, len(rows))
        read = with_padding(sequences, rows, padding)

    inputs = _sent(torch.from_numpy(read), device)
    if n_tokens:
        inputs = torch.nn.functional.one_hot(inputs, n_tokens)
    inputs = inputs.to(dtype)
    steps = [inputs[:count, step] for step, count in enumerate(active)]

    if sequences.targets.ndim == 2:
        per_step = sequences.targets[aligned]
        flat = np.concatenate([per_step[:count, step] for step, count in enumerate(active)])
    else:
        flat = sequences.targets[rows]
    targets = torch.from_numpy(flat)
    # Counted before it goes to a device, which would have to be waited for.
    count = n_scored(targets)
    if targets.is_floating_point():
        targets = targets.to(dtype)
    return Batch(steps, _sent(targets, device), count)


def _sent(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy from the CPU to a device; of a GPU, without waiting for what it still has to do."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
