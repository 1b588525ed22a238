"""What every task promises, checked on all of them."""

import inspect
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pytest

from rnngraph.errors import InputError
from rnngraph.tasks import TASKS, SequenceData, Sequences

SIZES: Final = {"n_train": 60, "n_test": 30}
KINDS: Final = {"copy_memory": "step", "adding_problem": "value"}

every_task = pytest.mark.parametrize("name", TASKS)


def same(a: Sequences, b: Sequences) -> bool:
    return (
        np.array_equal(a.inputs, b.inputs)
        and np.array_equal(a.lengths, b.lengths)
        and np.array_equal(a.targets, b.targets)
    )


def keys(part: Sequences) -> list[bytes]:
    return [row[:length].tobytes() for row, length in zip(part.inputs, part.lengths, strict=True)]


@every_task
def test_seed_decides_the_data(name: str) -> None:
    first, again, other = (TASKS[name](**SIZES, rng=seed) for seed in (1, 1, 2))
    assert same(first.train, again.train)
    assert same(first.test, again.test)
    assert not same(first.train, other.train)
    assert not same(first.test, other.test)
    assert not same(first.train, first.test)


@every_task
def test_test_does_not_depend_on_the_number_of_training_sequences(name: str) -> None:
    few, many = (TASKS[name](n_train=n, n_test=30, rng=3) for n in (20, 200))
    assert same(few.test, many.test)
    assert len(many.train) == 200


@every_task
def test_a_generator_is_advanced(name: str) -> None:
    rng = np.random.default_rng(0)
    assert not same(TASKS[name](**SIZES, rng=rng).test, TASKS[name](**SIZES, rng=rng).test)


@every_task
@pytest.mark.parametrize("seed", [0, 1])
def test_no_sequence_stands_twice(name: str, seed: int) -> None:
    data = TASKS[name](n_train=400, n_test=200, rng=seed)
    train, test = keys(data.train), keys(data.test)
    assert not set(train) & set(test)
    assert len(set(train)) == 400
    assert len(set(test)) == 200


@every_task
def test_shapes_and_meta(name: str) -> None:
    data = TASKS[name](**SIZES, rng=0)
    assert (len(data.train), len(data.test)) == (60, 30)
    assert data.kind == KINDS.get(name, "sequence")
    meta: Mapping[str, Any] = data.meta
    assert meta["name"] == name
    assert meta["chance"] == pytest.approx(slow_chance(data))
    assert len(meta["classes"] or ()) == data.n_classes
    if data.n_tokens:
        assert len(set(meta["tokens"])) == len(meta["tokens"]) == data.n_tokens
        assert list(meta["ngram"]) == ["1", "2", "3"]
        assert (data.train.inputs[~data.train.real] == 0).all()
    else:
        assert meta["tokens"] is None
        assert meta["ngram"] == {}


def slow_chance(data: SequenceData) -> float:
    targets = [float(target) for target in data.test.targets.ravel()]
    if data.kind == "value":
        mean = float(np.mean(data.train.targets.tolist()))
        return sum((target - mean) ** 2 for target in targets) / len(targets)
    asked = [target for target in targets if target != -1]
    return max(map(asked.count, asked)) / len(asked)


@every_task
def test_params_remake_the_data(name: str) -> None:
    data = TASKS[name](n_train=np.int64(60), n_test=np.int64(30), rng=5)
    meta = json.loads(json.dumps(data.meta))
    assert set(meta["params"]) == set(inspect.signature(TASKS[name]).parameters) - {"rng"}
    again = TASKS[name](**meta["params"], rng=5)
    assert same(data.train, again.train)
    assert json.loads(json.dumps(again.meta)) == meta


@every_task
def test_docstring_names_its_source(name: str) -> None:
    doc = TASKS[name].__doc__ or ""
    assert "\n    Source: " in doc
    assert "Needs " in doc or "must hold" in doc


@every_task
@pytest.mark.parametrize("argument", ["n_train", "n_test"])
def test_numbers_of_sequences_are_checked(name: str, argument: str) -> None:
    with pytest.raises(InputError, match=rf"`{argument}` must be an integer >= [12]; got 0"):
        TASKS[name](**{**SIZES, argument: 0}, rng=0)


@every_task
def test_rng_is_checked(name: str) -> None:
    with pytest.raises(InputError, match=r"`rng` must be a non-negative integer.*got None"):
        TASKS[name](**SIZES, rng=None)
