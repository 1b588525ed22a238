"""What a task is to everything else: padded sequences with targets, split into train and test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph.errors import InputError

Kind: TypeAlias = Literal["sequence", "step", "value"]
"""A class per sequence, a class per step, or a real number per sequence."""


@dataclass(frozen=True, eq=False)
class Sequences:
    """N sequences padded to T steps, with their targets.

    Attributes:
        inputs: Tokens (N, T) int64, padded with 0, or features (N, T, F) float32. What lies
            beyond a sequence's length is never read.
        lengths: Shape (N,) int64, steps of each sequence, in 1..T.
        targets: A class per sequence (N,) int64, a class per step (N, T) int64 with -1 where
            nothing is asked (always so in the padding), or a value per sequence (N,) float32.

    Raises:
        InputError: A shape, a dtype or a value breaks a rule above.
    """

    inputs: NDArray[np.int64] | NDArray[np.float32]
    lengths: NDArray[np.int64]
    targets: NDArray[np.int64] | NDArray[np.float32]

    def __post_init__(self) -> None:
        _check_inputs(self.inputs)
        _check_lengths(self.lengths, self.inputs.shape)
        _check_targets(self.targets, self.lengths, self.inputs.shape)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def kind(self) -> Kind:
        """What is asked: "sequence" (a class), "step" (a class per step) or "value"."""
        if self.targets.ndim == 2:
            return "step"
        return "value" if self.targets.dtype == np.float32 else "sequence"

    @property
    def real(self) -> NDArray[np.bool_]:
        """Shape (N, T): True at the steps that belong to a sequence, False in the padding."""
        steps: NDArray[np.bool_] = np.arange(self.inputs.shape[1]) < self.lengths[:, None]
        return steps


@dataclass(frozen=True, eq=False)
class SequenceData:
    """A task: train and test sequences of one kind, and what is known of them.

    Attributes:
        train: Sequences to learn from.
        test: Sequences to score; the number of steps T may differ from train.
        n_tokens: Size of the alphabet; 0 for dense inputs.
        n_classes: Number of classes; 0 for a regression.
        meta: JSON-serialisable facts. Tasks of this package always give `name`, `chance` (share
            of the test set's largest class over scored positions, or the mean squared error of
            the train mean), `ngram` (accuracy of n-gram rules, keys "1", "2", "3"; empty for
            dense inputs and for texts), `ngram_rule`, `tokens` (alphabet or None), `classes`
            (names or None) and `params` (arguments but the seed).

    Raises:
        InputError: Train and test disagree, or a token or class is out of range.
    """

    train: Sequences
    test: Sequences
    n_tokens: int
    n_classes: int
    meta: Mapping[str, object]

    def __post_init__(self) -> None:
        check_int("n_tokens", self.n_tokens, 0)
        check_int("n_classes", self.n_classes, 0)
        _check_same_kind(self.train, self.test)
        for name, part in (("train", self.train), ("test", self.test)):
            _check_tokens(name, part, self.n_tokens)
            _check_classes(name, part, self.n_classes)

    @property
    def kind(self) -> Kind:
        """What is asked: "sequence" (a class), "step" (a class per step) or "value"."""
        return self.train.kind

    @property
    def input_size(self) -> int:
        """Number of tokens, or of features of a dense input."""
        return self.n_tokens or int(self.train.inputs.shape[2])

    @property
    def output_size(self) -> int:
        """Number of classes, or 1 for a value."""
        return self.n_classes or 1


def _check_inputs(inputs: NDArray[np.generic]) -> None:
    if not isinstance(inputs, np.ndarray) or (inputs.ndim, inputs.dtype.name) not in (
        (2, "int64"),
        (3, "float32"),
    ):
        raise InputError(
            "`inputs` must be an int64 array (N, T) of tokens or a float32 array (N, T, F); "
            f"got {_what(inputs)}."
        )
    if inputs.size == 0:
        raise InputError(
            f"`inputs` must hold at least one sequence, step and feature; got shape {inputs.shape}."
        )
    if inputs.dtype == np.float32 and not np.isfinite(inputs).all():
        raise InputError("`inputs` must be finite; got NaN or infinity.")
    if inputs.dtype == np.int64 and inputs.min() < 0:
        row, step = np.argwhere(inputs.astype(np.int64) < 0)[0]
        raise InputError(
            f"`inputs` must hold tokens >= 0; got {inputs[row, step]} in sequence {row} at "
            f"position {step}."
        )


def _check_lengths(lengths: NDArray[np.int64], shape: tuple[int, ...]) -> None:
    n, steps = shape[:2]
    if not isinstance(lengths, np.ndarray) or lengths.dtype != np.int64 or lengths.shape != (n,):
        raise InputError(f"`lengths` must be an int64 array of shape ({n},); got {_what(lengths)}.")
    wrong = (lengths < 1) | (lengths > steps)
    if wrong.any():
        raise InputError(
            f"`lengths` must be in [1, {steps}]; got {lengths[wrong][0]} in sequence "
            f"{int(wrong.argmax())}."
        )


def _check_targets(
    targets: NDArray[np.generic], lengths: NDArray[np.int64], shape: tuple[int, ...]
) -> None:
    n, steps = shape[:2]
    if not isinstance(targets, np.ndarray) or (targets.shape, targets.dtype.name) not in (
        ((n,), "int64"),
        ((n, steps), "int64"),
        ((n,), "float32"),
    ):
        raise InputError(
            f"`targets` must be an int64 array of shape ({n},) or ({n}, {steps}), or a float32 "
            f"array of shape ({n},); got {_what(targets)}."
        )
    if targets.dtype == np.float32:
        if not np.isfinite(targets).all():
            raise InputError("`targets` must be finite; got NaN or infinity.")
        return
    lowest = -1 if targets.ndim == 2 else 0
    if targets.min() < lowest:
        raise InputError(f"`targets` must be classes >= {lowest}; got {targets.min()}.")
    if targets.ndim == 2 and (targets[np.arange(steps) >= lengths[:, None]] != -1).any():
        raise InputError("`targets` must be -1 beyond each sequence's length; got a class there.")


def _check_same_kind(train: Sequences, test: Sequences) -> None:
    if train.kind != test.kind:
        raise InputError(
            f"`train` and `test` must have targets of one kind; got {train.kind!r} and "
            f"{test.kind!r}."
        )
    if train.inputs.ndim != test.inputs.ndim or train.inputs.shape[2:] != test.inputs.shape[2:]:
        raise InputError(
            "`train` and `test` must have the same kind of inputs and number of features; got "
            f"shapes {train.inputs.shape} and {test.inputs.shape}."
        )


def _check_tokens(name: str, part: Sequences, n_tokens: int) -> None:
    if part.inputs.ndim == 3:
        if n_tokens != 0:
            raise InputError(f"`n_tokens` must be 0 for dense inputs; got {n_tokens}.")
    elif part.inputs.max() >= n_tokens:
        row, step = np.argwhere(part.inputs >= n_tokens)[0]
        raise InputError(
            f"`n_tokens` must exceed every token; got {n_tokens} and token "
            f"{part.inputs[row, step]} in `{name}`, sequence {row} at position {step}."
        )


def _check_classes(name: str, part: Sequences, n_classes: int) -> None:
    if part.kind == "value":
        if n_classes != 0:
            raise InputError(f"`n_classes` must be 0 for a value target; got {n_classes}.")
    elif part.targets.max() >= n_classes:
        raise InputError(
            f"`n_classes` must exceed every class; got {n_classes} and class "
            f"{part.targets.max()} in `{name}`."
        )
    elif part.targets.max() < 0:
        raise InputError(f"`{name}` must have at least one target; got -1 at every step.")


def _what(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return type(value).__name__
