"""The Reber grammar: who belongs to it, how many do, and strings drawn from it.

Source: Reber (1967), J. Verbal Learn. Verbal Behav. 6, 855-863; embedded and with these letters:
Cleeremans, Servan-Schreiber & McClelland (1989), Neural Computation 1, 372-381.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int

SYMBOLS: Final = "BEPSTVX"
SHORTEST: Final = 5
"""Steps of the shortest Reber strings, BTXSE and BPVVE; every greater length exists."""

_EDGES: Final[tuple[dict[str, int], ...]] = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)
"""State -> symbol -> next state, from state 0 to state 7."""
_END: Final = len(_EDGES) - 1


def is_reber(string: str) -> bool:
    """Whether the Reber grammar generates the string."""
    state = 0
    for symbol in string:
        if symbol not in _EDGES[state]:
            return False
        state = _EDGES[state][symbol]
    return state == _END


def is_embedded_reber(string: str, *, depth: int = 1) -> bool:
    """Whether the string is a Reber string inside `depth` frames B c ... c E, c either T or P.

    Args:
        string: Any string.
        depth: Number of frames; at least 1.

    Raises:
        InputError: depth < 1.
    """
    for _ in range(check_int("depth", depth, 1)):
        if len(string) < 4 or string[0] != "B" or string[-1] != "E":
            return False
        if string[1] not in "TP" or string[1] != string[-2]:
            return False
        string = string[2:-2]
    return is_reber(string)


def count_reber(length: int) -> int:
    """Number of Reber strings of exactly `length` symbols."""
    return _ways(length)[length][0]


def draw_reber(lengths: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """Draw a Reber string of each length, uniformly among all strings of that length.

    Args:
        lengths: Shape (N,), symbols of each string; at least 5.
        rng: Advanced in place.
    """
    ways = _ways(int(lengths.max()))
    return [_walk(length, ways, rng) for length in lengths.tolist()]


@cache
def _ways(longest: int) -> tuple[tuple[int, ...], ...]:
    """Ways from each state to the end in exactly k symbols, for k = 0 to longest."""
    ways = [tuple(int(state == _END) for state in range(len(_EDGES)))]
    for _ in range(longest):
        ways.append(tuple(sum(ways[-1][target] for target in edges.values()) for edges in _EDGES))
    return tuple(ways)


def _walk(length: int, ways: tuple[tuple[int, ...], ...], rng: np.random.Generator) -> str:
    """Take each edge with its share of the ways to the end, so all strings are as likely."""
    state, symbols = 0, []
    for left, chance in zip(range(length - 1, -1, -1), rng.random(length), strict=True):
        (symbol, target), *other = _EDGES[state].items()
        if other and chance >= ways[left][target] / ways[left + 1][state]:
            symbol, target = other[0]
        symbols.append(symbol)
        state = target
    return "".join(symbols)
