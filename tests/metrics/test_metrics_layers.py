import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.graphs import as_adjacency, layer_index

LAYERED = ["n_layers", "layer_width_mean", "layer_width_max", "n_skip_edges"]
LAYERED += ["skip_edge_fraction", "edge_span_mean"]


def test_layers_by_hand() -> None:
    # A cycle, so by node order: layers 0 | 1 2 | 3 | 4, the edge 0 -> 4 passes over two.
    graph = as_adjacency([(0, 1), (2, 0), (1, 3), (2, 3), (3, 4), (4, 0)], n=5)
    assert not metrics.is_acyclic(graph)
    assert metrics.n_layers(graph) == 4
    assert metrics.layer_width_mean(graph) == 5 / 4
    assert metrics.layer_width_max(graph) == 2
    assert metrics.n_skip_edges(graph) == 1
    assert metrics.skip_edge_fraction(graph) == 1 / 6
    assert metrics.edge_span_mean(graph) == (5 + 3) / 6


def test_edges_without_cycles_keep_their_direction() -> None:
    # 4 -> 1 -> 3 -> 0 with 4 -> 0 over two layers, and 2 beside 0 after 3.
    graph = as_adjacency([(4, 1), (1, 3), (3, 0), (4, 0), (3, 2)], n=5)
    found = {name: getattr(metrics, name)(graph) for name in LAYERED}
    assert found == {
        "n_layers": 4,
        "layer_width_mean": 5 / 4,
        "layer_width_max": 2,
        "n_skip_edges": 1,
        "skip_edge_fraction": 1 / 5,
        "edge_span_mean": (4 + 3) / 5,
    }
    assert metrics.n_layers(as_adjacency([(1, 0), (0, 2)], n=3)) == 3


def test_relabelling_an_acyclic_graph_changes_no_layer(digraph: Adjacency) -> None:
    acyclic = np.triu(digraph)
    order = np.random.default_rng(0).permutation(len(digraph))
    relabelled = acyclic[np.ix_(order, order)]
    for name in LAYERED:
        metric = getattr(metrics, name)
        assert metric(relabelled) == pytest.approx(metric(acyclic), rel=1e-12)


def test_every_edge_climbs(digraph: Adjacency) -> None:
    oriented = digraph if metrics.is_acyclic(digraph) else np.triu(digraph | digraph.T)
    layers = layer_index(oriented)
    spans = [layers[j] - layers[i] for i, j in np.argwhere(oriented)]
    assert metrics.n_skip_edges(digraph) == sum(span > 1 for span in spans)
    assert metrics.edge_span_mean(digraph) == pytest.approx(np.mean(spans))
    assert metrics.layer_width_mean(digraph) == len(digraph) / (layers.max() + 1)


def test_no_edges_are_one_layer(empty: Adjacency) -> None:
    assert metrics.layer_width_max(empty) == 4
    assert metrics.n_skip_edges(empty) == 0


@pytest.mark.parametrize("name", ["skip_edge_fraction", "edge_span_mean"])
def test_spans_need_an_edge(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        getattr(metrics, name)(empty)
