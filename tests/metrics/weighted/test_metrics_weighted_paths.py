import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import to_networkx
from rnngraph.metrics.weighted import WeightAs
from rnngraph.metrics.weighted.paths import (
    backbone_fraction,
    weighted_diameter,
    weighted_eccentricity,
    weighted_global_efficiency,
    weighted_harmonic_diameter,
    weighted_mean_path_length,
    weighted_radius,
)

ATTRIBUTE: dict[WeightAs, str] = {"length": "weight", "strength": "length"}


def between_pairs(peer: "nx.DiGraph[int]", attribute: str) -> dict[int, list[float]]:
    far = dict(nx.all_pairs_dijkstra_path_length(peer, weight=attribute))
    return {i: [d for j, d in to.items() if j != i] for i, to in far.items()}


@pytest.mark.parametrize("weight_as", ["strength", "length"])
def test_distances_are_those_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]", weight_as: WeightAs
) -> None:
    far = between_pairs(peer, ATTRIBUTE[weight_as])
    every = np.concatenate([far[i] for i in range(len(weights))])
    n_pairs = len(weights) * (len(weights) - 1)
    farthest = [max(far[i], default=np.nan) for i in range(len(weights))]
    assert weighted_mean_path_length(weights, weight_as=weight_as) == pytest.approx(every.mean())
    assert weighted_diameter(weights, weight_as=weight_as) == pytest.approx(every.max())
    assert weighted_radius(weights, weight_as=weight_as) == pytest.approx(np.nanmin(farthest))
    np.testing.assert_allclose(weighted_eccentricity(weights, weight_as=weight_as), farthest)
    efficiency = (1 / every).sum() / n_pairs
    assert weighted_global_efficiency(weights, weight_as=weight_as) == pytest.approx(efficiency)
    assert weighted_harmonic_diameter(weights, weight_as=weight_as) == pytest.approx(1 / efficiency)


@pytest.mark.parametrize("weight_as", ["strength", "length"])
def test_equal_weights_leave_the_unweighted_metric(digraph: Adjacency, weight_as: WeightAs) -> None:
    for name in ("mean_path_length", "diameter", "radius", "global_efficiency"):
        weighted = {f.__name__: f for f in WITH_TWIN}[f"weighted_{name}"]
        assert weighted(digraph, weight_as=weight_as) == pytest.approx(
            getattr(metrics, name)(digraph), rel=1e-12
        )
    assert backbone_fraction(digraph, weight_as=weight_as) == 1


WITH_TWIN = (
    weighted_mean_path_length,
    weighted_diameter,
    weighted_radius,
    weighted_global_efficiency,
)


def test_efficiency_is_that_of_bctpy(w5: Weights) -> None:
    # bctpy 0.6.0, efficiency_wei(w5), which reads strengths
    expected = 0.9719264069264069
    assert weighted_global_efficiency(w5, weight_as="strength") == pytest.approx(expected)


def test_a_strength_is_the_inverse_of_a_length(weights: Weights) -> None:
    inverse = np.divide(1, weights, out=np.zeros_like(weights), where=weights > 0)
    for metric in (*WITH_TWIN, weighted_harmonic_diameter, backbone_fraction):
        strength = metric(weights, weight_as="strength")
        assert metric(inverse, weight_as="length") == pytest.approx(strength, rel=1e-9)


def test_the_backbone_is_what_no_path_undercuts() -> None:
    short_cut = np.array([[0, 1, 3], [0, 0, 1], [0, 0, 0]])
    assert backbone_fraction(short_cut, weight_as="length") == 2 / 3
    assert backbone_fraction(short_cut, weight_as="strength") == 1
    tie = np.array([[0, 0.1, 0.3], [0, 0, 0.2], [0, 0, 0]])  # .1 + .2 > .3
    assert backbone_fraction(tie, weight_as="length") == 1
    assert (
        backbone_fraction(np.array([[0, 3, 1.5], [0, 0, 3], [0, 0, 0]]), weight_as="strength") == 1
    )


def test_backbone_by_hand(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    far = dict(nx.all_pairs_dijkstra_path_length(peer, weight="weight"))
    kept = [w <= far[i][j] * (1 + 1e-9) for i, j, w in peer.edges(data="weight")]
    assert backbone_fraction(weights, weight_as="length") == sum(kept) / len(kept)


def test_dropping_what_is_not_backbone_changes_no_distance(weights: Weights) -> None:
    peer = to_networkx(weights)
    far = dict(nx.all_pairs_dijkstra_path_length(peer, weight="weight"))
    backbone = weights.copy()
    for i, j, w in peer.edges(data="weight"):
        if w > far[i][j] * (1 + 1e-9):
            backbone[i, j] = 0
    assert weighted_mean_path_length(backbone, weight_as="length") == pytest.approx(
        weighted_mean_path_length(weights, weight_as="length")
    )


def test_dense_and_sparse_methods_agree() -> None:
    rng = np.random.default_rng(3)
    n = 30
    dense = rng.uniform(0.1, 1, (n, n))
    np.fill_diagonal(dense, 0)
    padded = np.zeros((2 * n, 2 * n))  # three quarters empty: the sparse method
    padded[:n, :n] = dense
    for weight_as in ATTRIBUTE:
        assert weighted_mean_path_length(padded, weight_as=weight_as) == pytest.approx(
            weighted_mean_path_length(dense, weight_as=weight_as), rel=1e-12
        )


def test_huge_and_tiny_lengths_are_refused_only_where_floats_end() -> None:
    pair = np.array([[0, 1e200, 0], [0, 0, 1e150], [0, 0, 0]])
    assert weighted_diameter(pair, weight_as="length") == 1e200
    match = (
        r"^`weights` must have lengths, and ratios .* can hold; got strengths from 5e-310 to 1\.$"
    )
    with pytest.raises(InputError, match=match):
        weighted_diameter(np.array([[0, 5e-310], [1, 0]]), weight_as="strength")
    with pytest.raises(InputError, match=r"got lengths from 1e-200 to 1e\+200\.$"):
        weighted_diameter(np.array([[0, 1e-200], [1e200, 0]]), weight_as="length")


def test_what_does_not_exist_says_why(empty: Adjacency, dot: Adjacency) -> None:
    for metric in (weighted_mean_path_length, weighted_diameter, weighted_harmonic_diameter):
        match = rf"^`{metric.__name__}` needs at least 1 edge between distinct nodes; got 0\.$"
        with pytest.raises(UndefinedMetricError, match=match):
            metric(empty, weight_as="length")
    match = r"^`weighted_radius` needs at least 1 node that reaches another; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weighted_radius(empty, weight_as="length")
    match = r"^`backbone_fraction` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        backbone_fraction(empty, weight_as="length")
    match = r"^`weighted_global_efficiency` needs at least 2 nodes; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weighted_global_efficiency(dot, weight_as="strength")
    assert weighted_global_efficiency(empty, weight_as="strength") == 0
