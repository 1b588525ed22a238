"""The program as tests run it."""

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from rnngraph.cli import FAILURE, INTERRUPTED, OK, USAGE, main


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run the program in this process; every ending must be one of the four exit codes."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["rnngraph", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        done = Done(ended.value.code, *capsys.readouterr())
        assert done.code in (OK, FAILURE, USAGE, INTERRUPTED)
        assert "Traceback" not in done.err
        return done

    return run
