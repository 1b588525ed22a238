"""How a set is split: sizes from shares, and classes in the same shares everywhere."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.errors import InputError


def part_size(name: str, part: float, total: int) -> int:
    """How many of `total` a part takes: a float is a share, an int a number of them.

    Raises:
        InputError: The share is not above 0 and below 1, or the number not in [1, total - 1].
    """
    if isinstance(part, int):
        return check_int(name, part, 1, total - 1)
    if not 0 < check_real(name, part) < 1:
        raise InputError(f"`{name}` must be a share above 0 and below 1; got {part!r}.")
    return max(1, round(part * total))


def stratified(
    classes: NDArray[np.int64], sizes: Sequence[int], *, rng: RNG
) -> list[NDArray[np.int64]]:
    """Draw parts of the given sizes, each class in its share, to the nearest whole number.

    A part does not depend on the sizes after its own.

    Args:
        classes: Class of each sample, shape (N,).
        sizes: Size of each part; together at most N.
        rng: Seed; a Generator is advanced.

    Returns:
        Samples of each part, in random order, and of the rest.
    """
    left = generator(rng).permutation(len(classes))
    parts = []
    for size in sizes:
        drawn = _rank(classes[left]) < _quotas(classes[left], size)[classes[left]]
        parts.append(left[drawn])
        left = left[~drawn]
    return [*parts, left]


def _quotas(classes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many of each class make a part of `size`, by largest remainders."""
    exact = size * np.bincount(classes) / len(classes)
    quotas = np.floor(exact).astype(np.int64)
    most_missing = np.argsort(quotas - exact, kind="stable")
    quotas[most_missing[: size - quotas.sum()]] += 1
    return quotas


def _rank(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many samples of its own class stand before each sample."""
    rank = np.empty_like(classes)
    for label in np.unique(classes):
        members = np.flatnonzero(classes == label)
        rank[members] = np.arange(len(members))
    return rank
