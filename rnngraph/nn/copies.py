"""Stock torch modules of the weights in use, whoever pruned them."""

import torch
from torch import nn

from rnngraph._types import Cell
from rnngraph.errors import InputError
from rnngraph.masks.layout import DIRECTIONS, parameter_names
from rnngraph.nn.graph_rnn import (
    GraphRNN,
    check_readout,
    check_stock,
    stock_cell,
    stock_linear,
    stock_module,
)
from rnngraph.nn.in_use import in_use


def stock_copies(
    model: object, readout: object, others: str
) -> tuple[nn.RNNBase, nn.Linear | None]:
    """Stock modules that compute what `model` and its readout do.

    Args:
        model: A `GraphRNN`, or a stock module without projections, masked or not.
        readout: What reads the outputs of a stock module, if anything does; None for a `GraphRNN`.
        others: What else `model` might have been; see `check_stock`.

    Raises:
        InputError: Something else, or a readout that does not fit.
    """
    if isinstance(model, GraphRNN):
        refuse_readout(model, readout)
        return model.to_torch()
    model = check_stock(model, others)
    weights = {
        name: in_use(model, name)
        for layer in range(model.num_layers)
        for direction in DIRECTIONS[: 1 + model.bidirectional]
        for name in parameter_names(layer, direction, bias=model.bias)
    }
    rnn = stock_like(model, stock_cell(model), model.hidden_size, next(iter(weights.values())))
    rnn.load_state_dict(weights)
    if readout is None:
        return rnn, None
    readout = check_readout(readout, model, "model")
    return rnn, linear_like(readout, in_use(readout, "weight"))


def refuse_readout(model: nn.Module, readout: object) -> None:
    """Refuse a readout for a network that has one.

    Raises:
        InputError: `readout` is not None.
    """
    if readout is not None:
        raise InputError(f"`readout` must be None for a {type(model).__name__}, which has its own.")


def stock_like(rnn: nn.RNNBase, cell: Cell, hidden_size: int, weight: torch.Tensor) -> nn.RNNBase:
    """A stock module of other width, its weights not set, on the device of `weight`."""
    made = stock_module(
        cell,
        rnn.input_size,
        hidden_size,
        num_layers=rnn.num_layers,
        bidirectional=bool(rnn.bidirectional),
        bias=bool(rnn.bias),
        dtype=weight.dtype,
        device=weight.device,
    )
    made.batch_first, made.dropout = rnn.batch_first, rnn.dropout
    return made.train(rnn.training)


def linear_like(readout: nn.Linear, weight: torch.Tensor) -> nn.Linear:
    """A stock readout of this weight, and of the same bias if there is one."""
    made = stock_linear(weight, None if readout.bias is None else in_use(readout, "bias"))
    made.train(readout.training)
    return made
