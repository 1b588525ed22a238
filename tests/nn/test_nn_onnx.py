import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnngraph._types import CELLS
from rnngraph.errors import InputError
from rnngraph.masks import layered_mask, recurrent_mask
from rnngraph.nn import GraphRNN, LayeredRNN, compact, export_onnx, shrink
from rnngraph.nn.graph_rnn import stock_module
from rnngraph.nn.sparse.matrix import VALUES
from rnngraph.pruning import prune
from tests.nn.conftest import random_graph

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")
N_IN, UNITS = 4, 6


def network(cell: str, layers: int, both: bool) -> GraphRNN:
    graphs = [random_graph(UNITS, layer, 0.5) for layer in range(layers)]
    mask = recurrent_mask(graphs, cell, bidirectional=both)
    return GraphRNN(mask, N_IN, 3, rng=0)


def assert_same(model: torch.nn.Module, path: Path, *, tokens: bool, per_step: bool) -> None:
    """The runtime gives what a network of rnngraph returns for the same batches."""
    session = onnxruntime.InferenceSession(path)
    rng = np.random.default_rng(0)
    for batch, steps in ((5, 7), (1, 1), (3, 2)):
        lengths = rng.integers(1, steps + 1, batch)
        lengths[0] = steps
        x = rng.integers(0, N_IN, (batch, steps))
        if not tokens:
            x = rng.normal(size=(batch, steps, N_IN)).astype(np.float32)
        (found,) = session.run(None, {"x": x, "lengths": lengths})
        expected = model(torch.from_numpy(x), torch.from_numpy(lengths), per_step=per_step)
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, False), (1, True), (3, True)])
@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("per_step", [False, True])
@torch.no_grad()
def test_the_runtime_gives_the_same(
    cell: str, layers: int, both: bool, tokens: bool, per_step: bool, tmp_path: Path
) -> None:
    model = network(cell, layers, both)
    export_onnx(model, tmp_path / "model.onnx", tokens=tokens, per_step=per_step)
    assert_same(model, tmp_path / "model.onnx", tokens=tokens, per_step=per_step)


@torch.no_grad()
def test_a_smaller_network_makes_a_smaller_file(tmp_path: Path) -> None:
    graph = np.zeros((60, 60), dtype=bool)
    graph[:6, :6] = True
    model = GraphRNN(recurrent_mask(graph, "gru", readout=range(6)), N_IN, 3, rng=0)
    export_onnx(model, tmp_path / "whole.onnx")
    export_onnx(shrink(model).model, tmp_path / "small.onnx")
    sizes = [(tmp_path / f"{name}.onnx").stat().st_size for name in ("whole", "small")]
    assert sizes[0] > 10 * sizes[1]
    feeds = {"x": np.array([[0, 1, 2]]), "lengths": np.array([3])}
    outputs = [
        onnxruntime.InferenceSession(tmp_path / f"{name}.onnx").run(None, feeds)[0]
        for name in ("whole", "small")
    ]
    np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_weights_of_any_type_are_written_as_float32(tmp_path: Path) -> None:
    model = network("lstm", 2, True).double()
    export_onnx(model, tmp_path / "model.onnx", tokens=False)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    x = torch.randn(2, 3, N_IN, generator=torch.Generator().manual_seed(0))
    (found,) = session.run(None, {"x": x.numpy(), "lengths": np.array([3, 3])})
    np.testing.assert_allclose(found, model(x).numpy(), rtol=1e-5, atol=1e-5)


def layered(cell: str, embedding_size: int, density: float = 0.4) -> LayeredRNN:
    mask = layered_mask(random_graph(12, 0, density), cell, embedding_size=embedding_size)
    assert len(mask.cells) > len(mask.layers) > 2
    return LayeredRNN(mask, N_IN, 3, rng=0)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("embedding_size", "tokens"), [(0, False), (0, True), (3, True)])
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@torch.no_grad()
def test_a_layered_network_gives_the_same(
    cell: str, embedding_size: int, tokens: bool, per_step: bool, sparse: bool, tmp_path: Path
) -> None:
    model = layered(cell, embedding_size)
    prune(model, 0.5)
    given = compact(model, backend="reference") if sparse else model
    export_onnx(given, tmp_path / "model.onnx", tokens=tokens, per_step=per_step)
    assert_same(model, tmp_path / "model.onnx", tokens=tokens, per_step=per_step)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("read", [None, False, True])
