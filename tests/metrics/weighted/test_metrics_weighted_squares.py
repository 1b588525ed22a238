from itertools import combinations

import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.errors import InputError
from rnngraph.metrics import NODES
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.squares import squares
from rnngraph.metrics.weighted.squares import (
    weighted_local_square_clustering,
    weighted_square_clustering,
)


def test_squares_one_by_one(weights: Weights) -> None:
    w = np.maximum(weights, weights.T) / weights.max()
    n = len(w)
    found, many = np.zeros(n), np.zeros(n)
    for i in range(n):
        for u, v in combinations(np.flatnonzero(w[i]), 2):
            for x in np.flatnonzero((w[u] > 0) & (w[v] > 0)):
                if x != i:
                    found[i] += (w[i, u] * w[u, x] * w[x, v] * w[v, i]) ** 0.25
                    many[i] += 1
    there, possible = squares(Topology.of(w > 0))
    np.testing.assert_array_equal(there, many)
    expected = np.divide(found, possible, out=np.zeros(n), where=possible > 0)
    values = weighted_local_square_clustering(weights)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    assert weighted_square_clustering(weights) == pytest.approx(expected.mean())
    assert (values <= NODES["local_square_clustering"].values(weights) + 1e-12).all()


def test_a_ring_of_four() -> None:
    ring = np.roll(np.diag([1, 1, 1, 1 / 16]), 1, axis=1)
    np.testing.assert_allclose(weighted_local_square_clustering(ring), 1 / 2)


def test_signs_are_refused() -> None:
    match = r"^`weights` must be >= 0, since square clustering takes no signs: .*; got -1\.$"
    with pytest.raises(InputError, match=match):
        weighted_square_clustering(np.diag([1.0, -1], 1))
