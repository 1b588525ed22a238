"""Strings with labels from CSV files."""

from pathlib import Path
from typing import Final

import numpy as np

from rnngraph.errors import FileError, InputError
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData
from rnngraph.tasks.encoding import encode
from rnngraph.tasks.text.files import opened
from rnngraph.tasks.text.table import read_table
from rnngraph.tasks.text.vocabulary import UNKNOWN

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
    Strings are kept as they are: one that stands in both files stays in both. White space around a
    label does not count.

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
        tokens=(*alphabet, UNKNOWN) if unknown else tuple(alphabet),
        classes=classes,
        rule="seen_ngrams" if tuple(classes) in _INVALID_VALID else "ngram_likelihood",
        params={"train": str(train), "test": str(test), "string": string, "label": label},
    )


def _read(path: Path, string: str, label: str) -> tuple[list[str], list[str], list[int]]:
    """Strings, labels and line numbers of a CSV file."""
    with opened(path) as file:
        table = read_table(file, header=True)
    of_string, of_label = table.place("string", string), table.place("label", label)
    return (
        [table.field(row, of_string) for row in table.rows],
        [table.label(row, of_label) for row in table.rows],
        [row.line for row in table.rows],
    )
