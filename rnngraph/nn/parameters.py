"""Names, shapes and first values of a masked network's parameters, in torch's own words."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.masks import GATES, RecurrentMask

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
    weights = sum(int(m.sum()) for m in parameter_masks(mask, input_size, output_size).values())
    return weights + 2 * sum(len(block) for block in mask.hidden.values()) + output_size


def initial_parameters(
    mask: RecurrentMask, input_size: int, output_size: int, *, rng: RNG
) -> dict[str, NDArray[np.float64]]:
    """First values of all parameters: uniform in +-1/sqrt(hidden units), 0 where masked.

    The whole of each matrix is drawn, so that two masks of one size and one `rng` share the
    values of their common edges.

    Source: torch.nn.RNNBase.reset_parameters; torch.nn.Linear for the readout.

    Args:
        mask: Recurrent mask of n units in layers and directions.
        input_size: Number of input channels or tokens.
        output_size: Number of outputs.
        rng: Stream of this network.

    Returns:
        Arrays by torch's parameter names, then `readout.weight` and `readout.bias`.
    """
    draw = generator(rng)
    shapes: dict[str, tuple[int, ...]] = {}
    for name, weight_shape in _weight_shapes(mask, input_size).items():
        shapes[name] = weight_shape
        if name.startswith("weight_hh"):
            shapes[name.replace("weight_hh", "bias_ih")] = weight_shape[:1]
            shapes[name.replace("weight_hh", "bias_hh")] = weight_shape[:1]
    shapes[READOUT_WEIGHT] = (output_size, mask.hidden_size * mask.num_directions)
    shapes[READOUT_BIAS] = (output_size,)

    masks = parameter_masks(mask, input_size, output_size)
    values = {}
    for name, shape in shapes.items():
        fan = shapes[READOUT_WEIGHT][1] if name.startswith("readout") else mask.hidden_size
        values[name] = draw.uniform(-(fan**-0.5), fan**-0.5, shape)
        if name in masks:
            values[name] = np.where(masks[name].cpu().numpy(), values[name], 0.0)
    return values


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
