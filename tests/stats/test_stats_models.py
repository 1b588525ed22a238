"""Every model of the table keeps the same promises."""

import numpy as np
import pytest
from sklearn.linear_model import BayesianRidge

from rnngraph.stats import MODELS, ModelFactory


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 4))


def test_the_table_is_named_after_its_functions() -> None:
    assert list(MODELS) == ["bayesian_ridge", "random_forest", "gradient_boosting"]
    assert all(f.__name__ == name for name, f in MODELS.items())


@pytest.mark.parametrize("make", MODELS.values(), ids=list(MODELS))
def test_a_model_cites_its_source(make: ModelFactory) -> None:
    assert "Source: " in (make.__doc__ or "")


@pytest.mark.parametrize("make", MODELS.values(), ids=list(MODELS))
def test_a_model_learns_and_repeats_itself(make: ModelFactory, x: np.ndarray) -> None:
    y = 3 * x[:, 0]
    first, again = (make(5).fit(x[:40], y[:40]).predict(x[40:]) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.corrcoef(first, y[40:])[0, 1] > 0.9


@pytest.mark.parametrize("make", MODELS.values(), ids=list(MODELS))
def test_a_model_takes_missing_and_empty_features(make: ModelFactory, x: np.ndarray) -> None:
    y = 3 * x[:, 0]
    x[::7, 1] = np.nan
    x[:40, 2] = np.nan  # no value in the training rows
    x[:, 3] = 1.5
    assert np.isfinite(make(0).fit(x[:40], y[:40]).predict(x[40:])).all()


def test_missing_values_become_the_median_of_the_training_rows(x: np.ndarray) -> None:
    y = x @ np.arange(1.0, 5.0)
    model = MODELS["bayesian_ridge"](0).fit(x, y)
    hole, filled = x[:1].copy(), x[:1].copy()
    hole[0, 2], filled[0, 2] = np.nan, np.median(x[:, 2])
    assert model.predict(hole) == model.predict(filled)


def test_the_linear_model_does_not_depend_on_the_scale_of_a_feature(x: np.ndarray) -> None:
    y = x @ np.arange(1.0, 5.0) + np.sin(np.arange(60))
    scale, shift = np.array([1e-3, 1, 1e4, 7]), np.array([0, 5, -1e4, 2])
    plain = MODELS["bayesian_ridge"](0).fit(x, y).predict(x)
    np.testing.assert_allclose(
        MODELS["bayesian_ridge"](0).fit(x * scale + shift, y).predict(x * scale + shift), plain
    )
    unscaled = BayesianRidge().fit(x * scale + shift, y).predict(x * scale + shift)
    assert not np.allclose(unscaled, plain, rtol=1e-6)
