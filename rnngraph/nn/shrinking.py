"""From a pruned network to a smaller one: units that nothing reads, or that stay at 0, leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from rnngraph._check import check_int
from rnngraph.errors import InputError
from rnngraph.masks import GATES, RecurrentMask
from rnngraph.masks.layout import DIRECTIONS, Direction, parameter_name, parameter_names
from rnngraph.nn.copies import linear_like, stock_copies, stock_like
from rnngraph.nn.graph_rnn import GraphRNN, stock_cell

Place: TypeAlias = tuple[int, Direction]
"""A layer, from 0, and a direction, "forward" or "backward"."""

_Units: TypeAlias = NDArray[np.bool_]
_SILENT_GATE = {"tanh": "h", "relu": "h", "gru": "n", "lstm": "g"}
"""The gate that a unit's state is made of: where it is always 0, so is the state."""


@dataclass(frozen=True, eq=False)
class Shrunk:
    """A smaller network with the outputs of the one that it comes from.

    Attributes:
        model: Of the same kind.
        readout: The smaller readout of a stock module; None where there was none, and for a
            `GraphRNN`, which has its own.
        kept: Units that it has, by layer and direction, ascending: what they were called before.
    """

    model: GraphRNN | nn.RNNBase
    readout: nn.Linear | None = field(repr=False)
    kept: Mapping[Place, tuple[int, ...]] = field(repr=False)


def shrink(
    model: GraphRNN | nn.RNNBase,
    readout: nn.Linear | None = None,
    *,
    remove: Mapping[Place, Sequence[int]] | None = None,
) -> Shrunk:
    """Take units out of a network, with their rows, columns, gates and readout weights.

    Those leave without which the outputs are the same, from a state of 0: see `dead_units`. Torch
    has one number of units for all layers and directions, the largest that is needed; where fewer
    are, some of the dead stay.

    Args:
        model: A `GraphRNN`, or an `nn.RNN`, `nn.GRU` or `nn.LSTM` without projections, with or
            without biases, under masks of `rnngraph.pruning` or torch's or none; it is not changed.
        readout: What reads the outputs of a stock module's last layer; None: all of them are
            wanted, and all units of the last layer stay.
        remove: Units to remove although they live: `{(0, "forward"): [3, 7]}`. The result is that
            of the network in which nothing reads them.

    Raises:
        InputError: Another kind of module, a readout that does not fit, or a unit that is not
            there.
    """
    rnn, read_out = stock_copies(model, readout)
    _forget(rnn, read_out, remove or {})
    silent = _silent(rnn)
    read = _read(rnn, read_out, silent)
    last = rnn.num_layers - 1
    alive = {
        place: read[place] & ~silent[place] | (place[0] == last and read_out is None)
        for place in _places(rnn)
    }
    width = max(1, *(int(units.sum()) for units in alive.values()))
    kept = {
        # Stable: the living first, then the dead in their order.
        place: np.sort(np.argsort(~units, kind="stable")[:width])
        for place, units in alive.items()
    }
    smaller = _cut(rnn, kept, width)
    smaller_readout = None
    if read_out is not None:
        smaller_readout = linear_like(
            read_out, read_out.weight.detach()[:, _columns(rnn, kept, last)]
        )
    names = {place: tuple(int(unit) for unit in units) for place, units in kept.items()}
    if isinstance(model, GraphRNN):
        assert smaller_readout is not None  # it has one
        mask = _cut_mask(model.mask, rnn, kept, width, remove or {})
        return Shrunk(GraphRNN.from_torch(smaller, smaller_readout, mask), None, names)
    return Shrunk(smaller, smaller_readout, names)


