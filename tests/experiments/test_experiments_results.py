"""What is read back from a store: the table of runs, the graphs and the status."""

import json
import platform
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import InputError, StoreError
from rnngraph.experiments import (
    Plan,
    analysis_arguments,
    load_graphs,
    load_plan,
    load_results,
    run,
    status,
)
from rnngraph.experiments.design import planned_graphs, planned_runs
from rnngraph.experiments.records import save_failed, save_plan
from rnngraph.experiments.store import writing
from rnngraph.graphs import graph_key
from rnngraph.metrics import METRICS


@pytest.fixture
def store(tiny: Plan, tmp_path: Path) -> Path:
    run(tiny, tmp_path, progress="none")
    return tmp_path


def test_columns(store: Path) -> None:
    table = load_results(store)
    assert table.columns.tolist() == [
        *("run", "status", "error", "attempt", "family", "graph", "graph_index"),
        *("n_nodes", "n_edges", "density", "reciprocity", "undefined"),
        *("cell", "replicate", "seed", "n_units", "n_parameters", "accuracy", "best_accuracy"),
        *("best_epoch", "loss", "train_loss", "epochs", "gradient_norm_mean"),
        *("gradient_norm_max", "dead_units", "seconds", "stopped", "diverged", "backend"),
    ]
    kinds = {name: table[name].dtype.kind for name in ("n_nodes", "n_edges", "density", "loss")}
    assert kinds == {"n_nodes": "i", "n_edges": "i", "density": "f", "loss": "f"}
    assert table["diverged"].tolist() == [False] * 8


def test_the_plan_comes_back(store: Path, tiny: Plan) -> None:
    assert load_plan(store) == tiny
    other = tiny.model_copy(update={"name": "other"})
    run(other, store, progress="none")
    assert load_plan(store).name == "other"


def test_rows_stand_in_the_order_of_the_plan(store: Path, tiny: Plan) -> None:
    table = load_results(store)
    assert table["family"].tolist() == ["watts_strogatz"] * 4 + ["erdos_renyi"] * 4
    assert table["graph_index"].tolist() == [0, 0, 1, 1] * 2
    assert table["replicate"].tolist() == [0, 1] * 4
    assert table["run"].tolist() == [r.key for r in planned_runs(tiny, planned_graphs(tiny))]
    assert (table[["n_nodes", "n_edges", "seed"]] == [6, 12, 5]).all(axis=None)


def test_attributes(store: Path, tiny: Plan) -> None:
    attrs = load_results(store).attrs
    assert attrs["plan"] == json.loads(tiny.canonical())
    assert attrs["task"]["name"] == "embedded_reber"
    assert attrs["task"]["chance"] >= 0.5
    assert set(attrs["versions"]) == {"python", "rnngraph", "numpy", "torch"}
    assert attrs["versions"]["python"] == platform.python_version()


def test_all_metrics(data: dict[str, Any], tmp_path: Path) -> None:
    data["analysis"] = {"metrics": "all"}
    data["graphs"]["self_loops"] = True
    run(Plan.from_mapping(data), tmp_path, progress="none")
    table = load_results(tmp_path)
    names = [name for name in table.columns if name in METRICS]
    assert names == list(METRICS)
    assert (table["n_edges"] == 12).all()
    assert (table["n_self_loops"] == 6).all()


def test_a_metric_that_does_not_exist_is_missing_with_its_reason(
    data: dict[str, Any], tmp_path: Path
) -> None:
    data["graphs"] = {"units": [6], "families": [{"family": "complete"}], "count": 1}
    data["analysis"] = {"metrics": ["assortativity_in_in", "density"]}
    run(Plan.from_mapping(data), tmp_path, progress="none")
    table = load_results(tmp_path)
    assert table["assortativity_in_in"].isna().all()
    assert table["assortativity_in_in"].dtype == np.float64
    assert table["undefined"].str.startswith("assortativity_in_in: ").all()
    assert (table["density"] == 1).all()


