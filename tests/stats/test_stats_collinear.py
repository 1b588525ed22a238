"""Variance inflation against statsmodels and closed forms; nearest partners against pandas."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from rnngraph.errors import InputError
from rnngraph.stats import collinearity


def make_table(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    a, b, c, d = rng.normal(size=(4, n))
    return pd.DataFrame({"a": a, "b": a + 0.3 * b, "c": 1e4 + c, "d": 1e-6 * (d - a + c)})


def test_factors_are_statsmodels() -> None:
    table = make_table()
    design = np.column_stack([np.ones(len(table)), table.to_numpy()])
    expected = [variance_inflation_factor(design, k) for k in range(1, 5)]
    np.testing.assert_allclose(collinearity(table)["vif"], expected, rtol=1e-6)


def test_two_features_have_one_over_one_minus_r_squared() -> None:
    table = make_table()[["a", "b"]]
    r = np.corrcoef(table.T)[0, 1]
    np.testing.assert_allclose(collinearity(table)["vif"], 1 / (1 - r**2))


def test_uncorrelated_features_have_factor_one() -> None:
    table = pd.DataFrame({"x": [1, 1, -1, -1] * 3, "y": [1, -1, 1, -1] * 3})
    result = collinearity(table)
    np.testing.assert_allclose(result["vif"], 1)
    np.testing.assert_allclose(result["rho"], 0, atol=1e-12)


def test_a_determined_feature_is_infinite() -> None:
    table = make_table().assign(total=lambda frame: frame["a"] + frame["c"] - 7)
    factors = collinearity(table).set_index("feature")["vif"]
    assert np.isinf(factors[["a", "c", "total"]]).all()
    assert np.isfinite(factors[["b", "d"]]).all()


def test_nearest_is_the_strongest_spearman_partner_with_its_sign() -> None:
    table = make_table().assign(opposite=lambda frame: -np.exp(frame["b"]))
    result = collinearity(table, ["opposite", "a", "b", "c"]).set_index("feature")
    assert result.loc["opposite", "nearest"] == "b"
    assert result["rho"]["opposite"] == pytest.approx(-1)
    assert result.loc["a", "nearest"] == "opposite"
    expected = table["a"].corr(table["opposite"], method="spearman")
    assert result["rho"]["a"] == pytest.approx(expected)
    assert result["nearest"]["c"] in {"a", "b", "opposite"}


def test_partners_that_differ_by_rounding_tie() -> None:
    exact = np.tile([0.1, 0.2, 0.3], 4)
    rounded = np.where((exact == 0.3) & (np.arange(12) < 6), 0.1 + 0.2, exact)
    result = collinearity(pd.DataFrame({"exact": exact, "rounded": rounded}))
    assert (rounded != exact).any()
    assert result["rho"].tolist() == pytest.approx([1, 1], abs=1e-12)
    assert np.isinf(result["vif"]).all()


def test_order_of_rows_and_features_changes_nothing() -> None:
    table = make_table()
    expected = collinearity(table)
    shuffled = collinearity(table.sample(frac=1, random_state=1), ["d", "c", "b", "a"])
    pd.testing.assert_frame_equal(shuffled[::-1].reset_index(drop=True), expected)


def test_constant_and_missing_values() -> None:
    table = make_table().assign(still=4.0, empty=np.nan)
    table.loc[:9, "b"] = np.nan
    before = table.copy()
    result = collinearity(table)
    assert result["n"].tolist() == [50] * 6
    expected = collinearity(table[["a", "b", "c", "d"]].dropna())
    np.testing.assert_allclose(result["vif"][:4], expected["vif"])
    assert result["vif"][4:].isna().all()
    assert result["note"].tolist() == [""] * 4 + ["does not vary over the complete rows"] * 2
    assert result["nearest"][4:].tolist() == ["", ""]
    assert result["rho"][4:].isna().all()
    pd.testing.assert_frame_equal(table, before)


def test_more_features_than_rows() -> None:
    result = collinearity(make_table(n=5))
    assert result["note"].tolist() == ["n too small: 5 complete rows for 4 features"] * 4
    assert result["vif"].isna().all()
    assert result["rho"].notna().all()


def test_a_single_feature_has_no_partner() -> None:
    row = collinearity(make_table(), ["a"]).iloc[0]
    assert row["vif"] == pytest.approx(1)
    assert row["nearest"] == ""


@pytest.mark.parametrize(
    ("table", "features", "message"),
    [
        ({"a": [1]}, None, "`table` must be a pandas DataFrame; got dict."),
        (make_table(), ["e"], "`features` must be a column of `table`; got 'e'."),
        (make_table().assign(a=np.inf), None, "`features` must be finite or missing; column 'a'"),
        (pd.DataFrame({"t": ["x"]}), None, "`features` must name at least one numeric column"),
    ],
)
def test_messages(table: Any, features: list[str] | None, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        collinearity(table, features)
