import json
import os
import signal
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
import torch

from rnngraph.errors import FileError, InputError, RnngraphError
from rnngraph.experiments import SparsityPlan, sparsity_runs, sparsity_study
from rnngraph.experiments.sparsity_methods import METHODS, Level
from rnngraph.sparsify import LEVELS, Plain

PLAN = """
name = "tiny"
replicates = 2

[[tasks]]
name = "films"
cell = "gru"
units = 5
embedding = 3
epochs = 2
learning_rate = 0.02
[tasks.data]
name = "text_classification"
train = "films.csv"
test = 8
max_length = 6

[[tasks]]
name = "letters"
units = 6
embedding = 0
epochs = 1
steps = 10
batch_size = 4
[tasks.data]
name = "language_model"
train = "letters.txt"

[[methods]]
label = "dense"
name = "dense"

[[methods]]
label = "W+N"
name = "variational"
levels = ["weights", "units"]

[[methods]]
label = "lasso"
replicates = 1
name = "lasso"
gates = 5.0

[[methods]]
label = "gates"
name = "hard_concrete"

[[methods]]
label = "spectral"
name = "spectral"
keep = 0.5

[[methods]]
label = "rank"
name = "low_rank"
rank = 2
shared = true
tasks = ["films"]

[[methods]]
label = "cut"
name = "singular_values"
rank = 2
tasks = ["films"]

[compute]
cores = 1
"""
_TIMES = ["seconds", "step_us", "times_as_fast"]


