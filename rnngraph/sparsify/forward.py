"""One pass of a gated network with given matrices, biases and factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from rnngraph.errors import InputError
from rnngraph.sparsify.scan import N_STATES, GatedCell, State, scan
from rnngraph.sparsify.shape import Shape


@dataclass(frozen=True, eq=False)
class Values:
    """What a network computes with in one pass, by the names of its `Shape`.

    Attributes:
        weights: Matrices and biases.
        factors: Factors, each of shape (size,) or, one a sequence, (batch, size); those that are
            missing are 1.
        spread: Standard deviation of the readout's weights, (output_size, units), and the noise
            that it is multiplied with, (batch, output_size): the outputs are then drawn, and not
            the weights. None: the outputs are those of the weights.

    Source: Kingma, Salimans & Welling (2015), local reparametrization, for `spread`.
    """

    weights: Mapping[str, Tensor]
    factors: Mapping[str, Tensor] = field(default_factory=dict)
    spread: tuple[Tensor, Tensor] | None = None


def forward(
    shape: Shape,
    values: Values,
    x: Tensor,
    lengths: Tensor | None = None,
    state: Sequence[State] | None = None,
) -> tuple[Tensor, list[State]]:
    """Read sequences.

    Args:
        shape: What the network consists of.
        values: What it computes with.
        x: Tokens (batch, steps), or dense inputs (batch, steps, input_size).
        lengths: Real steps of each sequence, (batch,); None: all.
        state: States to begin with, layer by layer; None: 0. No gradient flows into them.

    Returns:
        Outputs of every step, (batch, steps, output_size or units), and the last states. Past a
        sequence's end the outputs are those of its last real step, so that `outputs[:, -1]` is
        what it ends with.

    Raises:
        InputError: `lengths` or `state` are not those of as many sequences and units.
    """
    running = running_steps(x, lengths)
    if state is not None:
        check_state(state, shape.cell, len(x), [shape.units] * shape.layers)
    products = _first_products(shape, values, x.transpose(0, 1))
    begun = state if state is not None else shape.first_state(len(x), products)
    ended = []
    outputs = products
    for layer in range(shape.layers):
        if layer:
            products = outputs @ values.weights[f"weight_ih_l{layer}"].t()
        outputs, last = scan(
            shape.cell,
            products,
            values.weights[f"weight_hh_l{layer}"],
            values.weights[f"bias_l{layer}"],
            begun[layer],
            gates=_rows(values.factors.get(f"gates_l{layer}")),
            units=_rows(values.factors.get(f"units_l{layer}")),
            running=running,
        )
        ended.append(last)
    outputs = outputs.transpose(0, 1)
    return (_readout(values, outputs) if shape.output_size else outputs), ended


def running_steps(x: Tensor, lengths: Tensor | None) -> Tensor | None:
    """Whether a sequence still runs at a step, (steps, batch); None where all do to the end.

    Raises:
        InputError: `lengths` are no whole numbers in [0, steps], one a sequence.
    """
    batch, steps = x.shape[:2]
    if lengths is None:
        return None
    rule = f"`lengths` must be a tensor ({batch},) of whole numbers in [0, {steps}]; got"
    if not isinstance(lengths, Tensor):
        raise InputError(f"{rule} {type(lengths).__name__}.")
    if lengths.shape != (batch,) or lengths.dtype.is_floating_point:
        raise InputError(f"{rule} {tuple(lengths.shape)} of {lengths.dtype}.")
    if not batch:
        return None
    least, most = (int(length) for length in lengths.aminmax())
    if least < 0 or most > steps:
        raise InputError(f"{rule} {least if least < 0 else most}.")
    if least == steps:
        return None
    return torch.arange(steps, device=x.device).unsqueeze(1) < lengths


def check_state(state: Sequence[State], cell: GatedCell, batch: int, units: Sequence[int]) -> None:
    """Check states to begin with; torch's kernels read whatever lies behind ones that are short.

    Args:
        state: States, layer by layer.
        cell: What the layers are.
        batch: Number of sequences.
        units: Number of units of each layer.

    Raises:
        InputError: They are of another number or shape.
    """
    wanted = [((batch, n),) * N_STATES[cell] for n in units]
    got = [tuple(tuple(part.shape) for part in layer) for layer in state]
    if got != wanted:
        raise InputError(
            f"`state` must be as a call with as many sequences returned it, of shapes {wanted}; "
            f"got {got}."
        )


def check_inputs(name: str, x: Tensor, shape: Shape, dtype: torch.dtype) -> None:
    """Check what a network is to read.

    Raises:
        InputError: It is of another kind or size, has no step, or a token is not one of the
            network's.
    """
    if not isinstance(x, Tensor):
        raise InputError(f"`{name}` must be a tensor; got {type(x).__name__}.")
    got = f"got {tuple(x.shape)} of {x.dtype}."
    if shape.dense:
        if x.ndim != 3 or x.shape[2] != shape.input_size or x.dtype != dtype:
            raise InputError(
                f"`{name}` must have inputs (batch, steps, {shape.input_size}) of {dtype}, as the "
                f"network has; {got}"
            )
    elif x.ndim != 2 or x.dtype.is_floating_point:
        raise InputError(f"`{name}` must have tokens (batch, steps), as the network reads; {got}")
    if x.shape[1] == 0:
        raise InputError(f"`{name}` must have one or more steps; {got}")
    if shape.dense or not len(x):
        return
    for token in map(int, x.aminmax()):
        if not 0 <= token < shape.input_size:
            raise InputError(
                f"`{name}` must have tokens in [0, {shape.input_size - 1}], as the network's "
                f"input_size is {shape.input_size}; got {token}."
            )


def _first_products(shape: Shape, values: Values, x: Tensor) -> Tensor:
    """Inputs times the first layer's weights, (steps, batch, gates * units)."""
    weight, factor = values.weights["weight_ih_l0"], values.factors.get("inputs")
    if shape.dense:
        return (x if factor is None else x * factor) @ weight.t()
    # Without an embedding a token is a column of the weights.
    table = values.weights["embedding"] if shape.embedding else weight.t()
    found = functional.embedding(x, table)
    if factor is not None:
        of_tokens = factor[x] if factor.ndim == 1 else factor.gather(1, x.t()).t()
        found = found * of_tokens.unsqueeze(-1)
    return found @ weight.t() if shape.embedding else found


def _readout(values: Values, states: Tensor) -> Tensor:
    outputs = functional.linear(states, values.weights["readout"], values.weights["readout_bias"])
    if values.spread is None:
        return outputs
    deviation, noise = values.spread
    variance = functional.linear(states.square(), deviation.square())
    # The root of 0 has no gradient.
    return outputs + (variance + 1e-12).sqrt() * noise.unsqueeze(1)


def _rows(factor: Tensor | None) -> Tensor | None:
    return factor.unsqueeze(0) if factor is not None and factor.ndim == 1 else factor
