"""The rules against slow ones that work on tuples, scikit-learn, and cases solved by hand."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.naive_bayes import MultinomialNB

from rnngraph.errors import InputError
from rnngraph.tasks import NGRAM_RULES, Sequences, ngram_accuracy
from rnngraph.tasks.encoding import encode


def strings(text: str, labels: str) -> Sequences:
    return encode(text.split(), "abc", np.array([int(label) for label in labels]))


def drawn(seed: int, count: int, n_classes: int, *, per_step: bool) -> Sequences:
    """Random strings over 3 tokens, with padding that must not be read."""
    rng = np.random.default_rng(seed)
    inputs = rng.integers(3, size=(count, 6))
    lengths = rng.integers(1, 7, size=count)
    if not per_step:
        return Sequences(inputs, lengths, rng.integers(n_classes, size=count))
    asked = (np.arange(6) < lengths[:, None]) & (rng.random((count, 6)) < 0.7)
    asked[0, 0] = True
    return Sequences(inputs, lengths, np.where(asked, rng.integers(n_classes, size=(count, 6)), -1))


def grams(part: Sequences, row: int, n: int) -> list[tuple[int, ...]]:
    word = part.inputs[row, : part.lengths[row]].tolist()
    marked = [-1] * (n - 1) + word + [-1] * (n - 1)
    return [tuple(marked[i : i + n]) for i in range(len(marked) - n + 1)]


def slow_seen(train: Sequences, test: Sequences, n: int) -> float:
    legal = {g for i in range(len(train)) if train.targets[i] == 1 for g in grams(train, i, n)}
    guesses = [set(grams(test, i, n)) <= legal for i in range(len(test))]
    return float(np.mean(np.array(guesses) == test.targets))


def slow_likelihood(train: Sequences, test: Sequences, n: int) -> tuple[float, float]:
    """Share of strings surely right, and share where rounding decides between two classes."""
    known = sorted({g for i in range(len(train)) for g in grams(train, i, n)})
    column = {gram: i for i, gram in enumerate(known)}

    def counts(part: Sequences) -> NDArray[np.int64]:
        table = np.zeros((len(part), len(known) + 1), dtype=np.int64)
        for row in range(len(part)):
            for gram in grams(part, row, n):
                table[row, column.get(gram, len(known))] += 1
        return table

    model = MultinomialNB(alpha=1.0).fit(counts(train), train.targets)
    scores = model.predict_joint_log_proba(counts(test))
    tie = np.diff(np.sort(scores, axis=1)[:, -2:], axis=1)[:, 0] < 1e-9
    right = model.classes_[scores.argmax(axis=1)] == test.targets
    return float(np.mean(right & ~tie)), float(np.mean(tie))


def slow_recent(train: Sequences, test: Sequences, n: int) -> float:
    seen: dict[tuple[int, ...], Counter[int]] = {}
    for context, target in asked(train, n):
        for length in range(n + 1):
            seen.setdefault(context[len(context) - length :], Counter())[target] += 1
    hits = []
    for context, target in asked(test, n):
        length = next(k for k in range(n, -1, -1) if context[len(context) - k :] in seen)
        votes = seen[context[len(context) - length :]]
        hits.append(min(votes, key=lambda label: (-votes[label], label)) == target)
    return float(np.mean(hits))


def asked(part: Sequences, n: int) -> list[tuple[tuple[int, ...], int]]:
    found = []
    for row in range(len(part)):
        marked = [-1] * (n - 1) + part.inputs[row].tolist()
        for step in range(int(part.lengths[row])):
            if part.targets[row, step] >= 0:
                found.append((tuple(marked[step : step + n]), int(part.targets[row, step])))
    return found


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=20)
def test_rules_equal_slow_ones(n: int, seed: int) -> None:
    train, test = (drawn(2 * seed + i, 30, 2, per_step=False) for i in range(2))
    seen = ngram_accuracy(train, test, n, rule="seen_ngrams")
    assert seen == pytest.approx(slow_seen(train, test, n))

    train, test = (drawn(2 * seed + i, 30, 3, per_step=True) for i in range(2))
    recent = ngram_accuracy(train, test, n, rule="recent_tokens")
    assert recent == pytest.approx(slow_recent(train, test, n))

    train, test = (drawn(2 * seed + i, 30, 3, per_step=False) for i in range(2))
    sure, ties = slow_likelihood(train, test, n)
    likelihood = ngram_accuracy(train, test, n, rule="ngram_likelihood")
    assert sure - 1e-9 <= likelihood <= sure + ties + 1e-9


def test_seen_ngrams_by_hand() -> None:
    train = strings("ab abb ba", "110")
    test = strings("abbb b ba a", "1011")
    # Symbols a, b are seen: all valid. Bigrams ^a, ab, bb, b$ admit abbb alone.
    assert ngram_accuracy(train, test, 1, rule="seen_ngrams") == 3 / 4
    assert ngram_accuracy(train, test, 2, rule="seen_ngrams") == 2 / 4
    # Of the trigrams ^^a, ^ab, ab$, b$$, abb, bb$ none is bbb.
    assert ngram_accuracy(train, test, 3, rule="seen_ngrams") == 1 / 4


def test_likelihood_by_hand() -> None:
    train = strings("aab ccb", "01")
    assert ngram_accuracy(train, strings("a cc bbbc", "011"), 1, rule="ngram_likelihood") == 1
    # Nothing is known of either class, so the tie goes to class 0.
    assert ngram_accuracy(train, strings("b b", "01"), 1, rule="ngram_likelihood") == 1 / 2


def test_recent_tokens_by_hand() -> None:
    # The target is the token before the present one: two tokens tell it, one does not.
    inputs = np.array([[0, 1, 0, 0, 1, 1, 0]])
    targets = np.concatenate([[[-1]], inputs[:, :-1]], axis=1)
    part = Sequences(inputs, np.array([7]), targets)
    assert ngram_accuracy(part, part, 1, rule="recent_tokens") == 4 / 6
    assert ngram_accuracy(part, part, 2, rule="recent_tokens") == 1


@pytest.mark.parametrize("rule", NGRAM_RULES)
def test_padding_is_never_read(rule: str) -> None:
    part = drawn(5, 20, 2, per_step=rule == "recent_tokens")
    clean = Sequences(np.where(part.real, part.inputs, 0), part.lengths, part.targets)
    assert ngram_accuracy(part, part, 3, rule=rule) == ngram_accuracy(clean, clean, 3, rule=rule)


DENSE = Sequences(np.zeros((2, 1, 1), dtype=np.float32), np.array([1, 1]), np.array([0, 1]))
WORDS = strings("ab ba", "01")
MANY = strings("ab ba", "02")
STEPS = drawn(0, 3, 2, per_step=True)
HUGE = Sequences(np.array([[2**40]]), np.array([1]), np.array([1]))


@pytest.mark.parametrize(
    ("part", "n", "rule", "message"),
    [
        (WORDS, 0, "seen_ngrams", r"`n` must be an integer >= 1; got 0"),
        (WORDS, 1, "seen_ngram", r"`rule` must be one of .* 'seen_ngram'.*mean 'seen_ngrams'"),
        (DENSE, 1, "seen_ngrams", r"`train` and `test` must hold tokens; got dense inputs"),
        (MANY, 1, "seen_ngrams", r"`train` must have one target, 0 or 1, .* 'sequence' .* to 2"),
        (STEPS, 1, "seen_ngrams", r"`train` must have one target, 0 or 1, a sequence .* 'step'"),
        (STEPS, 1, "ngram_likelihood", r"must have 'sequence' targets .*likelihood'; got 'step'"),
        (WORDS, 1, "recent_tokens", r"`train` must have 'step' targets .* got 'sequence'"),
        (HUGE, 2, "seen_ngrams", r"`n` must be small enough to number 1099511627778 .* got 2"),
    ],
)
def test_errors(part: Sequences, n: int, rule: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ngram_accuracy(part, part, n, rule=rule)