def plan(folder: Path, **changes: Any) -> SparsityPlan:
    rows = [f"good film {k % 3},pos\nbad film {k % 3},neg" for k in range(20)]
    (folder / "films.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    (folder / "letters.txt").write_text("abacab" * 60)
    path = folder / "plan.toml"
    path.write_text(PLAN)
    read = SparsityPlan.from_toml(path)
    return read.model_copy(update=changes)


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    times = [name for name in _TIMES if name in one]
    pd.testing.assert_frame_equal(one.drop(columns=times), other.drop(columns=times))


def test_every_network_of_a_plan_is_there(tmp_path: Path) -> None:
    chosen = plan(tmp_path)
    results = sparsity_study(chosen, tmp_path / "out", progress="none")
    table = results.networks
    assert len(table) == len(chosen.runs()) == 2 * (7 + 5) - 2
    assert table["task"].unique().tolist() == ["films", "letters"]
    assert set(table["method"]) == {method.label for method in chosen.methods}
    assert (table["folding_error"] < 1e-5).all()
    dense = table[table["method"] == "dense"]
    assert (dense["weights"] == dense["all_weights"]).all()
    assert (table["accuracy"].between(0, 1)).all()
    assert (table["times_as_fast"] > 0).all()
    assert len(results.history) == table["epochs"].sum()
    kept = table.groupby(["task", "method", "replicate"])["units"].sum()
    gates = results.gates.groupby(["task", "method", "replicate"]).size()
    cells = gates.index.get_level_values("task").map({"films": 3, "letters": 4})
    assert (gates / cells == kept[gates.index]).all()
    films = table[table["task"] == "films"].set_index(["method", "replicate"])
    rank = 2 * (15 + 2 + 5) + 15 * 3 + films["all_inputs"].iloc[0] * 3
    low_rank = films.loc["rank"]
    assert (low_rank["weights"] == rank).all()
    # Two factors for each matrix of more than two rows and columns, but not for the embedding.
    cut = 2 * (15 + 3) + 2 * (15 + 5) + 2 * 5 + films["all_inputs"].iloc[0] * 3
    assert (films.loc["cut", "weights"] == cut).all()
    assert (films.loc["cut", "kept_epoch"] == films.loc["dense", "kept_epoch"]).all()
    assert (low_rank["bytes"] == 4 * (rank + 3 * 5 + 2)).all()  # and biases
    assert (low_rank["bytes"] < films.loc["dense", "bytes"]).all()
    assert (low_rank["compression_with_indices"] == low_rank["compression"]).all()
    assert (films.loc["spectral", "units"] <= round(0.5 * 5)).all()
    assert (films["baseline"] == films["baseline"].iloc[0]).all()
    assert METHODS.keys() == {method.name for method in chosen.methods}


def test_what_was_done_is_found_and_nothing_hangs_on_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = plan(tmp_path)
    short = chosen.model_copy(update={"methods": chosen.methods[:2], "replicates": 1})
    before = sparsity_study(short, tmp_path / "out", progress="none")
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    monkeypatch.setattr(sparsity_runs, "fit_one", None)  # would fail if called
    again = sparsity_study(short, tmp_path / "out", progress="none")
    pd.testing.assert_frame_equal(before.networks, again.networks)
    monkeypatch.undo()
    two = short.compute.model_copy(update={"cores": 2})
    renamed = {"compute": two, "name": "other", "replicates": 2}
    other = sparsity_study(
        short.model_copy(update=renamed), tmp_path / "elsewhere", progress="none"
    )
    same(other.networks.query("replicate == 0").reset_index(drop=True), before.networks)
    assert files.keys() < {path.name for path in (tmp_path / "elsewhere").iterdir()}


def test_interrupted_and_called_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = plan(tmp_path)
    short = chosen.model_copy(update={"methods": chosen.methods[:2], "tasks": chosen.tasks[1:]})
    whole, done = sparsity_runs.fit_one, []

    def interrupt(*arguments: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(arguments[-1])
        return whole(*arguments)

    monkeypatch.setattr(sparsity_runs, "fit_one", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sparsity_study(short, tmp_path / "out", progress="none")
    assert len(list((tmp_path / "out").iterdir())) == 2
    monkeypatch.setattr(sparsity_runs, "fit_one", whole)
    results = sparsity_study(short, tmp_path / "out", progress="none")
    fresh = sparsity_study(short, tmp_path / "fresh", progress="none")
    same(results.networks, fresh.networks)
    same(results.history, fresh.history)


def die_or_fit(*arguments: Any) -> Any:
    """`fit_one` of a worker, where a method kills its process as the system may."""
    if arguments[2].name == "variational":
        os.kill(os.getpid(), signal.SIGKILL)
    return sparsity_runs.fit_one(*arguments)


def test_a_network_whose_process_is_killed_fails_alone_and_is_fitted_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = plan(tmp_path)
    two = chosen.compute.model_copy(update={"cores": 2})
    changes = {"methods": chosen.methods[:2], "tasks": chosen.tasks[1:], "compute": two}
    short = chosen.model_copy(update=changes)
    with monkeypatch.context() as patch:
        patch.setattr(sparsity_runs, "fit_one", die_or_fit)
        table = sparsity_study(short, tmp_path / "out", progress="none").networks
    assert table["method"].tolist() == ["dense", "dense", "W+N", "W+N"]
    assert table["status"].tolist() == ["done", "done", "failed", "failed"]
    died = "The worker process died: killed by signal 9, as the system does where memory runs out."
    assert table["error"].tolist() == ["", "", died, died]
    assert table["bits"].isna().tolist() == [False, False, True, True]
    assert len(list((tmp_path / "out").iterdir())) == 2
    alone = chosen.compute.model_copy(update={"cores": 1})
    again = short.model_copy(update={"compute": alone})
    whole = sparsity_study(again, tmp_path / "out", progress="none").networks
    assert set(whole["status"]) == {"done"}
    assert (whole["seconds"][:2] == table["seconds"][:2]).all()  # those were not fitted again


@torch.no_grad()
def lose(model: Plain, rate: float) -> None:
    """Update after which an LSTM is lost, as where the learning rate is too high."""
    if model.shape.cell == "lstm":
        model.weights["readout"].fill_(torch.nan)


def test_a_network_that_diverges_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = plan(tmp_path)
    methods = (chosen.methods[0], chosen.methods[4])
    short = chosen.model_copy(update={"methods": methods, "replicates": 1})
    monkeypatch.setattr(Plain, "after_update", lose)
    table = sparsity_study(short, tmp_path / "out", progress="none").networks
    assert table["method"].tolist() == ["dense", "spectral"] * 2
    assert table["status"].tolist() == ["done", "done", "failed", "failed"]
    for error in table["error"][2:]:
        assert error.splitlines()[-1] == "ArithmeticError: the fit diverged in epoch 1"


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            MemoryError("too large"),
            RnngraphError,
            r"^All 2 networks failed, the first with: MemoryError: too large$",
        ),
        (
            InputError("`rank` is wrong."),
            InputError,
            r"^'dense' on 'letters': `rank` is wrong\.$",
        ),
    ],
)
def test_a_study_without_a_network_is_one_error(
    error: Exception,
    kind: type[Exception],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    chosen = plan(tmp_path)
    short = chosen.model_copy(update={"methods": chosen.methods[:1], "tasks": chosen.tasks[1:]})
    monkeypatch.setattr(sparsity_runs, "fit_one", fail)
    with pytest.raises(kind, match=message):
        sparsity_study(short, tmp_path / "out", progress="none")


def test_methods_begin_alike(tmp_path: Path) -> None:
    """Replicate k of two methods has the same first weights and orders: equal until they differ."""
    chosen = plan(tmp_path)
    again = chosen.methods[0].model_copy(update={"label": "again"})
    twice = chosen.model_copy(update={"methods": (chosen.methods[0], again)})
    table = sparsity_study(twice, tmp_path / "out", progress="none").networks
    one, other = (own.reset_index(drop=True) for _, own in table.groupby("method"))
    same(one.drop(columns="method"), other.drop(columns="method"))
    losses = one.groupby("task")["bits"].nunique()
    assert (losses == 2).all()  # replicates differ


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    chosen = plan(tmp_path)
    short = chosen.model_copy(update={"methods": chosen.methods[:1], "tasks": chosen.tasks[1:]})
    sparsity_study(short, tmp_path / "out", progress="none")
    path = sorted((tmp_path / "out").iterdir())[0]
    path.write_text(json.dumps({"networks": []}))
    with pytest.raises(FileError, match=f"{path.name} is damaged; delete it to have it made again"):
        sparsity_study(short, tmp_path / "out", progress="none")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"file` cannot be used: "):
        sparsity_study(short, tmp_path / "file", progress="none")


