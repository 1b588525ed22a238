"""What every report has in common: the check of its input, its first section, how it is made."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from rnngraph.errors import InputError
from rnngraph.reporting.blocks import Block, Bullets, Prose, Section
from rnngraph.reporting.canvas import style
from rnngraph.reporting.output import Report, tables_folder, write
from rnngraph.reporting.page import render
from rnngraph.reporting.summary import Answer


def check_made_by(name: str, value: object, wanted: type, maker: str) -> None:
    """Check that an argument is what the function `maker` returns.

    Raises:
        InputError: It is something else than `wanted`.
    """
    if not isinstance(value, wanted):
        raise InputError(
            f"`{name}` must be {wanted.__name__}, as `{maker}` returns them; got a "
            f"{type(value).__name__}."
        )


def warnings_section(warnings: Sequence[str]) -> Section:
    """What a page begins with."""
    nothing = Prose(("No check of this report gave a warning.",))
    block: Block = Bullets(tuple(warnings)) if warnings else nothing
    return Section("warnings", "What to know first", (block,))


def publish(
    path: Path,
    title: str,
    said: Answer,
    warnings: Sequence[str],
    sections: Callable[[], Sequence[Section]],
    tables: Mapping[str, pd.DataFrame],
) -> Report:
    """Draw a page, and write it with its tables.

    Args:
        path: HTML file, from `check_path`.
        title: Title of the page.
        said: The answer under it.
        warnings: What to know first.
        sections: Makes all sections; called in the style of the figures.
        tables: Every table that such a report can have; one that does not apply is empty.

    Raises:
        FileError: Something cannot be written.
    """
    with style():
        page = render(title, said, sections(), tables_folder(path).name)
    return write(path, page, tables, said, warnings)
