"""Where recurrent weights may come from: torch's tools, wrappers, state dicts and files."""

import copy
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize, prune

from rnngraph._types import CELLS, Cell
from rnngraph.errors import FileError, InputError
from rnngraph.masks import RecurrentMask, graph_of, recurrent_mask
from rnngraph.nn import GraphRNN, save_model

MaskedTorch = Callable[..., nn.RNNBase]
PATH = np.eye(3, k=1, dtype=bool)  # 0 -> 1 -> 2


class Masking(nn.Module):
    """A parametrization that multiplies by a mask."""

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.mask


class MaskKeeper(nn.Module):
    """A network that knows its mask, as GraphRNN does: one live weight is exactly 0."""

    def __init__(self, mask: RecurrentMask) -> None:
        super().__init__()
        self.mask = mask
        self.rnn = nn.GRU(1, mask.hidden_size)

    def recurrent_state(self) -> Mapping[str, Tensor]:
        return {name: torch.zeros(block.shape) for name, block in self.mask.hidden.items()}


class Wrapper(nn.Module):
    def __init__(self, **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


@pytest.fixture(params=CELLS)
def path_network(request: pytest.FixtureRequest, masked_torch: MaskedTorch) -> nn.RNNBase:
    return masked_torch(recurrent_mask(PATH, request.param))


def full(network: nn.RNNBase) -> nn.RNNBase:
    with torch.no_grad():
        network.get_parameter("weight_hh_l0").fill_(0.5)
    return network


def path_block(network: nn.RNNBase) -> Tensor:
    gates = len(network.get_parameter("weight_hh_l0")) // 3
    return torch.from_numpy(np.tile(PATH.T, (gates, 1)))


def pruned_to_path(network: nn.RNNBase) -> nn.RNNBase:
    prune.custom_from_mask(network, "weight_hh_l0", path_block(network))
    return network


def test_pruned_by_torch(path_network: nn.RNNBase) -> None:
    network = pruned_to_path(full(path_network))
    np.testing.assert_array_equal(graph_of(network), PATH)
    np.testing.assert_array_equal(graph_of(network.state_dict()), PATH)
    np.testing.assert_array_equal(graph_of(network, weights=True), 0.5 * PATH)


def test_pruned_live_weight_of_value_zero_is_an_edge(path_network: nn.RNNBase) -> None:
    network = pruned_to_path(path_network)
    with torch.no_grad():
        network.get_parameter("weight_hh_l0_orig").zero_()
    np.testing.assert_array_equal(graph_of(network), PATH)
    assert not graph_of(network, weights=True).any()
    assert not graph_of(network, threshold=1e-12).any()


def test_pruned_weights_are_not_the_stale_attribute(path_network: nn.RNNBase) -> None:
    network = pruned_to_path(path_network)
    with torch.no_grad():
        network.get_parameter("weight_hh_l0_orig").fill_(0.25)  # As an optimiser's step would.
    np.testing.assert_array_equal(graph_of(network, weights=True), 0.25 * PATH)


def test_pruned_away_nan_does_not_count(path_network: nn.RNNBase) -> None:
    network = pruned_to_path(path_network)
    with torch.no_grad():
        dead = network.get_buffer("weight_hh_l0_mask") == 0
        network.get_parameter("weight_hh_l0_orig")[dead] = torch.nan
    np.testing.assert_array_equal(graph_of(network), PATH)


def test_parametrized(path_network: nn.RNNBase) -> None:
    network = full(path_network)
    parametrize.register_parametrization(network, "weight_hh_l0", Masking(path_block(network)))
    np.testing.assert_array_equal(graph_of(network), PATH)
    with pytest.raises(InputError, match="The weights are parametrized: pass the module itself"):
        graph_of(network.state_dict())


@pytest.mark.parametrize("module", [nn.RNNCell(1, 3), nn.GRUCell(1, 3), nn.LSTMCell(1, 3)])
def test_torch_cells(module: nn.RNNCellBase) -> None:
    weight = module.get_parameter("weight_hh")
    block = torch.from_numpy(np.tile(PATH.T, (len(weight) // 3, 1)))
    with torch.no_grad():
        weight.copy_(block)
    np.testing.assert_array_equal(graph_of(module), PATH)
    np.testing.assert_array_equal(graph_of(module.state_dict()), PATH)
    prune.custom_from_mask(module, "weight_hh", block)
    np.testing.assert_array_equal(graph_of(module), PATH)


def test_the_one_network_inside_a_module(path_network: nn.RNNBase) -> None:
    model = Wrapper(embed=nn.Embedding(4, 2), inner=Wrapper(rnn=path_network, out=nn.Linear(3, 1)))
    np.testing.assert_array_equal(graph_of(model), PATH)
    np.testing.assert_array_equal(graph_of(model.state_dict()), PATH)


def test_shared_network_counts_once(path_network: nn.RNNBase) -> None:
    model = Wrapper(encoder=path_network, decoder=path_network)
    np.testing.assert_array_equal(graph_of(model), PATH)


def test_mask_is_the_truth_where_a_module_keeps_one() -> None:
    keeper = MaskKeeper(recurrent_mask(PATH, "gru"))
    for source in (keeper, Wrapper(model=keeper, head=nn.Linear(3, 1))):
        np.testing.assert_array_equal(graph_of(source), PATH)
        assert not graph_of(source, weights=True).any()
        assert not graph_of(source, threshold=1e-12).any()


@pytest.mark.parametrize("cell", CELLS)
def test_graph_rnn_and_its_file(cell: Cell, tmp_path: Path) -> None:
    model = GraphRNN(recurrent_mask([PATH, PATH.T], cell), 2, 1, rng=0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    save_model(model, tmp_path / "model.safetensors")
    sources = (model, Wrapper(model=model), model.state_dict(), tmp_path / "model.safetensors")
    for source in sources:
        np.testing.assert_array_equal(graph_of(source), PATH)
        np.testing.assert_array_equal(graph_of(source, layer=1), PATH.T)
    assert not graph_of(model.rnn).any()  # The stock module inside knows no mask.


def test_recurrent_mask_can_be_copied() -> None:
    mask = copy.deepcopy(recurrent_mask(PATH, "gru"))
    np.testing.assert_array_equal(graph_of(mask), PATH)


def checkpoint(network: nn.RNNBase) -> dict[str, object]:
    state = OrderedDict((f"model.rnn.{key}", value) for key, value in network.state_dict().items())
    optimizer = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]}
    return {"epoch": 3, "state_dict": state, "optimizer": optimizer}


def test_nested_checkpoint(path_network: nn.RNNBase) -> None:
    np.testing.assert_array_equal(graph_of(checkpoint(path_network)), PATH)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt"])
def test_torch_file(suffix: str, path_network: nn.RNNBase, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    torch.save(checkpoint(path_network), path)
    np.testing.assert_array_equal(graph_of(path), PATH)
    np.testing.assert_array_equal(graph_of(str(path)), PATH)


def test_safetensors_file(path_network: nn.RNNBase, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file(path_network.state_dict(), path)
    np.testing.assert_array_equal(graph_of(path), PATH)


def test_mask_blocks_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "mask.safetensors"
    save_file(dict(recurrent_mask(PATH, "gru").hidden), path)
    np.testing.assert_array_equal(graph_of(path), PATH)


class Payload:
    """Touches a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.target,)


def test_torch_file_with_code_is_refused_unread(tmp_path: Path) -> None:
    path, touched = tmp_path / "bad.pt", tmp_path / "touched"
    torch.save({"weight_hh_l0": torch.eye(2), "extra": Payload(touched)}, path)
    with pytest.raises(FileError, match=r"bad\.pt` must hold tensors only, as `torch\.save"):
        graph_of(path)
    assert not touched.exists()


def test_pickled_module_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "whole.pt"
    torch.save(nn.GRU(1, 2), path)
    with pytest.raises(FileError, match=r"whole\.pt` must hold tensors only"):
        graph_of(path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 junk", b"\x80\x02junk."])
def test_junk_files_are_refused(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError, match=rf"junk\{suffix}` (must hold|is not)"):
        graph_of(path)


def test_torch_file_without_a_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tensor.pt"
    torch.save(torch.eye(2), path)
    with pytest.raises(FileError, match=r"tensor\.pt` must hold a state dict; got Tensor"):
        graph_of(path)


def test_other_suffix_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "net.pkl"
    with pytest.raises(FileError, match=r"net\.pkl` does not exist or is not a file"):
        graph_of(path)
    path.touch()
    with pytest.raises(FileError, match=r"net\.pkl` must end in \.safetensors, \.pt, .*'\.pkl'"):
        graph_of(path)


def two(cell: Cell = "gru") -> dict[str, Tensor]:
    block = recurrent_mask(PATH, cell).hidden["weight_hh_l0"]
    return {"a.weight_hh_l0": block, "b.weight_hh_l0": block}


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: graph_of(np.eye(3)),
            "`source` must be a torch module, a state dict, a RecurrentMask or a path; got ndarray",
        ),
        (
            lambda: graph_of(Wrapper(out=nn.Linear(2, 2))),
            "`source` must contain a recurrent network .*; Wrapper contains none",
        ),
        (
            lambda: graph_of(Wrapper(encoder=nn.GRU(1, 2), decoder=nn.LSTM(1, 2))),
            r"contain one recurrent network; Wrapper contains encoder \(GRU\), decoder \(LSTM\)",
        ),
        (lambda: graph_of(two()), r"one recurrent network; got weights under 'a\.', 'b\.'"),
        (lambda: graph_of({}), r"under torch's names \(`weight_hh_l0`, ...\); got no tensor"),
        (
            lambda: graph_of(nn.Linear(2, 2).state_dict()),
            r"under torch's names \(`weight_hh_l0`, ...\); got weight, bias\.$",
        ),
        (
            lambda: graph_of({f"t{i}": torch.ones(1) for i in range(9)}),
            r"got t0, t1, t2, t3, t4, \.\.\.\.",
        ),
        (
            lambda: graph_of({"weight_hr_l0": torch.ones(2, 2)}),
            "`source` holds projections .* but no `weight_hh_l0`",
        ),
    ],
)
def test_errors(call: Callable[[], object], match: str) -> None:
    with pytest.raises(InputError, match=match):
        call()
