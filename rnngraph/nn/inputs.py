"""What a network may be given to read."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._check import check_mapping, hint
from rnngraph.errors import InputError

Lengths: TypeAlias = Tensor | NDArray[np.integer[Any]] | Sequence[int]


def check_batch(
    x: object, lengths: Lengths | None, input_size: int, *, tokens_only: bool = False
) -> Tensor | None:
    """Check a batch: tokens (batch, steps), or inputs (batch, steps, input_size), and its lengths.

    Returns:
        The lengths, if any, as a tensor.

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
    if not x.shape[0] or not x.shape[1]:
        raise InputError(
            f"`x` must hold a sequence and a step; got {x.dtype} of shape {tuple(x.shape)}."
        )
    if not dense:
        _check_tokens(x, input_size)
    if lengths is None:
        return None
    try:
        lengths = torch.as_tensor(lengths)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"`lengths` must be integers; got {type(lengths).__name__}.") from error
    if lengths.is_floating_point():
        raise InputError(f"`lengths` must be integers; got {lengths.dtype}.")
    if lengths.shape != x.shape[:1]:
        raise InputError(
            f"`lengths` must have shape ({len(x)},), one a sequence; got {tuple(lengths.shape)}."
        )
    if bool(((lengths < 1) | (lengths > x.shape[1])).any()):
        raise InputError(
            f"`lengths` must be in [1, {x.shape[1]}], the steps of `x`; got "
            f"{int(lengths.min())} to {int(lengths.max())}."
        )
    return lengths


def check_step(x: object, input_size: int, *, tokens_only: bool = False) -> None:
    """Check one step of a stream: tokens (batch,), or inputs (batch, input_size).

    Raises:
        InputError: As `check_batch`.
    """
    if not isinstance(x, Tensor) or x.ndim == 0:
        raise InputError(
            f"`x` must be a tensor of tokens (batch,) or of inputs (batch, {input_size}); got "
            f"{type(x).__name__}."
        )
    check_batch(x[:, None], None, input_size, tokens_only=tokens_only)


def check_values(values: object, own: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return new values of some of a network's parameters.

    Args:
        values: What should be tensors, by name.
        own: All parameters, by name.

    Raises:
        InputError: No mapping, a name that is not there, or something of another shape.
    """
    given = check_mapping("values", values, "tensors by name of parameter")
    for name, value in given.items():
        if name not in own:
            raise InputError(
                f"`values` must name parameters of the network; got {name!r}.{hint(name, own)}"
            )
        if not isinstance(value, Tensor) or value.shape != own[name].shape:
            got = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise InputError(
                f"`values` must hold a tensor of shape {tuple(own[name].shape)} for {name!r}; got "
                f"{got}."
            )
    return given


def check_dtype(dtype: object) -> None:
    """Check the type of a network's weights.

    Raises:
        InputError: It is none of real numbers.
    """
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise InputError(f"`dtype` must be a torch.dtype of real numbers; got {dtype!r}.")


def _check_tokens(x: Tensor, n_tokens: int) -> None:
    outside = (x < 0) | (x >= n_tokens)
    if bool(outside.any()):
        row, step = torch.nonzero(outside)[0].tolist()
        raise InputError(
            f"`x` must hold tokens in [0, {n_tokens - 1}]; got {int(x[row, step])} in sequence "
            f"{row} at position {step}."
        )
