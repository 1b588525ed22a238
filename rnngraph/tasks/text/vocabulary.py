"""Words, or characters, and their numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph.errors import InputError

Level: TypeAlias = Literal["word", "character"]

UNKNOWN: Final = "<unknown>"
"""Token 0: whatever stands in no vocabulary."""

MOST_TOKENS: Final = 1_000_000
"""Largest vocabulary: an embedding of 300 for it takes 1.2 GB, and as much for each of Adam's two
memories and a gradient."""

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def words_of(text: str, *, lower: bool = True) -> list[str]:
    """Words of a text, and its punctuation, a token a sign.

    A word is a run of letters, digits and underscores; an apostrophe within joins ("don't").

    Args:
        text: Any text.
        lower: Whether capitals are made small.
    """
    return _WORD.findall(text.lower() if lower else text)


def tokens_of(text: str, level: Level, *, lower: bool) -> list[str]:
    """Words or characters of a text."""
    if level == "word":
        return words_of(text, lower=lower)
    return list(text.lower() if lower else text)


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by their numbers; number 0 is the unknown token.

    Attributes:
        tokens: Distinct; the first is `UNKNOWN`.

    Raises:
        InputError: The first is not `UNKNOWN`, a token stands twice, or there are too many.
    """

    tokens: tuple[str, ...]
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers = {token: number for number, token in enumerate(self.tokens)}
        if not self.tokens or self.tokens[0] != UNKNOWN:
            raise InputError(f"`tokens` must begin with {UNKNOWN!r}; got {list(self.tokens[:1])}.")
        if len(numbers) < len(self.tokens):
            twice = next(t for k, t in enumerate(self.tokens) if numbers[t] != k)
            raise InputError(f"`tokens` must be distinct; got {twice!r} twice.")
        if len(self.tokens) > MOST_TOKENS:
            raise InputError(
                f"`tokens` must be at most {MOST_TOKENS:,}, or their weights do not fit into "
                f"memory; got {len(self.tokens):,}. Limit `vocabulary_size` or raise `min_count`."
            )
        object.__setattr__(self, "_numbers", numbers)

    @classmethod
    def of(
        cls, texts: Iterable[Sequence[str]], *, size: int | None = None, min_count: int = 1
    ) -> Self:
        """Take the most frequent tokens of some texts; ties in the order of their letters.

        Args:
            texts: Texts in tokens.
            size: Largest number of tokens, the unknown one included, at least 2; None: any.
            min_count: Least number of times that a token stands in the texts.

        Raises:
            InputError: A value outside its range.
        """
        check_int("min_count", min_count, 1)
        if size is not None:
            check_int("vocabulary_size", size, 2)
        counts = Counter(token for text in texts for token in text)
        counts.pop(UNKNOWN, None)
        ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        known = [token for token, count in ranked if count >= min_count]
        return cls((UNKNOWN, *known[: None if size is None else size - 1]))

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, tokens: Sequence[str]) -> NDArray[np.int64]:
        """Numbers of tokens, (len(tokens),)."""
        numbers = self._numbers
        return np.fromiter((numbers.get(t, 0) for t in tokens), dtype=np.int64, count=len(tokens))

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Tokens of numbers."""
        return [self.tokens[number] for number in numbers]
