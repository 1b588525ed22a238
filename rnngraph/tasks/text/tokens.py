"""What the tokens of a text are."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from rnngraph._check import check_bool, check_choice

_WORD: Final = re.compile(
    r"\d+(?:[.,]\d+)+"  # a number with a point or commas
    r"|\w+(?:'\w+)*"  # a word, with what an apostrophe joins to it
    r"|[^\w\s]"  # any other sign
)


def words(text: str) -> Sequence[str]:
    """Words (`don't` and `3,000.5` are one) and single signs; white space only separates."""
    return _WORD.findall(text)


def characters(text: str) -> Sequence[str]:
    """Every character, white space too."""
    return text


LEVELS: Final[Mapping[str, Callable[[str], Sequence[str]]]] = MappingProxyType(
    {"word": words, "character": characters}
)
"""Level -> how it cuts a text."""


def tokenize(text: str, level: str = "word", *, lower: bool = True) -> Sequence[str]:
    r"""Cut a text into tokens.

    Args:
        text: Any text.
        level: "word": numbers, words and single signs, the matches of
            `\d+(?:[.,]\d+)+|\w+(?:'\w+)*|[^\w\s]`; or "character": every character.
        lower: Put the text into lower case first.

    Raises:
        InputError: `level` is unknown, or `lower` is no bool.
    """
    check_choice("level", level, LEVELS)
    check_bool("lower", lower)
    return LEVELS[level](text.lower() if lower else text)
