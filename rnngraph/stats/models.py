"""The models that try to predict a target: imputation and scaling are learnt inside each fold."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

ModelFactory: TypeAlias = Callable[[int], Pipeline]
"""Seed -> a fresh model with scikit-learn's `fit` and `predict`; it must take NaN features."""


def bayesian_ridge(seed: int) -> Pipeline:
    """Linear model whose shrinkage is learnt from the data; it draws nothing from `seed`.

    Source: MacKay (1992), Neural Comput. 4, 415-447.

    Args:
        seed: Unused.
    """
    return make_pipeline(_imputer(), StandardScaler(), BayesianRidge())


def random_forest(seed: int) -> Pipeline:
    """Mean of 100 trees grown on bootstrap samples of the rows.

    Source: Breiman (2001), Mach. Learn. 45, 5-32.

    Args:
        seed: Seed of the bootstrap samples and of the ties between splits.
    """
    return make_pipeline(_imputer(), RandomForestRegressor(n_estimators=100, random_state=seed))


def gradient_boosting(seed: int) -> Pipeline:
    """Sum of 100 shallow trees, each fitted to what the others leave over.

    Source: Friedman (2001), Ann. Statist. 29, 1189-1232.

    Args:
        seed: Seed of the ties between splits.
    """
    return make_pipeline(_imputer(), GradientBoostingRegressor(random_state=seed))


def _imputer() -> SimpleImputer:
    # A feature without any value in a fold's training rows becomes 0 there, not an error.
    return SimpleImputer(strategy="median", keep_empty_features=True)


MODELS: Final[Mapping[str, ModelFactory]] = MappingProxyType(
    {f.__name__: f for f in (bayesian_ridge, random_forest, gradient_boosting)}
)
