"""Language models: predict the next character or word of a text from files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_bool, check_choice
from rnngraph.errors import InputError
from rnngraph.tasks.text.files import read_text
from rnngraph.tasks.text.penn_treebank import characters_of_words
from rnngraph.tasks.text.shares import part_size
from rnngraph.tasks.text.tokens import characters
from rnngraph.tasks.text.vocabulary import UNKNOWN, Vocabulary

END_OF_LINE: Final = "<eos>"


def words_and_ends(text: str) -> Sequence[str]:
    """What white space separates, and "<eos>" at the end of each line, as in the Penn Treebank."""
    lines = text.removesuffix("\n").split("\n")
    return list(chain.from_iterable((*line.split(), END_OF_LINE) for line in lines))


LANGUAGE_LEVELS: Final[Mapping[str, Callable[[str], Sequence[str]]]] = MappingProxyType(
    {"character": characters, "word": words_and_ends, "characters_of_words": characters_of_words}
)
"""Level -> how it cuts a text."""


@dataclass(frozen=True, eq=False)
class LanguageTask:
    """A text as tokens, in three parts; every token is to be told from those before it.

    Attributes:
        train: Text to learn from, (n,) int64.
        valid: Text to choose by.
        test: Text to score.
        vocabulary: The character or word of each token, made from train alone.
        level: "character", "word" or "characters_of_words".
        meta: JSON-serialisable: `name`; `unigram_bits`, bits per token on test of how often each
            word occurs in train, plus one; `unknown`, share of test tokens that are word 0;
            `params`, the arguments.

    Raises:
        InputError: A part is no int64 array of one dimension with two or more tokens of the
            vocabulary.
    """

    train: NDArray[np.int64]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]
    vocabulary: Vocabulary
    level: str
    meta: Mapping[str, object]

    def __post_init__(self) -> None:
        for name in ("train", "valid", "test"):
            part = getattr(self, name)
            if not isinstance(part, np.ndarray) or part.dtype != np.int64 or part.ndim != 1:
                raise InputError(f"`{name}` must be an int64 array of one dimension.")
            if len(part) < 2:
                raise InputError(f"`{name}` must hold two or more tokens; got {len(part)}.")
            if part.min() < 0 or part.max() >= len(self.vocabulary):
                raise InputError(
                    f"`{name}` must hold tokens in [0, {len(self.vocabulary) - 1}]; got "
                    f"{part.min()} to {part.max()}."
                )


def language_model(
    train: str | Path,
    *,
    valid: str | Path | int | float = 0.05,
    test: str | Path | int | float = 0.05,
    level: str = "character",
    vocabulary_size: int | None = None,
    min_count: int = 1,
    lower: bool = False,
    unknown: str = UNKNOWN,
    encoding: str = "utf-8",
) -> LanguageTask:
    """Load a text to predict, token after token.

    Args:
        train: Text file, also compressed or in an archive; see `read_text`.
        valid: A text file, or what to split off from the end of `train`: a share (float) or a
            number of tokens (int).
        test: As `valid`; what is split off comes in the order train, valid, test.
        level: "character"; "word", what white space separates, with "<eos>" for the end of each
            line; or "characters_of_words", see the function of that name.
        vocabulary_size: Most words to know, the unknown one among them; the commonest of train.
            None knows all.
        min_count: How often a word must occur in train to be known.
        lower: Put the text into lower case first.
        unknown: Name of word 0; "<unk>" for the Penn Treebank's words, which have their own.
        encoding: Of every file.

    Raises:
        FileError: A file cannot be read, is not text in this encoding or is empty.
        InputError: An argument breaks a rule, a part has fewer than two tokens, or the vocabulary
            does not fit into memory.
    """
    check_choice("level", level, LANGUAGE_LEVELS)
    check_bool("lower", lower)

    def tokens(path: str | Path) -> Sequence[str]:
        text = read_text(path, encoding=encoding)
        return LANGUAGE_LEVELS[level](text.lower() if lower else text)

    rest = whole = tokens(train)
    parts = {}
    for name, part in (("test", test), ("valid", valid)):
        if isinstance(part, str | Path):
            parts[name] = tokens(part)
        else:
            end = len(rest) - part_size(name, part, len(whole))
            if end < 1:
                raise InputError(
                    f"`test` and `valid` must leave tokens to learn from; {train} has {len(whole)}."
                )
            parts[name], rest = rest[end:], rest[:end]
    vocabulary = Vocabulary.from_tokens(
        rest, vocabulary_size=vocabulary_size, min_count=min_count, unknown=unknown
    )
    learned, chosen, scored = map(vocabulary.encode, (rest, parts["valid"], parts["test"]))
    meta = {
        "name": "language_model",
        "unigram_bits": _unigram_bits(learned, scored, len(vocabulary)),
        "unknown": float((scored == 0).mean()),
        "params": {
            "train": str(train),
            "valid": str(valid) if isinstance(valid, Path) else valid,
            "test": str(test) if isinstance(test, Path) else test,
            "level": level,
            "vocabulary_size": vocabulary_size,
            "min_count": min_count,
            "lower": lower,
            "unknown": unknown,
            "encoding": encoding,
        },
    }
    return LanguageTask(learned, chosen, scored, vocabulary, level, meta)


def _unigram_bits(train: NDArray[np.int64], test: NDArray[np.int64], n_words: int) -> float:
    """Bits per token on test of the counts in train, each plus one."""
    counts = np.bincount(train, minlength=n_words) + 1.0
    return float(-np.log2(counts / counts.sum())[test].mean())
