"""Resamples as counts against the same resamples written out row by row."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from rnngraph.stats import _resample

Floats = NDArray[np.float64]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def written_out(values: Floats, count: Floats) -> Floats:
    return np.repeat(values, count.astype(int))


def test_counts_are_resamples_of_n_rows(rng: np.random.Generator) -> None:
    counts = _resample.resample_counts(20, 4000, rng)
    assert counts.shape == (4000, 20)
    assert (counts.sum(axis=1) == 20).all()
    # Multinomial: mean 1, variance 1 - 1/n, and no row is favoured.
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(counts.var(axis=0), 1 - 1 / 20, atol=0.1)


def test_ranks_are_those_of_the_resample_written_out(rng: np.random.Generator) -> None:
    values = rng.integers(6, size=15).astype(float)  # ties in the data, besides the repeats
    counts = _resample.resample_counts(15, 40, rng)
    for count, ranks in zip(counts, _resample.ranks(values, counts), strict=True):
        expected = stats.rankdata(written_out(values, count))
        np.testing.assert_array_equal(written_out(ranks, count), expected)


def test_kendall_is_scipys_on_the_resample_written_out(rng: np.random.Generator) -> None:
    x, y = rng.integers(5, size=(2, 12)).astype(float)
    counts = _resample.resample_counts(12, 40, rng)
    taus = _resample.kendall_taus(x, y, counts)
    for count, tau in zip(counts, taus, strict=True):
        expected = stats.kendalltau(written_out(x, count), written_out(y, count)).statistic
        assert tau == pytest.approx(expected, abs=1e-12)


def test_partial_is_that_of_least_squares_residuals_in_the_resample(
    rng: np.random.Generator,
) -> None:
    columns = rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4))
    counts = _resample.resample_counts(30, 25, rng)
    partial = _resample.partial_correlations(columns.T[None], counts)
    for count, r in zip(counts, partial, strict=True):
        rows = np.repeat(columns, count.astype(int), axis=0)
        given = np.column_stack([np.ones(len(rows)), rows[:, :2]])
        left = rows[:, 2:] - given @ np.linalg.lstsq(given, rows[:, 2:])[0]
        assert r == pytest.approx(np.corrcoef(left.T)[0, 1], abs=1e-10)


def test_partial_survives_a_category_that_a_resample_left_out() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 10))
    dummy = np.r_[np.zeros(9), 1.0]
    count = np.r_[np.ones(8), 2.0, 0.0]  # the only row of the category has count 0
    r = _resample.partial_correlations(np.array([[dummy, x, y]]), count[None])
    expected = np.corrcoef(written_out(x, count), written_out(y, count))[0, 1]
    assert r[0] == pytest.approx(expected)


@pytest.mark.parametrize("constant", [0, 1])
def test_a_constant_resample_has_no_correlation(constant: int) -> None:
    columns = np.array([[1.1, 1.1, 3.0], [1.0, 2.0, 5.0]])
    x, y = columns if constant == 0 else columns[::-1]
    count = np.array([[2.0, 1.0, 0.0]])
    assert np.isnan(_resample.partial_correlations(np.array([[x, y]]), count))
    assert np.isnan(_resample.kendall_taus(x, y, count))


@pytest.mark.parametrize("statistic", [_resample.kendall_taus, None])
def test_blocks_change_nothing(
    statistic: Callable[[Floats, Floats, Floats], Floats] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 17))

    def of(counts: Floats) -> Floats:
        return counts @ x if statistic is None else statistic(x, y, counts)

    def draw() -> Floats:
        return _resample.bootstrap(of, 17, n_boot=101, rng=np.random.default_rng(3), width=2)

    whole = draw()
    monkeypatch.setattr(_resample, "_CELLS", 90)
    np.testing.assert_allclose(draw(), whole, rtol=1e-12)


def test_spread_of_columns_leaves_nan_out() -> None:
    draws = np.column_stack([np.arange(101.0), np.arange(101.0)])
    draws[:50, 1] = np.nan
    error, low, high = _resample.spread(draws, 0.9)
    np.testing.assert_allclose(low, [5, 52.5])
    np.testing.assert_allclose(high, [95, 97.5])
    np.testing.assert_allclose(error, [np.arange(101).std(ddof=1), np.arange(51).std(ddof=1)])
