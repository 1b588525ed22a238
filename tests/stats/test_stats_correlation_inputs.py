"""Which rows and columns a correlation takes, what its notes say, and every message."""

import re
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnngraph.errors import InputError
from rnngraph.stats import METHODS, correlate
from rnngraph.stats._association import Method


def make_table(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    a, b, noise = rng.normal(size=(3, n))
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "c": rng.integers(4, size=n),
            "size": np.round(10 * np.exp(b)),
            "family": rng.choice(["er", "ws", "ba"], size=n),
            "accuracy": a - 0.5 * b + noise,
        }
    )


def one(table: pd.DataFrame, feature: str, **options: Any) -> pd.Series:
    return correlate(table, "accuracy", [feature], **options).iloc[0]


def test_features_default_to_all_numeric_columns_and_keep_their_order() -> None:
    table = make_table()
    result = correlate(table, "accuracy", covariates=["c"], n_boot=100)
    assert result["feature"].tolist() == ["a", "b", "size"]
    assert (
        result.columns.tolist()
        == (
            "feature method covariates estimate std_error ci_low ci_high p_value p_adjusted n note"
        ).split()
    )
    assert set(get_args(Method)) == set(METHODS)


def test_missing_rows_are_left_out_feature_by_feature() -> None:
    table = make_table()
    holes = table.copy()
    holes.loc[:4, "a"] = np.nan
    holes.loc[10:11, "accuracy"] = np.nan
    holes.loc[20, "family"] = None
    before = holes.copy()
    result = correlate(holes, "accuracy", ["a", "b"], covariates=["family"], n_boot=100)
    assert result["n"].tolist() == [32, 37]
    complete = holes.dropna()
    expected = correlate(complete, "accuracy", ["a"], covariates=["family"], n_boot=100)
    assert result["estimate"][0] == expected["estimate"][0]
    assert result["ci_low"][0] == expected["ci_low"][0]
    pd.testing.assert_frame_equal(holes, before)


def test_bools_and_nullable_integers_are_numbers() -> None:
    table = make_table()
    table["flag"] = table["c"] > 1
    table["whole"] = table["c"].astype("Int64").where(table.index != 3)
    result = correlate(table, "accuracy", ["flag", "whole"], method="pearson", covariates=[])
    flag = stats.pearsonr(table["flag"].astype(float), table["accuracy"]).statistic
    assert result["estimate"][0] == pytest.approx(flag)
    assert result["n"].tolist() == [40, 39]


@pytest.mark.parametrize(
    ("column", "covariates", "note"),
    [
        (np.full(40, 0.1) + np.tile([0, 1e-17], 20), [], "feature is constant"),
        (np.r_[np.inf, np.arange(39)], [], "feature holds an infinite value"),
        (np.r_[1, 2, 3, np.full(37, np.nan)], [], "n too small: 3 complete rows, 4 needed"),
        (
            np.r_[np.arange(4.0) ** 2, np.full(36, np.nan)],
            ["size"],
            "n too small: 4 complete rows, 5 needed",
        ),
        (np.full(40, np.nan), [], "n too small: 0 complete rows, 4 needed"),
        ("2 * size + 1", ["size", "family"], "feature is determined by the covariates"),
    ],
)
def test_why_a_feature_has_no_correlation(column: Any, covariates: list[str], note: str) -> None:
    table = make_table()
    table["x"] = table.eval(column) if isinstance(column, str) else column
    for method in ("pearson", "spearman"):
        row = one(table, "x", covariates=covariates, method=method, n_boot=100)
        assert row["note"] == note
        assert row[["estimate", "std_error", "ci_low", "ci_high", "p_value"]].isna().all()


def test_why_a_target_has_no_correlation() -> None:
    table = make_table()
    assert one(table.assign(accuracy=0.5), "a")["note"] == "target is constant"
    table["accuracy"] = (table["family"] == "ws").astype(float)
    note = one(table, "a", covariates=["family"])["note"]
    assert note == "target is determined by the covariates"


@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_no_interval_where_too_many_resamples_are_constant(method: Method) -> None:
    row = one(make_table(n=4).assign(x=[0, 0, 1, 1]), "x", method=method)
    # All four rows of a resample are of one value with probability 2 (1/2)^4 = 0.125.
    assert "no interval: undefined in 1" in row["note"]
    assert row["note"].endswith("% of the resamples")
    assert np.isfinite(row["estimate"])
    assert np.isnan(row["ci_low"])


