from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.communities import leiden
from rnngraph.metrics.weighted import WEIGHTED_NODES
from rnngraph.metrics.weighted._graph import WeightedGraph
from rnngraph.metrics.weighted.mesoscale import (
    communities,
    negative_participation_in,
    negative_participation_out,
    positive_participation_in,
    positive_participation_out,
    signed_modularity,
    weighted_modularity,
    weighted_modularity_leiden,
    weighted_participation_in,
    weighted_participation_out,
    weighted_within_module_degree,
)


def groups(labels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[set[int]]:
    return [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]


def test_modularity_is_that_of_networkx(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    found = groups(communities(WeightedGraph.of(weights)))
    expected = nx.community.modularity(peer, found, weight="weight")
    assert weighted_modularity(weights) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_communities_are_as_good_as_those_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]"
) -> None:
    theirs = [
        nx.community.modularity(
            peer, nx.community.louvain_communities(peer, weight="weight", seed=seed), "weight"
        )
        for seed in range(5)
    ]
    assert weighted_modularity(weights) >= 0.95 * float(np.mean(theirs)) - 1e-12


@pytest.mark.parametrize("seed", range(40))
def test_equal_weights_leave_the_unweighted_communities(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    graph = (rng.random((n, n)) < rng.choice([0.02, 0.1, 0.4])) & ~np.eye(n, dtype=bool)
    graph = graph | graph.T if seed % 3 == 0 else graph
    expected = Topology.of(graph).communities
    np.testing.assert_array_equal(communities(WeightedGraph.of(graph * 0.7)), expected)


def by_community(weights: Weights, labels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Weights:
    """1 - sum of squared shares of each row's weight in the communities."""
    found = []
    for row in weights:
        shares = [row[labels == label].sum() / row.sum() for label in set(labels.tolist())]
        found.append(1 - sum(share**2 for share in shares) if row.any() else np.nan)
    return np.array(found)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_participation_by_the_definition(weights: Weights, signed: Weights) -> None:
    labels = communities(WeightedGraph.of(weights))
    for metric, rows in (
        (weighted_participation_in, weights.T),
        (weighted_participation_out, weights),
    ):
        np.testing.assert_allclose(metric(weights), by_community(rows, labels), atol=1e-12)
        signed_twin = WEIGHTED_NODES[metric.__name__.replace("weighted", "positive")]
        np.testing.assert_array_equal(signed_twin(weights), metric(weights))
    labels = communities(WeightedGraph.of(signed))
    for metric, rows in (
        (positive_participation_in, np.maximum(signed, 0).T),
        (positive_participation_out, np.maximum(signed, 0)),
        (negative_participation_in, np.maximum(-signed, 0).T),
        (negative_participation_out, np.maximum(-signed, 0)),
    ):
        np.testing.assert_allclose(metric(signed), by_community(rows, labels), atol=1e-12)


def test_within_module_degree_by_the_definition(weights: Weights) -> None:
    labels = communities(WeightedGraph.of(weights))
    expected = np.zeros(len(weights))
    for label in set(labels.tolist()):
        inside = weights * np.logical_and.outer(labels == label, labels == label)
        within = (inside.sum(axis=0) + inside.sum(axis=1))[labels == label]
        if within.std() > 1e-12:
            expected[labels == label] = (within - within.mean()) / within.std()
    np.testing.assert_allclose(weighted_within_module_degree(weights), expected, atol=1e-9)


def test_nodes_as_strong_but_for_rounding_have_no_z() -> None:
    weights = np.zeros((3, 3))
    weights[[0, 1, 2], [1, 2, 0]] = 0.1, 0.2, 0.3
    weights += weights[::-1, ::-1].T + np.roll(weights, (1, 1), axis=(0, 1))
    weights += np.roll(weights, (1, 1), axis=(0, 1)) + np.roll(weights, (2, 2), axis=(0, 1))
    within = weights.sum(axis=0) + weights.sum(axis=1)
    assert np.ptp(within / weights.max()) < 1e-15
    assert weighted_within_module_degree(weights).tolist() == [0, 0, 0]


def partitions(n: int, used: int = 0) -> Iterator[tuple[int, ...]]:
    """Every way to label n nodes, up to the names of labels."""
    if n == 0:
        yield ()
        return
    for rest in partitions(n - 1):
        yield from ((*rest, label) for label in range(max(rest, default=-1) + 2))


def signed_q(weights: Weights, labels: tuple[int, ...]) -> float:
    """Gomez, Jensen & Arenas (2009), by the sums."""
    total = 0.0
    for sign in (1, -1):
        w = np.maximum(sign * weights, 0)
        for i, j in np.ndindex(w.shape):
            if labels[i] == labels[j] and w.sum() > 0:
                total += sign * (w[i, j] - w[i].sum() * w[:, j].sum() / w.sum())
    return total / float(np.abs(weights).sum())


@pytest.mark.parametrize("seed", range(6))
def test_signed_modularity_is_near_the_best_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(6, 6)) * (rng.random((6, 6)) < 0.6)
    np.fill_diagonal(weights, 0)
    best = max(signed_q(weights, labels) for labels in partitions(6))
    found = signed_modularity(weights)
    labels = tuple(communities(WeightedGraph.of(weights)).tolist())
    assert found == pytest.approx(signed_q(weights, labels))
    assert 0.9 * best <= found <= best + 1e-12


def test_without_signs_both_are_one(weights: Weights) -> None:
    assert signed_modularity(weights) == weighted_modularity(weights)


def test_weights_alone_can_make_communities(complete: Adjacency) -> None:
    camp = np.arange(6) < 3
    together = np.equal.outer(camp, camp)
    weights = complete * np.where(together, 1, 0.01)
    expected = 12 / (12 + 18 * 0.01) - 1 / 2
    assert weighted_modularity(weights) == pytest.approx(expected)
    against = complete * np.where(together, 1.0, -1.0)
    assert groups(communities(WeightedGraph.of(against))) == [{0, 1, 2}, {3, 4, 5}]
    assert signed_modularity(against) == pytest.approx(((12 - 6) + (0 + 9)) / 30)


def test_no_community_has_modularity_zero(complete: Adjacency) -> None:
    assert weighted_modularity(complete) == pytest.approx(0, abs=1e-12)
    assert signed_modularity(-1.0 * np.eye(2, k=1)) == pytest.approx(0, abs=1e-12)


def test_what_does_not_exist_says_why(empty: Adjacency) -> None:
    for metric in (weighted_modularity, signed_modularity):
        match = rf"^`{metric.__name__}` needs at least 1 edge between distinct nodes; got 0\.$"
        with pytest.raises(UndefinedMetricError, match=match):
            metric(empty)
    match = (
        r"^`weights` must be >= 0, since this modularity .* \(`signed_modularity` does\): .*-2\.$"
    )
    with pytest.raises(InputError, match=match):
        weighted_modularity([[0, -2], [1, 0]])


def test_leiden_is_scored_as_by_networkx_and_as_good_as_louvain(weights: Weights) -> None:
    joined = np.maximum(weights, weights.T)
    peer = nx.from_numpy_array(joined)
    found = weighted_modularity_leiden(weights)
    labels = leiden(joined / joined.max())
    assert found == pytest.approx(
        nx.community.modularity(peer, groups(labels)), rel=1e-9, abs=1e-12
    )
    theirs = [
        nx.community.modularity(peer, nx.community.louvain_communities(peer, seed=seed))
        for seed in range(5)
    ]
    assert found >= 0.95 * float(np.mean(theirs)) - 1e-12


def test_what_leiden_cannot_do() -> None:
    with pytest.raises(
        UndefinedMetricError, match=r"^`weighted_modularity_leiden` needs at least 1 "
    ):
        weighted_modularity_leiden(np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"since the Leiden method takes no signs .*; got -1\.$"):
        weighted_modularity_leiden(np.diag([1.0, -1], 1))
