import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.graphs import as_adjacency, layer_index


def test_layers_by_hand() -> None:
    # Layers 0 | 1 2 | 3 | 4, the edge 0 -> 4 passes over two.
    graph = as_adjacency([(0, 1), (2, 0), (1, 3), (2, 3), (3, 4), (4, 0)], n=5)
    assert metrics.n_layers(graph) == 4
    assert metrics.layer_width_mean(graph) == 5 / 4
    assert metrics.layer_width_max(graph) == 2
    assert metrics.n_skip_edges(graph) == 1
    assert metrics.skip_edge_fraction(graph) == 1 / 6
    assert metrics.edge_span_mean(graph) == (5 + 3) / 6


def test_every_edge_climbs(digraph: Adjacency) -> None:
    oriented = np.triu(digraph | digraph.T)
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
