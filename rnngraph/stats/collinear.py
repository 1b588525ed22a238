"""Collinear features: how far each follows from the others, and its nearest partner."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rnngraph.stats import _covariates
from rnngraph.stats._table import (
    Floats,
    check_table,
    feature_names,
    finite_numbers,
    is_constant,
    tied,
)


def collinearity(table: pd.DataFrame, features: Sequence[str] | None = None) -> pd.DataFrame:
    """Variance inflation factor (>= 1, infinite if determined) and nearest partner of each feature.

    The factor is 1 / (1 - R²) of the feature on all others; above 10 its own effect in a linear
    model can hardly be told from theirs. It is taken over the rows where every feature is
    defined, except constant features, which take no part. The partner has the strongest
    |Spearman correlation|, over the rows where both are defined.

    Source: Marquardt (1970), Technometrics 12, 591-612; Spearman (1904).

    Args:
        table: A row a unit; never changed.
        features: Numeric columns; by default all.

    Returns:
        A row a feature, in the order given: feature, vif, nearest ("" if none), rho (signed, of
        the nearest), n (rows behind `vif`), note ("" or why `vif` is NaN).

    Raises:
        InputError: An unknown, repeated, non-numeric or infinite feature.
    """
    check_table(table)
    names = feature_names(table, features, besides=())
    frame = pd.DataFrame({name: finite_numbers(table, "features", name) for name in names})
    used = [name for name in names if _varies(frame[name].dropna().to_numpy())]
    complete = frame[used].dropna()
    # What varies over all rows may be constant over the complete ones.
    used = [name for name in used if _varies(complete[name].to_numpy())]
    values = complete[used].to_numpy()
    enough = len(complete) > len(used) + 1
    ranked = pd.DataFrame(tied(frame.to_numpy()))
    rho = ranked.corr(method="spearman").to_numpy(copy=True)
    np.fill_diagonal(rho, np.nan)

    rows = []
    for index, name in enumerate(names):
        vif, note = np.nan, ""
        if name not in used:
            note = "does not vary over the complete rows"
        elif not enough:
            note = f"n too small: {len(complete)} complete rows for {len(used)} features"
        else:
            column = used.index(name)
            vif = _inflation(values[:, column], np.delete(values, column, axis=1))
        partner = None if np.isnan(rho[index]).all() else int(np.nanargmax(np.abs(rho[index])))
        rows.append(
            {
                "feature": name,
                "vif": vif,
                "nearest": "" if partner is None else names[partner],
                "rho": np.nan if partner is None else rho[index, partner],
                "n": len(complete),
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def _varies(values: Floats) -> bool:
    return len(values) > 1 and not is_constant(values)


def _inflation(values: Floats, others: Floats) -> float:
    """Inflation as squared length before over squared length after the others are taken out."""
    left = _covariates.residual(values, _covariates.basis(others))
    if not left.any():
        return float("inf")
    centred = values - values.mean()
    return float((centred @ centred) / (left @ centred) ** 2)
