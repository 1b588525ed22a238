from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from rnngraph._types import CELLS, Cell
from rnngraph.errors import FileError
from rnngraph.masks import graph_of, layered_mask, recurrent_mask
from rnngraph.nn import GraphRNN, LayeredRNN, load_model, save_model
from tests.nn.conftest import random_graph


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_network_comes_back_as_it_was(cell: Cell, dtype: torch.dtype, tmp_path: Path) -> None:
    mask = recurrent_mask(
        [random_graph(5, 0), random_graph(5, 1)], cell, bidirectional=True, readout=[0, 3, 7]
    )
    model = GraphRNN(mask, 4, 3, rng=2, dtype=dtype)
    save_model(model, tmp_path / "net.safetensors")
    loaded = load_model(tmp_path / "net.safetensors")
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    x = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0), dtype=dtype)
    assert torch.equal(loaded(x), model(x))
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("width", [0, 3])
def test_a_layered_network_comes_back_as_it_was(cell: Cell, width: int, tmp_path: Path) -> None:
    mask = layered_mask(random_graph(9, 4), cell, embedding_size=width, interleaved_gates=True)
    model = LayeredRNN(mask, 4, 3, rng=2, dtype=torch.float64)
    save_model(model, tmp_path / "net.safetensors")
    loaded = load_model(tmp_path / "net.safetensors")
    assert isinstance(loaded, LayeredRNN)
    assert loaded.mask.layers == mask.layers
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    x = torch.randint(0, 4, (2, 6), generator=torch.Generator().manual_seed(0))
    assert torch.equal(loaded(x), model(x))


def test_a_live_weight_of_zero_is_still_an_edge(tmp_path: Path) -> None:
    graph = random_graph(6, 0)
    model = GraphRNN(graph, 2, 2, "gru", rng=0)
    with torch.no_grad():
        model.rnn.weight_hh_l0.zero_()
    save_model(model, tmp_path / "net.safetensors")
    assert (graph_of(load_model(tmp_path / "net.safetensors")) == graph).all()


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_model(GraphRNN(random_graph(6, 0), 2, 2, rng=0), path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FileError, match=r"`path` must name a safetensors file; got .*net"):
        load_model(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="`path` must name a safetensors file; got .*gone"):
        load_model(tmp_path / "gone.safetensors")


def test_another_program_s_file_is_refused(tmp_path: Path) -> None:
    save_file({"x": torch.ones(2)}, tmp_path / "other.safetensors")
    with pytest.raises(FileError, match="`path` must name a file written by save_model.*None"):
        load_model(tmp_path / "other.safetensors")


@pytest.mark.parametrize("missing", ["mask_readout", "mask_hh_l0", "rnn.weight_hh_l0", "model"])
def test_a_file_that_lacks_a_part_is_refused(missing: str, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_model(GraphRNN(random_graph(6, 0), 2, 2, rng=0), path)
    with safe_open(path, framework="pt") as file:
        metadata = {name: text for name, text in file.metadata().items() if name != missing}
        tensors = {name: file.get_tensor(name) for name in file.keys() if name != missing}
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(FileError, match="`path` must name a whole file; .*does not fit"):
        load_model(path)


def test_damaged_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    metadata = {"format": "rnngraph.GraphRNN/1", "model": "{not json"}
    save_file({"x": torch.ones(2)}, path, metadata=metadata)
    with pytest.raises(FileError, match="does not fit together: JSONDecodeError"):
        load_model(path)
