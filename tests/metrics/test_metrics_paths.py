import statistics

import networkx as nx
import numpy as np
import pytest
import scipy.stats

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import METRICS
from rnngraph.metrics.paths import path_lengths


def test_directed_fixture_with_a_part_out_of_reach(f1: Adjacency) -> None:
    assert metrics.mean_path_length(f1) == pytest.approx(5 / 3)
    assert metrics.reachable_fraction(f1) == pytest.approx(9 / 20)
    assert metrics.global_efficiency(f1) == pytest.approx(0.3167, abs=5e-5)
    assert metrics.harmonic_diameter(f1) == pytest.approx(3.158, abs=5e-4)
    # Eccentricities 3, 2, 2; nodes 3 and 4 reach nothing and have none.
    assert metrics.diameter(f1) == 3
    assert metrics.radius(f1) == 2
    assert metrics.eccentricity_mean(f1) == pytest.approx(7 / 3)
    assert metrics.eccentricity_var(f1) == pytest.approx(1 / 3)


def test_paths_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    n = len(digraph)
    found = {
        source: [length for target, length in lengths.items() if target != source]
        for source, lengths in nx.all_pairs_shortest_path_length(peer)
    }
    lengths = [length for source in found for length in found[source]]
    eccentricities = [max(found[source]) for source in found if found[source]]
    efficiency = sum(1 / length for length in lengths) / (n * (n - 1))
    expected = {
        "mean_path_length": statistics.mean(lengths),
        "path_length_std": statistics.pstdev(lengths),
        "path_length_entropy": scipy.stats.entropy(np.unique(lengths, return_counts=True)[1]),
        "diameter": max(lengths),
        "radius": min(eccentricities),
        "eccentricity_mean": statistics.mean(eccentricities),
        "eccentricity_var": statistics.variance(eccentricities),
        "eccentricity_std": statistics.stdev(eccentricities),
        "harmonic_diameter": 1 / efficiency,
        "reachable_fraction": len(lengths) / (n * (n - 1)),
        "global_efficiency": efficiency,
    }
    assert {name: METRICS[name](digraph) for name in expected} == pytest.approx(expected)


def test_a_strongly_connected_graph_needs_no_rule(f3: Adjacency) -> None:
    peer = nx.from_numpy_array(f3, create_using=nx.DiGraph)
    assert metrics.mean_path_length(f3) == pytest.approx(nx.average_shortest_path_length(peer))
    assert metrics.diameter(f3) == nx.diameter(peer)
    assert metrics.radius(f3) == nx.radius(peer)
    assert metrics.harmonic_diameter(f3) == pytest.approx(nx.harmonic_diameter(peer))
    assert metrics.reachable_fraction(f3) == 1


def test_undirected_efficiency_is_that_of_networkx(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    expected = nx.global_efficiency(nx.from_numpy_array(closure))
    assert metrics.global_efficiency(closure) == pytest.approx(expected)


def test_closed_forms(ring: Adjacency, complete: Adjacency, star: Adjacency) -> None:
    assert metrics.mean_path_length(ring) == 4  # 1..7 from every node
    assert metrics.diameter(ring) == metrics.radius(ring) == 7
    assert metrics.eccentricity_var(ring) == 0
    assert metrics.global_efficiency(ring) == pytest.approx(sum(1 / k for k in range(1, 8)) / 7)
    assert metrics.harmonic_diameter(complete) == metrics.mean_path_length(complete) == 1
    assert metrics.reachable_fraction(star) == pytest.approx(6 / 42)


def test_an_empty_graph_is_wholly_inefficient(empty: Adjacency) -> None:
    assert metrics.global_efficiency(empty) == 0
    assert metrics.reachable_fraction(empty) == 0


@pytest.mark.parametrize("name", ["reachable_fraction", "global_efficiency"])
def test_pairs_need_two_nodes(name: str, dot: Adjacency) -> None:
    with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs at least 2 nodes; got 1\.$"):
        METRICS[name](dot)


def test_the_distribution_of_lengths(f1: Adjacency, ring: Adjacency, empty: Adjacency) -> None:
    assert path_lengths(f1).tolist() == [0, 4, 4, 1]
    assert path_lengths(ring).tolist() == [0, *[8] * 7]
    assert path_lengths(empty).tolist() == [0]


@pytest.mark.parametrize(
    "name",
    [
        *("mean_path_length", "diameter", "harmonic_diameter"),
        *("path_length_std", "path_length_entropy"),
    ],
)
def test_paths_need_an_edge(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        METRICS[name](empty)


@pytest.mark.parametrize("name", ["radius", "eccentricity_mean"])
def test_eccentricity_needs_a_node_that_reaches_another(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 node that reaches another; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        METRICS[name](empty)


@pytest.mark.parametrize("name", ["eccentricity_var", "eccentricity_std"])
def test_spread_needs_two_such_nodes(name: str, star: Adjacency) -> None:
    assert metrics.eccentricity_mean(star) == 1
    match = rf"^`{name}` needs at least 2 nodes that reach another; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        METRICS[name](star)


def test_a_long_path_is_measured_to_its_end() -> None:
    assert metrics.diameter(np.eye(300, k=1, dtype=bool)) == 299
