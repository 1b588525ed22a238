"""The README's example runs, and its commands are those of the program."""

import re
from pathlib import Path

import pytest
import torch

from rnngraph.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_fifteen_lines_run(capsys: pytest.CaptureFixture[str]) -> None:
    torch.set_num_threads(1)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    lines = [line for line in example.splitlines() if line]
    assert len(lines) <= 15
    names: dict[str, object] = {}
    exec(example, names)
    assert "spectral_radius" in capsys.readouterr().out
    curve = names["curve"]
    assert curve["train_loss"].iloc[-1] < curve["train_loss"].iloc[0]


def test_every_command_is_in_the_table() -> None:
    named = {command.name or command.callback.__name__ for command in app.registered_commands}
    named |= {group.name for group in app.registered_groups}
    table = [line for line in README.splitlines() if line.startswith("| `")]
    commands = [cell for line in table for cell in re.findall(r"`([^`]+)`", line.split("|")[1])]
    told = {command.removeprefix("rnngraph ").split()[0] for command in commands}
    assert named <= told
