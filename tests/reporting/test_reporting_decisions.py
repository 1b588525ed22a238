"""What the figures decide, on figures written by hand."""

import math
from typing import Any

import pandas as pd
import pytest

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.decisions import Found, Gain, found, outcome
from rnngraph.reporting.records import Correlation, Score


def score(gain: float, low: float, high: float) -> Score:
    return Score("kfold", "features", "m", 0.5, 0.4, 0.6, gain, low, high, "none: mean")


def row(feature: str, estimate: float, p: float = 0.01) -> Correlation:
    return Correlation(feature, estimate, estimate - 0.1, estimate + 0.1, p)


@pytest.mark.parametrize(
    ("gain", "low", "high", "expected"),
    [
        (0.2, 0.001, 0.4, "gain"),
        (0.2, 0.0, 0.4, "none"),  # an interval that reaches 0 shows nothing,
        (0.2, -0.1, 0.4, "none"),  # whatever the estimate
        (-0.2, -0.4, 0.1, "none"),
        (-0.2, -0.4, 0.0, "none"),
        (-0.2, -0.4, -0.001, "worse"),
        (math.nan, math.nan, math.nan, "none"),
    ],
)
def test_the_interval_of_the_gain_decides(
    gain: float, low: float, high: float, expected: str
) -> None:
    assert outcome(Gain(score(gain, low, high), score(0, 0, 0), 1, 1)) == expected


def test_the_two_analyses_are_compared_with_their_signs() -> None:
    of = Found(
        beyond=(row("both", 0.5), row("beyond", 0.4), row("turned", 0.3)),
        within=(row("within", -0.6), row("both", 0.2), row("turned", -0.2)),
        n_beyond=9,
        n_within=9,
    )
    assert [r.feature for r in of.both] == ["both"]
    assert [r.feature for r in of.beyond_only] == ["beyond", "turned"]
    assert [r.feature for r in of.within_only] == ["within", "turned"]
    assert [(r.feature, r.estimate) for r in of.turned] == [("turned", -0.2)]


def table(**p_adjusted: float) -> pd.DataFrame:
    names = list(p_adjusted)
    return pd.DataFrame(
        {
            "cell": "gru",
            "feature": names,
            "estimate": 0.5,
            "ci_low": 0.4,
            "ci_high": 0.6,
            "p_adjusted": list(p_adjusted.values()),
        }
    )


def findings(**changes: Any) -> Findings:
    nothing = pd.DataFrame()
    tables: dict[str, Any] = {
        "spread": nothing,
        "noise": nothing,
        "raw": table(a=0.9, b=0.9, density=0.9),
        "partial": table(a=0.05, b=0.051, density=0.001),
        "within": table(a=0.2, b=0.03, density=0.001),
        "collinear": nothing,
        "size_like": ("density",),
        "predictions": {},
    }
    return Findings(**{**tables, **changes})


def test_found_is_at_the_level_and_never_a_function_of_size() -> None:
    of = found(findings(), "gru")
    assert [r.feature for r in of.beyond] == ["a"]
    assert [r.feature for r in of.within or ()] == ["b"]
    assert (of.n_beyond, of.n_within) == (2, 2)


def test_what_was_not_tested_within_families_is_not_called_lost_there() -> None:
    for within in (None, table(a=math.nan, b=math.nan)):
        assert found(findings(within=within), "gru").within is None
