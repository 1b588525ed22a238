"""An ONNX graph under construction: nodes, constants, and recurrent layers made of both."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

from rnngraph import __version__
from rnngraph._types import Cell
from rnngraph.masks import GATES
from rnngraph.masks.layout import DIRECTIONS, parameter_names
from rnngraph.nn.graph_rnn import stock_cell

_OPSET: Final = 17
_IR_VERSION: Final = 8
"""Of 2022, so that runtimes of several years read the file."""

_OPERATORS: Final[dict[Cell, tuple[str, tuple[str, ...]]]] = {
    "tanh": ("RNN", ("h",)),
    "relu": ("RNN", ("h",)),
    "gru": ("GRU", ("z", "r", "n")),
    "lstm": ("LSTM", ("i", "o", "f", "g")),
}
"""ONNX's operator of each cell, and its order of our gates."""

Sizes = list[str | int]
"""Of a value's dimensions: a name where it is free."""


class Graph:
    """Nodes and constants on their way to a model.

    Args:
        onnx: The package.
        sparse: Whether weights are stored by what is not 0, where that takes fewer bytes.
    """

    def __init__(self, onnx: Any, *, sparse: bool) -> None:  # noqa: ANN401 - a module
        self._onnx, self._sparse = onnx, sparse
        self._tensor = onnx.numpy_helper.from_array
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._sparse_constants: list[Any] = []

    def add(
        self, operator: str, inputs: Sequence[str], output: str | None = None, **attributes: object
    ) -> str:
        """Add a node of one output; return its name."""
        (name,) = self.add_all(operator, inputs, [output or f"v{len(self._nodes)}"], **attributes)
        return name

    def add_all(
        self, operator: str, inputs: Sequence[str], outputs: list[str], **attributes: object
    ) -> list[str]:
        """Add a node; return the names of its outputs."""
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, outputs, **attributes))
        return outputs

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant; return its name."""
        self._constants.append(self._tensor(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str, value: NDArray[np.float32]) -> str:
        """Add a constant that may be sparse; return its name."""
        places = np.flatnonzero(value)  # int64, as the format wants them
        numbers = value.ravel()[places]
        if not self._sparse or places.nbytes + numbers.nbytes >= value.nbytes:
            return self.constant(name, value)
        made = self._onnx.helper.make_sparse_tensor(
            self._tensor(numbers, name), self._tensor(places, f"{name}_places"), value.shape
        )
        self._sparse_constants.append(made)
        return name

    def sum(self, names: Sequence[str]) -> str:
        """Add values up; return the name of their sum."""
        return self.add("Sum", names) if len(names) > 1 else names[0]

    def model(
        self, inputs: dict[str, tuple[int, Sizes]], outputs: dict[str, tuple[int, Sizes]]
    ) -> Any:  # noqa: ANN401 - onnx.ModelProto
        """Put everything together."""
        helper = self._onnx.helper
        values = [
            [helper.make_tensor_value_info(name, *what) for name, what in part.items()]
            for part in (inputs, outputs)
        ]
        graph = helper.make_graph(
            self._nodes,
            "rnngraph",
            *values,
            self._constants,
            sparse_initializer=self._sparse_constants,
        )
        return helper.make_model(
            graph,
            producer_name="rnngraph",
            producer_version=__version__,
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPSET)],
        )


def recurrent(graph: Graph, rnn: nn.RNNBase, name: str, read: str, ends: str) -> tuple[str, str]:
    """Add the layers of a stock module, one on the other, from a state of 0.

    Args:
        graph: Where they go.
        rnn: Float32, on the CPU.
        name: Tells its constants and outputs from those of others.
        read: What it reads, (steps, batch, input_size).
        ends: Length of each sequence, int32.

    Returns:
        Outputs of the last layer, (steps, batch, directions * units), and its last states,
        (directions, batch, units).
    """
    last = ""
    for layer in range(rnn.num_layers):
        read, last = _layer(graph, rnn, layer, f"{name}{layer}", read, ends)
    return read, last


def _layer(
    graph: Graph, rnn: nn.RNNBase, layer: int, name: str, read: str, ends: str
) -> tuple[str, str]:
    cell = stock_cell(rnn)
    operator, order = _OPERATORS[cell]
    directions = DIRECTIONS[: 1 + rnn.bidirectional]

    def stacked(parameter: str) -> NDArray[np.float32]:
        value = rnn.get_parameter(parameter).detach().numpy()
        blocks = dict(zip(GATES[cell], np.split(value, len(order)), strict=True))
        return np.concatenate([blocks[gate] for gate in order])

    by_direction = [
        [stacked(own) for own in parameter_names(layer, direction, bias=rnn.bias)]
        for direction in directions
    ]
    w = graph.weight(f"w_{name}", np.stack([own[0] for own in by_direction]))
    r = graph.weight(f"r_{name}", np.stack([own[1] for own in by_direction]))
    b = ""  # ONNX's word for nothing
    if rnn.bias:
        b = graph.weight(f"b_{name}", np.stack([np.concatenate(own[2:]) for own in by_direction]))
    attributes: dict[str, object] = {
        "hidden_size": rnn.hidden_size,
        "direction": "bidirectional" if rnn.bidirectional else "forward",
    }
    if cell == "gru":
        attributes["linear_before_reset"] = 1
    elif cell == "relu":
        attributes["activations"] = ["Relu"] * len(directions)
    states, last = graph.add_all(
        operator, [read, w, r, b, ends], [f"states_{name}", f"last_{name}"], **attributes
    )
    graph.constant(f"wide_{name}", np.array([0, 0, -1]))
    side_by_side = graph.add("Transpose", [states], perm=[0, 2, 1, 3])
    return graph.add("Reshape", [side_by_side, f"wide_{name}"]), last
