"""How well features predict a target: out of fold, against size alone, with families held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int
from rnngraph._rng import seed_sequence
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.stats._crossval import cross_validate
from rnngraph.stats._scores import importance_table, prediction_table, score_table, shares_of
from rnngraph.stats._table import (
    Floats,
    check_confidence,
    check_name,
    check_names,
    check_table,
    feature_names,
    finite_numbers,
    is_constant,
)
from rnngraph.stats.models import MODELS, ModelFactory

SIZE: Final = ("n_nodes", "n_edges")
"""The default baseline: what is known of a graph before anything about its wiring."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """How well a target was predicted, by which model, from what.

    Attributes:
        scores: A row a scheme, set of features and model: scheme ("kfold", "grouped"), features
            ("features", "baseline", "none"), model, estimate (R²), std_error, ci_low, ci_high,
            repeat_sd (of R² over repeats; NaN for one), gain, gain_low, gain_high (R² minus that of
            `gain_over`, the best of baseline and mean in the same scheme; for "features" only), n.
        predictions: A row a scheme, set, model and row of the table: row (its index label), group
            (if there are groups), observed, scheme, features, model, predicted (out of fold, mean
            over repeats).
        importance: A row a scheme, model and feature: scheme, model, feature, estimate (drop in
            R² when the feature is shuffled among held-out rows), std_error, ci_low, ci_high, n.
            A feature with near duplicates looks unimportant beside them: read `collinearity` too.
        target: Name of the target.
        settings: The arguments as they were used: features, baseline (columns found and not
            constant), groups, n_groups, models, folds, repeats, confidence, n_boot, n, n_dropped
            (rows without a target).
    """

    scores: pd.DataFrame
    predictions: pd.DataFrame
    importance: pd.DataFrame
    target: str
    settings: Mapping[str, object]


def predict(
    table: pd.DataFrame,
    target: str,
    features: Sequence[str] | None = None,
    *,
    baseline: Sequence[str] = SIZE,
    groups: str | None = None,
    models: Sequence[str] | Mapping[str, ModelFactory] | None = None,
    folds: int = 10,
    repeats: int = 10,
    confidence: float = 0.95,
    n_boot: int = 1000,
    rng: RNG = 0,
    n_jobs: int = 1,
) -> Prediction:
    """Predict the target of rows that a model has not seen, and say what beats size alone.

    Scheme "kfold" deals rows into folds, `repeats` times. With `groups`, scheme "grouped" holds
    out whole groups (dealt once if there are no more of them than folds): how well do the features
    predict on families never seen? Imputation and
    scaling are learnt inside each fold. R² is pooled: 1 - SSE / SST over the out-of-fold
    predictions of all rows, SST around the mean of all rows, then the mean over repeats; the
    training mean therefore scores a little below 0, far below where groups differ.

    Intervals are percentiles of a bootstrap over rows of the out-of-fold errors: they cover which
    graphs are scored, in these groups. They do not cover refitting to other training rows or
    groups not in the table; `repeat_sd` shows what folds and seeds alone do.

    A row of the table must be an independent unit: replicates of one graph in two folds leak. The
    order of rows and of features never changes a result, nor does `n_jobs`.

    Source: Stone (1974) for cross-validation; Efron (1979) for the bootstrap; Breiman (2001) for
    permutation importance.

    Args:
        table: A row a unit; rows without a target are left out; never changed.
        target: Numeric column, e.g. "accuracy".
        features: Numeric columns, missing values allowed; by default all but target and groups.
            Name them where the table also holds outcomes, such as the loss.
        baseline: Columns that stand for size alone; of the default ones those the table has.
            Constant ones are left out; if none is left the baseline is the mean.
        groups: Column of families to hold out whole, or None. More groups than `folds` are dealt
            into `folds` folds.
        models: Names from `MODELS`, or a mapping from names to factories; by default `MODELS`.
        folds: Number of folds, at least 2.
        repeats: Times the folds are dealt anew, at least 1.
        confidence: Level of the intervals, in (0, 1).
        n_boot: Bootstrap resamples, at least 100.
        rng: Seed of folds, models, shuffles and bootstrap.
        n_jobs: Number of processes, at least 1.

    Raises:
        InputError: An unknown, repeated, non-numeric or infinite column, fewer than two rows a
            fold or two groups, a missing group, a constant target, an unknown model, or an
            argument out of range.
    """
    check_table(table)
    check_name(table, "target", target)
    apart = (target,) if groups is None else (target, check_name(table, "groups", groups))
    names = feature_names(table, features, besides=apart)
    if tuple(baseline) != SIZE:
        check_names(table, "baseline", baseline)
    for argument, columns in (("features", names), ("baseline", baseline)):
        for name in apart:
            if name in columns:
                raise InputError(f"`{argument}` must not hold the target or groups; got {name!r}.")
    factories = _factories(models)
    check_int("folds", folds, 2)
    check_int("repeats", repeats, 1)
    level = check_confidence(confidence)
    check_int("n_boot", n_boot, 100)
    check_int("n_jobs", n_jobs, 1)

    observed = finite_numbers(table, "target", target)
    kept, observed = table.loc[~np.isnan(observed)], observed[~np.isnan(observed)]
    n = len(observed)
    if n < 2 * folds:
        raise InputError(
            f"`table` must have two rows with a target for each of {folds} folds; got {n}."
        )
    if is_constant(observed):
        raise InputError(f"`target` must vary; column {target!r} is constant.")
    code = np.zeros(n, dtype=np.intp) if groups is None else _codes(kept[groups])
    # Rows in the order of their values and columns in that of their names: so the table's own
    # order of rows and columns cannot reach a model.
    ordered = sorted(names)
    size = [name for name in sorted(baseline) if name in table.columns and _varies(kept, name)]
    x = _matrix(kept, "features", ordered)
    order = np.lexsort((*x.T, code, observed))
    y = observed[order]
    sets = {"features": x[order]}
    if size:
        sets["baseline"] = _matrix(kept, "baseline", size)[order]
    schemes = {"kfold": np.arange(n)}
    if groups is not None:
        schemes["grouped"] = code[order]

    seed = seed_sequence(rng)
    fits = cross_validate(
        sets, y, schemes, factories, folds=folds, repeats=repeats, seed=seed, n_jobs=n_jobs
    )
    share = shares_of(y, confidence=level, n_boot=n_boot, seed=seed)
    rows = pd.DataFrame({"row": kept.index, "observed": observed})
    if groups is not None:
        rows.insert(1, "group", kept[groups].to_numpy())
    settings = {
        "features": names,
        "baseline": tuple(name for name in baseline if name in size),
        "groups": groups,
        "n_groups": None if groups is None else int(code.max()) + 1,
        "models": tuple(factories),
        "folds": folds,
        "repeats": repeats,
        "confidence": level,
        "n_boot": n_boot,
        "n": n,
        "n_dropped": len(table) - n,
    }
    return Prediction(
        scores=score_table(fits, y, share),
        predictions=prediction_table(fits, rows, np.argsort(order)),
        importance=importance_table(fits, [ordered.index(name) for name in names], names, share),
        target=target,
        settings=MappingProxyType(settings),
    )


def _factories(
    models: Sequence[str] | Mapping[str, ModelFactory] | None,
) -> Mapping[str, ModelFactory]:
    if models is None:
        return MODELS
    if isinstance(models, str):
        raise InputError(f"`models` must be a sequence of names; got the text {models!r}.")
    if not models:
        raise InputError("`models` must name at least one model; got none.")
    if isinstance(models, Mapping):
        return dict(models)
    return {check_choice("models", name, MODELS): MODELS[name] for name in models}


def _codes(groups: pd.Series) -> NDArray[np.intp]:
    """Number of each row's group, from 0 in the order of the groups' names."""
    if groups.isna().any():
        raise InputError(
            f"`groups` must name a group in every row; column {groups.name!r} has "
            f"{int(groups.isna().sum())} missing."
        )
    code, labels = pd.factorize(groups.astype(str), sort=True)
    if len(labels) < 2:
        raise InputError(f"`groups` must name at least two groups; column {groups.name!r} has one.")
    return code


def _matrix(table: pd.DataFrame, argument: str, names: Sequence[str]) -> Floats:
    return np.column_stack([finite_numbers(table, argument, name) for name in names])


def _varies(table: pd.DataFrame, name: str) -> bool:
    values = finite_numbers(table, "baseline", name)
    values = values[~np.isnan(values)]
    return len(values) > 0 and not is_constant(values)
