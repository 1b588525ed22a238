"""Graph -> layered network: a recurrent cell for each layer, one more for each skip over layers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch

from rnngraph._check import check_bool, check_choice, check_int
from rnngraph._types import CELLS, Adjacency, Cell
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency, layer_index, orient_acyclic
from rnngraph.masks.layout import GATES, stack_gates

OUTSIDE = -1
"""What stands for the network's input where a layer's number is asked for."""


@dataclass(frozen=True, eq=False)
class LayeredCell:
    """A recurrent cell with as many units as its layer: bool tensors, True = live, rows = target.

    Attributes:
        source: Layer whose output it reads at the same step; -1 for the network's input.
        target: Layer that its state is added to.
        input: (gates * units, units of the source).
        hidden: (gates * units, units).
    """

    source: int
    target: int
    input: torch.Tensor = field(repr=False)
    hidden: torch.Tensor = field(repr=False)

    @property
    def name(self) -> str:
        """`layer_2`, or `skip_0_2` for one that skips layers."""
        return self.name_of(self.source, self.target)

    @staticmethod
    def name_of(source: int, target: int) -> str:
        """Name of the cell between two layers."""
        return f"layer_{target}" if target == source + 1 else f"skip_{source}_{target}"


@dataclass(frozen=True, eq=False)
class LayeredMask:
    """Which weights of a layered network exist.

    Attributes:
        cell: "tanh", "relu", "gru" or "lstm".
        layers: Nodes of each layer of the graph: its units, in this order.
        embedding_size: Width of a token's embedding; 0: the input goes into the cells as it is.
        cells: One for each layer, followed by those that skip to it.
    """

    cell: Cell
    layers: tuple[tuple[int, ...], ...]
    embedding_size: int
    cells: tuple[LayeredCell, ...] = field(repr=False)

    @property
    def n_units(self) -> int:
        """Units of all cells together."""
        return sum(len(self.layers[cell.target]) for cell in self.cells)

    def graph(self) -> Adjacency:
        """The graph between the layers, oriented: i -> j where some gate of unit j reads unit i."""
        edges = np.zeros((sum(map(len, self.layers)),) * 2, dtype=bool)
        for cell in self.cells:
            if cell.source != OUTSIDE:
                sources, targets = self.layers[cell.source], self.layers[cell.target]
                by_gate = cell.input.cpu().numpy().reshape(-1, len(targets), len(sources))
                edges[np.ix_(sources, targets)] = by_gate.any(axis=0).T
        return edges


def layered_mask(
    graph: object,
    cell: Cell,
    *,
    embedding_size: int | None = None,
    hidden: str | Sequence[object] = "complete",
    interleaved_gates: bool = False,
    order: Sequence[int] | None = None,
) -> LayeredMask:
    """Turn a graph into the mask of a layered network, as in Darji's thesis.

    Edges are oriented from lower to higher node; a node's layer is the longest path to it. A
    layer's cell reads the layer before along the edges between them; edges over several layers
    are cells of their own, with states of their own, whose states are added to the layer's.

    Source: Darji (2024), arXiv:2407.20601, section "Random structure".

    Args:
        graph: Anything `as_adjacency` takes; directions and self-loops do not count.
        cell: "tanh", "relu", "gru" or "lstm".
        embedding_size: Width of a token's embedding, at least 1; 0 for inputs that are not tokens;
            None takes the number of nodes in the first layer, as the thesis does.
        hidden: Hidden-to-hidden weights within each cell: "complete" as in the thesis,
            "diagonal", or a graph a layer.
        interleaved_gates: As the thesis's code did it, for comparison: rows of a mask are repeated
            for the gates one by one, though the gates lie in whole blocks, so that most units of a
            GRU or LSTM get gates with different sources.
        order: All nodes, in the order that the units of a layer are to have; None: ascending.

    Raises:
        InputError: An unknown cell, a size below 0, graphs in `hidden` that do not fit, an `order`
            that does not name each node once, or `interleaved_gates` is no bool.
    """
    name = cast("Cell", check_choice("cell", cell, CELLS))
    edges = orient_acyclic(as_adjacency(graph))
    of_node = layer_index(edges)
    nodes = np.arange(len(edges)) if order is None else np.asarray(order)
    if sorted(nodes.tolist()) != list(range(len(edges))):
        raise InputError(f"`order` must name each of the {len(edges)} nodes once; got {order!r}.")
    layers = [nodes[of_node[nodes] == layer] for layer in range(int(of_node.max()) + 1)]
    width = len(layers[0]) if embedding_size is None else embedding_size
    check_int("embedding_size", width, 0)
    check_bool("interleaved_gates", interleaved_gates)
    within = _within(hidden, [len(layer) for layer in layers])
    gates = len(GATES[name])

    def stacked(block: Adjacency) -> torch.Tensor:
        if interleaved_gates:
            return torch.from_numpy(np.repeat(block.T, gates, axis=0))
        return stack_gates([block] * gates)

    cells = []
    for target, units in enumerate(layers):
        for source in (target - 1, *range(target - 1)):
            block = (
                np.ones((max(width, 1), len(units)), dtype=bool)
                if source == OUTSIDE
                else edges[np.ix_(layers[source], units)]
            )
            if source == target - 1 or block.any():
                own = stack_gates([within[target]] * gates)
                cells.append(LayeredCell(source, target, stacked(block), own))
    return LayeredMask(name, tuple(tuple(units.tolist()) for units in layers), width, tuple(cells))


def _within(hidden: str | Sequence[object], sizes: list[int]) -> list[Adjacency]:
    if isinstance(hidden, str):
        check_choice("hidden", hidden, ("complete", "diagonal"))
        alone = hidden == "diagonal"
        return [np.eye(n, dtype=bool) if alone else np.ones((n, n), dtype=bool) for n in sizes]
    graphs = [as_adjacency(graph) for graph in hidden]
    if [len(graph) for graph in graphs] != sizes:
        raise InputError(
            f"`hidden` must hold a graph for each layer, of {sizes} nodes; got "
            f"{[len(graph) for graph in graphs]}."
        )
    return graphs
