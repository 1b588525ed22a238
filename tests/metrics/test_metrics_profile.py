import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch

from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import save_graph
from rnngraph.metrics import DARJI, METRICS, profile

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


def test_other_errors_are_not_swallowed(f3: Adjacency) -> None:
    with pytest.raises(ZeroDivisionError):
        profile(f3, metrics={"broken": lambda adjacency: 1 / 0})


def test_processes_change_no_value() -> None:
    wanted = {**METRICS, "entries": np.count_nonzero}
    alone = profile(POPULATION, metrics=wanted)
    together = profile(POPULATION, metrics=wanted, n_jobs=2)
    pd.testing.assert_frame_equal(alone, together, check_exact=True)


def test_the_backends_agree() -> None:
    reference, auto = profile(POPULATION, backend="reference"), profile(POPULATION, backend="auto")
    pd.testing.assert_frame_equal(reference, auto, rtol=1e-9, atol=1e-12)


def test_unknown_names_get_a_hint(f3: Adjacency) -> None:
    match = r"^`metrics` must be a known name; got 'densty'\. Did you mean 'density'\?$"
    with pytest.raises(InputError, match=match):
        profile(f3, metrics=["densty"])


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
    with pytest.raises(InputError, match=r"^`n_jobs` must be an integer >= 1; got 0\.$"):
        profile(f3, n_jobs=0)


def test_a_bad_graph_is_named() -> None:
    with pytest.raises(InputError, match=r"square matrix"):
        profile([np.ones((2, 3))])
