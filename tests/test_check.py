import math
import re

import numpy as np
import pytest

from rnngraph._check import (
    check_bool,
    check_choice,
    check_function,
    check_int,
    check_mapping,
    check_real,
    hint,
)
from rnngraph.errors import InputError, RnngraphError


def test_good_values_come_back_as_plain_numbers() -> None:
    assert type(check_real("p", np.float32(0.5), 0, 1)) is float
    assert type(check_int("n", np.int64(3), 1)) is int
    assert check_choice("cell", "gru", ("gru", "lstm")) == "gru"


@pytest.mark.parametrize("bad", [1.5, -0.1, math.nan, math.inf, True, "0.5", None])
def test_a_number_outside_its_range(bad: object) -> None:
    with pytest.raises(InputError, match=rf"`p` must be a number in \[0, 1\]; got {bad!r}."):
        check_real("p", bad, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"low": 2}, ">= 2"),
        ({"high": -2}, "<= -2"),
        ({"above": 0.5}, "> 0.5"),
        ({"low": 3, "above": 0}, ">= 3"),
    ],
)
def test_every_rule_is_told(arguments: dict[str, float], rule: str) -> None:
    with pytest.raises(InputError, match=f"`x` must be a number {rule}; got 0.25."):
        check_real("x", 0.25, **arguments)


@pytest.mark.parametrize("bad", ["no", "False", 0, 1, None, np.array([True])])
def test_only_bools_are_flags(bad: object) -> None:
    assert check_bool("dense", True) is True
    assert check_bool("dense", np.False_) is False
    with pytest.raises(InputError, match=re.escape(f"`dense` must be True or False; got {bad!r}.")):
        check_bool("dense", bad)


def test_mappings_and_functions() -> None:
    assert check_mapping("masks", {"a": 1}, "tensors by name") == {"a": 1}
    with pytest.raises(InputError, match="^`masks` must be a mapping, tensors by name; got a list"):
        check_mapping("masks", [1], "tensors by name")
    check_function("train", len)
    with pytest.raises(InputError, match="^`train` must be a function; got 3"):
        check_function("train", 3)


def test_only_finite_numbers() -> None:
    with pytest.raises(InputError, match="`x` must be a number that is finite; got nan."):
        check_real("x", math.nan)


@pytest.mark.parametrize("bad", [0, 1.0, True, "1"])
def test_an_integer_outside_its_range(bad: object) -> None:
    with pytest.raises(InputError, match=f"`n` must be an integer >= 1; got {bad!r}."):
        check_int("n", bad, 1)


def test_the_near_match_is_suggested() -> None:
    with pytest.raises(
        InputError, match="`cell` must be one of gru, lstm; got 'gruu'. Did you mean 'gru'?"
    ):
        check_choice("cell", "gruu", ("gru", "lstm"))
    assert hint("GRU", ("gru", "LSTM")) == " Did you mean 'gru'?"
    assert hint("lsmt", ("gru", "LSTM")) == " Did you mean 'LSTM'?"
    assert hint("zzz", ("gru", "lstm")) == ""


@pytest.mark.parametrize(
    ("count", "value", "rule"),
    [
        (12, "name", "one of {names}; got 'name'. Did you mean 'name_a'?"),
        (13, "name", "a known name; got 'name'. Did you mean 'name_a'?"),
        (13, "zzz", "one of {names}; got 'zzz'."),
    ],
)
def test_a_long_list_is_told_only_where_no_name_is_near(count: int, value: str, rule: str) -> None:
    names = ["name_a", *(f"{i}{i}{i}" for i in range(count - 1))]
    with pytest.raises(InputError) as caught:
        check_choice("x", value, names)
    assert str(caught.value) == f"`x` must be {rule.format(names=', '.join(names))}"


def test_an_input_error_is_a_value_error() -> None:
    assert issubclass(InputError, ValueError)
    assert issubclass(InputError, RnngraphError)
