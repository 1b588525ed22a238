"""One time step of each cell on gate pre-activations; the leading dimensions are free.

A pre-activation holds the gates as whole blocks along its last dimension, in torch's order, so
the same functions serve one network and a stack of networks.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import torch
from torch import Tensor

from rnngraph._types import Cell

State: TypeAlias = tuple[Tensor, ...]
"""What a cell carries: `(h,)`, or `(h, c)` for an LSTM."""

Step: TypeAlias = Callable[[Tensor, Tensor, State], State]
"""`step(from_input, from_hidden, state) -> state`; both pre-activations include their bias."""


def tanh_step(from_input: Tensor, from_hidden: Tensor, state: State) -> State:
    """RNN-tanh: h' = tanh(a). Source: Elman (1990), Cogn. Sci. 14, 179."""
    return (torch.tanh(from_input + from_hidden),)


def relu_step(from_input: Tensor, from_hidden: Tensor, state: State) -> State:
    """RNN-ReLU: h' = max(a, 0). Source: Le et al. (2015), arXiv 1504.00941."""
    return (torch.relu(from_input + from_hidden),)


def gru_step(from_input: Tensor, from_hidden: Tensor, state: State) -> State:
    """GRU, reset gate applied after the product. Source: torch.nn.GRU; Cho et al. (2014)."""
    (h,) = state
    n = h.shape[-1]
    input_rz, input_n = from_input.split((2 * n, n), dim=-1)
    hidden_rz, hidden_n = from_hidden.split((2 * n, n), dim=-1)
    r, z = torch.sigmoid(input_rz + hidden_rz).chunk(2, dim=-1)
    new = torch.tanh(input_n + r * hidden_n)
    return (torch.lerp(new, h, z),)


def lstm_step(from_input: Tensor, from_hidden: Tensor, state: State) -> State:
    """LSTM without peepholes. Source: torch.nn.LSTM; Hochreiter & Schmidhuber (1997)."""
    _, c = state
    i, f, g, o = (from_input + from_hidden).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return (torch.sigmoid(o) * torch.tanh(c), c)


STEPS: Final[Mapping[Cell, Step]] = MappingProxyType(
    {"tanh": tanh_step, "relu": relu_step, "gru": gru_step, "lstm": lstm_step}
)
N_STATES: Final[Mapping[Cell, int]] = MappingProxyType({"tanh": 1, "relu": 1, "gru": 1, "lstm": 2})
