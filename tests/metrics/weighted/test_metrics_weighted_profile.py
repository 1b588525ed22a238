"""Tables of weighted metrics."""

import inspect

import numpy as np
import pandas as pd
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.metrics import STATISTICS, WEIGHTED, WEIGHTED_EDGES, WEIGHTED_NODES, profile
from rnngraph.metrics.weighted._profile import COLUMNS

RNG = np.random.default_rng(0)
WEIGHTS = RNG.gamma(2, size=(2, 12, 12)) * (RNG.random((2, 12, 12)) < 0.5)


@pytest.mark.parametrize("weight_as", ["strength", "length"])
def test_columns_are_the_metrics_and_their_summaries(weight_as: str) -> None:
    table = profile(WEIGHTS, weight_as=weight_as)
    assert list(table) == [*COLUMNS, "undefined"]
    for k, weights in enumerate(WEIGHTS):
        for name, metric in WEIGHTED.items():
            takes = "weight_as" in inspect.signature(metric).parameters
            value = metric(weights, weight_as=weight_as) if takes else metric(weights)
            assert table.loc[k, name] == value
        strength = WEIGHTED_NODES["strength_in"](weights)
        assert table.loc[k, "strength_in_gini"] == STATISTICS["gini"].of(strength, None)
        assert table.loc[k, "strength_in_std"] == pytest.approx(strength.std(ddof=1))


def test_signs_are_refused_where_they_mean_nothing_and_that_is_said() -> None:
    table = profile(-WEIGHTS[0], weight_as="strength")
    assert np.isnan(table.loc[0, "weighted_mean_path_length"])
    assert (
        "weighted_mean_path_length: must be >= 0, since path metrics take no" in table.undefined[0]
    )
    assert table.loc[0, "positive_fraction"] == 0


def test_nodes_and_edges() -> None:
    tables = profile(WEIGHTS, weight_as="length", nodes=True)
    assert list(tables.nodes) == ["graph", "node", *WEIGHTED_NODES, "undefined"]
    columns = ["graph", "source", "target", "weight", *WEIGHTED_EDGES, "undefined"]
    assert list(tables.edges) == columns
    first = tables.nodes[tables.nodes["graph"] == 0]
    np.testing.assert_array_equal(first["strength_out"], WEIGHTED_NODES["strength_out"](WEIGHTS[0]))
    signed = profile(-WEIGHTS, weight_as="length", nodes=True)
    assert signed.nodes["weighted_closeness_in"].isna().all()


def test_some_columns_of_some_graphs() -> None:
    table = profile(list(WEIGHTS), metrics=["weight_gini"], weight_as="length")
    assert list(table) == ["weight_gini", "undefined"]
    assert len(profile([], metrics="weight_gini", weight_as="length")) == 0
    pd.testing.assert_frame_equal(
        profile(iter(WEIGHTS), metrics="weight_gini", weight_as="length"), table
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight_as": "cost"}, r"^`weight_as` must be one of strength, length; got 'cost'\."),
        ({"weight_as": "length", "metrics": "density"}, r"^`metrics` must be .* got 'density'\."),
        (
            {"weight_as": "length", "metrics": {}},
            r"^`metrics` must be names with `weight_as`; got a",
        ),
    ],
)
def test_bad_input(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        profile(WEIGHTS, **arguments)


@pytest.mark.parametrize("weight_as", ["strength", "length"])
def test_centralization_of_equal_weights_is_that_without_weights(
    weight_as: str, digraph: Adjacency
) -> None:
    names = [name.removesuffix("_centralization") for name in COLUMNS if "_centraliz" in name]
    found, plain = profile(digraph * 1.0, weight_as=weight_as), profile(digraph)
    twins = dict.fromkeys(names, "")
    for name in names:
        kind, _, way = name.rpartition("_")
        twin = f"{way}_degree" if kind == "strength" else name.removeprefix("weighted_")
        twins[name] = twin if f"{twin}_centralization" in plain else ""
    assert sum(map(bool, twins.values())) == 18
    for name, twin in twins.items():
        if twin:
            np.testing.assert_allclose(
                found[f"{name}_centralization"], plain[f"{twin}_centralization"], atol=1e-9
            )


def test_a_star_of_any_weight_is_the_most_centralized(star: Adjacency) -> None:
    names = [
        *("strength_out", "positive_strength_out", "weighted_harmonic_out"),
        "weighted_closeness_out",
    ]
    columns = [f"{name}_centralization" for name in names]
    table = profile(star * 0.3, metrics=columns, weight_as="strength")
    np.testing.assert_allclose(table[columns], 1)
    table = profile(star * -0.3, metrics="negative_strength_out_centralization", weight_as="length")
    np.testing.assert_allclose(table.iloc[0, 0], 1)


@pytest.mark.parametrize("scale", [1e-320, 1e160, 1.7e308])
def test_what_floats_cannot_hold_is_undefined(scale: float) -> None:
    weights = scale * np.where(WEIGHTS[0] > 0, WEIGHTS[0] / WEIGHTS.max(), 0)
    table = profile([weights, -weights], weight_as="strength")
    assert not np.isinf(table.drop(columns="undefined").to_numpy(dtype=float)).any()
    if scale > 1:
        assert np.isnan(table.loc[0, "strength_in_var"])
        assert "strength_in_var: needs less extreme weights: " in table.undefined[0] or (
            "strength_in_var: must have strengths that floating" in table.undefined[0]
        )
    nodes = profile([weights, -weights], weight_as="strength", nodes=True).nodes
    assert not np.isinf(nodes.drop(columns="undefined").to_numpy()).any()


def test_a_matrix_that_cannot_be_inverted_costs_no_other_column() -> None:
    weights = np.zeros((4, 4))
    weights[0, 1] = weights[2, 0] = 1e-300
    weights[1, 2] = weights[2, 3] = 1
    table = profile(weights, weight_as="strength", metrics=["weighted_katz_mean", "weight_gini"])
    assert np.isnan(table["weighted_katz_mean"][0])
    assert table["weight_gini"][0] == 0.5
    assert table["undefined"][0] == "weighted_katz_mean: Singular matrix"


def test_a_name_given_twice_is_one_column() -> None:
    names = ["weight_gini", "weight_gini"]
    table = profile(np.eye(3, k=1), weight_as="length", metrics=names)
    assert list(table.columns) == ["weight_gini", "undefined"]
