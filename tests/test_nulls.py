import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rnngraph as rg
from rnngraph._rng import stream
from rnngraph._types import RNG, Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.metrics import METRICS, profile
from rnngraph.metrics.weighted import WeightAs
from rnngraph.metrics.weighted._profile import COLUMNS
from rnngraph.nulls import (
    MOTIFS,
    WEIGHTED_NULLS,
    latticise_weights,
    motif_zscores,
    null_graphs,
    null_weights,
    null_zscores,
    shuffle_weights,
    small_worldness,
)

GRAPH = rg.generators.directed_small_world(30, k=4, p=0.1, rng=1)
NAMES = ["transitivity", "mean_path_length", "reciprocity"]


def flip(adjacency: Adjacency, *, rng: RNG) -> Adjacency:
    """A null model by hand: one edge more or less."""
    graph = adjacency.copy()
    i, j = np.random.default_rng(rng).integers(len(graph), size=2)
    graph[i, j] = ~graph[i, j]
    return graph


def test_statistics_by_definition() -> None:
    table = null_zscores(GRAPH, NAMES, n=40, rng=0)
    nulls = null_graphs(GRAPH, n=40, rng=0)
    for name in NAMES:
        value, row = METRICS[name](GRAPH), table.loc[name]
        others = np.array([METRICS[name](null) for null in nulls])
        assert row["value"] == pytest.approx(value)
        assert row["null_mean"] == pytest.approx(others.mean())
        assert row["null_std"] == pytest.approx(others.std(ddof=1))
        assert row["z_score"] == pytest.approx((value - others.mean()) / others.std(ddof=1))
        assert row["percentile"] == 100 * (others < value).mean()
        beyond = min((others >= value).sum(), (others <= value).sum()) + 1
        assert row["p_value"] == min(1, 2 * beyond / 41)
        assert [row["n"], row["undefined"]] == [40, ""]
    assert table.index.name == "metric"


def test_rewired_graphs_keep_degrees() -> None:
    for null in null_graphs(GRAPH, n=3, rng=0):
        assert (null.sum(axis=0) == GRAPH.sum(axis=0)).all()
        assert (null.sum(axis=1) == GRAPH.sum(axis=1)).all()
        assert (null != GRAPH).any()


def test_null_graph_k_is_the_same_however_many_there_are() -> None:
    few, many = null_graphs(GRAPH, n=2, rng=3), null_graphs(GRAPH, n=5, rng=3)
    assert all((a == b).all() for a, b in zip(few, many, strict=False))
    assert (few[0] != null_graphs(GRAPH, n=1, rng=4)[0]).any()


