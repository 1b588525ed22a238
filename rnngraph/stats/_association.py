"""Association of one feature with the target over complete rows: its value, p and resamples."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from scipy import special, stats

from rnngraph.errors import UndefinedMetricError
from rnngraph.stats import _resample
from rnngraph.stats._covariates import Design, basis, residual
from rnngraph.stats._table import Floats, is_constant, tied

Method: TypeAlias = Literal["spearman", "pearson", "kendall"]


class Association(NamedTuple):
    """A correlation, its two-sided p-value, and its value in resamples: counts (b, n) -> (b,).

    `width` is the number of numbers that `resampled` holds for each count.
    """

    estimate: float
    p_value: float
    resampled: Callable[[Floats], Floats]
    width: int


def associate(x: Floats, y: Floats, given: Design, method: Method) -> Association:
    """Correlate x and y, shape (n,), given the covariates; nothing is missing.

    Raises:
        UndefinedMetricError: The correlation does not exist; the message is the reason alone.
    """
    if np.isinf(x).any():
        raise UndefinedMetricError("feature holds an infinite value")
    if method != "pearson":
        x, y, given = tied(x), tied(y), Design(tied(given.columns), given.numeric)
    span = basis(given.ranked().columns if method == "spearman" else given.columns)
    needed = span.shape[1] + 4
    if len(x) < needed:
        raise UndefinedMetricError(f"n too small: {len(x)} complete rows, {needed} needed")
    for role, values in (("feature", x), ("target", y)):
        if is_constant(values):
            raise UndefinedMetricError(f"{role} is constant")
    if method == "kendall":
        return _kendall(x, y)
    return _moment(x, y, given, span, ranked=method == "spearman")


def _kendall(x: Floats, y: Floats) -> Association:
    tau = stats.kendalltau(x, y)

    def resampled(counts: Floats) -> Floats:
        return _resample.kendall_taus(x, y, counts)

    return Association(float(tau.statistic), float(tau.pvalue), resampled, width=1)


def _moment(x: Floats, y: Floats, given: Design, span: Floats, *, ranked: bool) -> Association:
    """Correlate the residuals of x and y, or of their ranks, on an intercept and `span`."""
    left_x = residual(stats.rankdata(x) if ranked else x, span)
    left_y = residual(stats.rankdata(y) if ranked else y, span)
    for role, left in (("feature", left_x), ("target", left_y)):
        if not left.any():
            raise UndefinedMetricError(f"{role} is determined by the covariates")
    estimate = float(np.clip(left_x @ left_y, -1, 1))
    df = len(x) - 2 - span.shape[1]
    # P(|T| > t) for t² = df r² / (1 - r²), without a division by 1 - r².
    p_value = float(special.betainc(df / 2, 0.5, 1 - estimate**2))

    if ranked:
        columns = np.column_stack([given.columns, x, y])
        anew = [*given.numeric, True, True]
    else:  # residuals and basis span what the raw columns span, and lose no digits
        columns = np.column_stack([span, left_x, left_y])
        anew = [False] * columns.shape[1]

    def resampled(counts: Floats) -> Floats:
        values = [
            _resample.ranks(column, counts) if rank else np.broadcast_to(column, counts.shape)
            for column, rank in zip(columns.T, anew, strict=True)
        ]
        return _resample.partial_correlations(np.stack(values, axis=1), counts)

    return Association(estimate, p_value, resampled, width=3 * columns.shape[1])
