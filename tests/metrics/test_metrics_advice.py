"""What an error says of a metric that was asked for where it is not, is true."""

import inspect
import re
from typing import Any

import numpy as np
import pytest

import rnngraph
from rnngraph.errors import InputError
from rnngraph.metrics import (
    EDGES,
    METRICS,
    NODES,
    PORTED,
    WEIGHTED,
    WEIGHTED_EDGES,
    WEIGHTED_NODES,
    profile,
)

RNG = np.random.default_rng(0)
WEIGHTS = RNG.random((14, 14)) * (RNG.random((14, 14)) < 0.4)
WAYS: dict[str, dict[str, Any]] = {
    "": {},
    "nodes": {"nodes": True},
    "weights": {"weight_as": "length"},
    "nodes weights": {"nodes": True, "weight_as": "length"},
}
SOME = [
    *list(METRICS)[::40],
    *list(NODES)[::4],
    *EDGES,
    *("weighted_diameter", "strength_in", "strength_in_mean", "weighted_closeness_in_gini"),
    *list(WEIGHTED)[::8],
    *list(WEIGHTED_NODES)[::6],
    *WEIGHTED_EDGES,
]


def followed(told: str, options: dict[str, Any]) -> dict[str, Any]:
    """What the words of a hint make of the arguments."""
    options = dict(options)
    if "with `nodes=True`" in told:
        options["nodes"] = True
    if "without `nodes`" in told:
        options["nodes"] = False
    if "without `weight_as`" in told:
        options["weight_as"] = None
    if match := re.search(r'with `weight_as="(\w+)"` or "(\w+)"', told):
        assert set(match.groups()) == {"strength", "length"}
        options["weight_as"] = match[1]
    return options


def holds(name: str, options: dict[str, Any]) -> bool:
    found = profile(WEIGHTS, metrics=[name], **options)
    return any(name in table for table in (found if options.get("nodes") else [found]))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SOME)
def test_who_follows_a_hint_gets_the_metric(name: str, way: str) -> None:
    try:
        assert holds(name, WAYS[way])
        return
    except InputError as error:
        match = re.fullmatch(
            rf"`metrics` must be a known name; got '{name}'\. (It .*)\.", str(error)
        )
    assert match is not None
    first, *rest = re.split(", or (?:here )?for ", match[1])
    assert holds(name, followed(first, WAYS[way]))
    for other in rest:
        (instead,) = re.findall(r"'(\w+)'", other)
        assert holds(instead, followed(other, WAYS[way]))


@pytest.mark.parametrize(
    ("name", "way", "told"),
    [
        (
            "weighted_diameter",
            "",
            'It measures weights: ask for it with `weight_as="strength"` or "length".',
        ),
        (
            "strength_in",
            "",
            "It has one value a node and measures weights: ask for it with `nodes=True` and with "
            '`weight_as="strength"` or "length", or for a number that sums it up, such as '
            '\'strength_in_mean\', with `weight_as="strength"` or "length".',
        ),
        (
            "strength_in",
            "weights",
            "It has one value a node: ask for it with `nodes=True`, or for a number that sums it "
            "up, such as 'strength_in_mean'.",
        ),
        (
            "closeness_in_mean",
            "weights",
            "It measures no weights: ask for it without `weight_as`, or here for "
            "'weighted_closeness_in_mean'.",
        ),
        (
            "density",
            "nodes weights",
            "It measures a whole graph and measures no weights: ask for it without `nodes` and "
            "without `weight_as`.",
        ),
        (
            "driven_fraction",
            "",
            'It is no column of a table: call `rnngraph.metrics.PORTED["driven_fraction"](graph, '
            "inputs=..., readouts=...)`.",
        ),
        (
            "zzz",
            "weights",
            "`rnngraph.metrics.WEIGHTED_NODES` and `rnngraph.metrics.WEIGHTED_EDGES` list what "
            "they sum up, `rnngraph.metrics.WEIGHTED` the others.",
        ),
        (
            "zzz",
            "nodes weights",
            "`rnngraph.metrics.WEIGHTED_NODES` and `rnngraph.metrics.WEIGHTED_EDGES` list them.",
        ),
        ("weigth_gini", "weights", "Did you mean 'weight_gini'?"),
    ],
)
def test_the_words_of_a_hint(name: str, way: str, told: str) -> None:
    match = f"^`metrics` must be a known name; got '{name}'. {re.escape(told)}$"
    with pytest.raises(InputError, match=match):
        profile(WEIGHTS, metrics=[name], **WAYS[way])


ARGUMENTS = {
    **{"inputs": [0], "readouts": "all", "steps": 3, "max_length": 3},
    **{"nulls": [WEIGHTS.T], "randoms": [WEIGHTS.T]},
    "lattices": [np.eye(6, k=1) + np.eye(6, k=2) + np.eye(6, k=-1)],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name",
    [
        *PORTED,
        *("path_lengths", "reachable_within", "rich_club_curve", "rich_club_ratio"),
        *("rich_club_zscores", "small_world_omega", "small_world_propensity"),
        *("small_world_sigma", "walks_by_length", "singular_values", "weighted_singular_values"),
        *("weighted_rich_club_curve", "weighted_rich_club_ratio", "weighted_rich_club_zscores"),
    ],
)
def test_what_is_no_column_can_be_called_as_told(name: str, way: str) -> None:
    with pytest.raises(InputError, match="^`metrics` must be a known name; got ") as caught:
        profile(WEIGHTS, metrics=[name], **WAYS[way])
    told = re.search(r"It is no column of a table: call `(.*)\(graph(.*)\)`\.$", str(caught.value))
    assert told is not None
    function = eval(told[1], {"rnngraph": rnngraph})  # noqa: S307 - our own words
    names = re.findall(r"(\w+)=\.\.\.", told[2])
    _, *others = inspect.signature(function).parameters.values()
    assert names == [other.name for other in others if other.default is other.empty]
    function(WEIGHTS, **{argument: ARGUMENTS[argument] for argument in names})
