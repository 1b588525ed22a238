import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics.weighted.spectral import (
    weighted_algebraic_connectivity,
    weighted_effective_rank,
    weighted_non_normality,
    weighted_nuclear_norm,
    weighted_singular_values,
    weighted_spectral_abscissa,
    weighted_spectral_gap,
    weighted_spectral_norm,
    weighted_spectral_radius,
    weighted_stable_rank,
)


@pytest.fixture(params=[(6, 1.0), (12, 0.4), (30, 0.3), (40, 1.0)])
def recurrent(request: pytest.FixtureRequest) -> Weights:
    """Signed weights of which most nodes are on cycles."""
    n, p = request.param
    rng = np.random.default_rng(n)
    found = rng.normal(size=(n, n)) * (rng.random((n, n)) < p)
    np.fill_diagonal(found, 0)
    return found


def test_eigenvalues_are_those_of_lapack(recurrent: Weights) -> None:
    values = np.linalg.eigvals(recurrent)
    assert weighted_spectral_radius(recurrent) == pytest.approx(np.abs(values).max(), rel=1e-9)
    assert weighted_spectral_abscissa(recurrent) == pytest.approx(values.real.max(), rel=1e-9)
    difference = (recurrent**2).sum() - (np.abs(values) ** 2).sum()
    expected = np.sqrt(difference / (recurrent**2).sum())
    assert weighted_non_normality(recurrent) == pytest.approx(expected, rel=1e-9)


def test_gap_is_that_of_lapack(recurrent: Weights) -> None:
    modulus = np.sort(np.abs(np.linalg.eigvals(recurrent)))[::-1]
    expected = modulus[0] - modulus[1]
    assert weighted_spectral_gap(recurrent) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    positive = np.abs(recurrent)
    modulus = np.sort(np.abs(np.linalg.eigvals(positive)))[::-1]
    assert weighted_spectral_gap(positive) == pytest.approx(modulus[0] - modulus[1], rel=1e-9)


def test_gaps_by_hand(ring: Adjacency, path: Adjacency, dot: Adjacency) -> None:
    assert weighted_spectral_gap(ring * 3.0) == 0
    assert weighted_spectral_gap(path * 3.0) == 0
    assert weighted_spectral_gap(np.eye(3)[::-1]) == 0
    assert weighted_spectral_gap(3.0 * ~np.eye(4, dtype=bool)) == pytest.approx(6)
    with pytest.raises(UndefinedMetricError, match=r"needs at least 2 nodes; got 1\.$"):
        weighted_spectral_gap(dot)


def test_algebraic_connectivity_is_that_of_networkx(recurrent: Weights) -> None:
    weights = np.abs(recurrent)
    peer = nx.from_numpy_array(np.maximum(weights, weights.T))
    expected = nx.algebraic_connectivity(peer, method="lanczos", tol=1e-12, seed=0)
    assert weighted_algebraic_connectivity(weights) == pytest.approx(expected, rel=1e-6)
    weights[0], weights[:, 0] = 0, 0
    assert weighted_algebraic_connectivity(weights) == 0


def test_singular_values_are_those_of_lapack(recurrent: Weights) -> None:
    values = np.linalg.svd(recurrent)[1]
    assert weighted_spectral_norm(recurrent) == pytest.approx(values[0], rel=1e-12)
    expected = (values**2).sum() / values[0] ** 2
    assert weighted_stable_rank(recurrent) == pytest.approx(expected, rel=1e-12)
    assert weighted_spectral_norm(np.zeros((3, 3))) == 0


def test_rank_by_the_definition(recurrent: Weights) -> None:
    share = np.linalg.svd(recurrent)[1]
    share = share / share.sum()
    expected = np.exp(-(share * np.log(share)).sum())
    assert weighted_effective_rank(recurrent) == pytest.approx(expected, rel=1e-9)


