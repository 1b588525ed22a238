"""The memory tasks: targets worked out again from the inputs, one sequence at a time."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.tasks import (
    SequenceData,
    Sequences,
    adding_problem,
    copy_memory,
    match_to_sample,
    temporal_order,
)

seeds = given(seed=st.integers(0, 10_000))
some = settings(deadline=None, max_examples=15)


def symbols(data: SequenceData, part: Sequences) -> list[list[str]]:
    names: Any = data.meta["tokens"]
    return [
        [names[token] for token in row[:length]]
        for row, length in zip(part.inputs, part.lengths, strict=True)
    ]


@seeds
@some
def test_copy_memory_asks_for_the_items_after_the_signal(seed: int) -> None:
    data = copy_memory(n_train=20, n_test=10, n_items=3, n_symbols=4, delay=5, rng=seed)
    for row, targets in zip(symbols(data, data.train), data.train.targets, strict=True):
        items, rest = row[:3], row[3:]
        assert set(items) <= set("0123")
        assert rest == ["blank"] * 4 + ["go"] + ["blank"] * 3
        assert targets.tolist() == [-1] * 8 + [int(item) for item in items]


def test_copy_memory_of_no_delay_but_the_signal() -> None:
    data = copy_memory(n_train=2, n_test=2, n_items=1, n_symbols=4, delay=1, rng=0)
    assert [row[1:] for row in symbols(data, data.train)] == [["go", "blank"]] * 2


def test_copy_memory_leaves_ngrams_at_chance() -> None:
    data = copy_memory(n_train=4_000, n_test=2_000, rng=0)
    ngram: Any = data.meta["ngram"]
    assert max(ngram.values()) < 1 / 8 + 0.02


@seeds
@some
def test_adding_problem_marks_one_number_in_each_half(seed: int) -> None:
    length = 2 + seed % 7
    data = adding_problem(n_train=20, n_test=1, length=length, rng=seed)
    assert data.train.inputs.shape == (20, length, 2)
    for row, target in zip(data.train.inputs.tolist(), data.train.targets, strict=True):
        assert all(0 <= number < 1 for number, _ in row)
        assert {mark for _, mark in row} <= {0.0, 1.0}
        first, second = [step for step, (_, mark) in enumerate(row) if mark == 1]
        assert first < length // 2 <= second
        assert target == pytest.approx(row[first][0] + row[second][0])


def test_adding_problem_uses_every_step_and_leaves_a_sixth() -> None:
    data = adding_problem(n_train=4_000, n_test=20_000, length=5, rng=0)
    marks = data.test.inputs[:, :, 1].mean(axis=0)
    np.testing.assert_allclose(marks, [1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3], atol=0.02)
    assert data.meta["chance"] == pytest.approx(1 / 6, abs=0.01)


@seeds
@some
def test_temporal_order_names_the_relevant_symbols(seed: int) -> None:
    data = temporal_order(n_train=40, n_test=10, length=20, rng=seed)
    classes: Any = data.meta["classes"]
    for row, target in zip(symbols(data, data.train), data.train.targets, strict=True):
        places = [step for step, symbol in enumerate(row) if symbol in "XY"]
        assert "".join(row[place] for place in places) == classes[target]
        first, second = places
        assert 2 <= first <= 4
        assert 10 <= second <= 12
        assert row[0] == "E"
        assert row[-1] == "B"
        assert 20 <= len(row) <= 22
        assert set(row[1:-1]) <= set("abcdXY")


def test_temporal_order_at_the_published_length() -> None:
    # Experiment 6a: 100 to 110 steps, symbols at 10 to 20 and 50 to 60.
    data = temporal_order(n_train=2_000, n_test=10, length=100, rng=0)
    rows = symbols(data, data.train)
    places = np.array([[i for i, symbol in enumerate(row) if symbol in "XY"] for row in rows])
    assert (places.min(axis=0).tolist(), places.max(axis=0).tolist()) == ([10, 50], [20, 60])
    assert set(data.train.lengths) == set(range(100, 111))


def test_temporal_order_tells_ngrams_how_many_but_not_which_first() -> None:
    data = temporal_order(n_train=4_000, n_test=2_000, rng=0)
    ngram: Any = data.meta["ngram"]
    for accuracy in ngram.values():
        assert accuracy == pytest.approx(0.75, abs=0.04)
    assert set(Counter(data.test.targets.tolist()).values()) == {500}


@seeds
@some
def test_match_to_sample_compares_the_ends(seed: int) -> None:
    data = match_to_sample(
        n_train=60, n_test=10, n_symbols=3, n_distractors=2, min_delay=4, max_delay=6, rng=seed
    )
    assert set(data.train.lengths) <= {6, 7, 8}
    for row, target in zip(symbols(data, data.train), data.train.targets, strict=True):
        sample, *delay, probe = row
        assert (sample == probe) == (target == 1)
        assert {sample, probe} <= {"s0", "s1", "s2"}
        assert set(delay) <= {"d0", "d1"}


def test_match_to_sample_leaves_ngrams_at_chance() -> None:
    data = match_to_sample(n_train=4_000, n_test=2_000, rng=0)
    ngram: Any = data.meta["ngram"]
    assert data.meta["chance"] == pytest.approx(0.5, abs=0.01)
    assert max(ngram.values()) < 0.56


def test_match_to_sample_without_delay_has_every_pair_once() -> None:
    data = match_to_sample(
        n_train=8, n_test=8, n_symbols=4, n_distractors=1, min_delay=0, max_delay=0, rng=0
    )
    pairs = {tuple(row) for part in (data.train, data.test) for row in part.inputs.tolist()}
    assert pairs == {(sample, probe) for sample in range(4) for probe in range(4)}


@pytest.mark.parametrize(
    ("task", "change", "message"),
    [
        (copy_memory, {"n_items": 0}, r"`n_items` must be an integer >= 1; got 0"),
        (copy_memory, {"n_symbols": 1}, r"`n_symbols` must be an integer >= 2; got 1"),
        (copy_memory, {"delay": 0}, r"`delay` must be an integer >= 1; got 0"),
        (copy_memory, {"n_items": 1}, r"`n_train` must ask for at most 4 sequences.* got 10"),
        (adding_problem, {"length": 1}, r"`length` must be an integer >= 2; got 1"),
        (temporal_order, {"length": 9}, r"`length` must be an integer >= 10; got 9"),
        (match_to_sample, {"n_symbols": 1}, r"`n_symbols` must be an integer >= 2; got 1"),
        (match_to_sample, {"n_distractors": 0}, r"`n_distractors` must be an integer >= 1; got 0"),
        (match_to_sample, {"min_delay": -1}, r"`min_delay` must be an integer >= 0; got -1"),
        (match_to_sample, {"max_delay": 4}, r"`max_delay` must be an integer >= 5; got 4"),
        (
            match_to_sample,
            {"min_delay": 0, "max_delay": 0, "n_symbols": 2},
            r"`n_test` must ask for at most 4 sequences, as many as .* left; got 5",
        ),
    ],
)
def test_errors(task: Any, change: dict[str, int], message: str) -> None:
    sizes = {"n_train": 10, "n_test": 5 if task is match_to_sample else 4}
    with pytest.raises(InputError, match=message):
        task(**{**sizes, **change}, rng=0)
