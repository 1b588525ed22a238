"""The training loop of a stack: one backward pass for all members, no traffic between them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch

from rnngraph.nn.batching import Batch, batches, data_order
from rnngraph.nn.objective import clip_coefficients, correct, losses, n_scored
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.stack import Stack
from rnngraph.tasks import SequenceData, Sequences

_TEST_BATCH = 256


@dataclass(frozen=True)
class EpochResult:
    """One network after one epoch.

    Attributes:
        train_loss: Mean over the epoch's batches, as the weights moved.
        loss: On the test sequences: cross-entropy in nats, or mean squared error.
        accuracy: Share of scored test positions that are right; NaN for real-valued targets.
    """

    train_loss: float
    loss: float
    accuracy: float


def train_stack(
    stack: Stack,
    task: SequenceData,
    settings: TrainingSettings,
    *,
    seed: np.random.SeedSequence,
    replicate: int,
    progress: Callable[[int], None] | None = None,
) -> list[list[EpochResult]]:
    """Train all members of a stack in place on one replicate's order of data.

    Args:
        stack: Its parameters are changed.
        task: Training and test sequences.
        settings: The same for all members.
        seed: Root of the data-order streams.
        replicate: Whose order of data.
        progress: Called after every epoch with the number of members.

    Returns:
        A list a member, with one `EpochResult` an epoch.
    """
    for parameter in stack.parameters.values():
        parameter.requires_grad_()
    optimizer = torch.optim.AdamW(
        stack.parameters.values(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    test = list(_batches(stack, task, task.test, _by_length(task.test), _TEST_BATCH))
    curves: list[list[EpochResult]] = [[] for _ in range(stack.n_members)]
    for epoch in range(settings.epochs):
        order = data_order(seed, replicate, epoch, len(task.train.lengths))
        training = _batches(stack, task, task.train, order, settings.batch_size)
        train_loss = _one_pass(stack, optimizer, settings.clip, training, task.kind)
        loss, accuracy = _evaluate(stack, test, task.kind)
        for curve, *point in zip(curves, train_loss, loss, accuracy, strict=True):
            curve.append(EpochResult(*point))
        if progress is not None:
            progress(stack.n_members)
    return curves


def _one_pass(
    stack: Stack,
    optimizer: torch.optim.Optimizer,
    clip: float,
    training: Iterable[Batch],
    kind: str,
) -> list[float]:
    names, parameters = zip(*stack.parameters.items(), strict=True)
    total, weight = parameters[0].new_zeros(stack.n_members), 0
    for batch in training:
        loss = losses(stack.outputs(batch.steps, per_step=kind == "step"), batch.targets)
        gradients = torch.autograd.grad(loss.sum(), parameters)
        live = [
            gradient * stack.masks[name] if name in stack.masks else gradient
            for name, gradient in zip(names, gradients, strict=True)
        ]
        scale = clip_coefficients(live, clip)
        for parameter, gradient in zip(parameters, live, strict=True):
            parameter.grad = gradient * scale.view(-1, *[1] * (gradient.ndim - 1))
        optimizer.step()
        scored = n_scored(batch.targets)
        total += loss.detach() * scored
        weight += scored
    means: list[float] = (total / weight).tolist()
    return means


@torch.no_grad()
def _evaluate(stack: Stack, test: list[Batch], kind: str) -> tuple[list[float], list[float]]:
    """Loss and accuracy of each member over all test batches."""
    n_right = torch.zeros(stack.n_members, dtype=torch.float64)
    total = torch.zeros(stack.n_members, dtype=torch.float64)
    scored = sum(n_scored(batch.targets) for batch in test)
    for batch in test:
        outputs = stack.outputs(batch.steps, per_step=kind == "step")
        total += losses(outputs, batch.targets).cpu() * n_scored(batch.targets)
        n_right += correct(outputs, batch.targets).cpu()
    accuracy = torch.full_like(total, torch.nan) if kind == "value" else n_right / scored
    return (total / scored).tolist(), accuracy.tolist()


def _batches(
    stack: Stack,
    task: SequenceData,
    sequences: Sequences,
    order: np.ndarray,
    batch_size: int,
) -> Iterable[Batch]:
    return batches(
        sequences, task.n_tokens, order, batch_size, device=stack.device, dtype=stack.dtype
    )


def _by_length(sequences: Sequences) -> np.ndarray:
    return np.argsort(sequences.lengths, kind="stable")
