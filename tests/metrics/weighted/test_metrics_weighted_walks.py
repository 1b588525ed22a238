import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics.weighted.spectral import weighted_spectral_radius
from rnngraph.metrics.weighted.walks import (
    weighted_authorities,
    weighted_eigenvector,
    weighted_hubs,
    weighted_katz,
    weighted_pagerank,
)


@pytest.fixture
def strong() -> Weights:
    """Strongly connected."""
    rng = np.random.default_rng(4)
    weights = rng.gamma(1, size=(30, 30)) * (rng.random((30, 30)) < 0.4)
    np.fill_diagonal(weights, 0)
    return weights


def in_order(values: dict[int, float]) -> list[float]:
    return [values[node] for node in sorted(values)]


def test_pagerank_is_that_of_networkx(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    expected = in_order(nx.pagerank(peer, tol=1e-15, max_iter=2000))
    np.testing.assert_allclose(weighted_pagerank(weights), expected, atol=1e-12)


def test_rows_of_any_size_share_their_rank() -> None:
    weights = np.array([[0, 1e300, 3e300], [1e-300, 0, 3e-300], [0, 0, 0]])
    plain = np.array([[0, 1.0, 3], [1, 0, 3], [0, 0, 0]])
    np.testing.assert_allclose(weighted_pagerank(weights), weighted_pagerank(plain))


def test_katz_is_that_of_networkx(weights: Weights, peer: "nx.DiGraph[int]") -> None:
    alpha = 0.85 / (weighted_spectral_radius(weights) or weights.max())
    expected = in_order(nx.katz_centrality_numpy(peer, alpha=alpha, weight="weight"))
    np.testing.assert_allclose(weighted_katz(weights), expected, atol=1e-9)


def test_katz_without_cycles_is_over_the_largest_weight() -> None:
    weights = np.diag([2.0, 4.0], 1)
    walks = np.array([1, 1 + 0.85 / 2, 1 + 0.85 * (1 + 0.85 / 2)])
    np.testing.assert_allclose(weighted_katz(weights), walks / np.linalg.norm(walks))


def test_walks_beyond_what_a_float_can_hold() -> None:
    # The cycle is so weak that alpha is about 1e9, and the walks along the path count 1e9^79.
    weights = np.diag(np.ones(79), 1)
    weights[0, 1] = weights[1, 0] = 1e-9
    found = weighted_katz(weights)
    assert found[-1] == pytest.approx(1)
    assert found[-2] / found[-1] == pytest.approx(1e-9 / 0.85)


def test_eigenvector_is_that_of_networkx(strong: Weights) -> None:
    peer = nx.from_numpy_array(strong, create_using=nx.DiGraph)
    expected = in_order(nx.eigenvector_centrality_numpy(peer, weight="weight"))
    np.testing.assert_allclose(weighted_eigenvector(strong), expected, atol=1e-9)


def test_eigenvector_of_the_strongest_component() -> None:
    # A pair of root 2, weakly fed by one of root 1 and feeding a node: the first does not count.
    weights = np.zeros((5, 5))
    weights[[0, 1, 1, 2, 3, 3], [1, 0, 2, 3, 2, 4]] = 1, 1, 0.5, 1, 4, 3
    expected = np.array([0, 0, 2, 1, 1.5])
    np.testing.assert_allclose(weighted_eigenvector(weights), expected / np.linalg.norm(expected))


def test_eigenvector_of_equal_roots_is_where_walks_come_to() -> None:
    # Both pairs have the root 2: walks pile up in the second, which the first feeds.
    weights = np.zeros((4, 4))
    weights[[0, 1, 1, 2, 3], [1, 0, 2, 3, 2]] = 1, 4, 0.1, 8, 0.5
    expected = np.array([0, 0, 1, 4]) / 17**0.5
    np.testing.assert_allclose(weighted_eigenvector(weights), expected, atol=1e-12)


def test_hubs_and_authorities_are_those_of_networkx(strong: Weights) -> None:
    hubs, authorities = nx.hits(nx.from_numpy_array(strong, create_using=nx.DiGraph), tol=1e-14)
    for found, expected in (
        (weighted_hubs(strong), hubs),
        (weighted_authorities(strong), authorities),
    ):
        np.testing.assert_allclose(found / found.sum(), in_order(expected), atol=1e-9)


def test_what_does_not_exist_says_why(empty: Adjacency, path: Adjacency) -> None:
    match = r"^`weighted_eigenvector` needs a cycle; got a graph without one\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weighted_eigenvector(path * 0.5)
    for metric in (weighted_hubs, weighted_authorities):
        match = rf"^`{metric.__name__}` needs at least 1 edge between distinct nodes; got 0\.$"
        with pytest.raises(UndefinedMetricError, match=match):
            metric(empty)
