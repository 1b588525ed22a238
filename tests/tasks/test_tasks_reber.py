"""Valid and invalid strings: the right ones, alike in length, and how much n-grams tell."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.tasks import (
    SequenceData,
    Sequences,
    embedded_reber,
    is_embedded_reber,
    is_reber,
    ngram_accuracy,
    reber,
)
from rnngraph.tasks.reber_grammar import SYMBOLS


def words(part: Sequences, label: int) -> list[str]:
    rows = np.flatnonzero(part.targets == label)
    return ["".join(SYMBOLS[token] for token in part.inputs[i, : part.lengths[i]]) for i in rows]


def both(data: SequenceData, label: int) -> list[str]:
    return words(data.train, label) + words(data.test, label)


def changes(string: str, other: str) -> list[int]:
    return [i for i, (a, b) in enumerate(zip(string, other, strict=True)) if a != b]


def one_change_away(string: str) -> set[str]:
    return {string[:i] + s + string[i + 1 :] for i in range(len(string)) for s in SYMBOLS}


def one_swap_away(string: str) -> set[str]:
    return {
        string[:i] + string[i + 1] + string[i] + string[i + 2 :] for i in range(len(string) - 1)
    }


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=15)
def test_valid_is_accepted_and_invalid_refused(seed: int) -> None:
    data = reber(n_train=60, n_test=40, rng=seed)
    assert all(map(is_reber, both(data, 1)))
    assert not any(map(is_reber, both(data, 0)))
    depth = seed % 3 + 1
    data = embedded_reber(n_train=60, n_test=40, depth=depth, rng=seed)
    assert all(is_embedded_reber(string, depth=depth) for string in both(data, 1))
    assert not any(is_embedded_reber(string, depth=depth) for string in both(data, 0))


@pytest.mark.parametrize(("kind", "near"), [("symbol", one_change_away), ("swap", one_swap_away)])
def test_an_invalid_string_is_one_corruption_from_a_valid_one(
    kind: str, near: Callable[[str], set[str]]
) -> None:
    data = reber(n_train=100, n_test=100, negatives={kind: 1}, rng=0)
    for string in both(data, 0):
        assert any(map(is_reber, near(string)))


def test_random_strings_use_every_symbol_alike() -> None:
    data = reber(n_train=2_000, n_test=2, negatives={"random": 1}, rng=0)
    counts = Counter("".join(words(data.train, 0)))
    share = np.array([counts[symbol] for symbol in SYMBOLS]) / counts.total()
    np.testing.assert_allclose(share, 1 / 7, atol=0.01)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_wrong_closing_differs_at_one_closing_symbol_alone(depth: int) -> None:
    data = embedded_reber(n_train=200, n_test=100, depth=depth, negatives={"closing": 1}, rng=0)
    places: Counter[int] = Counter()
    for string in both(data, 0):
        mirrored = string
        for frame in range(depth):
            close = len(string) - 2 - 2 * frame
            mirrored = mirrored[:close] + string[1 + 2 * frame] + mirrored[close + 1 :]
        assert is_embedded_reber(mirrored, depth=depth)
        (place,) = changes(string, mirrored)
        assert {string[place], mirrored[place]} == {"T", "P"}
        places[len(string) - 2 - place] += 1
    assert set(places) == {2 * frame for frame in range(depth)}
    assert min(places.values()) > 150 / depth / 2


def test_kinds_come_in_their_shares() -> None:
    weights = {"closing": 3, "random": 1}
    data = embedded_reber(n_train=80, n_test=40, negatives=weights, rng=0)
    # A random string of twelve symbols or more has hardly ever a frame at both ends.
    framed = [s for s in words(data.train, 0) if s[0] + s[-1] == "BE" and s[-3] == "E"]
    assert len(framed) == 30


def test_lengths_are_uniform_and_alike_in_both_classes() -> None:
    data = reber(n_train=2_000, n_test=400, min_length=20, max_length=24, rng=0)
    for part in (data.train, data.test):
        valid, invalid = (Counter(part.lengths[part.targets == label]) for label in (0, 1))
        assert valid == invalid
        assert sorted(valid) == [20, 21, 22, 23, 24]
        assert min(valid.values()) > 0.6 * max(valid.values())


def test_inner_lengths_do_not_count_the_frames() -> None:
    data = embedded_reber(n_train=40, n_test=20, depth=2, min_inner=9, max_inner=11, rng=0)
    assert set(data.train.lengths) == {17, 18, 19}


@pytest.mark.parametrize(("share", "invalid"), [(0.5, 20), (0.25, 10), (0.9, 36)])
def test_share_of_invalid_strings(share: float, invalid: int) -> None:
    for data in (
        reber(n_train=40, n_test=40, share_negative=share, rng=0),
        embedded_reber(n_train=40, n_test=40, share_negative=share, rng=0),
    ):
        assert len(words(data.train, 0)) == len(words(data.test, 0)) == invalid


def test_a_whole_language_can_be_used_up() -> None:
    # Lengths 5 to 8 hold 2 + 3 + 4 + 7 strings; half of each, rounded down, is for test.
    data = reber(n_train=18, n_test=14, min_length=5, max_length=8, rng=0)
    assert Counter(map(len, both(data, 1))) == {5: 2, 6: 3, 7: 4, 8: 7}
    assert Counter(map(len, words(data.test, 1))) == {5: 1, 6: 1, 7: 2, 8: 3}
    data = embedded_reber(
        n_train=10, n_test=10, min_inner=5, max_inner=6, negatives={"closing": 1}, rng=0
    )
    assert Counter(map(len, both(data, 1))) == {9: 4, 10: 6}
    assert Counter(map(len, words(data.test, 0))) == {9: 2, 10: 3}


@pytest.mark.parametrize("seed", [0, 1])
def test_ngrams_solve_reber_but_not_the_embedded_one(seed: int) -> None:
    plain, embedded = reber(rng=seed), embedded_reber(rng=seed)
    assert ngram_accuracy(plain.train, plain.test, 3, rule="seen_ngrams") > 0.99
    for n in (1, 2, 3):
        assert ngram_accuracy(embedded.train, embedded.test, n, rule="seen_ngrams") <= 0.6
        # Expected 0.6 at most, with a standard error of 0.014.
        assert ngram_accuracy(embedded.train, embedded.test, n, rule="ngram_likelihood") < 0.66
    closing = embedded_reber(negatives={"closing": 1}, rng=seed)
    assert closing.meta["ngram"] == {"1": 0.5, "2": 0.5, "3": 0.5}


def test_the_span_to_remember_is_what_the_docstring_says() -> None:
    # One frame: c stands at step 1 and again inner + 1 steps later, just before the last E.
    (string,) = words(
        embedded_reber(
            n_train=2, n_test=2, min_inner=8, max_inner=8, negatives={"closing": 1}, rng=0
        ).test,
        1,
    )
    assert string[1] == string[1 + 8 + 1] == string[-2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_length": 4}, r"`min_length` must be an integer >= 5; got 4"),
        ({"max_length": 9}, r"`max_length` must be an integer >= 10; got 9"),
        ({"share_negative": 1.5}, r"`share_negative` must be a number in \[0, 1\]; got 1\.5"),
        ({"share_negative": 0.01}, r"`share_negative` must leave a valid .* `n_test` = 4; got 0\."),
        ({"share_negative": 1}, r"`share_negative` must leave a valid .* among `n_test` = 4"),
        ({"negatives": {"swop": 1}}, r"`negatives` must be one of symbol, swap.*mean 'swap'\?"),
        ({"negatives": {"closing": 1}}, r"`negatives` must be one of .* got 'closing'"),
        ({"negatives": {"swap": -1}}, r"`negatives\['swap'\]` must be a number >= 0; got -1"),
        ({"negatives": {"swap": 0}}, r"`negatives` must give a kind a weight above 0; got \{'sw"),
        ({"negatives": {}}, r"`negatives` must give a kind a weight above 0; got \{\}"),
        (
            {"min_length": 5, "max_length": 6, "n_test": 6},
            r"`n_test` must ask for at most 2 valid and as many invalid strings, what lengths 5 "
            r"to 6 have for it; got 3",
        ),
        (
            {"min_length": 5, "max_length": 6, "n_train": 8},
            r"`n_train` must ask for at most 3 valid .* 5 to 6 have for it; got 4",
        ),
    ],
)
def test_reber_refuses_what_breaks_a_rule(change: dict[str, Any], message: str) -> None:
    arguments = {"n_train": 4, "n_test": 4, **change}
    with pytest.raises(InputError, match=message):
        reber(**arguments, rng=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": 0}, r"`depth` must be an integer >= 1; got 0"),
        ({"min_inner": 4}, r"`min_inner` must be an integer >= 5; got 4"),
        ({"max_inner": 7}, r"`max_inner` must be an integer >= 8; got 7"),
        ({"share_negative": -1}, r"`share_negative` must be a number in \[0, 1\]; got -1"),
        ({"negatives": {"close": 1}}, r"`negatives` must be one of .*Did you mean 'closing'\?"),
        (
            {"min_inner": 5, "max_inner": 5, "depth": 2, "n_test": 10},
            r"`n_test` must ask for at most 4 valid .* lengths 13 to 13 have for it; got 5",
        ),
    ],
)
def test_embedded_reber_refuses_what_breaks_a_rule(change: dict[str, Any], message: str) -> None:
    arguments = {"n_train": 4, "n_test": 4, **change}
    with pytest.raises(InputError, match=message):
        embedded_reber(**arguments, rng=0)