def test_equal_weights_leave_the_unweighted_metric(digraph: Adjacency) -> None:
    radius = metrics.spectral_radius(digraph)
    assert weighted_spectral_radius(digraph * 0.5) == pytest.approx(radius / 2, rel=1e-9)


def test_no_cycle_no_eigenvalue(weights: Weights) -> None:
    order = np.random.default_rng(0).permutation(len(weights))
    forward = np.triu(weights)[np.ix_(order, order)]
    assert weighted_spectral_radius(forward) == weighted_spectral_abscissa(forward) == 0
    assert weighted_non_normality(forward) == pytest.approx(1, rel=1e-15)


def test_normal_matrices_have_no_departure(recurrent: Weights, ring: Adjacency) -> None:
    assert weighted_non_normality(recurrent + recurrent.T) == pytest.approx(0, abs=1e-14)
    assert weighted_non_normality(recurrent - recurrent.T) == pytest.approx(0, abs=1e-14)
    assert weighted_non_normality(ring * -2.0) == pytest.approx(0, abs=1e-14)


def test_departure_of_two_nodes_by_hand() -> None:
    # eigenvalues +-sqrt(bc): the squares of w sum to b^2 + c^2, theirs to 2 |bc|
    for b, c in ((3.0, 1.0), (3.0, -1.0), (2.0, 2.0)):
        expected = abs(abs(b) - abs(c)) / np.hypot(b, c)
        assert weighted_non_normality([[0, b], [c, 0]]) == pytest.approx(expected, abs=1e-15)


def test_signs_decide_stability() -> None:
    assert weighted_spectral_abscissa([[0, 2], [2, 0]]) == pytest.approx(2)
    assert weighted_spectral_abscissa([[0, 2], [-2, 0]]) == 0
    assert weighted_spectral_radius([[0, 2], [-2, 0]]) == pytest.approx(2)


def test_rank_of_equal_singular_values_is_full(ring: Adjacency, star: Adjacency) -> None:
    assert weighted_effective_rank(ring * 0.1) == pytest.approx(8)
    assert weighted_effective_rank(star * 0.1) == pytest.approx(1)


def test_self_loops_do_not_count(path: Adjacency) -> None:
    assert weighted_spectral_radius(path + 5.0 * np.eye(6)) == 0


def test_what_does_not_exist_says_why(empty: Adjacency) -> None:
    for metric in (weighted_non_normality, weighted_effective_rank, weighted_stable_rank):
        match = rf"^`{metric.__name__}` needs at least 1 edge between distinct nodes; got 0\.$"
        with pytest.raises(UndefinedMetricError, match=match):
            metric(empty)
    assert weighted_spectral_radius(empty) == weighted_spectral_abscissa(empty) == 0


def test_a_negative_zero_is_no_edge_like_any_other(recurrent: Weights) -> None:
    negative = np.where(recurrent == 0, -0.0, recurrent)
    for metric in (weighted_non_normality, weighted_spectral_abscissa, weighted_effective_rank):
        assert metric(negative) == metric(np.where(recurrent == 0, 0.0, recurrent))


def test_singular_values_are_roots_of_the_gram_matrix(recurrent: Weights) -> None:
    values = weighted_singular_values(recurrent)
    assert values.shape == (len(recurrent),)
    squares = np.sort(np.linalg.eigvalsh(recurrent @ recurrent.T))[::-1]
    np.testing.assert_allclose(values**2, squares, rtol=1e-9, atol=1e-9)
    assert (np.diff(values) <= 0).all()
    assert weighted_nuclear_norm(recurrent) == pytest.approx(np.linalg.norm(recurrent, "nuc"))
    np.testing.assert_allclose(weighted_singular_values(-3 * recurrent.T), 3 * values, atol=1e-12)
    edges = recurrent != 0
    np.testing.assert_allclose(weighted_singular_values(edges), metrics.singular_values(edges))
    assert not weighted_singular_values(np.eye(3)).any()
