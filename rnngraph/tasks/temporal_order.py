"""Temporal order: two symbols far apart among distractors; which came first?"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph._types import RNG
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.disjoint import disjoint_rows

_TOKENS: Final = ("a", "b", "c", "d", "X", "Y", "E", "B")
_X, _E, _B = (_TOKENS.index(symbol) for symbol in "XEB")
_CLASSES: Final = ("XX", "XY", "YX", "YY")


def temporal_order(
    *, n_train: int = 4_000, n_test: int = 1_000, length: int = 30, rng: RNG
) -> SequenceData:
    """Name the two relevant symbols of a sequence in their order: XX, XY, YX or YY.

    Needs the first symbol held for up to length steps and its order kept. A sequence has length
    to 1.1 * length steps: E, distractors a to d, and B at the end, with X or Y at a step in
    [0.1, 0.2] * length and at one in [0.5, 0.6] * length. Inputs are tokens (N, T) with lengths,
    targets (N,), the classes about equally often. Counting X and Y tells XX and YY but not XY from
    YX, so n-gram rules reach about 0.75, more in
    short sequences. No sequence stands twice, be it in train or test.

    Source: Hochreiter & Schmidhuber (1997), Neural Computation 9, 1735-1780, experiment 6a
    (length = 100).

    Args:
        n_train: Number of training sequences; at least 1.
        n_test: Number of test sequences; at least 1.
        length: Steps of the shortest sequence; at least 10. Fractions are rounded down.
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule, or there are fewer than n_train + n_test sequences.
    """
    n_train = check_int("n_train", n_train, 1)
    n_test = check_int("n_test", n_test, 1)
    length = check_int("length", length, 10)

    def draw(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
        return _rows(count, length, generator)

    rows = disjoint_rows(draw, name="temporal_order", n_train=n_train, n_test=n_test, rng=rng)
    train, test = (_sequences(part) for part in rows)
    return with_baselines(
        "temporal_order",
        train,
        test,
        tokens=_TOKENS,
        classes=_CLASSES,
        rule="ngram_likelihood",
        params={"n_train": n_train, "n_test": n_test, "length": length},
    )


def _rows(count: int, length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Tokens of whole sequences, padded with -1."""
    longest = length + length // 10
    each = np.arange(count)
    rows = rng.integers(4, size=(count, longest))
    classes = rng.permutation(count) % len(_CLASSES)
    first = rng.integers(length // 10, length // 5, size=count, endpoint=True)
    second = rng.integers(length // 2, 3 * length // 5, size=count, endpoint=True)
    rows[each, first] = _X + classes // 2
    rows[each, second] = _X + classes % 2
    lengths = rng.integers(length, longest, size=count, endpoint=True)
    rows[:, 0] = _E
    rows[each, lengths - 1] = _B
    rows[np.arange(longest) >= lengths[:, None]] = -1
    return rows


def _sequences(rows: NDArray[np.int64]) -> Sequences:
    lengths = (rows >= 0).sum(axis=1)
    is_y = rows[(rows == _X) | (rows == _X + 1)].reshape(-1, 2) - _X
    return Sequences(np.maximum(rows, 0), lengths, 2 * is_y[:, 0] + is_y[:, 1])
