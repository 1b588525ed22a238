from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.pruning import bank_balanced, n_of_m
from tests.pruning.updates import random_weights


def highest(scores: np.ndarray, n: int, m: int) -> np.ndarray:
    """Oracle: group by group; of equal scores the earlier column goes first."""
    mask = np.zeros(scores.shape, dtype=bool)
    for row, first in product(range(len(scores)), range(0, scores.shape[1], m)):
        ranked = sorted(range(first, first + m), key=lambda j: (scores[row, j], j))
        mask[row, ranked[m - n :]] = True
    return mask


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(1, 6),
    groups=st.integers(1, 5),
    m=st.integers(1, 6),
    data=st.data(),
    seed=st.integers(0, 99),
)
def test_the_highest_of_each_group_live(
    rows: int, groups: int, m: int, data: st.DataObject, seed: int
) -> None:
    n = data.draw(st.integers(1, m))
    scores = np.random.default_rng(seed).integers(0, 4, (rows, groups * m))
    (mask,) = n_of_m({"w": torch.from_numpy(scores)}, n, m).values()
    assert mask.tolist() == highest(scores, n, m).tolist()
    keep = n / m
    (mask,) = bank_balanced({"w": torch.from_numpy(scores)}, keep, groups).values()
    assert mask.tolist() == highest(scores, n, m).tolist()


def test_two_of_four() -> None:
    scores = torch.tensor([[1.0, 4.0, 3.0, 2.0, 0.0, 0.0, 0.0, 9.0]])
    (mask,) = n_of_m({"w": scores}, 2, 4).values()
    assert mask.tolist() == [[False, True, True, False, False, False, True, True]]


@pytest.mark.parametrize("keep", [0.0, 0.25, 0.5, 1.0])
def test_banks_of_any_width_keep_as_many_each(keep: float) -> None:
    scores = random_weights(weight_ih_l0=(12, 8), weight_hh_l0=(12, 16))
    for name, mask in bank_balanced(scores, keep, 4).items():
        counts = mask.view(12, 4, -1).sum(dim=2)
        assert (counts == round(keep * scores[name].shape[1] / 4)).all()


def test_scores_are_left_as_they_are_even_transposed_and_with_gradients() -> None:
    scores = torch.arange(12.0).view(4, 3).T.requires_grad_()
    (mask,) = n_of_m({"w": scores}, 1, 2).values()
    assert mask.tolist() == [[False, True] * 2] * 3
    assert scores.tolist() == torch.arange(12.0).view(4, 3).T.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"m": 0}, "`m` must be an integer >= 1; got 0"),
        ({"n": 0}, r"`n` must be an integer in \[1, 4\]; got 0"),
        ({"n": 5}, r"`n` must be an integer in \[1, 4\]; got 5"),
        (
            {"m": 3},
            r"`scores` must be matrices whose columns `m`, 3, divides; got 'weight_ih_l0' of "
            r"shape \(12, 8\)",
        ),
        (
            {"scores": {"bias_hh_l0": torch.ones(4)}},
            r"`scores` must be matrices whose columns `m`, 4, divides; got 'bias_hh_l0' of "
            r"shape \(4,\)",
        ),
    ],
)
def test_n_of_m_refuses_bad_input(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        n_of_m(**{"scores": random_weights(weight_ih_l0=(12, 8)), "n": 2, "m": 4, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": 2}, r"`keep` must be a number in \[0, 1\]; got 2"),
        ({"banks": 0}, "`banks` must be an integer >= 1; got 0"),
        (
            {"banks": 5},
            r"`scores` must be matrices whose columns `banks`, 5, divides; got 'weight_ih_l0' of "
            r"shape \(12, 8\)",
        ),
    ],
)
def test_bank_balanced_refuses_bad_input(arguments: dict, message: str) -> None:
    given_arguments = {"scores": random_weights(weight_ih_l0=(12, 8)), "keep": 0.5, "banks": 4}
    with pytest.raises(InputError, match=message):
        bank_balanced(**{**given_arguments, **arguments})


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (torch.ones(2, 4), "`scores` must be a mapping, tensors by name .*; got a Tensor"),
        ({"w": [[1.0]]}, "`scores` must hold a tensor for 'w'; got list"),
        ({"w": torch.full((1, 4), torch.nan)}, "`scores` must be numbers; got NaN in 'w'"),
    ],
)
def test_scores_that_are_none_are_refused(scores: object, message: str) -> None:
    for call in (lambda: n_of_m(scores, 2, 4), lambda: bank_balanced(scores, 0.5, 2)):
        with pytest.raises(InputError, match=f"^{message}"):
            call()
