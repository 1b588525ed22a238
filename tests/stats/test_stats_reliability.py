"""Intraclass correlations against a published table, an analysis of variance and simulation."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnngraph.errors import InputError
from rnngraph.stats import repeatability


def runs_of(values: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"g{unit}", value) for unit, row in enumerate(values) for value in row],
        columns=["graph", "accuracy"],
    )


def simulate(
    rng: np.random.Generator, share: float, units: int, replicates: int | list[int]
) -> pd.DataFrame:
    sizes = np.broadcast_to(replicates, units)
    unit = np.repeat(np.arange(units), sizes)
    level = rng.normal(size=units) * np.sqrt(share)
    value = level[unit] + rng.normal(size=len(unit)) * np.sqrt(1 - share)
    return pd.DataFrame({"graph": unit, "accuracy": value, "level": level[unit]})


SHROUT_FLEISS: list[list[float]] = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def test_the_example_of_shrout_and_fleiss() -> None:
    # Shrout & Fleiss (1979), table 4: ICC(1, 1) = .17, ICC(1, 4) = .44; F = 11.24 / 6.26.
    single, mean = repeatability(runs_of(SHROUT_FLEISS), "accuracy", "graph").to_dict("records")
    assert single["estimate"] == pytest.approx(0.17, abs=0.005)
    assert mean["estimate"] == pytest.approx(0.44, abs=0.005)
    # The published interval of ICC(1, 1) is [-.13, .72]; below zero is zero here.
    assert (single["ci_low"], mean["ci_low"]) == (0, 0)
    assert single["ci_high"] == pytest.approx(0.72, abs=0.005)
    assert single["p_value"] == pytest.approx(stats.f.sf(11.242 / 6.264, 5, 18), rel=1e-3)
    assert (single["n"], single["n_units"], single["replicates"]) == (24, 6, 1)
    assert mean["replicates"] == pytest.approx(4)


def test_unequal_replicates_against_an_analysis_of_variance_by_hand() -> None:
    values = [[1.0, 2.0, 3.0], [4.0, 6.0], [9.0], [5.0, 5.0, 8.0, 6.0]]
    groups = [np.array(row) for row in values]
    size = np.array([3, 2, 1, 4])
    grand = np.concatenate(groups).mean()
    between = sum(len(g) * (g.mean() - grand) ** 2 for g in groups) / 3
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / 6
    n0 = (10 - (size**2).sum() / 10) / 3
    icc = (between - within) / (between + (n0 - 1) * within)
    k = 4 / (1 / size).sum()
    result = repeatability(runs_of(values), "accuracy", "graph")
    assert result["estimate"][0] == pytest.approx(icc)
    assert result["estimate"][1] == pytest.approx(k * icc / (1 + (k - 1) * icc))
    assert result["replicates"][1] == pytest.approx(k)
    assert result["p_value"][0] == pytest.approx(stats.f_oneway(*groups).pvalue)


def test_the_mean_of_equal_replicates_is_one_minus_within_over_between() -> None:
    table = simulate(np.random.default_rng(0), 0.5, 20, 3)
    by_graph = table.groupby("graph")["accuracy"]
    between, within = 3 * by_graph.mean().var(), by_graph.var().mean()
    result = repeatability(table, "accuracy", "graph")
    assert result["estimate"][1] == pytest.approx(1 - within / between)
    q = stats.f.ppf(0.975, 19, 40)
    assert result["ci_low"][1] == pytest.approx(1 - q * within / between)


@pytest.mark.parametrize("replicates", [4, [1, 2, 3, 6] * 8])
def test_intervals_cover_the_truth_and_errors_are_its_spread(replicates: int | list[int]) -> None:
    rng = np.random.default_rng(1)
    results = pd.concat(
        repeatability(simulate(rng, 0.6, 32, replicates), "accuracy", "graph") for _ in range(250)
    )
    for _, table in results.groupby("quantity"):
        k = table["replicates"].iloc[0]
        truth = k * 0.6 / (1 + (k - 1) * 0.6)
        covered = (table["ci_low"] <= truth) & (table["ci_high"] >= truth)
        assert 0.90 <= covered.mean() <= 0.985
        assert table["estimate"].mean() == pytest.approx(truth, abs=0.02)
        assert table["std_error"].mean() == pytest.approx(table["estimate"].std(), rel=0.2)


def test_the_ceiling_is_the_r_squared_of_the_true_level_on_the_means() -> None:
    table = simulate(np.random.default_rng(2), 0.4, 4000, 3)
    means = table.groupby("graph").mean()
    r_squared = means["accuracy"].corr(means["level"]) ** 2
    ceiling = repeatability(table, "accuracy", "graph")["estimate"][1]
    assert ceiling == pytest.approx(r_squared, abs=0.02)
    assert ceiling == pytest.approx(3 * 0.4 / (1 + 2 * 0.4), abs=0.03)


def test_replicates_that_agree_leave_no_noise() -> None:
    result = repeatability(runs_of([[0.1 + 0.2, 0.3], [0.7, 0.7], [0.9, 0.9]]), "accuracy", "graph")
    assert result["estimate"].tolist() == [1, 1]
    assert result["ci_low"].tolist() == [1, 1]
    assert result["p_value"].tolist() == [0, 0]
    assert result["std_error"].tolist() == [0, 0]


def test_units_that_agree_explain_nothing() -> None:
    result = repeatability(runs_of([[0, 1], [1, 0], [0, 1]]), "accuracy", "graph")
    assert result["estimate"].tolist() == [0, 0]
    assert result["p_value"].tolist() == [1, 1]


def test_rows_in_any_order_shift_and_scale_and_missing_runs() -> None:
    table = runs_of(SHROUT_FLEISS)
    expected = repeatability(table, "accuracy", "graph", confidence=0.9)
    holes = pd.DataFrame({"graph": ["g0", None], "accuracy": [np.nan, 3.0]})
    other = pd.concat([table.assign(accuracy=5 - table["accuracy"] / 7), holes])
    other = other.sample(frac=1, random_state=0)
    before = other.copy()
    result = repeatability(other, "accuracy", "graph", confidence=0.9)
    pd.testing.assert_frame_equal(result, expected, rtol=1e-9)
    pd.testing.assert_frame_equal(other, before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"table": None}, "`table` must be a pandas DataFrame; got NoneType."),
        ({"target": "acc"}, "`target` must be a column of `table`; got 'acc'."),
        ({"unit": "grph"}, "`unit` must be a column of `table`; got 'grph'. Did you mean 'graph'?"),
        ({"target": "graph", "unit": "accuracy"}, "`target` must be numeric; column 'graph' has"),
        (
            {"table": runs_of([[1, 2]])},
            "`unit` must name at least two units; column 'graph' has 1.",
        ),
        (
            {"table": runs_of([[1], [2]])},
            "`unit` must have a unit with two replicates; column 'graph' has none, so the "
            "seed's share cannot be told from the unit's.",
        ),
        (
            {"table": runs_of([[1, 1], [1, 1]])},
            "`target` must vary; column 'accuracy' is constant.",
        ),
        (
            {"table": runs_of([[1, np.inf], [1, 2]])},
            "`target` must be finite or missing; column 'accuracy' holds an infinite value.",
        ),
        ({"confidence": 0.0}, "`confidence` must lie inside (0, 1); got 0.0."),
    ],
)
def test_messages(arguments: dict[str, Any], message: str) -> None:
    arguments = {
        "table": runs_of(SHROUT_FLEISS),
        "target": "accuracy",
        "unit": "graph",
        **arguments,
    }
    with pytest.raises(InputError, match=re.escape(message)):
        repeatability(**arguments)
