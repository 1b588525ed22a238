import statistics

import networkx as nx
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError


def test_degrees_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    for side, degrees in (("in", dict(peer.in_degree)), ("out", dict(peer.out_degree))):
        values = list(degrees.values())
        assert metrics.degree_mean(digraph) == pytest.approx(statistics.mean(values))
        var = metrics.METRICS[f"{side}_degree_var"](digraph)
        assert var == pytest.approx(statistics.variance(values))
        assert metrics.METRICS[f"{side}_degree_std"](digraph) == pytest.approx(var**0.5)
        assert metrics.METRICS[f"{side}_degree_max"](digraph) == max(values)


def test_hub_of_a_star(star: Adjacency) -> None:
    assert metrics.out_degree_max(star) == 6
    assert metrics.in_degree_max(star) == 1
    assert metrics.degree_mean(star) == 6 / 7
    assert metrics.out_degree_var(star) == pytest.approx(36 / 7)  # one 6, six 0, ddof=1


def test_a_regular_graph_has_no_degree_variance(ring: Adjacency) -> None:
    assert metrics.degree_mean(ring) == 1
    assert metrics.in_degree_var(ring) == metrics.out_degree_std(ring) == 0


@pytest.mark.parametrize(
    "name", ["in_degree_var", "in_degree_std", "out_degree_var", "out_degree_std"]
)
def test_one_node_has_no_sample_variance(name: str, dot: Adjacency) -> None:
    assert metrics.degree_mean(dot) == 0
    with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs at least 2 nodes; got 1\.$"):
        metrics.METRICS[name](dot)
