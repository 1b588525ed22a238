import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics.weighted.reciprocity import (
    sign_agreement,
    weight_correlation_mutual,
    weight_symmetry,
    weighted_reciprocity,
)


def test_reciprocity_by_the_definition(weights: Weights) -> None:
    n = len(weights)
    returned = sum(min(weights[i, j], weights[j, i]) for i in range(n) for j in range(n))
    assert weighted_reciprocity(weights) == pytest.approx(returned / weights.sum())


def test_equal_weights_leave_the_unweighted_metric(digraph: Adjacency) -> None:
    assert weighted_reciprocity(digraph * 2.5) == pytest.approx(metrics.reciprocity(digraph))


def test_correlation_is_that_of_numpy() -> None:
    rng = np.random.default_rng(5)
    weights = rng.normal(size=(12, 12)) * (rng.random((12, 12)) < 0.6)
    np.fill_diagonal(weights, 0)
    mutual = (weights != 0) & (weights.T != 0)
    expected = np.corrcoef(weights[mutual], weights.T[mutual])[0, 1]
    assert weight_correlation_mutual(weights) == pytest.approx(expected, rel=1e-9)
    centred = weights - weights.mean()
    np.fill_diagonal(centred, 0)
    tau = (centred * centred.T).sum() / (centred**2).sum()
    assert weight_symmetry(centred) == pytest.approx(tau)


def test_symmetric_and_antisymmetric_weights(signed: Weights) -> None:
    even, odd = signed + signed.T, signed - signed.T
    assert weight_correlation_mutual(even) == pytest.approx(1)
    assert weight_symmetry(even) == pytest.approx(1)
    assert sign_agreement(even) == 1
    assert weight_correlation_mutual(odd) == pytest.approx(-1)
    assert weight_symmetry(odd) == pytest.approx(-1)
    assert sign_agreement(odd) == 0
    assert weight_symmetry(np.triu(signed)) == 0


def test_sign_agreement_by_hand() -> None:
    weights = np.array([[0, 1, -1, 1], [2, 0, 1, 0], [3, -1, 0, 0], [-1, 1, 0, 0]])
    assert sign_agreement(weights) == 1 / 4


def test_extreme_weights_do_not_overflow() -> None:
    weights = np.array([[0, 1e200, 1e-200], [1e200, 0, 2e200], [1e-200, -1e200, 0]])
    assert np.isfinite(weight_correlation_mutual(weights))
    assert weight_symmetry(weights) == pytest.approx(-2 / 7)


def test_what_does_not_exist_says_why(empty: Adjacency, path: Adjacency) -> None:
    for metric in (weighted_reciprocity, weight_symmetry):
        match = rf"^`{metric.__name__}` needs at least 1 edge between distinct nodes; got 0\.$"
        with pytest.raises(UndefinedMetricError, match=match):
            metric(empty)
    match = r"^`sign_agreement` needs at least 1 pair joined both ways; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        sign_agreement(path)
    match = r"^`weight_correlation_mutual` needs at least 2 pairs joined both ways; got 1\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weight_correlation_mutual([[0, 1], [2, 0]])
    match = r"^`weight_correlation_mutual` needs weights that differ .*; got 0\.3 on all of them\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        weight_correlation_mutual(0.3 * (path | path.T))
    match = r"^`weights` must be >= 0, since reciprocated weight takes no signs: .*; got -1\.$"
    with pytest.raises(InputError, match=match):
        weighted_reciprocity([[0, -1], [2, 0]])
