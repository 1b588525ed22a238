"""What a report leaves on disk: an HTML file, and a folder of its tables beside it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from rnngraph._files import write_atomically
from rnngraph.errors import FileError, InputError
from rnngraph.reporting.summary import Answer


@dataclass(frozen=True, eq=False)
class Report:
    """What was written.

    Attributes:
        path: The HTML file.
        tables: Its tables by name, as in the CSV files of the folder beside it.
        answer: Its first paragraphs: a headline, one a cell, and how to read them.
        warnings: What to know before believing the figures.
    """

    path: Path
    tables: Mapping[str, pd.DataFrame]
    answer: tuple[str, ...]
    warnings: tuple[str, ...]


def check_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of a report to write.

    Raises:
        InputError: It names a folder, or its folder does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"`path` must lie in an existing folder; got {str(path)!r}.")
    if path.is_dir() or not path.suffix:
        raise InputError(f"`path` must name a file, such as 'report.html'; got {str(path)!r}.")
    return path


def tables_folder(path: Path) -> Path:
    """Return the folder of the tables of a report."""
    return path.with_name(f"{path.stem}_tables")


def write(
    path: Path,
    page: str,
    tables: Mapping[str, pd.DataFrame],
    said: Answer,
    warnings: Sequence[str],
) -> Report:
    """Write a page and its tables.

    Args:
        path: HTML file, from `check_path`.
        page: Its text.
        tables: Every table that such a report can have; one that does not apply is empty, and
            that of an earlier report is removed.
        said: The answer on the page.
        warnings: What the page says to know first.

    Raises:
        FileError: Something cannot be written.
    """
    folder = tables_folder(path)
    try:
        folder.mkdir(exist_ok=True)
        for name, table in tables.items():
            file = folder / f"{name}.csv"
            if table.empty:
                file.unlink(missing_ok=True)
            else:
                write_atomically(file, table.to_csv(index=False, lineterminator="\n").encode())
    except OSError as error:
        raise FileError(f"`{folder}` cannot be written: {error.strerror}.") from error
    write_atomically(path, page.encode())
    return Report(
        path,
        MappingProxyType({name: table for name, table in tables.items() if len(table)}),
        (said.headline, *map(" ".join, said.cells), said.reading),
        tuple(warnings),
    )
