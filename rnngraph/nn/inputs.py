"""What a network may be given to read."""

import torch
from torch import Tensor

from rnngraph.errors import InputError


def check_batch(
    x: object, lengths: Tensor | None, input_size: int, *, tokens_only: bool = False
) -> None:
    """Check a batch: tokens (batch, steps), or inputs (batch, steps, input_size), and its lengths.

    Raises:
        InputError: Another type or shape, a token outside [0, input_size - 1], a length outside
            [1, steps].
    """
    if not isinstance(x, Tensor):
        raise InputError(f"`x` must be a torch tensor; got {type(x).__name__}.")
    dense = x.is_floating_point()
    if x.ndim != (3 if dense else 2) or (dense and (tokens_only or x.shape[2] != input_size)):
        wanted = "integer tokens (batch, steps)"
        if not tokens_only:
            wanted += f" or real inputs (batch, steps, {input_size})"
        raise InputError(f"`x` must be {wanted}; got {x.dtype} of shape {tuple(x.shape)}.")
    if lengths is not None:
        if lengths.shape != x.shape[:1]:
            raise InputError(
                f"`lengths` must have shape ({len(x)},), one a sequence; "
                f"got {tuple(lengths.shape)}."
            )
        if bool(((lengths < 1) | (lengths > x.shape[1])).any()):
            raise InputError(
                f"`lengths` must be in [1, {x.shape[1]}], the steps of `x`; got "
                f"{int(lengths.min())} to {int(lengths.max())}."
            )
    if not dense:
        _check_tokens(x, input_size)


def _check_tokens(x: Tensor, n_tokens: int) -> None:
    outside = (x < 0) | (x >= n_tokens)
    if bool(outside.any()):
        row, step = torch.nonzero(outside)[0].tolist()
        raise InputError(
            f"`x` must hold tokens in [0, {n_tokens - 1}]; got {int(x[row, step])} in sequence "
            f"{row} at position {step}."
        )
