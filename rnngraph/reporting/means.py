"""Means over replicates, with what they are worth."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats


class Mean(NamedTuple):
    """A mean over replicates and its 95 % t-interval; NaN where there is none."""

    n: int
    mean: float
    low: float
    high: float


def mean_of(values: Sequence[float] | pd.Series) -> Mean:
    """Return the mean of what is not NaN, with its 95 % t-interval."""
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    n = len(known)
    if n == 0:
        return Mean(0, np.nan, np.nan, np.nan)
    mean = float(known.mean())
    if n == 1:
        return Mean(1, mean, np.nan, np.nan)
    half = float(stats.t.ppf(0.975, n - 1) * known.std(ddof=1) / np.sqrt(n))
    return Mean(n, mean, mean - half, mean + half)
