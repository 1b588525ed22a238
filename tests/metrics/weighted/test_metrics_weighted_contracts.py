"""What holds for every weighted metric: scaling, relabelling, reversal, loops, docs, ranges."""

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import to_networkx
from rnngraph.metrics import EDGES, METRICS, NODES, weighted
from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted import WEIGHTED, WEIGHTED_EDGES, WEIGHTED_NODES, WeightAs
from rnngraph.metrics.weighted._graph import WeightedGraph

VALUES = {**WEIGHTED_NODES, **WEIGHTED_EDGES}
EVERY: dict[str, Callable[..., Any]] = {**WEIGHTED, **VALUES}
PATHS = [name for name, f in EVERY.items() if "weight_as" in inspect.signature(f).parameters]
UNSIGNED = [
    *PATHS,
    *(name for name in EVERY if name.startswith(("weighted_clustering", "weighted_local"))),
    *("weighted_transitivity", "continuous_clustering", "continuous_local_clustering"),
    *("weighted_reciprocity", "weighted_modularity", "weighted_within_module_degree"),
    *("weighted_trophic_level", "weighted_trophic_incoherence", "weighted_algebraic_connectivity"),
    *("weighted_participation_in", "weighted_participation_out", "weighted_modal_controllability"),
    *("weighted_pagerank", "weighted_katz", "weighted_eigenvector"),
    *("weighted_hubs", "weighted_authorities", "weighted_flow_hierarchy"),
    *("weighted_square_clustering", "weighted_core_number", "weighted_modularity_leiden"),
    *(name for name in EVERY if name.startswith("normalized_")),
    *(name for name in EVERY if name.startswith(("motif_", "weighted_core_periphery"))),
]
PARTICIPATION = [name for name in EVERY if "participation" in name]
# By definition of the order of the nodes, and of directions: the way to a local optimum.
ORDERED = [
    *("weighted_modularity", "signed_modularity", "weighted_within_module_degree"),
    *("weighted_modularity_leiden", *PARTICIPATION),
]
SWAPPED = {
    "weighted_assortativity_out_out": "weighted_assortativity_in_in",
    "weighted_clustering_in": "weighted_clustering_out",
    "strength_in": "strength_out",
    "positive_strength_in": "positive_strength_out",
    "negative_strength_in": "negative_strength_out",
    "disparity_in": "disparity_out",
    "weighted_closeness_in": "weighted_closeness_out",
    "weighted_harmonic_in": "weighted_harmonic_out",
    "weighted_local_clustering_in": "weighted_local_clustering_out",
    "weighted_hubs": "weighted_authorities",
    "normalized_communicability_in": "normalized_communicability_out",
    **{
        f"motif_{what}_{kind}D": f"motif_{what}_{kind}U"
        for what in ("intensity", "coherence")
        for kind in ("021", "111", "120")
    },
}
# Neither the same in the reversed graph nor that of a partner.
ONE_WAY = [
    *("dale_consistency", "weighted_radius", "weighted_eccentricity", "weighted_trophic_level"),
    *("weighted_pagerank", "weighted_katz", "weighted_eigenvector"),
    "weighted_average_controllability",
]
# Powers of c by which c times the weights, or c times the lengths, change a metric; else 0.
POWERS = {
    **{name: 1 for name in VALUES if "strength_" in name},
    **dict.fromkeys(["weighted_spectral_radius", "weighted_spectral_abscissa"], 1),
    **dict.fromkeys(["weighted_spectral_gap", "weighted_spectral_norm"], 1),
    **dict.fromkeys(["weighted_algebraic_connectivity", "weighted_nuclear_norm"], 1),
    "weighted_core_number": 1,
    **dict.fromkeys(["weighted_mean_path_length", "weighted_diameter", "weighted_radius"], 1),
    **dict.fromkeys(["weighted_harmonic_diameter", "weighted_eccentricity"], 1),
    **{name: -1 for name in EVERY if "efficienc" in name},
    **{name: -1 for name in VALUES if "closeness" in name or "harmonic" in name},
}
# A signal decays as the unit of the weights has it.
UNITS = [name for name in EVERY if "controllability" in name or "gramian" in name]
SHARES = [
    *("weighted_trophic_incoherence", "weighted_modal_controllability", *PARTICIPATION),
    *("weighted_pagerank", "weighted_katz", "weighted_eigenvector"),
    *("weighted_hubs", "weighted_authorities"),
    *("weight_gini", "weight_entropy", "positive_fraction", "dale_consistency", "triad_balance"),
    *("weighted_reciprocity", "sign_agreement", "backbone_fraction", "weighted_transitivity"),
    *(name for name in EVERY if "clustering" in name and not name.startswith("signed")),
    *("weighted_modularity", "weighted_modularity_leiden", "signed_modularity"),
    "weighted_non_normality",
    *(name for name in EVERY if name.startswith("motif_coherence")),
    *("weighted_flow_hierarchy", "weighted_core_periphery_core_fraction"),
    *("disparity_in", "disparity_out", "weighted_betweenness", "weighted_edge_betweenness"),
]
SIGNED_SHARES = [
    *("excitation_inhibition_balance", "weight_correlation_mutual", "weight_symmetry"),
    *(name for name in EVERY if name.startswith(("weighted_assortativity", "signed_clustering"))),
    *("signed_local_clustering", "weighted_core_periphery_fit"),
]
# Of matrices that are nearly defective, no method finds eigenvalues to 9 digits.
SENSITIVE = [name for name in EVERY if "spectral" in name and "norm" not in name]
SENSITIVE += ["weighted_non_normality"]
# One value a graph and place, which is no node's.
SPECTRA = ["weighted_singular_values"]
ARGUMENTS = {"weights", "weight_as"}


