from collections.abc import Callable

import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.generators import latticise, rewire, ring_lattice, watts_strogatz
from rnngraph.metrics import WEIGHTED, mean_path_length, transitivity
from rnngraph.metrics.small_world import (
    small_world_omega,
    small_world_propensity,
    small_world_sigma,
)
from rnngraph.metrics.weighted import WeightAs

GRAPH = watts_strogatz(60, k=6, p=0.1, rng=0)
RANDOMS = [rewire(GRAPH, rng=seed) for seed in range(4)]
LATTICES = [latticise(GRAPH, rng=seed) for seed in range(2)]


def averages(graphs: list[Adjacency]) -> tuple[float, float]:
    return (
        float(np.mean([transitivity(graph) for graph in graphs])),
        float(np.mean([mean_path_length(graph) for graph in graphs])),
    )


def test_by_their_formulas() -> None:
    c, length = averages([GRAPH])
    c_random, l_random = averages(RANDOMS)
    c_lattice, l_lattice = averages(LATTICES)
    sigma = (c / c_random) / (length / l_random)
    assert small_world_sigma(GRAPH, RANDOMS) == pytest.approx(sigma)
    omega = l_random / length - c / c_lattice
    assert small_world_omega(GRAPH, RANDOMS, LATTICES) == pytest.approx(omega)
    off_c = np.clip((c_lattice - c) / (c_lattice - c_random), 0, 1)
    off_l = np.clip((length - l_random) / (l_lattice - l_random), 0, 1)
    propensity = 1 - np.sqrt((off_c**2 + off_l**2) / 2)
    assert small_world_propensity(GRAPH, RANDOMS, LATTICES) == pytest.approx(propensity)


def test_what_they_are_for() -> None:
    assert small_world_sigma(GRAPH, RANDOMS) > 1.5
    assert small_world_sigma(RANDOMS[0], RANDOMS[1:]) == pytest.approx(1, abs=0.3)
    assert small_world_propensity(GRAPH, RANDOMS, LATTICES) > 0.6
    lattice = ring_lattice(60, k=6, rng=0)
    assert small_world_omega(lattice, RANDOMS, [lattice]) < -0.4


def test_weights_by_their_formulas() -> None:
    rng = np.random.default_rng(0)
    graph, *randoms = [edges * rng.uniform(0.1, 2, edges.shape) for edges in [GRAPH, *RANDOMS]]
    lattices = [edges * rng.uniform(0.1, 2, edges.shape) for edges in LATTICES]

    def averages(graphs: list[Weights]) -> tuple[float, float]:
        length = WEIGHTED["weighted_mean_path_length"]
        return (
            float(np.mean([WEIGHTED["weighted_transitivity"](w) for w in graphs])),
            float(np.mean([length(w, weight_as="strength") for w in graphs])),
        )

    (c, length), (c_random, l_random) = averages([graph]), averages(randoms)
    c_lattice, l_lattice = averages(lattices)
    off_c = np.clip((c_lattice - c) / (c_lattice - c_random), 0, 1)
    off_l = np.clip((length - l_random) / (l_lattice - l_random), 0, 1)
    expected = {
        small_world_sigma: (c / c_random) / (length / l_random),
        small_world_omega: l_random / length - c / c_lattice,
        small_world_propensity: 1 - np.sqrt((off_c**2 + off_l**2) / 2),
    }
    for function, value in expected.items():
        others = [randoms, lattices][: 1 + (function is not small_world_sigma)]
        found = function(graph, *others, weight_as="strength")
        assert found == pytest.approx(value)
        # As lengths, the inverses say the same.
        turned = [[inverse(w) for w in graphs] for graphs in others]
        found = function(inverse(graph), *turned, weight_as="length")
        assert found == pytest.approx(value)


def inverse(weights: Weights) -> Weights:
    return np.divide(1, weights, out=np.zeros_like(weights), where=weights > 0)


@pytest.mark.parametrize("weight_as", ["strength", "length"])
def test_equal_weights_change_nothing(weight_as: WeightAs) -> None:
    for function, others in (
        (small_world_sigma, [RANDOMS]),
        (small_world_omega, [RANDOMS, LATTICES]),
        (small_world_propensity, [RANDOMS, LATTICES]),
    ):
        expected = function(GRAPH, *others)
        scaled = [[0.3 * graph for graph in graphs] for graphs in others]
        assert function(0.3 * GRAPH, *scaled, weight_as=weight_as) == pytest.approx(expected)


def test_weights_that_are_refused() -> None:
    with pytest.raises(InputError, match=r"^`weights` must be >= 0, since path metrics take no si"):
        small_world_sigma(-1.0 * GRAPH, RANDOMS, weight_as="strength")
    with pytest.raises(InputError, match=r"^`weight_as` must be one of strength, length; got 'co"):
        small_world_sigma(GRAPH, RANDOMS, weight_as="cost")


def test_nulls_are_needed() -> None:
    with pytest.raises(InputError, match=r"^`randoms` must hold at least 1 graph; got none\.$"):
        small_world_sigma(GRAPH, [])
    with pytest.raises(InputError, match=r"^`lattices` must hold at least 1 graph; got none\.$"):
        small_world_omega(GRAPH, RANDOMS, [])


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        (
            lambda: small_world_sigma(GRAPH, [np.eye(60, k=1)]),
            "sigma` needs a triangle in a random",
        ),
        (
            lambda: small_world_omega(GRAPH, RANDOMS, [np.eye(60, k=1)]),
            "omega` needs a triangle in a lattice",
        ),
        (
            lambda: small_world_propensity(GRAPH, RANDOMS, RANDOMS),
            "propensity` needs lattices and random graphs that differ; got clustering",
        ),
        (
            lambda: small_world_sigma(np.zeros((60, 60)), RANDOMS),
            "sigma` needs a node with at least 2 neighbours; got none",
        ),
    ],
)
def test_what_cannot_be_compared(metric: Callable[[], float], kind: str) -> None:
    with pytest.raises(UndefinedMetricError, match=rf"^`small_world_{kind}"):
        metric()
