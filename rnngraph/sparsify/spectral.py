"""Spectral pruning: units that the others follow from are kept, and read in the others' place.

Source: Furuya, Suetake, Taniguchi, Kusumoto, Saiin & Daimon (2022), Spectral pruning for recurrent
neural networks, AISTATS.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from rnngraph._check import check_int, check_real
from rnngraph.errors import InputError
from rnngraph.sparsify.forward import Values, check_inputs, forward, running_steps
from rnngraph.sparsify.reading import Source, check_source
from rnngraph.sparsify.scan import State
from rnngraph.sparsify.shape import Shape, check_shape
from rnngraph.sparsify.structure import check_in_use


@torch.no_grad()
def spectral_pruning(
    shape: Shape,
    values: Values,
    source: Source,
    keep: int | Sequence[int],
    *,
    ridge: float = 1e-6,
    output_weight: float = 0.5,
    batch_size: int = 64,
) -> Values:
    """Drop units of a fitted network; what read them reads their estimate from those that stay.

    With S the second moment of what is read of a layer's states, over all real steps of `source`,
    and J the units that stay, the states are estimated as A s_J, A = S[:, J] (S[J, J] + t)^-1. A
    matrix W that reads the layer becomes W A. Units are chosen one by one, each the one that leaves
    the least (1 - output_weight) Tr R + output_weight Tr Z R Z^T, R being the second moment of what
    is left to estimate, Z all that reads the layer, and both terms 1 at first.

    All states are those of the whole network. Layers are pruned from the last to the first, so that
    rows of dropped units do not count as readers of the layer below.

    Args:
        shape: What the network consists of; it stays that of what is returned, and `fold` makes the
            small network.
        values: What it computes with in use: factors of shape (size,), no `spread`.
        source: Data whose states count, read once.
        keep: Units that stay, in [1, units], in every layer or layer by layer.
        ridge: t over the mean of the diagonal of S, >= 0.
        output_weight: Weight of what is lost to the readers against what is lost of the states, in
            [0, 1].
        batch_size: Sequences read together; a text is read as so many rows.

    Returns:
        The values with rows and biases of dropped units, and the columns that read them, exactly 0.

    Raises:
        InputError: A value outside its range, values of a training pass or not finite, data that
            the network cannot read, or one without readout, whose every state is an output.
    """
    check_shape(shape)
    sizes = _sizes(shape, keep)
    check_real("ridge", ridge, 0.0)
    check_real("output_weight", output_weight, 0.0, 1.0)
    check_int("batch_size", batch_size, 1)
    if not shape.output_size:
        raise InputError(
            "`shape` must have a readout; got `output_size` 0: all states are outputs."
        )
    check_in_use(shape, values)
    check_source("source", source)
    moments = second_moments(shape, values, source, batch_size=batch_size)
    weights = {name: weight.detach() for name, weight in values.weights.items()}
    for layer in reversed(range(shape.layers)):
        moment = moments[layer]
        tau = ridge * float(moment.diagonal().mean())
        above = layer + 1 < shape.layers
        # What reads the layer, and whose gates' factors it is multiplied with.
        readers = {f"weight_hh_l{layer}": layer}
        readers[f"weight_ih_l{layer + 1}" if above else "readout"] = layer + 1
        read = [_scaled(weights[name], values, by).double() for name, by in readers.items()]
        kept = choose_units(
            moment, torch.cat(read), sizes[layer], ridge=tau, output_weight=output_weight
        )
        estimate = reconstruction(moment, kept, ridge=tau)
        for name in readers:
            weights[name] = (weights[name].double() @ estimate).to(weights[name].dtype)
        rows = kept.repeat(len(shape.gates))
        for name in (f"weight_ih_l{layer}", f"weight_hh_l{layer}"):
            weights[name] = weights[name] * rows.unsqueeze(1)
        weights[f"bias_l{layer}"] = weights[f"bias_l{layer}"] * rows
    return Values(weights, dict(values.factors))


@torch.no_grad()
def second_moments(
    shape: Shape, values: Values, source: Source, *, batch_size: int = 64
) -> list[Tensor]:
    """Mean of h h^T over all real steps, h being what is read of a layer's states.

    Returns:
        (units, units) float64, by layer.

    Raises:
        InputError: `source` has what the network cannot read.
    """
    some = values.weights["weight_hh_l0"]
    device = some.device
    layers = [_alone(shape, values, layer) for layer in range(shape.layers)]
    sums = [torch.zeros(2 * (shape.units,), dtype=torch.float64, device=device) for _ in layers]
    ended: list[list[State] | None] = [None] * shape.layers
    steps = 0
    for batch in (batch.to(device) for batch in source.batches(batch_size, None)):
        check_inputs("source", batch.x, shape, some.dtype)
        running = running_steps(batch.x, batch.lengths)
        given = batch.x
        for k, own in enumerate(layers):
            begun = ended[k] if batch.continues else None
            given, ended[k] = forward(*own, given, batch.lengths, begun)
            every = given.transpose(0, 1)
            real = (every.flatten(0, 1) if running is None else every[running]).double()
            sums[k] += real.t() @ real
        steps += len(real)
    return [total / steps for total in sums]


def choose_units(
    moment: Tensor, readers: Tensor, keep: int, *, ridge: float = 0.0, output_weight: float = 0.5
) -> Tensor:
    """Units that the others, and what is read of them, are best estimated from: greedily.

    Args:
        moment: Second moment of the states, (n, n) float64.
        readers: Rows that read the states, (rows, n) float64.
        keep: Number of units, in [1, n].
        ridge: Added to the second moment of each unit that is chosen.
        output_weight: As of `spectral_pruning`.

    Returns:
        Which units are chosen, (n,) bool.
    """
    inner = readers.t() @ readers
    weight = _share(output_weight, (inner * moment).sum()) * inner
    weight += _share(1 - output_weight, moment.trace()) * torch.eye(len(moment)).to(moment)
    # What is left to estimate, R, and weight @ R; either changes by rank 1 with each unit.
    left, weighted = moment.clone(), weight @ moment
    smallest = torch.finfo(moment.dtype).eps * len(moment) * float(moment.diagonal().max())
    kept = torch.zeros(len(moment), dtype=torch.bool, device=moment.device)
    for _ in range(keep):
        variances = left.diagonal()
        gains = (left * weighted).sum(0) / (variances + ridge)
        # What follows from units that are chosen tells nothing, but for rounding.
        gains = gains.where(variances > smallest, 0.0).where(~kept, -1.0)
        unit = int(gains.argmax())
        kept[unit] = True
        if (variance := float(variances[unit])) > smallest:
            own = left[unit] / (variance + ridge)
            weighted -= torch.outer(weighted[:, unit], own)
            left -= torch.outer(left[:, unit], own)
    return kept


def reconstruction(moment: Tensor, kept: Tensor, *, ridge: float = 0.0) -> Tensor:
    """Best linear estimate of all states from those that are kept, (n, n), 0 in other columns.

    Args:
        moment: Second moment of the states, (n, n).
        kept: Which units are kept, (n,) bool.
        ridge: Added to the second moment of each of them; where it is 0, they may be dependent.
    """
    block = moment[kept][:, kept]
    block = block + ridge * torch.eye(len(block)).to(block)
    estimate = torch.zeros_like(moment)
    estimate[:, kept] = moment[:, kept] @ torch.linalg.pinv(block, hermitian=True)
    return estimate


def _sizes(shape: Shape, keep: int | Sequence[int]) -> list[int]:
    """Units that stay, by layer."""
    if not isinstance(keep, Sequence):
        return [check_int("keep", keep, 1, shape.units)] * shape.layers
    if len(keep) != shape.layers:
        raise InputError(
            f"`keep` must be an integer or one for each of {shape.layers} layers; got {keep!r}."
        )
    return [check_int(f"keep[{k}]", own, 1, shape.units) for k, own in enumerate(keep)]


def _alone(shape: Shape, values: Values, layer: int) -> tuple[Shape, Values]:
    """One layer as a network of its own, whose inputs are those of the first or states below."""
    parts = ("weight_ih", "weight_hh", "bias")
    weights = {f"{part}_l0": values.weights[f"{part}_l{layer}"] for part in parts}
    factors = {
        f"{part}_l0": values.factors[name]
        for part in ("gates", "units")
        if (name := f"{part}_l{layer}") in values.factors
    }
    if layer:
        return Shape(shape.cell, shape.units, shape.units, dense=True), Values(weights, factors)
    weights |= {name: own for name, own in values.weights.items() if name == "embedding"}
    factors |= {name: own for name, own in values.factors.items() if name == "inputs"}
    return replace(shape, layers=1, output_size=0), Values(weights, factors)


def _scaled(reader: Tensor, values: Values, layer: int) -> Tensor:
    """Rows of a reader times the factors of the gates that they belong to, if any."""
    by = values.factors.get(f"gates_l{layer}")
    return reader.detach() if by is None else reader.detach() * by.unsqueeze(1)


def _share(part: float, total: Tensor) -> float:
    """So much of a whole that counts as 1; 0 of one that is 0."""
    return part / float(total) if total > 0 else 0.0
