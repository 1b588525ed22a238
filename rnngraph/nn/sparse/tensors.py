"""Weights of a sparse network as tensors by name, places in few bits, and back."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor

from rnngraph._check import check_choice, check_int
from rnngraph._types import CELLS
from rnngraph.nn.sparse.encoding import decode_places, encode_places
from rnngraph.nn.sparse.matrix import VALUES, SparseMatrix, starts
from rnngraph.nn.sparse.weights import Shape, Weights, bias_name


def shape_text(shape: Shape) -> str:
    """What a network consists of, as JSON."""
    return json.dumps(asdict(shape))


def as_tensors(weights: Weights) -> dict[str, Tensor]:
    """Numbers, places and scales of every matrix, and biases, by name."""
    tensors = dict(weights.biases)
    for name, matrix in weights.matrices.items():
        places = (matrix.rows() * matrix.shape[1] + matrix.column).numpy()
        low, high = encode_places(places, math.prod(matrix.shape))
        tensors[f"{name}.numbers"] = matrix.numbers
        tensors[f"{name}.low"], tensors[f"{name}.high"] = map(torch.from_numpy, (low, high))
        if weights.shape.values == "int8":
            tensors[f"{name}.scale"] = matrix.scale
    return tensors


def from_tensors(text: str, tensors: Mapping[str, Tensor]) -> Weights:
    """Weights of what `shape_text` and `as_tensors` gave.

    Raises:
        KeyError: A tensor is missing.
        TypeError: What the text holds is of another type.
        ValueError: What does not fit together.
    """
    shape = _shape(text)
    matrices, biases = {}, {}
    for name, (rows, columns) in shape.blocks():
        bias = checked(tensors, bias_name(name), torch.float32, (rows,))
        numbers = checked(tensors, f"{name}.numbers", VALUES[shape.values], (None,))
        low, high = (
            checked(tensors, f"{name}.{part}", torch.uint8, (None,)).numpy()
            for part in ("low", "high")
        )
        row, column = np.divmod(decode_places(low, high, len(numbers), rows * columns), columns)
        scale = torch.ones(rows)
        if shape.values == "int8":
            scale = checked(tensors, f"{name}.scale", torch.float32, (rows,))
        start = starts(torch.from_numpy(row), rows)
        place = torch.from_numpy(column.astype(np.int32))
        matrices[name] = SparseMatrix((rows, columns), start, place, numbers, scale)
        biases[bias_name(name)] = bias
    return Weights(shape, matrices, biases)


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


def checked(
    tensors: Mapping[str, Tensor], name: str, dtype: torch.dtype, shape: tuple[int | None, ...]
) -> Tensor:
    """One of the tensors, if it is of a type and a shape, None for any size."""
    tensor = tensors[name]
    fits = tensor.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, tensor.shape, strict=True)
    )
    if tensor.dtype != dtype or not fits:
        raise ValueError(f"{name} is {tensor.dtype} of shape {tuple(tensor.shape)}")
    return tensor
