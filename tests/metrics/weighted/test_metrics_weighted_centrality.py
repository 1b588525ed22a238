import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency, Weights
from rnngraph.metrics.weighted import WeightAs
from rnngraph.metrics.weighted.centrality import (
    weighted_betweenness,
    weighted_closeness_in,
    weighted_closeness_out,
    weighted_edge_betweenness,
    weighted_harmonic_in,
    weighted_harmonic_out,
)
from rnngraph.metrics.weighted.paths import backbone_fraction

ATTRIBUTE: dict[WeightAs, str] = {"length": "weight", "strength": "length"}
WAYS = pytest.mark.parametrize("weight_as", ["strength", "length"])


def in_order(values: dict[int, float]) -> list[float]:
    return [values[node] for node in sorted(values)]


@WAYS
def test_closeness_is_that_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]", weight_as: WeightAs
) -> None:
    inward = nx.closeness_centrality(peer, distance=ATTRIBUTE[weight_as])
    outward = nx.closeness_centrality(peer.reverse(), distance=ATTRIBUTE[weight_as])
    np.testing.assert_allclose(
        weighted_closeness_in(weights, weight_as=weight_as), in_order(inward), rtol=1e-9
    )
    np.testing.assert_allclose(
        weighted_closeness_out(weights, weight_as=weight_as), in_order(outward), rtol=1e-9
    )


@WAYS
def test_harmonic_is_that_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]", weight_as: WeightAs
) -> None:
    inward = nx.harmonic_centrality(peer, distance=ATTRIBUTE[weight_as])
    outward = nx.harmonic_centrality(peer.reverse(), distance=ATTRIBUTE[weight_as])
    scale = len(weights) - 1
    np.testing.assert_allclose(
        weighted_harmonic_in(weights, weight_as=weight_as), np.array(in_order(inward)) / scale
    )
    np.testing.assert_allclose(
        weighted_harmonic_out(weights, weight_as=weight_as), np.array(in_order(outward)) / scale
    )


@WAYS
def test_betweenness_is_that_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]", weight_as: WeightAs
) -> None:
    attribute = ATTRIBUTE[weight_as]
    nodes = nx.betweenness_centrality(peer, weight=attribute)
    edges = nx.edge_betweenness_centrality(peer, weight=attribute)
    np.testing.assert_allclose(
        weighted_betweenness(weights, weight_as=weight_as), in_order(nodes), atol=1e-12
    )
    expected = [edges[i, j] for i, j in np.argwhere(weights).tolist()]
    np.testing.assert_allclose(
        weighted_edge_betweenness(weights, weight_as=weight_as), expected, atol=1e-12
    )


def test_betweenness_is_that_of_bctpy(w5: Weights) -> None:
    # bctpy 0.6.0, betweenness_wei(lengths 1 / w5): ordered pairs, not normalised
    expected = np.array([1, 3, 3, 0, 0]) / 12
    np.testing.assert_allclose(weighted_betweenness(w5, weight_as="strength"), expected)


@WAYS
def test_equal_weights_leave_the_unweighted_metric(digraph: Adjacency, weight_as: WeightAs) -> None:
    nodes = metrics.profile(digraph, nodes=True).nodes
    for metric in (weighted_closeness_in, weighted_harmonic_out, weighted_betweenness):
        values = metric(digraph * 1.0, weight_as=weight_as)
        unweighted = nodes[metric.__name__.removeprefix("weighted_")]
        np.testing.assert_allclose(values, unweighted, rtol=1e-12, atol=1e-12)


def diamond(*lengths: float) -> Weights:
    """0 -> 1 -> 3 and 0 -> 2 -> 3."""
    weights = np.zeros((4, 4))
    weights[[0, 1, 0, 2], [1, 3, 2, 3]] = lengths
    return weights


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1.0, 1e12])
def test_rounding_breaks_no_tie(scale: float) -> None:
    tied = diamond(0.1, 0.2, 0.25, 0.05) * scale  # .1 + .2 > .25 + .05 by one bit
    split = weighted_betweenness(tied, weight_as="length")
    assert split.tolist() == [0, 0.5 / 6, 0.5 / 6, 0]
    with np.errstate(divide="ignore"):
        inverse = np.where(tied > 0, 1 / tied, 0)
    assert weighted_betweenness(inverse, weight_as="strength").tolist() == split.tolist()
    apart = diamond(0.1, 0.2, 0.25, 0.0500001) * scale
    assert weighted_betweenness(apart, weight_as="length").tolist() == [0, 1 / 6, 0, 0]


def test_an_undercut_edge_has_no_betweenness(weights: Weights) -> None:
    used = weighted_edge_betweenness(weights, weight_as="strength") > 0
    assert used.mean() == backbone_fraction(weights, weight_as="strength")


def test_one_node_is_near_nothing(dot: Adjacency) -> None:
    for metric in (
        *(weighted_closeness_in, weighted_closeness_out),
        *(weighted_harmonic_in, weighted_harmonic_out),
    ):
        assert np.isnan(metric(dot, weight_as="length")).tolist() == [True]
    assert weighted_betweenness(dot, weight_as="length").tolist() == [0]
    assert weighted_edge_betweenness(dot, weight_as="length").tolist() == []
