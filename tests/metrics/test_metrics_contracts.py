"""What holds for every metric, whatever it measures."""

import importlib
import inspect
import pickle
import pkgutil
import subprocess
import sys
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import DARJI, EDGES, METRICS, NODES, profile
from rnngraph.metrics._summary import Metric, NodeFunction
from rnngraph.metrics._topology import Floats

EVERY = {**METRICS, **{f.__name__: f for f in DARJI.values()}}
VALUES = {name: node.values for name, node in {**NODES, **EDGES}.items()}
GRAPHS = st.integers(1, 9).flatmap(lambda n: arrays(bool, (n, n)))
LOOPS = ["n_self_loops", "self_loop_fraction"]
# By definition of the order of the nodes: orientation of cycles, or the way to a local optimum.
LAYERED = [
    *("n_layers", "layer_width_mean", "layer_width_max", "n_skip_edges", "skip_edge_fraction"),
    *("edge_span_mean", "darji_layers", "darji_source_nodes", "darji_sink_nodes"),
]
BY_HEURISTIC = ["modularity", "modularity_leiden", "n_communities", "feedback_arc_fraction"]
ORDERED_NODES = ["participation_in", "participation_out", "within_module_degree"]
# What the reversed graph has instead; the rest of the table is the same either way.
SWAPPED = {
    "assortativity_out_out": "assortativity_in_in",
    "n_sources": "n_sinks",
    "clustering_in": "clustering_out",
    "bowtie_in": "bowtie_out",
    "triad_021D": "triad_021U",
    "triad_111D": "triad_111U",
    "triad_120D": "triad_120U",
}
SWAPPED_NODES = {
    "in_degree": "out_degree",
    "closeness_in": "closeness_out",
    "harmonic_in": "harmonic_out",
    "local_clustering_in": "local_clustering_out",
    "participation_in": "participation_out",
    "hubs": "authorities",
    "communicability_in": "communicability_out",
}
# Where eigenvalues coincide, LAPACK finds them to the square root of its precision.
SENSITIVE = ["spectral_gap", "non_normality"]
# Neither the same nor that of a partner.
ONE_WAY = [
    *("layer_width_max", "n_skip_edges", "skip_edge_fraction", "edge_span_mean"),
    *("radius", "pagerank_entropy", "trophic_incoherence_q", "global_reaching_centrality"),
    *("modularity_leiden", "feedback_arc_fraction"),
]
ONE_WAY_NODES = [
    *("eccentricity", "trophic_level", "pagerank", "katz", "eigenvector"),
    "average_controllability",
]
SHARES = [
    *("self_loop_fraction", "density", "reciprocity", "is_acyclic", "reachable_fraction"),
    *("strongly_connected_fraction", "weakly_connected_fraction", "global_efficiency"),
    *("closeness_in_mean", "closeness_out_mean", "betweenness_mean", "edge_betweenness_mean"),
    *(name for name in METRICS if "clustering" in name or name.startswith("transitivity")),
    *(name for name in METRICS if name.endswith(("_gini", "_centralization"))),
    *(name for name in METRICS if name.startswith("bowtie")),
    *("flow_hierarchy", "feedback_arc_fraction", "global_reaching_centrality"),
    *("trophic_incoherence", "skip_edge_fraction", "driver_node_fraction", "non_normality"),
    *(
        "modularity",
        "modularity_leiden",
        "pagerank_entropy",
        "local_efficiency",
        "powerlaw_ks",
        "powerlaw_p_value",
    ),
]


def of_nodes(names: Iterable[str]) -> list[str]:
    """Names of all that sums these node metrics up."""
    table = {**NODES, **EDGES}
    return [f"{name}_{stat}" for name in names for stat in table[name].statistics]


ORDERED = [*LAYERED, *BY_HEURISTIC, *of_nodes(ORDERED_NODES)]


REVERSED = SWAPPED | dict(
    pair
    for here, there in SWAPPED_NODES.items()
    for pair in zip(of_nodes([here]), of_nodes([there]), strict=True)
)


