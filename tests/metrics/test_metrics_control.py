from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.metrics import control


def matching(graph: Adjacency) -> int:
    """Largest matching by brute force over the sources."""
    edges = list(map(tuple, np.argwhere(graph)))
    for size in range(min(len(edges), len(graph)), 0, -1):
        for some in combinations(edges, size):
            if len({s for s, _ in some}) == len({t for _, t in some}) == size:
                return size
    return 0


def test_drivers_are_what_a_largest_matching_leaves() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        graph = (rng.random((4, 4)) < 0.4) & ~np.eye(4, dtype=bool)
        assert metrics.n_driver_nodes(graph) == max(1, 4 - matching(graph))


def test_drivers_are_those_of_networkx(digraph: Adjacency) -> None:
    n = len(digraph)
    halves = nx.Graph([(int(s), int(t) + n) for s, t in np.argwhere(digraph)])
    tops = [node for node in halves if node < n]
    found = nx.bipartite.maximum_matching(halves, top_nodes=tops)
    drivers = max(1, n - len(found) // 2)
    assert metrics.n_driver_nodes(digraph) == drivers
    assert metrics.driver_node_fraction(digraph) == drivers / n


def test_drivers_in_closed_form(
    ring: Adjacency, path: Adjacency, star: Adjacency, empty: Adjacency
) -> None:
    found = [metrics.n_driver_nodes(graph) for graph in (ring, path, star, empty)]
    assert found == [1, 1, 6, 4]  # a star moves one leaf at a time


def test_average_controllability_is_the_energy_of_an_impulse(digraph: Adjacency) -> None:
    scaled = digraph / (1 + np.linalg.norm(digraph.astype(float), 2))
    state, energy = np.eye(len(digraph)), np.zeros(len(digraph))
    for _ in range(2000):
        energy += (state**2).sum(axis=1)
        state = state @ scaled  # row i: what a signal from i has become
    np.testing.assert_allclose(control.average_controllability(digraph), energy, rtol=1e-9)
    assert metrics.gramian_trace(digraph) == pytest.approx(energy.mean())


def test_values_are_those_of_nctpy(f3: Adjacency) -> None:
    # nctpy 1.2.0, ave_control and modal_control of A^T / (1 + its largest singular value).
    average = [1.1799165603396349, 1.3429154886210986, 1.3643661865271042, 1.1799165603396347]
    np.testing.assert_allclose(control.average_controllability(f3), average, rtol=1e-12)
    closure = f3 | f3.T
    average = [1.2768520102787062, 1.4207344494959377, 1.4207344494959377, 1.2768520102787064]
    modal = [0.8423292192132463, 0.7634938288198678, 0.7634938288198678, 0.8423292192132454]
    np.testing.assert_allclose(control.average_controllability(closure), average, rtol=1e-12)
    np.testing.assert_allclose(control.modal_controllability(closure), modal, rtol=1e-12)
    # Direction does not count there: nctpy's values of a digraph depend on the order of its nodes.
    for graph in (f3, f3.T):
        np.testing.assert_allclose(control.modal_controllability(graph), modal, rtol=1e-12)


def test_an_edge_is_used_in_its_direction(star: Adjacency) -> None:
    # The hub drives six leaves by one step of 1 / (1 + sqrt 6); a leaf drives nothing.
    energy = 1 + 6 / (1 + 6**0.5) ** 2
    np.testing.assert_allclose(control.average_controllability(star), [energy, *[1] * 6])


def test_modal_controllability_is_as_published_on_undirected_graphs(digraph: Adjacency) -> None:
    closure = (digraph | digraph.T).astype(float)
    values, vectors = np.linalg.eigh(closure / (1 + np.abs(np.linalg.eigvalsh(closure)).max()))
    expected = ((1 - values**2) * vectors**2).sum(axis=1)
    np.testing.assert_allclose(control.modal_controllability(digraph), expected, atol=1e-12)


def test_nothing_to_steer(empty: Adjacency, dot: Adjacency) -> None:
    assert control.average_controllability(empty).tolist() == [1, 1, 1, 1]
    assert control.modal_controllability(dot).tolist() == [1]
    assert metrics.gramian_trace(empty) == 1
