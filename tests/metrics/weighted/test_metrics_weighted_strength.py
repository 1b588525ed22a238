import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics.weighted.strength import (
    disparity_in,
    disparity_out,
    negative_strength_in,
    negative_strength_out,
    positive_strength_in,
    positive_strength_out,
    strength_in,
    strength_out,
    strength_total,
    weight_entropy,
    weight_gini,
)


def test_strengths_are_those_of_networkx(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    for metric, degree in (
        (strength_in, peer.in_degree),
        (strength_out, peer.out_degree),
        (strength_total, peer.degree),
    ):
        expected = [value for _, value in degree(weight="weight")]
        np.testing.assert_allclose(metric(weights), expected)


def test_signs_split_the_strength(signed: Weights) -> None:
    np.testing.assert_allclose(
        positive_strength_in(signed) + negative_strength_in(signed), strength_in(signed)
    )
    np.testing.assert_allclose(
        positive_strength_out(signed) + negative_strength_out(signed), strength_out(signed)
    )
    np.testing.assert_allclose(
        positive_strength_in(signed) - negative_strength_in(signed), signed.sum(axis=0)
    )
    np.testing.assert_allclose(negative_strength_out(signed), positive_strength_out(-signed))
    assert (negative_strength_in(signed) >= 0).all()


def test_disparity_by_hand() -> None:
    weights = np.array([[0, 1, 1, 2], [0, 0, 0, -3], [0, 0, 0, 0], [0, 0, 5, 0]])
    np.testing.assert_allclose(disparity_out(weights), [0.375, 1, np.nan, 1])
    np.testing.assert_allclose(disparity_in(weights), [np.nan, 1, 26 / 36, 13 / 25])


def test_gini_by_the_definition(signed: Weights) -> None:
    w = np.abs(signed[signed != 0])
    expected = np.abs(w[:, None] - w).sum() / (2 * len(w) ** 2 * w.mean())
    assert weight_gini(signed) == pytest.approx(expected)


def test_entropy_by_the_definition(signed: Weights) -> None:
    share = np.abs(signed[signed != 0]) / np.abs(signed).sum()
    assert weight_entropy(signed) == pytest.approx(
        -(share * np.log(share)).sum() / np.log(len(share))
    )


def test_equal_weights_are_even(ring: Adjacency) -> None:
    assert weight_gini(ring * -0.3) == pytest.approx(0, abs=1e-12)
    assert weight_entropy(ring * -0.3) == pytest.approx(1)


def test_extreme_weights_do_not_overflow() -> None:
    weights = np.array([[0, 1e300, 1e-300], [0, 0, 1e300], [1e-300, 0, 0]])
    np.testing.assert_allclose(disparity_out(weights), [1, 1, 1])
    assert weight_entropy(weights) == pytest.approx(0.5)


def test_strengths_beyond_floats_are_refused() -> None:
    match = r"^`weights` must have strengths that .* can hold; got weights up to 1e\+308\.$"
    for metric in (strength_in, strength_total, positive_strength_out):
        with pytest.raises(InputError, match=match):
            metric(np.full((4, 4), 1e308))


def test_what_does_not_exist_says_why(empty: Adjacency) -> None:
    match = r"^`weight_gini` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weight_gini(empty)
    match = r"^`weight_entropy` needs at least 2 edges between distinct nodes; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weight_entropy([[0, 0.5], [0, 0]])