# Messages


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"table": [1]}, "`table` must be a pandas DataFrame; got list."),
        (
            {"table": pd.DataFrame([[1, 2]], columns=["a", "a"])},
            "`table` must not repeat a column; got 'a' twice.",
        ),
        (
            {"target": "acuracy"},
            "`target` must be a column of `table`; got 'acuracy'. Did you mean 'accuracy'?",
        ),
        ({"target": "family"}, "`target` must be numeric; column 'family' has the type "),
        (
            {"features": "a"},
            "`features` must be a sequence of column names; got the text 'a'.",
        ),
        ({"features": ["siz"]}, "`features` must be a column of `table`; got 'siz'. Did you mean"),
        ({"features": ["a", "a"]}, "`features` must not repeat a column; got 'a' twice."),
        ({"features": []}, "`features` must name at least one numeric column of `table`; got"),
        ({"features": ["family"]}, "`features` must be numeric; column 'family' has the type "),
        ({"features": ["accuracy"]}, "`features` must not hold the target; got 'accuracy'."),
        ({"covariates": ["accuracy"]}, "`covariates` must not hold the target; got 'accuracy'."),
        ({"covariates": "family"}, "`covariates` must be a sequence of column names; got the"),
        ({"covariates": ["famly"]}, "`covariates` must be a column of `table`; got 'famly'."),
        ({"method": "spearmann"}, "`method` must be one of spearman, pearson, kendall; got"),
        (
            {"method": "kendall", "covariates": ["c"]},
            "`covariates` must be empty for method 'kendall', whose partial version has no known "
            "p-value; got c. Use 'spearman'.",
        ),
        ({"confidence": 1.0}, "`confidence` must lie inside (0, 1); got 1.0."),
        ({"confidence": 95}, "`confidence` must be a number in [0, 1]; got 95."),
        ({"n_boot": 99}, "`n_boot` must be an integer >= 100; got 99."),
        ({"rng": None}, "`rng` must be a non-negative integer, a numpy SeedSequence or a numpy"),
    ],
)
def test_messages(arguments: dict[str, Any], message: str) -> None:
    arguments = {"table": make_table(), "target": "accuracy", **arguments}
    with pytest.raises(InputError, match=re.escape(message)):
        correlate(**arguments)


@pytest.mark.parametrize("column", ["accuracy", "size"])
def test_an_infinite_target_or_covariate_is_an_error(column: str) -> None:
    table = make_table()
    table.loc[3, column] = np.inf
    argument = "target" if column == "accuracy" else "covariates"
    message = f"`{argument}` must be finite or missing; column '{column}' holds an infinite value."
    with pytest.raises(InputError, match=re.escape(message)):
        correlate(table, "accuracy", ["a"], covariates=["size"])


@pytest.mark.parametrize("method", ["spearman", "pearson"])
def test_no_interval_where_most_values_tie_and_few_do_not(method: Method) -> None:
    rng = np.random.default_rng(3)
    size = rng.integers(10, 50, 30)
    table = pd.DataFrame({"size": size, "accuracy": np.where(size < 14, 0.01 * size, 1.0)})
    table["x"] = size + rng.normal(0, 3, 30)
    untied = int((size < 14).sum())
    row = one(table, "x", covariates=["size"], method=method, n_boot=100)
    assert row["p_value"] > 0.1
    assert np.isnan([row["ci_low"], row["ci_high"], row["std_error"]]).all()
    assert row["note"] == (
        f"many ties, no interval: {30 - untied} of 30 values of the target are the same"
    )


@pytest.mark.parametrize(("n", "untied", "known"), [(30, 9, False), (30, 10, True), (18, 9, True)])
def test_ties_with_enough_other_values_leave_the_interval(n: int, untied: int, known: bool) -> None:
    table = pd.DataFrame({"a": np.random.default_rng(0).normal(size=n)})
    table["accuracy"] = np.minimum(np.arange(n), untied)
    for feature, target in (("a", "accuracy"), ("accuracy", "a")):
        row = correlate(table, target, [feature], n_boot=100).iloc[0]
        assert np.isnan(row["ci_low"]) != known
        assert ("many ties" in row["note"]) != known
