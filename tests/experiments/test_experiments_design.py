"""Graphs and run keys: what they depend on, and what not."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.experiments import Plan
from rnngraph.experiments.design import PlannedGraph, PlannedRun, planned_graphs, planned_runs
from rnngraph.experiments.keys import digest
from rnngraph.graphs import graph_key, save_graph
from rnngraph.metrics import is_acyclic


def graphs_of(data: dict[str, Any], folder: Path | None = None) -> list[PlannedGraph]:
    return planned_graphs(Plan.from_mapping(data, folder=folder or "."))


def runs_of(data: dict[str, Any], folder: Path | None = None) -> list[PlannedRun]:
    plan = Plan.from_mapping(data, folder=folder or ".")
    return planned_runs(plan, planned_graphs(plan))


def keys_of(data: dict[str, Any], folder: Path | None = None) -> list[str]:
    return [run.key for run in runs_of(data, folder)]


def by_stream(graphs: list[PlannedGraph]) -> dict[str, Adjacency]:
    return {graph.stream: graph.adjacency for graph in graphs}


def test_a_plan_is_the_product_of_its_lists(data: dict[str, Any]) -> None:
    data["graphs"].update(units=[6, 8], edges=[12, 16], count=3)
    data["network"]["cells"] = ["gru", "tanh"]
    data["training"]["replicates"] = 2
    graphs = graphs_of(data)
    assert len(graphs) == 2 * 2 * 2 * 3
    assert [g.index for g in graphs if g.family == "erdos_renyi"] == list(range(12))
    shapes = [(len(g.adjacency), int(g.adjacency.sum())) for g in graphs[:12]]
    assert shapes == [(n, m) for n in (6, 8) for m in (12, 16) for _ in range(3)]
    runs = runs_of(data)
    assert len({run.key for run in runs}) == len(runs) == 24 * 2 * 2
    cells = [(run.config["network"]["cell"], run.config["replicate"]) for run in runs[:4]]
    assert cells == [("gru", 0), ("gru", 1), ("tanh", 0), ("tanh", 1)]


def test_a_null_model_s_graph_is_that_of_its_family_s_graph(data: dict[str, Any]) -> None:
    data["graphs"].update(edges=[10], families=[{"family": "erdos_renyi"}])
    plain = graphs_of(data)
    data["graphs"]["families"] = [{"family": "erdos_renyi", "null": "acyclic_twin"}]
    twins = graphs_of(data)
    assert {twin.family for twin in twins} == {"erdos_renyi+acyclic_twin"}
    for twin, graph in zip(twins, plain, strict=True):
        assert is_acyclic(twin.adjacency)
        assert twin.adjacency.sum() == graph.adjacency.sum()
        joined = twin.adjacency | twin.adjacency.T
        assert (joined >= (graph.adjacency | graph.adjacency.T)).all()
    data["graphs"]["families"].append({"family": "erdos_renyi"})
    assert [graph.key for graph in graphs_of(data)[2:]] == [graph.key for graph in plain]


def test_a_null_model_that_a_graph_cannot_have(data: dict[str, Any]) -> None:
    family = {"family": "complete", "null": "acyclic_twin"}
    data["graphs"].update(edges=[30], count=1, families=[family])
    message = r"`graphs.families\[0\]` \(complete\+acyclic_twin, 6 units, 30 edges\): "
    with pytest.raises(InputError, match=message):
        graphs_of(data)


def test_graphs_of_a_family_differ(data: dict[str, Any]) -> None:
    data["graphs"]["count"] = 10
    graphs = graphs_of(data)
    assert len({graph.key for graph in graphs}) > 15
    assert all(graph.key == graph_key(graph.adjacency) for graph in graphs)


def test_a_graph_does_not_depend_on_the_rest_of_the_plan(data: dict[str, Any]) -> None:
    before = by_stream(graphs_of(data))
    data["graphs"]["families"].reverse()
    data["graphs"]["families"].insert(0, {"family": "ring_lattice"})
    data["graphs"]["families"][1]["label"] = "uniform"
    data["graphs"].update(units=[8, 6], edges=[16, 12], count=3)
    data["training"]["epochs"] = 7
    data["task"]["depth"] = 2
    after = by_stream(graphs_of(data))
    assert all(np.array_equal(after[name], adjacency) for name, adjacency in before.items())
    data["seed"] += 1
    other = by_stream(graphs_of(data))
    assert not all(np.array_equal(other[name], before[name]) for name in before)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"description": "words"},
        {"analysis": {"metrics": "all", "target": "loss"}},
        {"compute": {"workers": 7, "members": 1}},
    ],
)
def test_what_changes_no_run(data: dict[str, Any], change: dict[str, Any]) -> None:
    assert keys_of({**data, **change}) == keys_of(data)


def test_a_label_changes_no_run(data: dict[str, Any]) -> None:
    before = keys_of(data)
    data["graphs"]["families"][0]["label"] = "small worlds"
    assert keys_of(data) == before


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        ("task", "n_train", 10),
        ("task", "depth", 2),
        ("training", "epochs", 2),
        ("training", "batch_size", 4),
        ("training", "learning_rate", 0.01),
        ("training", "weight_decay", 0.1),
        ("training", "clip", 2),
        ("training", "init", "fan_in"),
        ("training", "optimizer", "adam"),
        ("training", "schedule", "cosine"),
        ("training", "warmup", 3),
        ("network", "cells", ["relu"]),
        ("network", "input", 3),
        ("network", "readout", [0, 1]),
        ("graphs", "self_loops", True),
        ("graphs", "edges", [14]),
    ],
)
def test_what_changes_every_run(
    data: dict[str, Any], table: str, field: str, value: object
) -> None:
    before = keys_of(data)
    data[table][field] = value
    after = keys_of(data)
    assert len(after) == len(before)
    assert not set(after) & set(before)


def test_the_seed_changes_every_run(data: dict[str, Any]) -> None:
    assert not set(keys_of({**data, "seed": 6})) & set(keys_of(data))


def test_more_of_the_same_keeps_the_runs_there_were(data: dict[str, Any]) -> None:
    before = set(keys_of(data))
    data["graphs"].update(count=3, units=[6, 8])
    data["network"]["cells"] = ["gru", "tanh"]
    data["training"]["replicates"] = 3
    assert before < set(keys_of(data))


def test_a_default_written_out_changes_no_run(data: dict[str, Any]) -> None:
    before = keys_of(data)
    data["task"]["depth"] = 1
    data["training"]["clip"] = 1
    data["graphs"]["families"][1]["directed"] = True
    assert keys_of(data) == before


def test_golden_key(data: dict[str, Any], tmp_path: Path) -> None:
    """Results format 1. Another key for the same plan makes every stored run worthless."""
    (tmp_path / "x.csv").write_text("string,valid\nab,1\nba,0\n")
    data["task"] = {"name": "labelled_strings", "train": "x.csv", "test": "x.csv"}
    data["network"] = {"cells": ["gru"], "input": [1, 0]}
    plan = Plan.from_mapping(data, folder=tmp_path)
    ring = np.roll(np.eye(3, dtype=bool), 1, axis=1)
    graph = PlannedGraph(graph_key(ring), '{"file":"ring"}', "ring", 0, ring)
    run = planned_runs(plan, [graph])[0]
    content = "6410698ace19cb40769c7a9e96402663454677df0ce1911a1c3dbac733bae5e6"
    assert run.config == {
        "format": 2,
        "seed": 5,
        "task": {
            "name": "labelled_strings",
            "parameters": {
                "train": {"sha256": content},
                "test": {"sha256": content},
                "string": "string",
                "label": "valid",
            },
        },
        "graph": {"key": graph_key(ring), "stream": '{"file":"ring"}'},
        "network": {"cell": "gru", "input": [0, 1], "readout": "all"},
        "training": {
            "epochs": 1,
            "batch_size": 64,
            "learning_rate": 0.001,
            "weight_decay": 0.0,
            "clip": 1.0,
            "optimizer": "adamw",
            "momentum": 0.0,
            "schedule": "constant",
            "warmup": 0,
            "init": "torch",
        },
        "replicate": 0,
    }
    assert run.key == digest(run.config)
    assert run.key == "e516a9616280f3ac787c850ea479cc076cc1c5f8d58d5fb56c41d4b337c49a3c"


def test_a_file_of_the_task_counts_by_its_content(data: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("string,valid\nab,1\nba,0\n")
    shutil.copy(tmp_path / "x.csv", tmp_path / "y.csv")
    data["task"] = {"name": "labelled_strings", "train": "x.csv", "test": "x.csv"}
    before = keys_of(data, tmp_path)
    data["task"]["train"] = "y.csv"
    assert keys_of(data, tmp_path) == before
    (tmp_path / "y.csv").write_text("string,valid\nab,1\nbb,0\n")
    assert not set(keys_of(data, tmp_path)) & set(before)


@pytest.mark.parametrize(("choice", "diagonal"), [(True, [True] * 3), (False, [False] * 3)])
def test_self_loops(
    data: dict[str, Any], tmp_path: Path, choice: bool, diagonal: list[bool]
) -> None:
    graph = np.array([[1, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=bool)
    save_graph(graph, tmp_path / "a.npz")
    data["graphs"] = {"files": [{"paths": ["a.npz"]}], "self_loops": choice}
    (found,) = graphs_of(data, tmp_path)
    assert np.diagonal(found.adjacency).tolist() == diagonal
    assert np.array_equal(found.adjacency | np.eye(3, dtype=bool), graph | np.eye(3, dtype=bool))
    data["graphs"]["self_loops"] = "graph"
    (kept,) = graphs_of(data, tmp_path)
    assert np.array_equal(kept.adjacency, graph)
    assert kept.stream == found.stream


def test_a_graph_file_counts_by_its_content(data: dict[str, Any], tmp_path: Path) -> None:
    ring = np.roll(np.eye(3, dtype=bool), 1, axis=1)
    for name in ("a.npz", "b.npz"):
        save_graph(ring, tmp_path / name)
    save_graph(ring.T, tmp_path / "c.npz")
    data["graphs"] = {"files": [{"paths": ["a.npz"]}]}
    before = keys_of(data, tmp_path)
    data["graphs"] = {"files": [{"glob": "*.npz", "label": "rings"}]}
    graphs = graphs_of(data, tmp_path)
    assert [(graph.family, graph.index) for graph in graphs] == [
        ("rings", 0),
        ("rings", 1),
        ("rings", 2),
    ]
    assert len({graph.key for graph in graphs}) == 2
    after = keys_of(data, tmp_path)
    assert after[: len(before)] == before
    assert len(set(after)) == 3 * len(before), "a second copy is a graph of its own"


@pytest.mark.parametrize(
    ("choice", "count"), [("all", None), (1.0, None), (6, None), (1, 1), (0.5, 3), (0.01, 1)]
)
def test_number_of_input_units(data: dict[str, Any], choice: object, count: int | None) -> None:
    data["network"]["input"] = choice
    for run in runs_of(data):
        units = run.config["network"]["input"]
        assert units == "all" if count is None else len(set(units)) == count
        assert units == "all" or units == sorted(units)


def test_input_units_are_drawn_for_each_graph(data: dict[str, Any]) -> None:
    data["network"].update(input=3, readout=3, cells=["gru", "tanh"])
    data["graphs"]["count"] = 8
    drawn: dict[str, set[str]] = {}
    for run in runs_of(data):
        network = run.config["network"]
        drawn.setdefault(run.graph.stream, set()).add(f"{network['input']} {network['readout']}")
    assert all(len(units) == 1 for units in drawn.values()), "the same for cells and replicates"
    assert len(set.union(*drawn.values())) > 8
    inputs = {text.split("] [")[0].strip("[]") for units in drawn.values() for text in units}
    readouts = {text.split("] [")[1].strip("[]") for units in drawn.values() for text in units}
    assert inputs != readouts


def test_a_null_model_takes_the_graphs_of_its_family(data: dict[str, Any]) -> None:
    data["graphs"]["families"] = [
        {"family": "erdos_renyi"},
        {"family": "erdos_renyi", "null": "rewire"},
        {"family": "erdos_renyi", "null": "acyclic_twin", "label": "acyclic"},
    ]
    graphs = graphs_of(data)
    assert [graph.family for graph in graphs[::2]] == [
        "erdos_renyi",
        "erdos_renyi+rewire",
        "acyclic",
    ]
    own, rewired, acyclic = (
        [graph.adjacency for graph in graphs if graph.index == 0][i] for i in range(3)
    )
    for axis in (0, 1):
        assert (rewired.sum(axis) == own.sum(axis)).all(), "degrees of the graph it came from"
    assert acyclic.sum() == own.sum()
    assert not np.linalg.matrix_power(acyclic.astype(int), 6).any()
    assert (own | own.T <= acyclic | acyclic.T).all(), "every joined pair stays joined"
    data["graphs"]["families"] = data["graphs"]["families"][2:]
    alone = by_stream(graphs_of(data))
    assert all(np.array_equal(alone[graph.stream], graph.adjacency) for graph in graphs[4:])


def test_units_that_a_graph_lacks(data: dict[str, Any]) -> None:
    data["network"]["input"] = 7
    message = "`network.input` must be at most the number of units; got 7 for a graph of 6 units."
    with pytest.raises(InputError, match=re.escape(message)):
        runs_of(data)
    data["network"] = {"readout": [0, 6]}
    message = "`network.readout` must be units of every graph; got 6 for a graph of 6 units."
    with pytest.raises(InputError, match=re.escape(message)):
        runs_of(data)


def test_a_family_that_refuses_is_named(data: dict[str, Any]) -> None:
    data["graphs"]["families"][1] = {"family": "erdos_renyi", "p": 0.5}
    message = r"`graphs\.families\[1\]` \(erdos_renyi, 6 units, 12 edges\): .*`p`"
    with pytest.raises(InputError, match=message):
        graphs_of(data)
    del data["graphs"]["edges"]
    data["graphs"]["families"] = [{"family": "erdos_renyi", "p": 1.5}]
    message = r"`graphs\.families\[0\]` \(erdos_renyi, 6 units\): `p` must be a number in \[0, 1\]"
    with pytest.raises(InputError, match=message):
        graphs_of(data)
