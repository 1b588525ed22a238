"""A network in one safetensors file: weights, masks and what is needed to build it again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from rnngraph._files import as_path, write_atomically
from rnngraph.errors import FileError, InputError
from rnngraph.masks import LayeredMask, RecurrentMask
from rnngraph.masks.layered import LayeredCell
from rnngraph.nn.graph_rnn import GraphRNN
from rnngraph.nn.layered_rnn import LayeredRNN


def save_model(model: GraphRNN | LayeredRNN, path: str | Path) -> None:
    """Write a network to a safetensors file; an existing file is replaced as a whole.

    Args:
        model: Network on any device.
        path: File to write.

    Raises:
        InputError: `model` is something else.
        FileError: The file cannot be written.
    """
    if not isinstance(model, GraphRNN | LayeredRNN):
        raise InputError(f"`model` must be a GraphRNN or a LayeredRNN; got {type(model).__name__}.")
    shape = {
        "cell": model.cell,
        "input_size": model.input_size,
        "output_size": model.output_size,
        **(_layered_shape(model.mask) if isinstance(model, LayeredRNN) else _flat_shape(model)),
    }
    tensors = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    metadata = {"format": _format(type(model)), "model": json.dumps(shape)}
    write_atomically(path, serialize(tensors, metadata=metadata))


def load_model(path: str | Path) -> GraphRNN | LayeredRNN:
    """Read a network that `save_model` wrote; nothing in the file is executed.

    Raises:
        FileError: Not such a file, or a damaged one.
    """
    path = as_path(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FileError(f"`path` must name a safetensors file; got {path}: {error}.") from error
    rebuilt = _REBUILT.get(metadata.get("format", ""))
    if rebuilt is None:
        raise FileError(
            f"`path` must name a file written by save_model ({' or '.join(_REBUILT)}); "
            f"{path} says {metadata.get('format')!r}."
        )
    try:
        shape = json.loads(metadata["model"])
        sizes = (shape.pop("input_size"), shape.pop("output_size"))
        return rebuilt(shape, sizes, tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FileError(
            f"`path` must name a whole file; {path} does not fit together: "
            f"{type(error).__name__}: {error}."
        ) from error


def _flat_shape(model: GraphRNN) -> dict[str, object]:
    return {
        "hidden_size": model.rnn.hidden_size,
        "num_layers": model.rnn.num_layers,
        "bidirectional": model.rnn.bidirectional,
    }


def _layered_shape(mask: LayeredMask) -> dict[str, object]:
    return {
        "layers": mask.layers,
        "embedding_size": mask.embedding_size,
        "cells": [(part.source, part.target) for part in mask.cells],
    }


def _rebuilt_flat(
    shape: dict[str, Any], sizes: tuple[int, int], tensors: dict[str, Tensor]
) -> GraphRNN:
    masks = {
        name.replace("mask_", "weight_"): tensor
        for name, tensor in tensors.items()
        if name.startswith("mask_")
    }
    mask = RecurrentMask(
        hidden={name: block for name, block in masks.items() if "_hh_" in name},
        input={name: block for name, block in masks.items() if "_ih_" in name},
        readout=tensors["mask_readout"],
        **shape,
    )
    model = GraphRNN(mask, *sizes, rng=0, dtype=tensors["readout.weight"].dtype)
    model.load_state_dict(tensors)
    return model


def _rebuilt_layered(
    shape: dict[str, Any], sizes: tuple[int, int], tensors: dict[str, Tensor]
) -> LayeredRNN:
    cells = []
    for source, target in shape["cells"]:
        name = LayeredCell.name_of(source, target)
        cells.append(
            LayeredCell(source, target, tensors[f"mask_ih_{name}"], tensors[f"mask_hh_{name}"])
        )
    layers = tuple(tuple(layer) for layer in shape["layers"])
    mask = LayeredMask(shape["cell"], layers, shape["embedding_size"], tuple(cells))
    model = LayeredRNN(mask, *sizes, rng=0, dtype=tensors["readout.weight"].dtype)
    model.load_state_dict(tensors)
    return model


def _format(model: type[GraphRNN | LayeredRNN]) -> str:
    return f"rnngraph.{model.__name__}/1"


_REBUILT: dict[str, Callable[..., GraphRNN | LayeredRNN]] = {
    _format(GraphRNN): _rebuilt_flat,
    _format(LayeredRNN): _rebuilt_layered,
}
