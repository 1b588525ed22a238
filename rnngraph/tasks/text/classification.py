"""Texts with a class each."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int, check_real, hint
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import FileError, InputError
from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.text.files import decoded, members, read_text
from rnngraph.tasks.text.vocabulary import Level, Vocabulary, tokens_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class TextTask:
    """Texts in tokens, with a class each.

    Attributes:
        train: Texts to learn from.
        valid: Texts to choose by.
        test: Texts to score.
        vocabulary: Of `train`.
        classes: Names, sorted.
        meta: JSON-serialisable facts: `name`, `chance` (share of the test's largest class),
            `unknown` (share of the test's tokens that are), `params`.
    """

    train: Sequences = field(repr=False)
    valid: Sequences = field(repr=False)
    test: Sequences = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    classes: tuple[str, ...]
    meta: Mapping[str, object] = field(repr=False)

    def sequence_data(self) -> SequenceData:
        """The task as all networks of this library take it: train and test."""
        sizes = len(self.vocabulary), len(self.classes)
        return SequenceData(self.train, self.test, *sizes, self.meta)


class _Text(NamedTuple):
    """A text, its label, and where it stands."""

    text: str
    label: str
    place: str


def text_classification(
    train: str | Path,
    *,
    test: str | Path | None = None,
    test_share: float = 0.2,
    valid_share: float = 0.1,
    text: tuple[str, ...] = ("text",),
    label: str = "label",
    header: bool = True,
    encoding: str = "utf-8",
    level: Level = "word",
    lower: bool = True,
    vocabulary_size: int | None = 20_000,
    min_count: int = 1,
    max_length: int | None = None,
    keep: Literal["first", "last"] = "first",
    rng: RNG,
) -> TextTask:
    """Load texts with labels.

    A file that ends in .csv, packed or not, has a text a row. In a folder or a .zip, files that lie
    in folders are a text each, and their folder is the label; files that lie side by side have a
    text a line, and their suffix is the label (`rt-polarity.pos`), or their name where suffixes do
    not differ. Files called README are passed over, and so are those that lie beside the folders.

    Args:
        train: File, archive or folder of the texts to learn from.
        test: Of the texts to score; None: a share of `train`.
        test_share: Share of `train` that is taken for the test, in (0, 1), class by class.
        valid_share: Share of what is left that is taken to choose by, in (0, 1), class by class.
        text: Columns of the text, joined by a space.
        label: Column of the label.
        header: Whether the first row names the columns; without, they are named "0", "1", ...
        encoding: Of the files.
        level: "word" (see `words_of`) or "character".
        lower: Whether capitals are made small.
        vocabulary_size: Largest number of tokens, the unknown one included; None: any.
        min_count: Times that a token stands in the training texts at least.
        max_length: Longest text in tokens, the rest is cut; None: any.
        keep: What is kept of one that is longer: its "first" tokens or its "last".
        rng: Stream of the splits.

    Raises:
        FileError: A file is missing, empty, no text, no CSV or no archive; a text has no token; a
            label of `test` stands nowhere in `train`.
        InputError: A value outside its range, a column that is not there, fewer than two labels, or
            a class too small to be split.
    """
    check_choice("level", level, ("word", "character"))
    check_choice("keep", keep, ("first", "last"))
    if max_length is not None:
        check_int("max_length", max_length, 1)
    check_real("valid_share", valid_share, above=0.0, high=0.999)
    seed = seed_sequence(rng)
    columns = _Columns(text, label, header)
    found = _read(Path(train), columns, encoding)
    classes = tuple(sorted({entry.label for entry in found}))
    if len(classes) < 2:
        raise InputError(f"`train` must hold two or more labels; got {list(classes)}.")
    if test is None:
        check_real("test_share", test_share, above=0.0, high=0.999)
        found, scored = _split(found, test_share, stream(seed, "test"))
    else:
        scored = _read(Path(test), columns, encoding)
        for entry in scored:
            if entry.label not in classes:
                raise FileError(
                    f"{entry.place}: label {entry.label!r} is none of the labels of {train} "
                    f"({', '.join(classes)})."
                )
    learnt, chosen = _split(found, valid_share, stream(seed, "valid"))
    parts = [
        [_tokens(entry, level, lower, max_length, keep) for entry in part]
        for part in (learnt, chosen, scored)
    ]
    vocabulary = Vocabulary.of(parts[0], size=vocabulary_size, min_count=min_count)
    learnt_from, chosen_by, scored_on = (
        _sequences(tokens, vocabulary, np.searchsorted(classes, [entry.label for entry in part]))
        for tokens, part in zip(parts, (learnt, chosen, scored), strict=True)
    )
    tested = scored_on.inputs[scored_on.real]
    meta = {
        "name": "text_classification",
        "chance": float(np.bincount(scored_on.targets).max() / len(scored_on)),
        "unknown": float((tested == 0).mean()),
        "params": {
            "train": str(train), "test": None if test is None else str(test),
            "test_share": test_share, "valid_share": valid_share, "level": level, "lower": lower,
            "vocabulary_size": vocabulary_size, "min_count": min_count,
            "max_length": max_length, "keep": keep,
        },
    }  # fmt: skip
    return TextTask(learnt_from, chosen_by, scored_on, vocabulary, classes, meta)


def bag_of_words_accuracy(task: TextTask) -> float:
    """Accuracy on the test of a logistic regression on which tokens a text has, in [0, 1].

    It knows no order: what a network is worth begins above it. Words that stand once in training
    are left out; the strength of the penalty is the best of five on the part to choose by.
    """
    from sklearn.linear_model import LogisticRegression

    parts = {name: _bag(getattr(task, name), len(task.vocabulary)) for name in _PARTS}
    models = [
        LogisticRegression(C=10.0**power, max_iter=1000).fit(parts["train"], task.train.targets)
        for power in range(-3, 2)
    ]
    best = max(models, key=lambda model: model.score(parts["valid"], task.valid.targets))
    return float(best.score(parts["test"], task.test.targets))


_PARTS = ("train", "valid", "test")


def _bag(part: Sequences, n_tokens: int) -> "csr_array":
    from scipy.sparse import csr_array

    rows, _ = np.nonzero(part.real)
    places = np.unique(np.stack([rows, part.inputs[part.real]]), axis=1)
    return csr_array((np.ones(places.shape[1]), tuple(places)), shape=(len(part), n_tokens))


class _Columns(NamedTuple):
    """Where a table has what."""

    text: tuple[str, ...]
    label: str
    header: bool


def _read(path: Path, columns: _Columns, encoding: str) -> list[_Text]:
    if path.is_dir() or path.suffix == ".zip":
        return _read_members(path, encoding)
    if ".csv" in path.suffixes:
        return _read_csv(path, columns, encoding)
    if not path.exists():
        raise FileError(f"{path} cannot be read: No such file or directory.")
    raise InputError(
        f"`train` and `test` must be .csv or .zip files or folders; got {str(path)!r}."
    )


def _read_csv(path: Path, columns: _Columns, encoding: str) -> list[_Text]:
    reader = csv.reader(io.StringIO(read_text(path, encoding), newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise FileError(f"{path}, line {reader.line_num}, must be CSV: {error}.") from error
    first = rows[0][1]
    names = first if columns.header else [str(k) for k in range(len(first))]
    body = rows[1:] if columns.header else rows
    if not body:
        raise FileError(f"{path} must hold a header and at least one row; got 1 line.")
    places = [_column(path, names, "text", name) for name in columns.text]
    own = _column(path, names, "label", columns.label)
    found = []
    for line, row in body:
        if len(row) != len(names):
            raise FileError(
                f"{path}, line {line}: must have {len(names)} columns, as the first line; "
                f"got {len(row)}."
            )
        joined = " ".join(row[place] for place in places)
        found.append(_Text(joined, row[own].strip(), f"{path}, line {line}"))
    return found


def _column(path: Path, names: Sequence[str], argument: str, name: str) -> int:
    if name not in names:
        raise InputError(
            f"`{argument}` must name columns of {path} ({', '.join(names)}); got {name!r}."
            f"{hint(name, names)}"
        )
    return names.index(name)


def _read_members(path: Path, encoding: str) -> list[_Text]:
    files = [(name, data) for name, data in members(path) if not name.stem.startswith("README")]
    if not files:
        raise FileError(f"{path} must hold text files; it holds none.")
    depth = max(len(name.parts) for name, _ in files)
    if len({name.parent for name, _ in files}) > 1:
        return [
            _Text(decoded(data, f"{path}/{name}", encoding), name.parent.name, f"{path}/{name}")
            for name, data in files
            if len(name.parts) == depth
        ]
    by_suffix = len({name.suffix for name, _ in files}) == len(files)
    found = []
    for name, data in files:
        label = name.suffix[1:] if by_suffix and name.suffix else name.stem
        lines = decoded(data, f"{path}/{name}", encoding).split("\n")
        found += [
            _Text(line, label, f"{path}/{name}, line {k}")
            for k, line in enumerate(lines, 1)
            if line.strip()
        ]
    return found


def _split(
    entries: Sequence[_Text], share: float, draw: np.random.Generator
) -> tuple[list[_Text], list[_Text]]:
    """Take a share away, class by class; both keep the order of the file."""
    labels = np.array([entry.label for entry in entries])
    taken = np.zeros(len(entries), dtype=bool)
    for name in np.unique(labels):
        own = np.flatnonzero(labels == name)
        count = max(1, round(share * len(own)))
        if count >= len(own):
            raise InputError(
                f"`train` must hold enough texts of each label to split off {share:g} of them; "
                f"got {len(own)} of {str(name)!r}."
            )
        taken[draw.permutation(own)[:count]] = True
    left = [entry for entry, gone in zip(entries, taken, strict=True) if not gone]
    return left, [entry for entry, gone in zip(entries, taken, strict=True) if gone]


def _tokens(entry: _Text, level: Level, lower: bool, most: int | None, keep: str) -> list[str]:
    tokens = tokens_of(entry.text, level, lower=lower)
    if not tokens:
        raise FileError(f"{entry.place}: a text must hold at least one token; got {entry.text!r}.")
    if most is None or len(tokens) <= most:
        return tokens
    return tokens[:most] if keep == "first" else tokens[-most:]


def _sequences(
    texts: Sequence[Sequence[str]], vocabulary: Vocabulary, targets: NDArray[np.int64]
) -> Sequences:
    lengths = np.array([len(tokens) for tokens in texts], dtype=np.int64)
    inputs = np.zeros((len(texts), lengths.max()), dtype=np.int64)
    for row, tokens in zip(inputs, texts, strict=True):
        row[: len(tokens)] = vocabulary.encode(tokens)
    return Sequences(inputs, lengths, targets.astype(np.int64))
