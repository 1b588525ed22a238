"""Erdos-Renyi graphs: density, degrees and the uniform law given m."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from rnngraph.errors import InputError
from rnngraph.generators import erdos_renyi


@pytest.mark.parametrize("directed", [True, False])
def test_edges_are_independent_with_probability_p(directed: bool) -> None:
    n, p = 300, 0.2
    adjacency = erdos_renyi(n, p, directed=directed, rng=0)
    pairs = n * (n - 1) / (1 if directed else 2)
    edges = adjacency.sum() / (1 if directed else 2)
    assert abs(edges - p * pairs) < 4 * np.sqrt(p * (1 - p) * pairs)
    degrees = adjacency.sum(axis=1)
    assert degrees.var() == pytest.approx((n - 1) * p * (1 - p), rel=0.3)
    mutual = (adjacency & adjacency.T).sum() / adjacency.sum()
    assert mutual == pytest.approx(p if directed else 1, abs=0.02)


def test_out_degrees_are_binomial() -> None:
    gen = np.random.default_rng(1)
    degrees = np.concatenate([erdos_renyi(6, 0.4, rng=gen).sum(axis=1) for _ in range(400)])
    expected = binom(5, 0.4).pmf(np.arange(6)) * len(degrees)
    assert chisquare(np.bincount(degrees, minlength=6), expected).pvalue > 0.001


@pytest.mark.parametrize("p", [0, 1])
def test_p_0_is_empty_and_p_1_is_complete(p: int) -> None:
    assert erdos_renyi(5, p, rng=0).sum() == p * 20
    assert erdos_renyi(5, p, directed=False, rng=0).sum() == p * 20


@pytest.mark.parametrize(("directed", "m", "graphs"), [(True, 3, 20), (False, 6, 20)])
def test_given_m_all_graphs_are_equally_likely(directed: bool, m: int, graphs: int) -> None:
    # 6 ordered pairs of 3 nodes, or 6 pairs of 4 nodes: 3 of 6 either way.
    n = 3 if directed else 4
    gen = np.random.default_rng(0)
    seen = Counter(erdos_renyi(n, m=m, directed=directed, rng=gen).tobytes() for _ in range(2000))
    assert len(seen) == graphs
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_p_is_checked() -> None:
    with pytest.raises(InputError, match=r"`p` must be a number in \[0, 1\]; got 1\.5\."):
        erdos_renyi(5, 1.5, rng=0)
