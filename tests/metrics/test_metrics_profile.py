import math
import re
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from rnngraph import _native
from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import save_graph
from rnngraph.metrics import DARJI, METRICS, density, profile

POPULATION = np.random.default_rng(3).random((5, 9, 9)) < 0.2


def needs_luck(adjacency: Adjacency) -> float:
    raise UndefinedMetricError("`luck` ran out.")


def test_a_row_a_graph_and_a_column_a_metric(f1: Adjacency, f3l: Adjacency) -> None:
    table = profile([f1, f3l])
    assert list(table.columns) == [*METRICS, "undefined"]
    assert table.index.tolist() == [0, 1]
    assert (table.dtypes.drop("undefined") == np.float64).all()
    for row, graph in zip(table.to_dict("records"), [f1, f3l], strict=True):
        for name, metric in METRICS.items():
            try:
                assert row[name] == pytest.approx(metric(graph), rel=1e-12, abs=1e-14)
            except UndefinedMetricError:
                assert math.isnan(row[name])


def test_reasons_stand_beside_the_values(f1: Adjacency, f3: Adjacency, empty: Adjacency) -> None:
    names = ["n_nodes", "diameter", "assortativity_in_in"]
    table = profile([f1, f3, empty], metrics=names)
    assert table["diameter"].isna().tolist() == [False, False, True]
    assert table["undefined"].tolist() == [
        "assortativity_in_in: needs degrees that differ between edges",
        "",
        "diameter: needs at least 1 edge between distinct nodes; "
        "assortativity_in_in: needs at least 1 edge between distinct nodes",
    ]


@pytest.mark.parametrize(
    "population",
    [
        POPULATION,
        list(POPULATION),
        tuple(POPULATION.astype(int).tolist()),
        torch.from_numpy(POPULATION),
        (graph for graph in POPULATION),
        [nx.from_numpy_array(graph, create_using=nx.DiGraph) for graph in POPULATION],
    ],
    ids=["array", "list", "nested lists", "tensor", "generator", "networkx"],
)
def test_populations_come_in_many_forms(population: object) -> None:
    expected = [METRICS["n_edges"](graph) for graph in POPULATION]
    assert profile(population, metrics=["n_edges"])["n_edges"].tolist() == expected


def test_one_graph_is_one_row(f3: Adjacency, tmp_path: Path) -> None:
    save_graph(f3, tmp_path / "f3.npz")
    for graph in (
        f3,
        f3.tolist(),
        list(f3),
        nx.from_numpy_array(f3, create_using=nx.DiGraph),
        torch.from_numpy(f3),
        tmp_path / "f3.npz",
        str(tmp_path / "f3.npz"),
    ):
        pd.testing.assert_frame_equal(profile(graph), profile([f3]))


def test_sizes_may_differ(ring: Adjacency, complete: Adjacency) -> None:
    assert profile([ring, complete], metrics=["n_nodes"])["n_nodes"].tolist() == [8, 6]


def test_no_graph_is_no_row() -> None:
    table = profile([])
    assert len(table) == 0
    assert list(table.columns) == [*METRICS, "undefined"]
    for n_jobs in (1, 2):
        weighted = profile([], weight_as="length", n_jobs=n_jobs)
        assert len(weighted) == 0
        assert "weighted_diameter" in weighted


@pytest.mark.parametrize("metrics", [[], (), {}, iter([])])
@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_no_metric_is_no_column(metrics: Any, backend: str) -> None:
    table = profile(POPULATION, metrics=metrics, backend=backend)
    assert table.to_dict("list") == {"undefined": [""] * 5}


def test_no_metric_is_no_column_elsewhere() -> None:
    tensor = torch.from_numpy(POPULATION)
    assert profile(tensor, metrics=[], backend="torch").shape == (5, 1)
    assert profile(POPULATION.astype(float), metrics=[], weight_as="length").shape == (5, 1)
    nodes, edges = profile(POPULATION, metrics=[], nodes=True)
    assert list(nodes) == ["graph", "node", "undefined"]
    assert list(edges) == ["graph", "source", "target", "undefined"]
    assert len(nodes) == 45


def test_a_name_twice_is_one_column() -> None:
    for backend in ("auto", "torch"):
        table = profile(torch.from_numpy(POPULATION), metrics=["radius"] * 2, backend=backend)
        assert list(table) == ["radius", "undefined"]


