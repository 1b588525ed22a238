from itertools import combinations

import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics import METRICS, NODES
from rnngraph.metrics.weighted.cores import (
    weighted_core_number,
    weighted_core_periphery_core_fraction,
    weighted_core_periphery_coreness,
    weighted_core_periphery_fit,
)

SMALL = [np.random.default_rng(seed).gamma(1, size=(7, 7)) for seed in range(6)]
SMALL = [w * (np.random.default_rng(seed).random((7, 7)) < 0.4) for seed, w in enumerate(SMALL)]
for each in SMALL:
    np.fill_diagonal(each, 0)


def subsets(n: int) -> list[list[int]]:
    return [list(part) for size in range(1, n + 1) for part in combinations(range(n), size)]


@pytest.mark.parametrize("weights", SMALL)
def test_core_numbers_by_their_definition(weights: Weights) -> None:
    expected = np.zeros(7)
    for part in subsets(7):
        within = weights[np.ix_(part, part)]
        weakest = (within.sum(axis=0) + within.sum(axis=1)).min()
        expected[part] = np.maximum(expected[part], weakest)
    np.testing.assert_allclose(weighted_core_number(weights), expected, rtol=1e-12, atol=1e-12)


def test_core_numbers_of_a_clique_with_a_tail() -> None:
    weights = np.zeros((5, 5))
    weights[:3, :3] = 2 * (1 - np.eye(3))
    weights[2, 3], weights[3, 4] = 10, 0.5
    np.testing.assert_allclose(weighted_core_number(weights), [8, 8, 10, 10, 0.5])


@pytest.mark.parametrize("scale", [1e-9, 1, 1e9])
def test_far_apart_weights_keep_their_digits(scale: float) -> None:
    weights = np.array([[0, 1e9, 0, 0], [0, 0, 1e-6, 0], [0, 0, 0, 3e-6], [0, 0, 0, 0]]) * scale
    expected = np.array([1e9, 1e9, 3e-6, 3e-6]) * scale
    np.testing.assert_allclose(weighted_core_number(weights), expected, rtol=1e-12)


def test_the_best_fit_is_a_correlation(weights: Weights) -> None:
    joined = np.maximum(weights, weights.T)
    strength, off = joined.sum(axis=1), ~np.eye(len(weights), dtype=bool)
    fits = []
    for least in np.unique(strength)[1:]:
        core = strength >= least
        ideal = core[:, None] | core
        if ideal[off].all():
            continue
        fits.append((np.corrcoef(joined[off], ideal[off])[0, 1], core.mean()))
    best = max(fits)
    assert weighted_core_periphery_fit(weights) == pytest.approx(best[0], rel=1e-9)
    assert weighted_core_periphery_core_fraction(weights) == best[1]


def test_a_perfect_core() -> None:
    weights = np.full((6, 6), 3.0)
    weights[2:, 2:] = 0
    assert weighted_core_periphery_fit(weights) == pytest.approx(1)
    assert weighted_core_periphery_core_fraction(weights) == pytest.approx(1 / 3)


@pytest.mark.parametrize("weights", SMALL)
def test_coreness_is_the_best_of_all_cores(weights: Weights) -> None:
    excess = (weights - weights.mean()) / weights.sum()
    best = -np.inf
    for core in [[], *subsets(7)]:
        rim = sorted({*range(7)} - {*core})
        within = excess[np.ix_(core, core)].sum() - excess[np.ix_(rim, rim)].sum()
        best = max(best, within)
    assert weighted_core_periphery_coreness(weights) == pytest.approx(best, rel=1e-9)
    edges = weights > 0
    plain = METRICS["core_periphery_coreness"]
    assert weighted_core_periphery_coreness(edges * 0.2) == pytest.approx(plain(edges), rel=1e-12)


def test_coreness_of_an_edge_and_of_a_ring() -> None:
    coreness = METRICS["core_periphery_coreness"]
    edge = np.zeros((10, 10))
    edge[3, 4] = 1
    assert coreness(edge) == pytest.approx(2 - 4 / 10)  # the most
    assert coreness(np.roll(np.eye(10), 1, axis=1)) == pytest.approx(0, abs=1e-15)
    with pytest.raises(
        UndefinedMetricError, match=r"^`core_periphery_coreness` needs at least 1 e"
    ):
        coreness(np.zeros((3, 3)))


def test_what_has_no_core() -> None:
    ring = np.roll(np.eye(6), 1, axis=1)
    for name in (weighted_core_periphery_fit, weighted_core_periphery_core_fraction):
        match = (
            rf"^`{name.__name__}` needs nodes of different strengths, at least 2 of them at the "
            r"rim; got strengths from 2 to 2 times the largest weight\.$"
        )
        with pytest.raises(UndefinedMetricError, match=match):
            name(ring * 5)
    np.testing.assert_array_equal(weighted_core_number(np.zeros((3, 3))), 0)
    match = r"^`weights` must be >= 0, since cores take no signs: .*; got -5\.$"
    with pytest.raises(InputError, match=match):
        weighted_core_number(ring * -5)


def test_equal_weights_leave_the_k_cores(weights: Weights) -> None:
    edges = weights > 0
    np.testing.assert_array_equal(
        weighted_core_number(edges * 1.0), NODES["core_number"].values(edges)
    )
