"""Worker processes: the same results, and what is left after a kill or an interruption."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pebble import ProcessExpired

from rnngraph import nn
from rnngraph.experiments import Plan, dispatch, load_results, run, status
from rnngraph.experiments.jobs import Job, train_job
from rnngraph.experiments.pools import worker_processes
from rnngraph.nn import train_population

DOOMED = "watts_strogatz"
RUN = """
import json, sys, threading
from rnngraph.experiments import Plan, dispatch, engine, jobs

save = engine.save_done
saved = 0

def save_and_tell(*arguments):
    global saved
    save(*arguments)
    saved += 1
    print("saved", flush=True)
    if saved == int(sys.argv[3]):
        sys.stdin.readline()

def train_first_replicate(job):
    if job.runs[0].config["replicate"] > 0:
        threading.Event().wait()
    return jobs.train_job(job)

if __name__ == "__main__":
    engine.save_done = save_and_tell
    if "hang" in sys.argv:
        dispatch.train_job = train_first_replicate
    plan = Plan.from_mapping(json.loads(sys.argv[1]))
    outcome = engine.run(plan, sys.argv[2], progress="none")
    print(outcome.done, "torch" in sys.modules)
"""


@pytest.fixture
def wide(data: dict[str, Any]) -> dict[str, Any]:
    """24 runs for two workers, each a job of its own."""
    data["graphs"].update(count=6)
    data["compute"] = {"workers": 2, "members": 1}
    return data


@pytest.fixture
def expected(wide: dict[str, Any], tmp_path: Path) -> pd.DataFrame:
    run(Plan.from_mapping(wide), tmp_path / "expected", engine="serial", progress="none")
    return comparable(tmp_path / "expected")


def comparable(store: Path) -> pd.DataFrame:
    return load_results(store).drop(columns=["seconds"])


def start(script: str, data: dict[str, Any], folder: Path, *more: str) -> subprocess.Popen[str]:
    """Run the script; `more` is after how many jobs it stops to read, and "hang"."""
    path = folder / "script.py"
    path.write_text(script)
    return subprocess.Popen(
        [sys.executable, str(path), json.dumps(data), str(folder / "store"), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What starts the tests may ignore it, as nohup does.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for_jobs(process: subprocess.Popen[str], jobs: int) -> None:
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(jobs)] == ["saved\n"] * jobs


def die_or_train(job: Job) -> list[dict[str, Any]]:
    if any(DOOMED in run.graph.stream and run.config["replicate"] == 1 for run in job.runs):
        os._exit(3)
    return train_job(job)


def test_workers_give_the_results_of_one_process(
    wide: dict[str, Any], tmp_path: Path, expected: pd.DataFrame
) -> None:
    wide["compute"]["members"] = 5
    process = start(RUN, wide, tmp_path, "0")
    output, errors = process.communicate(timeout=120)
    assert errors == ""
    assert output.splitlines()[-1] == "24 False", "the process that keeps the store has no torch"
    pd.testing.assert_frame_equal(comparable(tmp_path / "store"), expected)


def test_a_kill_loses_nothing_and_repeats_nothing(
    wide: dict[str, Any], tmp_path: Path, expected: pd.DataFrame
) -> None:
    process = start(RUN, wide, tmp_path, "3")
    wait_for_jobs(process, 3)
    os.kill(process.pid, signal.SIGKILL)
    # The pipes close when the last process that holds them ends, the workers included.
    process.communicate(timeout=120)
    before = load_results(tmp_path / "store")
    assert len(before) == 3
    outcome = run(Plan.from_mapping(wide), tmp_path / "store", engine="serial", progress="none")
    assert (outcome.found, outcome.done) == (3, 21)
    after = load_results(tmp_path / "store")
    kept = after[after["run"].isin(before["run"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)  # their seconds too: they were not run again
    pd.testing.assert_frame_equal(comparable(tmp_path / "store"), expected)


def test_ctrl_c_keeps_what_is_done_and_leaves_no_process(
    wide: dict[str, Any], tmp_path: Path
) -> None:
    process = start(RUN, wide, tmp_path, "0", "hang")
    wait_for_jobs(process, 12)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGINT
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    found = status(tmp_path / "store")
    assert (found.planned, found.done, found.failed) == (24, 12, 0)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (3, "exit code 3"),
        (-signal.SIGSEGV, "killed by signal 11"),
        (-signal.SIGKILL, "killed by signal 9, as the system does where memory runs out"),
    ],
)
def test_how_a_process_died_is_said(code: int, how: str) -> None:
    error = ProcessExpired("Abnormal termination", code=code)
    assert dispatch.failure(error) == f"The worker process died: {how}."


def test_a_worker_has_one_thread() -> None:
    with worker_processes(1) as submit:
        assert submit(torch.get_num_threads).result() == 1


def test_in_this_process_the_trainer_settles_the_threads(
    tiny: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def listen(*arguments: Any, **settings: Any) -> nn.Population:
        found.append(torch.get_num_threads())
        return train_population(*arguments, **settings)

    monkeypatch.setattr(nn, "train_population", listen)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run(tiny, tmp_path, engine="serial", progress="none")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(found) == {2}


@pytest.mark.slow
def test_a_run_that_kills_its_worker_fails_alone(
    data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data["compute"] = {"workers": 2, "members": 4}
    monkeypatch.setattr(dispatch, "train_job", die_or_train)
    environment = dict(os.environ)
    outcome = run(Plan.from_mapping(data), tmp_path, progress="none")
    assert (outcome.done, outcome.failed) == (6, 2)
    assert dict(os.environ) == environment
    table = load_results(tmp_path)
    doomed = (table["family"] == DOOMED) & (table["replicate"] == 1)
    assert (table["status"] == np.where(doomed, "failed", "done")).all()
    died = "The worker process died: exit code 3."
    assert (table["error"] == np.where(doomed, died, "")).all()


@pytest.mark.slow
def test_a_script_without_a_guard_is_told(wide: dict[str, Any], tmp_path: Path) -> None:
    process = start(RUN.replace('if __name__ == "__main__":', "if True:"), wide, tmp_path, "0")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    last = errors.splitlines()[-1]
    assert last == (
        "rnngraph.errors.RnngraphError: The worker processes did not start. A script that calls "
        '`run` must do so under `if __name__ == "__main__":`; `engine="serial"` needs no other '
        "process."
    )
