from collections.abc import Callable
from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted import WEIGHTED, WEIGHTED_NODES
from rnngraph.metrics.weighted.closure import (
    continuous_clustering,
    continuous_local_clustering,
    signed_clustering,
    signed_local_clustering,
)
from rnngraph.metrics.weighted.clustering import (
    weighted_clustering,
    weighted_local_clustering,
    weighted_transitivity,
)

# Edges of the triangle i, j, k, and those two of them at i.
Pair = tuple[tuple[int, int], tuple[int, int]]
KINDS: dict[str, Callable[[int, int, int], tuple[Pair, tuple[int, int]]]] = {
    "cycle": lambda i, j, k: (((i, j), (k, i)), (j, k)),
    "middleman": lambda i, j, k: (((j, i), (i, k)), (j, k)),
    "in": lambda i, j, k: (((j, i), (k, i)), (j, k)),
    "out": lambda i, j, k: (((i, j), (i, k)), (j, k)),
}


def by_hand(w: Weights, kind: str) -> tuple[Floats, Floats]:
    """Sum of the cube roots, and number of pairs of edges, over all triples."""
    n = len(w)
    found, possible = np.zeros(n), np.zeros(n)
    for i, j, k in permutations(range(n), 3):
        (first, second), third = KINDS[kind](i, j, k)
        found[i] += np.cbrt(w[first] * w[second] * w[third])
        possible[i] += (w[first] > 0) * (w[second] > 0)
    return found, possible


def test_total_clustering_is_that_of_networkx(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    expected = nx.clustering(peer, weight="weight")
    values = weighted_local_clustering(weights)
    np.testing.assert_allclose(values, [expected[node] for node in range(len(weights))], rtol=1e-9)
    assert weighted_clustering(weights) == pytest.approx(
        nx.average_clustering(peer, weight="weight"), rel=1e-9
    )


def test_clustering_is_that_of_bctpy(w5: Weights) -> None:
    # bctpy 0.6.0, clustering_coef_wd(w5 / 4)
    expected = [0.2123669792619461, 0.22173875482506436, 0.33170791235777103, 0.23375750124429276]
    np.testing.assert_allclose(weighted_local_clustering(w5), [*expected, 0], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_triangles_by_hand(weights: Weights, kind: str) -> None:
    found, possible = by_hand(weights / weights.max(), kind)
    expected = np.divide(found, possible, out=np.zeros_like(found), where=possible > 0)
    values = WEIGHTED_NODES[f"weighted_local_clustering_{kind}"](weights)
    np.testing.assert_allclose(values, expected, rtol=1e-9)
    assert WEIGHTED[f"weighted_clustering_{kind}"](weights) == pytest.approx(expected.mean())


def test_transitivity_by_hand(weights: Weights) -> None:
    parts = [by_hand(weights / weights.max(), kind) for kind in KINDS]
    found, possible = sum(f.sum() for f, _ in parts), sum(p.sum() for _, p in parts)
    assert weighted_transitivity(weights) == pytest.approx(found / possible)


def test_equal_weights_leave_the_unweighted_metric(digraph: Adjacency) -> None:
    weights = digraph * 0.7
    assert weighted_transitivity(weights) == pytest.approx(metrics.transitivity(digraph))
    for kind in ("", *(f"_{kind}" for kind in KINDS)):
        unweighted = getattr(metrics, f"clustering{kind}")(digraph)
        assert WEIGHTED[f"weighted_clustering{kind}"](weights) == pytest.approx(unweighted)
    assert continuous_clustering(weights) == pytest.approx(metrics.clustering(digraph))
    assert signed_clustering(weights) == pytest.approx(metrics.clustering(digraph))


def test_continuous_clustering_by_hand(weights: Weights) -> None:
    w, n = weights / weights.max(), len(weights)
    closing, root = np.cbrt(w) ** 2, np.sqrt(w)
    found, possible = np.zeros(n), np.zeros(n)
    for i, j, k in permutations(range(n), 3):
        for a in ((i, j), (j, i)):
            for b in ((i, k), (k, i)):
                possible[i] += 2 * root[a] * root[b]
                found[i] += closing[a] * closing[b] * (closing[j, k] + closing[k, j])
    expected = np.divide(found, possible, out=np.zeros(n), where=possible > 0)
    np.testing.assert_allclose(continuous_local_clustering(weights), expected, rtol=1e-9)


def test_continuous_clustering_does_not_jump() -> None:
    weights = np.array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0.0]])
    nearly = weights.copy()
    nearly[0, 3] = 1e-14
    assert continuous_local_clustering(nearly)[0] == pytest.approx(0.5, abs=1e-6)
    assert continuous_local_clustering(weights)[0] == 0.5
    assert weighted_local_clustering(nearly)[0] == pytest.approx(1 / 6)


def test_signed_clustering_is_that_of_bctpy() -> None:
    weights = np.array(
        [[0, 1, -0.5, 0], [1, 0, 0.25, 0.8], [-0.5, 0.25, 0, -0.4], [0, 0.8, -0.4, 0]]
    )
    # bctpy 0.6.0, clustering_coef_wu_sign(weights, "costantini")
    expected = [-0.25, -0.164, -0.48235294117647065, -0.25]
    np.testing.assert_allclose(signed_local_clustering(weights), expected, rtol=1e-12)
    assert signed_clustering(weights) == pytest.approx(np.mean(expected))


def test_signed_clustering_by_hand(signed: Weights) -> None:
    w, n = signed / np.abs(signed).max(), len(signed)
    found, possible = np.zeros(n), np.zeros(n)
    for i, j, k in permutations(range(n), 3):
        for a in ((i, j), (j, i)):
            for b in ((i, k), (k, i)):
                possible[i] += 2 * abs(w[a] * w[b])
                found[i] += w[a] * w[b] * (w[j, k] + w[k, j])
    expected = np.divide(found, possible, out=np.zeros(n), where=possible > 0)
    np.testing.assert_allclose(signed_local_clustering(signed), expected, rtol=1e-9, atol=1e-12)


def test_balance_is_the_sign_of_signed_clustering(complete: Adjacency) -> None:
    camp = np.where(np.arange(6) < 3, 1.0, -1.0)
    assert signed_clustering(complete * np.outer(camp, camp)) == pytest.approx(1)
    assert signed_clustering(-1.0 * complete) == pytest.approx(-1)


def test_signs_are_refused() -> None:
    weights = np.array([[0, 1, 1], [0, 0, -0.5], [0, 0, 0]])
    rule = r"\(`signed_clustering` does\): take np\.abs\(weights\) or split .*; got -0\.5\.$"
    for metric in (weighted_clustering, weighted_transitivity, continuous_clustering):
        with pytest.raises(InputError, match=rf"^`weights` must be >= 0, since .* signs {rule}"):
            metric(weights)


def test_what_does_not_exist_says_why(dot: Adjacency) -> None:
    match = r"^`weighted_transitivity` needs a node with at least 2 neighbours; got none\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weighted_transitivity(np.diag([1.0], 1))
    assert weighted_clustering(dot) == continuous_clustering(dot) == signed_clustering(dot) == 0
