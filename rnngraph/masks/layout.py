"""Torch's layout of recurrent weights: parameter names, gate order, whole blocks.

A graph has rows = source; torch's weights have rows = target and stack their gates in whole
blocks: rows 0..n-1 are the first gate of units 0..n-1, rows n..2n-1 the second gate, and so on.
`stack_gates` and `split_gates` are the library's only two transposes.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from rnngraph._types import Cell

Direction: TypeAlias = Literal["forward", "backward"]
Kind: TypeAlias = Literal["weight", "bias"]
DIRECTIONS: Final[tuple[Direction, Direction]] = ("forward", "backward")

GATES: Final[Mapping[Cell, tuple[str, ...]]] = MappingProxyType(
    {
        "tanh": ("h",),
        "relu": ("h",),
        "gru": ("r", "z", "n"),
        "lstm": ("i", "f", "g", "o"),
    }
)
"""Names of each cell's gates, in the order in which torch stacks their blocks.

Source: `weight_hh_l[k]` in the documentation of torch.nn.RNN, torch.nn.GRU and torch.nn.LSTM.
"""


def parameter_name(block: str, layer: int, direction: Direction, kind: Kind = "weight") -> str:
    """Return torch's name of a parameter, such as `weight_hh_l0` or `bias_ih_l1_reverse`.

    Args:
        block: "ih" (input to hidden), "hh" (hidden to hidden) or "hr" (projection).
        layer: Layer, counted from 0.
        direction: "forward" or "backward".
        kind: "weight" or "bias".
    """
    return f"{kind}_{block}_l{layer}" + ("_reverse" if direction == "backward" else "")


def parameter_names(layer: int, direction: Direction, *, bias: bool = True) -> tuple[str, ...]:
    """Return torch's names of the parameters of a layer and direction, in torch's order.

    Weights come before biases, and "ih" before "hh".

    Args:
        layer: Layer, counted from 0.
        direction: "forward" or "backward".
        bias: Whether it has biases.
    """
    kinds: tuple[Kind, ...] = ("weight", "bias") if bias else ("weight",)
    return tuple(
        parameter_name(block, layer, direction, kind) for kind in kinds for block in ("ih", "hh")
    )


def stack_gates(blocks: Sequence[NDArray[np.bool_]]) -> torch.Tensor:
    """Stack one block a gate in torch's layout.

    Args:
        blocks: A matrix a gate, each (sources, n), rows = source; in torch's gate order.

    Returns:
        Bool tensor (gates * n, sources), rows = target.
    """
    return torch.from_numpy(np.ascontiguousarray(np.concatenate([block.T for block in blocks])))


def split_gates(weight: torch.Tensor, gates: int) -> NDArray[Any]:
    """Undo `stack_gates`: one block a gate, rows = source.

    Args:
        weight: Torch's layout, (gates * n, sources).
        gates: Number of gates that `weight` stacks.

    Returns:
        Array (gates, sources, n) of the tensor's dtype.
    """
    targets, sources = weight.shape
    blocks = weight.reshape(gates, targets // gates, sources).transpose(1, 2)
    return np.ascontiguousarray(blocks.numpy())
