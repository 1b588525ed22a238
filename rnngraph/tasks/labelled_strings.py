"""Strings with labels from CSV files."""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from rnngraph._check import hint
from rnngraph.errors import FileError, InputError
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData
from rnngraph.tasks.encoding import encode

_UNKNOWN: Final = "<unknown>"
_INVALID_VALID: Final = (("0", "1"), ("False", "True"), ("invalid", "valid"))


def labelled_strings(
    train: str | Path, test: str | Path, *, string: str = "string", label: str = "valid"
) -> SequenceData:
    """Load two CSV files of labelled strings as a classification task, a token a character.

    The files are UTF-8 with a header. The alphabet is the sorted characters of train; characters
    that only test has become one extra last token, "<unknown>", that no training string shows.
    Classes are the sorted labels of train. With the labels "0" and "1", "False" and "True", or
    "invalid" and "valid" the n-gram baseline is the rule "seen_ngrams", otherwise
    "ngram_likelihood"; see `NGRAM_RULES`.
    Strings are kept as they are: one that stands in both files stays in both.

    Args:
        train: File of the strings to learn from.
        test: File of the strings to score.
        string: Column of the strings.
        label: Column of the labels.

    Raises:
        FileError: A file is missing, is not UTF-8 text or CSV, holds no row, has a row with an
            empty string or label, or test has a label that train lacks.
        InputError: A column is missing, or train has fewer than two labels.
    """
    strings, labels, _ = _read(Path(train), string, label)
    test_strings, test_labels, lines = _read(Path(test), string, label)
    classes = sorted(set(labels))
    if len(classes) < 2:
        raise InputError(f"`label` must name a column with two or more labels; got {classes}.")
    for line, name in zip(lines, test_labels, strict=True):
        if name not in classes:
            raise FileError(
                f"{test}, line {line}: label {name!r} is none of the labels of {train} "
                f"({', '.join(classes)})."
            )
    alphabet = "".join(sorted(set().union(*strings)))
    unknown = not set().union(*test_strings) <= set(alphabet)
    return with_baselines(
        "labelled_strings",
        encode(strings, alphabet, np.searchsorted(classes, labels)),
        encode(test_strings, alphabet, np.searchsorted(classes, test_labels)),
        tokens=(*alphabet, _UNKNOWN) if unknown else tuple(alphabet),
        classes=classes,
        rule="seen_ngrams" if tuple(classes) in _INVALID_VALID else "ngram_likelihood",
        params={"train": str(train), "test": str(test), "string": string, "label": label},
    )


def _read(path: Path, string: str, label: str) -> tuple[list[str], list[str], list[int]]:
    """Strings, labels and line numbers of a CSV file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path} must be UTF-8 text; got byte {error.object[error.start]:#x}."
        ) from error
    except csv.Error as error:
        raise FileError(f"{path} must be a CSV file: {error}.") from error
    if len(rows) < 2:
        raise FileError(f"{path} must hold a header and at least one row; got {len(rows)} line(s).")
    (_, header), *body = rows
    places = (_column(path, header, "string", string), _column(path, header, "label", label))
    columns: tuple[list[str], list[str]] = ([], [])
    for line, row in body:
        for place, column in zip(places, columns, strict=True):
            if place >= len(row) or not row[place]:
                raise FileError(f"{path}, line {line}: column {header[place]!r} must not be empty.")
            column.append(row[place])
    return *columns, [line for line, _ in body]


def _column(path: Path, header: list[str], argument: str, name: str) -> int:
    if name not in header:
        raise InputError(
            f"`{argument}` must be a column of {path} ({', '.join(header)}); got {name!r}."
            f"{hint(name, header)}"
        )
    return header.index(name)
