"""Running a plan in one process: what is done, what is not done twice, what becomes of failures."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import InputError
from rnngraph.experiments import Outcome, Plan, dispatch, engine, load_results, run
from rnngraph.experiments.design import planned_graphs, planned_runs
from rnngraph.experiments.jobs import Job, build_task, task_source, train_job
from rnngraph.experiments.records import save_done
from rnngraph.metrics import profile
from rnngraph.nn import train_population
from rnngraph.tasks import TASKS

Results = list[dict[str, Any]]


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.planned, outcome.found, outcome.done, outcome.failed


def results(store: Path, plan: Plan | None = None) -> pd.DataFrame:
    """Results without what differs from one execution to the next."""
    return load_results(store, plan).drop(columns=["seconds", "attempt"])


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Keys of the runs of each job, as they are given out."""
    given: list[list[str]] = []

    def listen(job: Job) -> Results:
        given.append([run.key for run in job.runs])
        return train_job(job)

    monkeypatch.setattr(dispatch, "train_job", listen)
    return given


def test_every_run_is_done_once(tiny: Plan, tmp_path: Path, jobs: list[list[str]]) -> None:
    outcome = run(tiny, tmp_path, progress="none")
    assert counts(outcome) == (8, 0, 8, 0)
    assert outcome.seconds > 0
    assert sorted(map(len, jobs)) == [1, 1, 3, 3], "2 replicates of 4 graphs, at most 3 together"
    table = load_results(tmp_path)
    assert sorted(key for job in jobs for key in job) == sorted(table["run"])
    jobs.clear()
    assert counts(run(tiny, tmp_path, progress="none")) == (8, 8, 0, 0)
    assert jobs == []
    pd.testing.assert_frame_equal(load_results(tmp_path), table)


def test_the_numbers_are_those_of_the_trainer(tiny: Plan, tmp_path: Path) -> None:
    run(tiny, tmp_path, progress="none")
    table = load_results(tmp_path)
    plan = planned_graphs(tiny)
    task = build_task(task_source(tiny))
    expected = train_population(
        [graph.adjacency for graph in plan],
        task,
        cell="tanh",
        replicates=2,
        epochs=1,
        rng=5,
        keys=[graph.stream for graph in plan],
        device="cpu",
    ).results
    for column in ("accuracy", "loss", "train_loss", "n_parameters", "replicate"):
        assert table[column].tolist() == expected[column].tolist()


def test_results_do_not_depend_on_grouping_order_or_company(
    data: dict[str, Any], tmp_path: Path
) -> None:
    data["network"]["cells"] = ["gru", "tanh"]
    run(Plan.from_mapping(data), tmp_path / "a", progress="none")
    expected = results(tmp_path / "a").set_index("run")
    data["graphs"]["families"].reverse()
    data["graphs"]["count"] = 3
    data["network"]["cells"] = ["tanh", "gru"]
    data["training"]["replicates"] = 1
    data["compute"]["members"] = 1
    alone = Plan.from_mapping(data)
    run(alone, tmp_path / "b", engine="serial", progress="none")
    found = results(tmp_path / "b").set_index("run")
    common = expected.index.intersection(found.index)
    assert len(common) == 8
    pd.testing.assert_frame_equal(expected.loc[common], found.loc[common])


def test_a_changed_plan_runs_only_what_changed(data: dict[str, Any], tmp_path: Path) -> None:
    first = Plan.from_mapping(data)
    run(first, tmp_path, progress="none")
    before = results(tmp_path)
    data["graphs"]["count"] = 3
    second = Plan.from_mapping(data)
    assert counts(run(second, tmp_path, progress="none")) == (12, 8, 4, 0)
    data["training"]["epochs"] = 2
    assert counts(run(Plan.from_mapping(data), tmp_path, progress="none")) == (12, 0, 12, 0)
    pd.testing.assert_frame_equal(results(tmp_path, first), before)
    assert len(results(tmp_path, second)) == 12


def test_metrics_are_computed_once(
    data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, tuple[str, ...]]] = []

    def listen(graphs: list[object], *, metrics: tuple[str, ...]) -> pd.DataFrame:
        calls.append((len(graphs), metrics))
        return profile(graphs, metrics=metrics)

    monkeypatch.setattr(engine, "profile", listen)
    run(Plan.from_mapping(data), tmp_path, progress="none")
    assert calls == [(4, ("density", "reciprocity"))]
    data["analysis"]["covariates"] = ["assortativity_in_in"]
    run(Plan.from_mapping(data), tmp_path, progress="none")
    assert calls[1:] == [(4, ("assortativity_in_in",))]
    data["graphs"]["count"] = 3
    run(Plan.from_mapping(data), tmp_path, progress="none")
    assert calls[2:] == [(2, ("density", "reciprocity", "assortativity_in_in"))]
    table = load_results(tmp_path)
    graph = planned_graphs(Plan.from_mapping(data))[0]
    expected = profile(graph.adjacency, metrics=["density", "reciprocity", "assortativity_in_in"])
    columns = ["density", "reciprocity", "assortativity_in_in", "undefined"]
    assert list(table[columns].iloc[0]) == list(expected[columns].iloc[0])


def failing(bad: Callable[[str], bool]) -> Callable[[Job], Results]:
    def train(job: Job) -> Results:
        if any(bad(run.key) for run in job.runs):
            raise ArithmeticError("this one cannot be trained")
        return train_job(job)

    return train


