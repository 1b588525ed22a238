"""Ring lattices and complete graphs against networkx and by hand."""

import networkx as nx
import numpy as np
import pytest

from rnngraph.errors import InputError
from rnngraph.generators import complete, ring_lattice


@pytest.mark.parametrize(("n", "k"), [(7, 0), (7, 2), (10, 4), (11, 10), (10, 8)])
def test_a_ring_lattice_is_a_circulant_graph(n: int, k: int) -> None:
    expected = nx.to_numpy_array(nx.circulant_graph(n, list(range(1, k // 2 + 1)))) > 0
    assert np.array_equal(ring_lattice(n, k, rng=0), expected)


@pytest.mark.parametrize(("n", "k"), [(20, 4), (31, 6), (40, 10)])
def test_clustering_of_the_ring_lattice(n: int, k: int) -> None:
    graph = nx.from_numpy_array(ring_lattice(n, k, rng=0))
    assert nx.average_clustering(graph) == pytest.approx(3 * (k - 2) / (4 * (k - 1)))


def test_m_fills_the_nearest_offsets_first_and_the_last_evenly() -> None:
    adjacency = ring_lattice(8, m=2 * (8 + 4), rng=0)
    sources, targets = np.nonzero(np.triu(adjacency))
    gaps = np.minimum(targets - sources, 8 - targets + sources)
    assert np.bincount(gaps).tolist() == [0, 8, 4]
    assert adjacency.sum(axis=1).tolist() == [3] * 8


@pytest.mark.parametrize("n", [9, 12, 20])
def test_degrees_of_the_ring_lattice_are_even_for_every_m(n: int) -> None:
    for m in range(0, n * (n - 1) + 1, 2):
        degrees = ring_lattice(n, m=m, rng=0).sum(axis=1)
        assert degrees.sum() == m
        assert degrees.max() - degrees.min() <= 2
        assert degrees.std() < 0.75


@pytest.mark.parametrize("n", [2, 3, 8, 9])
def test_the_largest_m_is_the_complete_graph(n: int) -> None:
    assert np.array_equal(ring_lattice(n, m=n * (n - 1), rng=0), complete(n, rng=0))


def test_half_round_an_even_ring_there_are_n_over_2_edges() -> None:
    adjacency = ring_lattice(6, m=2 * 12 + 2 * 2, rng=0)
    across = [(node, node + 3) for node in range(3) if adjacency[node, node + 3]]
    assert across == [(0, 3), (1, 4)]


def test_complete_has_all_edges_and_no_self_loop() -> None:
    expected = nx.to_numpy_array(nx.complete_graph(6)) > 0
    assert np.array_equal(complete(6, m=30, rng=0), expected)


def test_k_is_checked() -> None:
    with pytest.raises(InputError, match=r"`k` must be an integer in \[0, 6\]; got 7\."):
        ring_lattice(7, 7, rng=0)
    with pytest.raises(
        InputError, match=r"`k` must be even, half the neighbours on each side; got 3\."
    ):
        ring_lattice(7, 3, rng=0)


def test_complete_takes_its_own_m_only() -> None:
    with pytest.raises(InputError, match=r"`m` must be an integer in \[12, 12\]; got 10\."):
        complete(4, m=10, rng=0)
