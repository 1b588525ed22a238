import math

import pytest

from rnngraph.reporting.numbers import (
    coefficient,
    counted,
    decided_interval,
    interval,
    listed,
    number,
    p_value,
    percent,
    span,
    whole,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.41, "0.410"),
        (-12.345, "−12.3"),
        (123.4, "123"),
        (1234, "1.23×10³"),
        (4.56e-7, "4.56×10⁻⁷"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.456, "−0.46"), (-0.001, "0.00"), (1, "1.00"), (-1234.5, "−1.23×10³"), (math.nan, "–")],
)
def test_coefficients_have_two_decimals(value: float, text: str) -> None:
    assert coefficient(value) == text


def test_intervals() -> None:
    assert interval(-0.5, 0.25) == "[−0.50, 0.25]"
    assert interval(math.nan, 0.25) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "<0.001"), (0.00099, "<0.001"), (0.0123, "0.012"), (0.456, "0.46"), (math.nan, "–")],
)
def test_p_values(value: float, text: str) -> None:
    assert p_value(value) == text


def test_counts() -> None:
    assert whole(3.0) == "3"
    assert whole(math.nan) == "–"
    assert percent(0.256) == "26\N{NO-BREAK SPACE}%"
    assert counted(1, "graph") == "1 graph"
    assert counted(2, "family", "families") == "2 families"
    assert span([3, 3]) == "3"
    assert span([5, 2]) == "2 to 5"


def test_lists() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c"], 1) == "a and 2 more"
    assert listed(["a", "b"], 1) == "a and b"  # "1 more" would be no shorter


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (-0.03, -0.001, "[−0.03, −0.001]"),
        (0.0004, 0.3, "[0.0004, 0.30]"),
        (-0.00001, 0.2, "[0.00, 0.20]"),
        (0.0, 0.2, "[0.00, 0.20]"),
        (-0.12, 0.34, "[−0.12, 0.34]"),
        (math.nan, 0.2, "–"),
    ],
)
def test_an_interval_that_decides_shows_on_which_side_of_0_it_ends(
    low: float, high: float, text: str
) -> None:
    assert decided_interval(low, high) == text
