"""Bootstrap over rows: a resample is a row of counts, so a statistic sees all resamples at once."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnngraph.stats._table import Floats

_CELLS = 4_000_000
"""Counts held at a time; bounds the memory of a large table, never changes a result."""


class Spread(NamedTuple):
    """Bootstrap standard deviation and percentile interval; scalars or one value a column."""

    std_error: Floats
    ci_low: Floats
    ci_high: Floats


def resample_counts(n: int, n_boot: int, rng: np.random.Generator) -> Floats:
    """Draw how often each of `n` rows enters each of `n_boot` resamples, shape (n_boot, n)."""
    rows = rng.integers(n, size=(n_boot, n)) + n * np.arange(n_boot)[:, None]
    return np.bincount(rows.ravel(), minlength=n_boot * n).reshape(n_boot, n).astype(np.float64)


def bootstrap(
    statistic: Callable[[Floats], Floats],
    n: int,
    *,
    n_boot: int,
    rng: np.random.Generator,
    width: int = 1,
) -> Floats:
    """Return the statistic of each resample: counts (b, n) -> values (b, ...), b <= n_boot.

    Args:
        statistic: Called with blocks of resamples.
        n: Number of rows.
        n_boot: Number of resamples.
        rng: Source of the resamples.
        width: Numbers that the statistic holds for each count.
    """
    block = max(1, _CELLS // (n * width))
    sizes = [min(block, n_boot - start) for start in range(0, n_boot, block)]
    return np.concatenate([statistic(resample_counts(n, size, rng)) for size in sizes])


def spread(draws: Floats, confidence: float) -> Spread:
    """Summarise draws along their first axis; draws that are NaN are left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail], axis=0)
    return Spread(np.nanstd(draws, axis=0, ddof=1), low, high)


def ranks(values: Floats, counts: Floats) -> Floats:
    """Mid-ranks of `values` (n,) within each resample (b, n), as if its rows were written out.

    Rows that a resample leaves out get a number of no meaning.
    """
    _, code = np.unique(values, return_inverse=True)
    size = _value_counts(code, counts)
    return (size.cumsum(axis=1) - (size - 1) / 2)[:, code]


def partial_correlations(columns: Floats, counts: Floats) -> Floats:
    """Correlation of the last two columns given the others, in each resample; NaN if undefined.

    Args:
        columns: Shape (b, k + 2, n), or (1, k + 2, n) if all resamples share their values.
        counts: Shape (b, n).

    Returns:
        Shape (b,).
    """
    squares = (counts[:, None] * columns) @ columns.transpose(0, 2, 1)
    sums = columns @ counts[:, :, None]
    gram = squares - sums @ sums.transpose(0, 2, 1) / counts.sum(axis=1)[:, None, None]
    variance = np.diagonal(gram, axis1=1, axis2=2)
    varies = variance > 1e-12 * np.diagonal(squares, axis1=1, axis2=2)
    scale = np.sqrt(np.where(varies, variance, np.inf))
    gram = gram / (scale[:, :, None] * scale[:, None, :])

    # The Schur complement of the covariates is the covariance of the two columns' residuals; the
    # pseudoinverse lets a category that a resample left out drop from it.
    cross = gram[:, :-2, -2:]
    inverse = np.linalg.pinv(gram[:, :-2, :-2], rcond=1e-10, hermitian=True)
    rest = gram[:, -2:, -2:] - cross.transpose(0, 2, 1) @ inverse @ cross
    left = np.diagonal(rest, axis1=1, axis2=2)
    defined = (left > 1e-12).all(axis=1)
    product = np.where(defined, left.prod(axis=1), np.nan)
    estimate: Floats = rest[:, 0, 1] / np.sqrt(product)
    return estimate.clip(-1, 1)


def kendall_taus(x: Floats, y: Floats, counts: Floats) -> Floats:
    """Kendall's tau-b of x and y (n,) in each resample (b, n); NaN where one of them is constant.

    Returns:
        Shape (b,).
    """
    n = len(x)
    concordance = np.zeros(len(counts))
    block = max(1, _CELLS // n)
    for start in range(0, n, block):
        part = slice(start, start + block)
        sign = np.sign(x[:, None] - x[part]) * np.sign(y[:, None] - y[part])
        concordance += ((counts @ sign) * counts[:, part]).sum(axis=1)
    untied = np.ones(len(counts))
    for values in (x, y):
        _, code = np.unique(values, return_inverse=True)
        untied *= counts.sum(axis=1) ** 2 - (_value_counts(code, counts) ** 2).sum(axis=1)
    return concordance / np.sqrt(np.where(untied > 0, untied, np.nan))


def _value_counts(code: NDArray[np.intp], counts: Floats) -> Floats:
    """Rows of each distinct value in each resample, shape (b, number of values)."""
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    return np.add.reduceat(counts[:, order], starts, axis=1)
