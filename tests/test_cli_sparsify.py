"""`rnngraph sparsify`, as a user meets it."""

from pathlib import Path

import pytest

from rnngraph.cli import FAILURE, INTERRUPTED, OK, USAGE
from rnngraph.experiments import SparsityPlan, sparsity_runs
from tests.conftest import Cli

PLAN = """
name = "tiny"
replicates = 1
[[tasks]]
name = "letters"
units = 4
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
label = "W"
name = "variational"
levels = ["weights"]
[compute]
cores = 1
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "letters.txt").write_text("abacab" * 60)
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def break_w(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the fits of the method W end with an error."""
    whole = sparsity_runs.fit_one

    def broken(*arguments: object) -> object:
        if arguments[2].label == "W":
            raise error
        return whole(*arguments)

    monkeypatch.setattr(sparsity_runs, "fit_one", broken)


def test_from_a_plan_to_a_report(
    cli: Cli, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    break_w(monkeypatch, KeyboardInterrupt())
    stopped = cli("sparsify", plan, "--out", out)
    assert stopped.code == INTERRUPTED
    assert "interrupted: what had finished is kept; the same command goes on" in stopped.err
    assert not (out / "sparsity.html").exists()
    assert len(list((out / "networks").iterdir())) == 1
    monkeypatch.undo()
    done = cli("sparsify", plan, "--out", out, "--quiet")
    assert done.code == OK
    assert done.out.startswith("tiny: 2 networks, 0 failed\n")
    assert done.err == ""
    assert "All methods side by side" in (out / "sparsity.html").read_text()


def test_a_network_that_fails_is_a_row_a_warning_and_an_exit_code(
    cli: Cli, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    break_w(monkeypatch, MemoryError("too large"))
    failed = cli("sparsify", plan, "--out", out)
    assert failed.code == FAILURE
    assert failed.out.startswith("tiny: 2 networks, 1 failed\n")
    said = "1 of 2 networks failed and are left out. The first error: MemoryError: too large"
    assert f"warning: {said}\n" in failed.out
    assert "2/2, 1 failed" in failed.err
    assert "Networks that failed, and are left out: W (1)." in (out / "sparsity.html").read_text()
    monkeypatch.undo()
    done = cli("sparsify", plan, "--out", out, "--quiet")
    assert (done.code, done.out.partition("\n")[0]) == (OK, "tiny: 2 networks, 0 failed")


def test_what_is_wrong_is_one_line(cli: Cli, plan: Path, tmp_path: Path) -> None:
    plan.write_text(PLAN.replace("letters.txt", "novel.txt"))
    done = cli("sparsify", plan, "--out", tmp_path / "out")
    assert done.code == USAGE
    assert done.err.startswith("error: plan.toml: `tasks[0].data.train` must be a file; got")
    assert not (tmp_path / "out").exists()
    done = cli("plan", "--pruning", "--sparsity")
    assert done.code == USAGE
    assert "`--pruning` and `--sparsity` must not stand together" in done.err


def test_the_plan_to_start_from(cli: Cli) -> None:
    assert cli("plan", "--sparsity").out == SparsityPlan.default_text()
