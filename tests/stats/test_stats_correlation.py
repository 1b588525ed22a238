"""Correlations against scipy, the inverse correlation matrix, least squares and simulation."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from rnngraph.stats import METHODS, correlate
from rnngraph.stats._association import Method, associate
from rnngraph.stats._covariates import design
from rnngraph.stats._resample import resample_counts

SCIPY: dict[str, Callable[..., Any]] = {
    "spearman": stats.spearmanr,
    "pearson": stats.pearsonr,
    "kendall": stats.kendalltau,
}


def make_table(n: int = 40, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b, noise = rng.normal(size=(3, n))
    return pd.DataFrame(
        {
            "a": a,
            "b": np.round(a + b, 1),  # ties
            "c": rng.integers(4, size=n),
            "size": np.round(10 * np.exp(b)),
            "family": rng.choice(["er", "ws", "ba"], size=n),
            "accuracy": a - 0.5 * b + noise,
        }
    )


def one(table: pd.DataFrame, feature: str, **options: Any) -> pd.Series:
    return correlate(table, "accuracy", [feature], **options).iloc[0]


# Oracles


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("feature", ["a", "b", "c"])
def test_estimate_and_p_value_are_scipys(method: Method, feature: str) -> None:
    table = make_table()
    row = one(table, feature, method=method, n_boot=100)
    expected = SCIPY[method](table[feature], table["accuracy"])
    assert row["estimate"] == pytest.approx(expected.statistic, abs=1e-10)
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-8)
    assert row["n"] == 40
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_pearson_interval_is_fishers() -> None:
    table = make_table()
    row = one(table, "a", method="pearson", confidence=0.9)
    z, half = np.arctanh(row["estimate"]), stats.norm.ppf(0.95) / np.sqrt(37)
    assert row["ci_low"] == pytest.approx(np.tanh(z - half))
    assert row["ci_high"] == pytest.approx(np.tanh(z + half))
    assert row["std_error"] == pytest.approx((1 - row["estimate"] ** 2) / np.sqrt(37))


def test_anscombes_first_set() -> None:
    # Anscombe (1973), Am. Stat. 27, 17-21: r = .816, p = .00217.
    table = pd.DataFrame(
        {
            "x": [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5],
            "accuracy": [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68],
        }
    )
    row = one(table, "x", method="pearson")
    assert row["estimate"] == pytest.approx(0.816, abs=5e-4)
    assert row["p_value"] == pytest.approx(0.00217, abs=5e-6)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_partial_correlation_is_that_of_the_inverse_correlation_matrix(method: Method) -> None:
    table = make_table()
    row = one(table, "a", covariates=["b", "size", "c"], method=method)
    columns = table[["a", "accuracy", "b", "size", "c"]]
    precision = np.linalg.inv(columns.corr(method=method).to_numpy())
    expected = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
    assert row["estimate"] == pytest.approx(expected, abs=1e-10)


def test_partial_p_value_is_that_of_least_squares_with_dummies() -> None:
    table = make_table()
    dummies = pd.get_dummies(table["family"], drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([table[["a", "size"]], dummies], axis=1))
    fit = sm.OLS(table["accuracy"], design).fit()
    row = one(table, "a", covariates=["size", "family"], method="pearson")
    assert row["p_value"] == pytest.approx(fit.pvalues["a"], rel=1e-8)
    t = fit.tvalues["a"]
    assert row["estimate"] == pytest.approx(t / np.sqrt(t**2 + fit.df_resid), rel=1e-8)
    assert row["covariates"] == "size, family"


def test_partial_spearman_p_value_is_that_of_least_squares_on_ranks() -> None:
    table = make_table()
    ranks = table[["a", "size", "accuracy"]].rank()
    fit = sm.OLS(ranks["accuracy"], sm.add_constant(ranks[["a", "size"]])).fit()
    assert one(table, "a", covariates=["size"])["p_value"] == pytest.approx(fit.pvalues["a"])


def test_p_adjusted_is_benjamini_hochberg_over_the_defined() -> None:
    table = make_table().assign(still=1.0)
    result = correlate(table, "accuracy", ["a", "still", "b", "c", "size"], n_boot=100)
    defined = result["feature"] != "still"
    expected = multipletests(result.loc[defined, "p_value"], method="fdr_bh")[1]
    np.testing.assert_allclose(result.loc[defined, "p_adjusted"], expected)
    assert result.loc[~defined, "p_adjusted"].isna().all()


@pytest.mark.parametrize(
    ("method", "covariates"),
    [
        ("kendall", []),
        ("pearson", []),
        ("pearson", ["size", "family"]),
        ("spearman", []),
        ("spearman", ["size", "family"]),
    ],
)
def test_a_resample_is_correlated_as_if_written_out(method: Method, covariates: list[str]) -> None:
    table = make_table(n=25)
    x, y = table["b"].to_numpy(), table["accuracy"].to_numpy()
    resampled = associate(x, y, design(table[covariates]), method).resampled
    counts = resample_counts(25, 20, np.random.default_rng(0))
    for r, count in zip(resampled(counts), counts.astype(int), strict=True):
        rows = table.loc[np.repeat(table.index, count)]
        again = one(rows, "b", method=method, covariates=covariates, n_boot=100)
        assert r == pytest.approx(again["estimate"], abs=1e-9)


# Simulation: the intervals hold what they promise


@pytest.mark.parametrize(
    ("options", "truth"),
    [
        ({"method": "spearman"}, 6 / np.pi * np.arcsin(0.5 / 2)),
        ({"method": "kendall"}, 2 / np.pi * np.arcsin(0.5)),
        ({"method": "pearson"}, 0.5),
        # x and y move apart with z; given z their correlation is that of their own parts.
        ({"method": "pearson", "covariates": ["z"]}, 0.5),
    ],
)
def test_intervals_cover_the_truth_as_often_as_they_say(
    options: dict[str, Any], truth: float
) -> None:
    rng = np.random.default_rng(5)
    covariance = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    trials, hits, estimates, errors = 250, 0, [], []
    for _ in range(trials):
        x, y, z = rng.multivariate_normal(np.zeros(3), covariance, 40).T
        if "covariates" in options:
            x, y = x + 2 * z, y - 2 * z
        row = one(pd.DataFrame({"x": x, "accuracy": y, "z": z}), "x", n_boot=200, **options)
        hits += row["ci_low"] <= truth <= row["ci_high"]
        estimates.append(row["estimate"])
        errors.append(row["std_error"])
    assert 0.90 <= hits / trials <= 0.985
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.15)


# Invariances


@pytest.mark.parametrize("covariates", [[], ["size", "family"]])
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(covariates: list[str], seed: int) -> None:
    table = make_table()
    shuffled = table.sample(frac=1, random_state=seed)
    expected = correlate(table, "accuracy", ["a", "b"], covariates=covariates, n_boot=100)
    result = correlate(shuffled, "accuracy", ["a", "b"], covariates=covariates, n_boot=100)
    pd.testing.assert_frame_equal(result, expected, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_other_features_and_their_order_change_nothing_but_p_adjusted(method: Method) -> None:
    table = make_table()
    forward = correlate(table, "accuracy", ["a", "b", "c"], method=method, n_boot=100)
    backward = correlate(table, "accuracy", ["c", "b", "a"], method=method, n_boot=100)
    pd.testing.assert_frame_equal(backward[::-1].reset_index(drop=True), forward)
    alone = correlate(table, "accuracy", ["b"], method=method, n_boot=100)
    columns = [name for name in forward.columns if name != "p_adjusted"]
    pd.testing.assert_frame_equal(alone[columns], forward[columns][1:2].reset_index(drop=True))


@pytest.mark.parametrize("method", ["spearman", "kendall"])
@settings(deadline=None, max_examples=15)
@given(
    values=st.lists(st.integers(-8, 8), min_size=8, max_size=20).filter(
        lambda values: len(set(values)) > 2
    )
)
def test_rank_correlations_ignore_monotone_transforms(method: Method, values: list[int]) -> None:
    x = np.array(values, dtype=float)
    y = np.random.default_rng(len(x)).normal(size=len(x))
    table = pd.DataFrame({"x": x, "up": np.exp(x) + 3, "down": -(x**3), "accuracy": y})
    result = correlate(table, "accuracy", ["x", "up", "down"], method=method, n_boot=100)
    plain, up, down = (result.iloc[k] for k in range(3))
    columns = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
    pd.testing.assert_series_equal(up[columns], plain[columns], check_names=False)
    assert down["estimate"] == pytest.approx(-plain["estimate"], abs=1e-12)
    assert down["p_value"] == pytest.approx(plain["p_value"])


def test_pearson_ignores_shift_and_scale() -> None:
    table = make_table().assign(far=lambda frame: 1e4 + 1e-3 * frame["c"])
    for covariates in ([], ["size"]):
        plain = one(table, "c", method="pearson", covariates=covariates)
        assert one(table, "far", method="pearson", covariates=covariates)[
            "estimate"
        ] == pytest.approx(plain["estimate"], abs=1e-8)


def test_a_redundant_covariate_costs_no_degree_of_freedom() -> None:
    table = make_table().assign(double=lambda frame: 2 * frame["size"] + 1, still=3.0)
    once = one(table, "a", covariates=["size"])
    thrice = one(table, "a", covariates=["size", "double", "still"])
    for column in ("estimate", "p_value"):
        assert thrice[column] == pytest.approx(once[column], rel=1e-9)


def test_values_that_differ_by_rounding_tie() -> None:
    table = make_table(n=12)
    exact = np.tile([0.1, 0.2, 0.3], 4)
    table["exact"], table["rounded"] = exact, np.where(np.arange(12) < 6, 0.1 + 0.2, 0.3)
    table["rounded"] = np.where(exact == 0.3, table["rounded"], exact)
    assert (table["rounded"] != exact).any()
    assert one(table, "rounded")["estimate"] == one(table, "exact")["estimate"]


def test_the_seed_moves_the_interval_alone() -> None:
    table = make_table()
    first, again, other = (one(table, "a", rng=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert first["estimate"] == other["estimate"]
    assert first["p_value"] == other["p_value"]
    assert first["ci_low"] != other["ci_low"]


def test_a_perfect_correlation_has_p_value_zero() -> None:
    table = pd.DataFrame({"x": np.arange(12.0), "accuracy": -np.arange(12.0)})
    for method in ("pearson", "spearman"):
        row = one(table, "x", method=method, n_boot=100)
        assert row["estimate"] == pytest.approx(-1)
        assert row["p_value"] == pytest.approx(0, abs=1e-12)
