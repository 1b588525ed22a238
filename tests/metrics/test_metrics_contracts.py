"""What holds for every metric, whatever it measures."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import DARJI, METRICS, profile
from rnngraph.metrics._profile import Metric

EVERY = {**METRICS, **{f.__name__: f for f in DARJI.values()}}
GRAPHS = st.integers(1, 9).flatmap(lambda n: arrays(bool, (n, n)))
LOOPS = ["n_self_loops", "self_loop_fraction"]
# By definition of the order of the nodes: orientation, or the way to a local optimum.
ORDERED = ["n_layers", "modularity", "darji_layers", "darji_source_nodes", "darji_sink_nodes"]
# What the reversed graph has instead; the rest of the table is the same either way.
REVERSED = {
    "assortativity_out_out": "assortativity_in_in",
    "n_sources": "n_sinks",
    "clustering_in": "clustering_out",
    **{f"in_degree_{stat}": f"out_degree_{stat}" for stat in ("var", "std", "max")},
    **{f"closeness_in_{stat}": f"closeness_out_{stat}" for stat in ("mean", "var", "std")},
    **{f"harmonic_in_{stat}": f"harmonic_out_{stat}" for stat in ("var", "std")},
}
OUTWARD = ["radius", "eccentricity_mean", "eccentricity_var", "eccentricity_std"]
SHARES = [
    *("self_loop_fraction", "density", "reciprocity", "is_acyclic", "reachable_fraction"),
    *("strongly_connected_fraction", "weakly_connected_fraction", "global_efficiency"),
    *("closeness_in_mean", "closeness_out_mean", "betweenness_mean", "edge_betweenness_mean"),
    *(name for name in METRICS if name.startswith(("clustering", "transitivity"))),
    *("modularity", "pagerank_entropy"),
]


def values(graph: Adjacency, left_out: list[str]) -> dict[str, float]:
    table = profile(graph, metrics=EVERY).drop(columns=[*left_out, "undefined"])
    return dict(zip(table.columns, table.to_numpy()[0].tolist(), strict=True))


def close(expected: dict[str, float]) -> object:
    return pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_the_tables_hold_every_metric() -> None:
    found = {
        name
        for module in pkgutil.iter_modules(metrics.__path__)
        if not module.name.startswith("_")
        for name, f in vars(importlib.import_module(f"rnngraph.metrics.{module.name}")).items()
        if not name.startswith("_") and getattr(f, "__module__", "").endswith(module.name)
        if callable(f) and list(inspect.signature(f).parameters) == ["adjacency"]
    }
    assert found == set(EVERY)
    assert [f.__name__ for f in METRICS.values()] == list(METRICS)
    assert all(getattr(metrics, name) is f for name, f in METRICS.items())


@pytest.mark.parametrize("metric", EVERY.values(), ids=EVERY)
def test_docstrings_say_what_and_whence(metric: Metric) -> None:
    doc = inspect.getdoc(metric) or ""
    first, _, rest = doc.partition("\n")
    assert first.endswith((".", "no)."))
    assert "\nSource: " in rest
    assert "self-loops are" in rest


@pytest.mark.parametrize("metric", EVERY.values(), ids=EVERY)
def test_docstrings_say_which_metrics_can_be_undefined(metric: Metric) -> None:
    def undefined(graph: Adjacency) -> bool:
        try:
            metric(graph)
        except UndefinedMetricError:
            return True
        return False

    sparse = [np.zeros((n, n), dtype=bool) for n in (1, 2)] + [np.eye(2, k=1, dtype=bool)]
    documented = "\nRaises:\n    UndefinedMetricError: " in (inspect.getdoc(metric) or "")
    assert documented == any(map(undefined, sparse))


@pytest.mark.parametrize("metric", EVERY.values(), ids=EVERY)
def test_a_metric_is_a_plain_float(metric: Metric, f3l: Adjacency) -> None:
    assert type(metric(f3l)) is float


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("fill", [False, True])
def test_tiny_graphs_never_crash(n: int, fill: bool) -> None:
    [row] = profile(np.full((n, n), fill), metrics=EVERY).to_dict("records")
    reasons = row.pop("undefined")
    missing = [str(name) for name, value in row.items() if np.isnan(value)]
    assert [reason.partition(":")[0] for reason in reasons.split("; ") if reason] == missing
    for name in missing:
        with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs "):
            EVERY[name](np.full((n, n), fill))


@settings(deadline=None, max_examples=40)
@given(GRAPHS, st.integers(0, 2**32 - 1))
def test_relabelled_graphs_measure_the_same(graph: Adjacency, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(graph))
    relabelled = graph[np.ix_(order, order)]
    assert values(relabelled, ORDERED) == close(values(graph, ORDERED))


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_self_loops_change_nothing_else(graph: Adjacency) -> None:
    loops = graph | np.eye(len(graph), dtype=bool)
    without = graph & ~np.eye(len(graph), dtype=bool)
    assert values(loops, LOOPS) == pytest.approx(values(without, LOOPS), rel=0, abs=0, nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_reversing_every_edge_swaps_in_and_out(graph: Adjacency) -> None:
    swap = REVERSED | {out: name for name, out in REVERSED.items()}
    left_out = [*OUTWARD, "pagerank_entropy"]
    swapped = {swap.get(name, name): value for name, value in values(graph, left_out).items()}
    assert values(graph.T, left_out) == close(swapped)


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_ranges_are_kept(graph: Adjacency) -> None:
    measured = values(graph, [])
    outside = {
        name: value
        for name, value in measured.items()
        if (name in SHARES and not -1e-12 <= value <= 1 + 1e-12 and not np.isnan(value))
        or (name.startswith("assortativity") and abs(value) > 1 + 1e-12)
        or (name.endswith(("_var", "_std")) and value < 0)
    }
    assert outside == {}


@settings(deadline=None, max_examples=20)
@given(GRAPHS)
def test_the_input_is_left_alone(graph: Adjacency) -> None:
    before = graph.copy()
    for metric in EVERY.values():
        try:
            metric(graph)
        except UndefinedMetricError:
            continue
    np.testing.assert_array_equal(graph, before)
    assert graph.flags.writeable
