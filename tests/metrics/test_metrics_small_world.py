from collections.abc import Callable

import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.generators import latticise, rewire, ring_lattice, watts_strogatz
from rnngraph.metrics import mean_path_length, transitivity
from rnngraph.metrics.small_world import (
    small_world_omega,
    small_world_propensity,
    small_world_sigma,
)

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
