"""A sparse layered network as tensors by name, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import torch
from torch import Tensor

from rnngraph._check import check_int
from rnngraph.masks.layered import OUTSIDE
from rnngraph.nn.sparse.layered import SparseLayeredRNN, SparseLink
from rnngraph.nn.sparse.tensors import as_tensors, checked, from_tensors
from rnngraph.nn.sparse.weights import Shape, Weights

_EMBEDDING: Final = "embedding.weight"


def layered_text(module: SparseLayeredRNN) -> str:
    """What a network consists of, as JSON: a list of its cells, where and what they are."""
    return json.dumps(
        [asdict(link) | asdict(module.cell(link).weights.shape) for link in module.links]
    )


def layered_tensors(module: SparseLayeredRNN) -> dict[str, Tensor]:
    """Tensors of every cell after its name, and the embedding if there is one."""
    tensors = {
        f"{link.name}.{name}": tensor
        for link in module.links
        for name, tensor in as_tensors(module.cell(link).weights).items()
    }
    return tensors if module.embedding is None else tensors | {_EMBEDDING: module.embedding.cpu()}


def layered_weights(
    parts: Sequence[Mapping[str, Any]], tensors: Mapping[str, Tensor]
) -> tuple[dict[SparseLink, Weights], Tensor | None]:
    """Weights of the cells and the embedding, of what `layered_tensors` gave.

    Args:
        parts: What `layered_text` says.
        tensors: By name.

    Raises:
        KeyError: Something is missing.
        TypeError: Something is of another type.
        ValueError: What does not fit together.
    """
    found: dict[SparseLink, Weights] = {}
    for part in parts:
        shape = dict(part)
        link = SparseLink(shape.pop("source"), shape.pop("target"))
        own = {
            name.removeprefix(f"{link.name}."): tensor
            for name, tensor in tensors.items()
            if name.startswith(f"{link.name}.")
        }
        found[link] = from_tensors(json.dumps(shape), own)
    width = _outside({link: weights.shape for link, weights in found.items()})
    if _EMBEDDING not in tensors:
        return found, None
    return found, checked(tensors, _EMBEDDING, torch.float32, (None, width))


def _outside(shapes: Mapping[SparseLink, Shape]) -> int:
    """Width of what a network reads, if its cells make layers, one after the other."""
    if not shapes:
        raise ValueError("there are no cells")
    outside = next(iter(shapes.values())).input_size
    units: list[int] = []
    for link, shape in shapes.items():
        check_int("target", link.target, max(0, len(units) - 1), len(units))
        check_int("source", link.source, OUTSIDE, link.target - 1)
        if link.target == len(units):
            units.append(shape.hidden_size)
        reads = outside if link.source == OUTSIDE else units[link.source]
        fits = (shape.input_size, shape.hidden_size) == (reads, units[link.target])
        if not fits or shape.num_layers > 1 or shape.bidirectional:
            raise ValueError(f"{link.name} does not fit between its layers")
    return outside
