"""Tables of weighted metrics."""

import inspect

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import InputError
from rnngraph.metrics import STATISTICS, WEIGHTED, WEIGHTED_EDGES, WEIGHTED_NODES, profile
from rnngraph.metrics.weighted._profile import COLUMNS

RNG = np.random.default_rng(0)
WEIGHTS = RNG.gamma(2, size=(2, 12, 12)) * (RNG.random((2, 12, 12)) < 0.4)


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
    assert list(tables.nodes) == ["graph", "node", *WEIGHTED_NODES]
    assert list(tables.edges) == ["graph", "source", "target", "weight", *WEIGHTED_EDGES]
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
