"""Small worlds: their lattice at p = 0, what redirecting keeps, and networkx's statistics."""

import networkx as nx
import numpy as np
import pytest
from scipy.stats import binom

from rnngraph.errors import InputError
from rnngraph.generators import directed_small_world, ring_lattice, watts_strogatz


@pytest.mark.parametrize(("n", "k"), [(20, 4), (21, 10), (9, 8)])
def test_p_0_is_the_ring_lattice_and_networkx(n: int, k: int) -> None:
    adjacency = watts_strogatz(n, k, 0, rng=0)
    assert np.array_equal(adjacency, ring_lattice(n, k, rng=0))
    assert np.array_equal(adjacency, nx.to_numpy_array(nx.watts_strogatz_graph(n, k, 0)) > 0)
    assert np.array_equal(adjacency, directed_small_world(n, k, 0, rng=0))


@pytest.mark.parametrize("p", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("k", [2, 6, 16, 18])
def test_redirecting_keeps_nk_over_2_edges_and_half_of_each_degree(k: int, p: float) -> None:
    adjacency = watts_strogatz(20, k, p, rng=1)
    assert adjacency.sum() == 20 * k
    assert adjacency.sum(axis=1).min() >= k // 2


def test_m_starts_from_the_lattice_with_m_edges() -> None:
    assert np.array_equal(watts_strogatz(15, m=70, p=0, rng=0), ring_lattice(15, m=70, rng=0))
    kept = (watts_strogatz(15, m=70, p=0.1, rng=0) & ring_lattice(15, m=70, rng=0)).sum()
    assert 50 <= kept < 70


@pytest.mark.parametrize("p", [0.1, 0.5, 1.0])
def test_clustering_and_degree_variance_are_those_of_networkx(p: float) -> None:
    gen = np.random.default_rng(0)
    ours = [nx.from_numpy_array(watts_strogatz(60, 8, p, rng=gen)) for _ in range(40)]
    theirs = [nx.watts_strogatz_graph(60, 8, p, seed=gen) for _ in range(40)]
    for statistic in (nx.average_clustering, _degree_variance):
        a, b = ([statistic(graph) for graph in graphs] for graphs in (ours, theirs))
        standard_error = np.hypot(np.std(a), np.std(b)) / np.sqrt(40)
        assert abs(np.mean(a) - np.mean(b)) < 4 * standard_error


def test_the_share_of_redirected_edges_is_p() -> None:
    n, k, p = 200, 10, 0.3
    lattice = ring_lattice(n, k, rng=0)
    # Few redirected edges land on places that the lattice has and another edge left.
    gone = (lattice & ~watts_strogatz(n, k, p, rng=0)).sum() // 2
    low, high = binom(n * k // 2, p).interval(0.9999)
    assert low - 15 <= gone <= high
    gone = (lattice & ~directed_small_world(n, k, p, rng=0)).sum()
    low, high = binom(n * k, p).interval(0.9999)
    assert low - 30 <= gone <= high


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("k", [0, 1, 5, 12])
def test_directed_out_degrees_stay_k(k: int, p: float) -> None:
    adjacency = directed_small_world(13, k, p, rng=0)
    assert (adjacency.sum(axis=1) == k).all()
    if p == 0:
        assert (adjacency.sum(axis=0) == k).all()


def test_directed_rings_send_to_the_nearest_nodes_forward_first() -> None:
    adjacency = directed_small_world(8, 3, 0, rng=0)
    assert np.flatnonzero(adjacency[0]).tolist() == [1, 2, 7]
    uneven = directed_small_world(8, m=8 + 4, p=0, rng=0)
    assert uneven.sum(axis=1).tolist() == [2, 1] * 4


def test_at_p_1_targets_are_uniform() -> None:
    n, gen = 40, np.random.default_rng(0)
    hits = np.zeros(n)
    for _ in range(60):
        adjacency = directed_small_world(n, 2, 1, rng=gen)
        for node in range(n):
            hits += np.roll(adjacency[node], -node)
    # The first edge leaves the nearest node, which only the second may choose again.
    far = hits[2:-1]
    assert hits[0] == 0
    assert far.std() < 3 * np.sqrt(far.mean())


def test_arguments_are_checked() -> None:
    for family in (watts_strogatz, directed_small_world):
        with pytest.raises(InputError, match=r"`p` must be a number in \[0, 1\]; got -0\.1\."):
            family(10, 4, -0.1, rng=0)
        with pytest.raises(InputError, match=r"`k` must be an integer in \[0, 9\]; got 10\."):
            family(10, 10, 0.1, rng=0)
    with pytest.raises(InputError, match=r"`k` must be even, .*; got 3\."):
        watts_strogatz(10, 3, 0.1, rng=0)


def _degree_variance(graph: "nx.Graph[int]") -> float:
    return float(np.var([degree for _, degree in graph.degree()]))
