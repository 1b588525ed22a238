"""Correlation of every feature with one target: intervals, covariates, false discoveries."""

from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

import numpy as np
import pandas as pd
from scipy import stats

from rnngraph._check import check_choice, check_int
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.stats._association import Method, associate
from rnngraph.stats._covariates import Design, check_covariates, design
from rnngraph.stats._resample import bootstrap, spread
from rnngraph.stats._table import (
    Floats,
    check_confidence,
    check_name,
    check_names,
    check_table,
    feature_names,
    finite_numbers,
    numbers,
    tied,
)

METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""Kinds of correlation, by the names that `correlate` takes."""

_UNDEFINED_SHARE = 0.05
"""Share of resamples without the statistic above which an interval would mislead."""

_FEWEST_UNTIED = 10
"""Values besides the commonest below which no interval is given, if most values tie.

Where most values tie, at a ceiling say, the few others decide the correlation alone, and a
bootstrap of them is one of a very small sample. Of 150 simulated tables without any association,
n = 30 and the target at its ceiling in 90 % of the rows, 95 % intervals excluded 0 in 14 % (10 %
with a covariate held fixed), while p < 0.05 in 7 % (1 %): the two contradict each other. With 10
and more other values (n = 96, ties from 30 to 90 %) it was 5 to 10 %, and p agreed. The rule looks
at the data alone, never at the interval or at p, so it does not select by outcome.
"""

_COLUMNS: Final = (
    "feature",
    "method",
    "covariates",
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "p_adjusted",
    "n",
    "note",
)


class _Outcome(NamedTuple):
    """Statistics of one feature, or a note that says why they are NaN."""

    estimate: float = np.nan
    std_error: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    p_value: float = np.nan
    note: str = ""


def correlate(
    table: pd.DataFrame,
    target: str,
    features: Sequence[str] | None = None,
    *,
    covariates: Sequence[str] = (),
    method: Method = "spearman",
    confidence: float = 0.95,
    n_boot: int = 1000,
    rng: RNG = 0,
) -> pd.DataFrame:
    """Correlate each feature with the target, in [-1, 1], given the covariates if there are any.

    A row of the table must be an independent unit: with several replicates a graph, average
    them first, or `n` counts the same graph many times and every interval is too short.

    A partial correlation is that of the residuals of feature and target on an intercept and the
    covariates; for "spearman" all numbers are ranked first. Rows where the feature, the target
    or a covariate is missing are left out, feature by feature.

    Intervals: Fisher's z (near-normal data) for "pearson" without covariates; else percentiles of
    a bootstrap over rows that ranks each resample anew, which gives none where more than half of
    the values of feature or target are the same and fewer than 10 are not. p-values: t with
    n - 2 - k degrees of freedom, k the rank of the covariates; for "kendall" scipy's exact or
    normal one. Neither the order of the rows nor the other features change a feature's values, but
    for `p_adjusted`.

    Source: Pearson (1895); Spearman (1904); Kendall (1945), tau-b; Fisher (1924) for partial
    correlation; Efron (1979) for the bootstrap; Benjamini & Hochberg (1995) for `p_adjusted`.

    Args:
        table: A row a unit; never changed.
        target: Numeric column, e.g. "accuracy".
        features: Numeric columns; by default all but the target and the covariates.
        covariates: Columns held fixed; one that is not numeric becomes dummies.
        method: "spearman", "pearson" or "kendall" (which takes no covariates).
        confidence: Level of the intervals, in (0, 1).
        n_boot: Bootstrap resamples, at least 100.
        rng: Seed of the bootstrap alone; estimates and p-values do not depend on it.

    Returns:
        A row a feature, in the order given: feature, method, covariates (joined by ", "),
        estimate, std_error, ci_low, ci_high, p_value, p_adjusted (over the features of this call
        that have a p-value), n (complete rows), note ("" or why a value is NaN).

    Raises:
        InputError: An unknown, repeated or non-numeric column, an infinite target or covariate,
            an argument out of range, or covariates with "kendall".
    """
    check_table(table)
    check_name(table, "target", target)
    held = check_names(table, "covariates", covariates)
    names = feature_names(table, features, besides=(target, *held))
    for argument, columns in (("features", names), ("covariates", held)):
        if target in columns:
            raise InputError(f"`{argument}` must not hold the target; got {target!r}.")
    check_choice("method", method, METHODS)
    if method == "kendall" and held:
        raise InputError(
            "`covariates` must be empty for method 'kendall', whose partial version has no known "
            f"p-value; got {', '.join(held)}. Use 'spearman'."
        )
    level = check_confidence(confidence)
    check_int("n_boot", n_boot, 100)
    y = finite_numbers(table, "target", target)
    check_covariates(table, held)
    given = table[list(held)]
    complete = ~np.isnan(y) & given.notna().all(axis=1).to_numpy()

    seed = seed_sequence(rng)
    outcomes, n = [], []
    for name in names:
        x = numbers(table, "features", name)
        kept = complete & ~np.isnan(x)
        n.append(int(kept.sum()))
        held_fixed = design(given.loc[kept])
        boot = stream(seed, "correlate", n[-1])
        outcomes.append(_outcome(x[kept], y[kept], held_fixed, method, level, n_boot, boot))

    result = pd.DataFrame(outcomes).assign(
        feature=names,
        method=method,
        covariates=", ".join(held),
        p_adjusted=lambda frame: _adjusted(frame["p_value"].to_numpy()),
        n=n,
    )
    return result[list(_COLUMNS)]


def _outcome(
    x: Floats,
    y: Floats,
    given: Design,
    method: Method,
    confidence: float,
    n_boot: int,
    rng: np.random.Generator,
) -> _Outcome:
    """Correlate one feature with the target over its complete rows, with an interval."""
    # One order of the rows, whatever the table's: so the resamples do not depend on it.
    order = np.lexsort((x, *given.columns.T, y))
    x, y, given = x[order], y[order], given.rows(order)
    try:
        estimate, p_value, resampled, width = associate(x, y, given, method)
    except UndefinedMetricError as reason:
        return _Outcome(note=str(reason))
    point = _Outcome(estimate, p_value=p_value)
    if method == "pearson" and not given.columns.size:
        low, high = stats.pearsonr(x, y).confidence_interval(confidence)
        error = (1 - estimate**2) / np.sqrt(len(x) - 3)  # Fisher's 1 / sqrt(n - 3), on r's scale
        return point._replace(std_error=float(error), ci_low=float(low), ci_high=float(high))
    for role, values in (("feature", x), ("target", y)):
        commonest = int(np.unique(tied(values), return_counts=True)[1].max())
        if 2 * commonest > len(values) and len(values) - commonest < _FEWEST_UNTIED:
            return point._replace(
                note=f"many ties, no interval: {commonest} of {len(values)} values of the {role} "
                "are the same"
            )
    draws = bootstrap(resampled, len(x), n_boot=n_boot, rng=rng, width=width)
    undefined = float(np.isnan(draws).mean())
    if undefined > _UNDEFINED_SHARE:
        return point._replace(note=f"no interval: undefined in {undefined:.0%} of the resamples")
    around = spread(draws, confidence)
    return point._replace(
        std_error=float(around.std_error),
        ci_low=float(around.ci_low),
        ci_high=float(around.ci_high),
    )


def _adjusted(p_value: Floats) -> Floats:
    """Benjamini-Hochberg over the p-values that exist."""
    adjusted = np.full(len(p_value), np.nan)
    defined = ~np.isnan(p_value)
    if defined.any():
        adjusted[defined] = stats.false_discovery_control(p_value[defined])
    return adjusted
