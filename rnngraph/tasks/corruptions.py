"""How an invalid string is made from a valid one; the length is kept."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from rnngraph._check import check_choice, check_real
from rnngraph.errors import InputError
from rnngraph.tasks.reber_grammar import SYMBOLS

Corruption: TypeAlias = Callable[[str, np.random.Generator], str]
"""Makes a string of the same length from a valid one; now and then the result is valid too."""


def one_symbol(string: str, rng: np.random.Generator) -> str:
    """Replace one symbol by another of the alphabet."""
    place = int(rng.integers(len(string)))
    others = SYMBOLS.replace(string[place], "")
    return string[:place] + others[rng.integers(len(others))] + string[place + 1 :]


def swapped(string: str, rng: np.random.Generator) -> str:
    """Swap two neighbouring symbols."""
    place = int(rng.integers(len(string) - 1))
    return string[:place] + string[place + 1] + string[place] + string[place + 2 :]


def random_string(string: str, rng: np.random.Generator) -> str:
    """Draw each symbol uniformly from the alphabet."""
    return "".join(SYMBOLS[i] for i in rng.integers(len(SYMBOLS), size=len(string)))


def wrong_closing(string: str, rng: np.random.Generator, *, depth: int = 1) -> str:
    """Exchange T and P at one closing symbol of an embedded Reber string."""
    place = len(string) - 2 - 2 * int(rng.integers(depth))
    return string[:place] + ("P" if string[place] == "T" else "T") + string[place + 1 :]


CORRUPTIONS: Final[Mapping[str, Corruption]] = MappingProxyType(
    {"symbol": one_symbol, "swap": swapped, "random": random_string}
)
"""The kinds of invalid strings that any grammar over BEPSTVX has."""


def shares_of(
    negatives: Mapping[str, float], corruptions: Mapping[str, Corruption]
) -> dict[str, float]:
    """Turn the weights of the kinds of invalid strings into shares that sum to 1.

    Raises:
        InputError: A kind is unknown, a weight is not a number >= 0, or no weight is above 0.
    """
    weights = {
        check_choice("negatives", kind, corruptions): check_real(f"negatives[{kind!r}]", weight, 0)
        for kind, weight in negatives.items()
    }
    total = sum(weights.values())
    if total == 0:
        raise InputError(f"`negatives` must give a kind a weight above 0; got {weights}.")
    return {kind: weight / total for kind, weight in weights.items()}
