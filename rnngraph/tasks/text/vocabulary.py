"""The words a model knows, and their numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph.errors import InputError
from rnngraph.tasks.text.memory import check_vocabulary

UNKNOWN: Final = "<unknown>"


@dataclass(frozen=True)
class Vocabulary:
    """Words in the order of their tokens; word 0 stands for all that are not here.

    Attributes:
        words: Distinct words, or characters; a token is a word's index.

    Raises:
        InputError: There is no word, or one stands twice.
    """

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.words:
            raise InputError("`words` must hold at least the word for unknown ones; got none.")
        if len(self._tokens) < len(self.words):
            twice = Counter(self.words).most_common(1)[0][0]
            raise InputError(f"`words` must be distinct; got {twice!r} more than once.")

    @classmethod
    def from_tokens(
        cls,
        tokens: Iterable[str],
        *,
        vocabulary_size: int | None = None,
        min_count: int = 1,
        unknown: str = UNKNOWN,
    ) -> "Vocabulary":
        """Take the commonest words of a training text.

        Words stand in order of falling count, ties in alphabetical order, after the unknown one.

        Args:
            tokens: The words of the text, one after the other.
            vocabulary_size: Most words to take, the unknown one among them, at least 2; None
                takes all.
            min_count: How often a word must occur to be taken; at least 1.
            unknown: Name of word 0. A text that has its own, such as Penn Treebank's "<unk>",
                may name it here: it is not counted as a word again.

        Raises:
            InputError: An argument breaks a rule, no word occurs `min_count` times, or a model of
                so many words does not fit into memory: one layer of 256 units, with what training
                keeps of it.
        """
        if vocabulary_size is not None:
            check_int("vocabulary_size", vocabulary_size, 2)
        check_int("min_count", min_count, 1)
        counts = Counter(tokens)
        del counts[unknown]
        often = [word for word, count in counts.items() if count >= min_count]
        if counts and not often:
            word, most = counts.most_common(1)[0]
            raise InputError(
                f"`min_count` must leave a word; the commonest, {word!r}, occurs {most} times; "
                f"got {min_count}."
            )
        size = min(len(often) + 1, vocabulary_size or len(often) + 1)
        check_vocabulary(size)
        often.sort(key=lambda word: (-counts[word], word))
        return cls((unknown, *often[: size - 1]))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, tokens: Sequence[str]) -> NDArray[np.int64]:
        """Number words, shape (len(tokens),); 0 for those that are not here."""
        numbers = map(self._tokens.get, tokens, repeat(0))
        return np.fromiter(numbers, np.int64, len(tokens))

    def decode(self, numbers: Iterable[int] | NDArray[np.int64]) -> list[str]:
        """The words of numbers; word 0 for what was unknown.

        Raises:
            InputError: A number is that of no word.
        """
        found = [int(number) for number in numbers]
        for number in found:
            check_int("numbers", number, 0, len(self) - 1)
        return [self.words[number] for number in found]

    @cached_property
    def _tokens(self) -> Mapping[str, int]:
        return {word: number for number, word in enumerate(self.words)}
