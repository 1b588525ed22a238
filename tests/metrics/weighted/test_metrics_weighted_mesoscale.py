from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics.weighted._graph import WeightedGraph
from rnngraph.metrics.weighted.mesoscale import (
    communities,
    signed_modularity,
    weighted_modularity,
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
