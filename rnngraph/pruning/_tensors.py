"""Tensors by name of parameter, as most functions here take them."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rnngraph._check import check_mapping
from rnngraph.errors import InputError


def check_tensors(
    argument: str, value: object, *, like: Mapping[str, Tensor] | None = None
) -> Mapping[str, Tensor]:
    """Return `value` if it holds tensors by name.

    Args:
        argument: How the error calls it.
        value: What should hold them.
        like: Tensors of the shapes that there must be, by the names that there must be.

    Raises:
        InputError: No mapping, something else than a tensor in it, or a name or shape of `like`
            that it lacks.
    """
    tensors = check_mapping(argument, value, "tensors by name of parameter")
    for name in tensors if like is None else like:
        tensor = tensors.get(name)
        shape = None if like is None else tuple(like[name].shape)
        if not isinstance(tensor, Tensor) or (shape is not None and tensor.shape != shape):
            got = tuple(tensor.shape) if isinstance(tensor, Tensor) else type(tensor).__name__
            of = "" if shape is None else f" of shape {shape}"
            raise InputError(f"`{argument}` must hold a tensor{of} for {name!r}; got {got}.")
    return tensors


def check_masks(
    argument: str, value: object, *, like: Mapping[str, Tensor] | None = None
) -> Mapping[str, Tensor]:
    """Return `value` if it holds masks by name; see `check_tensors`.

    Raises:
        InputError: As there, or a tensor that is not bool.
    """
    masks = check_tensors(argument, value, like=like)
    for name, mask in masks.items():
        if mask.dtype != torch.bool:
            raise InputError(f"`{argument}` must hold bool tensors; got {mask.dtype} for {name!r}.")
    return masks


def check_one_device(weights: Mapping[str, Tensor]) -> None:
    """Check that the weights to prune are together.

    Raises:
        InputError: They are on several devices, or have no values.
    """
    devices = sorted({str(weight.device) for weight in weights.values()})
    if len(devices) > 1 or devices == ["meta"]:
        raise InputError(
            "`model` must have the weights to prune on one device, with their values; got "
            f"{', '.join(devices)}."
        )
