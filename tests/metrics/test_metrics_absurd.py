"""Nonsense in any argument of any public function of the metrics is one error of ours."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from rnngraph import metrics
from rnngraph.errors import InputError, RnngraphError
from rnngraph.metrics import (
    DARJI,
    EDGES,
    METRICS,
    NODES,
    PORTED,
    WEIGHTED,
    WEIGHTED_EDGES,
    WEIGHTED_NODES,
    profile,
    walks_by_length,
)

GRAPH = np.random.default_rng(0).random((6, 6)) < 0.4
ALONE = [
    *("path_lengths", "reachable_within", "rich_club_curve", "rich_club_ratio"),
    *("rich_club_zscores", "small_world_omega", "small_world_propensity", "small_world_sigma"),
    *("walks_by_length", "profile", "singular_values", "weighted_singular_values"),
    *("weighted_rich_club_curve", "weighted_rich_club_ratio", "weighted_rich_club_zscores"),
]
FUNCTIONS: dict[str, Callable[..., object]] = {
    **METRICS,
    **{f"darji_{name}": function for name, function in DARJI.items()},
    **{name: metric.values for name, metric in {**NODES, **EDGES}.items()},
    **WEIGHTED,
    **WEIGHTED_NODES,
    **WEIGHTED_EDGES,
    **PORTED,
    **{name: getattr(metrics, name) for name in ALONE},
}
ABSURD: dict[str, Any] = {
    "None": None,
    "nan": math.nan,
    "inf": math.inf,
    "negative": -1,
    "half": 0.5,
    "huge": 10**30,
    "bool": True,
    "text": "nonsense",
    "bytes": b"nonsense",
    "object": object(),
    "mapping": {0: GRAPH},
    "set": {0.5, "a"},
    "ragged": [[0, 1], [2]],
    "nothing": [None],
    "Generator": np.random.default_rng(0),
    "complex": np.eye(6) * 1j,
    "dates": np.zeros((6, 6), dtype="datetime64[s]"),
    "masked": np.ma.array(np.eye(6), mask=np.eye(6)),
    "nan matrix": np.full((6, 6), math.nan),
    "meta": torch.ones(6, 6, device="meta"),
    "nested": torch.nested.nested_tensor([torch.ones(6), torch.ones(5)], layout=torch.jagged),
    "gradients": [[torch.ones((), requires_grad=True)] * 2, [1, 2]],
}
USUAL: dict[str, Any] = {
    "inputs": "all",
    "readouts": "all",
    "steps": 2,
    "max_length": 2,
    "randoms": [GRAPH],
    "lattices": [np.eye(6, k=1) + np.eye(6, k=2) > 0],
    "nulls": [GRAPH],
    "weight_as": "length",
    "metrics": ["n_edges"],
    "backend": "auto",
    "n_jobs": 1,
    "nodes": False,
}
MEANT = {("reachable_within", "steps", "huge")}  # as many as it takes


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_graph_that_is_none(name: str) -> None:
    function = FUNCTIONS[name]
    first, *others = inspect.signature(function).parameters.values()
    given = {other.name: USUAL[other.name] for other in others if other.default is other.empty}
    for value in ABSURD.values():
        with pytest.raises(RnngraphError, match=rf"^`({first.name}(\[0\])?|path|.*nonsense)` "):
            function(value, **given)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, function in FUNCTIONS.items()
        for argument in list(inspect.signature(function).parameters)[1:]
        if argument != "nodes"  # any truth
    ],
)
def test_an_argument_that_makes_no_sense(name: str, argument: str) -> None:
    function = FUNCTIONS[name]
    _, *others = inspect.signature(function).parameters.values()
    default = inspect.signature(function).parameters[argument].default
    given = {other.name: USUAL[other.name] for other in others if other.default is other.empty}
    for kind, value in ABSURD.items():
        if value is default or (name, argument, kind) in MEANT:
            function(GRAPH, **{**given, argument: value})
            continue
        with pytest.raises(RnngraphError, match=rf"^`({argument}(\[0\])?|path)` "):
            function(GRAPH, **{**given, argument: value})


@pytest.mark.parametrize("max_length", [10**7 + 1, 10**13, 10**30])
def test_more_walks_than_memory_are_refused_before_any_is_counted(max_length: int) -> None:
    match = rf"^`max_length` must be an integer in \[0, 1e\+07\]; got {max_length}\.$"
    with pytest.raises(InputError, match=match):
        walks_by_length(GRAPH, inputs="all", readouts="all", max_length=max_length)


@pytest.mark.parametrize("units", [[[0, 1], [2]], torch.ones(2), [0.0], {0, 1}, [2**70]])
def test_units_of_no_shape(units: Any) -> None:
    match = r"^`inputs` must be unit indices, a boolean mask of shape \(6,\) or 'all'; got "
    with pytest.raises(InputError, match=match):
        PORTED["driven_fraction"](GRAPH, inputs=units, readouts="all")


def test_units_may_be_a_tensor_that_requires_nothing_else() -> None:
    mask = torch.zeros(6, dtype=torch.bool)
    mask[:2] = True
    values = {
        PORTED["driven_fraction"](GRAPH, inputs=units, readouts="all")
        for units in (mask, [0, 1], range(2), torch.tensor([0, 1]).to_sparse().to_dense())
    }
    assert len(values) == 1


@pytest.mark.parametrize("name", ["small_world_sigma", "rich_club_ratio", "rich_club_zscores"])
def test_null_graphs_are_graphs(name: str) -> None:
    function = FUNCTIONS[name]
    argument = list(inspect.signature(function).parameters)[1]
    for value, kind in ((np.random.default_rng(0), "Generator"), (7, "int"), (None, "NoneType")):
        match = rf"^`{argument}` must be a graph or a matrix; got {kind}\.$"
        with pytest.raises(InputError, match=match):
            function(GRAPH, value)
    with pytest.raises(InputError, match=rf"^`{argument}\[1\]` must be a graph or a matrix; got i"):
        function(GRAPH, [GRAPH, 3])
    with pytest.raises(InputError, match=rf"^`{argument}` must hold at least 1 graph; got none\.$"):
        function(GRAPH, [])
    several = {"a": GRAPH, "b": GRAPH.T}
    for same in (list(several.values()), iter(several.values()), np.stack([GRAPH, GRAPH.T])):
        assert str(function(GRAPH, same)) == str(function(GRAPH, several.values()))


def test_any_iterable_of_graphs_is_a_population() -> None:
    graphs = {"a": GRAPH, "b": GRAPH.T}
    found = profile(graphs.values(), metrics=["n_edges"])
    assert found["n_edges"].tolist() == [METRICS["n_edges"](GRAPH)] * 2
