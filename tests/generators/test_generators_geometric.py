"""Random geometric graphs: the nodes' places are the seed's first draws."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from rnngraph.errors import InputError
from rnngraph.generators import complete, random_geometric


def test_nodes_within_the_radius_are_joined() -> None:
    places = np.random.default_rng(5).random((40, 2))
    expected = squareform(pdist(places) <= 0.25)
    assert np.array_equal(random_geometric(40, 0.25, rng=5), expected.astype(bool))


def test_m_joins_the_nearest_pairs() -> None:
    gaps = pdist(np.random.default_rng(5).random((40, 2)))
    expected = squareform(gaps <= np.sort(gaps)[99])
    adjacency = random_geometric(40, m=200, rng=5)
    assert np.array_equal(adjacency, expected.astype(bool))
    assert adjacency.sum() == 200


def test_on_the_torus_the_density_is_the_area_of_the_disk() -> None:
    gen = np.random.default_rng(0)
    radius = 0.2
    densities = [random_geometric(100, radius, torus=True, rng=gen).sum() / 9900 for _ in range(50)]
    assert np.mean(densities) == pytest.approx(np.pi * radius**2, rel=0.03)
    flat = random_geometric(100, radius, rng=1)
    assert (flat <= random_geometric(100, radius, torus=True, rng=1)).all()


def test_the_largest_radius_joins_all() -> None:
    assert np.array_equal(random_geometric(9, np.sqrt(2), rng=0), complete(9, rng=0))


def test_radius_is_checked() -> None:
    with pytest.raises(InputError, match=r"`radius` must be a number >= 0; got -0\.1\."):
        random_geometric(9, -0.1, rng=0)
