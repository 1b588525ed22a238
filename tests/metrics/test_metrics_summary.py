"""The numbers that sum up values of nodes: against numpy, scipy and brute force."""

import inspect

import numpy as np
import pytest
import scipy.stats

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import EDGES, METRICS, NODES, STATISTICS

VALUES = np.random.default_rng(0).gamma(2, size=31)


def of(suffix: str, values: np.ndarray, hub: float | None = None) -> float | None:
    return STATISTICS[suffix].of(np.asarray(values, dtype=float), hub)


def test_statistics_are_those_of_numpy_and_scipy() -> None:
    assert of("mean", VALUES) == pytest.approx(np.mean(VALUES))
    assert of("var", VALUES) == pytest.approx(np.var(VALUES, ddof=1))
    assert of("std", VALUES) == pytest.approx(np.std(VALUES, ddof=1))
    assert of("max", VALUES) == VALUES.max()
    assert of("skew", VALUES) == pytest.approx(scipy.stats.skew(VALUES, bias=False))
    whole = np.array([1, 1, 2, 5, 5, 5, 7])
    counts = np.unique(whole, return_counts=True)[1]
    assert of("entropy", whole) == pytest.approx(scipy.stats.entropy(counts))


def test_gini_is_the_mean_difference_over_twice_the_mean() -> None:
    expected = np.abs(np.subtract.outer(VALUES, VALUES)).mean() / (2 * VALUES.mean())
    assert of("gini", VALUES) == pytest.approx(expected)
    assert of("gini", [3, 3, 3]) == 0
    assert of("gini", [0, 0, 0, 1]) == 0.75


def test_centralization_is_1_around_a_hub(star: Adjacency) -> None:
    assert metrics.METRICS["out_degree_centralization"](star) == 1
    assert metrics.METRICS["harmonic_out_centralization"](star) == pytest.approx(1)
    inward = star.T.copy()
    assert metrics.METRICS["in_degree_centralization"](inward) == 1
    assert metrics.METRICS["closeness_in_centralization"](inward) == pytest.approx(1)
    both = star | star.T
    assert metrics.METRICS["betweenness_centralization"](both) == pytest.approx(1)


def test_a_ring_has_no_centre(ring: Adjacency) -> None:
    for name in METRICS:
        if name.endswith("_centralization") and not name.startswith("participation"):
            assert METRICS[name](ring) == pytest.approx(0, abs=1e-9), name


@pytest.mark.parametrize("name", {**NODES, **EDGES})
def test_summaries_are_of_the_values(name: str) -> None:
    graph = np.random.default_rng(2).random((14, 14)) < 0.3
    node = {**NODES, **EDGES}[name]
    values = node.values(graph)
    values = values[~np.isnan(values)]
    hub = None if node.hub is None else node.hub(14)
    for suffix in node.statistics:
        expected = of(suffix, values, hub)
        assert METRICS[f"{name}_{suffix}"](graph) == pytest.approx(expected, rel=1e-9)


def test_docstrings_are_those_of_the_values_and_more() -> None:
    assert inspect.getdoc(METRICS["hubs_gini"]) == (
        "Gini coefficient of `hubs` over the nodes: unitless, in [0, 1), 0 where all are equal.\n\n"
        "`hubs`: Hub scores, x = A A^T x, of unit length: unitless, in [0, 1].\n\n"
        "A hub points to authorities. The limit from equal scores, where several vectors would do."
        "\n\nSource: Kleinberg (1999), J. ACM 46, 604-632; Gini (1912), Variabilita e mutabilita."
        "\n\nArgs:\n    adjacency: Shape (n, n), or any graph that `as_adjacency` takes; "
        "self-loops are ignored.\n\nRaises:\n    UndefinedMetricError: No edges. No node with a "
        "value, or not values >= 0 with a sum above 0."
    )
    for name, end in (
        ("edge_betweenness_mean", "No edge with a value."),
        ("closeness_in_max", "Fewer than 2 nodes with a value."),
    ):
        assert (inspect.getdoc(METRICS[name]) or "").endswith(f"UndefinedMetricError: {end}")


def test_a_mean_that_is_left_out_is_another_column(digraph: Adjacency) -> None:
    twins = {
        **dict.fromkeys(["in_degree", "out_degree"], metrics.degree_mean(digraph)),
        "total_degree": 2 * metrics.degree_mean(digraph),
        **dict.fromkeys(["harmonic_in", "harmonic_out"], metrics.global_efficiency(digraph)),
        "pagerank": 1 / len(digraph),
        "average_controllability": metrics.gramian_trace(digraph),
        "local_efficiencies": metrics.local_efficiency(digraph),
        "within_module_degree": 0,  # a z-score in every community
        **{f"local_{name}": METRICS[name](digraph) for name in METRICS if f"local_{name}" in NODES},
    }
    left_out = {
        name for name, metric in {**NODES, **EDGES}.items() if "mean" not in metric.statistics
    }
    assert left_out == set(twins)
    for name, value in twins.items():
        assert NODES[name].values(digraph).mean() == pytest.approx(value, abs=1e-12)


def test_signatures_are_those_of_metrics() -> None:
    for metric in METRICS.values():
        assert inspect.signature(metric) == inspect.signature(METRICS["density"])


@pytest.mark.parametrize(
    ("name", "graph", "message"),
    [
        ("total_degree_gini", np.zeros((3, 3)), "values >= 0 with a sum above 0; got 0 everywhere"),
        ("total_degree_centralization", np.zeros((3, 3)), "a value above 0; got 0 everywhere"),
        ("in_degree_skew", np.zeros((3, 3)), "values that differ; got 0 everywhere"),
        ("in_degree_skew", np.zeros((2, 2)), "at least 3 nodes; got 2"),
        ("hubs_mean", np.zeros((2, 2)), "at least 1 edge between distinct nodes; got 0"),
    ],
)
def test_what_has_no_summary(name: str, graph: np.ndarray, message: str) -> None:
    with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs {message}\.$"):
        METRICS[name](graph)
