"""The recurrence of a gated layer whose gates and units have factors, and its gradient by hand.

Torch's kernels know no factor on a gate or on a state, and autograd through a loop over steps walks
every small tensor of every step. Here a step is one product and a few element-wise operations, and
the gradients of weights and factors are one product and one sum over all steps at the end.

With s the state of a layer, h = s * units what is read of it, and all products element-wise but
those with a matrix:

    LSTM  a = (x + h W^T) * gates + b           i, f, o = sigmoid(a), g = tanh(a)
          c' = f * c + i * g                    s' = o * tanh(c')
    GRU   a = (x + h W^T) * gates + b           r, z = sigmoid(a)
          n = tanh((x + r * h W^T) * gates + b) s' = (1 - z) * n + z * s

x holds the products with the inputs. A gate has one bias; it stands outside of the factor, so that
a gate unit of factor 0 is constant: activation(b).
"""

from typing import Any, Final, Literal, TypeAlias

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnngraph._check import check_choice

GatedCell: TypeAlias = Literal["gru", "lstm"]
State: TypeAlias = tuple[Tensor, ...]
"""(s, c) of an LSTM, (s,) of a GRU, each (batch, n)."""

N_STATES: Final[dict[GatedCell, int]] = {"gru": 1, "lstm": 2}


def scan(
    cell: GatedCell,
    inputs: Tensor,
    weight: Tensor,
    bias: Tensor,
    state: State,
    *,
    gates: Tensor | None = None,
    units: Tensor | None = None,
    running: Tensor | None = None,
) -> tuple[Tensor, State]:
    """Run a layer over all steps.

    Args:
        cell: "lstm" or "gru".
        inputs: Products with the inputs, (steps, batch, gates * n), gates in torch's order.
        weight: Hidden to hidden, (gates * n, n), rows = target.
        bias: (gates * n,).
        state: First state; no gradient flows into it.
        gates: Factors of the gates, (batch or 1, gates * n); None: 1.
        units: Factors of what is read of the state, (batch or 1, n); None: 1.
        running: Whether a sequence still runs at a step, (steps, batch), bool; a state stays as it
            is once its sequence has ended. None: all run to the end.

    Returns:
        What is read of the states after each step, (steps, batch, n), and the last state, without
        gradient.

    Raises:
        InputError: An unknown cell.
    """
    check_choice("cell", cell, N_STATES)
    batch = inputs.shape[1]
    own = [None if factor is None else factor.expand(batch, -1) for factor in (gates, units)]
    kernel = _LSTM if cell == "lstm" else _GRU
    arguments = (inputs, weight, bias, *own, running, *state)
    outputs, *last = kernel.apply(*arguments)  # type: ignore[no-untyped-call]
    return outputs, tuple(last)


