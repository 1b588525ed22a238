"""Graph -> mask: every gate of a recurrent network follows its graph."""

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import TypeAlias, TypeGuard, cast

import numpy as np
from numpy.typing import ArrayLike

from rnngraph._check import check_bool, check_choice
from rnngraph._types import CELLS, Adjacency, Cell
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency
from rnngraph.masks.connections import connections
from rnngraph.masks.layout import DIRECTIONS, GATES, Direction, parameter_name, stack_gates
from rnngraph.masks.mask import RecurrentMask

Place: TypeAlias = tuple[int, Direction]
"""A layer and a direction: one recurrent weight, so one graph a gate."""


def recurrent_mask(
    graph: object,
    cell: Cell,
    *,
    bidirectional: bool = False,
    gates: Mapping[str, object] | None = None,
    self_loops: bool | None = None,
    input: ArrayLike | None = None,
    between: ArrayLike | None = None,
    readout: ArrayLike | None = None,
) -> RecurrentMask:
    """Turn graphs into the mask of a recurrent network: edge i -> j lets unit j read unit i.

    A list holds layers, the first first; a tuple holds the two directions (forward, backward) of
    a bidirectional layer; anything else is one graph, of any form that `as_adjacency` takes. So
    `graph` is one layer and `[graph, graph]` two; with `bidirectional=True` a layer is
    `(graph, graph)`, or one graph for both directions.

    Args:
        graph: Graph, layers or directions as above; all graphs have the same number of nodes n,
            as torch has one hidden size. A list of rows of numbers is one graph.
        cell: "tanh", "relu", "gru" or "lstm".
        bidirectional: Whether every layer also reads the sequence backwards.
        gates: Gate name -> graph of that gate alone, in the forms of `graph`, where one graph
            stands for every layer; "full" for all n * n weights; None, as for a gate that is not
            named, for `graph` itself.
        self_loops: The units' own recurrent weights: None keeps the self-loops of the graphs,
            True gives every unit one, False none; in every gate.
        input: Units that receive the input, in both directions: None for all, distinct indices
            or bool (n,); or a bool matrix (input_size, n), rows = input channel.
        between: How each layer above the first reads the outputs of the one below: None for
            completely, or a bool matrix (n * directions, n), rows = output below, forward units
            first.
        readout: Outputs of the last layer that are read: None for all, distinct indices or bool
            (n * directions,), forward units first; or a bool matrix (n * directions,
            output_size).

    Raises:
        InputError: An unknown cell or gate, graphs of different size, a layer or direction
            without a graph, a block that does not fit, or a flag that is no bool.
    """
    name = cast("Cell", check_choice("cell", cell, CELLS))
    directions = DIRECTIONS if check_bool("bidirectional", bidirectional) else DIRECTIONS[:1]
    layers = len(graph) if _holds_layers(graph) else 1
    if layers == 0:
        raise InputError("`graph` must hold at least one layer; got an empty list.")
    places = [(layer, direction) for layer in range(layers) for direction in directions]
    shared = _graphs("graph", graph, places)
    n = len(shared[0, "forward"])
    by_gate = _by_gate(gates, name, shared)
    _check_sizes(by_gate, n)
    if self_loops is not None:
        check_bool("self_loops", self_loops)
        for adjacency in (a for graphs in by_gate.values() for a in graphs.values()):
            np.fill_diagonal(adjacency, self_loops)

    if between is not None and layers == 1:
        raise InputError("`between` must be None for a network of one layer.")
    outputs = n * len(directions)
    every = np.ones(outputs, dtype=bool)
    from_input = connections("input", every[:n] if input is None else input, (None, n))
    from_below = (
        every[None, :n] if between is None else connections("between", between, (outputs, n))
    )
    to_readout = connections("readout", every if readout is None else readout, (outputs, None))
    hidden, inputs = {}, {}
    for layer, direction in places:
        recurrent = [graphs[layer, direction] for graphs in by_gate.values()]
        below = from_below if layer else from_input
        hidden[parameter_name("hh", layer, direction)] = stack_gates(recurrent)
        inputs[parameter_name("ih", layer, direction)] = stack_gates([below] * len(recurrent))
    return RecurrentMask(
        cell=name,
        hidden_size=n,
        num_layers=layers,
        bidirectional=bidirectional,
        hidden=hidden,
        input=inputs,
        readout=stack_gates([to_readout]),
    )


def _holds_layers(graph: object) -> TypeGuard[list[object]]:
    """Whether `graph` lists layers, rather than being the nested rows of one matrix."""
    if not isinstance(graph, list):
        return False
    first = graph[0] if graph else None
    return not (isinstance(first, list | tuple) and first and isinstance(first[0], Number))


def _graphs(name: str, graph: object, places: Sequence[Place]) -> dict[Place, Adjacency]:
    """Give every place its own fresh adjacency; one graph stands for all of them."""
    n_layers = places[-1][0] + 1
    by_layer = graph if _holds_layers(graph) else [graph] * n_layers
    if len(by_layer) != n_layers:
        raise InputError(f"`{name}` must hold {n_layers} layers; got {len(by_layer)}.")
    return {
        (layer, direction): as_adjacency(_one_direction(name, by_layer[layer], direction, places))
        for layer, direction in places
    }


def _one_direction(
    name: str, graph: object, direction: Direction, places: Sequence[Place]
) -> object:
    if not isinstance(graph, tuple):
        return graph
    if (0, "backward") not in places:
        raise InputError(
            f"`{name}` must not hold a tuple (forward, backward) without `bidirectional=True`; "
            "layers go in a list."
        )
    if len(graph) != 2:
        raise InputError(f"`{name}` must hold tuples (forward, backward); got {len(graph)} items.")
    return graph[DIRECTIONS.index(direction)]


def _by_gate(
    gates: object, cell: Cell, shared: dict[Place, Adjacency]
) -> dict[str, dict[Place, Adjacency]]:
    """The graphs of every gate, in torch's order."""
    own = {} if gates is None else gates
    if not isinstance(own, Mapping):
        raise InputError(f"`gates` must map gate names to graphs; got {gates!r}.")
    for gate in own:
        check_choice("gates", gate, GATES[cell])
    return {gate: _gate_graphs(gate, own.get(gate), shared) for gate in GATES[cell]}


def _gate_graphs(
    gate: str, graph: object, shared: dict[Place, Adjacency]
) -> dict[Place, Adjacency]:
    if graph is None:
        return shared
    if isinstance(graph, str) and graph == "full":
        return {place: np.ones_like(adjacency) for place, adjacency in shared.items()}
    return _graphs(f"gates[{gate!r}]", graph, list(shared))


def _check_sizes(by_gate: dict[str, dict[Place, Adjacency]], n: int) -> None:
    for gate, graphs in by_gate.items():
        for (layer, direction), adjacency in graphs.items():
            if len(adjacency) != n:
                raise InputError(
                    "`graph` must have one number of nodes in all layers, directions and gates, "
                    f"as in layer 0 ({n}); got {len(adjacency)} in layer {layer}, {direction}, "
                    f"gate {gate!r}."
                )
