"""Which weights go, given a score each: exactly as many as asked for, the lowest first."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from rnngraph._check import check_choice, check_real
from rnngraph.errors import InputError
from rnngraph.pruning._gates import block_rows
from rnngraph.pruning._tensors import check_masks, check_tensors

SCOPES: Final = ("global", "layer", "gate")
"""Among which weights the lowest are sought: all together, each parameter, each gate of each."""


def keep_highest(
    scores: Mapping[str, Tensor],
    live: Mapping[str, Tensor],
    amount: float,
    *,
    scope: str = "global",
    gates: Mapping[str, int] | None = None,
) -> dict[str, Tensor]:
    """Prune the lowest scores: exactly round(amount * N) of the N live weights of each scope.

    Python's `round`: halves go to the even number. Of equal scores, the earlier parameter and the
    earlier row and column goes first.

    Args:
        scores: By name of parameter, rows = target; not NaN where live.
        live: By the same names, bool: those to choose among; the others stay pruned.
        amount: Share to prune, in [0, 1]; 1 leaves none.
        scope: "global" pools all parameters, "layer" takes each by itself, "gate" each gate of
            each.
        gates: By the same names, how many gates are stacked in blocks of rows; needed for "gate".

    Returns:
        Masks by name: bool, True = live.

    Raises:
        InputError: An amount outside [0, 1], an unknown scope, `live` that are no masks, `scores`
            that do not fit them, or for "gate" `gates` that lack a parameter or do not divide its
            rows.
    """
    check_real("amount", amount, 0.0, 1.0)
    check_choice("scope", scope, SCOPES)
    masks = {name: mask.clone() for name, mask in check_masks("live", live).items()}
    check_tensors("scores", scores, like=masks)
    for group in _groups(masks, scope, {} if gates is None else gates):
        names = [name for name, _ in group]
        flat = torch.cat([scores[name][rows].flatten() for name, rows in group])
        alive = torch.cat([masks[name][rows].flatten() for name, rows in group])
        places = alive.nonzero()[:, 0]
        n_pruned = round(amount * len(places))
        lowest = torch.argsort(flat[places], stable=True)[:n_pruned]
        alive[places[lowest]] = False
        parts = alive.split([masks[name][rows].numel() for name, rows in group])
        for name, (_, rows), part in zip(names, group, parts, strict=True):
            masks[name][rows] = part.view_as(masks[name][rows])
    return masks


def check_scores(found: object, live: Mapping[str, Tensor]) -> None:
    """Check what a function returned as scores of weights.

    Raises:
        InputError: Not a number for every live weight of every parameter.
    """
    if not isinstance(found, Mapping) or set(found) != set(live):
        raise InputError(
            f"`score` must return a score for each of {', '.join(live)}; got "
            f"{', '.join(found) if isinstance(found, Mapping) else type(found).__name__}."
        )
    for name, mask in live.items():
        scores = found[name]
        if not isinstance(scores, Tensor) or scores.shape != mask.shape:
            got = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
            raise InputError(
                "`score` must return tensors of their parameters' shapes; got "
                f"{got} for {name!r} of shape {tuple(mask.shape)}."
            )
        if bool(scores[mask].isnan().any()):
            raise InputError(f"`score` must return numbers for live weights; got NaN in {name!r}.")


def _groups(
    masks: Mapping[str, Tensor], scope: str, gates: Mapping[str, int]
) -> list[list[tuple[str, slice]]]:
    """Rows of parameters that are compared with each other."""
    everything = slice(None)
    if scope == "global":
        return [[(name, everything) for name in masks]] if masks else []
    if scope == "layer":
        return [[(name, everything)] for name in masks]
    return [[(name, rows)] for name, mask in masks.items() for rows in _blocks(name, mask, gates)]


def _blocks(name: str, mask: Tensor, gates: Mapping[str, int]) -> list[slice]:
    n = block_rows(name, len(mask), gates)
    return [slice(first, first + n) for first in range(0, len(mask), n)]
