"""Texts with labels, from a CSV file, a folder for each class or a file for each class."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from rnngraph.errors import FileError, InputError
from rnngraph.tasks.text.files import Place, listed, opened, text_of
from rnngraph.tasks.text.table import read_table

Column: TypeAlias = str | int
"""A column by its name, or by its number, counted from 0."""


class LabelledText(NamedTuple):
    """A text, its class, and where it stands, for messages."""

    text: str
    label: str
    place: str


def labelled_texts(
    path: str | Path,
    *,
    text: Column | Sequence[Column],
    label: Column,
    header: bool,
    encoding: str,
) -> list[LabelledText]:
    """Read every text of a source, in its order; see `text_classification`.

    Raises:
        FileError: A file cannot be read, is no text or no CSV, or a text or label is empty.
        InputError: A column is missing, or the encoding is unknown.
    """
    with opened(path) as place:
        if not place.is_dir():
            columns = [text] if isinstance(text, str | int) else list(text)
            if not columns:
                raise InputError("`text` must name one or more columns; got none.")
            return list(_of_table(place, columns, label, header, encoding))
        entries = listed(place)
        if folders := [entry for entry in entries if entry.is_dir()]:
            return list(_of_folders(folders, encoding))
        if not entries:
            raise FileError(f"{place} must hold a folder or a file for each class; it is empty.")
        return list(_of_files(entries, encoding))


def _of_table(
    file: Place, text: Sequence[Column], label: Column, header: bool, encoding: str
) -> Iterator[LabelledText]:
    table = read_table(file, header=header, encoding=encoding)
    of_text = [table.place("text", column) for column in text]
    of_label = table.place("label", label)
    for row in table.rows:
        joined = " ".join(row.fields[place] for place in of_text)
        yield _checked(joined, table.label(row, of_label), f"{file}, line {row.line}")


def _of_folders(folders: Sequence[Place], encoding: str) -> Iterator[LabelledText]:
    for folder in folders:
        files = listed(folder)
        if not files:
            raise FileError(f"{folder} must hold the texts of its class; it is empty.")
        for file in files:
            yield LabelledText(text_of(file, encoding), folder.name, str(file))


def _of_files(files: Sequence[Place], encoding: str) -> Iterator[LabelledText]:
    """A text a line. A class is named by what tells the files apart: the stem, else the suffix."""
    by_stem = len({file.stem for file in files}) == len(files)
    for file in files:
        label = file.stem if by_stem else file.suffix.removeprefix(".")
        lines = text_of(file, encoding).removesuffix("\n").split("\n")
        for number, line in enumerate(lines, start=1):
            yield _checked(line, label, f"{file}, line {number}")


def _checked(text: str, label: str, place: str) -> LabelledText:
    if not text.strip():
        raise FileError(f"{place}: the text must not be empty.")
    return LabelledText(text, label, place)
