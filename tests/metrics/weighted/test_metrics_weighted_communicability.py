from math import e, factorial

import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.errors import InputError
from rnngraph.metrics.weighted.communicability import (
    normalized_communicability_in,
    normalized_communicability_out,
    normalized_subgraph_centrality,
)


def test_walks_length_by_length(weights: Weights) -> None:
    m = np.zeros_like(weights)
    for i, j in np.argwhere(weights):
        m[i, j] = weights[i, j] / np.sqrt(weights[i].sum() * weights[:, j].sum())
    walks = sum(np.linalg.matrix_power(m, k) / factorial(k) for k in range(25))
    expected = {
        normalized_subgraph_centrality: np.diag(walks),
        normalized_communicability_in: walks.sum(axis=0),
        normalized_communicability_out: walks.sum(axis=1),
    }
    for metric, values in expected.items():
        np.testing.assert_allclose(metric(weights), values, rtol=1e-9)


def test_an_undirected_graph_is_normalised_by_its_strengths(weights: Weights) -> None:
    both = weights + weights.T
    root = np.sqrt(np.maximum(both.sum(axis=1), 1e-300))
    values, modes = np.linalg.eigh(both / np.outer(root, root))
    found = normalized_subgraph_centrality(both)
    np.testing.assert_allclose(found, modes**2 @ np.exp(values), rtol=1e-9)


def test_bounds(weights: Weights) -> None:
    closed = normalized_subgraph_centrality(weights)
    assert ((closed >= 1) & (closed <= e)).all()
    for metric in (normalized_communicability_in, normalized_communicability_out):
        assert (metric(weights) >= 1 - 1e-12).all()
        assert (metric(weights) <= e * len(weights) ** 0.5).all()


def test_a_pair_and_a_ring() -> None:
    pair = np.array([[0, 3.0], [3, 0]])
    np.testing.assert_allclose(normalized_subgraph_centrality(pair), np.cosh(1))
    np.testing.assert_allclose(normalized_communicability_out(pair), e)
    np.testing.assert_allclose(normalized_subgraph_centrality(np.eye(4, k=1)), 1)
    np.testing.assert_allclose(normalized_communicability_in(np.diag([7.0, 1e-9], 1))[:2], [1, 2])


def test_strong_weights_keep_within_floats() -> None:
    weights = 1e12 * (1 - np.eye(50))
    assert np.isfinite(normalized_communicability_out(weights)).all()


def test_signs_are_refused() -> None:
    match = r"^`weights` must be >= 0, since communicability takes no signs: .*; got -1\.$"
    with pytest.raises(InputError, match=match):
        normalized_subgraph_centrality(np.diag([1.0, -1], 1))