def dead_units(model: GraphRNN | nn.RNNBase, readout: nn.Linear | None = None) -> pd.DataFrame:
    """Units without which the outputs are the same.

    "silent": from a state of 0 its state is 0 at every step, because what it is made of is: its own
    gate ("h", the GRU's "n", the LSTM's "g") has no bias and no weight from any unit or input that
    is not silent; for "relu" the bias may be below 0. "unread": of the others, those from which no
    path of weights leads to an output without a silent unit on it.

    Args:
        model: As for `shrink`.
        readout: As for `shrink`.

    Returns:
        A row a unit: layer, direction, unit, kind.

    Raises:
        InputError: As `shrink`.
    """
    rnn, read_out = stock_copies(model, readout)
    silent = _silent(rnn)
    read = _read(rnn, read_out, silent)
    rows = [
        (layer, direction, unit, "silent" if silent[layer, direction][unit] else "unread")
        for layer, direction in _places(rnn)
        for unit in np.flatnonzero(silent[layer, direction] | ~read[layer, direction]).tolist()
    ]
    return pd.DataFrame(rows, columns=["layer", "direction", "unit", "kind"])


def _places(rnn: nn.RNNBase) -> list[Place]:
    directions = DIRECTIONS[: 1 + rnn.bidirectional]
    return [(layer, direction) for layer in range(rnn.num_layers) for direction in directions]


@torch.no_grad()
def _forget(
    rnn: nn.RNNBase, readout: nn.Linear | None, remove: Mapping[Place, Sequence[int]]
) -> None:
    """Set to 0 whatever reads some units."""
    for place, units in remove.items():
        if place not in _places(rnn):
            raise InputError(f"`remove` must name layers and directions of `model`; got {place}.")
        layer, direction = place
        index = [check_int(f"remove[{place}]", u, 0, rnn.hidden_size - 1) for u in units]
        rnn.get_parameter(parameter_name("hh", *place))[:, index] = 0
        below = [DIRECTIONS.index(direction) * rnn.hidden_size + unit for unit in index]
        if layer + 1 < rnn.num_layers:
            for other in DIRECTIONS[: 1 + rnn.bidirectional]:
                rnn.get_parameter(parameter_name("ih", layer + 1, other))[:, below] = 0
        elif readout is None:
            raise InputError(
                "`remove` must leave the last layer alone where there is no `readout`: all its "
                f"units are outputs; got {place}."
            )
        else:
            readout.weight[:, below] = 0


def _links(rnn: nn.RNNBase, block: str, place: Place, gate: str | None = None) -> NDArray[np.bool_]:
    """Whether unit j reads source i, in any gate or one: (units, sources)."""
    weight = rnn.get_parameter(parameter_name(block, *place)).detach().cpu()
    gates = GATES[stock_cell(rnn)]
    by_gate = weight.reshape(len(gates), rnn.hidden_size, -1).numpy() != 0
    links: NDArray[np.bool_] = by_gate.any(axis=0) if gate is None else by_gate[gates.index(gate)]
    return links


def _silent(rnn: nn.RNNBase) -> dict[Place, _Units]:
    """Units whose state never leaves 0, layer by layer from the input on."""
    cell = stock_cell(rnn)
    gate = _SILENT_GATE[cell]
    silent: dict[Place, _Units] = {}
    loud = np.ones(rnn.input_size, dtype=bool)
    for layer in range(rnn.num_layers):
        places = [place for place in _places(rnn) if place[0] == layer]
        for place in places:
            quiet = _biases_allow(rnn, place)
            quiet &= ~(_links(rnn, "ih", place, gate) & loud).any(axis=1)
            links = _links(rnn, "hh", place, gate)
            # Who reads one that is not silent is not silent either, until nothing changes.
            while (reached := quiet & (links & ~quiet).any(axis=1)).any():
                quiet &= ~reached
            silent[place] = quiet
        loud = ~np.concatenate([silent[place] for place in places])
    return silent


def _biases_allow(rnn: nn.RNNBase, place: Place) -> _Units:
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


