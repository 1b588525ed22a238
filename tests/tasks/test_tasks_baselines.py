import numpy as np
import pytest

from rnngraph.tasks import Sequences, chance, with_baselines

INPUTS = np.zeros((4, 2), dtype=np.int64)
LENGTHS = np.full(4, 2)


def test_chance_is_the_share_of_the_largest_class_of_test() -> None:
    train = Sequences(INPUTS, LENGTHS, np.array([0, 0, 0, 1]))
    test = Sequences(INPUTS, LENGTHS, np.array([2, 1, 1, 1]))
    assert chance(train, test) == 3 / 4


def test_chance_counts_scored_steps_only() -> None:
    steps = Sequences(INPUTS, LENGTHS, np.array([[-1, 0], [-1, 1], [-1, -1], [1, 1]]))
    assert chance(steps, steps) == 3 / 4


def test_chance_of_values_is_the_error_of_the_train_mean() -> None:
    train = Sequences(INPUTS, LENGTHS, np.array([0, 0, 2, 2], dtype=np.float32))
    test = Sequences(INPUTS, LENGTHS, np.array([1, 1, 3, 5], dtype=np.float32))
    assert chance(train, test) == pytest.approx((0 + 0 + 4 + 16) / 4)


def test_meta_says_what_is_known() -> None:
    part = Sequences(INPUTS, LENGTHS, np.array([0, 1, 0, 1]))
    data = with_baselines(
        "same", part, part, tokens="a", classes=("no", "yes"), rule="seen_ngrams", params={"k": 1}
    )
    assert data.meta == {
        "name": "same",
        "chance": 0.5,
        "ngram": {"1": 0.5, "2": 0.5, "3": 0.5},
        "ngram_rule": "seen_ngrams",
        "tokens": ("a",),
        "classes": ("no", "yes"),
        "params": {"k": 1},
    }
    assert (data.n_tokens, data.n_classes) == (1, 2)