class _LSTM(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor,
        gates: Tensor | None,
        units: Tensor | None,
        running: Tensor | None,
        s: Tensor,
        c: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        steps, batch, width = inputs.shape
        n = width // 4
        active = torch.empty_like(inputs)
        sums = inputs if gates is None else torch.empty_like(inputs)
        states, cells, squashed = (inputs.new_empty(steps + k, batch, n) for k in (1, 1, 0))
        states[0], cells[0] = s, c
        for t in range(steps):
            a = torch.addmm(inputs[t], _read(states[t], units), weight.t())
            if gates is not None:
                sums[t] = a
                a *= gates
            a += bias
            torch.sigmoid(a[:, : 2 * n], out=active[t, :, : 2 * n])
            torch.tanh(a[:, 2 * n : 3 * n], out=active[t, :, 2 * n : 3 * n])
            torch.sigmoid(a[:, 3 * n :], out=active[t, :, 3 * n :])
            i, f, g, o = active[t].chunk(4, dim=1)
            torch.mul(f, cells[t], out=cells[t + 1]).addcmul_(i, g)
            torch.tanh(cells[t + 1], out=squashed[t])
            torch.mul(o, squashed[t], out=states[t + 1])
            if running is not None:
                ended = ~running[t].unsqueeze(1)
                torch.where(ended, cells[t], cells[t + 1], out=cells[t + 1])
                torch.where(ended, states[t], states[t + 1], out=states[t + 1])
        ctx.save_for_backward(sums, weight, gates, units, running, active, states, cells, squashed)
        last = states[steps].clone(), cells[steps].clone()
        ctx.mark_non_differentiable(*last)
        return _read(states[1:], units), *last

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        sums, weight, gates, units, running, active, states, cells, squashed = ctx.saved_tensors
        outward, steps, n = gradients[0], len(active), weight.shape[1]
        inward = torch.empty_like(active)
        reading, holding, keeping = (torch.zeros_like(states[0]) for _ in range(3))
        on_units = None if units is None else torch.zeros_like(states[0])
        for t in reversed(range(steps)):
            i, f, g, o = active[t].chunk(4, dim=1)
            on_read = outward[t] + reading
            on_state = on_read if units is None else on_read * units
            if on_units is not None:
                on_units.addcmul_(on_read, states[t + 1])
            on_state = on_state + keeping
            on_cell = holding
            if running is not None:
                runs = running[t].unsqueeze(1)
                keeping, held = on_state.masked_fill(runs, 0), on_cell.masked_fill(runs, 0)
                on_state, on_cell = on_state.masked_fill(~runs, 0), on_cell.masked_fill(~runs, 0)
            on_cell = on_cell + on_state * o * (1 - squashed[t].square())
            d = inward[t]
            torch.mul(on_cell * g, i * (1 - i), out=d[:, :n])
            torch.mul(on_cell * cells[t], f * (1 - f), out=d[:, n : 2 * n])
            torch.mul(on_cell * i, 1 - g.square(), out=d[:, 2 * n : 3 * n])
            torch.mul(on_state * squashed[t], o * (1 - o), out=d[:, 3 * n :])
            holding = on_cell * f
            if running is not None:
                holding += held
            reading = (d if gates is None else d * gates) @ weight
        if on_units is not None:
            on_units.addcmul_(reading, states[0])
        on_bias, on_gates = inward.sum((0, 1)), None
        if gates is not None:
            on_gates = (inward * sums).sum(0)
            inward *= gates
        on_weight = inward.flatten(0, 1).t() @ _read(states[:-1], units).flatten(0, 1)
        return inward, on_weight, on_bias, on_gates, on_units, None, None, None


class _GRU(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor,
        gates: Tensor | None,
        units: Tensor | None,
        running: Tensor | None,
        s: Tensor,
    ) -> tuple[Tensor, Tensor]:
        steps, batch, width = inputs.shape
        n = width // 3
        active, sums = torch.empty_like(inputs), torch.empty_like(inputs)
        states, recurrent = (inputs.new_empty(steps + k, batch, n) for k in (1, 0))
        states[0] = s
        for t in range(steps):
            product = _read(states[t], units) @ weight.t()
            recurrent[t] = product[:, 2 * n :]
            torch.add(inputs[t, :, : 2 * n], product[:, : 2 * n], out=sums[t, :, : 2 * n])
            r, z, new = active[t].chunk(3, dim=1)
            a = sums[t, :, : 2 * n] if gates is None else sums[t, :, : 2 * n] * gates[:, : 2 * n]
            torch.sigmoid(a + bias[: 2 * n], out=active[t, :, : 2 * n])
            torch.addcmul(inputs[t, :, 2 * n :], r, recurrent[t], out=sums[t, :, 2 * n :])
            a = sums[t, :, 2 * n :] if gates is None else sums[t, :, 2 * n :] * gates[:, 2 * n :]
            torch.tanh(a + bias[2 * n :], out=new)
            torch.lerp(new, states[t], z, out=states[t + 1])
            if running is not None:
                ended = ~running[t].unsqueeze(1)
                torch.where(ended, states[t], states[t + 1], out=states[t + 1])
        ctx.save_for_backward(sums, weight, gates, units, running, active, states, recurrent)
        last = states[steps].clone()
        ctx.mark_non_differentiable(last)
        return _read(states[1:], units), last

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        sums, weight, gates, units, running, active, states, recurrent = ctx.saved_tensors
        outward, steps, n = gradients[0], len(active), weight.shape[1]
        # By the sums of the gates, before their factors; then by x, and by h W^T.
        inward = torch.empty_like(active)
        on_product = torch.empty_like(active)
        reading, holding = (torch.zeros_like(states[0]) for _ in range(2))
        on_units = None if units is None else torch.zeros_like(states[0])
        for t in reversed(range(steps)):
            r, z, new = active[t].chunk(3, dim=1)
            on_read = outward[t] + reading
            on_state = holding + (on_read if units is None else on_read * units)
            if on_units is not None:
                on_units.addcmul_(on_read, states[t + 1])
            if running is not None:
                runs = running[t].unsqueeze(1)
                held = on_state.masked_fill(runs, 0)
                on_state = on_state.masked_fill(~runs, 0)
            d = inward[t]
            torch.mul(on_state * (1 - z), 1 - new.square(), out=d[:, 2 * n :])
            on_new = d[:, 2 * n :] if gates is None else d[:, 2 * n :] * gates[:, 2 * n :]
            torch.mul(on_new * recurrent[t], r * (1 - r), out=d[:, :n])
            torch.mul(on_state * (states[t] - new), z * (1 - z), out=d[:, n : 2 * n])
            holding = on_state * z
            if running is not None:
                holding += held
            on_product[t, :, : 2 * n] = (
                d[:, : 2 * n] if gates is None else d[:, : 2 * n] * gates[:, : 2 * n]
            )
            torch.mul(on_new, r, out=on_product[t, :, 2 * n :])
            reading = on_product[t] @ weight
        if on_units is not None:
            on_units.addcmul_(reading, states[0])
        on_bias, on_gates = inward.sum((0, 1)), None
        if gates is not None:
            on_gates = (inward * sums).sum(0)
            inward *= gates
        on_weight = on_product.flatten(0, 1).t() @ _read(states[:-1], units).flatten(0, 1)
        return inward, on_weight, on_bias, on_gates, on_units, None, None


def _read(states: Tensor, units: Tensor | None) -> Tensor:
    return states if units is None else states * units
