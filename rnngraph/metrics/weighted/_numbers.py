"""Arithmetic on real values: correlation, shares, and whether they differ by more than rounding."""

from typing import Final

import numpy as np

from rnngraph.metrics._topology import Counts, Floats

_ROUNDING: Final = 1e-12


def is_constant(values: Floats) -> bool:
    """Whether all values are equal, up to rounding."""
    low, high = float(values.min()), float(values.max())
    return high - low <= _ROUNDING * max(abs(low), abs(high))


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's correlation of values of which neither side is constant: in [-1, 1]."""
    x, y = _centred(x), _centred(y)
    r = float(x @ y) / float(np.sqrt(x @ x) * np.sqrt(y @ y))
    return min(1.0, max(-1.0, r))


def _centred(values: Floats) -> Floats:
    values = values / np.abs(values).max()  # so that no square overflows
    off = values - values.mean()
    return np.asarray(off / np.abs(off).max())


def share(part: Floats, whole: Floats | Counts) -> Floats:
    """Part of the whole, 0 where there is none."""
    nothing = np.zeros(len(whole))
    return np.asarray(np.divide(part, whole, out=nothing, where=whole > 0))
