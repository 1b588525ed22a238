"""What is left of a sparsified network: its inputs, units, gates that are not constant, weights."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd
import torch
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.shape import Shape, check_parts, check_shape

_VALUE_BYTES = 4
_POINTER_BYTES = 4


@dataclass(frozen=True, eq=False)
class Structure:
    """The parts of a network that its outputs hang on, and how many weights they have.

    Attributes:
        shape: Of the whole network.
        weights: Matrices with the factors multiplied in and 0 for every weight without which the
            outputs are the same, and the biases, by name.
        inputs: Which input channels or tokens are read, (input_size,) bool. A token that is not
            acts like one of embedding 0.
        embedding: Which columns of the embedding are read, (embedding,) bool; empty without one.
        units: Which units lead to an output, by layer, (n,) bool.
        gates: Which gates of those units read anything, by layer, (gates, n) bool; the others are
            constant.
        constants: activation(bias) of every gate, by layer, (gates, n): what a constant one is.
    """

    shape: Shape
    weights: Mapping[str, Tensor] = field(repr=False)
    inputs: Tensor = field(repr=False)
    embedding: Tensor = field(repr=False)
    units: tuple[Tensor, ...] = field(repr=False)
    gates: tuple[Tensor, ...] = field(repr=False)
    constants: tuple[Tensor, ...] = field(repr=False)

    @property
    def n_weights(self) -> int:
        """Weights of all matrices that are left; biases do not count."""
        return sum(int(self.weights[name].count_nonzero()) for name in self.shape.matrices())

    @property
    def compression(self) -> float:
        """All weights over those that are left; infinite if none is."""
        left = self.n_weights
        return _all_weights(self.shape) / left if left else float("inf")

    @property
    def compression_with_indices(self) -> float:
        """Bytes of all weights in float32 over those of what is left, by compressed rows.

        A weight takes 4 bytes and the index of its column 1, 2 or 4, whatever can name all
        columns. A row that has weights takes 4 for where it ends, and every row (of the embedding:
        every token) a bit that says whether it has. Biases do not count.
        """
        size = 0
        for name, (rows, columns) in self.shape.matrices().items():
            index = 1 if columns <= 2**8 else 2 if columns <= 2**16 else 4
            left = self.weights[name] != 0
            size += int(left.sum()) * (_VALUE_BYTES + index)
            size += int(left.any(1).sum()) * _POINTER_BYTES + math.ceil(rows / 8)
        return _all_weights(self.shape) * _VALUE_BYTES / size

    def summary(self) -> dict[str, float]:
        """Numbers of a row of a table.

        weights, compression, compression_with_indices; inputs, embedding and units that are left;
        gates: those of these units that are not constant; constant_share: share of these units'
        gates that are constant, NaN where no unit is left.
        """
        units = sum(int(units.sum()) for units in self.units)
        gates = sum(int(gates.sum()) for gates in self.gates)
        every = units * len(self.shape.gates)
        return {
            "weights": self.n_weights,
            "compression": self.compression,
            "compression_with_indices": self.compression_with_indices,
            "inputs": int(self.inputs.sum()),
            "embedding": int(self.embedding.sum()),
            "units": units,
            "gates": gates,
            "constant_share": 1 - gates / every if every else float("nan"),
        }

    def gate_table(self) -> pd.DataFrame:
        """A row a gate of every unit that is left: layer, unit, gate, constant, value.

        `value` is what a constant gate always is, and NaN for the others.
        """
        rows = []
        for layer, units in enumerate(self.units):
            for unit in units.nonzero().flatten().tolist():
                for k, gate in enumerate(self.shape.gates):
                    constant = not bool(self.gates[layer][k, unit])
                    value = float(self.constants[layer][k, unit]) if constant else float("nan")
                    rows.append((layer, unit, gate, constant, value))
        table = pd.DataFrame(rows, columns=["layer", "unit", "gate", "constant", "value"])
        return table.astype({"layer": int, "unit": int, "constant": bool, "value": float})


@torch.no_grad()
def structure_of(shape: Shape, values: Values) -> Structure:
    """Find what a network's outputs hang on.

    A unit is left if it is read by the readout, or by a gate of a unit that is left; where there is
    no readout, if it is in the last layer and its factor is not 0. A gate is constant if all its
    weights are 0. So is the reset gate of a GRU's unit whose gate n reads no hidden unit: what it
    multiplies is 0.

    Source: the bookkeeping of Lobacheva et al. (2020), for LSTMs; units that only lead to each
    other, which they keep, are dropped here.

    Args:
        shape: What the network consists of.
        values: What it computes with in use: factors of shape (size,), no `spread`.

    Raises:
        InputError: `values` are those of a training pass, of another shape or not finite.
    """
    weights = with_factors(shape, values)
    units: list[Tensor] = [torch.empty(0)] * shape.layers
    if shape.embedding:
        filled = (weights["embedding"] != 0).any(0)
        weights["weight_ih_l0"] = weights["weight_ih_l0"] * filled
    wanted = (weights["readout" if shape.output_size else "outputs"] != 0).reshape(-1, shape.units)
    wanted = wanted.any(0)
    for layer in reversed(range(shape.layers)):
        below, own = f"weight_ih_l{layer}", f"weight_hh_l{layer}"
        if shape.cell == "gru":
            used = _used_rows(weights[own])
            weights[below], weights[own] = weights[below] * used, weights[own] * used
        units[layer] = _reaching(wanted, weights[own] != 0)
        rows = units[layer].repeat(len(shape.gates)).unsqueeze(1)
        weights[below], weights[own] = weights[below] * rows, weights[own] * rows
        wanted = (weights[below] != 0).any(0)
    if shape.embedding:
        weights["embedding"] = weights["embedding"] * wanted
    sizes = (len(shape.gates), shape.units)
    gates = tuple(
        _reads(weights[f"weight_ih_l{layer}"], weights[f"weight_hh_l{layer}"]).reshape(sizes)
        for layer in range(shape.layers)
    )
    constants = tuple(
        _activations(shape, weights[f"bias_l{layer}"].reshape(sizes))
        for layer in range(shape.layers)
    )
    return Structure(
        shape=shape,
        weights=weights,
        inputs=(weights["embedding"] != 0).any(1) if shape.embedding else wanted,
        embedding=wanted if shape.embedding else wanted[:0],
        units=tuple(units),
        gates=gates,
        constants=constants,
    )


def with_factors(shape: Shape, values: Values) -> dict[str, Tensor]:
    """Matrices with the factors multiplied in, and biases: the same network without factors.

    Where there is no readout, "outputs" are the factors of the last layer's units.

    Raises:
        InputError: `values` are those of a training pass, of another shape or not finite.
    """
    check_in_use(shape, values)
    # Copies, so that what is made of them stays as it is when the network is fitted further.
    weights = {name: value.clone() for name, value in values.weights.items()}

    def scale(name: str, factor: str, *, rows: bool) -> None:
        if (by := values.factors.get(factor)) is not None and name in weights:
            weights[name] = weights[name] * (by.unsqueeze(1) if rows else by)

    first = "embedding" if shape.embedding else "weight_ih_l0"
    scale(first, "inputs", rows=bool(shape.embedding))
    for layer in range(shape.layers):
        for part in ("ih", "hh"):
            scale(f"weight_{part}_l{layer}", f"gates_l{layer}", rows=True)
        above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
        for reader in (f"weight_hh_l{layer}", above):
            scale(reader, f"units_l{layer}", rows=False)
    if not shape.output_size:
        some = weights["weight_hh_l0"]
        last = values.factors.get(f"units_l{shape.layers - 1}")
        weights["outputs"] = some.new_ones(shape.units) if last is None else last
    return weights


def check_in_use(shape: Shape, values: Values) -> None:
    """Check that values are what a network of a shape computes with in use.

    Raises:
        InputError: They are those of a training pass, of another shape or not finite; or `shape`
            is none.
    """
    check_shape(shape)
    if not isinstance(values, Values):
        raise InputError(
            "`values` must be Values, as a network's `means()` returns; got "
            f"{type(values).__name__}."
        )
    if values.spread is not None or any(
        isinstance(factor, Tensor) and factor.ndim > 1 for factor in values.factors.values()
    ):
        raise InputError(
            "`values` must be what a network computes with in use, as `means()` returns; got "
            "factors or a readout with noise."
        )
    weights: dict[str, tuple[int, ...]] = dict(shape.matrices())
    weights |= {name: (length,) for name, length in shape.biases().items()}
    for name in weights:
        if name not in values.weights:
            raise InputError(f"`values` must be of the network's shape; {name!r} is missing.")
    factors = {name: (length,) for name, length in shape.factors().items()}
    check_parts("values", "weights", values.weights, weights)
    check_parts("values", "factors", values.factors, factors)
    for name, own in {**values.weights, **values.factors}.items():
        if not bool(own.isfinite().all()):
            raise InputError(f"`values` must be finite; {name!r} is not.")


def _reaching(wanted: Tensor, links: Tensor) -> Tensor:
    """Units that are wanted, or read by a gate of one that is."""
    n = len(wanted)
    reads = links.reshape(-1, n, n).any(0)
    while bool((found := reads[wanted].any(0) & ~wanted).any()):
        wanted = wanted | found
    return wanted


def _used_rows(hidden: Tensor) -> Tensor:
    """Rows of a GRU, (3 n, 1) bool, without those of reset gates that have nothing to reset."""
    new = (hidden.chunk(3)[2] != 0).any(1)
    return torch.cat([new, torch.ones_like(new), torch.ones_like(new)]).unsqueeze(1)


def _reads(*blocks: Tensor) -> Tensor:
    return torch.stack([(block != 0).any(1) for block in blocks]).any(0)


def _activations(shape: Shape, sums: Tensor) -> Tensor:
    """Activation of each gate's sum, (gates, n)."""
    pairs = zip(shape.gates, sums, strict=True)
    return torch.stack([activation(gate)(row) for gate, row in pairs])


def activation(gate: str) -> Callable[[Tensor], Tensor]:
    """What a gate makes of its sum, by its name: tanh of what is written, "g" and "n"."""
    return torch.tanh if gate in ("g", "n") else torch.sigmoid


def _all_weights(shape: Shape) -> int:
    return sum(rows * columns for rows, columns in shape.matrices().values())