def _read(
    rnn: nn.RNNBase, readout: nn.Linear | None, silent: Mapping[Place, _Units]
) -> dict[Place, _Units]:
    """Units from which a path leads to an output, from the last layer down.

    What a silent unit reads changes nothing, so no path goes through one.
    """
    n, directions = rnn.hidden_size, 1 + rnn.bidirectional
    outputs = np.ones(n * directions, dtype=bool)
    if readout is not None:
        outputs = (readout.weight.detach().cpu().numpy() != 0).any(axis=0)
    read: dict[Place, _Units] = {}
    for layer in reversed(range(rnn.num_layers)):
        below = np.zeros(rnn.input_size if layer == 0 else n * directions, dtype=bool)
        for place, units in zip(
            [place for place in _places(rnn) if place[0] == layer],
            outputs.reshape(directions, n).copy(),
            strict=True,
        ):
            links = _links(rnn, "hh", place)
            loud = ~silent[place]
            while (found := ~units & links[units & loud].any(axis=0)).any():
                units |= found
            read[place] = units
            below |= _links(rnn, "ih", place)[units & loud].any(axis=0)
        outputs = below
    return read


def _rows(kept: NDArray[np.int64], gates: int, n: int) -> torch.Tensor:
    return torch.from_numpy(np.concatenate([gate * n + kept for gate in range(gates)]))


def _columns(rnn: nn.RNNBase, kept: Mapping[Place, NDArray[np.int64]], layer: int) -> torch.Tensor:
    """Places of the units of a layer among its outputs, forward units first."""
    directions = DIRECTIONS[: 1 + rnn.bidirectional]
    return torch.from_numpy(
        np.concatenate(
            [d * rnn.hidden_size + kept[layer, name] for d, name in enumerate(directions)]
        )
    )


@torch.no_grad()
def _cut(rnn: nn.RNNBase, kept: Mapping[Place, NDArray[np.int64]], width: int) -> nn.RNNBase:
    cell = stock_cell(rnn)
    weight = rnn.get_parameter(parameter_name("hh", 0, "forward"))
    smaller = stock_like(rnn, cell, width, weight)
    for place, units in kept.items():
        rows = _rows(units, len(GATES[cell]), rnn.hidden_size)
        for name in parameter_names(*place, bias=rnn.bias):
            value = rnn.get_parameter(name)[rows]
            if name == parameter_name("hh", *place):
                value = value[:, torch.from_numpy(units)]
            elif name == parameter_name("ih", *place) and place[0] > 0:
                value = value[:, _columns(rnn, kept, place[0] - 1)]
            smaller.get_parameter(name).copy_(value)
    return smaller


def _cut_mask(
    mask: RecurrentMask,
    rnn: nn.RNNBase,
    kept: Mapping[Place, NDArray[np.int64]],
    width: int,
    remove: Mapping[Place, Sequence[int]],
) -> RecurrentMask:
    """The mask of what is left; nothing reads a removed unit that fills up its layer."""
    wanted = {
        place: np.isin(units, remove.get(place, ()), invert=True) for place, units in kept.items()
    }
    hidden, given = {}, {}
    for place, units in kept.items():
        rows = _rows(units, len(mask.gates), mask.hidden_size)
        name = parameter_name("hh", *place)
        block = mask.hidden[name].cpu()[rows][:, torch.from_numpy(units)]
        hidden[name] = block & torch.from_numpy(wanted[place])
        name = parameter_name("ih", *place)
        block = mask.input[name].cpu()[rows]
        if place[0] > 0:
            if block.shape[1] > 1:
                block = block[:, _columns(rnn, kept, place[0] - 1)]
            read = _outputs(wanted, place[0] - 1)
            block = block if read.all() else block & read
        given[name] = block
    last = mask.num_layers - 1
    readout = mask.readout.cpu()[:, _columns(rnn, kept, last)] & _outputs(wanted, last)
    return RecurrentMask(
        mask.cell, width, mask.num_layers, mask.bidirectional, hidden, given, readout
    )


def _outputs(units: Mapping[Place, _Units], layer: int) -> torch.Tensor:
    """What holds for the units of a layer, in the order of its outputs: forward units first."""
    return torch.from_numpy(
        np.concatenate([own for place, own in units.items() if place[0] == layer])
    )