def test_a_label_names_the_family(data: dict[str, Any], tmp_path: Path) -> None:
    data["graphs"]["families"] = [
        {"family": "watts_strogatz", "p": 0.1, "label": "orderly"},
        {"family": "watts_strogatz", "p": 0.9},
    ]
    run(Plan.from_mapping(data), tmp_path, progress="none")
    assert load_results(tmp_path)["family"].unique().tolist() == ["orderly", "watts_strogatz"]


def test_graphs(store: Path, tiny: Plan) -> None:
    graphs = load_graphs(store)
    planned = {graph.key[:12]: graph.adjacency for graph in planned_graphs(tiny)}
    assert list(graphs) == list(planned)
    for name, adjacency in graphs.items():
        assert adjacency.dtype == bool
        assert np.array_equal(adjacency, planned[name])
        assert graph_key(adjacency).startswith(name)
    assert set(load_results(store)["graph"]) == set(graphs)


def test_an_older_plan_is_asked_for_by_itself(
    store: Path, tiny: Plan, data: dict[str, Any]
) -> None:
    data["graphs"]["families"].pop()
    data["analysis"]["metrics"] = ["density", "diameter"]
    newer = Plan.from_mapping(data)
    run(newer, store, progress="none")
    assert "diameter" in load_results(store)
    assert len(load_results(store)) == len(load_results(store, newer)) == 4
    assert len(load_graphs(store)) == 2
    older = load_results(store, tiny)
    assert len(older) == 8
    assert "diameter" not in older
    assert len(load_graphs(store, tiny)) == 4


def test_the_plan_itself(store: Path, tiny: Plan, tmp_path: Path) -> None:
    assert load_plan(store) == tiny
    files = tmp_path / "files"
    files.mkdir()
    (files / "x.csv").write_text("string,valid\nab,1\nba,0\n")
    task = {"name": "labelled_strings", "train": "x.csv", "test": "x.csv"}
    tables = {**json.loads(tiny.canonical()), "task": task}
    run(Plan.from_mapping(tables, folder=files), store, progress="none")
    assert load_plan(store).task.parameters["train"] == str(files / "x.csv")
    (files / "x.csv").unlink()
    with pytest.raises(
        InputError, match=r"the plan in .*sqlite: `task\.train` must be a file; got"
    ):
        load_plan(store)


def test_compute_settings_do_not_make_another_plan(store: Path, data: dict[str, Any]) -> None:
    data["compute"] = {"workers": 9}
    assert len(load_results(store, Plan.from_mapping(data))) == 8


def test_status_and_results_of_an_unfinished_plan(tiny: Plan, tmp_path: Path) -> None:
    runs = planned_runs(tiny, planned_graphs(tiny))
    with writing(tmp_path) as connection:
        save_plan(connection, tiny, {"name": "embedded_reber"}, runs)
        found = status(tmp_path)
        assert (found.name, found.planned, found.done, found.failed) == ("tiny", 8, 0, 0)
        assert found.missing == 8
        empty = load_results(tmp_path)
        assert len(empty) == 0
        assert {"run", "status", "accuracy", "loss", "diverged"} <= set(empty.columns)
        assert empty.attrs["versions"] == {}
        save_failed(connection, runs[3], "Traceback", 2)
        found = status(tmp_path, tiny)
        assert (found.planned, found.done, found.failed, found.missing) == (8, 0, 1, 7)
        table = load_results(tmp_path)
    assert table["run"].tolist() == [runs[3].key]
    assert table[["accuracy", "diverged"]].isna().all(axis=None)
    assert table[["status", "error", "attempt"]].to_numpy().tolist() == [["failed", "Traceback", 2]]


def test_status_of_a_finished_plan(store: Path) -> None:
    found = status(store)
    assert (found.planned, found.done, found.failed, found.missing) == (8, 8, 0, 0)


