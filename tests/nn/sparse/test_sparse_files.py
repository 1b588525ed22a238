"""Sparse networks on disk."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from rnngraph._types import CELLS, Cell
from rnngraph.errors import FileError, InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import (
    GraphRNN,
    LayeredRNN,
    SparseGraphRNN,
    SparseLayeredRNN,
    SparseRNN,
    compact,
    load_sparse,
    save_model,
    save_sparse,
)
from rnngraph.nn.sparse.checksum import checksum
from rnngraph.nn.sparse.encoding import decode_places, encode_places
from rnngraph.nn.sparse.matrix import VALUES
from rnngraph.nn.sparse.tensors import as_tensors
from tests.nn.conftest import random_graph
from tests.nn.sparse.conftest import BACKENDS, normal, pruned


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("cell", CELLS)
def test_a_network_comes_back_bit_by_bit(
    backend: str, cell: Cell, values: str, tmp_path: Path
) -> None:
    module = compact(pruned(cell, 5, 9, layers=2, both=True), values=values, backend=backend)
    save_sparse(module, tmp_path / "net.safetensors")
    loaded = load_sparse(tmp_path / "net.safetensors", backend=backend)
    assert isinstance(loaded, SparseRNN)
    assert loaded.backend == backend
    assert loaded.weights.shape == module.weights.shape
    for name, matrix in module.weights.matrices.items():
        other = loaded.weights.matrices[name]
        assert other.shape == matrix.shape
        for part in ("start", "column", "numbers", "scale"):
            assert torch.equal(getattr(other, part), getattr(matrix, part))
    assert torch.equal(loaded(normal(3, 4, 5))[0], module(normal(3, 4, 5))[0])
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


def test_a_graph_rnn_comes_back_with_its_readout(tmp_path: Path) -> None:
    model = GraphRNN(random_graph(7, 0), 4, 3, "lstm", rng=2)
    module = compact(model, backend="reference")
    save_sparse(module, tmp_path / "net.safetensors")
    loaded = load_sparse(tmp_path / "net.safetensors", backend="reference")
    assert isinstance(loaded, SparseGraphRNN)
    tokens = torch.tensor([[0, 1, 3, 2], [2, 2, 1, 0]])
    assert torch.equal(loaded(tokens, [2, 4]), module(tokens, [2, 4]))


@pytest.mark.parametrize("density", [0, 1])
def test_a_network_of_no_weights_and_one_of_all(density: float, tmp_path: Path) -> None:
    module = compact(pruned("gru", 1, 3, density), backend="reference")
    save_sparse(module, tmp_path / "net.safetensors")
    loaded = load_sparse(tmp_path / "net.safetensors", backend="reference")
    assert torch.equal(loaded(normal(3, 4, 1))[0], module(normal(3, 4, 1))[0])


PATTERNS = {
    "random": lambda w: torch.rand(w.shape, generator=torch.Generator().manual_seed(0)) < 0.1,
    "balanced": lambda w: torch.arange(w.shape[1]).expand(w.shape) % 32 % 11 == 3,
    "first columns": lambda w: (torch.arange(w.shape[1]) < w.shape[1] // 10).expand(w.shape),
    "first rows": lambda w: (torch.arange(len(w)) < len(w) // 10)[:, None].expand(w.shape),
}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("values", "smaller"), [("float32", 8), ("bfloat16", 14), ("int8", 20)])
def test_how_much_smaller_a_file_is(
    values: str, smaller: float, pattern: str, tmp_path: Path
) -> None:
    model = pruned("gru", 512, 512, 1)
    for weight in (model.weight_ih_l0, model.weight_hh_l0):
        weight.copy_(weight.abs() + 0.1)
        weight.mul_(PATTERNS[pattern](weight))
    save_sparse(compact(model, values=values, backend="reference"), tmp_path / "sparse")
    save_file(dict(model.named_parameters()), tmp_path / "dense")
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes["dense"] / sizes["sparse"] > smaller


@given(
    size=st.integers(1, 5000),
    share=st.floats(0, 1),
    kind=st.sampled_from(["random", "first", "last"]),
    seed=st.integers(0, 99),
)
def test_places_come_back(size: int, share: float, kind: str, seed: int) -> None:
    n = round(share * size)
    places = np.arange(n) + (size - n if kind == "last" else 0)
    if kind == "random":
        places = np.sort(np.random.default_rng(seed).permutation(size)[:n])
    low, high = encode_places(places, size)
    assert (decode_places(low, high, n, size) == places).all()
    bits = 8 * (len(low) + len(high))
    assert bits <= n * (math.log2(size / n) + 3) + 16 if n else bits == 0


def written(module: SparseRNN, path: Path, change: Callable[[dict, dict], None]) -> Path:
    """A file in which something was changed."""
    save_sparse(module, path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    change(tensors, metadata)
    # Of what it now holds, so that the checks behind the checksum are reached.
    metadata["sha256"] = checksum(metadata.get("network", ""), tensors)
    save_file(tensors, path, metadata)
    return path


def setting(name: str, value: object) -> Callable[[dict, dict], None]:
    def change(_: dict, metadata: dict) -> None:
        metadata["network"] = json.dumps(json.loads(metadata["network"]) | {name: value})

    return change


def flip(name: str) -> Callable[[dict, dict], None]:
    def change(tensors: dict, _: dict) -> None:
        tensors[name] = 255 - tensors[name]

    return change


def replace(name: str, made: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., None]:
    def change(tensors: dict, _: dict) -> None:
        tensors[name] = made(tensors[name])

    return change


DAMAGES = {
    "no network": lambda _, metadata: metadata.pop("network"),
    "no biases": lambda tensors, _: tensors.pop("bias_ih_l0"),
    "no places": lambda tensors, _: tensors.pop("weight_hh_l0.high"),
    "no scale": lambda tensors, _: tensors.pop("weight_hh_l0.scale"),
    "not json": lambda _, metadata: metadata.update(network="{"),
    "another cell": setting("cell", "cell"),
    "other values": setting("values", "float32"),
    "unknown values": setting("values", "int4"),
    "no units": setting("hidden_size", 0),
    "more units": setting("hidden_size", 13),
    "more layers": setting("num_layers", 2),
    "a word as size": setting("input_size", "4"),
    "a number as switch": setting("batch_first", 1),
    "something unknown": setting("colour", "red"),
    "other bits": flip("weight_hh_l0.high"),
    "fewer bits": replace("weight_hh_l0.low", lambda t: t[:-1].clone()),
    "fewer numbers": replace("weight_hh_l0.numbers", lambda t: t[:-1].clone()),
    "biases of another shape": replace("bias_ih_l0", lambda t: t[None].clone()),
    "half a readout": lambda tensors, _: tensors.update({"readout.bias": torch.zeros(2)}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused(damage: str, tmp_path: Path) -> None:
    module = compact(pruned("gru", 4, 12), values="int8", backend="reference")
    path = written(module, tmp_path / "net.safetensors", DAMAGES[damage])
    with pytest.raises(FileError, match="`path` must name a whole file; .*does not fit together"):
        load_sparse(path, backend="reference")


LAYERED_DAMAGES = {
    "no cells": lambda _, metadata: metadata.update(network="[]"),
    "no cell": lambda _, metadata: metadata.update(network="[3]"),
    "no source": lambda _, metadata: change_cell(metadata, 1, "source", None),
    "a source behind": lambda _, metadata: change_cell(metadata, 1, "source", 1),
    "a target far away": lambda _, metadata: change_cell(metadata, 1, "target", 2),
    "no first layer": lambda _, metadata: change_cell(metadata, 0, "target", 1),
    "two directions": lambda _, metadata: change_cell(metadata, 1, "bidirectional", True),
    "no tensors": lambda tensors, _: tensors.pop("layer_1.bias_hh_l0"),
    "no readout": lambda tensors, _: [tensors.pop(f"readout.{x}") for x in ("weight", "bias")],
    "another readout": replace("readout.weight", lambda t: t[:, 1:].clone()),
    "another embedding": replace("embedding.weight", lambda t: t[:, 1:].clone()),
    "cells that do not meet": lambda tensors, metadata: swap_cell(tensors, metadata),
}


def change_cell(metadata: dict, number: int, name: str, value: object) -> None:
    cells = json.loads(metadata["network"])
    cells[number][name] = value
    metadata["network"] = json.dumps(cells)


def swap_cell(tensors: dict, metadata: dict) -> None:
    """A second layer that reads what no layer has."""
    other = compact(pruned("gru", 9, 2), backend="reference")
    for name, tensor in as_tensors(other.weights).items():
        tensors[f"layer_1.{name}"] = tensor
    change_cell(metadata, 1, "input_size", 9)
    change_cell(metadata, 1, "hidden_size", 2)


def layered(cell: str = "gru", embedding_size: int = 3) -> SparseLayeredRNN:
    adjacency = np.triu(np.ones((5, 5), dtype=bool), 1)
    mask = layered_mask(adjacency, cell, embedding_size=embedding_size)
    return compact(LayeredRNN(mask, 4, 2, rng=0), values="bfloat16", backend="reference")


@pytest.mark.parametrize("embedding_size", [0, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_a_layered_network_comes_back(cell: str, embedding_size: int, tmp_path: Path) -> None:
    module = layered(cell, embedding_size)
    save_sparse(module, tmp_path / "net.safetensors")
    loaded = load_sparse(tmp_path / "net.safetensors", backend="reference")
    assert isinstance(loaded, SparseLayeredRNN)
    assert loaded.links == module.links
    tokens = torch.tensor([[0, 1, 3, 2], [2, 2, 1, 0]])
    assert torch.equal(loaded(tokens, [2, 4]), module(tokens, [2, 4]))


@pytest.mark.parametrize("damage", LAYERED_DAMAGES)
def test_a_damaged_layered_file_is_refused(damage: str, tmp_path: Path) -> None:
    path = written(layered(), tmp_path / "net.safetensors", LAYERED_DAMAGES[damage])
    with pytest.raises(FileError, match="`path` must name a whole file; .*does not fit together"):
        load_sparse(path, backend="reference")


def test_a_file_with_another_bit_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    module = compact(pruned("gru", 2, 3), values="int8", backend="reference")
    save_sparse(module, path)
    whole = path.read_bytes()
    start = 8 + int.from_bytes(whole[:8], "little")
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        message = "undamaged file" if place >= start else "`path` must name a"
        with pytest.raises(FileError, match=message):
            load_sparse(path, backend="reference")


def test_files_without_a_checksum_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_sparse(compact(pruned("gru", 2, 3), backend="reference"), path)
    with safe_open(path, framework="pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    del metadata["sha256"]
    save_file(tensors, path, metadata)
    with pytest.raises(FileError, match=r"undamaged file; what .*net\.safe.* but None was written"):
        load_sparse(path)
    save_file(tensors, path, metadata | {"format": "rnngraph.SparseRNN/1"})
    with pytest.raises(FileError, match=r"SparseRNN/2\); .* says 'rnngraph.SparseRNN/1'"):
        load_sparse(path)


@given(
    values=st.lists(st.integers(0, 255), min_size=4, max_size=12).filter(lambda v: len(v) % 4 == 0)
)
def test_the_checksum_tells_types_shapes_and_names_apart(values: list[int]) -> None:
    as_bytes = torch.tensor(values, dtype=torch.uint8)
    forms = [
        ("", {"a": as_bytes}),
        ("a", {"a": as_bytes}),
        ("", {"b": as_bytes}),
        ("", {"a": as_bytes[None]}),
        ("", {"a": as_bytes.view(torch.int8)}),
        ("", {"a": as_bytes.view(torch.float32)}),
        ("", {"a": as_bytes.view(torch.bfloat16)}),
        ("", {"a": as_bytes[:2], "b": as_bytes[2:]}),
        ("", {"a": as_bytes[:3], "b": as_bytes[3:]}),
    ]
    found = [checksum(text, tensors) for text, tensors in forms]
    assert len(set(found)) == len(forms)
    turned = {"b": as_bytes[2:], "a": as_bytes[:2]}
    assert checksum("", turned) == found[-2]


def test_places_that_do_not_rise_are_refused() -> None:
    low, high = encode_places(np.array([9, 10]), 64)
    with pytest.raises(ValueError, match="places must rise and be below 64"):
        decode_places(low[::-1] * 0, high, 2, 64)
    with pytest.raises(ValueError, match="2 weights have 3 places"):
        decode_places(low, high | np.uint8(1 << 3), 2, 64)
    with pytest.raises(ValueError, match="the places of 1 weights have another length"):
        decode_places(low, high, 1, 64)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_sparse(compact(pruned("gru", 4, 12), backend="reference"), path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FileError, match=r"`path` must name a safetensors file; got .*net"):
        load_sparse(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    save_model(GraphRNN(random_graph(6, 0), 2, 2, rng=0), tmp_path / "net")
    with pytest.raises(
        FileError, match=r"written by save_sparse \(rnngraph.SparseRNN/2\); .*Graph"
    ):
        load_sparse(tmp_path / "net")


def test_only_sparse_networks_are_saved(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`module` must be what compact returned; got GRU"):
        save_sparse(pruned("gru", 4, 12), tmp_path / "net")
    module = compact(pruned("gru", 4, 12), backend="reference")
    with pytest.raises(FileError, match="cannot be written"):
        save_sparse(module, tmp_path / "gone" / "net")
