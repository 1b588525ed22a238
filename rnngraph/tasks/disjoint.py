"""Draw token sequences so that none stands twice, neither in one part nor in train and test."""

from collections.abc import Callable
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import InputError

_ROUNDS: Final = 100
"""Rounds of drawing, each of train and test together, before the rows count as used up."""


def disjoint_rows(
    draw: Callable[[int, np.random.Generator], NDArray[np.int64]],
    *,
    name: str,
    n_train: int,
    n_test: int,
    rng: RNG,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw train and test rows, all of them different.

    Test is drawn first and train avoids its rows, each from a stream of its own: test does not
    depend on `n_train`.

    Args:
        draw: (count, generator) -> int array (count, width), for any count >= 0.
        name: Name of the task; keeps the streams of tasks apart.
        n_train: Number of training rows; at least 1.
        n_test: Number of test rows; at least 1.
        rng: Seed of both streams.

    Raises:
        InputError: `draw` has too few different rows.
    """
    seed = seed_sequence(rng)
    streams = [stream(seed, name, part) for part in ("n_test", "n_train")]
    test = _new_rows(draw, "n_test", n_test, draw(0, streams[0]), streams[0])
    return _new_rows(draw, "n_train", n_train, test, streams[1]), test


def _new_rows(
    draw: Callable[[int, np.random.Generator], NDArray[np.int64]],
    part: str,
    n: int,
    taken: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw n rows that differ from each other and from `taken`."""
    wanted = len(taken) + n
    rows = taken
    for count in (n, *repeat(wanted, _ROUNDS)):
        rows = np.concatenate([rows, draw(count, rng)])
        _, first = np.unique(rows, axis=0, return_index=True)
        rows = rows[np.sort(first)[:wanted]]
        if len(rows) == wanted:
            return rows[len(taken) :]
    raise InputError(
        f"`{part}` must ask for at most {len(rows) - len(taken)} sequences, as many as these "
        f"arguments have left; got {n}."
    )