def test_a_bad_run_fails_alone(tiny: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = planned_graphs(tiny)
    bad = planned_runs(tiny, graphs)[2].key
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "train_job", failing(lambda key: key == bad))
        assert counts(run(tiny, tmp_path / "a", progress="none")) == (8, 0, 7, 1)
    table = load_results(tmp_path / "a")
    failed = table[table["status"] == "failed"]
    assert failed["run"].tolist() == [bad]
    assert re.search("Traceback.*ArithmeticError: this one cannot", failed["error"].item(), re.S)
    assert failed["attempt"].item() == 2
    assert failed[["accuracy", "loss", "seconds", "diverged"]].isna().to_numpy().all()
    assert (table.loc[table["status"] == "done", "error"] == "").all()
    assert sorted(table["attempt"]) == [1, 1, 1, 1, 1, 2, 2, 2], "its two mates were done again"

    assert counts(run(tiny, tmp_path / "a", progress="none")) == (8, 7, 1, 0)
    assert load_results(tmp_path / "a")["attempt"].max() == 3
    run(tiny, tmp_path / "b", progress="none")
    pd.testing.assert_frame_equal(results(tmp_path / "a"), results(tmp_path / "b"))


def test_a_failure_that_passes_leaves_no_trace(
    tiny: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []

    def first_time(job: Job) -> Results:
        groups.append(len(job.runs))
        if job.attempt == 1:
            raise OSError("busy")
        return train_job(job)

    monkeypatch.setattr(dispatch, "train_job", first_time)
    assert counts(run(tiny, tmp_path, progress="none")) == (8, 0, 8, 0)
    assert sorted(groups) == [1] * 10 + [3, 3]
    assert set(load_results(tmp_path)["status"]) == {"done"}


def test_what_finished_before_an_interruption_is_kept(
    tiny: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def interrupted(job: Job) -> Results:
        if sum(done) >= 3:
            raise KeyboardInterrupt
        done.append(len(job.runs))
        return train_job(job)

    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "train_job", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(tiny, tmp_path, progress="none")
    assert len(load_results(tmp_path)) == 3
    assert counts(run(tiny, tmp_path, progress="none")) == (8, 3, 5, 0)


def test_a_group_is_stored_whole_or_not_at_all(
    tiny: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(connection: Any, runs: Any, found: Results, attempts: int) -> None:
        found[-1]["accuracy"] = np.nan  # no JSON value: the last row of the group is refused
        save_done(connection, runs, found, attempts)

    monkeypatch.setattr(engine, "save_done", torn)
    with pytest.raises(ValueError, match="not JSON compliant"):
        run(tiny, tmp_path, progress="none")
    assert len(load_results(tmp_path)) == 0


def test_units_that_read_and_are_read(data: dict[str, Any], tmp_path: Path) -> None:
    whole = Plan.from_mapping(data)
    data["network"].update(input=2, readout=[0, 1, 2])
    part = Plan.from_mapping(data)
    run(whole, tmp_path, progress="none")
    run(part, tmp_path, progress="none")
    n_tokens, n_classes = 7, 2
    fewer = (6 - 2) * n_tokens + (6 - 3) * n_classes
    parameters = [load_results(tmp_path, plan)["n_parameters"] for plan in (whole, part)]
    assert (parameters[0] - parameters[1]).tolist() == [fewer] * 8


@pytest.mark.parametrize("name", list(TASKS))
def test_every_task_can_be_planned(data: dict[str, Any], name: str) -> None:
    plan = Plan.from_mapping({**data, "task": {"name": name}})
    given = inspect.signature(TASKS[name]).parameters
    assert [*plan.task.parameters, "rng"] == list(given)
    again = Plan.from_mapping({**data, "task": {"name": name, **plan.task.parameters}})
    assert task_source(again) == task_source(plan)


def test_strings_from_files_can_be_learned(data: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("string,valid\nab,1\nba,0\naab,1\nbaa,0\n")
    data["task"] = {"name": "labelled_strings", "train": "x.csv", "test": "x.csv"}
    run(Plan.from_mapping(data, folder=tmp_path), tmp_path / "store", progress="none")
    table = load_results(tmp_path / "store")
    assert table["accuracy"].between(0, 1).all()
    assert table.attrs["task"]["tokens"] == ["a", "b"]


def test_the_same_task_for_every_plan_of_a_seed(data: dict[str, Any]) -> None:
    def train_inputs(**changes: object) -> bytes:
        source = task_source(Plan.from_mapping({**data, **changes}))
        return build_task(source).train.inputs.tobytes()

    assert train_inputs() == train_inputs(training={"epochs": 9}, name="other")
    assert train_inputs() != train_inputs(seed=6)


def test_a_task_that_refuses_stops_the_plan_at_once(data: dict[str, Any], tmp_path: Path) -> None:
    data["task"]["n_train"] = 0
    with pytest.raises(InputError, match=r"^`task` \(embedded_reber\): `n_train` must"):
        run(Plan.from_mapping(data), tmp_path / "store", progress="none")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("plan", ["plan.toml", Path("plan.toml"), {"name": "tiny"}, None])
def test_what_is_no_plan(plan: Any, tmp_path: Path) -> None:
    message = (
        "`plan` must be a Plan, such as `Plan.from_toml` reads from a file; "
        f"got a {type(plan).__name__}."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        run(plan, tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"engine": "ray"}, r"`engine` must be one of local, serial; got 'ray'\."),
        ({"progress": "line"}, r"`progress` must be one of auto, bar, lines, none; got 'line'\. D"),
    ],
)
def test_arguments(tiny: Plan, tmp_path: Path, argument: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(tiny, tmp_path, **argument)
