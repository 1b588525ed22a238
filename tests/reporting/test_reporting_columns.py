from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.reporting.columns import Columns, read_results, settle

TABLE = pd.DataFrame(
    {
        "family": ["a", "b"],
        "graph": ["g", "h"],
        "n_nodes": [3, 4],
        "n_edges": [5, 6],
        "clustering": [0.1, 0.2],
        "is_acyclic": [True, False],
        "accuracy": [0.5, 0.6],
        "loss": [1.0, 2.0],
        "seconds": [1.0, 2.0],
        "replicate": [0, 1],
        "comment": ["x", "y"],
    }
)


def columns(table: pd.DataFrame = TABLE, **changes: object) -> Columns:
    arguments = {
        "target": "accuracy",
        "features": None,
        "covariates": None,
        "family": "family",
        "cell": "cell",
        "graph": "graph",
    }
    return settle(table, **{**arguments, **changes})  # type: ignore[arg-type]


def test_the_defaults_take_properties_of_graphs_and_leave_what_runs_record() -> None:
    assert columns() == Columns(
        target="accuracy",
        features=("n_nodes", "n_edges", "clustering", "is_acyclic"),
        covariates=("n_nodes", "n_edges"),
        family="family",
        cell=None,
        graph="graph",
    )


def test_covariates_are_features_whether_named_or_not() -> None:
    assert columns(features=["clustering"]).features == ("n_nodes", "n_edges", "clustering")
    assert columns(features=["clustering"], covariates=()).features == ("clustering",)


def test_size_is_known_under_darjis_names_too() -> None:
    renamed = TABLE.rename(columns={"n_nodes": "nodes", "n_edges": "edges"})
    assert columns(renamed).covariates == ("nodes", "edges")


def test_results_come_from_a_frame_or_a_csv_and_are_never_changed(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "runs.csv", index=False)
    pd.testing.assert_frame_equal(read_results(tmp_path / "runs.csv"), TABLE)
    numbered = pd.DataFrame({0: [1.0], 1: [2.0]})
    assert list(read_results(numbered).columns) == ["0", "1"]
    assert list(numbered.columns) == [0, 1]


def test_results_that_are_no_table() -> None:
    with pytest.raises(InputError, match="`results` must be a pandas DataFrame or the path of a C"):
        read_results([1, 2])
    with pytest.raises(InputError, match="`results` must have a row a run; got none"):
        read_results(pd.DataFrame({"accuracy": []}))
    with pytest.raises(InputError, match="`results` must not repeat a column; got 'a' twice"):
        read_results(pd.DataFrame(np.ones((1, 2)), columns=["a", "a"]))


def test_files_that_are_no_table(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none.csv` cannot be read: No such file"):
        read_results(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_text("")
    with pytest.raises(FileError, match=r"bad.csv` cannot be read as CSV: No columns"):
        read_results(tmp_path / "bad.csv")


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02" * 50, b"PK\x03\x04\xff\xfe\x82", b"SQLite format 3\x00" + bytes(99)]
)
def test_bytes_that_are_no_text(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(data)
    with pytest.raises(FileError, match=r"b.csv` cannot be read as CSV: it (is not UTF-8|holds b)"):
        read_results(tmp_path / "b.csv")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_told_with_the_columns_found(mark: str, tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "s.csv", index=False, sep=mark)
    with pytest.raises(FileError, match="must be separated by commas; the only column found is 'f"):
        read_results(tmp_path / "s.csv")


def test_a_repeated_heading_is_refused_and_not_renamed(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("x,accuracy,accuracy\n1,0.5,0.6\n")
    with pytest.raises(InputError, match="must not repeat a column; got 'accuracy' twice"):
        read_results(tmp_path / "r.csv")
    (tmp_path / "i.csv").write_text(",x,NA\n0,1,2\n")  # what pandas writes with an index
    assert list(read_results(tmp_path / "i.csv").columns) == ["Unnamed: 0", "x", "NA"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"target": "acuracy"},
            "`target` must be a column of `results`; got 'acuracy'. Did you mean 'accuracy'? "
            "Numeric columns: n_nodes, n_edges, clustering, is_acyclic, accuracy, loss, seconds "
            "and replicate.",
        ),
        ({"target": "comment"}, "`target` must be numeric; column 'comment' has the type"),
        (
            {"features": ["clusterin"]},
            "`features` must be a column of `results`; got 'clusterin'. Did you mean 'clustering'?",
        ),
        ({"features": "clustering"}, "`features` must be a sequence of column names; got the text"),
        ({"features": ["comment"]}, "`features` must be numeric; column 'comment'"),
        ({"covariates": ["comment"]}, "`covariates` must be numeric; column 'comment'"),
        (
            {"family": "famly"},
            "`family` must be a column of `results` or None; got 'famly'. Did you mean 'family'?",
        ),
        ({"cell": "type"}, "`cell` must be a column of `results` or None; got 'type'."),
        (
            {"graph": "family"},
            "`target`, `family`, `cell` and `graph` must be different columns; got 'accuracy', "
            "'family', 'family'.",
        ),
        (
            {"features": ["accuracy"]},
            "`features` must not hold the target, family, cell or graph; got 'accuracy'.",
        ),
        (
            {"covariates": ["accuracy"]},
            "`covariates` must not hold the target, family, cell or graph; got 'accuracy'.",
        ),
    ],
)
def test_wrong_columns(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as raised:
        columns(**changes)
    assert str(raised.value).startswith(message)
