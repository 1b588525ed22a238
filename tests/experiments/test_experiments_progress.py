"""Progress on standard error."""

import re
import sys

import pytest

from rnngraph.experiments.progress import reporter

LINE = r"train: {}, {} failed, 0:00:\d\d elapsed, about 0:\d\d:\d\d left"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("rnngraph.experiments.progress.time.monotonic", lambda: now[0])
    return now


def test_lines_come_now_and_then_and_at_the_end(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    with reporter("lines", "train", 10) as advance:
        advance(1, 0)
        clock[0] += 6
        advance(2, 1)
        clock[0] += 1
        advance(1, 0)
        clock[0] += 1
        advance(5, 0)
    assert capsys.readouterr().err.splitlines() == [
        "train: 0/10",
        "train: 4/10, 1 failed, 0:00:06 elapsed, about 0:00:09 left",
        "train: 10/10, 1 failed, 0:00:08 elapsed, about 0:00:00 left",
    ]


def test_auto_writes_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with reporter("auto", "train", 2) as advance:
        assert capsys.readouterr().err == "train: 0/2\n", "before any work has ended"
        advance(2, 0)
    captured = capsys.readouterr()
    assert re.fullmatch(LINE.format("2/2", 0) + "\n", captured.err)
    assert captured.out == ""


def test_auto_draws_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with reporter("auto", "train", 2) as advance:
        assert "0/2" in capsys.readouterr().err
        advance(1, 1)
    shown = capsys.readouterr().err
    assert "train, 1 failed" in shown
    assert "2/2" in shown


def test_nothing_where_nothing_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with reporter("none", "train", 1) as advance:
        advance(1, 0)
    with reporter("lines", "train", 0):
        pass
    assert capsys.readouterr().err == ""