def test_bad_plans_are_told_line_by_line(tmp_path: Path) -> None:
    plan(tmp_path)
    for change, message in [
        ('levels = ["weights", "units"]', None),
        ('levels = ["weight"]', r"`methods\[1\].levels\[0\]` must be .*'weight'"),
        ("strength = { weights = 0.5 }", None),
        ("strength = -1", r"`methods\[1\].strength` must be greater than 0"),
        ("strength = { unit = 1 }", r"`methods\[1\].strength` must be 'weights', .*; got 'unit'"),
        ("level = 3", r"`methods\[1\].level` is not a parameter of 'variational'. Did you mean"),
    ]:
        text = PLAN.replace('levels = ["weights", "units"]', change)
        (tmp_path / "changed.toml").write_text(text)
        if message is None:
            SparsityPlan.from_toml(tmp_path / "changed.toml")
            continue
        with pytest.raises(InputError, match=message):
            SparsityPlan.from_toml(tmp_path / "changed.toml")
    first = 'name = "dense"\n'
    for old, new, message in [
        (first, 'name = "dens"\n', r"`methods\[0\].name` must be a known name; .*'dense'"),
        ('"W+N"', '"dense"', r"`methods\[1\].label` must be distinct on each task; got"),
        ('label = "rank"', 'label = "lasso"', "got 'lasso' twice on 'films'"),
        ('"letters"', '"films"', r"`tasks\[1\].name` must be distinct; got 'films' twice"),
        ('["films"]', '["film"]', r"`methods\[5\].tasks` must name tasks of the plan"),
        (first, f'{first}tasks = ["films"]\n', r"`methods\[0\].tasks` must be left out"),
        (
            'label = "W+N"',
            'label = "W+N"\nreplicates = 3',
            r"`methods\[1\].replicates` must be at most 2, .*got 3",
        ),
        (
            "gates = 5.0\n",
            "gates = 0.0\n",
            r"`methods\[2\]` must have one of weights, inputs, gates, units above 0; got none\.$",
        ),
        (first, f"{first}replicates = 1\n", r"`methods\[0\].replicates` must be left out"),
        ('"films.csv"', '"no.csv"', r"`tasks\[0\].data.train` must be a file; got"),
        ("units = 5", "units = 0", r"`tasks\[0\].units` must be greater than or equal to 1"),
        ("replicates = 2", "replicas = 2", r"`replicas` is not a field of a plan. Did you mean"),
    ]:
        assert old in PLAN
        (tmp_path / "changed.toml").write_text(PLAN.replace(old, new, 1))
        with pytest.raises(InputError, match=message):
            SparsityPlan.from_toml(tmp_path / "changed.toml")
    for name in ("films.csv", "letters.txt"):
        (tmp_path / name).unlink()
    with pytest.raises(InputError) as told:
        SparsityPlan.from_toml(tmp_path / "plan.toml")
    assert str(told.value).count("\n") == 1  # a line a task, and none on tasks being short of tasks
    with pytest.raises(InputError, match="^`plan` must be a SparsityPlan, .*; got a dict"):
        sparsity_study({}, tmp_path / "out")  # type: ignore[arg-type]


def test_the_plan_to_start_from_names_texts_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(SparsityPlan.default_text())
    with pytest.raises(InputError, match=r"`tasks\[0\].data.train` must be a file; got"):
        SparsityPlan.from_toml(path)
    for name in ("sentence_polarity.zip", "ag_news_test.csv", "tiny_shakespeare.txt"):
        (tmp_path / name).touch()
    found = SparsityPlan.from_toml(path)
    assert {method.name for method in found.methods} == set(METHODS)
    assert np.isfinite([task.learning_rate for task in found.tasks]).all()


def test_levels_are_those_of_the_methods() -> None:
    assert get_args(Level) == LEVELS
