"""Names, shapes and first values of a layered network's parameters, as in `parameters`."""

import numpy as np
import torch
from numpy.typing import NDArray

from rnngraph._check import check_choice
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.masks import LayeredMask
from rnngraph.masks.layered import OUTSIDE
from rnngraph.nn.parameters import INITS, READOUT_BIAS, READOUT_WEIGHT


def initial_parameters(
    mask: LayeredMask, input_size: int, output_size: int, *, rng: RNG, init: str = "torch"
) -> dict[str, NDArray[np.float64]]:
    """First values of all parameters of a `LayeredRNN`, by name: 0 where masked.

    Source: the `reset_parameters` of torch.nn.RNNBase, torch.nn.Embedding and torch.nn.Linear; for
    "fan_in" see `initial_parameters`.
    """
    check_choice("init", init, INITS)
    draw = generator(rng)
    masks = parameter_masks(mask, input_size, output_size)
    live = {name: block.cpu().numpy() for name, block in masks.items()}
    units = {f"cells.{part.name}": len(mask.layers[part.target]) for part in mask.cells}
    values = {}
    for name, shape in parameter_shapes(mask, input_size, output_size).items():
        if name == "embedding.weight":
            values[name] = draw.standard_normal(shape)
            continue
        n = units.get(name.rpartition(".")[0], len(mask.layers[-1]))
        bound: float | NDArray[np.float64] = n**-0.5
        if init == "fan_in" and "weight_hh" in name:
            bound = np.sqrt(3 / live[name].sum(axis=1, keepdims=True).clip(min=1))
        values[name] = draw.uniform(-1, 1, shape) * bound * live.get(name, 1)
    return values


def parameter_shapes(
    mask: LayeredMask, input_size: int, output_size: int
) -> dict[str, tuple[int, ...]]:
    """Shape of every parameter of a `LayeredRNN`, in the order in which they are drawn."""
    shapes: dict[str, tuple[int, ...]] = {}
    if mask.embedding_size:
        shapes["embedding.weight"] = (input_size, mask.embedding_size)
    for name, block in parameter_masks(mask, input_size, output_size).items():
        shapes[name] = tuple(block.shape)
        if "weight_hh" in name:
            shapes[name.replace("weight_hh", "bias_ih")] = shapes[name][:1]
            shapes[name.replace("weight_hh", "bias_hh")] = shapes[name][:1]
    shapes[READOUT_BIAS] = (output_size,)
    return shapes


def parameter_masks(
    mask: LayeredMask, input_size: int, output_size: int
) -> dict[str, torch.Tensor]:
    """Boolean mask of every masked parameter, at its full shape, by its name."""
    masks = {}
    for part in mask.cells:
        width = part.input.shape[1]
        if part.source == OUTSIDE and not mask.embedding_size:
            width = input_size
        name = f"cells.{part.name}.weight"
        masks[f"{name}_ih_l0"] = part.input.expand(len(part.hidden), width)
        masks[f"{name}_hh_l0"] = part.hidden
    masks[READOUT_WEIGHT] = torch.ones(output_size, len(mask.layers[-1]), dtype=torch.bool)
    return masks


def n_live_parameters(mask: LayeredMask, input_size: int, output_size: int) -> int:
    """Number of parameters of a `LayeredRNN` that are not masked, biases included."""
    weights = sum(int(m.sum()) for m in parameter_masks(mask, input_size, output_size).values())
    biases = sum(2 * len(part.hidden) for part in mask.cells) + output_size
    return weights + biases + input_size * mask.embedding_size
