"""A sparse network in one safetensors file."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from rnngraph._check import check_choice, check_int
from rnngraph._files import write_atomically
from rnngraph._types import CELLS
from rnngraph.errors import FileError, InputError
from rnngraph.nn.sparse.encoding import decode_places, encode_places
from rnngraph.nn.sparse.graph import SparseGraphRNN
from rnngraph.nn.sparse.matrix import VALUES, SparseMatrix, starts
from rnngraph.nn.sparse.module import SparseRNN
from rnngraph.nn.sparse.weights import Shape, Weights, bias_name

_FORMAT: Final = "rnngraph.SparseRNN/1"
_READOUT: Final = ("readout.weight", "readout.bias")


def save_sparse(module: SparseRNN | SparseGraphRNN, path: str | Path) -> None:
    """Write a sparse network to a safetensors file; an existing file is replaced as a whole.

    A weight takes 4, 2 or 1 bytes (float32, bfloat16, int8) and its place 5.25 bits at 90 %
    sparsity, whatever the pattern. Beside the dense float32 weights that is 8.6, 15 or 24 times
    smaller, at 95 % 16.7, 28 or 45 times. Biases and a readout are dense float32, and int8 needs a
    scale a row, which count in networks of few units.

    Args:
        module: What `compact` returned.
        path: File to write.

    Raises:
        InputError: `module` is something else.
        FileError: The file cannot be written.
    """
    if not isinstance(module, SparseRNN | SparseGraphRNN):
        raise InputError(f"`module` must be what compact returned; got {type(module).__name__}.")
    rnn = module if isinstance(module, SparseRNN) else module.rnn
    tensors = dict(rnn.weights.biases)
    for name, matrix in rnn.weights.matrices.items():
        places = (matrix.rows() * matrix.shape[1] + matrix.column).numpy()
        low, high = encode_places(places, math.prod(matrix.shape))
        tensors[f"{name}.numbers"] = matrix.numbers
        tensors[f"{name}.low"], tensors[f"{name}.high"] = map(torch.from_numpy, (low, high))
        if rnn.values == "int8":
            tensors[f"{name}.scale"] = matrix.scale
    if isinstance(module, SparseGraphRNN):
        readout = (module.readout_weight, module.readout_bias)
        tensors |= {name: part.cpu() for name, part in zip(_READOUT, readout, strict=True)}
    metadata = {"format": _FORMAT, "network": json.dumps(asdict(rnn.weights.shape))}
    write_atomically(path, serialize(tensors, metadata=metadata))


def load_sparse(path: str | Path, *, backend: str = "auto") -> SparseRNN | SparseGraphRNN:
    """Read a network that `save_sparse` wrote; nothing in the file is executed.

    Args:
        path: File to read.
        backend: Who is to run it; see `compact`.

    Raises:
        FileError: Not such a file, or a damaged one.
        InputError: An unknown `backend`, or one that cannot be had.
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
            f"`path` must name a file written by save_sparse ({_FORMAT}); "
            f"{path} says {metadata.get('format')!r}."
        )
    try:
        weights = _weights(_shape(metadata["network"]), tensors)
        readout = _readout(weights.shape, tensors)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(
            f"`path` must name a whole file; {path} does not fit together: "
            f"{type(error).__name__}: {error}."
        ) from error
    rnn = SparseRNN(weights, backend)
    return rnn if readout is None else SparseGraphRNN(rnn, *readout)


def _shape(text: str) -> Shape:
    shape = Shape(**json.loads(text))
    check_choice("cell", shape.cell, CELLS)
    check_choice("values", shape.values, VALUES)
    for name in ("input_size", "hidden_size", "num_layers"):
        check_int(name, getattr(shape, name), 1)
    for name in ("bidirectional", "batch_first"):
        if not isinstance(getattr(shape, name), bool):
            raise TypeError(f"{name} must be true or false")
    return shape


def _weights(shape: Shape, tensors: dict[str, Tensor]) -> Weights:
    matrices, biases = {}, {}
    for name, (rows, columns) in shape.blocks():
        bias = _checked(tensors, bias_name(name), torch.float32, (rows,))
        numbers = _checked(tensors, f"{name}.numbers", VALUES[shape.values], (None,))
        low, high = (
            _checked(tensors, f"{name}.{part}", torch.uint8, (None,)).numpy()
            for part in ("low", "high")
        )
        row, column = np.divmod(decode_places(low, high, len(numbers), rows * columns), columns)
        scale = torch.ones(rows)
        if shape.values == "int8":
            scale = _checked(tensors, f"{name}.scale", torch.float32, (rows,))
        start = starts(torch.from_numpy(row), rows)
        place = torch.from_numpy(column.astype(np.int32))
        matrices[name] = SparseMatrix((rows, columns), start, place, numbers, scale)
        biases[bias_name(name)] = bias
    return Weights(shape, matrices, biases)


def _readout(shape: Shape, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor] | None:
    if not set(_READOUT) & set(tensors):
        return None
    weight, bias = _READOUT
    width = shape.directions * shape.hidden_size
    numbers = _checked(tensors, weight, torch.float32, (None, width))
    return numbers, _checked(tensors, bias, torch.float32, (len(numbers),))


def _checked(
    tensors: dict[str, Tensor], name: str, dtype: torch.dtype, shape: tuple[int | None, ...]
) -> Tensor:
    tensor = tensors[name]
    fits = tensor.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, tensor.shape, strict=True)
    )
    if tensor.dtype != dtype or not fits:
        raise ValueError(f"{name} is {tensor.dtype} of shape {tuple(tensor.shape)}")
    return tensor
