"""`rnngraph prune`, as a user meets it."""

from pathlib import Path

import pytest

from rnngraph.cli import FAILURE, INTERRUPTED, OK, USAGE
from rnngraph.errors import RnngraphError
from rnngraph.experiments import PruningPlan, pruning_runs, pruning_study
from tests.conftest import Cli

PLAN = """
name = "tiny"
[task]
name = "reber"
n_train = 24
n_test = 20
[network]
cells = ["tanh"]
layers = 1
units = 5
embedding_size = 3
[training]
replicates = 2
epochs = 2
[pruning]
amounts = [0.5]
what = ["hh"]
retrain_epochs = 2
null_graphs = 3
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def test_interrupted_and_called_again(
    cli: Cli, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    whole = pruning_runs.prune_and_retrain

    def interrupt(*arguments: object, **options: object) -> object:
        if arguments[3] == 1:
            raise KeyboardInterrupt
        return whole(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pruning_runs, "prune_and_retrain", interrupt)
    stopped = cli("prune", plan, "--out", out)
    assert stopped.code == INTERRUPTED
    assert stopped.err.endswith(
        "interrupted: what had finished is kept; the same command goes on\n"
    )
    assert (out / "parts" / "tanh_0.json").exists()
    assert not (out / "pruning.html").exists()
    monkeypatch.undo()

    done = cli("prune", plan, "--out", out)
    assert done.code == OK
    assert done.err.startswith("prune: 0/8\n")  # the two bases again, from the checkpoint; a part
    assert "writing the report" in done.err
    assert done.out.startswith("tiny: 2 networks, 4 pruned copies\n\nNothing can be concl")
    assert "warning: 2 of 2 networks (RNN-tanh) learnt next to nothing" in done.out
    assert "warning: Only 2 replicates" in done.out
    assert done.out.endswith(f"report: {out / 'pruning.html'}\n")
    assert (out / "pruning_tables" / "pruned.csv").exists()

    page = (out / "pruning.html").read_bytes()
    again = cli("prune", plan, "--out", out, "--quiet")
    assert again == (OK, done.out, "")
    assert (out / "pruning.html").read_bytes() == page
    plan.write_text(PLAN.replace("epochs = 2", "epochs = 3"))
    other = cli("prune", plan, "--out", out)
    assert other.code == USAGE
    assert other.err.startswith("error: `folder` must be empty or hold this plan; ")
    assert other.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PLAN + "cores = 1", "error: plan.toml: `pruning.cores` is not a field of [pruning]."),
        (PLAN.replace("0.5", "5"), "error: plan.toml: `pruning.amounts[0]` must be less than or"),
        ("name =", "plan.toml is not TOML"),
        (PLAN.replace('"reber"', '"rebber"'), "`task.name` must be a known name; got 'rebber'."),
    ],
)
def test_a_bad_plan_is_one_error_and_leaves_nothing(
    cli: Cli, plan: Path, text: str, message: str
) -> None:
    plan.write_text(text)
    done = cli("prune", plan, "--out", plan.parent / "out")
    assert done.code == USAGE
    assert message in done.err
    assert not (plan.parent / "out").exists()


def test_a_missing_plan(cli: Cli, tmp_path: Path) -> None:
    done = cli("prune", tmp_path / "none.toml")
    assert done.code == USAGE
    assert "none.toml cannot be read" in done.err


def test_a_failure_that_is_not_the_users(
    cli: Cli, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RnngraphError("It broke.")

    monkeypatch.setattr(pruning_study, "_run_cell", fail)
    done = cli("prune", plan, "--out", plan.parent / "out", "-q")
    assert (done.code, done.err) == (FAILURE, "error: It broke.\n")


def test_without_a_plan_the_default_is_run(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[object] = []

    def note(plan: object, *_: object) -> None:
        ran.append(plan)
        raise KeyboardInterrupt

    monkeypatch.setattr(pruning_study, "_run_cell", note)
    assert cli("prune", "--out", tmp_path / "out", "-q").code == INTERRUPTED
    assert ran == [PruningPlan.default()]


def test_the_default_plan_is_printed_as_it_is(cli: Cli) -> None:
    assert cli("plan", "--pruning").out == PruningPlan.default_text()
