"""What a gated network consists of, by name, and its first values."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._check import check_bool, check_choice, check_int, hint
from rnngraph._machine import total_memory
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.masks import GATES
from rnngraph.sparsify.scan import N_STATES, GatedCell, State

FACTORS: Final = ("inputs", "gates", "units")
"""What a factor can stand on: input channels or tokens, gates of a layer, units of a layer."""


@dataclass(frozen=True)
class Shape:
    """A network: an embedding if wanted, gated layers, and a linear readout if wanted.

    Attributes:
        cell: "lstm" or "gru".
        input_size: Tokens of the vocabulary, or channels of dense inputs.
        units: Hidden units n of every layer.
        output_size: Outputs of the readout; 0: none, the states of the last layer are the outputs.
        embedding: Width of the tokens' embedding; 0: none, a token is a column of the first layer's
            weights, as if it were one-hot.
        layers: Number of stacked layers.
        dense: Whether inputs are numbers and not tokens.

    Raises:
        InputError: An unknown cell, a size below its least, an embedding of dense inputs, or
            `dense` that is no bool.
    """

    cell: GatedCell
    input_size: int
    units: int
    output_size: int = 0
    embedding: int = 0
    layers: int = 1
    dense: bool = False

    def __post_init__(self) -> None:
        check_choice("cell", self.cell, tuple(N_STATES))
        for name in ("input_size", "units", "layers"):
            check_int(name, getattr(self, name), 1)
        check_bool("dense", self.dense)
        check_int("output_size", self.output_size, 0)
        check_int("embedding", self.embedding, 0, 0 if self.dense else math.inf)

    @property
    def gates(self) -> tuple[str, ...]:
        """Names of the cell's gates, in torch's order."""
        return GATES[self.cell]

    def sources(self, layer: int) -> int:
        """Number of what a layer reads: embedded or plain inputs, or units of the layer below."""
        return self.units if layer else self.embedding or self.input_size

    def matrices(self) -> dict[str, tuple[int, int]]:
        """Shape of every matrix, rows = target; of the embedding, rows = tokens."""
        rows = len(self.gates) * self.units
        found = {"embedding": (self.input_size, self.embedding)} if self.embedding else {}
        for layer in range(self.layers):
            found[f"weight_ih_l{layer}"] = (rows, self.sources(layer))
            found[f"weight_hh_l{layer}"] = (rows, self.units)
        if self.output_size:
            found["readout"] = (self.output_size, self.units)
        return found

    def biases(self) -> dict[str, int]:
        """Length of every bias; each gate has one."""
        found = {f"bias_l{k}": len(self.gates) * self.units for k in range(self.layers)}
        return {**found, "readout_bias": self.output_size} if self.output_size else found

    def factors(self) -> dict[str, int]:
        """Length of every factor: of the inputs, and of the gates and units of each layer."""
        found = {"inputs": self.input_size}
        for layer in range(self.layers):
            found[f"gates_l{layer}"] = len(self.gates) * self.units
            found[f"units_l{layer}"] = self.units
        return found

    def first_state(self, batch: int, like: Tensor) -> list[State]:
        """States of 0, layer by layer."""
        zeros = like.new_zeros(batch, self.units)
        return [(zeros,) * N_STATES[self.cell] for _ in range(self.layers)]


def initial_values(shape: Shape, *, rng: RNG) -> dict[str, Tensor]:
    """First values of matrices and biases, float32.

    Embeddings are normal with a standard deviation of 0.1, input weights and readout uniform by
    Glorot & Bengio (2010), each gate's hidden weights orthogonal by Saxe et al. (2014); biases are
    0, of an LSTM's forget gate 1 (Jozefowicz et al. 2015).

    Raises:
        InputError: `shape` is none, or the network, with what training keeps of it, does not fit
            into memory.
    """
    check_shape(shape)
    _check_fits(shape)
    draw = generator(rng)
    values = {
        name: torch.from_numpy(np.concatenate(list(_blocks(shape, name, size, draw))))
        for name, size in shape.matrices().items()
    }
    values |= {name: torch.zeros(length) for name, length in shape.biases().items()}
    if shape.cell == "lstm":
        forget = shape.gates.index("f") * shape.units
        for layer in range(shape.layers):
            values[f"bias_l{layer}"][forget : forget + shape.units] = 1
    return values


def check_shape(shape: object) -> None:
    """Check that something says what a network consists of.

    Raises:
        InputError: It is no `Shape`.
    """
    if not isinstance(shape, Shape):
        raise InputError(
            f"`shape` must be a Shape, as a network's `shape` is; got {type(shape).__name__}."
        )


def check_parts(
    argument: str, what: str, parts: Mapping[str, Tensor], sizes: Mapping[str, tuple[int, ...]]
) -> None:
    """Check tensors by name against those that a network has; some may be missing.

    Args:
        argument: How the error calls them.
        what: What they are, such as "factors".
        parts: The tensors.
        sizes: Shape of each that the network has.

    Raises:
        InputError: An unknown name, no tensor, or another shape.
    """
    for name, own in parts.items():
        if name not in sizes:
            raise InputError(
                f"`{argument}` must have {what} of the network's shape, {', '.join(sizes)}; got "
                f"{name!r}.{hint(name, sizes)}"
            )
        if not isinstance(own, Tensor):
            raise InputError(
                f"`{argument}` must hold tensors; {name!r} is of type {type(own).__name__}."
            )
        if own.shape != sizes[name]:
            raise InputError(
                f"`{argument}` must be of the network's shape; {name!r} must be of shape "
                f"{sizes[name]}, got {tuple(own.shape)}."
            )


def _check_fits(shape: Shape) -> None:
    """Check weights, their gradients and two moments in float32 against the machine's memory."""
    n_weights = sum(rows * columns for rows, columns in shape.matrices().values())
    need, have = 4.0 * 4 * n_weights, total_memory()
    if need > have:
        raise InputError(
            f"`shape` must be of a network that fits into memory; {n_weights:.3g} weights need "
            f"{need / 2**30:.3g} GiB to train, and there are {have / 2**30:.3g} GiB."
        )


def _blocks(
    shape: Shape, name: str, size: tuple[int, int], draw: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """Blocks of a matrix from top to bottom: one a gate, or the whole."""
    if name == "embedding":
        yield draw.normal(0, 0.1, size).astype(np.float32)
    elif name == "readout":
        yield _glorot(size, draw)
    else:
        for _ in shape.gates:
            rows = (shape.units, size[1])
            yield _orthogonal(rows[0], draw) if "_hh_" in name else _glorot(rows, draw)


def _glorot(size: tuple[int, int], draw: np.random.Generator) -> NDArray[np.float32]:
    bound = np.sqrt(6 / sum(size))
    return draw.uniform(-bound, bound, size).astype(np.float32)


def _orthogonal(n: int, draw: np.random.Generator) -> NDArray[np.float32]:
    q, r = np.linalg.qr(draw.normal(size=(n, n)))
    # Signs of the diagonal, so that every orthogonal matrix is equally likely.
    signed: NDArray[np.float64] = q * np.sign(np.diagonal(r))
    return signed.astype(np.float32)
