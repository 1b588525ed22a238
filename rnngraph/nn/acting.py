"""Which units of a layer act: those whose state leaves 0, and those that something reads."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import nn

from rnngraph.masks import GATES
from rnngraph.masks.layout import Direction, parameter_name
from rnngraph.nn.graph_rnn import stock_cell

Place: TypeAlias = tuple[int, Direction]
"""A layer, from 0, and a direction, "forward" or "backward"."""

Units: TypeAlias = NDArray[np.bool_]
_SILENT_GATE = {"tanh": "h", "relu": "h", "gru": "n", "lstm": "g"}
"""The gate that a unit's state is made of: where it is always 0, so is the state."""


def silent_units(rnn: nn.RNNBase, place: Place, loud: Units) -> Units:
    """Units whose state never leaves 0.

    Args:
        rnn: A stock module.
        place: One of its layers and directions.
        loud: What it reads that is not always 0, (sources,).
    """
    gate = _SILENT_GATE[stock_cell(rnn)]
    quiet = _biases_allow(rnn, place)
    quiet &= ~(_links(rnn, "ih", place, gate) & loud).any(axis=1)
    links = _links(rnn, "hh", place, gate)
    # Who reads one that is not silent is not silent either, until nothing changes.
    while (reached := quiet & (links & ~quiet).any(axis=1)).any():
        quiet &= ~reached
    return quiet


def read_units(rnn: nn.RNNBase, place: Place, silent: Units, wanted: Units) -> tuple[Units, Units]:
    """Units from which a path leads to what is wanted, and what they read from below.

    What a silent unit reads changes nothing, so no path goes through one.

    Args:
        rnn: A stock module.
        place: One of its layers and directions.
        silent: What `silent_units` returned.
        wanted: Units that something outside the layer reads.

    Returns:
        Shapes (units,) and (sources,).
    """
    units = wanted.copy()
    links = _links(rnn, "hh", place)
    while (found := ~units & links[units & ~silent].any(axis=0)).any():
        units |= found
    return units, np.asarray(_links(rnn, "ih", place)[units & ~silent].any(axis=0))


def _links(rnn: nn.RNNBase, block: str, place: Place, gate: str | None = None) -> NDArray[np.bool_]:
    """Whether unit j reads source i, in any gate or one: (units, sources)."""
    weight = rnn.get_parameter(parameter_name(block, *place)).detach().cpu()
    gates = GATES[stock_cell(rnn)]
    by_gate = weight.reshape(len(gates), rnn.hidden_size, -1).numpy() != 0
    links: NDArray[np.bool_] = by_gate.any(axis=0) if gate is None else by_gate[gates.index(gate)]
    return links


def _biases_allow(rnn: nn.RNNBase, place: Place) -> Units:
    cell, n = stock_cell(rnn), rnn.hidden_size
    if not rnn.bias:
        return np.ones(n, dtype=bool)
    first = GATES[cell].index(_SILENT_GATE[cell]) * n
    own, recurrent = (
        rnn.get_parameter(parameter_name(block, *place, "bias")).detach().cpu()[first : first + n]
        for block in ("ih", "hh")
    )
    if cell == "gru":  # the reset gate scales only one of them
        return ((own == 0) & (recurrent == 0)).numpy()
    total = own + recurrent
    return (total <= 0 if cell == "relu" else total == 0).numpy()
