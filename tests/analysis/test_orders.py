from collections.abc import Callable
from types import ModuleType

import numpy as np
from scipy import stats


def test_deviations_are_those_of_one_more_draw(load: Callable[[str], ModuleType]) -> None:
    deviations = load("orders").deviations
    draws = np.random.default_rng(0).normal(5.0, 2.0, (4000, 9))
    found = [deviations(one, others) for one, *others in draws]
    # One more draw against the mean of 8: Student's t with 7 degrees of freedom.
    assert stats.kstest(found, stats.t(7).cdf).pvalue > 0.01
    assert deviations(0.5, [0.5, 0.5]) == 0
    assert deviations(0.4, [0.5, 0.5]) == -np.inf
