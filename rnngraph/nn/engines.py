"""What trains many networks an epoch at a time; native and reference do the same work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

DEAD: float = 1e-6
"""A unit is dead whose state never leaves this close to 0, where it starts."""


@dataclass(frozen=True)
class Learned:
    """One network over one pass of the training sequences.

    Attributes:
        train_loss: Mean over what is scored, as the weights moved; NaN if it diverged.
        gradient_norm_mean: Of the batches, before clipping; NaN if the first diverged.
        gradient_norm_max: The largest of them.
        diverged: Whether a loss or gradient was not finite: its weights are those before.
        seconds: What the pass took, or this network's share of what it took for several.
    """

    train_loss: float
    gradient_norm_mean: float
    gradient_norm_max: float
    diverged: bool
    seconds: float


@dataclass(frozen=True)
class Scored:
    """One network on the test sequences.

    Attributes:
        loss: Cross-entropy in nats, or mean squared error.
        accuracy: Share of scored positions that are right; NaN for real-valued targets.
        dead_units: Share of its units whose state is never further than `DEAD` from 0; means
            nothing where the loss is not finite.
        seconds: As for `Learned`.
    """

    loss: float
    accuracy: float
    dead_units: float
    seconds: float


class Engine(Protocol):
    """Networks in training, by their numbers 0 .. K - 1."""

    def learn(self, members: Sequence[int], epoch: int) -> list[Learned]:
        """Pass once over the training sequences, in each member's order for this epoch."""

    def score(self, members: Sequence[int]) -> list[Scored]:
        """Evaluate on the test sequences."""

    def parameters(self, member: int) -> dict[str, Tensor]:
        """Weights and biases by torch's names, on the CPU, copied."""

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that a later `restore` needs to go on to the bit."""

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Go on from what `state` returned; its arrays fit."""
