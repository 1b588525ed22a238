"""Directives that show a family from its own table, such as `rnngraph.metrics.METRICS`."""

import inspect
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import groupby

from docutils import nodes
from plain import escaped
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

Family = Mapping[str, Callable[..., object]]
_OPTIONS = (
    "   :header-rows: 1",
    "   :widths: 24 42 34",
    "   :width: 100%",
    "   :class: family",
    "",
    "   * - Name",
    "     - What it is",
    "     - Source",
)
_SOURCE = re.compile(r"^Source:\s+(.*?)(?:\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)


def table(path: str) -> Family:
    """Import a table by its full name."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def first_sentence(function: Callable[..., object]) -> str:
    """First paragraph of a docstring, on one line."""
    return _one_line(inspect.getdoc(function).partition("\n\n")[0])


def source(function: Callable[..., object]) -> str:
    """What the `Source:` paragraph of a docstring says, on one line."""
    return _one_line(_SOURCE.search(inspect.getdoc(function))[1])


def documented_name(path: str, name: str, function: Callable[..., object]) -> str:
    """Full name under which the API pages document a member."""
    module = path.rpartition(".")[0]
    public = getattr(import_module(module), name, None) is function
    return f"{module}.{name}" if public else f"{function.__module__}.{function.__name__}"


def file_title(function: Callable[..., object]) -> str:
    """First line of the docstring of the file a function stands in."""
    return inspect.getdoc(import_module(function.__module__)).partition("\n")[0]


def grouped(family: Family) -> list[tuple[str, list[tuple[str, Callable[..., object]]]]]:
    """Members under the titles of their files, in the order of the table."""
    by_file = groupby(family.items(), key=lambda item: file_title(item[1]))
    return [(title, list(members)) for title, members in by_file]


def table_lines(path: str) -> list[str]:
    """A list-table under the title of each file: name, what it is, where it comes from."""
    lines = []
    for title, members in grouped(table(path)):
        lines += [f".. rubric:: {title.rstrip('.')}", "", ".. list-table::", *_OPTIONS]
        for name, function in members:
            lines += [
                f"   * - :py:func:`{name} <{documented_name(path, name, function)}>`",
                f"     - {escaped(first_sentence(function))}",
                f"     - {escaped(source(function))}",
            ]
        lines += [""]
    return lines


def function_lines(path: str) -> list[str]:
    """An autodoc entry a member, under the titles of their files."""
    lines = []
    for title, members in grouped(table(path)):
        lines += [f".. rubric:: {title.rstrip('.')}", ""]
        for name, function in members:
            lines += [f".. autofunction:: {documented_name(path, name, function)}", ""]
    return lines


class FamilyTable(SphinxDirective):
    """`.. family-table:: rnngraph.metrics.METRICS`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(self.lines(self.arguments[0])))

    def lines(self, path: str) -> list[str]:
        _note_files(self, table(path))
        return table_lines(path)


class FamilyFunctions(FamilyTable):
    """`.. family-functions:: rnngraph.metrics.METRICS`."""

    def lines(self, path: str) -> list[str]:
        _note_files(self, table(path))
        return function_lines(path)


def _note_files(directive: SphinxDirective, family: Family) -> None:
    """Have the page built again when a file with a member changes."""
    for function in family.values():
        directive.env.note_dependency(inspect.getfile(function))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("family-table", FamilyTable)
    app.add_directive("family-functions", FamilyFunctions)
    return {"parallel_read_safe": True}
