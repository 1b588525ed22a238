"""How a network is trained: the settings that `train` and `train_population` share."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int, check_real
from rnngraph.errors import InputError

OPTIMIZERS: Final = ("adamw", "adam", "sgd")
SCHEDULES: Final = ("constant", "linear", "cosine")
_MOST: Final = 10**9
_LARGEST_RATE: Final = 1e37
"""Adam's first step is ten times as large, and must be a float32."""


def check_count(name: str, value: object, low: int) -> int:
    """Return `value` as an int from `low` on that the core can take.

    Raises:
        InputError: Not an integer, or outside that range.
    """
    check_int(name, value, low)
    return check_int(name, value, high=_MOST)


def check_rate(name: str, value: object) -> float:
    """Return `value` as a step size, > 0, that every optimiser can take.

    Raises:
        InputError: Not a number, or outside that range.
    """
    check_real(name, value, above=0.0)
    return check_real(name, value, high=_LARGEST_RATE)


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Settings of a training.

    Attributes:
        epochs: Passes over the training sequences, at least 1.
        batch_size: Sequences in a batch, at least 1.
        learning_rate: Largest step size of the optimiser, in (0, 1e37].
        weight_decay: In [0, 1e37]; decoupled for "adamw", added to the gradient for "adam" and
            "sgd".
        clip: Largest Euclidean norm of a network's gradient, > 0; None: as it comes.
        optimizer: "adamw", "adam" or "sgd", as in torch.optim, with torch's other settings.
        momentum: Of "sgd", in [0, 1]; 0 for the others.
        schedule: How the step size goes on after the warm-up: "constant", or down to 0 at the end
            of the last epoch, "linear" or along half a "cosine".
        warmup: Updates over which the step size first rises from 0, linearly.
        padding: Token that goes into a network after a sequence's end, up to the longest of its
            batch, as in Darji's thesis; None: no step past a sequence's end exists.

    Raises:
        InputError: A value outside its range.
    """

    epochs: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    clip: float | None = 1.0
    optimizer: str = "adamw"
    momentum: float = 0.0
    schedule: str = "constant"
    warmup: int = 0
    padding: int | None = None

    def __post_init__(self) -> None:
        check_count("epochs", self.epochs, 1)
        check_count("batch_size", self.batch_size, 1)
        check_rate("learning_rate", self.learning_rate)
        check_real("weight_decay", self.weight_decay, 0.0)
        check_real("weight_decay", self.weight_decay, high=_LARGEST_RATE)
        if self.clip is not None:
            check_real("clip", self.clip, above=0.0)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_real("momentum", self.momentum, 0.0, 1.0)
        if self.momentum and self.optimizer != "sgd":
            raise InputError(
                f'`momentum` must be 0 for any `optimizer` but "sgd"; got {self.momentum} with '
                f'"{self.optimizer}".'
            )
        check_choice("schedule", self.schedule, SCHEDULES)
        check_count("warmup", self.warmup, 0)
        if self.padding is not None:
            check_int("padding", self.padding, 0)

    @property
    def largest_norm(self) -> float:
        """`clip`, or infinity."""
        return math.inf if self.clip is None else self.clip

    def rates(self, epoch: int, n_sequences: int) -> NDArray[np.float64]:
        """Step size of each batch of an epoch, counted from 0; shape (batches,)."""
        batches = -(-n_sequences // self.batch_size)
        update = np.arange(epoch * batches, (epoch + 1) * batches)
        warm = np.minimum(1.0, (update + 1) / self.warmup) if self.warmup else 1.0
        rest = max(1, self.epochs * batches - self.warmup)
        share = np.clip((update - self.warmup) / rest, 0.0, 1.0)
        return np.asarray(self.learning_rate * warm * decay(self.schedule, share))


def decay(schedule: str, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Step sizes by one of `SCHEDULES` after some shares of all updates, relative to the first."""
    match schedule:
        case "linear":
            return 1 - share
        case "cosine":
            return (1 + np.cos(math.pi * share)) / 2
        case _:
            return np.ones_like(share)
