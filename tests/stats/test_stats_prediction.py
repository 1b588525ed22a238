"""Prediction: known R², leaks, held-out families, gain over size, and every message."""

import re
from dataclasses import FrozenInstanceError
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from rnngraph._rng import seed_sequence, stream
from rnngraph.errors import InputError
from rnngraph.stats import MODELS, Prediction, predict
from rnngraph.stats._resample import resample_counts
from rnngraph.stats._scores import shares_of

QUICK: dict[str, Any] = {"models": ["bayesian_ridge"], "folds": 5, "repeats": 2, "n_boot": 100}


def make_table(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Accuracy = wiring + 0.5 size + noise, each of variance 1, so R² is at most 1.25 / 2.25."""
    rng = np.random.default_rng(seed)
    wiring, size, noise, nothing = rng.normal(size=(4, n))
    return pd.DataFrame(
        {
            "wiring": wiring,
            "n_nodes": size,
            "nothing": nothing,
            "accuracy": wiring + 0.5 * size + noise,
            "family": rng.choice(["er", "ws", "ba"], size=n),
        },
        index=[f"run{k}" for k in range(n)],
    )


def score(result: Prediction, scheme: str, features: str) -> pd.Series:
    rows = result.scores.query("scheme == @scheme and features == @features")
    assert len(rows) == 1
    return rows.iloc[0]


# Oracles


def test_r_squared_of_known_linear_data() -> None:
    result = predict(make_table(n=2000), "accuracy", **QUICK)
    full, size = score(result, "kfold", "features"), score(result, "kfold", "baseline")
    assert full["estimate"] == pytest.approx(1.25 / 2.25, abs=0.04)
    assert size["estimate"] == pytest.approx(0.25 / 2.25, abs=0.04)
    assert full["ci_low"] < 1.25 / 2.25 < full["ci_high"]
    assert full["gain_low"] < 1 / 2.25 < full["gain_high"]
    assert full["gain"] == pytest.approx(full["estimate"] - size["estimate"])
    assert full["gain_over"] == "baseline: bayesian_ridge"
    assert full["n"] == 2000


def test_r_squared_is_pooled_over_all_rows() -> None:
    result = predict(make_table(), "accuracy", **{**QUICK, "repeats": 1})
    table = result.predictions.query("features == 'features'")
    row = score(result, "kfold", "features")
    assert row["estimate"] == pytest.approx(r2_score(table["observed"], table["predicted"]))
    assert np.isnan(row["repeat_sd"])


def test_the_mean_of_held_out_families_in_closed_form() -> None:
    # Two families of equal size, means 0 and 1, standard deviation s within each: the other's
    # mean misses by 1, so R² = 1 - (1 + s²) / (1/4 + s²).
    deviation = np.tile([-0.5, 0.5], 20)
    family = np.repeat(["er", "ws"], 20)
    table = pd.DataFrame({"x": np.arange(40.0), "family": family})
    table["accuracy"] = (family == "ws") + deviation
    row = score(predict(table, "accuracy", ["x"], groups="family", **QUICK), "grouped", "none")
    assert row["estimate"] == pytest.approx(1 - 1.25 / 0.5)
    assert row["model"] == "mean"


def test_importance_of_a_linear_model_is_twice_its_share_of_variance() -> None:
    # Exchanging a feature for an independent copy adds 2 b² var(x) to the squared error.
    result = predict(make_table(n=2000), "accuracy", **QUICK)
    importance = result.importance.set_index("feature")
    assert importance["estimate"]["wiring"] == pytest.approx(2 * 1 / 2.25, abs=0.06)
    assert importance["estimate"]["n_nodes"] == pytest.approx(2 * 0.25 / 2.25, abs=0.04)
    assert importance["estimate"]["nothing"] == pytest.approx(0, abs=0.01)
    assert importance["ci_low"]["wiring"] < 2 / 2.25 < importance["ci_high"]["wiring"]


def test_intervals_are_percentiles_of_r_squared_of_the_resamples_written_out() -> None:
    rng = np.random.default_rng(4)
    y, predicted = rng.normal(size=(2, 25))
    seed = seed_sequence(8)
    parts = ((predicted - y) ** 2)[:, None]
    missed, around = shares_of(y, confidence=0.8, n_boot=100, seed=seed)(parts)
    assert 1 - missed[0] == pytest.approx(r2_score(y, predicted))
    counts = resample_counts(25, 100, stream(seed, "bootstrap")).astype(int)
    draws = [r2_score(np.repeat(y, c), np.repeat(predicted, c)) for c in counts]
    low, high = np.quantile(draws, [0.1, 0.9])
    assert 1 - around.ci_high[0] == pytest.approx(low)
    assert 1 - around.ci_low[0] == pytest.approx(high)
    assert around.std_error[0] == pytest.approx(np.std(draws, ddof=1))


def test_intervals_cover_the_r_squared_of_a_fixed_predictor() -> None:
    rng, hits = np.random.default_rng(3), 0
    for trial in range(300):
        x, noise = rng.normal(size=(2, 60))
        share = shares_of(x + noise, confidence=0.95, n_boot=200, seed=seed_sequence(trial))
        _, around = share(noise[:, None] ** 2)
        hits += 1 - around.ci_high[0] <= 0.5 <= 1 - around.ci_low[0]
    assert 0.89 <= hits / 300 <= 0.985


# Refusing to mislead


def test_noise_predicts_nothing() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(80, 9))).rename(columns=str)
    result = predict(table, "8", **{**QUICK, "models": None, "repeats": 1})
    scores = result.scores.query("features == 'features'")
    assert scores["model"].tolist() == list(MODELS)
    assert (scores["estimate"] < 0.05).all()
    assert (scores["gain_low"] < 0.05).all()
    assert (result.importance["estimate"].abs() < 0.15).all()


def test_families_held_out_unmask_a_feature_that_only_names_the_family() -> None:
    rng = np.random.default_rng(2)
    family = np.repeat(np.arange(6), 20)
    table = pd.DataFrame({"family": family, "clustering": family + 0.1 * rng.normal(size=120)})
    table["accuracy"] = np.array([0.9, 0.5, 0.8, 0.4, 0.95, 0.6])[family]
    table["accuracy"] += 0.03 * rng.normal(size=120)
    options = {**QUICK, "models": ["random_forest"], "repeats": 1}
    result = predict(table, "accuracy", ["clustering"], groups="family", **options)
    assert score(result, "kfold", "features")["estimate"] > 0.9
    assert score(result, "grouped", "features")["estimate"] < 0
    grouped = result.predictions.query("scheme == 'grouped' and features == 'features'")
    assert grouped["group"].tolist() == family.tolist()


def test_the_gain_is_over_the_best_that_knows_only_size() -> None:
    table = make_table()
    rng = np.random.default_rng(0)
    table["n_nodes"] = rng.normal(size=60)
    table["accuracy"] = rng.normal(size=60)  # size says nothing: the mean does better
    row = score(predict(table, "accuracy", ["wiring"], **QUICK), "kfold", "features")
    assert row["gain_over"] == "none: mean"

    table["n_nodes"] = table["accuracy"] ** 3  # a forest reads this, a line does less well
    options = {**QUICK, "models": ["bayesian_ridge", "random_forest"], "repeats": 1}
    scores = predict(table, "accuracy", ["wiring"], **options).scores
    ridge = scores.query("features == 'features' and model == 'bayesian_ridge'").iloc[0]
    assert ridge["gain_over"] == "baseline: random_forest"
    assert ridge["gain_high"] < 0
    forest = scores.query("features == 'baseline' and model == 'random_forest'").iloc[0]
    assert ridge["gain"] == pytest.approx(ridge["estimate"] - forest["estimate"])
    others = scores.query("features != 'features'")
    assert others[["gain", "gain_low", "gain_high"]].isna().all(axis=None)
    assert (others["gain_over"] == "").all()


@pytest.mark.parametrize("size", [{}, {"n_nodes": 20}, {"n_edges": np.nan}])
def test_without_a_varying_size_the_baseline_is_the_mean(size: dict[str, float]) -> None:
    table = make_table().drop(columns="n_nodes").assign(**size)
    result = predict(table, "accuracy", ["wiring"], **QUICK)
    assert result.scores["features"].tolist() == ["features", "none"]
    assert result.settings["baseline"] == ()
    assert score(result, "kfold", "features")["gain_over"] == "none: mean"
    assert -0.2 < score(result, "kfold", "none")["estimate"] < 0


# Invariances


@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_rows_and_features_changes_nothing(seed: int) -> None:
    table = make_table(n=24)
    options = {**QUICK, "models": ["bayesian_ridge", "gradient_boosting"], "folds": 3}
    options = {**options, "repeats": 1, "groups": "family"}
    names = ["wiring", "n_nodes", "nothing"]
    expected = predict(table, "accuracy", names, **options)
    other = table.sample(frac=1, random_state=seed)
    result = predict(other, "accuracy", names[::-1], **options)
    pd.testing.assert_frame_equal(result.scores, expected.scores)

    def by(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
        return frame.sort_values(keys).reset_index(drop=True)

    for name, keys in (
        ("importance", ["scheme", "model", "feature"]),
        ("predictions", ["scheme", "features", "model", "row"]),
    ):
        pd.testing.assert_frame_equal(
            by(getattr(result, name), keys), by(getattr(expected, name), keys)
        )
    assert result.predictions["row"][:24].tolist() == other.index.tolist()
    assert result.importance["feature"][:3].tolist() == names[::-1]


def test_processes_and_seeds() -> None:
    table = make_table(n=24)
    options = {**QUICK, "models": ["random_forest"], "folds": 2, "n_boot": 100}
    alone = predict(table, "accuracy", **options)
    shared = predict(table, "accuracy", **options, n_jobs=2)
    for name in ("scores", "predictions", "importance"):
        pd.testing.assert_frame_equal(getattr(alone, name), getattr(shared, name), check_exact=True)
    other = predict(table, "accuracy", **options, rng=1)
    assert (alone.scores["estimate"] != other.scores["estimate"]).all()


def test_one_model_does_not_change_another() -> None:
    table = make_table()
    two = ["gradient_boosting", "bayesian_ridge"]
    both = predict(table, "accuracy", **{**QUICK, "models": two})
    alone = predict(table, "accuracy", **QUICK)
    rows = both.scores.query("model == 'bayesian_ridge'").reset_index(drop=True)
    columns = ["features", "estimate", "ci_low", "repeat_sd"]
    expected = alone.scores.query("model == 'bayesian_ridge'").reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[columns], expected[columns])


# Rows, columns and results


def test_missing_values_and_the_input() -> None:
    table = make_table()
    row = np.arange(len(table))
    table["accuracy"] = table["accuracy"].where((row < 3) | (row >= 6))
    table["wiring"] = table["wiring"].where((row < 10) | (row >= 20))
    table["empty"] = np.nan
    before = table.copy()
    result = predict(table, "accuracy", **{**QUICK, "models": None, "repeats": 1})
    pd.testing.assert_frame_equal(table, before)
    assert result.settings["n"] == 57
    assert result.settings["n_dropped"] == 3
    assert result.scores["n"].unique().tolist() == [57]
    assert (
        result.scores.drop(columns=["repeat_sd"])
        .query("features == 'features'")
        .notna()
        .all(axis=None)
    )
    rows = result.predictions.query("features == 'none'")["row"]
    assert rows.tolist() == table.index[table["accuracy"].notna()].tolist()


def test_shape_of_a_result() -> None:
    table = make_table()
    result = predict(table, "accuracy", groups="family", **QUICK)
    assert result.target == "accuracy"
    assert result.scores[["scheme", "features", "model"]].to_numpy().tolist() == [
        [scheme, features, model]
        for scheme in ("kfold", "grouped")
        for features, model in (
            ("features", "bayesian_ridge"),
            ("baseline", "bayesian_ridge"),
            ("none", "mean"),
        )
    ]
    assert (
        result.scores.columns.tolist()
        == (
            "scheme features model estimate std_error ci_low ci_high repeat_sd "
            "gain gain_low gain_high gain_over n"
        ).split()
    )
    assert result.predictions.columns.tolist() == (
        "row group observed scheme features model predicted".split()
    )
    assert len(result.predictions) == 6 * 60
    assert result.importance.columns.tolist() == (
        "scheme model feature estimate std_error ci_low ci_high n".split()
    )
    assert dict(result.settings) == {
        "features": ("wiring", "n_nodes", "nothing"),
        "baseline": ("n_nodes",),
        "groups": "family",
        "n_groups": 3,
        "models": ("bayesian_ridge",),
        "folds": 5,
        "repeats": 2,
        "confidence": 0.95,
        "n_boot": 100,
        "n": 60,
        "n_dropped": 0,
    }
    with pytest.raises(FrozenInstanceError):
        cast(Any, result).target = "loss"


def test_a_model_of_ones_own() -> None:
    models = {"line": lambda seed: LinearRegression()}
    result = predict(make_table(), "accuracy", ["wiring"], **{**QUICK, "models": models})
    assert result.settings["models"] == ("line",)
    assert score(result, "kfold", "features")["model"] == "line"


def test_groups_that_can_be_dealt_in_one_way_are_dealt_once() -> None:
    result = predict(make_table(), "accuracy", groups="family", **QUICK)  # 3 groups, 5 folds
    by_scheme = result.scores.groupby("scheme")["repeat_sd"]
    assert by_scheme.count().to_dict() == {"grouped": 0, "kfold": 3}


def test_more_groups_than_folds_are_dealt_into_folds() -> None:
    table = make_table().assign(graph=np.arange(60) // 2)
    result = predict(table, "accuracy", ["wiring"], groups="graph", **QUICK)
    assert result.settings["n_groups"] == 30
    assert score(result, "grouped", "none")["repeat_sd"] > 0


# Messages


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"table": {}}, "`table` must be a pandas DataFrame; got dict."),
        ({"target": "acuracy"}, "`target` must be a column of `table`; got 'acuracy'. Did you"),
        ({"target": "family"}, "`target` must be numeric; column 'family' has the type "),
        ({"features": ["wirin"]}, "got 'wirin'. Did you mean 'wiring'?"),
        (
            {"features": ["accuracy"]},
            "`features` must not hold the target or groups; got 'accuracy'.",
        ),
        (
            {"baseline": ["accuracy"]},
            "`baseline` must not hold the target or groups; got 'accuracy'.",
        ),
        ({"features": ["n_nodes"], "groups": "n_nodes"}, "target or groups; got 'n_nodes'."),
        ({"baseline": ["n_node"]}, "`baseline` must be a column of `table`; got 'n_node'. Did you"),
        ({"baseline": "n_nodes"}, "`baseline` must be a sequence of column names; got the text"),
        ({"groups": "famly"}, "`groups` must be a column of `table`; got 'famly'. Did you mean"),
        ({"models": "random_forest"}, "`models` must be a sequence of names; got the text"),
        ({"models": ["ridge"]}, "`models` must be one of bayesian_ridge, random_forest, gradient"),
        ({"models": []}, "`models` must name at least one model; got none."),
        ({"folds": 1}, "`folds` must be an integer >= 2; got 1."),
        ({"repeats": 0}, "`repeats` must be an integer >= 1; got 0."),
        ({"n_boot": 50}, "`n_boot` must be an integer >= 100; got 50."),
        ({"n_jobs": 0}, "`n_jobs` must be an integer >= 1; got 0."),
        ({"confidence": 0}, "`confidence` must lie inside (0, 1); got 0."),
        ({"rng": -1}, "`rng` must be a non-negative integer, a numpy SeedSequence or a numpy"),
        (
            {"folds": 31},
            "`table` must have two rows with a target for each of 31 folds; got 60.",
        ),
        (
            {"table": make_table().assign(accuracy=0.7)},
            "`target` must vary; column 'accuracy' is constant.",
        ),
        (
            {"table": make_table().assign(family="er"), "groups": "family"},
            "`groups` must name at least two groups; column 'family' has one.",
        ),
        (
            {"table": make_table().replace("er", None), "groups": "family"},
            "`groups` must name a group in every row; column 'family' has ",
        ),
        (
            {"table": make_table().assign(wiring=np.inf)},
            "`features` must be finite or missing; column 'wiring' holds an infinite value.",
        ),
    ],
)
def test_messages(arguments: dict[str, Any], message: str) -> None:
    arguments = {"table": make_table(), "target": "accuracy", **QUICK, **arguments}
    with pytest.raises(InputError, match=re.escape(message)):
        predict(**arguments)
