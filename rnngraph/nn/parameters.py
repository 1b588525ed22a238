"""Names, shapes and first values of a masked network's parameters, in torch's own words."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._check import check_choice
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.masks import GATES, RecurrentMask

INITS = ("torch", "fan_in")
READOUT_WEIGHT = "readout.weight"
READOUT_BIAS = "readout.bias"


def parameter_masks(mask: RecurrentMask, input_size: int, output_size: int) -> dict[str, Tensor]:
    """Boolean mask of every masked parameter, at its full shape, by its torch name.

    Raises:
        InputError: A block of the mask is made for another input or output size.
    """
    first = mask.input["weight_ih_l0"]
    if first.shape[1] not in (1, input_size):
        raise InputError(
            f"`input_size` must fit the mask's input block, {first.shape[1]}; got {input_size}."
        )
    if mask.readout.shape[0] not in (1, output_size):
        raise InputError(
            f"`output_size` must fit the mask's readout block, {mask.readout.shape[0]}; "
            f"got {output_size}."
        )
    shapes = _weight_shapes(mask, input_size)
    full = {name: block.expand(shapes[name]) for name, block in mask.input.items()}
    return {**full, **mask.hidden, READOUT_WEIGHT: mask.readout.expand(output_size, -1)}


def n_live_parameters(mask: RecurrentMask, input_size: int, output_size: int) -> int:
    """Number of parameters that are not masked, biases included."""
    weights = sum(
        int(m.count_nonzero()) for m in parameter_masks(mask, input_size, output_size).values()
    )
    return weights + 2 * sum(len(block) for block in mask.hidden.values()) + output_size


def initial_parameters(
    mask: RecurrentMask, input_size: int, output_size: int, *, rng: RNG, init: str = "torch"
) -> dict[str, NDArray[np.float64]]:
    """First values of all parameters: uniform around 0, and 0 where masked.

    Source: torch.nn.RNNBase.reset_parameters and torch.nn.Linear for "torch"; LeCun et al. (1998),
    Efficient BackProp, section 4.6, on live weights for "fan_in".

    Args:
        mask: Recurrent mask of n units in layers and directions.
        input_size: Number of input channels or tokens.
        output_size: Number of outputs.
        rng: Stream of this network. The whole of each matrix is drawn, so that two masks of one
            size and one `rng` share the draws of their common edges.
        init: "torch" draws everything from +-1/sqrt(n), so that a sparser graph starts with
            weaker recurrence; "fan_in" draws each row of the hidden-to-hidden weights from
            +-sqrt(3/k), k = its live weights, so that every gate of a unit starts with recurrent
            weights of summed variance 1 and the density of a graph is not also its initial gain.

    Returns:
        Arrays by torch's parameter names, then `readout.weight` and `readout.bias`.

    Raises:
        InputError: An unknown `init`, or a block of the mask made for another size.
    """
    check_choice("init", init, INITS)
    draw = generator(rng)
    masks = {
        name: block.cpu().numpy()
        for name, block in parameter_masks(mask, input_size, output_size).items()
    }
    values = {}
    for name, shape in parameter_shapes(mask, input_size, output_size).items():
        fan = (
            shape[-1]
            if name == READOUT_WEIGHT
            else mask.hidden_size * (mask.num_directions if name == READOUT_BIAS else 1)
        )
        bound: float | NDArray[np.float64] = fan**-0.5
        if init == "fan_in" and name.startswith("weight_hh"):
            bound = np.sqrt(3 / masks[name].sum(axis=1, keepdims=True).clip(min=1))
        values[name] = draw.uniform(-1.0, 1.0, shape) * bound
        if name in masks:
            values[name] = np.where(masks[name], values[name], 0.0)
    return values


def parameter_shapes(
    mask: RecurrentMask, input_size: int, output_size: int
) -> dict[str, tuple[int, ...]]:
    """Shape of every parameter, in the order in which they are drawn."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, shape in _weight_shapes(mask, input_size).items():
        shapes[name] = shape
        if name.startswith("weight_hh"):
            shapes[name.replace("weight_hh", "bias_ih")] = shape[:1]
            shapes[name.replace("weight_hh", "bias_hh")] = shape[:1]
    shapes[READOUT_WEIGHT] = (output_size, mask.hidden_size * mask.num_directions)
    shapes[READOUT_BIAS] = (output_size,)
    return shapes


def _weight_shapes(mask: RecurrentMask, input_size: int) -> dict[str, tuple[int, int]]:
    """Shape of each recurrent weight, in the order of `torch.nn.RNNBase.named_parameters`."""
    rows = len(GATES[mask.cell]) * mask.hidden_size
    outputs_below = mask.hidden_size * mask.num_directions
    shapes = {}
    for name in mask.hidden:
        columns = input_size if "_l0" in name else outputs_below
        shapes[name.replace("_hh_", "_ih_")] = (rows, columns)
        shapes[name] = (rows, mask.hidden_size)
    return shapes
