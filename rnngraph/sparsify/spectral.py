"""Units that others can stand in for leave, and the weights that read them are made over.

Source: Furuya, Suetake, Taniguchi, Kusumoto, Saiin & Daimon (2022), Spectral pruning for recurrent
neural networks, AISTATS, arXiv:2105.10832.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from rnngraph._check import check_int, check_real
from rnngraph.errors import InputError
from rnngraph.sparsify.forward import Values, forward, running_steps
from rnngraph.sparsify.reading import Source
from rnngraph.sparsify.shape import Shape
from rnngraph.sparsify.structure import with_factors

_TINY: Final = 1e-300


@torch.no_grad()
def spectral_pruning(
    shape: Shape,
    values: Values,
    source: Source,
    keep: int | Sequence[int],
    *,
    output_weight: float = 0.5,
    ridge: float = 1e-6,
    batch_size: int = 64,
) -> Values:
    """Keep the units whose states tell most about those of all, and let them stand in for all.

    S is the mean of h h^T over all states of a layer that are read, R what of it is left when the
    units of J are known: R = S - S[:, J] (S[J, J] + tau)^-1 S[J, :]. Units come into J one by one,
    each the one that leaves least of

        (1 - output_weight) tr R / tr S + output_weight tr(Z R Z^T) / tr(Z S Z^T),

    Z being all that reads the layer. In the end Z becomes Z A on the columns of J, and 0 elsewhere,
    with A = S[:, J] (S[J, J] + tau)^-1, the best guess of all states from those of J; the rows of
    the others become 0. `fold` then gives the smaller network.

    Args:
        shape: What the network consists of.
        values: What it computes with in use.
        source: Whose states count; it is read once.
        keep: Units to keep, of each layer, or a number a layer; in [1, units].
        output_weight: Weight of what the readers lose, in [0, 1].
        ridge: tau over the mean of S's diagonal, >= 0.
        batch_size: Sequences of a batch.

    Returns:
        Matrices and biases of the same shapes, the factors multiplied in.

    Raises:
        InputError: A value outside its range, another number of numbers than of layers, or a
            network without a readout, all of whose last units are outputs.
    """
    if not shape.output_size:
        raise InputError("`shape` must have a readout: `output_size` is 0.")
    check_real("output_weight", output_weight, 0.0, 1.0)
    check_real("ridge", ridge, 0.0)
    counts = [keep] * shape.layers if isinstance(keep, int) else list(keep)
    if len(counts) != shape.layers:
        raise InputError(
            f"`keep` must be a number, or one for each of {shape.layers} layers; got {keep!r}."
        )
    for count in counts:
        check_int("keep", count, 1, shape.units)
    weights = with_factors(shape, values)
    moments = _second_moments(shape, Values(weights), source, batch_size)
    for layer, (moment, count) in enumerate(zip(moments, counts, strict=True)):
        above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
        readers = (f"weight_hh_l{layer}", above)
        reading = torch.cat([weights[name] for name in readers]).double()
        chosen = _choose(moment, reading, count, output_weight, ridge)
        guess = _guess(moment, chosen, ridge)
        for name in readers:
            made_over = torch.zeros_like(weights[name])
            made_over[:, chosen] = (weights[name].double() @ guess).to(made_over)
            weights[name] = made_over
        kept = torch.zeros(shape.units, dtype=torch.bool, device=moment.device)
        kept[chosen] = True
        rows = kept.repeat(len(shape.gates))
        for name in (f"weight_ih_l{layer}", f"weight_hh_l{layer}"):
            weights[name] = weights[name] * rows.unsqueeze(1)
    return Values(weights)


def _second_moments(shape: Shape, values: Values, source: Source, batch_size: int) -> list[Tensor]:
    """Mean of h h^T over all real steps, by layer, (units, units), float64."""
    found = []
    for layer in range(shape.layers):
        # The layers up to this one, whose states are then the outputs.
        below = replace(shape, layers=layer + 1, output_size=0)
        total, n, state = torch.zeros(shape.units, shape.units, dtype=torch.float64), 0, None
        for batch in source.batches(batch_size, None):
            begun = state if batch.continues else None
            states, state = forward(below, values, batch.x, batch.lengths, begun)
            running = running_steps(batch.x, batch.lengths)
            rows = states.flatten(0, 1) if running is None else states[running.t()]
            total += rows.double().t() @ rows.double()
            n += len(rows)
        found.append(total / n)
    return found


def _choose(
    moment: Tensor, reading: Tensor, count: int, output_weight: float, ridge: float
) -> Tensor:
    """Indices of the units to keep, in the order in which they came in."""
    tau = ridge * moment.diagonal().mean()
    lost = reading.t() @ reading
    wholes = [part if part > 0 else part + 1 for part in (moment.trace(), (lost * moment).sum())]
    counted = (1 - output_weight) / wholes[0] * torch.eye(len(moment)) + (
        output_weight / wholes[1]
    ) * lost
    left = moment.clone()
    chosen: list[int] = []
    for _ in range(count):
        # What a unit would take away of the weighted traces; those that are in take nothing.
        gain = ((counted @ left) * left).sum(0) / (left.diagonal() + tau).clamp(min=_TINY)
        gain[chosen] = -torch.inf
        best = int(gain.argmax())
        chosen.append(best)
        column = left[:, best].clone()
        left = left - torch.outer(column, column) / (left[best, best] + tau).clamp(min=_TINY)
    return torch.tensor(chosen)


def _guess(moment: Tensor, chosen: Tensor, ridge: float) -> Tensor:
    """Best linear guess of all states from those of some, (units, chosen)."""
    tau = ridge * moment.diagonal().mean()
    own = moment[chosen][:, chosen] + tau * torch.eye(len(chosen), dtype=moment.dtype)
    # A state that never moves has no inverse; the least guess takes nothing of it.
    inverse: Tensor = torch.linalg.pinv(own, hermitian=True)
    return moment[:, chosen] @ inverse
