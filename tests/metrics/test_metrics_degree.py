from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.degree import degree_mean, in_degree, out_degree, total_degree


def test_degrees_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    assert in_degree(digraph).tolist() == [degree for _, degree in peer.in_degree]
    assert out_degree(digraph).tolist() == [degree for _, degree in peer.out_degree]
    assert total_degree(digraph).tolist() == [degree for _, degree in peer.degree]
    assert degree_mean(digraph) == pytest.approx(in_degree(digraph).mean(), rel=1e-15)
    assert degree_mean(digraph) == pytest.approx(out_degree(digraph).mean(), rel=1e-15)


def test_hub_of_a_star(star: Adjacency) -> None:
    assert out_degree(star).tolist() == [6, 0, 0, 0, 0, 0, 0]
    assert in_degree(star).tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert total_degree(star).tolist() == [6, 1, 1, 1, 1, 1, 1]
    assert degree_mean(star) == 6 / 7


def test_regular_graphs(ring: Adjacency, complete: Adjacency) -> None:
    assert degree_mean(ring) == 1
    assert total_degree(ring).tolist() == [2] * 8
    assert total_degree(complete).tolist() == [10] * 6  # a mutual pair counts twice


def test_self_loops_do_not_count(dot: Adjacency, empty: Adjacency) -> None:
    assert [degree_mean(dot), degree_mean(empty)] == [0, 0]
    assert total_degree(dot).tolist() == [0]
    assert total_degree(empty).tolist() == [0] * 4


@pytest.mark.parametrize("degree", [in_degree, out_degree, total_degree])
def test_degrees_are_floats(degree: Callable[[object], Floats], star: Adjacency) -> None:
    assert degree(star).dtype == np.float64


def test_reversing_every_edge_swaps_in_and_out(digraph: Adjacency) -> None:
    assert in_degree(digraph.T).tolist() == out_degree(digraph).tolist()
    assert total_degree(digraph.T).tolist() == total_degree(digraph).tolist()
