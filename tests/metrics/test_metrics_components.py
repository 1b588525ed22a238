import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.graphs import as_adjacency


def test_components_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    n = len(digraph)
    strong = max(map(len, nx.strongly_connected_components(peer))) / n
    weak = max(map(len, nx.weakly_connected_components(peer))) / n
    assert metrics.strongly_connected_fraction(digraph) == strong
    assert metrics.weakly_connected_fraction(digraph) == weak
    assert metrics.is_acyclic(digraph) == nx.is_directed_acyclic_graph(peer)
    upper = np.triu(digraph)
    assert metrics.is_acyclic(upper) == 1
    assert metrics.strongly_connected_fraction(upper) == 1 / n


def test_layers_are_the_longest_path(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    if metrics.is_acyclic(digraph):
        assert metrics.n_layers(digraph) == nx.dag_longest_path_length(peer) + 1
        return
    oriented = nx.from_numpy_array(np.triu(digraph | digraph.T), create_using=nx.DiGraph)
    assert metrics.n_layers(digraph) == nx.dag_longest_path_length(oriented) + 1


def test_sources_and_sinks(f1: Adjacency, star: Adjacency, ring: Adjacency) -> None:
    assert [metrics.n_sources(f1), metrics.n_sinks(f1)] == [1, 2]  # node 4 is isolated
    assert [metrics.n_sources(star), metrics.n_sinks(star)] == [1, 6]
    assert [metrics.n_sources(ring), metrics.n_sinks(ring)] == [0, 0]


def test_closed_forms(ring: Adjacency, path: Adjacency, empty: Adjacency, dot: Adjacency) -> None:
    assert metrics.strongly_connected_fraction(ring) == 1
    assert metrics.is_acyclic(ring) == 0
    assert metrics.strongly_connected_fraction(path) == pytest.approx(1 / 6)
    assert metrics.weakly_connected_fraction(path) == 1
    assert metrics.n_layers(path) == 6
    assert metrics.weakly_connected_fraction(empty) == 0.25
    assert metrics.n_layers(empty) == 1
    # A self-loop is a cycle of the matrix, but metrics leave it out.
    assert metrics.is_acyclic(dot) == metrics.is_acyclic(empty) == 1


def test_numbers_of_components_are_those_of_networkx(
    digraph: Adjacency, peer: "nx.DiGraph[int]"
) -> None:
    assert metrics.n_strong_components(digraph) == nx.number_strongly_connected_components(peer)
    assert metrics.n_weak_components(digraph) == nx.number_weakly_connected_components(peer)
    depth = nx.dag_longest_path_length(nx.condensation(peer), default_weight=1) + 1
    assert metrics.condensation_depth(digraph) == depth


def test_a_bow_tie_by_hand() -> None:
    # 0 1 2 is the core; 3 enters it, 4 leaves it; 3 -> 5 -> 4 goes round; 3 -> 6 and 7 -> 4 end
    # there; 8 -> 9 is apart.
    edges = [(0, 1), (1, 2), (2, 0), (3, 0), (0, 4), (3, 5), (5, 4), (3, 6), (7, 4), (8, 9)]
    graph = as_adjacency(edges, n=10)
    parts = ("in", "out", "tubes", "tendrils", "disconnected")
    found = [getattr(metrics, f"bowtie_{part}")(graph) for part in parts]
    assert found == pytest.approx([0.1, 0.1, 0.1, 0.2, 0.2])
    assert sum(found) + metrics.strongly_connected_fraction(graph) == pytest.approx(1)


@pytest.mark.parametrize("part", ["in", "out", "tubes", "tendrils", "disconnected"])
def test_a_bow_tie_has_one_core(part: str, path: Adjacency) -> None:
    match = rf"^`bowtie_{part}` needs one largest strong component; got 6 of 1 nodes\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        getattr(metrics, f"bowtie_{part}")(path)
