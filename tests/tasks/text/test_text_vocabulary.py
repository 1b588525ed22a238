"""Tokens and their numbers, there and back."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.tasks import Vocabulary, tokenize

words = st.lists(st.sampled_from(["a", "b", "c", "dd", "é", "<unknown>"]), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's a dog's life, isn't it?", "it's a dog's life , isn't it ?"),
        ("3,000.50 in 2004. 3rd 1.5", "3,000.50 in 2004 . 3rd 1.5"),
        ("'quoted' -- (x_1)\t\u2026", "' quoted ' - - ( x_1 ) \u2026"),
        ("Ünï\ncode", "ünï code"),
        (" \n", ""),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert tokenize(text) == expected.split()


@given(st.text())
def test_tokens_leave_out_white_space_only(text: str) -> None:
    found = tokenize(text, lower=False)
    assert "".join(found) == re.sub(r"\s", "", text)
    assert "" not in found
    assert "".join(tokenize(text, "character", lower=False)) == text


def test_case() -> None:
    assert tokenize("A Bc", lower=False) == ["A", "Bc"]
    assert list(tokenize("A b", "character")) == ["a", " ", "b"]


def test_level_is_checked() -> None:
    with pytest.raises(InputError, match=r"`level` must be one of word, character; got 'words'"):
        tokenize("a", "words")


def test_commonest_first_ties_by_alphabet() -> None:
    tokens = "b a c b <unknown> a d".split()
    assert Vocabulary.from_tokens(tokens).words == ("<unknown>", "a", "b", "c", "d")
    assert Vocabulary.from_tokens(tokens, vocabulary_size=3).words == ("<unknown>", "a", "b")
    assert Vocabulary.from_tokens(tokens, min_count=2).words == ("<unknown>", "a", "b")
    assert Vocabulary.from_tokens(tokens, unknown="b").words == ("b", "a", "<unknown>", "c", "d")
    assert Vocabulary.from_tokens("hello").words == ("<unknown>", "l", "e", "h", "o")


@given(words, st.integers(2, 6), st.integers(1, 3))
def test_round_trip(tokens: list[str], size: int, min_count: int) -> None:
    counts = Counter(word for word in tokens if word != "<unknown>")
    often = {word: count for word, count in counts.items() if count >= min_count}
    assume(often or not counts)
    known = Vocabulary.from_tokens(tokens, vocabulary_size=size, min_count=min_count)
    assert len(known) == min(size, len(often) + 1)
    assert list(known.words[1:]) == sorted(often, key=lambda word: (-often[word], word))[: size - 1]
    numbers = known.encode(tokens)
    assert numbers.dtype == np.int64
    assert numbers.shape == (len(tokens),)
    assert known.decode(numbers) == [
        word if word in known.words else "<unknown>" for word in tokens
    ]


@given(st.text())
def test_characters_round_trip(text: str) -> None:
    known = Vocabulary.from_tokens(text)
    assert "".join(known.decode(known.encode(text))) == text
    assert known.encode(text).min(initial=1) == 1
    assert known.encode("\U0010fffd" + text)[0] == ("\U0010fffd" in text) * known.words.index(
        "\U0010fffd" if "\U0010fffd" in text else "<unknown>"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary_size": 1}, r"`vocabulary_size` must be an integer >= 2; got 1"),
        ({"min_count": 0}, r"`min_count` must be an integer >= 1; got 0"),
        (
            {"min_count": 3},
            r"`min_count` must leave a word; the commonest, 'b', occurs 2 times; got 3\.$",
        ),
    ],
)
def test_arguments_are_checked(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Vocabulary.from_tokens("abb", **arguments)


def test_a_vocabulary_larger_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnngraph.tasks.text.memory.total_memory", lambda: 4.0 * 4096)
    assert len(Vocabulary.from_tokens("abc")) == 4
    assert len(Vocabulary.from_tokens("abcd", vocabulary_size=4)) == 4
    with pytest.raises(
        InputError,
        match=r"`vocabulary_size` must leave a model that fits into memory.* 5 words with 256 "
        r"weights each need 1\.91e-05 GiB to train, and there are 1\.53e-05 GiB\.",
    ):
        Vocabulary.from_tokens("abcd")


def test_words_are_checked() -> None:
    with pytest.raises(InputError, match=r"`words` must hold at least the word for unknown ones"):
        Vocabulary(())
    with pytest.raises(InputError, match=r"`words` must be distinct; got 'a' more than once"):
        Vocabulary(("a", "b", "a"))


@pytest.mark.parametrize("number", [-1, 2])
def test_numbers_of_no_word(number: int) -> None:
    with pytest.raises(InputError, match=rf"`numbers` must be .* in \[0, 1\]; got {number}"):
        Vocabulary(("<unknown>", "a")).decode([number])
