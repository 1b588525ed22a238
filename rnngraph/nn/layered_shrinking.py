"""From a pruned layered network to a smaller one; see `shrinking`.

A unit is one of its layer, in all cells of that layer: it leaves where none of them needs it. A
cell over several layers leaves as a whole where none of its units acts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnngraph.masks import GATES, LayeredMask
from rnngraph.masks.layered import OUTSIDE, LayeredCell
from rnngraph.nn.acting import Place, Units, read_units, silent_units
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.parameters import READOUT_BIAS, READOUT_WEIGHT

_ONLY: Place = (0, "forward")
"""Where the units of a cell are in its stock module."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Copies of what a layered network computes with, masks applied.

    Attributes:
        mask: Which cells there are, and between which layers.
        cells: By name.
        readout: (output_size, units of the last layer).
    """

    mask: LayeredMask
    cells: dict[str, nn.RNNBase]
    readout: Tensor

    def sizes(self) -> dict[Place, int]:
        """Units of each layer."""
        return {(layer, "forward"): len(nodes) for layer, nodes in enumerate(self.mask.layers)}


def parts_of(model: LayeredRNN) -> Parts:
    """Take a network apart, on the CPU."""
    return Parts(model.mask, model.to_torch(), model.readout.weight.detach().cpu().clone())


@torch.no_grad()
def forget(parts: Parts, remove: Mapping[Place, Sequence[int]]) -> None:
    """Set to 0 whatever reads some units."""
    for (layer, _), index in remove.items():
        for part in parts.mask.cells:
            if part.target == layer:
                parts.cells[part.name].get_parameter("weight_hh_l0")[:, index] = 0
            if part.source == layer:
                parts.cells[part.name].get_parameter("weight_ih_l0")[:, index] = 0
        if layer == len(parts.mask.layers) - 1:
            parts.readout[:, index] = 0


def acting(parts: Parts) -> tuple[dict[str, Units], dict[str, Units]]:
    """Which units of each cell are silent, and which act on an output; both by its name."""
    cells, layers = parts.mask.cells, parts.mask.layers
    silent: dict[str, Units] = {}
    loud = [np.zeros(len(nodes), dtype=bool) for nodes in layers]
    for part in cells:
        rnn = parts.cells[part.name]
        given = np.ones(rnn.input_size, dtype=bool) if part.source == OUTSIDE else loud[part.source]
        silent[part.name] = silent_units(rnn, _ONLY, given)
        loud[part.target] |= ~silent[part.name]
    acts: dict[str, Units] = {}
    wanted = [np.zeros(len(nodes), dtype=bool) for nodes in layers]
    wanted[-1] = (parts.readout.numpy() != 0).any(axis=0)
    for part in reversed(cells):  # by target: whoever reads a layer comes before it
        quiet = silent[part.name]
        units, below = read_units(parts.cells[part.name], _ONLY, quiet, wanted[part.target])
        acts[part.name] = units & ~quiet
        if part.source != OUTSIDE:
            wanted[part.source] |= below
    return silent, acts


def by_layer(parts: Parts, units: Mapping[str, Units], *, every: bool) -> list[Units]:
    """What holds in every cell of a layer, or in any of them, layer by layer."""
    fold = np.logical_and if every else np.logical_or
    return [
        fold.reduce([units[part.name] for part in parts.mask.cells if part.target == layer])
        for layer in range(len(parts.mask.layers))
    ]


def cut(
    model: LayeredRNN, parts: Parts, remove: Mapping[Place, Sequence[int]]
) -> tuple[LayeredRNN, dict[Place, tuple[int, ...]]]:
    """The network of the units that act, at least one a layer, and what they were called before."""
    _, acts = acting(parts)
    kept: list[NDArray[np.int64]] = [
        np.flatnonzero(units) if units.any() else np.zeros(1, dtype=np.int64)
        for units in by_layer(parts, acts, every=False)
    ]
    gates = len(GATES[model.cell])
    made, values = [], {}
    for part in parts.mask.cells:
        if part.source < part.target - 1 and not acts[part.name].any():
            continue
        units = torch.from_numpy(kept[part.target])
        n = len(parts.mask.layers[part.target])
        rows = torch.cat([units + gate * n for gate in range(gates)])
        read = None if part.source == OUTSIDE else torch.from_numpy(kept[part.source])
        masks = {"ih": part.input.cpu()[rows], "hh": part.hidden.cpu()[rows][:, units]}
        if read is not None:
            masks["ih"] = masks["ih"][:, read] & _left(kept, remove, part.source)
        masks["hh"] = masks["hh"] & _left(kept, remove, part.target)
        made.append(LayeredCell(part.source, part.target, masks["ih"], masks["hh"]))
        for name, value in parts.cells[part.name].named_parameters():
            cut_value = value.detach()[rows]
            if name == "weight_hh_l0":
                cut_value = cut_value[:, units]
            elif name == "weight_ih_l0" and read is not None:
                cut_value = cut_value[:, read]
            values[f"cells.{part.name}.{name}"] = cut_value
    if model.embedding is not None:
        values["embedding.weight"] = model.embedding.weight.detach()
    values[READOUT_WEIGHT] = parts.readout[:, torch.from_numpy(kept[-1])]
    values[READOUT_BIAS] = model.readout.bias.detach()
    mask = LayeredMask(model.cell, _nodes(parts, kept), parts.mask.embedding_size, tuple(made))
    dtype = model.readout.weight.dtype
    smaller = LayeredRNN(mask, model.input_size, model.output_size, rng=0, dtype=dtype)
    smaller.set_parameters(values)
    smaller.train(model.training)
    names: dict[Place, tuple[int, ...]] = {
        (layer, "forward"): tuple(units.tolist()) for layer, units in enumerate(kept)
    }
    return smaller.to(model.readout.weight.device), names


def _left(
    kept: Sequence[NDArray[np.int64]], remove: Mapping[Place, Sequence[int]], layer: int
) -> Tensor:
    """Units of a layer but for a removed one that fills it up, which nothing reads."""
    return torch.from_numpy(np.isin(kept[layer], remove.get((layer, "forward"), ()), invert=True))


def _nodes(parts: Parts, kept: Sequence[NDArray[np.int64]]) -> tuple[tuple[int, ...], ...]:
    """Nodes of the layers, numbered anew in their order."""
    layers = [
        [nodes[unit] for unit in units]
        for nodes, units in zip(parts.mask.layers, kept, strict=True)
    ]
    number = {node: k for k, node in enumerate(sorted(node for nodes in layers for node in nodes))}
    return tuple(tuple(number[node] for node in nodes) for nodes in layers)
