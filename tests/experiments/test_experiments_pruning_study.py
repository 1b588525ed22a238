"""Whole pruning studies of seconds: what they hold, and that nothing but the plan changes it."""

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.experiments import PruningPlan, PruningResults, prune_study, pruning_study

TINY: dict[str, Any] = {
    "name": "tiny",
    "seed": 4,
    "task": {"name": "reber", "n_train": 24, "n_test": 20},
    "network": {"cells": ["tanh", "gru"], "layers": 2, "units": 5, "embedding_size": 3},
    "training": {"replicates": 2, "epochs": 2, "batch_size": 8, "learning_rate": 0.01},
    "pruning": {"amounts": [0.5, 0.9], "retrain_epochs": 2, "null_graphs": 4},
}
TABLES = ("base", "pruned", "curves")


def run(folder: Path, data: dict[str, Any] = TINY) -> PruningResults:
    return prune_study(PruningPlan.from_mapping(data), folder, progress="none")


def assert_same(one: PruningResults, two: PruningResults) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def results(folder: Path) -> PruningResults:
    return run(folder)


def test_a_row_a_network_a_setting_and_an_epoch(results: PruningResults) -> None:
    key = ["cell", "replicate", "what", "score", "amount"]
    assert results.base[["cell", "replicate"]].to_numpy().tolist() == [
        ["tanh", 0],
        ["tanh", 1],
        ["gru", 0],
        ["gru", 1],
    ]
    assert len(results.pruned) == 4 * 3 * 2 * 2
    assert list(results.pruned.columns[:5]) == key
    assert not results.pruned.duplicated(key).any()
    assert results.curves.groupby(key)["epoch"].agg(list).tolist() == [[0, 1, 2]] * 48
    pruned = results.pruned.set_index(key)
    for epoch, column in ((0, "accuracy_pruned"), (2, "accuracy_retrained")):
        at = results.curves.loc[results.curves["epoch"] == epoch].set_index(key)["accuracy"]
        assert at.rename(column).equals(pruned[column])
    before = results.base.set_index(["cell", "replicate"])["accuracy"]
    assert all(
        before[row.cell, row.replicate] == row.accuracy_before
        for row in pruned.reset_index().itertuples()
    )


def test_exactly_the_asked_share_is_gone(results: PruningResults) -> None:
    gates, n, width, layers = 3, 5, 3, 2
    hh, ih = gates * n * n * layers, gates * n * (width + n)
    own = results.pruned.query("cell == 'gru' and score == 'magnitude' and replicate == 0")
    for row in own.itertuples():
        prunable = {"hh": hh, "ih": ih, "both": hh + ih}[row.what]
        gone = round(row.amount * prunable)
        assert row.sparsity == pytest.approx(gone / prunable)
        assert row.n_live == hh + ih - gone
        assert row.dense_bytes == 4 * (hh + ih)
        rows = 4 * gates * n
        assert row.sparse_bytes == 8 * row.n_live + 4 * (rows + 2 * layers)


def test_twice_is_the_same_to_the_bit(results: PruningResults, tmp_path: Path) -> None:
    assert_same(run(tmp_path, {**TINY, "compute": {"cores": 1}}), results)


def test_a_finished_study_is_only_read(
    results: PruningResults, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(pruning_study, "_run_cell", refuse)
    again = {**TINY, "name": "renamed", "compute": {"cores": 2}}
    assert_same(run(folder, again), results)
    assert not list(folder.glob("*.safetensors"))


def test_no_result_depends_on_what_else_is_in_the_plan(
    results: PruningResults, tmp_path: Path
) -> None:
    fewer = {
        **TINY,
        "network": {**TINY["network"], "cells": ["gru"]},
        "training": {**TINY["training"], "replicates": 1},
        "pruning": {**TINY["pruning"], "scores": ["random"], "what": ["hh"], "amounts": [0.9]},
    }
    alone = run(tmp_path, fewer)
    for name in ("pruned", "curves"):
        chosen = "cell == 'gru' and replicate == 0 and score == 'random' and what == 'hh'"
        expected = getattr(results, name).query(f"{chosen} and amount == 0.9")
        expected = expected.reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(alone, name), expected, check_exact=True)