@pytest.mark.parametrize("options", [{}, {"nodes": True}, {"weight_as": "length"}])
@pytest.mark.parametrize("metrics", [3, density])
def test_metrics_are_names_or_functions(metrics: Any, options: Any) -> None:
    match = r"^`metrics` must be names, or a mapping from column names to functions; got (3|<func)"
    with pytest.raises(InputError, match=match):
        profile(POPULATION, metrics=metrics, **options)


@pytest.mark.parametrize(
    "graphs",
    [
        torch.from_numpy(POPULATION).double().to_sparse(),
        torch.from_numpy(POPULATION).to_sparse(),
        [torch.from_numpy(graph).double().to_sparse() for graph in POPULATION],
        scipy.sparse.coo_array(POPULATION.astype(float)),
    ],
    ids=["coo", "bool", "list", "scipy"],
)
def test_sparse_stacks_are_graphs_too(graphs: Any) -> None:
    names = ["n_edges", "diameter", "assortativity_in_in"]
    expected = profile(POPULATION, metrics=names)
    pd.testing.assert_frame_equal(profile(graphs, metrics=names), expected)
    pd.testing.assert_frame_equal(
        profile(graphs, metrics=["weighted_diameter"], weight_as="length"),
        profile(POPULATION.astype(float), metrics=["weighted_diameter"], weight_as="length"),
    )
    if isinstance(graphs, torch.Tensor):
        names = ["diameter", "eccentricity_var"]
        table = profile(graphs, metrics=names, backend="torch")
        pd.testing.assert_frame_equal(table, profile(POPULATION, metrics=names), rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"nodes": True}, {"weight_as": "length"}])
def test_a_tensor_without_values_is_refused(options: Any) -> None:
    match = r"must hold values; got a tensor on the device 'meta'\.$"
    for graphs in (torch.ones(2, 3, 3, device="meta"), [torch.ones(3, 3, device="meta")]):
        with pytest.raises(InputError, match=match):
            profile(graphs, **options)


def test_graphs_without_nodes_are_refused() -> None:
    for graphs in (np.zeros((0, 0)), [np.zeros((0, 0))], nx.DiGraph()):
        with pytest.raises(InputError, match=r"^`graphs(\[0\])?` must have at least 1 node; got "):
            profile(graphs)
    with pytest.raises(
        InputError, match=r"^`graphs` must be a stack of shape .* n >= 1; got shape"
    ):
        profile(np.zeros((2, 0, 0)))


def test_one_name_is_one_column(f3: Adjacency) -> None:
    assert profile(f3, metrics="density").to_dict("list") == {"density": [0.5], "undefined": [""]}


def test_columns_come_as_asked_for(f3: Adjacency) -> None:
    table = profile(f3, metrics=(name for name in ["density", "n_nodes"]))
    assert list(table.columns) == ["density", "n_nodes", "undefined"]


def test_the_published_columns_are_a_table_too() -> None:
    table = profile(nx.path_graph(4), metrics=DARJI)
    assert list(table.columns) == [*DARJI, "undefined"]
    assert table.loc[0, "density"] == 0.25


def test_users_bring_metrics_of_their_own(f3l: Adjacency) -> None:
    # They see the plain matrix, self-loops included, and cannot change it under one another.
    def trace(adjacency: Adjacency) -> float:
        assert not adjacency.flags.writeable
        return float(adjacency.trace())

    table = profile(f3l, metrics={"trace": trace, "ours": METRICS["density"], "luck": needs_luck})
    [row] = table.to_dict("records")
    assert [row["trace"], row["ours"], row["undefined"]] == [2, 0.5, "luck: ran out"]
    assert math.isnan(row["luck"])
    assert f3l.flags.writeable


def needs_an_edge_to_node_0(adjacency: Adjacency) -> float:
    return 1 / int(adjacency[:, 0].sum())


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("alone", [{}, {"density": METRICS["density"]}])
def test_other_errors_are_not_swallowed(ring: Adjacency, n_jobs: int, alone: Any) -> None:
    graphs = [ring, ring, np.zeros((3, 3))]
    match = r"^division by zero\nThis is from the metric 'mine' of graph 2\.$"
    with pytest.raises(ZeroDivisionError, match=match):
        profile(graphs, metrics={**alone, "mine": needs_an_edge_to_node_0}, n_jobs=n_jobs)


