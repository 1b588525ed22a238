"""A network as an ONNX file, for runtimes that know no torch."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnngraph import __version__
from rnngraph._files import write_atomically
from rnngraph._types import Cell
from rnngraph.errors import InputError
from rnngraph.masks import GATES
from rnngraph.masks.layout import DIRECTIONS, parameter_names
from rnngraph.nn.graph_rnn import GraphRNN, stock_cell

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


def export_onnx(
    model: GraphRNN, path: str | Path, *, tokens: bool = True, per_step: bool = False
) -> None:
    """Write a network to an ONNX file; an existing file is replaced as a whole.

    The file's inputs are `x`, tokens (batch, steps) int64 or numbers (batch, steps, input_size)
    float32, and `lengths`, (batch,) int64; its output is `y`, what the network returns for them.
    Batch and steps are free.

    Zeros are stored like other weights, for ONNX has no sparse recurrent operator: what makes the
    file small and its runtime fast is to `shrink` first.

    Source: operators RNN, GRU and LSTM of the ONNX specification, opset 17.

    Args:
        model: Of any type and on any device; the file's weights are float32. A stock module comes
            in by `GraphRNN.from_torch`.
        path: File to write.
        tokens: Whether `x` is tokens.
        per_step: Whether `y` is (batch, steps, output_size), 0 past a sequence's end, and not
            (batch, output_size), after each one's last step.

    Raises:
        InputError: `model` is something else, or the package `onnx` is not installed.
        FileError: The file cannot be written.
    """
    if not isinstance(model, GraphRNN):
        raise InputError(f"`model` must be a GraphRNN; got {type(model).__name__}.")
    try:
        onnx = import_module("onnx")
    except ImportError as error:
        raise InputError(
            '`export_onnx` needs the package onnx; install it, or "rnngraph[onnx]".'
        ) from error
    graph = _Graph(onnx)
    rnn, readout = model.to_torch()
    rnn, readout = rnn.to("cpu", torch.float32), readout.to("cpu", torch.float32)
    cell = stock_cell(rnn)
    read = "x"
    if tokens:
        graph.constant("depth", np.array(model.input_size))
        graph.constant("off_on", np.array([0, 1], dtype=np.float32))
        read = graph.add("OneHot", ["x", "depth", "off_on"])
    hidden = graph.add("Transpose", [read], perm=[1, 0, 2])
    ends = graph.add("Cast", ["lengths"], to=onnx.TensorProto.INT32)
    last = ""
    for layer in range(rnn.num_layers):
        hidden, last = _layer(graph, rnn, cell, layer, hidden, ends)
    graph.constant("readout_weight", readout.weight.detach().numpy().T)
    graph.constant("readout_bias", readout.bias.detach().numpy())
    if per_step:
        rows = graph.add("Transpose", [hidden], perm=[1, 0, 2])
    else:
        graph.constant("flat", np.array([0, -1]))
        rows = graph.add("Reshape", [graph.add("Transpose", [last], perm=[1, 0, 2]), "flat"])
    outputs = graph.add("Add", [graph.add("MatMul", [rows, "readout_weight"]), "readout_bias"])
    if per_step:
        outputs = graph.add("Mul", [outputs, _running(graph, onnx)])
    graph.add("Identity", [outputs], output="y")
    kinds = onnx.TensorProto
    sizes = ["batch", "steps"]
    x = (kinds.INT64, sizes) if tokens else (kinds.FLOAT, [*sizes, model.input_size])
    y = [*sizes, model.output_size] if per_step else ["batch", model.output_size]
    made = graph.model({"x": x, "lengths": (kinds.INT64, ["batch"])}, {"y": (kinds.FLOAT, y)})
    onnx.checker.check_model(made)
    write_atomically(Path(path), made.SerializeToString())


class _Graph:
    """Nodes and constants on their way to a model."""

    def __init__(self, onnx: Any) -> None:  # noqa: ANN401 - a module
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

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
        array = np.ascontiguousarray(value)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def model(
        self, inputs: dict[str, tuple[int, list[Any]]], outputs: dict[str, tuple[int, list[Any]]]
    ) -> Any:  # noqa: ANN401 - onnx.ModelProto
        """Put everything together."""
        helper = self._onnx.helper
        values = [
            [helper.make_tensor_value_info(name, *what) for name, what in part.items()]
            for part in (inputs, outputs)
        ]
        graph = helper.make_graph(self._nodes, "rnngraph", *values, self._constants)
        return helper.make_model(
            graph,
            producer_name="rnngraph",
            producer_version=__version__,
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPSET)],
        )


def _layer(
    graph: _Graph, rnn: nn.RNNBase, cell: Cell, layer: int, read: str, ends: str
) -> tuple[str, str]:
    """Outputs of a layer, (steps, batch, directions * units), and its last states."""
    operator, order = _OPERATORS[cell]
    directions = DIRECTIONS[: 1 + rnn.bidirectional]

    def stacked(name: str) -> NDArray[np.float32]:
        value = rnn.get_parameter(name).detach().numpy()
        blocks = dict(zip(GATES[cell], np.split(value, len(order)), strict=True))
        return np.concatenate([blocks[gate] for gate in order])

    by_direction = [
        [stacked(name) for name in parameter_names(layer, direction)] for direction in directions
    ]
    weights = [
        graph.constant(f"w{layer}", np.stack([own[0] for own in by_direction])),
        graph.constant(f"r{layer}", np.stack([own[1] for own in by_direction])),
        graph.constant(f"b{layer}", np.stack([np.concatenate(own[2:]) for own in by_direction])),
    ]
    attributes: dict[str, object] = {
        "hidden_size": rnn.hidden_size,
        "direction": "bidirectional" if rnn.bidirectional else "forward",
    }
    if cell == "gru":
        attributes["linear_before_reset"] = 1
    elif cell == "relu":
        attributes["activations"] = ["Relu"] * len(directions)
    states, last = graph.add_all(
        operator, [read, *weights, ends], [f"states{layer}", f"last{layer}"], **attributes
    )
    graph.constant(f"wide{layer}", np.array([0, 0, -1]))
    side_by_side = graph.add("Transpose", [states], perm=[0, 2, 1, 3])
    return graph.add("Reshape", [side_by_side, f"wide{layer}"]), last


def _running(graph: _Graph, onnx: Any) -> str:  # noqa: ANN401 - a module
    """1 at the steps of each sequence, 0 past its end, (batch, steps, 1)."""
    graph.constant("zero", np.array(0))
    graph.constant("one", np.array(1))
    graph.constant("axis_1", np.array([1]))
    graph.constant("axis_2", np.array([2]))
    steps = graph.add("Gather", [graph.add("Shape", ["x"]), "one"])
    place = graph.add("Range", ["zero", steps, "one"])
    length = graph.add("Unsqueeze", ["lengths", "axis_1"])
    within = graph.add("Cast", [graph.add("Less", [place, length])], to=onnx.TensorProto.FLOAT)
    return graph.add("Unsqueeze", [within, "axis_2"])
