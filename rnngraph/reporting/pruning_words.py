"""How the pruning report names what was pruned, and its numbers."""

import math
from typing import Final

from rnngraph.reporting.numbers import percent

KINDS: Final = {"both": "both", "ih": "input to hidden", "hh": "hidden to hidden"}
"""Kinds of weights, by their names in a plan."""

STAGE_NAMES: Final = {"pruned": "at once", "retrained": "after retraining"}
"""When an accuracy was taken, by the names of the tables."""

_MISSING: Final = "–"


def points(share: float) -> str:
    """Format a share in [0, 1], or a difference of two, in percent with one decimal."""
    if math.isnan(share):
        return _MISSING
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def points_with(mean: float, low: float, high: float) -> str:
    """Format a difference in points with its interval, if there is one: 4.5 [2.4, 6.7]."""
    return points(mean) if math.isnan(low) else f"{points(mean)} [{points(low)}, {points(high)}]"


def share_with(mean: float, low: float, high: float) -> str:
    """Format a share in whole percent with its interval, if there is one: 42 % [28, 56]."""
    interval = "" if math.isnan(low) else f" [{100 * low:.0f}, {100 * high:.0f}]"
    return percent(mean) + interval


def kibibytes(n: float) -> str:
    """Format a number of bytes in KiB."""
    return f"{n / 1024:.1f}"
