import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import METRICS, reciprocity

PAIRS = [("out", "in"), ("out", "out"), ("in", "in"), ("in", "out")]


def test_reciprocity_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    assert reciprocity(digraph) == pytest.approx(nx.overall_reciprocity(peer))


def test_reciprocity_leaves_self_loops_out(f3l: Adjacency) -> None:
    assert reciprocity(f3l) == pytest.approx(1 / 3)  # networkx: .25, igraph's "ratio": .2


def test_extreme_reciprocities(ring: Adjacency, complete: Adjacency) -> None:
    assert reciprocity(ring) == 0
    assert reciprocity(complete) == 1


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_assortativity_is_that_of_networkx(
    x: str, y: str, digraph: Adjacency, peer: "nx.DiGraph[int]"
) -> None:
    expected = nx.degree_pearson_correlation_coefficient(peer, x=x, y=y)
    assert METRICS[f"assortativity_{x}_{y}"](digraph) == pytest.approx(expected, abs=1e-12)


def test_assortativity_leaves_self_loops_out(f3: Adjacency, f3l: Adjacency) -> None:
    assert metrics.assortativity_out_in(f3) == pytest.approx(-0.5)
    assert metrics.assortativity_out_in(f3l) == pytest.approx(-0.5)  # networkx: -.218


def test_undirected_assortativity_is_one_number(f2: Adjacency) -> None:
    values = [METRICS[f"assortativity_{x}_{y}"](f2) for x, y in PAIRS]
    expected = nx.degree_assortativity_coefficient(nx.from_numpy_array(f2[:4, :4]))
    assert values == pytest.approx([expected] * 4)


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_assortativity_needs_degrees_that_differ(x: str, y: str, ring: Adjacency) -> None:
    name = f"assortativity_{x}_{y}"
    match = rf"^`{name}` needs degrees that differ between edges; got the same source degree on"
    with pytest.raises(UndefinedMetricError, match=match):
        METRICS[name](ring)


def test_the_same_target_degree_is_named() -> None:
    # Sources of out-degree 1 and 2; every target has in-degree 1.
    graph = np.zeros((5, 5), dtype=bool)
    graph[[0, 1, 1], [2, 3, 4]] = True
    match = r"^`assortativity_out_in` needs .*; got the same target degree on every edge\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.assortativity_out_in(graph)


@pytest.mark.parametrize("name", ["reciprocity", *(f"assortativity_{x}_{y}" for x, y in PAIRS)])
def test_edges_are_needed(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        METRICS[name](empty)
