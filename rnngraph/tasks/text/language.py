"""One long text, to be predicted token by token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int, check_real
from rnngraph.errors import FileError, InputError
from rnngraph.tasks.text.files import decoded, members, read_text
from rnngraph.tasks.text.vocabulary import Level, Vocabulary, tokens_of

END_OF_LINE = "<eos>"
"""The word that a line ends with."""


@dataclass(frozen=True, eq=False)
class LanguageTask:
    """A text in tokens, in three parts.

    Attributes:
        train: Tokens to learn from, (length,) int64.
        valid: Tokens to choose by.
        test: Tokens to score.
        vocabulary: Of `train`.
        level: "word" or "character".
        meta: JSON-serialisable facts: `name`, `unigram_bits` (bits a token of the test, by the
            frequencies of the training text, one added to each count), `unknown` (share of the
            test's tokens that are), `params`.
    """

    train: NDArray[np.int64] = field(repr=False)
    valid: NDArray[np.int64] = field(repr=False)
    test: NDArray[np.int64] = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    level: Level
    meta: Mapping[str, object] = field(repr=False)


def language_model(
    train: str | Path,
    *,
    valid: str | Path | None = None,
    test: str | Path | None = None,
    valid_share: float = 0.05,
    test_share: float = 0.05,
    level: Level = "character",
    lower: bool = False,
    vocabulary_size: int | None = None,
    min_count: int = 1,
    as_treebank: bool = False,
    encoding: str = "utf-8",
) -> LanguageTask:
    """Load a text to be predicted.

    The files are texts, packed or not, or `ARCHIVE.zip/MEMBER`. Where the parts to choose and to
    score by are not given, they are the last shares of the text.

    Words are what white space parts, as they stand, with "<eos>" at the end of each line.

    Args:
        train: Text to learn from.
        valid: Text to choose by; None: a share of `train`, before that of the test.
        test: Text to score; None: the last share of `train`.
        valid_share: Share of `train`, in (0, 1).
        test_share: Share of `train`, in (0, 1).
        level: "word" or "character".
        lower: Whether capitals are made small.
        vocabulary_size: Largest number of tokens, the unknown one included; None: any.
        min_count: Times that a token stands in the training text at least.
        as_treebank: Read characters as those of the Penn Treebank are: lines without the space at
            their ends, a space is "_", and a line's end a character of its own.
        encoding: Of the files.

    Raises:
        FileError: A file is missing, empty or no text.
        InputError: A value outside its range, or parts that leave fewer than two tokens.
    """
    check_choice("level", level, ("word", "character"))
    check_real("valid_share", valid_share, above=0.0, high=0.999)
    check_real("test_share", test_share, above=0.0, high=0.999)
    if as_treebank and level == "word":
        raise InputError('`as_treebank` must be false for level="word"; got true.')
    whole = _tokens(_text(Path(train), encoding), level, lower, as_treebank)
    given = {
        name: _tokens(_text(Path(path), encoding), level, lower, as_treebank)
        for name, path in (("valid", valid), ("test", test))
        if path is not None
    }
    n = len(whole)
    n_test = 0 if "test" in given else round(test_share * n)
    n_valid = 0 if "valid" in given else round(valid_share * n)
    ends = n - n_test - n_valid, n - n_test
    parts = {"train": whole[: ends[0]], "valid": whole[slice(*ends)], "test": whole[ends[1] :]}
    parts |= given
    for name, tokens in parts.items():
        if len(tokens) < 2:
            raise InputError(f"`{name}` must have two or more tokens; got {len(tokens)}.")
    vocabulary = Vocabulary.of([parts["train"]], size=vocabulary_size, min_count=min_count)
    numbers = {name: vocabulary.encode(tokens) for name, tokens in parts.items()}
    meta = {
        "name": "language_model",
        "unigram_bits": _unigram_bits(numbers["train"], numbers["test"], len(vocabulary)),
        "unknown": float((numbers["test"] == 0).mean()),
        "params": {
            "train": str(train), "valid": None if valid is None else str(valid),
            "test": None if test is None else str(test), "valid_share": valid_share,
            "test_share": test_share, "level": level, "lower": lower,
            "vocabulary_size": vocabulary_size, "min_count": min_count,
            "as_treebank": as_treebank,
        },
    }  # fmt: skip
    return LanguageTask(**numbers, vocabulary=vocabulary, level=level, meta=meta)


def stream_batches(
    tokens: NDArray[np.int64], batch_size: int, steps: int, *, offset: int = 0
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], bool]]:
    """Read a text as contiguous rows, piece by piece, as truncated backpropagation wants it.

    The text from `offset` on is cut into `batch_size` rows of one length; row b of a batch goes on
    where row b of the last one ended. What is left over at the end, fewer than `batch_size` tokens,
    is not read.

    Args:
        tokens: (length,) int64.
        batch_size: Rows, at least 1.
        steps: Tokens of a piece, at least 1; the last piece may be shorter.
        offset: Tokens that are passed over at the beginning, >= 0.

    Yields:
        Tokens (batch_size, steps), the next token of each (batch_size, steps), and whether the
        piece goes on from the one before.

    Raises:
        InputError: A value outside its range, or fewer tokens than one a row and one more.
    """
    check_int("batch_size", batch_size, 1)
    check_int("steps", steps, 1)
    check_int("offset", offset, 0)
    length = (len(tokens) - 1 - offset) // batch_size
    if length < 1:
        raise InputError(
            f"`tokens` must hold more than {batch_size} tokens from `offset` on, one for each row; "
            f"got {max(0, len(tokens) - offset)}."
        )
    x, targets = (
        tokens[start : start + length * batch_size].reshape(batch_size, length)
        for start in (offset, offset + 1)
    )
    for k in range(0, length, steps):
        yield x[:, k : k + steps].copy(), targets[:, k : k + steps].copy(), k > 0


def _text(path: Path, encoding: str) -> str:
    archive = next((p for p in path.parents if p.suffix == ".zip" and p.is_file()), None)
    if archive is None:
        return read_text(path, encoding)
    wanted = PurePosixPath(path.relative_to(archive).as_posix())
    found = dict(members(archive))
    if wanted not in found:
        raise FileError(f"{archive} must hold {wanted}; it holds {', '.join(map(str, found))}.")
    return decoded(found[wanted], str(path), encoding)


def _tokens(text: str, level: Level, lower: bool, as_treebank: bool) -> list[str]:
    if level == "word":
        lines = (text.lower() if lower else text).removesuffix("\n").split("\n")
        return [token for line in lines for token in (*line.split(), END_OF_LINE)]
    if as_treebank:
        lines = [line.strip().replace(" ", "_") for line in text.removesuffix("\n").split("\n")]
        text = "".join(f"{line}\n" for line in lines)
    return tokens_of(text, level, lower=lower)


def _unigram_bits(train: NDArray[np.int64], test: NDArray[np.int64], size: int) -> float:
    counts = np.bincount(train, minlength=size) + 1.0
    return float(-np.log2(counts / counts.sum())[test].mean())
