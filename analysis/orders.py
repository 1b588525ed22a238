"""Recorded accuracies that hang on an order of strings which is lost."""

import math
from collections.abc import Sequence

import numpy as np


def deviations(value: float, others: Sequence[float]) -> float:
    """How far a draw is from the mean of others, in standard deviations of that difference.

    If the recorded order is one more of the same kind, this is Student's t with one degree of
    freedom less than there are others.
    """
    difference = value - float(np.mean(others))
    if abs(difference) < 1e-12:
        return 0.0
    spread = float(np.std(others, ddof=1)) * math.sqrt(1 + 1 / len(others))
    return difference / spread if spread else math.copysign(math.inf, difference)
