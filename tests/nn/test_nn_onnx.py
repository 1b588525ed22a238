import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from rnngraph._types import CELLS
from rnngraph.errors import InputError
from rnngraph.masks import recurrent_mask
from rnngraph.nn import GraphRNN, export_onnx, shrink
from tests.nn.conftest import random_graph

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
N_IN, UNITS = 4, 6


def network(cell: str, layers: int, both: bool) -> GraphRNN:
    graphs = [random_graph(UNITS, layer, 0.5) for layer in range(layers)]
    mask = recurrent_mask(graphs, cell, bidirectional=both)
    return GraphRNN(mask, N_IN, 3, rng=0)


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
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    rng = np.random.default_rng(0)
    for batch, steps in ((5, 7), (1, 1), (3, 2)):
        lengths = rng.integers(1, steps + 1, batch)
        lengths[0] = steps
        if tokens:
            x = rng.integers(0, N_IN, (batch, steps))
        else:
            x = rng.normal(size=(batch, steps, N_IN)).astype(np.float32)
        (found,) = session.run(None, {"x": x, "lengths": lengths})
        expected = model(torch.from_numpy(x), torch.from_numpy(lengths), per_step=per_step)
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5, atol=1e-5)


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


def test_bad_arguments_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="^`model` must be a GraphRNN; got GRU"):
        export_onnx(torch.nn.GRU(2, 2), tmp_path / "model.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="^`export_onnx` needs the package onnx"):
        export_onnx(network("gru", 1, False), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
