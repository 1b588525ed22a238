"""Tables of a cross-validation: R², gain over size alone, importance, predictions."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnngraph._rng import stream
from rnngraph.stats._crossval import Fit
from rnngraph.stats._resample import Spread, bootstrap, spread
from rnngraph.stats._table import Floats

Share: TypeAlias = Callable[[Floats], tuple[Floats, Spread]]
"""Row-wise parts (n, m) -> their sums as shares of the target's sum of squares, with intervals."""


def shares_of(y: Floats, *, confidence: float, n_boot: int, seed: np.random.SeedSequence) -> Share:
    """Return the function that sums row-wise parts and divides by the target's sum of squares.

    Every call resamples the same rows, so what is compared is compared on the same resamples.

    Args:
        y: Target, shape (n,).
        confidence: Level of the intervals.
        n_boot: Bootstrap resamples of the rows.
        seed: Root of their stream.
    """
    centred = y - y.mean()
    floor = 1e-12 * float((centred**2).sum())

    def share(parts: Floats) -> tuple[Floats, Spread]:
        def of(counts: Floats) -> Floats:
            total = counts @ centred**2 - (counts @ centred) ** 2 / len(y)
            return (counts @ parts) / np.where(total > floor, total, np.nan)[:, None]

        draws = bootstrap(of, len(y), n_boot=n_boot, rng=stream(seed, "bootstrap"))
        return of(np.ones((1, len(y))))[0], spread(draws, confidence)

    return share


def score_table(fits: Sequence[Fit], y: Floats, share: Share) -> pd.DataFrame:
    """R² of each fit and, for fits to the features, the gain over the best that knows only size."""
    tables = []
    for scheme in dict.fromkeys(fit.scheme for fit in fits):
        own = [fit for fit in fits if fit.scheme == scheme]
        error = np.column_stack([((fit.predicted - y) ** 2).mean(axis=0) for fit in own])
        simple = [k for k, fit in enumerate(own) if fit.features != "features"]
        best = min(simple, key=lambda k: float(error[:, k].sum()))
        missed, around = share(error)
        gain, gain_around = share(error[:, [best]] - error)
        repeated = [_r_squared(fit.predicted, y) for fit in own]
        table = pd.DataFrame(
            {
                "scheme": scheme,
                "features": [fit.features for fit in own],
                "model": [fit.model for fit in own],
                "estimate": 1 - missed,
                "std_error": around.std_error,
                "ci_low": 1 - around.ci_high,
                "ci_high": 1 - around.ci_low,
                "repeat_sd": [r.std(ddof=1) if len(r) > 1 else np.nan for r in repeated],
                "gain": gain,
                "gain_low": gain_around.ci_low,
                "gain_high": gain_around.ci_high,
                "gain_over": f"{own[best].features}: {own[best].model}",
                "n": len(y),
            }
        )
        simple_rows = table["features"] != "features"
        table.loc[simple_rows, ["gain", "gain_low", "gain_high"]] = np.nan
        table.loc[simple_rows, "gain_over"] = ""
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def importance_table(
    fits: Sequence[Fit], columns: Sequence[int], names: Sequence[str], share: Share
) -> pd.DataFrame:
    """Drop in R² when a feature is shuffled among the held-out rows, for fits to the features.

    Args:
        fits: With the damage of each feature, shape (n, p).
        columns: Columns of the damage to report.
        names: Their names.
        share: From `shares_of`.
    """
    tables = []
    for fit in fits:
        if fit.features == "features":
            drop, around = share(fit.damage[:, columns])
            table = pd.DataFrame({"feature": names, "estimate": drop, **around._asdict()})
            table.insert(0, "scheme", fit.scheme)
            table.insert(1, "model", fit.model)
            tables.append(table.assign(n=len(fit.damage)))
    return pd.concat(tables, ignore_index=True)


def prediction_table(
    fits: Sequence[Fit], rows: pd.DataFrame, position: NDArray[np.intp]
) -> pd.DataFrame:
    """Out-of-fold predictions, mean over repeats: a row a row of the table and fit.

    Args:
        fits: What was predicted.
        rows: What identifies each row, in the order of the table.
        position: Where each of these rows stands among the predictions.
    """
    tables = []
    for fit in fits:
        table = rows.assign(scheme=fit.scheme, features=fit.features, model=fit.model)
        tables.append(table.assign(predicted=fit.predicted.mean(axis=0)[position]))
    return pd.concat(tables, ignore_index=True)


def _r_squared(predicted: Floats, y: Floats) -> Floats:
    """Pooled R² of each repeat, 1 - SSE / SST with SST around the mean of all rows: (repeats,)."""
    missed: Floats = ((predicted - y) ** 2).sum(axis=1) / ((y - y.mean()) ** 2).sum()
    return 1 - missed
