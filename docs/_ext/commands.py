"""Directive that shows the commands of `rnngraph` from the command line's own definition."""

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from rnngraph import cli


def command_lines() -> list[str]:
    """What each command does, then its arguments and options."""
    lines: list[str] = []
    for name, command in _commands(get_command(cli.app)):
        arguments = [p for p in command.params if isinstance(p, TyperArgument)]
        options = [p for p in command.params if isinstance(p, TyperOption)]
        usage = " ".join(["rnngraph", name, *map(_usage, arguments)])
        lines += [name, "^" * len(name), "", ".. code-block:: text", ""]
        lines += [f"   {usage}{' [OPTIONS]' if options else ''}", "", command.help, ""]
        for parameter in arguments:
            lines += [f"``{_label(parameter)}``", f"   {parameter.help}", ""]
        for parameter in options:
            lines += [
                f"``{', '.join(parameter.opts)}``",
                f"   {parameter.help}",
                *_default(parameter),
            ]
            lines += [""]
    return lines


def _commands(group: TyperGroup, of: str = "") -> Iterator[tuple[str, TyperCommand]]:
    """Every command by its full name, those of groups in their place."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{of}{name} ")
        else:
            yield f"{of}{name}", command


def _label(argument: TyperArgument) -> str:
    return (argument.metavar or argument.name).upper()


def _usage(argument: TyperArgument) -> str:
    label = _label(argument) + ("..." if argument.nargs == -1 else "")
    return label if argument.required else f"[{label}]"


def _default(option: TyperOption) -> list[str]:
    if option.is_flag or option.default is None:
        return []
    return [f"   Default: ``{getattr(option.default, 'value', option.default)}``."]


class CommandLine(SphinxDirective):
    """`.. command-line::`."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(cli.__file__)
        return self.parse_text_to_nodes("\n".join(command_lines()), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True}
