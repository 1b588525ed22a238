import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError


def largest_modulus(graph: Adjacency) -> float:
    return float(np.abs(np.linalg.eigvals(graph.astype(float))).max())


def test_spectral_radius_is_that_of_lapack(digraph: Adjacency) -> None:
    if not metrics.is_acyclic(digraph):  # LAPACK finds .0075 for some graphs without cycles
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
