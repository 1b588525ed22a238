from itertools import combinations, product

import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics.weighted.signs import (
    dale_consistency,
    excitation_inhibition_balance,
    positive_fraction,
    triad_balance,
)


def test_shares_of_signs_by_hand() -> None:
    weights = np.array([[9, 1, -3], [0.5, 0, 0.5], [0, 0, 0]])
    assert positive_fraction(weights) == 0.75
    assert excitation_inhibition_balance(weights) == pytest.approx(-1 / 5)
    assert dale_consistency(weights) == pytest.approx((3 / 4 + 1) / 2)


def test_turning_every_sign(signed: Weights) -> None:
    assert positive_fraction(-signed) == pytest.approx(1 - positive_fraction(signed))
    turned = excitation_inhibition_balance(-signed)
    assert turned == pytest.approx(-excitation_inhibition_balance(signed))
    assert dale_consistency(-signed) == pytest.approx(dale_consistency(signed))


def test_sources_of_one_sign_obey_dale(weights: Weights) -> None:
    signs = np.where(np.arange(len(weights)) % 3 == 0, -1, 1)
    assert dale_consistency(signs[:, None] * weights) == 1
    assert dale_consistency([[0, 1e300, -1e300], [0, 0, 0], [0, 0, 0]]) == 0.5


def test_triad_balance_by_hand(signed: Weights) -> None:
    positive = total = 0
    for i, j, k in combinations(range(len(signed)), 3):
        for a, b, c in product(((i, j), (j, i)), ((j, k), (k, j)), ((k, i), (i, k))):
            sign = signed[a] * signed[b] * signed[c]
            total += sign != 0
            positive += sign > 0
    if total:
        assert triad_balance(signed) == positive / total
    else:
        with pytest.raises(UndefinedMetricError):
            triad_balance(signed)


def test_two_camps_are_balanced(complete: Adjacency) -> None:
    camp = np.where(np.arange(6) < 2, 1.0, -1.0)
    assert triad_balance(complete * np.outer(camp, camp)) == 1
    assert triad_balance(-1.0 * complete) == 0


def test_what_does_not_exist_says_why(empty: Adjacency, ring: Adjacency) -> None:
    for metric in (positive_fraction, excitation_inhibition_balance, dale_consistency):
        match = rf"^`{metric.__name__}` needs at least 1 edge between distinct nodes; got 0\.$"
        with pytest.raises(UndefinedMetricError, match=match):
            metric(empty)
    match = r"^`triad_balance` needs at least 1 triangle; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        triad_balance(ring)
