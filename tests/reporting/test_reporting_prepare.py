import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import InputError
from rnngraph.reporting.columns import settle
from rnngraph.reporting.prepare import ALL, Study, prepare


def study(table: pd.DataFrame, **changes: object) -> Study:
    arguments: dict[str, object] = {
        "target": "accuracy",
        "features": None,
        "covariates": None,
        "family": "family",
        "cell": "cell",
        "graph": "graph",
    }
    return prepare(table, settle(table, **{**arguments, **changes}))  # type: ignore[arg-type]


RUNS = pd.DataFrame(
    {
        "cell": ["gru", "gru", "gru", "lstm"],
        "family": ["a", "a", "b", "a"],
        "graph": ["g", "g", "h", "g"],
        "x": [1.0, 1.0, 2.0, 1.0],
        "flat": 3.0,
        "accuracy": [0.5, 0.7, 0.9, 0.4],
    }
)


def test_replicates_are_averaged_in_each_cell() -> None:
    found = study(RUNS)
    assert list(found.cells) == ["gru", "lstm"]
    expected = pd.DataFrame(
        {"family": ["a", "b"], "accuracy": [0.6, 0.9], "x": [1.0, 2.0]},
        index=pd.Index(["g", "h"], name="unit"),
    )
    pd.testing.assert_frame_equal(found.cells["gru"], expected)
    assert found.cells["lstm"]["accuracy"].tolist() == [0.4]
    assert list(found.graphs.index) == ["g", "h"]
    assert found.replicated
    assert found.families == ("a", "b")
    assert found.losses.constant == ("flat",)
    assert found.columns.features == ("x",)
    analysed = found.analysed()
    assert analysed.columns.tolist() == ["graph", "cell", "family", "accuracy", "x"]
    assert analysed["graph"].tolist() == ["g", "h", "g"]


def test_numbers_of_graphs_that_start_anew_in_each_family_are_told_apart() -> None:
    found = study(RUNS.assign(graph=[0, 0, 0, 0]))
    assert list(found.cells["gru"].index) == ["a 0", "b 0"]


def test_without_a_column_of_graphs_every_row_is_a_graph() -> None:
    plain = RUNS[["x", "accuracy"]]
    found = study(plain)
    assert list(found.cells) == [ALL]
    assert len(found.cells[ALL]) == 4
    assert found.families == ()
    assert not found.replicated
    assert found.family_of(found.graphs).tolist() == [""] * 4
    assert found.analysed().columns.tolist() == ["accuracy", "x"]


def test_what_is_left_out_is_counted() -> None:
    table = pd.concat([RUNS, RUNS], ignore_index=True)
    table["x"] = [1.0, 1.5, 2.0, np.inf, 1.0, 1.5, 2.0, 3.0]
    table["status"] = ["failed", *["done"] * 7]
    table["error"] = ["Traceback\nValueError: no", *[""] * 7]
    table["diverged"] = [False, True, *[False] * 6]
    table.loc[2, "accuracy"] = np.nan
    losses = study(table).losses
    assert (losses.failed, losses.error) == (1, "ValueError: no")
    assert (losses.missing, losses.diverged, losses.infinite) == (1, 1, 1)
    assert losses.uneven == ("x",)


def test_a_missing_family_has_a_name() -> None:
    assert study(RUNS.assign(family=["a", "a", None, "a"])).families == ("a", "(none)")


def test_all_runs_failed() -> None:
    table = RUNS.assign(status="failed", error="MemoryError: too big")
    message = (
        "`results` must hold a run with a finite 'accuracy'; got none; all 4 runs failed, the "
        "first with: MemoryError: too big."
    )
    with pytest.raises(InputError) as raised:
        study(table)
    assert str(raised.value) == message


def test_no_run_has_a_target() -> None:
    with pytest.raises(InputError, match=r"must hold a run with a finite 'accuracy'; got none\."):
        study(RUNS.assign(accuracy=np.nan))


def test_a_constant_target() -> None:
    with pytest.raises(InputError, match=r"`target` must vary; column 'accuracy' is 1 in all 4 r"):
        study(RUNS.assign(accuracy=1.0))


def test_no_feature_left() -> None:
    message = r"`features` must name a numeric column that varies, .* got none; flat is the same"
    with pytest.raises(InputError, match=message):
        study(RUNS.drop(columns="x"))
    with pytest.raises(InputError, match="besides the covariates; got none"):
        study(RUNS, features=["x"], covariates=["x"])