@st.composite
def graphs(draw: st.DrawFn, *, signed: bool = True) -> Weights:
    """Any pattern of edges; weights of few values, so that they tie, or of many."""
    n = draw(st.integers(1, 8))
    edges = draw(arrays(bool, (n, n)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    few = rng.integers(1, 4, (n, n)) / 7
    weights = few if draw(st.booleans()) else rng.exponential(size=(n, n)) + 0.01
    return edges * weights * (rng.choice([-1, 1], (n, n)) if signed else 1)


def called(name: str, weights: object, weight_as: WeightAs) -> Any:
    more = {"weight_as": weight_as} if name in PATHS else {}
    return EVERY[name](weights, **more)


def measure(weights: object, weight_as: WeightAs, names: list[str]) -> dict[str, Any]:
    """Values by name: NaN where undefined, of edges as the matrix they are of."""
    graph = WeightedGraph.of(weights)
    found: dict[str, Any] = {}
    for name in names:
        try:
            values = called(name, graph, weight_as)
        except UndefinedMetricError:
            values = np.nan
        if name in WEIGHTED_EDGES:
            matrix = np.zeros((graph.n_nodes, graph.n_nodes))
            matrix[graph.edges] = values
            values = matrix
        found[name] = np.asarray(values)
    return found


def why_undefined(name: str, weights: Weights) -> str:
    try:
        called(name, weights, "strength")
    except UndefinedMetricError as error:
        return str(error)
    return ""


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for name in found:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


def names_for(signed: bool, without: list[str]) -> list[str]:
    left_out = {*without, *(UNSIGNED if signed else [])}
    return [name for name in EVERY if name not in left_out]


def moved(values: Any, order: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Any:
    return values if values.ndim == 0 else values[np.ix_(*[order] * values.ndim)]


TWINS: dict[str, Callable[[object], Any]] = {
    **METRICS,
    **{name: metric.values for name, metric in {**NODES, **EDGES}.items()},
}


@pytest.mark.parametrize("name", [name for name in EVERY if name.startswith("weighted_")])
def test_equal_weights_leave_the_unweighted_metric(name: str, digraph: Adjacency) -> None:
    twin = TWINS.get(name.removeprefix("weighted_"))
    if twin is None:
        assert name == "weighted_spectral_abscissa"
        return
    ways: list[WeightAs] = ["length", "strength"]
    for weight_as in ways:
        try:
            expected = twin(digraph)
        except UndefinedMetricError:
            with pytest.raises(UndefinedMetricError):
                called(name, digraph * 1.0, weight_as)
        else:
            found = called(name, digraph * 1.0, weight_as)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


EITHER = pytest.mark.parametrize("signed", [False, True])
WAYS = st.sampled_from(["strength", "length"])


def test_the_tables_hold_every_metric() -> None:
    found: dict[object, set[str]] = defaultdict(set)
    for module in pkgutil.iter_modules(weighted.__path__):
        if module.name.startswith("_"):
            continue
        path = f"{weighted.__name__}.{module.name}"
        for name, f in vars(importlib.import_module(path)).items():
            if name.startswith("_") or getattr(f, "__module__", "") != path or not callable(f):
                continue
            if name not in SPECTRA and set(inspect.signature(f).parameters) <= ARGUMENTS:
                found[inspect.signature(f).return_annotation].add(name)
    assert found[float] == set(WEIGHTED)
    assert found[Floats] == set(VALUES)
    assert [f.__name__ for f in EVERY.values()] == list(EVERY)
    with pytest.raises(TypeError):
        WEIGHTED["mine"] = len  # type: ignore[index]


@pytest.mark.parametrize("name", EVERY)
def test_docstrings_say_what_and_whence(name: str) -> None:
    doc = inspect.getdoc(EVERY[name]) or ""
    assert doc.partition("\n")[0].endswith(".")
    assert "\nSource: " in doc
    assert "any graph that `as_weights` takes; self-loops are ignored." in doc
    assert ("    InputError: A negative weight, or another `weight_as`." in doc) == (name in PATHS)
    refuses = name in UNSIGNED and name not in PATHS
    assert ("    InputError: A weight is negative." in doc) == refuses


@pytest.mark.parametrize("name", EVERY)
def test_docstrings_say_which_metrics_can_be_undefined(name: str) -> None:
    sparse = [np.zeros((n, n)) for n in (1, 2)] + [np.eye(2, k=1)]
    documented = "\nRaises:\n    UndefinedMetricError: " in (inspect.getdoc(EVERY[name]) or "")
    assert documented == any(why_undefined(name, weights) for weights in sparse)


@pytest.mark.parametrize("name", EVERY)
def test_signs_are_refused_or_read(name: str) -> None:
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.1, 3, (12, 12)) * (rng.random((12, 12)) < 0.5)
    weights[0, 1] = -0.5
    if name in UNSIGNED:
        match = r"^`weights` must be >= 0, since .*: take np\.abs\(weights\) .*; got -0\.5\.$"
        with pytest.raises(InputError, match=match):
            called(name, weights, "strength")
        weights = np.abs(weights)
    value = called(name, weights, "strength")
    assert type(value) is (float if name in WEIGHTED else np.ndarray)
    assert np.isfinite(value).any() if name in PARTICIPATION else np.isfinite(value).all()


@pytest.mark.parametrize("name", PATHS)
def test_the_meaning_of_a_weight_must_be_said(name: str) -> None:
    with pytest.raises(TypeError, match="weight_as"):
        EVERY[name](np.eye(2, k=1))
    match = r"^`weight_as` must be one of strength, length; got 'lenght'\. Did you mean 'length'\?$"
    with pytest.raises(InputError, match=match):
        EVERY[name](np.eye(2, k=1), weight_as="lenght")


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("fill", [0, 0.5])
def test_tiny_graphs_never_crash(n: int, fill: float) -> None:
    for name in EVERY:
        weights = np.full((n, n), fill)
        if why := why_undefined(name, weights):
            assert why.startswith(f"`{name}` needs ")
        else:
            m = n * (n - 1) * (fill > 0)
            expected = (n,) if name in WEIGHTED_NODES else (m,) if name in WEIGHTED_EDGES else ()
            assert np.shape(called(name, weights, "strength")) == expected


@EITHER
@settings(deadline=None, max_examples=40)
@given(data=st.data(), weight_as=WAYS, seed=st.integers(0, 2**32 - 1))
def test_relabelled_graphs_measure_the_same(
    signed: bool, data: st.DataObject, weight_as: WeightAs, seed: int
) -> None:
    weights = data.draw(graphs(signed=signed))
    names = names_for(signed, [*ORDERED, *SENSITIVE])
    order = np.random.default_rng(seed).permutation(len(weights))
    there = measure(weights[np.ix_(order, order)], weight_as, names)
    here = measure(weights, weight_as, names)
    same(there, {name: moved(values, order) for name, values in here.items()})


@EITHER
@settings(deadline=None, max_examples=40)
@given(data=st.data(), weight_as=WAYS)
def test_reversing_every_edge_swaps_in_and_out(
    signed: bool, data: st.DataObject, weight_as: WeightAs
) -> None:
    weights = data.draw(graphs(signed=signed))
    swap = SWAPPED | {out: name for name, out in SWAPPED.items()}
    names = names_for(signed, [*ONE_WAY, *ORDERED, *SENSITIVE])
    here, there = measure(weights, weight_as, names), measure(weights.T, weight_as, names)
    same(there, {name: here[swap.get(name, name)].T for name in names})


@EITHER
@settings(deadline=None, max_examples=40)
@given(data=st.data(), weight_as=WAYS, c=st.sampled_from([0.001, 0.3, 2, 7, 1e6]))
def test_scaled_weights(signed: bool, data: st.DataObject, weight_as: WeightAs, c: float) -> None:
    weights = data.draw(graphs(signed=signed))
    # Where partitions tie, the last digit of a weight decides between them.
    names = names_for(signed, [*SENSITIVE, *UNITS, "weighted_modularity_leiden"])
    expected = {}
    for name, values in measure(weights, weight_as, names).items():
        turned = -1 if name in PATHS and weight_as == "strength" else 1
        expected[name] = values * float(c) ** (turned * POWERS.get(name, 0))
    found = measure(weights * c, weight_as, names)
    for name in names:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", range(5))
def test_spectra_are_invariant_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, order = rng.normal(size=(15, 15)), rng.permutation(15)
    here = measure(weights, "length", SENSITIVE)
    same(measure(weights[np.ix_(order, order)], "length", SENSITIVE), here)
    same(measure(weights.T, "length", SENSITIVE), here)
    scaled = {name: value * 3.0 ** POWERS.get(name, 0) for name, value in here.items()}
    same(measure(weights * 3, "length", SENSITIVE), scaled)


@settings(deadline=None, max_examples=40)
@given(graphs())
def test_metrics_of_amounts_read_magnitudes(weights: Weights) -> None:
    names = ["weight_gini", "weight_entropy", "dale_consistency"]
    names += [name for name in EVERY if name.startswith(("strength", "disparity", "weighted_ass"))]
    same(measure(-weights, "length", names), measure(weights, "length", names))
    names.remove("dale_consistency")
    same(measure(np.abs(weights), "length", names), measure(weights, "length", names))


@EITHER
@settings(deadline=None, max_examples=30)
@given(data=st.data(), weight_as=WAYS)
def test_self_loops_change_nothing(signed: bool, data: st.DataObject, weight_as: WeightAs) -> None:
    weights = data.draw(graphs(signed=signed))
    names = names_for(signed, [])
    without = weights * ~np.eye(len(weights), dtype=bool)
    heavy = without + 100 * np.eye(len(weights))
    expected = measure(without, weight_as, names)
    found = measure(heavy, weight_as, names)
    for name in names:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert WeightedGraph.of(heavy).n_self_loops == len(weights)


@EITHER
@settings(deadline=None, max_examples=60)
@given(data=st.data(), weight_as=WAYS)
def test_ranges_are_kept(signed: bool, data: st.DataObject, weight_as: WeightAs) -> None:
    weights = data.draw(graphs(signed=signed))
    for name, values in measure(weights, weight_as, names_for(signed, [])).items():
        low = 0 if name in SHARES else -1 if name in SIGNED_SHARES else None
        known = values[~np.isnan(values)]
        if low is not None:
            assert (known >= low - 1e-12).all(), name
            assert (known <= 1 + 1e-12).all(), name
        elif name != "weighted_within_module_degree":
            assert (known >= 0).all(), name


def test_the_input_is_left_alone(signed: Weights) -> None:
    before = signed.copy()
    signed.flags.writeable = False
    measure(signed, "length", names_for(True, []))
    np.testing.assert_array_equal(signed, before)


def test_any_graph_will_do(weights: Weights) -> None:
    expected = measure(weights, "strength", list(EVERY))
    forms: list[object] = [weights.tolist(), scipy.sparse.coo_array(weights), to_networkx(weights)]
    for form in forms:
        same(measure(form, "strength", list(EVERY)), expected)
    plain: nx.Graph[int] = nx.path_graph(4)
    assert measure(plain, "length", ["weighted_diameter"])["weighted_diameter"] == 3


def test_weights_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="nan"):
        WEIGHTED["weight_gini"](np.array([[0, np.nan], [1, 0]]))
