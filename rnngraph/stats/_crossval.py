"""Cross-validation: every row predicted by models that never saw it, or its group."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.parallel import Parallel, delayed

from rnngraph._rng import stream
from rnngraph.stats._table import Floats
from rnngraph.stats.models import ModelFactory

SHUFFLES = 3
"""Shuffles of a feature in each held-out fold of each repeat."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One model on one set of features, cross-validated as often as its units are dealt.

    Attributes:
        scheme: How rows are held out: "kfold" or "grouped".
        features: What it is fitted to: "features", "baseline" or "none" (the training mean).
        model: Name of the model.
        predicted: Out-of-fold predictions, shape (deals, n).
        damage: How much shuffling each feature among the held-out rows raises each row's squared
            error, mean over shuffles and deals, shape (n, p); p = 0 where not asked for.
    """

    scheme: str
    features: str
    model: str
    predicted: Floats
    damage: Floats


def cross_validate(
    sets: Mapping[str, Floats],
    y: Floats,
    schemes: Mapping[str, NDArray[np.intp]],
    models: Mapping[str, ModelFactory],
    *,
    folds: int,
    repeats: int,
    seed: np.random.SeedSequence,
    n_jobs: int,
) -> list[Fit]:
    """Cross-validate every model on every set under every scheme, and the training mean.

    All models of a scheme share their folds. The result does not depend on `n_jobs`.

    Args:
        sets: Name -> features, shape (n, p); those of "features" are also shuffled.
        y: Target, shape (n,).
        schemes: Name -> unit of each row, shape (n,); rows of one unit share a fold.
        models: Name -> factory.
        folds: Number of folds, at most; with fewer units, each unit is a fold.
        repeats: Number of times the units are dealt anew; once, where each unit is a fold.
        seed: Root of the streams.
        n_jobs: Number of processes.
    """
    # With no more units than folds there is one way to deal them: no repeat shows anything else.
    deals = {
        scheme: 1 if len(np.unique(units)) <= folds else repeats
        for scheme, units in schemes.items()
    }
    fold = {
        (scheme, repeat): fold_of(units, folds, stream(seed, "folds", scheme, repeat))
        for scheme, units in schemes.items()
        for repeat in range(deals[scheme])
    }
    keys = [(scheme, name, model) for scheme in schemes for name in sets for model in models]
    runs = Parallel(n_jobs=n_jobs)(
        delayed(out_of_fold)(
            sets[name],
            y,
            fold[scheme, repeat],
            models[model],
            stream(seed, "model", scheme, name, model, repeat),
            shuffled=name == "features",
        )
        for scheme, name, model in keys
        for repeat in range(deals[scheme])
    )
    fits, start = [], 0
    for key in keys:
        stop = start + deals[key[0]]
        predicted, damage = zip(*runs[start:stop], strict=True)
        start = stop
        fits.append(Fit(*key, np.array(predicted), np.mean(damage, axis=0)))
    for scheme in schemes:
        means = np.array([train_means(y, fold[scheme, repeat]) for repeat in range(deals[scheme])])
        fits.append(Fit(scheme, "none", "mean", means, np.empty((len(y), 0))))
    return fits


def fold_of(units: NDArray[np.intp], folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Deal units into folds of nearly equal numbers of units; rows of one unit stay together.

    Args:
        units: Unit of each row, shape (n,).
        folds: Number of folds; with fewer units, each unit is a fold.
        rng: Source of the shuffle.

    Returns:
        Fold of each row, shape (n,).
    """
    labels, unit = np.unique(units, return_inverse=True)
    fold = rng.permutation(len(labels)) % min(folds, len(labels))
    return fold[unit]


def out_of_fold(
    x: Floats,
    y: Floats,
    fold: NDArray[np.intp],
    make: ModelFactory,
    rng: np.random.Generator,
    *,
    shuffled: bool,
) -> tuple[Floats, Floats]:
    """Predict each row by the model fitted to the other folds.

    Args:
        x: Features, shape (n, p); NaN is missing.
        y: Target, shape (n,).
        fold: Fold of each row, shape (n,).
        make: Makes the model from a seed.
        rng: Source of the models' seeds and of the shuffles.
        shuffled: Whether to measure what shuffling each feature does.

    Returns:
        Predictions, shape (n,), and the damage of each shuffled feature, shape (n, p) or (n, 0).
    """
    n, p = x.shape
    predicted = np.empty(n)
    damage = np.empty((n, p if shuffled else 0))
    for held_out in (fold == k for k in range(int(fold.max()) + 1)):
        model = make(int(rng.integers(2**31)))
        model.fit(x[~held_out], y[~held_out])
        predicted[held_out] = model.predict(x[held_out])
        if shuffled:
            wrong = np.tile(x[held_out], (p, SHUFFLES, 1, 1))
            for k in range(p):
                wrong[k, :, :, k] = rng.permuted(wrong[k, :, :, k], axis=1)
            guess = model.predict(wrong.reshape(-1, p)).reshape(p, SHUFFLES, -1)
            error = ((guess - y[held_out]) ** 2).mean(axis=1)
            damage[held_out] = error.T - ((predicted - y)[held_out] ** 2)[:, None]
    return predicted, damage


def train_means(y: Floats, fold: NDArray[np.intp]) -> Floats:
    """Predict each row by the mean of the other folds, shape (n,)."""
    size, total = np.bincount(fold), np.bincount(fold, weights=y)
    mean: Floats = (y.sum() - total) / (len(y) - size)
    return mean[fold]
