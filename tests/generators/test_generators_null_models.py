"""Null models besides rewiring: lattices, random twins and acyclic twins."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from scipy.stats import chisquare

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.generators import (
    acyclic_twin,
    barabasi_albert,
    complete,
    erdos_renyi,
    erdos_renyi_like,
    latticise,
    rewire,
    ring_lattice,
    watts_strogatz,
)


def _length(adjacency: Adjacency) -> float:
    n = len(adjacency)
    sources, targets = np.nonzero(adjacency)
    gaps = np.abs(sources - targets)
    return float(np.minimum(gaps, n - gaps).mean())


@pytest.mark.parametrize("directed", [True, False])
def test_a_lattice_keeps_degrees_and_brings_edges_to_the_diagonal(directed: bool) -> None:
    adjacency = erdos_renyi(40, m=240, directed=directed, rng=0)
    lattice = latticise(adjacency, rng=0)
    for axis in (0, 1):
        assert np.array_equal(lattice.sum(axis=axis), adjacency.sum(axis=axis))
    ring = ring_lattice(40, m=240, rng=0)
    assert _length(adjacency) > 8
    assert _length(ring) == 2
    assert _length(lattice) < 3
    clustering = [nx.average_clustering(nx.from_numpy_array(a)) for a in (adjacency, lattice)]
    assert clustering[1] > 2 * clustering[0]


def test_a_rewired_ring_becomes_a_ring_again() -> None:
    ring = ring_lattice(16, 2, rng=0)
    lattice = latticise(rewire(ring, rng=1), swaps_per_edge=2000, rng=2)
    assert _length(lattice) < 1.5


def test_edges_never_get_longer_in_sum_also_of_dense_graphs() -> None:
    for adjacency in (
        watts_strogatz(30, 6, 0.05, rng=0),
        ring_lattice(20, 4, rng=0),
        erdos_renyi(25, 0.8, rng=0),
        erdos_renyi(25, 0.8, directed=False, rng=0),
    ):
        assert _length(latticise(adjacency, swaps_per_edge=5, rng=0)) <= _length(adjacency)
    dense = erdos_renyi(25, 0.8, rng=0)
    assert _length(latticise(dense, rng=0)) < _length(dense) - 0.5


def test_swaps_per_edge_is_checked() -> None:
    with pytest.raises(InputError, match=r"`swaps_per_edge` must be an integer >= 1; got 0\."):
        latticise(complete(3, rng=0), swaps_per_edge=0, rng=0)


def test_erdos_renyi_like_is_erdos_renyi() -> None:
    ring = ring_lattice(20, 4, rng=0)
    assert np.array_equal(
        erdos_renyi_like(ring, rng=3), erdos_renyi(20, m=80, directed=False, rng=3)
    )
    ring[0, 1] = False
    assert np.array_equal(erdos_renyi_like(ring, rng=3), erdos_renyi(20, m=79, rng=3))


def test_an_acyclic_twin_has_no_cycle_and_keeps_what_is_joined() -> None:
    for seed in range(5):
        adjacency = erdos_renyi(30, m=250, rng=seed)
        twin = acyclic_twin(adjacency, rng=seed)
        assert nx.is_directed_acyclic_graph(nx.from_numpy_array(twin, create_using=nx.DiGraph))
        assert twin.sum() == 250
        joined, kept = adjacency | adjacency.T, twin | twin.T
        assert (joined <= kept).all()
        mutual = (adjacency & adjacency.T).sum() // 2
        assert (kept & ~joined).sum() // 2 == mutual > 0


def test_an_acyclic_twin_without_mutual_edges_keeps_the_undirected_graph() -> None:
    adjacency = np.triu(barabasi_albert(30, 3, rng=0))
    twin = acyclic_twin(adjacency, rng=0)
    assert np.array_equal(twin | twin.T, adjacency | adjacency.T)
    assert not np.array_equal(twin, adjacency)


def test_every_order_of_the_nodes_is_equally_likely() -> None:
    adjacency = np.triu(complete(4, rng=0))
    gen = np.random.default_rng(0)
    seen = Counter(acyclic_twin(adjacency, rng=gen).tobytes() for _ in range(2400))
    assert len(seen) == 24
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_self_loops_of_an_acyclic_twin_are_its_only_cycles() -> None:
    adjacency = erdos_renyi(10, 0.3, rng=0) | np.diag(np.arange(10) < 3)
    twin = acyclic_twin(adjacency, rng=0)
    assert np.flatnonzero(twin.diagonal()).tolist() == [0, 1, 2]
    np.fill_diagonal(twin, False)
    assert nx.is_directed_acyclic_graph(nx.from_numpy_array(twin, create_using=nx.DiGraph))


def test_more_edges_than_an_acyclic_graph_has_are_an_error() -> None:
    assert acyclic_twin(ring_lattice(5, 2, rng=0), rng=0).sum() == 10
    with pytest.raises(
        InputError,
        match=r"`adjacency` must have at most n\(n-1\)/2 = 6 edges besides self-loops .*; got 12\.",
    ):
        acyclic_twin(complete(4, rng=0), rng=0)
