import itertools

import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Topology


def largest_modulus(graph: Adjacency) -> float:
    return float(np.abs(np.linalg.eigvals(graph.astype(float))).max())


def test_spectral_radius_is_that_of_lapack(digraph: Adjacency) -> None:
    if not metrics.is_acyclic(digraph):
        assert metrics.spectral_radius(digraph) == pytest.approx(largest_modulus(digraph))
    assert metrics.spectral_radius(np.triu(digraph)) == 0


def test_the_largest_component_counts(ring: Adjacency, complete: Adjacency) -> None:
    graph = np.zeros((14, 14), dtype=bool)
    graph[:8, :8], graph[8:, 8:], graph[0, 8] = ring, complete, True
    assert metrics.spectral_radius(graph) == pytest.approx(5)


def test_closed_forms(ring: Adjacency, complete: Adjacency, star: Adjacency) -> None:
    assert metrics.spectral_radius(ring) == 1
    assert metrics.spectral_radius(complete) == 5
    assert metrics.spectral_radius(star) == 0
    assert metrics.spectral_radius(star | star.T) == pytest.approx(6**0.5)


def test_self_loops_do_not_count(path: Adjacency) -> None:
    assert metrics.spectral_radius(path | np.eye(6, dtype=bool)) == 0


def test_slow_and_underflowing_iterations_end_at_lapack() -> None:
    chord = np.roll(np.eye(60, dtype=bool), 1, axis=1)
    chord[0, 7] = True
    assert metrics.spectral_radius(chord) == pytest.approx(largest_modulus(chord), rel=1e-10)
    # A clique of 60 and a long way back to it: the vector falls by 1/59 a node.
    tail = np.roll(np.eye(220, dtype=bool), 1, axis=1)
    tail[:60, :60] = ~np.eye(60, dtype=bool)
    assert metrics.spectral_radius(tail) == pytest.approx(largest_modulus(tail), rel=1e-10)


def test_pagerank_entropy_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    rank = np.array(list(nx.pagerank(peer, tol=1e-14, max_iter=1000).values()))
    expected = -(rank * np.log(rank)).sum() / np.log(len(rank))
    assert metrics.pagerank_entropy(digraph) == pytest.approx(expected, rel=1e-9)


def test_even_attention_has_full_entropy(ring: Adjacency, empty: Adjacency) -> None:
    assert metrics.pagerank_entropy(ring) == pytest.approx(1)
    assert metrics.pagerank_entropy(empty) == pytest.approx(1)


def test_one_node_has_no_entropy(dot: Adjacency) -> None:
    match = r"^`pagerank_entropy` needs at least 2 nodes; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.pagerank_entropy(dot)


def test_gap_and_departure_are_those_of_lapack() -> None:
    graph = (np.random.default_rng(1).random((25, 25)) < 0.3) & ~np.eye(25, dtype=bool)
    values = np.linalg.eigvals(graph.astype(float))
    modulus = np.sort(np.abs(values))
    assert metrics.spectral_gap(graph) == pytest.approx(modulus[-1] - modulus[-2])
    departure = np.sqrt((graph.sum() - (np.abs(values) ** 2).sum()) / graph.sum())
    assert metrics.non_normality(graph) == pytest.approx(departure)


def test_normal_and_nilpotent_graphs(
    ring: Adjacency, path: Adjacency, complete: Adjacency, star: Adjacency
) -> None:
    assert metrics.non_normality(ring) == metrics.non_normality(complete) == 0
    assert metrics.non_normality(path) == metrics.non_normality(star) == 1
    assert metrics.spectral_gap(ring) == metrics.spectral_gap(path) == 0
    assert metrics.spectral_gap(complete) == pytest.approx(4)  # 5 and -1


