"""The files that a report writes, and the arguments that it refuses."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rnngraph as rg
from rnngraph.errors import FileError, InputError
from rnngraph.reporting import Report, report

Runs = Callable[..., pd.DataFrame]
Write = Callable[..., Report]


def test_report_is_a_public_name() -> None:
    assert rg.report is report


def test_every_table_is_a_csv_beside_the_page(full_report: Report) -> None:
    folder = full_report.path.parent / "report_tables"
    assert {file.stem for file in folder.iterdir()} == set(full_report.tables)
    assert set(full_report.tables) == {
        "graphs",
        "target_by_family",
        "repeatability",
        "correlations",
        "partial_size",
        "partial_family",
        "collinearity",
        "prediction_scores",
        "predictions",
        "importance",
    }
    for name, table in full_report.tables.items():
        read = pd.read_csv(folder / f"{name}.csv")
        texts = [c for c in table.columns if pd.api.types.is_string_dtype(table[c])]
        read[texts] = read[texts].astype(object).fillna("")
        pd.testing.assert_frame_equal(read, table, check_dtype=False)


def test_the_table_of_families_is_what_pandas_makes_of_the_means(
    with_everything: pd.DataFrame, full_report: Report
) -> None:
    means = with_everything.dropna(subset="accuracy").groupby(["cell", "family", "graph"])
    values = means["accuracy"].mean().groupby(["cell", "family"], sort=False)
    expected = values.agg(["size", "mean", "sem", "min", "median", "max"]).reset_index(drop=True)
    found = full_report.tables["target_by_family"]
    columns = ["n", "mean", "std_error", "min", "median", "max"]
    order = found.sort_values(["cell", "family"])[columns].to_numpy()
    np.testing.assert_allclose(order, expected.to_numpy())
    assert found["runs"].sum() == 286


def test_the_same_table_gives_the_same_bytes_and_is_not_changed(
    with_everything: pd.DataFrame, full_report: Report, write: Write
) -> None:
    before = with_everything.copy(deep=True)
    again = write(with_everything)
    pd.testing.assert_frame_equal(with_everything, before)
    assert with_everything.attrs == before.attrs
    assert again.path.read_bytes() == full_report.path.read_bytes()
    for name in full_report.tables:
        first, second = (
            r.path.parent / "report_tables" / f"{name}.csv" for r in (full_report, again)
        )
        assert first.read_bytes() == second.read_bytes()


def test_the_seed_moves_intervals_alone(runs: Runs, write: Write) -> None:
    table = runs(planted=0.1)
    first, second = (write(table, rng=seed).tables["partial_size"] for seed in (0, 1))
    assert not first["ci_low"].equals(second["ci_low"])
    pd.testing.assert_series_equal(first["estimate"], second["estimate"])
    pd.testing.assert_series_equal(first["p_adjusted"], second["p_adjusted"])


def test_the_number_of_processes_changes_nothing(runs: Runs, write: Write) -> None:
    table = runs(per_family=8, planted=0.1)
    one, two = (
        write(table, f"{n}.html", n_jobs=n, models=["random_forest"], folds=2).path for n in (1, 2)
    )
    assert one.read_text("utf-8") == two.read_text("utf-8").replace("2_tables", "1_tables")


def test_a_csv_of_other_names_works(runs: Runs, tmp_path: Path, write: Write) -> None:
    names = {"family": "kind", "cell": "mode", "graph": "graph_nr", "accuracy": "test_acc"}
    runs(planted=0.2).rename(columns=names).to_csv(tmp_path / "runs.csv", index=False)
    made = write(
        tmp_path / "runs.csv",
        target="test_acc",
        family="kind",
        cell="mode",
        graph="graph_nr",
        features=["clustering", "reciprocity"],
        title="Mine",
    )
    assert "higher clustering with higher test_acc" in made.answer[1]
    assert "<h1>Mine</h1>" in made.path.read_text("utf-8")


def test_roles_can_be_switched_off(runs: Runs, write: Write) -> None:
    made = write(runs(), family=None, covariates=[])
    assert {"partial_size", "partial_family"}.isdisjoint(made.tables)
    assert set(made.tables["prediction_scores"]["scheme"]) == {"kfold"}


def test_a_second_report_leaves_no_table_of_the_first(runs: Runs, write: Write) -> None:
    first = write(runs())
    folder = first.path.parent / "report_tables"
    (folder / "notes.txt").write_text("mine")
    second = write(runs(replicates=1), family=None)
    assert {file.name for file in folder.iterdir()} == {
        "notes.txt",
        *(f"{name}.csv" for name in second.tables),
    }
    assert "repeatability" not in second.tables


def test_nothing_but_the_report_is_left(full_report: Report) -> None:
    names = {file.name for file in full_report.path.parent.iterdir()}
    assert names == {"report.html", "report_tables"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none/report.html", "`path` must lie in an existing folder; got '.*none/report.html'"),
        ("report", "`path` must name a file, such as 'report.html'; got '.*report'"),
    ],
)
def test_wrong_paths(path: str, message: str, runs: Runs, write: Write) -> None:
    with pytest.raises(InputError, match=message):
        write(runs(), path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "kendall"}, "`method` must be one of spearman, pearson; got 'kendall'"),
        ({"models": "random_forest"}, "`models` must be a sequence of at least one name; got 'ran"),
        ({"models": []}, r"`models` must be a sequence of at least one name; got \[\]"),
        ({"models": ["forest"]}, "`models` must be one of .*; got 'forest'"),
        ({"folds": 1}, "`folds` must be an integer >= 2; got 1"),
        ({"repeats": 0}, "`repeats` must be an integer >= 1; got 0"),
        ({"n_boot": 99}, "`n_boot` must be an integer >= 100; got 99"),
        ({"n_jobs": 0}, "`n_jobs` must be an integer >= 1; got 0"),
        ({"rng": -1}, "`rng` must be a non-negative integer"),
    ],
)
def test_wrong_arguments(
    options: dict[str, object], message: str, runs: Runs, write: Write
) -> None:
    with pytest.raises(InputError, match=message):
        write(runs(), **options)


def test_a_folder_of_tables_that_cannot_be_made(runs: Runs, tmp_path: Path, write: Write) -> None:
    (tmp_path / "report_tables").write_text("a file in the way")
    with pytest.raises(FileError, match=r"report_tables` cannot be written: File exists"):
        write(runs())
    assert not (tmp_path / "report.html").exists()
