"""Weighted graphs that the tests of weighted metrics share."""

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.graphs import to_networkx


@pytest.fixture(params=[(6, 0.4), (10, 0.1), (12, 0.2), (20, 0.3), (25, 0.6), (9, 1.0)])
def weights(request: pytest.FixtureRequest) -> Weights:
    """Random digraphs with weights in (0, 2): some in pieces, one complete."""
    n, p = request.param
    rng = np.random.default_rng([n, int(100 * p)])
    found = rng.uniform(0, 2, (n, n)) * (rng.random((n, n)) < p)
    np.fill_diagonal(found, 0)
    return found


@pytest.fixture
def signed(weights: Weights) -> Weights:
    """The same, two in five weights negative."""
    rng = np.random.default_rng(len(weights))
    return weights * np.where(rng.random(weights.shape) < 0.4, -1, 1)


@pytest.fixture
def peer(weights: Weights) -> "nx.DiGraph[int]":
    """The same as networkx reads it, with "weight" and "length" = 1 / weight."""
    graph = to_networkx(weights)
    for _, _, data in graph.edges(data=True):
        data["length"] = 1 / data["weight"]
    return graph


@pytest.fixture
def w5() -> Weights:
    """Four nodes in cycles, one of them mutual, and an isolated node."""
    return np.array(
        [[0, 2, 0, 1, 0], [0.5, 0, 4, 0, 0], [3, 0, 0, 1, 0], [0, 1.5, 0, 0, 0], [0] * 5]
    )