def test_parts_without_cycles_have_no_spectrum() -> None:
    # 38 nodes without a cycle between two mutual pairs, the only eigenvalues: +-1, twice.
    rng = np.random.default_rng(2)
    largest = 0.0
    for _ in range(10):
        graph = np.triu(rng.random((42, 42)) < 0.3, 1)
        graph[1, 0] = graph[0, 1] = graph[41, 40] = graph[40, 41] = True
        order = rng.permutation(42)
        shuffled = graph[np.ix_(order, order)]
        modulus = np.sort(np.abs(np.linalg.eigvals(shuffled.astype(float))))
        largest = max(largest, float(modulus[-5]))
        assert metrics.spectral_radius(shuffled) == pytest.approx(1)
        assert metrics.spectral_gap(shuffled) == 0
        departure = np.sqrt(1 - 4 / graph.sum())
        assert metrics.non_normality(shuffled) == pytest.approx(departure, rel=1e-9)
    assert largest > 0.01  # what LAPACK makes of the zeros


@pytest.mark.parametrize(("d", "length"), [(2, 7), (3, 4)])
def test_zeros_with_too_few_eigenvectors_are_exact(d: int, length: int) -> None:
    # A Kautz graph: words without equal neighbours, each to those that go on with one letter more.
    # Its eigenvalues are d, d times -1, and zeros in Jordan blocks of up to length - 1.
    words = [
        word
        for word in itertools.product(range(d + 1), repeat=length)
        if all(one != other for one, other in itertools.pairwise(word))
    ]
    graph = np.array([[one[1:] == other[:-1] for other in words] for one in words])
    departure = np.sqrt(1 - (d**2 + d) / graph.sum())
    assert metrics.non_normality(graph) == pytest.approx(departure, rel=1e-13)
    assert metrics.spectral_gap(graph) == pytest.approx(d - 1, rel=1e-13)


def test_singular_values_are_those_of_lapack(digraph: Adjacency) -> None:
    values = np.linalg.svd(digraph.astype(float), compute_uv=False)
    share = values[values > 1e-9] / values.sum()
    assert metrics.spectral_norm(digraph) == pytest.approx(values[0])
    assert metrics.stable_rank(digraph) == pytest.approx((values**2).sum() / values[0] ** 2)
    entropy = -(share * np.log(share)).sum()
    assert metrics.effective_rank(digraph) == pytest.approx(np.exp(entropy))


def test_ranks_in_closed_form(ring: Adjacency, star: Adjacency) -> None:
    assert metrics.effective_rank(ring) == pytest.approx(8)
    assert metrics.stable_rank(ring) == pytest.approx(8)
    assert metrics.effective_rank(star) == pytest.approx(1)


def test_algebraic_connectivity_is_that_of_networkx(digraph: Adjacency) -> None:
    closure = nx.from_numpy_array(digraph | digraph.T)
    expected = float(nx.laplacian_spectrum(closure)[1])
    assert metrics.algebraic_connectivity(digraph) == pytest.approx(expected, abs=1e-9)
    apart = np.kron(np.eye(2, dtype=bool), digraph)
    assert metrics.algebraic_connectivity(apart) == 0


@pytest.mark.parametrize("name", ["spectral_gap", "algebraic_connectivity"])
def test_second_values_need_two_nodes(name: str, dot: Adjacency) -> None:
    with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs at least 2 nodes; got 1\.$"):
        getattr(metrics, name)(dot)


@pytest.mark.parametrize("name", ["non_normality", "stable_rank", "effective_rank"])
def test_ratios_need_an_edge(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        getattr(metrics, name)(empty)


def test_singular_values(digraph: Adjacency, star: Adjacency, complete: Adjacency) -> None:
    values = metrics.singular_values(digraph)
    squares = np.sort(np.linalg.eigvalsh(digraph.astype(float) @ digraph.T))[::-1]
    np.testing.assert_allclose(values**2, squares, atol=1e-9)
    assert (values**2).sum() == pytest.approx(digraph.sum())
    assert metrics.nuclear_norm(digraph) == pytest.approx(values.sum())
    np.testing.assert_allclose(metrics.singular_values(star), [6**0.5] + [0] * 6)
    np.testing.assert_allclose(metrics.singular_values(complete), [5] + [1] * 5)
    assert metrics.nuclear_norm(complete) == pytest.approx(10)
    assert metrics.nuclear_norm(star | star.T) == pytest.approx(2 * 6**0.5)


def test_singular_values_belong_to_the_caller(path: Adjacency) -> None:
    graph = Topology.of(path)
    metrics.singular_values(graph)[:] = 7
    assert metrics.nuclear_norm(graph) == pytest.approx(5)
