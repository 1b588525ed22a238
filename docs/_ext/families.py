"""Directives that show a family from its own table, such as `rnngraph.metrics.METRICS`."""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from itertools import groupby
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from plain import escaped
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rnngraph.metrics import STATISTICS
from rnngraph.tasks import DATASETS

Function = Callable[..., object]
Family = Mapping[str, Function]
_HEADER = (
    ".. list-table::",
    "   :header-rows: 1",
    "   :widths: 26 41 33",
    "   :width: 100%",
    "   :class: family",
    "",
    "   * - Name",
    "     - What it is",
    "     - Source",
)
_SOURCE = re.compile(r"^Source:\s+(.*?)(?:\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)


class Row(NamedTuple):
    """A member; or a metric of nodes, and the suffixes of the members that sum it up."""

    name: str
    function: Function
    suffixes: tuple[str, ...]


def table(path: str) -> Family:
    """Import a table by its full name."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def definition(function: Function) -> Function:
    """The function that says what a member is: of a made summary, the one it sums up."""
    return getattr(function, "__wrapped__", function)


def first_sentence(function: Function) -> str:
    """First paragraph of a docstring, on one line."""
    return _one_line(inspect.getdoc(function).partition("\n\n")[0])


def source(function: Function) -> str:
    """What the `Source:` paragraph of a docstring says, on one line."""
    return _one_line(_SOURCE.search(inspect.getdoc(function))[1])


def documented_name(path: str, function: Function) -> str:
    """Full name under which the API pages document a member."""
    function = definition(function)
    module, name = path.rpartition(".")[0], function.__name__
    public = getattr(import_module(module), name, None) is function
    return f"{module if public else function.__module__}.{name}"


def file_title(function: Function) -> str:
    """First line of the docstring of the file a function stands in."""
    module = import_module(definition(function).__module__)
    return inspect.getdoc(module).partition("\n")[0]


def rows(family: Family) -> list[Row]:
    """One row a member, and one for all those that sum up the same metric of nodes."""
    found = []
    for function, members in groupby(family.items(), key=lambda item: definition(item[1])):
        names = [name for name, _ in members]
        if family[names[0]] is function:
            found.append(Row(names[0], function, ()))
        else:
            own = function.__name__
            found.append(Row(own, function, tuple(name.removeprefix(f"{own}_") for name in names)))
    return found


def grouped(family: Family) -> list[tuple[str, list[Row]]]:
    """Rows under the titles of their files, in the order of the table."""
    by_file = groupby(rows(family), key=lambda row: file_title(row.function))
    return [(title, list(members)) for title, members in by_file]


def table_lines(
    path: str, marked: Collection[str] = (), summaries: Collection[str] = ()
) -> list[str]:
    """A list-table under the title of each file: name, what it is, where it comes from.

    Args:
        path: Full name of the table.
        marked: Names of functions that get a dagger.
        summaries: Names of columns, NAME_SUFFIX, that sum up members NAME of the table.
    """

    def dagger(name: str) -> str:
        return " †" if name in marked else ""

    lines = []
    for title, members in grouped(table(path)):
        lines += [f".. rubric:: {title.rstrip('.')}", "", *_HEADER]
        for name, function, suffixes in members:
            target = documented_name(path, function)
            lines += [
                f"   * - :py:func:`{name} <{target}>`{dagger(function.__name__)}",
                f"     - {escaped(first_sentence(function))}",
            ]
            suffixes = suffixes or [s for s in STATISTICS if f"{name}_{s}" in summaries]
            if suffixes:
                shown = ", ".join(f"{suffix}{dagger(f'{name}_{suffix}')}" for suffix in suffixes)
                lines += ["", f"       ``{name}_…``: {shown}", ""]
            lines += [f"     - {escaped(source(function))}"]
        lines += [""]
    return lines


def function_lines(path: str, without: Family = MappingProxyType({})) -> list[str]:
    """An autodoc entry a row, under the titles of their files; none for members of `without`."""
    shown = {n: f for n, f in table(path).items() if f not in without.values()}
    lines = []
    for title, members in grouped(shown):
        lines += [f".. rubric:: {title.rstrip('.')}", ""]
        for row in members:
            lines += [f".. autofunction:: {documented_name(path, row.function)}", ""]
    return lines


def statistics_lines() -> list[str]:
    """A list-table of STATISTICS: suffix, what it is and needs, where it comes from."""
    lines = [*_HEADER]
    for suffix, each in STATISTICS.items():
        rule = f"; needs {each.rule}" if each.rule else ""
        lines += [
            f"   * - ``_{suffix}``",
            f"     - {escaped(f'{each.title}: {each.range}{rule}.')}",
            f"     - {escaped(each.source)}",
        ]
    return [*lines, ""]


class FamilyTable(SphinxDirective):
    """`.. family-table:: rnngraph.metrics.METRICS`."""

    required_arguments = 1
    option_spec: ClassVar = {
        "marked": directives.unchanged_required,
        "summaries": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        for function in table(self.arguments[0]).values():  # built again when a file changes
            self.env.note_dependency(inspect.getfile(definition(function)))
        return self.parse_text_to_nodes("\n".join(self.lines(self.arguments[0])))

    def lines(self, path: str) -> list[str]:
        return table_lines(path, **{name: table(other) for name, other in self.options.items()})


class FamilyFunctions(FamilyTable):
    """`.. family-functions:: rnngraph.metrics.METRICS`."""

    option_spec: ClassVar = {"without": directives.unchanged_required}

    def lines(self, path: str) -> list[str]:
        return function_lines(path, **{name: table(other) for name, other in self.options.items()})


def dataset_lines() -> list[str]:
    """A list-table of DATASETS: name, what it holds, what it may be used for and whom to cite."""
    lines = [*_HEADER[:-2], "     - What it holds", "     - Licence; source"]
    for name, each in DATASETS.items():
        lines += [
            f"   * - ``{name}``",
            f"     - {escaped(each.holds)}",
            f"     - {escaped(f'{each.licence}; {each.citation}')}",
        ]
    return [*lines, ""]


class DatasetTable(SphinxDirective):
    """`.. dataset-table::`, of `rnngraph.tasks.DATASETS`."""

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(dataset_lines()))


class StatisticsTable(SphinxDirective):
    """`.. statistics-table::`, of `rnngraph.metrics.STATISTICS`."""

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(statistics_lines()))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("family-table", FamilyTable)
    app.add_directive("family-functions", FamilyFunctions)
    app.add_directive("dataset-table", DatasetTable)
    app.add_directive("statistics-table", StatisticsTable)
    return {"parallel_read_safe": True}