@pytest.mark.parametrize("after", [1, 3, 8, 20, 60, 100])
def test_an_interrupted_study_goes_on_to_the_bit(
    results: PruningResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Interrupted in the training before pruning, in retraining, and between parts."""
    done = 0

    def advance(n: int, _: int) -> None:
        nonlocal done
        done += n
        if done >= after:
            raise KeyboardInterrupt

    monkeypatch.setattr(pruning_study, "reporter", lambda *_: nullcontext(advance))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    monkeypatch.undo()
    assert_same(run(tmp_path), results)


def test_the_progress_ends_at_its_total(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = PruningPlan.from_mapping(
        {**TINY, "training": {**TINY["training"], "epochs": 6, "patience": 1}}
    )
    prune_study(plan, tmp_path, progress="lines")
    last = capsys.readouterr().err.splitlines()[-1]
    total = 2 * (2 * 6) + 4 * 12 * 2
    assert last.startswith(f"prune: {total}/{total}, 0 failed")


def test_magnitude_keeps_the_large_and_hh_leaves_ih(results: PruningResults) -> None:
    assert results.pruned.query("what == 'hh'")["edge_share"].between(0, 1).all()
    own = results.pruned.query("cell == 'tanh' and what == 'hh' and amount == 0.9")
    assert np.allclose(own["edge_share"], 0.1)  # one gate: edges are weights


def test_all_weights_can_go(tmp_path: Path) -> None:
    pruning = {**TINY["pruning"], "amounts": [1.0], "what": ["both"]}
    found = run(tmp_path, {**TINY, "pruning": pruning}).pruned
    assert (found["n_live"] == 0).all()
    assert (found["edge_share"] == 0).all()
    assert found["accuracy_retrained"].between(0, 1).all()


def test_one_layer_and_inputs_that_are_no_tokens(tmp_path: Path) -> None:
    network = {**TINY["network"], "layers": 1, "cells": ["lstm"], "embedding_size": 0}
    found = run(tmp_path, {**TINY, "network": network}).pruned
    assert found.query("what == 'ih'")["in_degree_gini"].isna().all()
    assert found.query("what == 'hh'")["in_degree_gini"].notna().all()


def test_another_plan_in_the_folder(results: PruningResults, folder: Path) -> None:
    training = {**TINY["training"], "epochs": 3}
    with pytest.raises(
        InputError, match=r"`folder` must be empty or hold this plan; .* differs in `training`\."
    ):
        run(folder, {**TINY, "training": training})
    assert_same(run(folder), results)


def test_a_damaged_part(tmp_path: Path) -> None:
    small = {**TINY, "network": {**TINY["network"], "cells": ["tanh"]}}
    expected = run(tmp_path, small)
    part = tmp_path / "tanh_1.json"
    part.write_text(part.read_text()[:-9])
    with pytest.raises(FileError, match=r"tanh_1\.json is damaged; delete it to have it made"):
        run(tmp_path, small)
    part.unlink()
    assert_same(run(tmp_path, small), expected)


def test_a_damaged_plan_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "pruning_plan.json").write_text("{")
    with pytest.raises(InputError, match="`folder` must be empty or hold this plan"):
        run(tmp_path)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"file` cannot be used: File exists"):
        run(tmp_path / "file")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"task": {"name": "adding_problem"}},
            "`task` must have classes, so that there is an accuracy; got 'adding_problem'",
        ),
        (
            {"task": {"name": "sequential_digits"}},
            "`network.embedding_size` must be 0 for a task whose inputs are not tokens, such as "
            "'sequential_digits'; got 3.",
        ),
        ({"task": {"name": "reber", "n_train": 1}}, "`task` (reber): `n_train` must be"),
    ],
)
def test_tasks_that_cannot_be(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        run(tmp_path / "out", {**TINY, **change})
    assert not (tmp_path / "out").exists()


def test_arguments_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`plan` must be a PruningPlan.* got a dict"):
        prune_study(TINY, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="`progress` must be one of auto, bar, lines, none"):
        prune_study(PruningPlan.from_mapping(TINY), tmp_path, progress="all")  # type: ignore[arg-type]


def test_files_of_strings_count_by_their_content(tmp_path: Path) -> None:
    def write(name: str, last: str) -> Path:
        path = tmp_path / name
        path.write_text("string,valid\nab,1\nba,0\naab,1\n" + last)
        return path

    data = {
        **TINY,
        "task": {
            "name": "labelled_strings",
            "train": str(write("train.csv", "bba,0\n")),
            "test": str(write("test.csv", "bb,0\n")),
        },
        "network": {**TINY["network"], "cells": ["tanh"]},
    }
    expected = run(tmp_path / "out", data)
    moved = {**data["task"], "train": str(write("moved.csv", "bba,0\n"))}
    assert_same(run(tmp_path / "out", {**data, "task": moved}), expected)
    write("moved.csv", "bbb,0\n")
    with pytest.raises(InputError, match="differs in `task`"):
        run(tmp_path / "out", {**data, "task": moved})


def test_parts_are_plain_json(results: PruningResults, folder: Path) -> None:
    part = json.loads((folder / "gru_0.json").read_text())
    assert list(part) == list(TABLES)
    assert results.task["ngram"]