def values(graph: Adjacency, left_out: list[str]) -> dict[str, float]:
    table = profile(graph, metrics=EVERY).drop(columns=[*left_out, "undefined"])
    return dict(zip(table.columns, table.to_numpy()[0].tolist(), strict=True))


def close(expected: dict[str, float]) -> object:
    return pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_the_tables_hold_every_metric() -> None:
    found: dict[object, set[str]] = {float: set(), Floats: set()}
    for module in pkgutil.iter_modules(metrics.__path__):
        if module.name.startswith("_") or module.ispkg:
            continue
        for name, f in vars(importlib.import_module(f"rnngraph.metrics.{module.name}")).items():
            if name.startswith("_") or not getattr(f, "__module__", "").endswith(module.name):
                continue
            if callable(f) and list(inspect.signature(f).parameters) == ["adjacency"]:
                found.setdefault(inspect.signature(f).return_annotation, set()).add(name)
    summed_up = set(of_nodes(VALUES))
    assert found[float] == set(EVERY) - summed_up
    assert found[Floats] == {*VALUES, "singular_values"}
    assert [f.__name__ for f in METRICS.values()] == list(METRICS)
    assert all(getattr(metrics, name) is f for name, f in METRICS.items())
    assert set(METRICS) < set(dir(metrics))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'rnngraph.metrics' has no attribute 'luck'"):
        metrics.luck  # noqa: B018


def test_every_file_and_function_is_there_at_once() -> None:
    files = [m.name for m in pkgutil.iter_modules(metrics.__path__) if not m.name.startswith("_")]
    functions = [
        *("path_lengths", "reachable_within", "rich_club_curve", "rich_club_ratio"),
        *("rich_club_zscores", "singular_values", "small_world_omega", "small_world_propensity"),
        *("small_world_sigma", "walks_by_length", "weighted_rich_club_curve"),
        *("weighted_rich_club_ratio", "weighted_rich_club_zscores", "weighted_singular_values"),
    ]
    code = f"import rnngraph; print([hasattr(rnngraph.metrics, x) for x in {files + functions}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([True] * len(files + functions))
    assert set(functions) < set(dir(metrics))


@pytest.mark.parametrize("name", ["closeness_in_gini", "density", "triad_030T"])
def test_metrics_travel_to_other_processes(name: str) -> None:
    assert pickle.loads(pickle.dumps(METRICS[name])) is METRICS[name]  # noqa: S301


@pytest.mark.parametrize("function", VALUES.values(), ids=VALUES)
def test_values_of_nodes_have_docstrings_too(function: NodeFunction) -> None:
    doc = inspect.getdoc(function) or ""
    first, _, rest = doc.partition("\n")
    assert first.endswith(".")
    assert "\nSource: " in rest
    assert "self-loops are" in rest


@settings(deadline=None, max_examples=30)
@given(GRAPHS, st.integers(0, 2**32 - 1))
def test_values_move_with_their_nodes(graph: Adjacency, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(graph))
    here = profile(graph, nodes=True).nodes.drop(columns=["graph", "node", *ORDERED_NODES])
    there = profile(graph[np.ix_(order, order)], nodes=True).nodes[here.columns]
    assert here.pop("undefined")[order].tolist() == there.pop("undefined").tolist()
    np.testing.assert_allclose(here.to_numpy()[order], there.to_numpy(), rtol=1e-9, atol=1e-9)


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
    made = hasattr(metric, "__wrapped__")  # sums up a node metric: says when it would not exist
    assert documented == any(map(undefined, sparse)) or (documented and made)


@pytest.mark.parametrize("metric", EVERY.values(), ids=EVERY)
def test_a_metric_is_a_plain_finite_float(metric: Metric) -> None:
    graph = np.random.default_rng(1).random((16, 16)) < 0.25
    graph[:, 0] = False  # a node without in-edges, from which trophic levels count
    value = metric(graph)
    assert type(value) is float
    assert np.isfinite(value)


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
    left_out = [*SENSITIVE, *ORDERED]
    assert values(relabelled, left_out) == close(values(graph, left_out))


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
    left_out = [*SENSITIVE, *ONE_WAY, *of_nodes(ONE_WAY_NODES)]
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
