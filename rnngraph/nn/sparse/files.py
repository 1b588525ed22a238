"""A sparse network in one safetensors file."""

import json
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from rnngraph._files import as_path, write_atomically
from rnngraph.errors import FileError, InputError
from rnngraph.nn.sparse.checksum import checksum
from rnngraph.nn.sparse.graph import SparseGraphRNN
from rnngraph.nn.sparse.layered import SparseLayeredRNN
from rnngraph.nn.sparse.layered_tensors import layered_tensors, layered_text, layered_weights
from rnngraph.nn.sparse.module import SparseRNN
from rnngraph.nn.sparse.tensors import as_tensors, checked, from_tensors, shape_text
from rnngraph.nn.sparse.weights import Shape

_FORMAT: Final = "rnngraph.SparseRNN/2"
_READOUT: Final = ("readout.weight", "readout.bias")


def save_sparse(module: SparseRNN | SparseGraphRNN | SparseLayeredRNN, path: str | Path) -> None:
    """Write a sparse network to a safetensors file; an existing file is replaced as a whole.

    A weight takes 4, 2 or 1 bytes (float32, bfloat16, int8) and its place 5.25 bits at 90 %
    sparsity, whatever the pattern. Beside the dense float32 weights that is 8.6, 15 or 24 times
    smaller, at 95 % 16.7, 28 or 45 times. Biases, an embedding and a readout are dense float32, and
    int8 needs a scale a row, which count in networks of few units. A SHA-256 of it all is kept
    beside them, by which `load_sparse` tells whether the file is undamaged.

    Args:
        module: What `compact` returned.
        path: File to write.

    Raises:
        InputError: `module` is something else.
        FileError: The file cannot be written.
    """
    if isinstance(module, SparseLayeredRNN):
        network, tensors = layered_text(module), layered_tensors(module)
    elif isinstance(module, SparseRNN | SparseGraphRNN):
        rnn = module if isinstance(module, SparseRNN) else module.rnn
        network, tensors = shape_text(rnn.weights.shape), as_tensors(rnn.weights)
    else:
        raise InputError(f"`module` must be what compact returned; got {type(module).__name__}.")
    if not isinstance(module, SparseRNN):
        readout = (module.readout_weight, module.readout_bias)
        tensors |= {name: part.cpu() for name, part in zip(_READOUT, readout, strict=True)}
    metadata = {"format": _FORMAT, "network": network, "sha256": checksum(network, tensors)}
    write_atomically(path, serialize(tensors, metadata=metadata))


def load_sparse(
    path: str | Path, *, backend: str = "auto"
) -> SparseRNN | SparseGraphRNN | SparseLayeredRNN:
    """Read a network that `save_sparse` wrote; nothing in the file is executed.

    A file of which a bit was changed is refused, and so are those of the first format
    (rnngraph.SparseRNN/1), which have no checksum by which to tell: make them anew by `compact`.

    Args:
        path: File to read.
        backend: Who is to run it; see `compact`.

    Raises:
        FileError: Not such a file, or a damaged one.
        InputError: An unknown `backend`, or one that cannot be had.
    """
    path = as_path(path)
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
    network = metadata.get("network", "")
    found, written = checksum(network, tensors), metadata.get("sha256")
    if found != written:
        raise FileError(
            f"`path` must name an undamaged file; what {path} holds has the SHA-256 {found}, "
            f"but {written} was written."
        )
    try:
        parts = json.loads(network)
        if isinstance(parts, list):
            layered, embedding = layered_weights(parts, tensors)
            *_, last = layered.values()
        else:
            layered, embedding, last = None, None, from_tensors(network, tensors)
        readout = _readout(last.shape, tensors)
        if layered and readout is None:
            raise KeyError(_READOUT[0])
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(
            f"`path` must name a whole file; {path} does not fit together: "
            f"{type(error).__name__}: {error}."
        ) from error
    if layered and readout is not None:
        cells = {link: SparseRNN(weights, backend) for link, weights in layered.items()}
        return SparseLayeredRNN(cells, embedding, *readout)
    rnn = SparseRNN(last, backend)
    return rnn if readout is None else SparseGraphRNN(rnn, *readout)


def _readout(shape: Shape, tensors: dict[str, Tensor]) -> tuple[Tensor, Tensor] | None:
    if not set(_READOUT) & set(tensors):
        return None
    weight, bias = _READOUT
    width = shape.directions * shape.hidden_size
    numbers = checked(tensors, weight, torch.float32, (None, width))
    return numbers, checked(tensors, bias, torch.float32, (len(numbers),))