@torch.no_grad()
def test_a_stock_module_gives_the_same(
    cell: str, bias: bool, sparse: bool, read: bool | None, tmp_path: Path
) -> None:
    """With a readout of its own or none, and against its outputs or those of what reads them."""
    torch.manual_seed(0)
    made = stock_module(cell, N_IN, UNITS, num_layers=2, bidirectional=True, bias=bias)
    for parameter in made.parameters():
        parameter.uniform_(-0.5, 0.5)
    made.batch_first = bias  # the file's batch comes first either way
    prune(made, 0.5)
    made.weight_hh_l0.add_(1.0)  # as momentum does: the mask hides it at the next pass
    readout = None if read is None else torch.nn.Linear(2 * UNITS, 3, bias=read).double()
    given = compact(made, backend="reference") if sparse else made
    path = tmp_path / "model.onnx"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 5, N_IN)).astype(np.float32)
    lengths = np.array([5, 2, 3])
    packed = pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    output, state = made(packed)
    last = (state[0] if cell == "lstm" else state)[-2:].transpose(0, 1).flatten(1)
    every = pad_packed_sequence(output, batch_first=True)[0]
    wanted = last, every
    if readout is not None:
        running = torch.arange(5) < torch.from_numpy(lengths)[:, None]
        wanted = readout(last.double()), readout(every.double()) * running[..., None]
        assert readout.weight.dtype == torch.float64
    for per_step in (False, True):
        export_onnx(given, path, readout=readout, per_step=per_step)
        (found,) = onnxruntime.InferenceSession(path).run(None, {"x": x, "lengths": lengths})
        np.testing.assert_allclose(found, wanted[per_step].numpy(), rtol=1e-6, atol=1e-6)
    export_onnx(given, path, tokens=True)
    feeds = {"x": np.array([[0, 3]]), "lengths": np.array([2])}
    (found,) = onnxruntime.InferenceSession(path).run(None, feeds)
    hot = torch.nn.functional.one_hot(torch.tensor([[0, 3]]), N_IN).float()
    expected = compact(made, backend="reference")(hot if bias else hot.transpose(0, 1))[0]
    expected = expected if bias else expected.transpose(0, 1)
    np.testing.assert_allclose(found[:, :UNITS], expected[:, -1, :UNITS], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_a_sparse_network_is_written_as_it_computes(cell: str, values: str, tmp_path: Path) -> None:
    model = network(cell, 2, True)
    prune(model, 0.5)
    module = compact(model, values=values, backend="reference")
    for per_step in (False, True):
        export_onnx(module, tmp_path / "model.onnx", per_step=per_step)
        assert_same(module, tmp_path / "model.onnx", tokens=True, per_step=per_step)


@pytest.mark.parametrize("amount", [0.5, 0.9, 1.0])
@torch.no_grad()
def test_zeros_of_a_sparse_network_take_no_room(amount: float, tmp_path: Path) -> None:
    """Matrices of fewer than a third of their weights are sparse initializers, the others not."""
    rnn = torch.nn.GRU(64, 64, batch_first=True)
    prune(rnn, amount)
    export_onnx(rnn, tmp_path / "dense.onnx")
    export_onnx(compact(rnn, backend="reference"), tmp_path / "sparse.onnx")
    sizes = [(tmp_path / f"{name}.onnx").stat().st_size for name in ("dense", "sparse")]
    assert sizes[0] > 4 * 2 * 192 * 64
    assert sizes[0] / sizes[1] == pytest.approx({0.5: 1, 0.9: 3.15, 1.0: 45}[amount], rel=0.2)
    stored = onnx.load(tmp_path / "sparse.onnx").graph.sparse_initializer
    assert len(stored) == {0.5: 0, 0.9: 2, 1.0: 2}[amount]
    x = torch.randn(2, 3, 64, generator=torch.Generator().manual_seed(0))
    feeds = {"x": x.numpy(), "lengths": np.array([3, 2])}
    found = [
        onnxruntime.InferenceSession(tmp_path / f"{name}.onnx").run(None, feeds)[0]
        for name in ("dense", "sparse")
    ]
    np.testing.assert_array_equal(*found)
    np.testing.assert_allclose(found[0][0], rnn(x)[0][0, -1], rtol=1e-6, atol=1e-6)


def test_bad_arguments_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, flat, deep = tmp_path / "model.onnx", network("gru", 1, False), layered("gru", 3)
    for model, how, message in [
        (torch.nn.Linear(2, 2), {}, "`model` must be a GraphRNN, a LayeredRNN, .*; got Linear"),
        (torch.nn.LSTM(2, 3, proj_size=1), {}, "`model` must be .* without projections; got LSTM"),
        (
            deep,
            {"tokens": False},
            "`tokens` must be True for a network that embeds",
        ),
        *(
            (model, {"readout": torch.nn.Linear(UNITS, 1)}, "`readout` must be None for a .*RNN,")
            for given in (flat, deep)
            for model in (given, compact(given, backend="reference"))
        ),
        (
            torch.nn.GRU(2, 3),
            {"readout": torch.nn.Sequential(torch.nn.Linear(3, 1))},
            "`readout` must be an nn.Linear that reads all outputs of `model`, 3; got Sequential",
        ),
        (
            compact(torch.nn.GRU(2, 3, bidirectional=True), backend="reference"),
            {"readout": torch.nn.Linear(3, 1)},
            r"`readout` must be an nn.Linear .* `model`, 6; got Linear\(in_features=3",
        ),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            export_onnx(model, path, **how)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="^`export_onnx` needs the package onnx"):
        export_onnx(network("gru", 1, False), path)
    assert not list(tmp_path.iterdir())
