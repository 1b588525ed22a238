"""Tell the strings of a grammar from corrupted ones: alike in length, no string twice."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.corruptions import Corruption
from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.encoding import encode
from rnngraph.tasks.reber_grammar import SYMBOLS


@dataclass(frozen=True)
class Grammar:
    """Strings over BEPSTVX, and how they are corrupted.

    Args:
        accepts: Whether a string belongs to the grammar.
        count: Number of its strings of a length.
        draw: A string for each length, uniform among the strings of that length.
        corruptions: Kind -> maker of an invalid string.
        shares: Kind -> share of the invalid strings; the shares sum to 1.
        lengths: Lengths of the strings.
    """

    accepts: Callable[[str], bool]
    count: Callable[[int], int]
    draw: Callable[[NDArray[np.int64], np.random.Generator], list[str]]
    corruptions: Mapping[str, Corruption]
    shares: Mapping[str, float]
    lengths: range


def valid_invalid(
    name: str,
    grammar: Grammar,
    *,
    n_train: int,
    n_test: int,
    share_negative: float,
    params: Mapping[str, object],
    rng: RNG,
) -> SequenceData:
    """Make train and test of valid (1) and invalid (0) strings; all strings are distinct.

    Lengths are uniform as far as the grammar has enough strings of each, and alike for valid and
    invalid strings: the smaller class has a random part of the larger one's. Test is drawn first,
    with at most half of the valid strings of each length, and train avoids its strings: test does
    not depend on `n_train`.

    Args:
        name: Name of the task.
        grammar: The strings.
        n_train: Number of training strings.
        n_test: Number of test strings.
        share_negative: Share of invalid strings, in (0, 1).
        params: What `meta` shows as the arguments.
        rng: Seed; train and test have streams of their own.

    Raises:
        InputError: A part would lack a class, or the grammar has too few strings.
    """
    seed = seed_sequence(rng)
    stock = Counter({length: grammar.count(length) for length in grammar.lengths})
    room = Counter({length: count // 2 for length, count in stock.items()})
    taken: set[str] = set()
    parts: dict[str, Sequences] = {}
    for part, n in (("n_test", n_test), ("n_train", n_train)):
        n_valid, n_invalid = _class_sizes(part, n, share_negative)
        most = max(n_valid, n_invalid)
        if most > room.total():
            raise InputError(
                f"`{part}` must ask for at most {room.total()} valid and as many invalid strings, "
                f"what lengths {grammar.lengths[0]} to {grammar.lengths[-1]} have for it; "
                f"got {most}."
            )
        draws = stream(seed, name, part)
        lengths = _spread(most, room, draws)
        room = stock - Counter(lengths.tolist())
        valid = _valid(grammar, lengths[:n_valid], taken, draws)
        invalid = _invalid(grammar, lengths[:n_invalid], taken, draws)
        parts[part] = _shuffled(valid, invalid, draws)
    return with_baselines(
        name,
        parts["n_train"],
        parts["n_test"],
        tokens=tuple(SYMBOLS),
        classes=("invalid", "valid"),
        rule="seen_ngrams",
        params=params,
    )


def _class_sizes(part: str, n: int, share_negative: float) -> tuple[int, int]:
    """Numbers of valid and of invalid strings."""
    n_invalid = round(n * share_negative)
    if n_invalid in (0, n):
        raise InputError(
            f"`share_negative` must leave a valid and an invalid string among `{part}` = {n}; "
            f"got {share_negative}."
        )
    return n - n_invalid, n_invalid


def _spread(n: int, room: Mapping[int, int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw n lengths uniformly, but none more often than it has room; in random order."""
    chosen: Counter[int] = Counter()
    while (missing := n - chosen.total()) > 0:
        free = [length for length, most in room.items() if chosen[length] < most]
        drawn = Counter(rng.choice(free, size=missing).tolist())
        chosen += Counter({k: min(count, room[k] - chosen[k]) for k, count in drawn.items()})
    return rng.permutation(np.array(list(chosen.elements()), dtype=np.int64))


def _valid(
    grammar: Grammar, lengths: NDArray[np.int64], taken: set[str], rng: np.random.Generator
) -> list[str]:
    return _distinct(len(lengths), lambda which: grammar.draw(lengths[which], rng), taken)


def _invalid(
    grammar: Grammar, lengths: NDArray[np.int64], taken: set[str], rng: np.random.Generator
) -> list[str]:
    kinds = rng.permutation(_by_share(len(lengths), grammar.shares))

    def corrupted(which: NDArray[np.int64]) -> list[str]:
        bases = zip(kinds[which], grammar.draw(lengths[which], rng), strict=True)
        strings = [grammar.corruptions[kind](base, rng) for kind, base in bases]
        return ["" if grammar.accepts(string) else string for string in strings]

    return _distinct(len(lengths), corrupted, taken)


def _by_share(n: int, shares: Mapping[str, float]) -> NDArray[np.str_]:
    """List n kinds, each as often as its share says, to within one."""
    middles = (np.arange(n) + 0.5) / n
    place = np.searchsorted(np.cumsum(list(shares.values())), middles)
    return np.array(list(shares))[np.minimum(place, len(shares) - 1)]


def _distinct(n: int, make: Callable[[NDArray[np.int64]], list[str]], taken: set[str]) -> list[str]:
    """Make n strings, each again until it is new and not empty; add them to `taken`.

    This ends: no length is asked for more often than it has valid strings, and each kind of
    corruption can turn them all into as many different invalid ones.
    """
    strings = [""] * n
    pending = np.arange(n)
    while len(pending):
        failed = []
        for i, string in zip(pending.tolist(), make(pending), strict=True):
            if string and string not in taken:
                taken.add(string)
                strings[i] = string
            else:
                failed.append(i)
        pending = np.array(failed, dtype=np.int64)
    return strings


def _shuffled(valid: list[str], invalid: list[str], rng: np.random.Generator) -> Sequences:
    order = rng.permutation(len(valid) + len(invalid))
    strings = [*valid, *invalid]
    return encode([strings[i] for i in order], SYMBOLS, (order < len(valid)).astype(np.int64))
