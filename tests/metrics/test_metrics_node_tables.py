"""Tables of nodes and edges say why what is NaN in them is."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnngraph.metrics import NODES, profile

PATH = np.eye(3, k=1)
RNG = np.random.default_rng(0)
GRAPHS = [
    RNG.normal(size=(n, n)) * (RNG.random((n, n)) < p) * ~np.eye(n, dtype=bool)
    for n in range(1, 9)
    for p in (0.1, 0.3)
]


def test_nodes_without_a_value_say_what_they_lack() -> None:
    names = ["eccentricity", "participation_in", "participation_out", "in_degree"]
    assert profile(PATH, metrics=names, nodes=True).nodes["undefined"].tolist() == [
        "participation_in: needs a node with an in-edge",
        "",
        "eccentricity: needs a node that reaches another; "
        "participation_out: needs a node with an out-edge",
    ]


def test_a_metric_without_values_says_what_the_graph_lacks() -> None:
    one = np.zeros((1, 1), dtype=bool)
    nodes, edges = profile([one, PATH], metrics=["closeness_in", "eigenvector"], nodes=True)
    assert nodes["undefined"].tolist() == [
        "closeness_in: needs at least 2 nodes; eigenvector: needs a cycle",
        *["eigenvector: needs a cycle"] * 3,
    ]
    assert edges["undefined"].tolist() == [""] * 2
    # The table of graphs gives the same reason.
    whole = profile(PATH, metrics=["eigenvector_max"])["undefined"][0]
    assert whole == "eigenvector_max: needs a cycle"


def test_weighted_tables_say_it_too() -> None:
    names = ["positive_participation_in", "disparity_out", "weighted_closeness_in"]
    options: dict[str, Any] = {"metrics": names, "nodes": True, "weight_as": "length"}
    weights = PATH * [1, 1, -1]
    nodes = profile(weights, **options).nodes
    signs = "weighted_closeness_in: must be >= 0, since path metrics take no signs: take np.abs"
    signs += "(weights) or split by sign first"
    positive = "positive_participation_in: needs a node with a positive in-edge"
    assert nodes["undefined"].tolist() == [
        f"{signs}; {positive}",
        signs,
        f"disparity_out: needs a node with an out-edge; {signs}; {positive}",
    ]
    alone = profile([[0.0]], **options).nodes["undefined"][0]
    assert "; weighted_closeness_in: needs a graph of 2 nodes; " in alone
    edges = profile(weights, nodes=True, weight_as="length").edges
    assert edges["undefined"].str.startswith("weighted_edge_betweenness: must be >= 0").all()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"backend": "reference"},
        {"n_jobs": 2},
        {"weight_as": "strength"},
        {"weight_as": "length", "n_jobs": 2},
    ],
)
def test_a_reason_for_every_nan_and_for_nothing_else(options: Any) -> None:
    for table in profile(GRAPHS, nodes=True, **options):
        assert table.columns[-1] == "undefined"
        values = table.drop(columns=["graph", "undefined"])
        missing = [
            {name for name, value in row.items() if np.isnan(value)}
            for row in values.to_dict("records")
        ]
        told = [
            {part.partition(": ")[0] for part in reasons.split("; ") if reasons}
            for reasons in table["undefined"]
        ]
        assert told == missing


def test_no_graph_has_no_rows_and_all_columns() -> None:
    nodes, edges = profile([], nodes=True)
    assert list(nodes) == ["graph", "node", *NODES, "undefined"]
    assert len(nodes) == len(edges) == 0
    pd.testing.assert_index_equal(edges.columns[-1:], pd.Index(["undefined"]))
