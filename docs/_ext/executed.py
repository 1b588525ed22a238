"""Directive that runs what it shows: Python, or commands of `rnngraph` and what they print."""

import contextlib
import io
import shlex
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rnngraph import cli

PROMPT = "$ rnngraph "


def blocks(source: str) -> Iterator[list[str]]:
    """The content of every `.. executed::` of a page, in order."""
    inside = False
    for line in source.splitlines():
        if line == ".. executed::":
            inside = True
            yield (lines := [])
        elif inside and line and not line.startswith("   "):
            inside = False
        elif inside:
            lines.append(line[3:])


def executed(lines: list[str], folder: Path) -> list[str]:
    """Run Python, or commands, in a folder: the lines, each command with what it prints below.

    Args:
        lines: Of Python; or each a command after `$ `.
        folder: Where files are; later calls find them there.
    """
    lines = [line for line in lines if line]
    commands = all(line.startswith(PROMPT) for line in lines)
    shown: list[str] = []
    with contextlib.chdir(folder):
        if not commands:
            exec("\n".join(lines), {})
            return lines
        for line in lines:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                cli.app(shlex.split(line.removeprefix(PROMPT)), standalone_mode=False)
            shown += [line, *printed.getvalue().splitlines(), ""]
    return shown[:-1]


class Executed(SphinxDirective):
    """`.. executed::`; those of one page share a folder."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        folder = self.env.temp_data.setdefault("executed_folder", TemporaryDirectory())
        shown = executed(list(self.content), Path(folder.name))
        block = nodes.literal_block("\n".join(shown), "\n".join(shown))
        block["language"] = "console" if shown[0].startswith(PROMPT) else "python"
        return [block]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("executed", Executed)
    return {"parallel_read_safe": True}