def test_jobs_change_no_value() -> None:
    one, two = (null_zscores(GRAPH, NAMES, n=6, rng=0, n_jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_users_bring_null_models_and_metrics() -> None:
    table = null_zscores(GRAPH, {"edges": np.count_nonzero}, null=flip, n=30, rng=0)
    assert abs(table.loc["edges", "value"] - table.loc["edges", "null_mean"]) <= 1
    assert table.loc["edges", "null_std"] > 0


def test_what_a_null_model_keeps_has_no_z() -> None:
    row = null_zscores(GRAPH, "density", n=5, rng=0).loc["density"]
    assert np.isnan(row["z_score"])
    assert [row["null_std"], row["percentile"], row["p_value"]] == [0, 50, 1]
    assert row["undefined"] == "z_score: the null graphs are all alike"


def test_what_a_graph_lacks_is_said() -> None:
    path = np.eye(6, k=1, dtype=bool)
    row = null_zscores(path, "assortativity_in_in", n=5, rng=0).loc["assortativity_in_in"]
    assert np.isnan(row["value"])
    assert row["undefined"] == "needs degrees that differ between edges"


def test_what_the_nulls_lack_is_said() -> None:
    table = null_zscores(
        GRAPH,
        ["clustering", "mean_path_length"],
        null=lambda a, *, rng: np.zeros_like(a),
        n=3,
        rng=0,
    )
    assert table.loc["mean_path_length", "undefined"] == "exists in 0 of the null graphs"
    assert table.loc["mean_path_length", "n"] == 0


def test_a_random_graph_is_like_its_nulls() -> None:
    graph = rg.generators.erdos_renyi(40, m=160, rng=7)
    table = null_zscores(graph, NAMES[:2], null="erdos_renyi_like", n=60, rng=0)
    assert (table["z_score"].abs() < 3.5).all()
    assert (table["p_value"] > 0.01).all()


def test_motifs_are_the_connected_triads() -> None:
    assert len(MOTIFS) == 13
    table = motif_zscores(GRAPH, n=20, rng=0)
    assert tuple(table.index) == MOTIFS
    assert table.loc["triad_030T", "value"] == METRICS["triad_030T"](GRAPH)


def test_small_worldness_tells_a_small_world_from_a_random_graph() -> None:
    small = small_worldness(rg.generators.watts_strogatz(50, k=6, p=0.1, rng=0), n=6, rng=0)
    assert small.sigma > small.sigma_high > small.sigma_low > 0
    assert small.propensity > 0.5
    assert dataclasses.asdict(small)["n"] == 6
    lost = small_worldness(np.zeros((6, 6), dtype=bool), n=2, rng=0)
    assert np.isnan([lost.sigma, lost.sigma_low, lost.omega, lost.propensity]).all()


def test_small_worldness_of_weights() -> None:
    graph = rg.generators.watts_strogatz(30, k=6, p=0.1, rng=0)
    apart = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    near = graph / np.maximum(np.minimum(apart, 30 - apart), 1)
    ring = small_worldness(near, n=4, rng=0, weight_as="strength")
    assert ring.sigma > ring.sigma_high > ring.sigma_low > 0
    assert 0 <= ring.propensity <= 1
    same = small_worldness(0.7 * graph, n=4, rng=0, weight_as="length")
    assert dataclasses.asdict(small_worldness(1.0 * graph, n=4, rng=0, weight_as="length")) == (
        pytest.approx(dataclasses.asdict(same))
    )
    lost = small_worldness(np.zeros((6, 6)), n=2, rng=0, weight_as="strength")
    assert np.isnan([lost.sigma, lost.sigma_low, lost.omega, lost.propensity]).all()
    with pytest.raises(InputError, match=r"^`weights` must be >= 0, since no lattice places signs"):
        small_worldness(-1.0 * graph, n=2, rng=0, weight_as="strength")


@pytest.mark.parametrize("weight_as", ["strength", "length"])
@pytest.mark.parametrize("symmetric", [False, True])
def test_lattices_have_the_strong_edges_near(weight_as: WeightAs, symmetric: bool) -> None:
    weights = np.abs(WEIGHTS) + np.abs(WEIGHTS).T if symmetric else np.abs(WEIGHTS)
    weights[3, 3] = 9
    lattice = latticise_weights(weights, weight_as=weight_as, rng=0)
    np.testing.assert_array_equal(np.sort(lattice, axis=None), np.sort(weights, axis=None))
    for axis in (0, 1):
        degrees = (lattice != 0).sum(axis=axis)
        np.testing.assert_array_equal(degrees, (weights != 0).sum(axis=axis))
    assert np.array_equal(lattice, lattice.T) == symmetric
    np.testing.assert_array_equal(lattice.diagonal(), weights.diagonal())
    n = len(weights)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    apart = np.minimum(apart, n - apart)
    edges = (lattice != 0) & ~np.eye(n, dtype=bool)
    # Of two edges at different distances, the nearer is at least as strong.
    for distance in np.unique(apart[edges])[:-1]:
        near = lattice[edges & (apart <= distance)]
        far = lattice[edges & (apart > distance)]
        if weight_as == "strength":
            assert near.min() >= far.max()
        else:
            assert near.max() <= far.min()
    again = latticise_weights(weights, weight_as=weight_as, rng=0)
    np.testing.assert_array_equal(lattice, again)
    assert (latticise_weights(weights, weight_as=weight_as, rng=1) != lattice).any()


@pytest.mark.parametrize(
    ("weights", "weight_as", "message"),
    [
        (-np.eye(3, k=1), "strength", r"^`weights` must be >= 0, since no lattice .*; got -1\.$"),
        (np.eye(3, k=1), "cost", r"^`weight_as` must be one of strength, length; got 'cost'\."),
    ],
)
def test_lattices_that_cannot_be(weights: Weights, weight_as: WeightAs, message: str) -> None:
    with pytest.raises(InputError, match=message):
        latticise_weights(weights, weight_as=weight_as, rng=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"null": "rewired"},
            r"^`null` must be one of .*; got 'rewired'\. Did you mean 'rewire'\?",
        ),
        ({"n": 1}, r"^`n` must be an integer >= 2; got 1\.$"),
        ({"rng": None}, r"^`rng` must be a non-negative integer"),
        ({"metrics": "densty"}, r"Did you mean 'density'"),
        ({"graph": [[1, 2]]}, r"^`graph` must be a square matrix"),
    ],
)
def test_bad_input(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        null_zscores(**{"graph": GRAPH, "metrics": NAMES, "n": 2, "rng": 0, **arguments})


@pytest.mark.parametrize("weight_as", [None, "length"])
def test_a_null_model_that_returns_no_graph(weight_as: Any) -> None:
    for returned, got in ((None, "a graph or a matrix; got NoneType"), ([1, 2], "a square matrix")):
        with pytest.raises(InputError, match=rf"^`null\(graph\)` must be {got}"):
            null_zscores(
                GRAPH,
                null=lambda graph, rng, returned=returned: returned,
                n=2,
                rng=0,
                weight_as=weight_as,
            )


def test_at_least_one_null_graph() -> None:
    with pytest.raises(InputError, match=r"^`n` must be an integer >= 1; got 0\.$"):
        null_graphs(GRAPH, n=0, rng=0)
    with pytest.raises(InputError, match=r"^`n` must be an integer >= 2; got 1\.$"):
        small_worldness(GRAPH, n=1, rng=0)


WEIGHTS = GRAPH * np.random.default_rng(0).gamma(2, size=GRAPH.shape)
WEIGHTED_NAMES = ["weighted_clustering", "weighted_mean_path_length", "strength_in_var"]


@pytest.mark.parametrize("null", WEIGHTED_NULLS)
def test_null_graphs_of_weights(null: str) -> None:
    """Null graph k is the model's own at stream k, with weights."""
    found = null_weights(WEIGHTS, null=null, n=3, rng=5)
    seed = np.random.SeedSequence(5)
    for k, one in enumerate(found):
        assert one.dtype == np.float64
        expected = WEIGHTED_NULLS[null](WEIGHTS, rng=stream(seed, "null", k))
        np.testing.assert_array_equal(one, expected)
    with pytest.raises(InputError, match=r"^`null` must be one of rewire, strength, shuffle; got "):
        null_weights(WEIGHTS, null="latticise", n=1, rng=0)


def test_weights_by_definition() -> None:
    table = null_zscores(WEIGHTS, WEIGHTED_NAMES, n=20, rng=0, weight_as="strength")
    seed = np.random.SeedSequence(0)
    nulls = [
        rg.generators.rewire(WEIGHTS, rng=stream(seed, "null", k), preserve="sign")
        for k in range(20)
    ]
    found = profile([WEIGHTS, *nulls], metrics=WEIGHTED_NAMES, weight_as="strength")
    for name in WEIGHTED_NAMES:
        value, others, row = found[name][0], found[name][1:], table.loc[name]
        assert row["value"] == value
        assert row["z_score"] == pytest.approx((value - others.mean()) / others.std())
        assert [row["n"], row["undefined"]] == [20, ""]
    assert list(null_zscores(WEIGHTS, n=2, rng=0, weight_as="length").index) == list(COLUMNS)


@pytest.mark.parametrize("null", WEIGHTED_NULLS)
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_null_models_keep_weights(null: str, symmetric: bool, signed: bool) -> None:
    weights = WEIGHTS * np.where(signed & (WEIGHTS > 1), -1, 1)
    weights += np.diag(np.arange(30.0))
    if symmetric:
        weights = np.triu(weights) + np.triu(weights, 1).T
    found = np.asarray(WEIGHTED_NULLS[null](weights, rng=3))
    assert (found != weights).any()
    np.testing.assert_array_equal(np.sort(found, axis=None), np.sort(weights, axis=None))
    np.testing.assert_array_equal(found.diagonal(), weights.diagonal())
    assert np.array_equal(found, found.T) == symmetric
    for axis in (0, 1):
        np.testing.assert_array_equal((found != 0).sum(axis), (weights != 0).sum(axis))
    if null == "shuffle":
        np.testing.assert_array_equal(found != 0, weights != 0)
    else:
        np.testing.assert_array_equal((found > 0).sum(axis=0), (weights > 0).sum(axis=0))


def test_shuffled_weights_come_in_every_order() -> None:
    weights = np.zeros((3, 3))
    weights[[0, 1, 2], [1, 2, 0]] = 1, 2, 3
    orders = [tuple(shuffle_weights(weights, rng=k)[[0, 1, 2], [1, 2, 0]]) for k in range(600)]
    counts = pd.Series(orders).value_counts()
    assert len(counts) == 6
    assert counts.between(60, 150).all()
    assert weights[0, 1] == 1


def test_z_of_weights_has_no_unit() -> None:
    names = [*WEIGHTED_NAMES, "weighted_closeness_in_var"]
    one, *others = (
        null_zscores(WEIGHTS * c, names, n=8, rng=0, weight_as="length")
        for c in (1, 1e-7, 1e9, 1e200)
    )
    for table in others[:2]:
        np.testing.assert_allclose(table["z_score"], one["z_score"], rtol=1e-6)
        assert (table["percentile"] == one["percentile"]).all()
    beyond = others[2].loc["strength_in_var"]
    assert np.isnan(beyond["z_score"])
    assert beyond["undefined"].startswith("needs less extreme weights")
    assert others[2].loc["weighted_mean_path_length", "z_score"] == pytest.approx(
        one.loc["weighted_mean_path_length", "z_score"]
    )


def test_what_a_null_model_of_weights_keeps_has_no_z() -> None:
    names = ["weight_gini", "strength_total_mean", "weighted_spectral_norm"]
    table = null_zscores(WEIGHTS, names, n=5, rng=0, weight_as="length")
    kept = "z_score: the null graphs are all alike"
    assert table["undefined"].tolist() == [kept, kept, ""]


def test_users_bring_null_models_of_weights() -> None:
    table = null_zscores(
        WEIGHTS,
        "weight_gini",
        null=lambda w, *, rng: w * np.random.default_rng(rng).gamma(1, size=w.shape),
        n=9,
        rng=0,
        weight_as="length",
    )
    assert table.loc["weight_gini", "null_std"] > 0


def test_signs_that_a_metric_refuses_are_said() -> None:
    table = null_zscores(-WEIGHTS, WEIGHTED_NAMES[:1], n=2, rng=0, weight_as="length")
    assert "takes no signs" in table.loc["weighted_clustering", "undefined"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"null": "latticise"}, r"^`null` must be one of rewire, strength, shuffle; got 'lattic"),
        ({"metrics": "density"}, r"^`metrics` must be .*; got 'density'\."),
        ({"metrics": {}}, r"^`metrics` must be names with `weight_as`; got a mapping\."),
        ({"weight_as": "cost"}, r"^`weight_as` must be one of strength, length; got 'cost'\."),
        ({"graph": np.full((2, 2), np.nan)}, r"^`graph` must hold finite numbers"),
    ],
)
def test_bad_weights(arguments: dict[str, object], message: str) -> None:
    given = {"graph": WEIGHTS, "metrics": WEIGHTED_NAMES, "n": 2, "rng": 0, "weight_as": "length"}
    with pytest.raises(InputError, match=message):
        null_zscores(**{**given, **arguments})
