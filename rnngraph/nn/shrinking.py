"""From a pruned network to a smaller one: units that nothing reads, or that stay at 0, leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from rnngraph.errors import InputError
from rnngraph.masks import GATES, RecurrentMask
from rnngraph.masks.layout import DIRECTIONS, parameter_name, parameter_names
from rnngraph.nn.acting import Place, Units, read_units, silent_units
from rnngraph.nn.copies import linear_like, refuse_readout, stock_copies, stock_like
from rnngraph.nn.graph_rnn import GraphRNN, stock_cell
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.layered_shrinking import acting, by_layer, cut, forget, parts_of
from rnngraph.nn.removal import checked_removal

_OTHERS = "a GraphRNN, a LayeredRNN,"


@dataclass(frozen=True, eq=False)
class Shrunk:
    """A smaller network with the outputs of the one that it comes from.

    Attributes:
        model: Of the same kind.
        readout: The smaller readout of a stock module; None where there was none, and for a
            `GraphRNN` or `LayeredRNN`, which has its own.
        kept: Units that it has, by layer and direction, ascending: what they were called before.
    """

    model: GraphRNN | LayeredRNN | nn.RNNBase
    readout: nn.Linear | None = field(repr=False)
    kept: Mapping[Place, tuple[int, ...]] = field(repr=False)


def shrink(
    model: GraphRNN | LayeredRNN | nn.RNNBase,
    readout: nn.Linear | None = None,
    *,
    remove: Mapping[Place, Sequence[int]] | None = None,
) -> Shrunk:
    """Take units out of a network, with their rows, columns, gates and readout weights.

    Those leave without which the outputs are the same, from a state of 0: see `dead_units`. Torch
    has one number of units for all layers and directions, the largest that is needed; where fewer
    are, some of the dead stay. A layer of a `LayeredRNN` has a number of its own, and leaves a unit
    where none of its cells needs it; cells over several layers of which no unit acts leave, too.

    Args:
        model: A `GraphRNN`, a `LayeredRNN`, or an `nn.RNN`, `nn.GRU` or `nn.LSTM` without
            projections, with or without biases, under masks of `rnngraph.pruning` or torch's or
            none; it is not changed.
        readout: What reads the outputs of a stock module's last layer; None: all of them are
            wanted, and all units of the last layer stay.
        remove: Units to remove although they live: `{(0, "forward"): [3, 7]}`. The result is that
            of the network in which nothing reads them.

    Raises:
        InputError: Another kind of module, a readout that does not fit, or a unit that is not
            there.
    """
    if isinstance(model, LayeredRNN):
        refuse_readout(model, readout)
        parts = parts_of(model)
        gone = checked_removal(remove, parts.sizes())
        forget(parts, gone)
        layered, places = cut(model, parts, gone)
        return Shrunk(layered, None, places)
    rnn, read_out = stock_copies(model, readout, _OTHERS)
    gone = checked_removal(remove, dict.fromkeys(_places(rnn), rnn.hidden_size))
    _forget(rnn, read_out, gone)
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
        mask = _cut_mask(model.mask, rnn, kept, width, gone)
        return Shrunk(GraphRNN.from_torch(smaller, smaller_readout, mask), None, names)
    return Shrunk(smaller, smaller_readout, names)


def dead_units(
    model: GraphRNN | LayeredRNN | nn.RNNBase, readout: nn.Linear | None = None
) -> pd.DataFrame:
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
    if isinstance(model, LayeredRNN):
        refuse_readout(model, readout)
        parts = parts_of(model)
        quiet, acts = acting(parts)
        found = zip(
            by_layer(parts, quiet, every=True), by_layer(parts, acts, every=False), strict=True
        )
        units = {(layer, DIRECTIONS[0]): both for layer, both in enumerate(found)}
    else:
        rnn, read_out = stock_copies(model, readout, _OTHERS)
        silent = _silent(rnn)
        read = _read(rnn, read_out, silent)
        units = {place: (silent[place], read[place] & ~silent[place]) for place in _places(rnn)}
    rows = [
        (*place, unit, "silent" if silent_ones[unit] else "unread")
        for place, (silent_ones, acting_ones) in units.items()
        for unit in np.flatnonzero(~acting_ones).tolist()
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
    for place, index in remove.items():
        layer, direction = place
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


def _silent(rnn: nn.RNNBase) -> dict[Place, Units]:
    """Units whose state never leaves 0, layer by layer from the input on."""
    silent: dict[Place, Units] = {}
    loud = np.ones(rnn.input_size, dtype=bool)
    for layer in range(rnn.num_layers):
        places = [place for place in _places(rnn) if place[0] == layer]
        silent |= {place: silent_units(rnn, place, loud) for place in places}
        loud = ~np.concatenate([silent[place] for place in places])
    return silent


def _read(
    rnn: nn.RNNBase, readout: nn.Linear | None, silent: Mapping[Place, Units]
) -> dict[Place, Units]:
    """Units from which a path leads to an output, from the last layer down."""
    n, directions = rnn.hidden_size, 1 + rnn.bidirectional
    outputs = np.ones(n * directions, dtype=bool)
    if readout is not None:
        outputs = (readout.weight.detach().cpu().numpy() != 0).any(axis=0)
    read: dict[Place, Units] = {}
    for layer in reversed(range(rnn.num_layers)):
        below = np.zeros(rnn.input_size if layer == 0 else n * directions, dtype=bool)
        for place, wanted in zip(
            [place for place in _places(rnn) if place[0] == layer],
            outputs.reshape(directions, n),
            strict=True,
        ):
            read[place], sources = read_units(rnn, place, silent[place], wanted)
            below |= sources
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


def _outputs(units: Mapping[Place, Units], layer: int) -> torch.Tensor:
    """What holds for the units of a layer, in the order of its outputs: forward units first."""
    return torch.from_numpy(
        np.concatenate([own for place, own in units.items() if place[0] == layer])
    )
