import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics.weighted import WEIGHTED

ENDS = [("out", "in"), ("out", "out"), ("in", "in"), ("in", "out")]
BOTH = pytest.mark.parametrize(("x", "y"), ENDS)


@BOTH
def test_assortativity_is_that_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]", x: str, y: str
) -> None:
    expected = nx.degree_pearson_correlation_coefficient(peer, x=x, y=y, weight="weight")
    metric = WEIGHTED[f"weighted_assortativity_{x}_{y}"]
    assert metric(weights) == pytest.approx(expected, rel=1e-9)
    assert metric(weights * np.where(np.arange(len(weights)) % 2, 1, -1)) == metric(weights)


@BOTH
def test_equal_weights_leave_the_unweighted_metric(digraph: Adjacency, x: str, y: str) -> None:
    try:
        unweighted = getattr(metrics, f"assortativity_{x}_{y}")(digraph)
    except UndefinedMetricError:
        with pytest.raises(UndefinedMetricError):
            WEIGHTED[f"weighted_assortativity_{x}_{y}"](digraph * 0.1)
    else:
        weighted = WEIGHTED[f"weighted_assortativity_{x}_{y}"](digraph * 0.1)
        assert weighted == pytest.approx(unweighted, rel=1e-9)


def test_strengths_that_differ_by_rounding_only_are_the_same() -> None:
    weights = np.array([[0, 0.1, 0.2, 0], [0, 0, 0, 0.3], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert weights.sum(axis=1)[0] != weights.sum(axis=1)[1]
    match = r"^`weighted_assortativity_out_in` needs strengths .*; got the same source strength on"
    with pytest.raises(UndefinedMetricError, match=match):
        WEIGHTED["weighted_assortativity_out_in"](weights)


def test_what_does_not_exist_says_why(empty: Adjacency, star: Adjacency) -> None:
    match = (
        r"^`weighted_assortativity_in_in` needs at least 1 edge between distinct nodes; got 0\.$"
    )
    with pytest.raises(UndefinedMetricError, match=match):
        WEIGHTED["weighted_assortativity_in_in"](empty)
    rising = star * np.arange(7.0)
    match = r"needs strengths that differ between edges; got the same source strength on every edge"
    with pytest.raises(UndefinedMetricError, match=match):
        WEIGHTED["weighted_assortativity_out_in"](rising)
    match = r"needs strengths that differ between edges; got the same target strength on every edge"
    with pytest.raises(UndefinedMetricError, match=match):
        WEIGHTED["weighted_assortativity_out_in"](rising.T)
