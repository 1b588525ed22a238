"""What a network is fitted to, batch by batch: sequences with targets, or one long text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rnngraph._check import check_bool, check_int
from rnngraph.errors import InputError
from rnngraph.tasks import Sequences, stream_batches

_POOL = 20
"""Batches whose sequences are sorted by length together, so that few steps are padding."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Sequences read together.

    Attributes:
        x: Tokens (batch, steps) or dense inputs (batch, steps, channels).
        lengths: Real steps of each sequence, (batch,); None: all.
        targets: A class a sequence, (batch,), or a step, (batch, steps), -1 where none is asked.
        continues: Whether the sequences go on where those of the last batch ended.
    """

    x: Tensor
    lengths: Tensor | None
    targets: Tensor
    continues: bool = False

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        lengths = None if self.lengths is None else self.lengths.to(device)
        return Batch(self.x.to(device), lengths, self.targets.to(device), self.continues)

    def loss(self, outputs: Tensor) -> tuple[Tensor, Tensor, int]:
        """Cross entropy in nats summed over what is asked, hits, and how much is asked.

        Args:
            outputs: Of every step, (batch, steps, classes).
        """
        asked = outputs[:, -1] if self.targets.ndim == 1 else outputs.flatten(0, 1)
        targets = self.targets.flatten()
        total = functional.cross_entropy(asked, targets, ignore_index=-1, reduction="sum")
        hits = (asked.argmax(-1) == targets).sum()
        return total, hits, int((targets >= 0).sum())


class Source(Protocol):
    """What gives batches; a penalty is shared among the targets that they ask for."""

    @property
    def n(self) -> int:
        """Number of targets: sequences, steps where one is asked, or tokens of a text."""

    @property
    def carried(self) -> bool:
        """Whether batches continue each other."""

    def batches(self, batch_size: int, draw: np.random.Generator | None) -> Iterator[Batch]:
        """Batches of one epoch: in an order that is drawn, or as the data stand if None."""


@dataclass(frozen=True, eq=False)
class SequenceSource:
    """Sequences with a class each, or a class a step.

    Raises:
        InputError: No sequences, targets that are values, nothing is asked, or `carried` is no
            bool.
    """

    sequences: Sequences
    carried: bool = False

    def __post_init__(self) -> None:
        check_bool("carried", self.carried)
        if not isinstance(self.sequences, Sequences):
            raise InputError(
                "`sequences` must be Sequences, as the parts of a task are; got "
                f"{type(self.sequences).__name__}."
            )
        if self.sequences.kind == "value":
            raise InputError("`sequences` must have classes as targets; got values.")
        if self.n == 0:
            raise InputError("`sequences` must have at least one target; got -1 at every step.")

    @property
    def n(self) -> int:
        """Number of targets: one a sequence, or one a step that is asked."""
        targets = self.sequences.targets
        return int((targets >= 0).sum())

    def batches(self, batch_size: int, draw: np.random.Generator | None) -> Iterator[Batch]:
        """Batches of sequences of similar length, cut to the longest."""
        given = self.sequences
        order = np.arange(len(given)) if draw is None else draw.permutation(len(given))
        width = _POOL * batch_size
        rows = [
            batch
            for pool in (order[k : k + width] for k in range(0, len(order), width))
            for batch in _sorted_batches(pool, given.lengths, batch_size)
        ]
        if draw is not None:
            rows = [rows[k] for k in draw.permutation(len(rows))]
        for own in rows:
            steps = int(given.lengths[own].max())
            targets = given.targets[own]
            yield Batch(
                torch.from_numpy(given.inputs[own][:, :steps]),
                torch.from_numpy(given.lengths[own]),
                torch.from_numpy(targets if targets.ndim == 1 else targets[:, :steps]),
            )


@dataclass(frozen=True, eq=False)
class TextSource:
    """One long text, each token's target the next one, read in pieces.

    Attributes:
        tokens: (length,) int64.
        steps: Tokens of a piece: gradients flow back that far.
        carried: Whether states are carried from piece to piece; else each begins at 0.

    Raises:
        InputError: `tokens` are no array or fewer than two, `steps` is below 1, or `carried` is no
            bool.
    """

    tokens: NDArray[np.int64]
    steps: int = 100
    carried: bool = True

    def __post_init__(self) -> None:
        check_int("steps", self.steps, 1)
        check_bool("carried", self.carried)
        if not isinstance(self.tokens, np.ndarray):
            raise InputError(
                "`tokens` must be an array, as the parts of a language task are; got "
                f"{type(self.tokens).__name__}."
            )
        if len(self.tokens) < 2:
            raise InputError(f"`tokens` must hold two or more tokens; got {len(self.tokens)}.")

    @property
    def n(self) -> int:
        """Number of tokens to predict."""
        return len(self.tokens) - 1

    def batches(self, batch_size: int, draw: np.random.Generator | None) -> Iterator[Batch]:
        """Batches of contiguous pieces; where an order is drawn, the first begins anywhere.

        Raises:
            InputError: More rows than there are tokens to predict.
        """
        check_int("batch_size", batch_size, 1, self.n)
        furthest = min(self.steps, self.n - batch_size)
        offset = int(draw.integers(furthest + 1)) if draw is not None else 0
        for piece in stream_batches(self.tokens, batch_size, self.steps, offset=offset):
            x, targets = torch.from_numpy(piece.inputs), torch.from_numpy(piece.targets)
            yield Batch(x, None, targets, piece.continues and self.carried)


def check_source(name: str, source: object) -> None:
    """Check that something gives batches.

    Raises:
        InputError: It does not.
    """
    if not hasattr(source, "batches"):
        raise InputError(
            f"`{name}` must give batches, as SequenceSource makes them of sequences and TextSource "
            f"of tokens; got {type(source).__name__}."
        )


def _sorted_batches(
    pool: NDArray[np.int64], lengths: NDArray[np.int64], batch_size: int
) -> Iterator[NDArray[np.int64]]:
    ascending = pool[np.argsort(lengths[pool], kind="stable")]
    for start in range(0, len(ascending), batch_size):
        yield ascending[start : start + batch_size]
