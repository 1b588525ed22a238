"""Masks that hardware likes: as many live weights in every stretch of a row."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rnngraph._check import check_int, check_real
from rnngraph.errors import InputError
from rnngraph.pruning._tensors import check_tensors


def n_of_m(scores: Mapping[str, Tensor], n: int, m: int) -> dict[str, Tensor]:
    """Keep the n highest scores of every m consecutive columns of each row, as in 2:4 sparsity.

    Of equal scores, the earlier column goes first.

    Source: Mishra et al. (2021), Accelerating Sparse Deep Neural Networks, arXiv:2104.08378.

    Args:
        scores: By name of parameter, (rows, columns), rows = target; not NaN.
        n: Weights kept of each m, in [1, m].
        m: Columns in a group, at least 1.

    Returns:
        Masks by name: bool, True = live.

    Raises:
        InputError: n outside [1, m], m < 1, scores that are no matrices or have NaN, or columns
            that m does not divide.
    """
    check_int("m", m, 1)
    check_int("n", n, 1, m)
    _check_scores(scores, "m", m)
    return {name: _highest(score, n, m) for name, score in scores.items()}


def bank_balanced(scores: Mapping[str, Tensor], keep: float, banks: int) -> dict[str, Tensor]:
    """Split each row into `banks` equal banks, and keep as many highest scores in each.

    In contrast to `n_of_m`, the number of banks is given and not their size, as each is worked
    on by a unit of the hardware of its own. Of equal scores, the earlier column goes first.

    Source: Cao et al. (2019), Efficient and Effective Sparse LSTM on FPGA with Bank-Balanced
    Sparsity, FPGA '19.

    Args:
        scores: By name of parameter, (rows, columns), rows = target; not NaN.
        keep: Share kept, in [0, 1]: exactly round(keep * columns / banks) of each bank.
        banks: Banks in a row, at least 1.

    Returns:
        Masks by name: bool, True = live.

    Raises:
        InputError: `keep` outside [0, 1], `banks` < 1, scores that are no matrices or have NaN, or
            columns that `banks` does not divide.
    """
    check_real("keep", keep, 0.0, 1.0)
    check_int("banks", banks, 1)
    _check_scores(scores, "banks", banks)
    return {
        name: _highest(score, round(keep * (score.shape[1] // banks)), score.shape[1] // banks)
        for name, score in scores.items()
    }


def _check_scores(scores: object, argument: str, divisor: int) -> None:
    for name, score in check_tensors("scores", scores).items():
        if score.ndim != 2 or score.shape[1] % divisor:
            raise InputError(
                f"`scores` must be matrices whose columns `{argument}`, {divisor}, divides; got "
                f"{name!r} of shape {tuple(score.shape)}."
            )
        if bool(score.isnan().any()):
            raise InputError(f"`scores` must be numbers; got NaN in {name!r}.")


def _highest(score: Tensor, n: int, m: int) -> Tensor:
    """Mask of the n highest of every m columns."""
    groups = score.detach().reshape(len(score), -1, m)
    ascending = groups.argsort(dim=-1, stable=True)
    mask = torch.zeros_like(groups, dtype=torch.bool)
    mask.scatter_(-1, ascending[..., m - n :], value=True)
    return mask.view(score.shape)