@pytest.mark.parametrize("found", ["x", None, [1.0], 1j])
def test_metrics_return_numbers(f3: Adjacency, found: Any) -> None:
    match = re.escape(f"got {found!r} from 'mine' of graph 0.")
    with pytest.raises(
        InputError, match=rf"^`metrics` must be functions that return a number; {match}$"
    ):
        profile([f3, f3], metrics={"mine": lambda adjacency: found})


def test_processes_change_no_value() -> None:
    wanted = {**METRICS, "entries": np.count_nonzero}
    alone = profile(POPULATION, metrics=wanted)
    together = profile(POPULATION, metrics=wanted, n_jobs=2)
    pd.testing.assert_frame_equal(alone, together, check_exact=True)


def test_processes_change_no_value_of_nodes_and_edges() -> None:
    for alone, together in zip(
        profile(POPULATION, nodes=True), profile(POPULATION, nodes=True, n_jobs=2), strict=True
    ):
        pd.testing.assert_frame_equal(alone, together, check_exact=True)


@pytest.mark.parametrize("nodes", [False, True])
def test_processes_change_no_value_of_weights(nodes: Any) -> None:
    weights = POPULATION * np.random.default_rng(0).random(POPULATION.shape)
    alone = profile(weights, weight_as="strength", nodes=nodes)
    together = profile(weights, weight_as="strength", nodes=nodes, n_jobs=2)
    for one, other in zip(alone, together, strict=True) if nodes else [(alone, together)]:
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize("backend", ["auto", "native", "reference"])
def test_tables_say_which_backend_ran(backend: str) -> None:
    if backend == "native":
        pytest.importorskip("rnngraph._native._core")
    default = "native" if _native.core is not None else "reference"
    expected = {"backend": default if backend == "auto" else backend}
    assert profile(POPULATION, metrics=["density"], backend=backend).attrs == expected
    for table in profile(POPULATION, metrics=["pagerank"], nodes=True, backend=backend):
        assert table.attrs == expected


@pytest.mark.parametrize("nodes", [False, True])
@pytest.mark.parametrize("backend", ["auto", "native", "reference", "torch"])
def test_weights_have_one_backend(nodes: Any, backend: str) -> None:
    weights = POPULATION.astype(float)
    if backend in ("native", "torch"):
        match = rf"^`backend` must be auto or reference with `weight_as`; got '{backend}'\.$"
        with pytest.raises(InputError, match=match):
            profile(weights, weight_as="length", nodes=nodes, backend=backend)
        return
    found = profile(weights, metrics=[], weight_as="length", nodes=nodes, backend=backend)
    for table in found if nodes else [found]:
        assert table.attrs == {"backend": "reference"}


def test_torch_measures_no_nodes() -> None:
    with pytest.raises(InputError, match=r'^`nodes` must be False with backend="torch"; got True'):
        profile(torch.from_numpy(POPULATION), backend="torch", nodes=True)


def test_metrics_of_nodes_are_names() -> None:
    with pytest.raises(
        InputError, match=r"^`metrics` must be names with `nodes`; got a mapping\.$"
    ):
        profile(POPULATION, metrics={"mine": len}, nodes=True)


def test_the_backends_agree() -> None:
    reference, auto = profile(POPULATION, backend="reference"), profile(POPULATION, backend="auto")
    pd.testing.assert_frame_equal(reference, auto, rtol=1e-9, atol=1e-12)


