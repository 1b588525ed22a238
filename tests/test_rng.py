import numpy as np
import pytest

from rnngraph._rng import generator, seed_sequence, stream
from rnngraph.errors import InputError


def test_a_stream_is_the_same_whatever_was_taken_before() -> None:
    seed = np.random.SeedSequence(3)
    first = stream(seed, "init", "a", 0).random(4)
    stream(seed, "other").random(100)
    assert (stream(np.random.SeedSequence(3), "init", "a", 0).random(4) == first).all()


@pytest.mark.parametrize("key", [("init", "a", 1), ("init", "b", 0), ("inita", 0), ("init", "a")])
def test_another_key_is_another_stream(key: tuple[str | int, ...]) -> None:
    seed = np.random.SeedSequence(3)
    assert (stream(seed, *key).random(4) != stream(seed, "init", "a", 0).random(4)).any()


def test_a_number_is_not_its_text() -> None:
    seed = np.random.SeedSequence(3)
    assert stream(seed, 1).random() != stream(seed, "1").random()


def test_nested_roots_stay_apart() -> None:
    left, right = np.random.SeedSequence(3).spawn(2)
    assert stream(left, "x").random() != stream(right, "x").random()


def test_a_generator_is_advanced_in_place() -> None:
    draw = np.random.default_rng(0)
    assert generator(draw) is draw
    assert seed_sequence(draw).entropy != seed_sequence(draw).entropy


def test_an_integer_is_numpy_s_seed() -> None:
    assert generator(7).random() == np.random.default_rng(7).random()
    assert seed_sequence(np.int64(7)).entropy == 7


@pytest.mark.parametrize("bad", [None, -1, 1.5, True, "7"])
def test_other_values_are_refused(bad: object) -> None:
    with pytest.raises(InputError, match=f"`rng` must be a non-negative integer.*got {bad!r}."):
        generator(bad)  # type: ignore[arg-type]
