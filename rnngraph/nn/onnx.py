"""A network as an ONNX file, for runtimes that know no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnngraph._check import check_bool
from rnngraph._files import write_atomically
from rnngraph.errors import InputError
from rnngraph.masks.layered import OUTSIDE
from rnngraph.nn.copies import refuse_readout, stock_copies
from rnngraph.nn.graph_rnn import stock_linear
from rnngraph.nn.layered_rnn import LayeredRNN
from rnngraph.nn.layers import Link
from rnngraph.nn.onnx_graph import Graph, Sizes, recurrent
from rnngraph.nn.sparse.graph import SparseGraphRNN
from rnngraph.nn.sparse.layered import SparseLayeredRNN, SparseLink
from rnngraph.nn.sparse.module import SparseRNN


def export_onnx(
    model: nn.Module,
    path: str | Path,
    *,
    readout: nn.Linear | None = None,
    tokens: bool | None = None,
    per_step: bool = False,
) -> None:
    """Write a network to an ONNX file; an existing file is replaced as a whole.

    The file's inputs are `x`, tokens (batch, steps) int64 or numbers (batch, steps, input_size)
    float32, and `lengths`, (batch,) int64; its output is `y`, what the network returns for them,
    or without a readout the outputs of its last layer. Batch and steps are free; first states
    are 0.

    ONNX has no sparse recurrent operator: zeros are multiplied like other weights, and what makes a
    runtime fast is to `shrink` first. Zeros of what `compact` returned are not stored: each of its
    matrices that has fewer than a third of its weights goes into a sparse initializer of the
    format, 12 bytes a weight, which at 90 % sparsity makes the file 3.3 times smaller; onnxruntime
    makes them dense when it loads the file, other runtimes may not know them. Those of other
    models are stored like any weight, for all runtimes.

    Source: operators RNN, GRU and LSTM, and SparseTensorProto, of the ONNX specification, opset 17.

    Args:
        model: A `GraphRNN` or `LayeredRNN`, an `nn.RNN`, `nn.GRU` or `nn.LSTM` without projections,
            with or without biases, under masks of `rnngraph.pruning` or torch's or none, or what
            `compact` made of one of these; of any type and on any device. The file's weights are
            float32: bfloat16 and int8 values are written as the numbers that they stand for.
        path: File to write.
        readout: What reads the outputs of a stock module or `SparseRNN`, if anything does.
        tokens: Whether `x` is tokens; None: True, but for a stock module and a `SparseRNN`.
        per_step: Whether `y` is (batch, steps, output_size), 0 past a sequence's end, and not
            (batch, output_size), after each one's last step.

    Raises:
        InputError: `model` or `readout` is something else, `tokens` is False for a network that
            embeds them, `tokens` or `per_step` is no bool, or the package `onnx` is not installed.
        FileError: The file cannot be written.
    """
    network = _taken_apart(model, readout)
    check_bool("per_step", per_step)
    if tokens is not None:
        check_bool("tokens", tokens)
    else:
        tokens = not isinstance(model, nn.RNNBase | SparseRNN)
    if network.embedding is not None and not tokens:
        raise InputError("`tokens` must be True for a network that embeds them; got False.")
    try:
        onnx = import_module("onnx")
    except ImportError as error:
        raise InputError(
            '`export_onnx` needs the package onnx; install it, or "rnngraph[onnx]".'
        ) from error
    graph = Graph(onnx, sparse=network.sparse)
    ends = graph.add("Cast", ["lengths"], to=onnx.TensorProto.INT32)
    hidden, last = _layers(graph, network, _numbers(graph, network) if tokens else "x", ends)
    if per_step:
        rows = graph.add("Transpose", [hidden], perm=[1, 0, 2])
    else:
        graph.constant("flat", np.array([0, -1]))
        rows = graph.add("Reshape", [graph.add("Transpose", [last], perm=[1, 0, 2]), "flat"])
    outputs = _read_out(graph, network.readout, rows)
    if per_step:
        outputs = graph.add("Mul", [outputs, _running(graph, onnx)])
    graph.add("Identity", [outputs], output="y")
    kinds = onnx.TensorProto
    sizes: Sizes = ["batch", "steps"]
    x = (kinds.INT64, sizes) if tokens else (kinds.FLOAT, [*sizes, network.input_size])
    y: Sizes = [*(sizes if per_step else sizes[:1]), network.output_size]
    made = graph.model({"x": x, "lengths": (kinds.INT64, ["batch"])}, {"y": (kinds.FLOAT, y)})
    onnx.checker.check_model(made)
    write_atomically(path, made.SerializeToString())


@dataclass(frozen=True, eq=False)
class _Network:
    """A network in stock modules: a flat one is one cell of several layers.

    Attributes:
        cells: By where they are, ordered by target.
        embedding: (input_size, width), or None.
        readout: What reads the last layer, or None.
        input_size: Number of tokens or of input channels.
        sparse: Whether zeros need not be stored.
    """

    cells: Mapping[Link, nn.RNNBase]
    embedding: Tensor | None
    readout: nn.Linear | None
    input_size: int
    sparse: bool

    @property
    def output_size(self) -> int:
        """Width of the outputs."""
        if self.readout is not None:
            return self.readout.out_features
        (rnn,) = self.cells.values()
        return int(rnn.hidden_size) * (2 if rnn.bidirectional else 1)


def _taken_apart(model: nn.Module, readout: nn.Linear | None) -> _Network:
    """A network as float32 copies on the CPU.

    Raises:
        InputError: Another kind of model, or a readout that does not fit.
    """
    embedding: Tensor | None = None
    whole = SparseLink(OUTSIDE, 0)
    cells: Mapping[Link, nn.RNNBase]
    if isinstance(model, LayeredRNN | SparseLayeredRNN | SparseGraphRNN):
        refuse_readout(model, readout)
    if isinstance(model, LayeredRNN):
        stocks = model.to_torch()
        cells = {part: stocks[part.name] for part in model.mask.cells}
        embedding = None if model.embedding is None else model.embedding.weight.detach()
        readout = stock_linear(model.readout.weight.detach(), model.readout.bias.detach())
    elif isinstance(model, SparseLayeredRNN):
        cells = {link: model.cell(link).weights.stock() for link in model.links}
        embedding = model.embedding
        readout = stock_linear(model.readout_weight, model.readout_bias)
    elif isinstance(model, SparseGraphRNN):
        cells = {whole: model.rnn.weights.stock()}
        readout = stock_linear(model.readout_weight, model.readout_bias)
    else:
        others = "a GraphRNN, a LayeredRNN, what `compact` made of a network,"
        flat = model.weights.stock() if isinstance(model, SparseRNN) else model
        stock, readout = stock_copies(flat, readout, others)
        cells = {whole: stock}
    first = next(iter(cells.values()))
    return _Network(
        {link: rnn.to("cpu", torch.float32) for link, rnn in cells.items()},
        None if embedding is None else embedding.to("cpu", torch.float32),
        None if readout is None else readout.to("cpu", torch.float32),
        first.input_size if embedding is None else len(embedding),
        isinstance(model, SparseRNN | SparseGraphRNN | SparseLayeredRNN),
    )


def _numbers(graph: Graph, network: _Network) -> str:
    """What stands for tokens, (batch, steps, width)."""
    if network.embedding is not None:
        return graph.add("Gather", [graph.weight("embedding", network.embedding.numpy()), "x"])
    graph.constant("depth", np.array(network.input_size))
    graph.constant("off_on", np.array([0, 1], dtype=np.float32))
    return graph.add("OneHot", ["x", "depth", "off_on"])


def _layers(graph: Graph, network: _Network, read: str, ends: str) -> tuple[str, str]:
    """Outputs of the last layer, steps first, and those after each sequence's last step."""
    outputs = {OUTSIDE: graph.add("Transpose", [read], perm=[1, 0, 2])}
    last = ""
    targets = sorted({link.target for link in network.cells})
    for target in targets:
        own = [
            recurrent(graph, rnn, f"{link.source}_{target}_", outputs[link.source], ends)
            for link, rnn in network.cells.items()
            if link.target == target
        ]
        outputs[target], last = (graph.sum(names) for names in zip(*own, strict=True))
    return outputs[targets[-1]], last


def _read_out(graph: Graph, readout: nn.Linear | None, rows: str) -> str:
    """What the readout makes of the outputs of the last layer, which are its last dimension."""
    if readout is None:
        return rows
    weight = graph.weight("readout_weight", readout.weight.detach().numpy().T)
    product = graph.add("MatMul", [rows, weight])
    bias: Tensor | None = readout.bias
    if bias is None:
        return product
    return graph.add("Add", [product, graph.weight("readout_bias", bias.detach().numpy())])


def _running(graph: Graph, onnx: Any) -> str:  # noqa: ANN401 - a module
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
