import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.errors import InputError
from rnngraph.metrics.weighted.control import (
    weighted_average_controllability,
    weighted_gramian_trace,
    weighted_modal_controllability,
)


def test_energy_is_the_sum_over_all_times(signed: Weights) -> None:
    scaled = signed / (1 + np.linalg.norm(signed, 2))
    response, energy = np.eye(len(signed)), np.zeros(len(signed))
    for _ in range(2000):
        energy += (response**2).sum(axis=1)
        response = response @ scaled
    np.testing.assert_allclose(weighted_average_controllability(signed), energy, rtol=1e-9)
    assert weighted_gramian_trace(signed) == pytest.approx(energy.mean(), rel=1e-9)


def test_symmetric_weights_by_their_modes(weights: Weights) -> None:
    both = weights + weights.T
    values, modes = np.linalg.eigh(both / (1 + np.linalg.norm(both, 2)))
    energy = modes**2 @ (1 / (1 - values**2))
    np.testing.assert_allclose(weighted_average_controllability(both), energy, rtol=1e-9)
    np.testing.assert_allclose(
        weighted_modal_controllability(both), modes**2 @ (1 - values**2), rtol=1e-9
    )


def test_one_edge_by_hand() -> None:
    for weight in (1e-3, 1.0, 5.0, 1e9):
        scaled = weight / (1 + weight)
        edge = np.array([[0, weight], [0, 0]])
        found = weighted_average_controllability(edge)
        np.testing.assert_allclose(found, [1 + scaled**2, 1], rtol=1e-12)
        # Direction dropped, the modes are (1, 1) and (1, -1), of +-scaled.
        found = weighted_modal_controllability(edge)
        np.testing.assert_allclose(found, 1 - scaled**2, rtol=1e-6)


def test_the_larger_weight_of_a_pair_counts_without_direction(weights: Weights) -> None:
    larger = np.maximum(weights, weights.T)
    np.testing.assert_array_equal(
        weighted_modal_controllability(weights), weighted_modal_controllability(larger)
    )


def test_the_unit_matters(weights: Weights) -> None:
    assert weighted_gramian_trace(weights * 1e-9) == pytest.approx(1)
    assert weighted_gramian_trace(weights * 5e-324) == pytest.approx(1)
    assert weighted_gramian_trace(np.zeros((3, 3))) == 1
    assert weighted_gramian_trace(weights * 10) > weighted_gramian_trace(weights)


def test_what_never_decays_is_refused() -> None:
    match = r"^`weights` must have singular values up to 1e\+10, .* rounding; got 2e\+10\.$"
    for metric in (weighted_average_controllability, weighted_modal_controllability):
        with pytest.raises(InputError, match=match):
            metric([[0, 2e10], [2e10, 0]])