def test_unknown_names_get_a_hint(f3: Adjacency) -> None:
    match = r"^`metrics` must be a known name; got 'densty'\. Did you mean 'density'\?$"
    with pytest.raises(InputError, match=match):
        profile(f3, metrics=["densty"])


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({}, r"`rnngraph\.metrics\.METRICS` lists them\."),
        (
            {"nodes": True},
            r"`rnngraph\.metrics\.NODES` and `rnngraph\.metrics\.EDGES` list them\.",
        ),
    ],
)
@pytest.mark.parametrize("name", ["zzz", 7])
def test_unknown_names_are_told_where_the_known_ones_are(
    name: Any, options: Any, where: str
) -> None:
    match = rf"^`metrics` must be a known name; got {name!r}\. {where}$"
    with pytest.raises(InputError, match=match):
        profile(POPULATION, metrics=[name], **options)


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        (
            "closeness_in",
            {},
            r"It has one value a node: ask for it with `nodes=True`, or for a number that sums it "
            r"up, such as 'closeness_in_mean'\.",
        ),
        (
            "edge_betweenness",
            {},
            r"It has one value an edge: ask for it with `nodes=True`, or for a number that sums it "
            r"up, such as 'edge_betweenness_mean'\.",
        ),
        (
            "density",
            {"nodes": True},
            r"It measures a whole graph: ask for it without `nodes`\.",
        ),
    ],
)
def test_metrics_of_the_other_table_are_told_how_to_get(name: str, options: Any, told: str) -> None:
    with pytest.raises(
        InputError, match=rf"^`metrics` must be a known name; got '{name}'\. {told}$"
    ):
        profile(POPULATION, metrics=[name], **options)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("n_edges", r"Torch measures mean_path_length, diameter, .*, edge_betweenness_max\."),
        ("closeness_in_gini", r"Torch measures mean_path_length, "),
        ("zzz", r"Torch measures mean_path_length, "),
        (7, r"Torch measures mean_path_length, "),
        ("diametr", r"Did you mean 'diameter'\?"),
    ],
)
def test_torch_says_what_it_measures(name: Any, told: str) -> None:
    match = rf'^`metrics` must be measured by torch with backend="torch"; got {name!r}\. {told}'
    with pytest.raises(InputError, match=match):
        profile(torch.from_numpy(POPULATION), metrics=[name], backend="torch")


@pytest.mark.parametrize(
    ("metrics", "got"),
    [({"undefined": needs_luck}, "'undefined': <function"), ({"x": 1}, "'x': 1")],
)
def test_columns_are_functions_under_free_names(
    metrics: dict[str, object], got: str, f3: Adjacency
) -> None:
    match = rf"^`metrics` must map column names other than 'undefined' to functions; got {got}"
    with pytest.raises(InputError, match=match):
        profile(f3, metrics=metrics)


def test_backend_and_jobs_are_checked(f3: Adjacency) -> None:
    with pytest.raises(
        InputError, match=r"^`backend` must be one of auto, native, reference, torch; got 'gpu'\."
    ):
        profile(f3, backend="gpu")
    for n_jobs in (0, 4097, 2**31, 10**30, 2.0, math.nan, "2", None, True):
        match = rf"^`n_jobs` must be an integer in \[1, 4096\]; got {n_jobs!r}\.$"
        for options in ({}, {"nodes": True}, {"weight_as": "length"}):
            with pytest.raises(InputError, match=match):
                profile(f3, n_jobs=n_jobs, **options)


@pytest.mark.parametrize("options", [{}, {"nodes": True}, {"weight_as": "length"}])
def test_a_bad_graph_is_named(options: Any) -> None:
    good, bad = POPULATION[0], POPULATION[0].astype(float)
    bad[0, 2] = np.nan
    finite = "must hold finite numbers; got nan at"
    for graphs, match in (
        ([good, good, bad], rf"`graphs\[2\]` {finite} \[0, 2\]\."),
        (iter([good, bad]), rf"`graphs\[1\]` {finite} \[0, 2\]\."),
        ([np.ones((2, 3))], r"`graphs\[0\]` must be a square matrix .*; got shape \(2, 3\)\."),
        ([good, nx.DiGraph()], r"`graphs\[1\]` must have at least 1 node; got none\."),
        (bad, rf"`graphs` {finite} \[0, 2\]\."),
    ):
        with pytest.raises(InputError, match=rf"^{match}$"):
            profile(graphs, **options)


def test_a_bad_graph_of_a_stack_is_named() -> None:
    bad = POPULATION.astype(float)
    bad[3, 0, 2] = np.nan
    finite = "must hold finite numbers; got nan at"
    with pytest.raises(InputError, match=rf"^`graphs` {finite} \[3, 0, 2\]\.$"):
        profile(bad)
    with pytest.raises(InputError, match=rf"^`graphs\[3\]` {finite} \[0, 2\]\.$"):
        profile(bad, weight_as="length")


def test_reasons_go_with_the_names_that_metrics_are_given() -> None:
    one = np.zeros((1, 1), dtype=bool)
    assert profile(one, metrics=["density"])["undefined"][0].startswith("density: ")
    mine = profile(one, metrics={"mine": METRICS["density"]})
    assert mine["undefined"][0].startswith("mine: ")
