import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.generators import erdos_renyi
from rnngraph.metrics import rich_club_zscores
from rnngraph.metrics.weighted.rich_club import (
    weighted_rich_club_curve,
    weighted_rich_club_ratio,
    weighted_rich_club_zscores,
)
from rnngraph.nulls import shuffle_weights


@pytest.fixture
def random() -> Weights:
    edges = erdos_renyi(30, m=120, rng=0)
    return edges * np.random.default_rng(1).gamma(1, size=edges.shape)


@pytest.fixture
def rich(random: Weights) -> Weights:
    """The same weights, the strongest between the nodes of the largest degrees."""
    degree = (random > 0).sum(axis=0) + (random > 0).sum(axis=1)
    sources, targets = np.nonzero(random)
    by_degree = np.argsort(np.minimum(degree[sources], degree[targets]), kind="stable")
    placed = np.zeros_like(random)
    placed[sources[by_degree], targets[by_degree]] = np.sort(random[random > 0])
    return placed


def test_the_curve_by_its_definition(weights: Weights) -> None:
    degree = (weights > 0).sum(axis=0) + (weights > 0).sum(axis=1)
    ranked = np.sort(weights[weights > 0])[::-1]
    ks, curve = weighted_rich_club_curve(weights)
    for k, phi in zip(ks, curve, strict=True):
        club = np.flatnonzero(degree > k)
        inside = weights[np.ix_(club, club)]
        inside = inside[inside > 0]
        assert len(club) >= 2
        if len(inside):
            assert phi == pytest.approx(inside.sum() / ranked[: len(inside)].sum(), rel=1e-12)
        else:
            assert np.isnan(phi)
    assert (degree > len(ks)).sum() < 2


def test_equal_weights_are_1_wherever_they_are(weights: Weights) -> None:
    curve = weighted_rich_club_curve((weights > 0) * 0.3)[1]
    np.testing.assert_allclose(curve[~np.isnan(curve)], 1)


def test_the_strongest_among_hubs(random: Weights, rich: Weights) -> None:
    curve = weighted_rich_club_curve(rich)[1]
    np.testing.assert_allclose(curve[~np.isnan(curve)], 1)
    nulls = [shuffle_weights(random, rng=seed) for seed in range(10)]
    assert weighted_rich_club_ratio(rich, nulls) > 1.3
    table = weighted_rich_club_zscores(rich, nulls)
    plain = rich_club_zscores(rich, nulls)
    assert list(table) == list(plain)
    for column in ("k", "n_nodes", "n_edges"):
        assert table[column].tolist() == plain[column].tolist()
    np.testing.assert_array_equal(table["rich_club"], curve)
    values = np.array([weighted_rich_club_curve(null)[1] for null in nulls])
    known = ~np.isnan(curve)
    np.testing.assert_allclose(table["null_mean"][known], values.mean(axis=0)[known])
    assert table["z_score"][known].max() > 3


def test_shuffled_weights_have_a_ratio_of_1_on_average(random: Weights) -> None:
    ratios = []
    for seed in range(20):
        weights = shuffle_weights(random, rng=seed)
        nulls = [shuffle_weights(random, rng=100 * seed + k + 99) for k in range(4)]
        ratios.append(weighted_rich_club_ratio(weights, nulls))
    assert abs(np.mean(ratios) - 1) < 3 * np.std(ratios, ddof=1) / 20**0.5


def test_nulls_are_needed_and_alike(random: Weights) -> None:
    for function in (weighted_rich_club_zscores, weighted_rich_club_ratio):
        with pytest.raises(InputError, match=r"^`nulls` must hold at least 1 graph; got none\.$"):
            function(random, [])
        with pytest.raises(InputError, match=r"^`nulls` must have the graph's 30 nodes and 120 ed"):
            function(random, [np.eye(30, k=1)])
        with pytest.raises(
            InputError, match=r"^`nulls\[0\]` must be >= 0, since a weighted rich c"
        ):
            function(random, [-random])
    with pytest.raises(InputError, match=r"rich club takes no signs: take np\.abs.*; got -"):
        weighted_rich_club_curve(-random)


def test_a_club_that_is_nobodys() -> None:
    ring = np.roll(np.eye(8), 1, axis=1)
    match = (
        r"^`weighted_rich_club_ratio` needs a degree that leaves 5 nodes above it, joined in a n"
    )
    with pytest.raises(UndefinedMetricError, match=match):
        weighted_rich_club_ratio(ring, [ring])
