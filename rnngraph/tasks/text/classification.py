"""Texts to sort into classes, from files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_bool, check_choice, check_int
from rnngraph._types import RNG
from rnngraph.errors import FileError, InputError
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.text.memory import check_padded
from rnngraph.tasks.text.shares import part_size, stratified
from rnngraph.tasks.text.sources import Column, LabelledText, labelled_texts
from rnngraph.tasks.text.tokens import LEVELS, tokenize
from rnngraph.tasks.text.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class TextTask:
    """Texts with a class each, as tokens, in three parts.

    Attributes:
        train: Texts to learn from; tokens (N, T) int64 padded with 0, classes (N,) int64.
        valid: Texts to choose by.
        test: Texts to score.
        vocabulary: The word of each token, made from train alone.
        classes: Name of each class.
        meta: As that of `SequenceData`, without n-grams, and `test_in_train`: how many texts of
            test stand in train as well, token for token.
    """

    train: Sequences
    valid: Sequences
    test: Sequences
    vocabulary: Vocabulary
    classes: tuple[str, ...]
    meta: Mapping[str, object]

    @property
    def data(self) -> SequenceData:
        """Train and test as every other task of the library has them."""
        return SequenceData(
            self.train, self.test, len(self.vocabulary), len(self.classes), self.meta
        )


def text_classification(
    train: str | Path,
    *,
    test: str | Path | int | float = 0.2,
    valid: str | Path | int | float = 0.1,
    level: str = "word",
    text: Column | Sequence[Column] = "text",
    label: Column = "label",
    header: bool = True,
    classes: Sequence[str] | None = None,
    vocabulary_size: int = 20_000,
    min_count: int = 1,
    max_length: int | None = None,
    keep: str = "first",
    lower: bool = True,
    encoding: str = "utf-8",
    rng: RNG,
) -> TextTask:
    """Load texts with a class each.

    A source is one of

    - a CSV file, plain or compressed (.gz, .xz, in a .zip): see `text`, `label` and `header`;
    - a folder with a folder for each class, a file a text (files beside those folders are left
      out);
    - a folder with a file for each class, a text a line. A class is named by the file's stem, or
      by its suffix where the stems are equal: `rt-polarity.pos` holds the class "pos".

    Folders may be in a .zip or .tar archive (.tar.gz too). Hidden files and a README are left out.
    Nothing is dropped or merged: a text that stands in two parts stays in both, and `meta` counts
    them.

    Args:
        train: Source of the texts to learn from.
        test: A source, or what to split off from `train`: a share (float) or a number of texts
            (int), drawn by `rng`, every class in its share. It does not depend on `valid`.
        valid: As `test`; a share is one of all texts of `train`.
        level: "word" or "character"; see `tokenize`.
        text: Column of a CSV file with the text, by name or number from 0, or several columns,
            joined by a space.
        label: Column with the class; white space around it does not count.
        header: Whether the first row of a CSV file names the columns.
        classes: Names of the classes to take, in order; texts of others are left out. None takes
            all, in alphabetical order.
        vocabulary_size: Most words to know, the unknown one among them; the commonest of train.
        min_count: How often a word must occur in train to be known.
        max_length: Longer texts are cut to so many tokens; None cuts none.
        keep: Which tokens of a longer text stay, the "first" or the "last".
        lower: Put texts into lower case first.
        encoding: Of every file.
        rng: Seed; a Generator is advanced. It also draws the order of the training texts.

    Raises:
        FileError: A file cannot be read, is not text in this encoding or no CSV, a text or label
            is empty, or one of test or valid has a label that train lacks; with file and line.
        InputError: An argument breaks a rule, a column is missing or stands twice, there are fewer
            than two classes, a class has too few texts to split, test or valid has no text of
            `classes`, or the data do not fit into memory.
    """
    check_choice("level", level, LEVELS)
    check_choice("keep", keep, ("first", "last"))
    check_bool("header", header)
    check_bool("lower", lower)
    if classes is not None and (isinstance(classes, str) or not isinstance(classes, Sequence)):
        raise InputError(f"`classes` must be a sequence of names; got {classes!r}.")
    if max_length is not None:
        check_int("max_length", max_length, 1)
    read = partial(_of_classes, classes, text=text, label=label, header=header, encoding=encoding)
    tokens_of = partial(_tokens, level=level, lower=lower, max_length=max_length, keep=keep)

    texts = read(train)
    names = _class_names(classes, texts, train)
    sizes, given = {}, {}
    for name, part in (("test", test), ("valid", valid)):
        if isinstance(part, str | Path):
            given[name] = read(part)
            if not given[name]:
                raise InputError(
                    f"`{name}` must hold texts of `classes`, {', '.join(names)}; {part} has none."
                )
        else:
            sizes[name] = part_size(name, part, len(texts))
    split = _split(texts, names, sizes, rng) | given

    tokens = {name: [tokens_of(each.text) for each in part] for name, part in split.items()}
    vocabulary = Vocabulary.from_tokens(
        chain.from_iterable(tokens["train"]),
        vocabulary_size=vocabulary_size,
        min_count=min_count,
    )
    encoded = {
        name: _padded(tokens[name], vocabulary, _targets(part, names, train))
        for name, part in split.items()
    }
    task = with_baselines(
        "text_classification",
        encoded["train"],
        encoded["test"],
        tokens=vocabulary.words,
        classes=names,
        params={
            "train": str(train),
            "test": str(test) if isinstance(test, Path) else test,
            "valid": str(valid) if isinstance(valid, Path) else valid,
            "level": level,
            "text": text if isinstance(text, str | int) else list(text),
            "label": label,
            "header": header,
            "classes": None if classes is None else list(classes),
            "vocabulary_size": vocabulary_size,
            "min_count": min_count,
            "max_length": max_length,
            "keep": keep,
            "lower": lower,
            "encoding": encoding,
        },
    )
    learned = set(map(tuple, tokens["train"]))
    again = sum(tuple(each) in learned for each in tokens["test"])
    return TextTask(
        **encoded,
        vocabulary=vocabulary,
        classes=names,
        meta={**task.meta, "test_in_train": again},
    )


def _of_classes(
    classes: Sequence[str] | None,
    path: str | Path,
    *,
    text: Column | Sequence[Column],
    label: Column,
    header: bool,
    encoding: str,
) -> list[LabelledText]:
    found = labelled_texts(path, text=text, label=label, header=header, encoding=encoding)
    return found if classes is None else [each for each in found if each.label in classes]


def _class_names(
    classes: Sequence[str] | None, texts: Sequence[LabelledText], train: str | Path
) -> tuple[str, ...]:
    found = {each.label for each in texts}
    names = tuple(sorted(found) if classes is None else classes)
    if classes is not None and len(set(names)) < len(names):
        raise InputError(f"`classes` must be distinct; got {list(names)}.")
    if missing := [name for name in names if name not in found]:
        raise InputError(f"`classes` must be labels of {train}; got {missing[0]!r}.")
    if len(names) < 2:
        raise InputError(f"`train` must hold two or more classes; {train} has {list(names)}.")
    return names


def _split(
    texts: Sequence[LabelledText], names: Sequence[str], sizes: Mapping[str, int], rng: RNG
) -> dict[str, list[LabelledText]]:
    """The parts of `sizes`, and "train" for the rest."""
    if sum(sizes.values()) >= len(texts):
        taken = " and ".join(f"`{name}`" for name in sizes)
        raise InputError(
            f"{taken} must leave texts to learn from; got {' + '.join(map(str, sizes.values()))} "
            f"of {len(texts)} texts."
        )
    labels = np.array([names.index(each.label) for each in texts], dtype=np.int64)
    drawn = stratified(labels, list(sizes.values()), rng=rng)
    if missing := set(range(len(names))) - set(labels[drawn[-1]].tolist()):
        raise InputError(
            f"`train` must hold enough texts of each class to split; none of class "
            f"{names[min(missing)]!r} is left to learn from."
        )
    return {
        name: [texts[i] for i in part] for name, part in zip((*sizes, "train"), drawn, strict=True)
    }


def _tokens(
    text: str, *, level: str, lower: bool, max_length: int | None, keep: str
) -> Sequence[str]:
    found = tokenize(text.strip(), level, lower=lower)
    if max_length is None:
        return found
    return found[:max_length] if keep == "first" else found[-max_length:]


def _targets(
    texts: Sequence[LabelledText], names: Sequence[str], train: str | Path
) -> NDArray[np.int64]:
    number = {name: i for i, name in enumerate(names)}
    for each in texts:
        if each.label not in number:
            raise FileError(
                f"{each.place}: label {each.label!r} is none of the labels of {train} "
                f"({', '.join(names)})."
            )
    return np.array([number[each.label] for each in texts], dtype=np.int64)


def _padded(
    texts: Sequence[Sequence[str]], vocabulary: Vocabulary, targets: NDArray[np.int64]
) -> Sequences:
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    check_padded(len(texts), longest := int(lengths.max(initial=0)))
    inputs = np.zeros((len(texts), longest), dtype=np.int64)
    inputs[np.arange(longest) < lengths[:, None]] = np.concatenate(
        [vocabulary.encode(text) for text in texts]
    )
    return Sequences(inputs, lengths, targets)
