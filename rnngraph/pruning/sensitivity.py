"""Gradients that scores are made of: of the loss, and of the recurrent Jacobian's spectrum."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnngraph._types import Cell
from rnngraph.errors import InputError
from rnngraph.masks.layout import DIRECTIONS, parameter_names
from rnngraph.nn.cells import N_STATES, STEPS, State
from rnngraph.nn.graph_rnn import check_stock, stock_cell

Loss: TypeAlias = Callable[[Any], Tensor]
"""The loss of one batch, a scalar, as a function of the network."""


@torch.enable_grad()
def loss_gradients(
    model: nn.Module, names: Sequence[str], losses: Sequence[Loss]
) -> list[dict[str, Tensor]]:
    """Gradient of each loss by some parameters, by name; 0 where a loss does not depend on it.

    Raises:
        InputError: Weights that do not learn, or no loss.
    """
    parameters = _parameters(model, names)
    found = []
    for loss in losses:
        value = loss(model)
        if not isinstance(value, Tensor) or value.numel() != 1 or not value.requires_grad:
            got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
            raise InputError(
                "`task` must return a loss, a tensor of one number that depends on the weights to "
                f"prune; got {got}."
            )
        gradients = torch.autograd.grad(
            value, parameters, allow_unused=True, materialize_grads=True
        )
        found.append(dict(zip(names, gradients, strict=True)))
    return found


def _parameters(model: nn.Module, names: Sequence[str]) -> list[nn.Parameter]:
    parameters = [model.get_parameter(name) for name in names]
    for name, parameter in zip(names, parameters, strict=True):
        if not parameter.requires_grad:
            raise InputError(
                f"`model` must learn the weights to prune, for a score made of gradients; {name} "
                "has `requires_grad` False."
            )
    return parameters


@torch.enable_grad()
def jacobian_gradients(
    model: nn.Module, names: Sequence[str], losses: Sequence[Loss], *, rng: np.random.Generator
) -> list[dict[str, Tensor]]:
    """Gradient, for each batch, of the mean squared singular value of the recurrent Jacobian.

    The Jacobian of a step is that of the state by the state before (h, and c of an LSTM), at the
    states that the network comes to while a loss is computed; its squared Frobenius norm is
    estimated with one random vector a sequence and step (Hutchinson).

    Args:
        model: Has an `nn.RNN`, `nn.GRU` or `nn.LSTM` in it.
        names: Of parameters.
        losses: Only run, to bring the network through its states.
        rng: Of the random vectors.

    Raises:
        InputError: No recurrent network was run, or weights that do not learn.
    """
    parameters = _parameters(model, names)
    draw = torch.Generator().manual_seed(int(rng.integers(2**62)))
    found = []
    for loss in losses:
        norms: list[Tensor] = []
        with _listening(model, norms, draw):
            loss(model)
        if not norms:
            raise InputError(
                "`task` must run an nn.RNN, nn.GRU or nn.LSTM, whose recurrent Jacobian is asked "
                "for; it ran none."
            )
        gradients = torch.autograd.grad(
            torch.stack(norms).mean(), parameters, allow_unused=True, materialize_grads=True
        )
        found.append(dict(zip(names, gradients, strict=True)))
    return found


@contextmanager
def _listening(model: nn.Module, norms: list[Tensor], draw: torch.Generator) -> Iterator[None]:
    """Collect the norms of the Jacobians of whatever recurrent network runs."""

    def hear(owner: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        assert isinstance(owner, nn.RNNBase)
        given = {**dict(zip(("input", "hx"), arguments, strict=False)), **named}
        norms.extend(_squared_norms(owner, given["input"], draw, given.get("hx")))

    handles = [
        child.register_forward_pre_hook(hear, with_kwargs=True)
        for child in model.modules()
        if isinstance(child, nn.RNNBase)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _squared_norms(
    rnn: nn.RNNBase,
    x: Tensor | PackedSequence,
    draw: torch.Generator,
    first: Tensor | State | None = None,
) -> Iterator[Tensor]:
    """Mean squared singular value of each layer and direction's Jacobians.

    Args:
        rnn: What runs.
        x: What it reads.
        draw: Stream of the vectors.
        first: Its first states, as torch takes them; None: 0.
    """
    cell = stock_cell(check_stock(rnn, "a network of rnngraph,"))
    if isinstance(x, PackedSequence):
        steps, lengths = pad_packed_sequence(x)
    else:
        if x.ndim == 2:  # one sequence, without a batch
            x = x.unsqueeze(0 if rnn.batch_first else 1)
            if first is not None:
                parts = (first,) if isinstance(first, Tensor) else first
                first = tuple(part.unsqueeze(1) for part in parts)
        steps = x.transpose(0, 1) if rnn.batch_first else x
        lengths = torch.full((steps.shape[1],), len(steps))
    steps = steps.detach()
    for layer in range(rnn.num_layers):
        outputs = []
        for direction in DIRECTIONS[: 1 + rnn.bidirectional]:
            read = steps if direction == "forward" else _reversed(steps, lengths)
            names = parameter_names(layer, direction, bias=rnn.bias)
            weights = [getattr(rnn, name) for name in names]
            begun: State = (read.new_zeros(read.shape[1], rnn.hidden_size),) * N_STATES[cell]
            if first is not None:
                parts = (first,) if isinstance(first, Tensor) else first
                place = layer * (1 + rnn.bidirectional) + DIRECTIONS.index(direction)
                begun = tuple(part[place].detach() for part in parts)
            states, norm = _through(cell, weights, read, lengths, draw, begun)
            outputs.append(states if direction == "forward" else _reversed(states, lengths))
            yield norm
        steps = torch.cat(outputs, dim=-1)


def _through(
    cell: Cell,
    weights: list[Tensor],
    x: Tensor,
    lengths: Tensor,
    draw: torch.Generator,
    state: State,
) -> tuple[Tensor, Tensor]:
    """States of one layer and direction, (steps, batch, n), and its mean squared singular value."""
    weight_ih, weight_hh, *biases = weights
    bias_ih, bias_hh = biases or (None, None)
    n = weight_hh.shape[1]
    total, states = x.new_zeros(()), []
    for t, read in enumerate(x):
        state = tuple(part.detach().requires_grad_() for part in state)
        from_input = nn.functional.linear(read, weight_ih, bias_ih)
        from_hidden = nn.functional.linear(state[0], weight_hh, bias_hh)
        new = STEPS[cell](from_input, from_hidden, state)
        running = (t < lengths).to(x)[:, None]
        vectors = [torch.randn(part.shape, generator=draw).to(x) * running for part in new]
        back = torch.autograd.grad(new, state, vectors, create_graph=True)
        total = total + sum(part.square().sum() for part in back)
        state = new
        states.append(new[0].detach())
    return torch.stack(states), total / (int(lengths.sum()) * n * len(state))


def _reversed(steps: Tensor, lengths: Tensor) -> Tensor:
    """Each sequence backwards in time; what lies past its end stays there."""
    t = torch.arange(len(steps))[:, None]
    back = torch.where(t < lengths, lengths - 1 - t, t).to(steps.device)
    return steps.gather(0, back[:, :, None].expand_as(steps))
