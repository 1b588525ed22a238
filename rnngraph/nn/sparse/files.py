"""A sparse network in one safetensors file."""

from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from rnngraph._files import write_atomically
from rnngraph.errors import FileError, InputError
from rnngraph.nn.sparse.graph import SparseGraphRNN
from rnngraph.nn.sparse.module import SparseRNN
from rnngraph.nn.sparse.tensors import as_tensors, checked, from_tensors, shape_text
from rnngraph.nn.sparse.weights import Shape

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
    tensors = as_tensors(rnn.weights)
    if isinstance(module, SparseGraphRNN):
        readout = (module.readout_weight, module.readout_bias)
        tensors |= {name: part.cpu() for name, part in zip(_READOUT, readout, strict=True)}
    metadata = {"format": _FORMAT, "network": shape_text(rnn.weights.shape)}
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
        weights = from_tensors(metadata["network"], tensors)
        readout = _readout(weights.shape, tensors)
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(
            f"`path` must name a whole file; {path} does not fit together: "
            f"{type(error).__name__}: {error}."
        ) from error
    rnn = SparseRNN(weights, backend)
    return rnn if readout is None else SparseGraphRNN(rnn, *readout)


def _readout(shape: Shape, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor] | None:
    if not set(_READOUT) & set(tensors):
        return None
    weight, bias = _READOUT
    width = shape.directions * shape.hidden_size
    numbers = checked(tensors, weight, torch.float32, (None, width))
    return numbers, checked(tensors, bias, torch.float32, (len(numbers),))