@pytest.mark.parametrize("read", [load_results, load_graphs, status])
def test_a_plan_that_was_not_run(read: Any, store: Path, data: dict[str, Any]) -> None:
    other = Plan.from_mapping({**data, "seed": 99})
    message = r"results\.sqlite holds no plan like 'tiny': run it first\."
    with pytest.raises(StoreError, match=message):
        read(store, other)


@pytest.mark.parametrize(
    ("covariates", "held"),
    [(None, None), ("size", None), ([], ()), (["density", "n_edges"], ("density", "n_edges"))],
)
def test_arguments_of_the_report(
    data: dict[str, Any], tmp_path: Path, covariates: object, held: object
) -> None:
    data["analysis"] = {"metrics": ["reciprocity"], "target": "loss", "folds": 3, "repeats": 2}
    data["analysis"]["models"] = ["gradient_boosting"]
    if covariates is not None:
        data["analysis"]["covariates"] = covariates
    plan = Plan.from_mapping(data)
    with writing(tmp_path) as connection:
        save_plan(connection, plan, {}, planned_runs(plan, planned_graphs(plan)))
    assert analysis_arguments(load_results(tmp_path)) == {
        "target": "loss",
        "method": "spearman",
        "models": ["gradient_boosting"],
        "folds": 3,
        "repeats": 2,
        "covariates": held,
    }


def test_a_named_covariate_is_a_column_and_size_needs_none(
    data: dict[str, Any], tmp_path: Path
) -> None:
    data["analysis"] = {"metrics": ["reciprocity"], "covariates": ["density"]}
    run(Plan.from_mapping(data), tmp_path, progress="none")
    assert load_results(tmp_path)["density"].tolist() == [0.4] * 8
    data["analysis"]["covariates"] = "size"
    run(Plan.from_mapping(data), tmp_path, progress="none")
    table = load_results(tmp_path)
    assert {"n_nodes", "n_edges", "reciprocity"} < set(table)
    assert "density" not in table


def test_arguments_of_a_table_without_a_plan() -> None:
    message = "`results` must be a table from `load_results`, with the plan in its `attrs`; got a "
    with pytest.raises(InputError, match=message + "table whose `attrs` hold nothing"):
        analysis_arguments(pd.DataFrame({"accuracy": [1.0]}))


@pytest.mark.parametrize("use", [load_results, load_graphs, load_plan, status, "run"])
@pytest.mark.parametrize("damage", ["pages", "schema", "json"])
def test_a_damaged_store(use: Any, damage: str, store: Path, tiny: Plan) -> None:
    path = store / "results.sqlite"
    content = path.read_bytes()
    if damage == "pages":
        path.write_bytes(content[:4096] + bytes(byte ^ 0xFF for byte in content[4096:]))
    elif damage == "schema":
        path.write_bytes(content.replace(b"CREATE TABLE plans", b"\xff" * 12 + b" plans"))
    else:
        for table, column in (("plans", "plan"), ("graphs", "edges"), ("graphs", "metrics")):
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(f"UPDATE {table} SET {column} = substr({column}, 2)")
    with pytest.raises(StoreError, match=r"results\.sqlite cannot be (read|written): .*\.$"):
        run(tiny, store, progress="none") if use == "run" else use(store)


def test_a_store_that_lacks_a_graph(store: Path) -> None:
    key = next(iter(load_graphs(store)))
    with closing(sqlite3.connect(store / "results.sqlite")) as connection, connection:
        connection.execute("DELETE FROM graphs WHERE key LIKE ?", [f"{key}%"])
    message = rf"results\.sqlite is damaged: it lacks graph {key}\w+\."
    with pytest.raises(StoreError, match=message):
        load_results(store)


@pytest.mark.parametrize("read", [load_results, load_graphs, load_plan, status])
def test_a_store_without_a_plan(read: Any, tmp_path: Path) -> None:
    with writing(tmp_path):
        pass
    with pytest.raises(StoreError, match=r"results\.sqlite holds no plan: run it first\."):
        read(tmp_path)
