"""Folds, and what reaches a model: never a held-out row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from rnngraph.stats import MODELS, _crossval
from rnngraph.stats._crossval import fold_of, out_of_fold, train_means

Floats = NDArray[np.float64]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def linear(seed: int) -> LinearRegression:
    return LinearRegression()


@settings(deadline=None, max_examples=50)
@given(
    units=st.lists(st.integers(0, 12), min_size=2, max_size=40).filter(lambda u: len(set(u)) > 1),
    folds=st.integers(2, 8),
    seed=st.integers(0, 99),
)
def test_folds_keep_units_whole_and_are_even(units: list[int], folds: int, seed: int) -> None:
    unit = np.array(units)
    fold = fold_of(unit, folds, np.random.default_rng(seed))
    labels = np.unique(unit)
    dealt = [set(fold[unit == label]) for label in labels]
    assert all(len(one) == 1 for one in dealt)
    per_fold = np.bincount([one.pop() for one in dealt])
    assert len(per_fold) == min(folds, len(labels))
    assert per_fold.max() - per_fold.min() <= 1


def test_another_seed_deals_other_folds() -> None:
    first, other = (fold_of(np.arange(40), 5, np.random.default_rng(seed)) for seed in (0, 1))
    assert (first != other).any()


def test_predictions_are_scikit_learns_on_the_same_folds(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    fold = fold_of(np.arange(40), 5, rng)
    predicted, damage = out_of_fold(x, y, fold, linear, rng, shuffled=False)
    expected = cross_val_predict(LinearRegression(), x, y, cv=PredefinedSplit(fold))
    np.testing.assert_allclose(predicted, expected)
    assert damage.shape == (40, 0)


@pytest.mark.parametrize("model", MODELS)
def test_a_held_out_row_never_reaches_its_models(model: str) -> None:
    x, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30.0)
    fold = np.arange(30) % 3

    def run(x: Floats, y: Floats) -> Floats:
        rng = np.random.default_rng(1)
        return out_of_fold(x, y, fold, MODELS[model], rng, shuffled=False)[0]

    plain = run(x, y)
    other_y, other_x = y.copy(), x.copy()
    other_y[fold == 0] *= 1e6  # targets of a fold cannot reach its predictions,
    np.testing.assert_array_equal(run(x, other_y)[fold == 0], plain[fold == 0])
    assert (run(x, other_y)[fold == 1] != plain[fold == 1]).any()
    other_x[0] = 1e6  # nor a row's features, by imputation or scaling, those of its fold mates
    mates = (fold == 0) & (np.arange(30) > 0)
    np.testing.assert_array_equal(run(other_x, y)[mates], plain[mates])


def test_train_means_are_the_means_of_the_other_folds(rng: np.random.Generator) -> None:
    y, fold = rng.normal(size=11), np.arange(11) % 3
    expected = [y[fold != fold[row]].mean() for row in range(11)]
    np.testing.assert_allclose(train_means(y, fold), expected)


def test_damage_is_the_mean_rise_of_the_squared_error(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For y = 2 a + 0 b exactly, a row whose a is exchanged for a' errs by (2 (a - a'))²; over all
    # shuffles of the fold that is 4 (a² - 2 a mean + mean of squares).
    monkeypatch.setattr(_crossval, "SHUFFLES", 4000)
    x = rng.normal(size=(18, 2))
    y, fold = 2 * x[:, 0], np.arange(18) % 3
    _, damage = out_of_fold(x, y, fold, linear, rng, shuffled=True)
    for k in range(3):
        a = x[fold == k, 0]
        expected = 4 * (a**2 - 2 * a * a.mean() + (a**2).mean())
        np.testing.assert_allclose(damage[fold == k, 0], expected, rtol=0.1)
    np.testing.assert_allclose(damage[:, 1], 0, atol=1e-12)
