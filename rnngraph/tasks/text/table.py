"""CSV files, row by row, each with the line it begins in."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from rnngraph._check import hint
from rnngraph.errors import FileError, InputError
from rnngraph.tasks.text.files import Place, text_of


class Row(NamedTuple):
    """A row of a CSV file, and the line it begins in, counted from 1."""

    line: int
    fields: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A CSV file: where it came from, its header if it has one, and one or more rows."""

    name: str
    header: Sequence[str] | None
    rows: Sequence[Row]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0].fields)

    def place(self, argument: str, column: str | int) -> int:
        """Which column of each row a name or a number, counted from 0, means.

        Raises:
            InputError: The table has no such column, or several of that name.
        """
        if isinstance(column, int) and not isinstance(column, bool):
            if 0 <= column < self.width:
                return column
            raise InputError(
                f"`{argument}` must be a column number of {self.name}, in [0, {self.width - 1}]; "
                f"got {column}."
            )
        if self.header is None:
            raise InputError(
                f"`{argument}` must be the number of a column, as {self.name} has no header; got "
                f"{column!r}."
            )
        if (times := sum(name == column for name in self.header)) > 1:
            raise InputError(
                f"`{argument}` must name one column of {self.name}; {column!r} stands there "
                f"{times} times: give its number."
            )
        if not times:
            raise InputError(
                f"`{argument}` must be a column of {self.name} ({', '.join(self.header)}); got "
                f"{column!r}.{hint(column, self.header)}"
            )
        return self.header.index(column)

    def field(self, row: Row, place: int) -> str:
        """A field that must not be empty.

        Raises:
            FileError: It is empty.
        """
        return self._filled(row, place, row.fields[place])

    def label(self, row: Row, place: int) -> str:
        """A field without the white space around it, of which something must be left.

        Raises:
            FileError: Nothing is.
        """
        return self._filled(row, place, row.fields[place].strip())

    def _filled(self, row: Row, place: int, found: str) -> str:
        if not found:
            title = place if self.header is None else repr(self.header[place])
            raise FileError(f"{self.name}, line {row.line}: column {title} must not be empty.")
        return found


@contextmanager
def _fields_up_to(size: int) -> Iterator[None]:
    """Let fields have so many characters: there is one limit, for everybody who reads CSV files."""
    limit = csv.field_size_limit()
    csv.field_size_limit(max(limit, size))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def read_table(file: Place, *, header: bool, encoding: str = "utf-8") -> Table:
    """Read a CSV file; lines without anything are left out.

    Raises:
        FileError: The file cannot be read, is no text, no CSV, holds no row, or its rows are of
            different widths.
        InputError: The encoding is unknown.
    """
    text = text_of(file, encoding)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        with _fields_up_to(len(text)):
            for fields in reader:
                if fields:
                    rows.append(Row(line, fields))
                line = reader.line_num + 1
    except csv.Error as error:
        raise FileError(
            f"{file} must be a CSV file: {error}, in the row that begins in line {line}."
        ) from error
    if len(rows) <= header:
        raise FileError(f"{file} must hold a header and at least one row; got 1 line.")
    width = len(rows[0].fields)
    for row in rows:
        if len(row.fields) != width:
            raise FileError(
                f"{file}, line {row.line}: the row must have {width} columns as the first has; "
                f"got {len(row.fields)}."
            )
    return Table(str(file), rows[0].fields if header else None, rows[header:])
