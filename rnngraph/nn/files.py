"""A network in one safetensors file: weights, masks and what is needed to build it again."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from rnngraph._files import write_atomically
from rnngraph.errors import FileError
from rnngraph.masks import RecurrentMask
from rnngraph.nn.graph_rnn import GraphRNN

_FORMAT = "rnngraph.GraphRNN/1"


def save_model(model: GraphRNN, path: str | Path) -> None:
    """Write a network to a safetensors file; an existing file is replaced as a whole.

    Args:
        model: Network on any device.
        path: File to write.

    Raises:
        FileError: The file cannot be written.
    """
    shape = {
        "cell": model.cell,
        "input_size": model.input_size,
        "output_size": model.output_size,
        "hidden_size": model.rnn.hidden_size,
        "num_layers": model.rnn.num_layers,
        "bidirectional": model.rnn.bidirectional,
    }
    tensors = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    metadata = {"format": _FORMAT, "model": json.dumps(shape)}
    write_atomically(path, serialize(tensors, metadata=metadata))


def load_model(path: str | Path) -> GraphRNN:
    """Read a network that `save_model` wrote; nothing in the file is executed.

    Raises:
        FileError: Not such a file, or a damaged one.
    """
    path = Path(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FileError(f"`path` must name a safetensors file; got {path}: {error}.") from error
    if metadata.get("format") != _FORMAT:
        raise FileError(
            f"`path` must name a file written by save_model ({_FORMAT}); "
            f"{path} says {metadata.get('format')!r}."
        )
    try:
        return _rebuilt(json.loads(metadata["model"]), tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FileError(
            f"`path` must name a whole file; {path} does not fit together: "
            f"{type(error).__name__}: {error}."
        ) from error


def _rebuilt(shape: dict[str, Any], tensors: dict[str, Tensor]) -> GraphRNN:
    """Build the network of a shape and put the tensors of its state dict into it."""
    sizes = (shape.pop("input_size"), shape.pop("output_size"))
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
