"""How much of the variance belongs to the graph, and how much to the seed: the noise ceiling."""

import numpy as np
import pandas as pd
from scipy import stats

from rnngraph.errors import InputError
from rnngraph.stats._table import (
    check_confidence,
    check_name,
    check_table,
    finite_numbers,
    is_constant,
)


def repeatability(
    table: pd.DataFrame, target: str, unit: str, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of the target's variance that is due to the unit rather than the seed, in [0, 1].

    One-way random-effects model over replicates: the intraclass correlation ICC(1) of one run,
    and ICC(1, k) of the mean over a unit's k replicates. The latter is the noise ceiling: the R²
    that a perfect model of the unit could reach on such means. Estimates below zero are reported
    as zero. With unequal numbers of replicates the intervals are approximate.

    Source: Shrout & Fleiss (1979), Psychol. Bull. 86, 420-428; Donner (1986), Int. Stat. Rev. 54,
    67-82, for unequal numbers and the standard error (Fisher 1925); Spearman (1910) and Brown
    (1910) for the mean.

    Args:
        table: A row a run; rows without target or unit are left out.
        target: Numeric column, e.g. "accuracy".
        unit: Column that names the unit, e.g. "graph".
        confidence: Level of the intervals, in (0, 1).

    Returns:
        Two rows, quantity "single" and "mean": quantity, replicates (1, and the harmonic mean of
        the replicates a unit), estimate, std_error, ci_low, ci_high, p_value (F test of no
        difference between units), n (runs), n_units.

    Raises:
        InputError: An unknown or non-numeric column, fewer than two units, no unit with two
            replicates, a constant or infinite target, or `confidence` outside (0, 1).
    """
    check_table(table)
    check_name(table, "target", target)
    check_name(table, "unit", unit)
    level = check_confidence(confidence)
    runs = pd.DataFrame(
        {"value": finite_numbers(table, "target", target), "unit": table[unit].to_numpy()}
    ).dropna()
    by_unit = runs.groupby("unit")["value"]
    size = by_unit.size().to_numpy(dtype=np.float64)
    n, n_units = len(runs), len(size)
    if n_units < 2:
        raise InputError(f"`unit` must name at least two units; column {unit!r} has {n_units}.")
    if n == n_units:
        raise InputError(
            f"`unit` must have a unit with two replicates; column {unit!r} has none, so the "
            "seed's share cannot be told from the unit's."
        )
    value = runs["value"].to_numpy()
    if is_constant(value):
        raise InputError(f"`target` must vary; column {target!r} is constant.")

    mean = by_unit.mean().to_numpy()
    within_df, between_df = n - n_units, n_units - 1
    within = float(((value - by_unit.transform("mean").to_numpy()) ** 2).sum()) / within_df
    between = float((size * (mean - value.mean()) ** 2).sum()) / between_df
    if within <= 1e-24 * between:  # replicates that agree to rounding
        within = 0.0
    typical = (n - (size**2).sum() / n) / between_df  # Donner's n0: the size if all are equal

    def share(quantile: float) -> float:
        """ICC(1) at an F ratio `quantile` times smaller than the observed one."""
        noise = quantile * within
        return max(0.0, float((between - noise) / (between + (typical - 1) * noise)))

    tail = (1 - level) / 2
    upper = float(stats.f.isf(tail, between_df, within_df))
    lower = float(stats.f.ppf(tail, between_df, within_df))
    points = [share(1.0), share(upper), share(lower)]
    rho = points[0]
    variance = 2 * ((1 - rho) * (1 + (typical - 1) * rho)) ** 2
    error = float(np.sqrt(variance / (typical * (typical - 1) * between_df)))
    p_value = float(stats.f.sf(between / within, between_df, within_df)) if within else 0.0

    rows = []
    for quantity, k in (("single", 1.0), ("mean", n_units / float((1 / size).sum()))):
        estimate, low, high = (k * point / (1 + (k - 1) * point) for point in points)
        rows.append(
            {
                "quantity": quantity,
                "replicates": k,
                "estimate": estimate,
                "std_error": error * k / (1 + (k - 1) * rho) ** 2,
                "ci_low": low,
                "ci_high": high,
                "p_value": p_value,
                "n": n,
                "n_units": n_units,
            }
        )
    return pd.DataFrame(rows)
