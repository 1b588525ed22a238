"""Arguments that are True or False: no public function takes a word for one."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module

import numpy as np
import pytest
import torch
from torch import nn

import rnngraph as rg
from rnngraph import generators, pruning, sparsify, tasks
from rnngraph.errors import InputError
from rnngraph.nn import GraphRNN, LayeredRNN, export_onnx

GRAPH = np.triu(np.ones((4, 4), dtype=bool), 1)
TOKENS = torch.zeros(2, 3, dtype=torch.long)
FLAT, DEEP = GraphRNN(GRAPH, 5, 2, rng=0), LayeredRNN(GRAPH, 5, 2, rng=0)
SHAPE = sparsify.Shape("lstm", 3, 4)
VALUES = sparsify.Plain(SHAPE, rng=0).means()
SEQUENCES = tasks.Sequences(np.zeros((2, 3), np.int64), np.full(2, 3), np.zeros(2, np.int64))

FLAGS: Mapping[str, Callable[..., object]] = {
    "generators.erdos_renyi directed": partial(generators.erdos_renyi, 4, 0.5, rng=0),
    "generators.hierarchical_modular directed": partial(
        generators.hierarchical_modular, 8, 2, 2, 0.5, p=0.5, rng=0
    ),
    "generators.random_geometric torus": partial(generators.random_geometric, 4, 0.5, rng=0),
    "generators.random_regular directed": partial(generators.random_regular, 4, 2, rng=0),
    "generators.stochastic_block directed": partial(
        generators.stochastic_block, 4, 2, p_in=0.5, p_out=0.5, rng=0
    ),
    "masks.graph_of signed": partial(rg.graph_of, FLAT),
    "masks.graph_of weights": partial(rg.graph_of, FLAT),
    "masks.layered_mask interleaved_gates": partial(rg.layered_mask, GRAPH, "gru"),
    "masks.recurrent_mask bidirectional": partial(rg.recurrent_mask, GRAPH, "gru"),
    "masks.recurrent_mask self_loops": partial(rg.recurrent_mask, GRAPH, "gru"),
    "metrics.profile nodes": partial(rg.profile, [GRAPH]),
    "nn.GraphRNN.forward per_step": partial(FLAT, TOKENS),
    "nn.LayeredRNN.forward per_step": partial(DEEP, TOKENS),
    "nn.SparseGraphRNN.forward per_step": lambda **flag: rg.compact(FLAT)(TOKENS, **flag),
    "nn.SparseLayeredRNN.forward per_step": lambda **flag: rg.compact(DEEP)(TOKENS, **flag),
    "nn.export_onnx per_step": partial(export_onnx, FLAT, "never.onnx"),
    "nn.export_onnx tokens": partial(export_onnx, FLAT, "never.onnx"),
    "pruning.Narang regrow": partial(pruning.Narang, 1.0, start=0, ramp=100, end=900),
    "pruning.erdos_renyi kernel": partial(pruning.erdos_renyi, {"w": (4, 4)}, 0.5),
    "sparsify.LowRank shared": partial(sparsify.LowRank, SHAPE, 2, rng=0),
    "sparsify.LowRank.from_values shared": partial(sparsify.LowRank.from_values, SHAPE, VALUES, 2),
    "sparsify.SequenceSource carried": partial(sparsify.SequenceSource, SEQUENCES),
    "sparsify.Shape dense": partial(sparsify.Shape, "lstm", 3, 4),
    "sparsify.TextSource carried": partial(sparsify.TextSource, np.arange(9)),
    "sparsify.from_torch one_hot": partial(sparsify.from_torch, nn.LSTM(3, 4)),
    "tasks.language_model lower": partial(tasks.language_model, "never.txt"),
    "tasks.text_classification header": partial(tasks.text_classification, "never.csv", rng=0),
    "tasks.text_classification lower": partial(tasks.text_classification, "never.csv", rng=0),
    "tasks.tokenize lower": partial(tasks.tokenize, "a word"),
}
SET_BY_US = {
    "masks.RecurrentMask bidirectional",
    "sparsify.Batch continues",
    "sparsify.Fit diverged",
    "tasks.StreamBatch continues",
    *(
        f"sparsify.{name}.draw carried"
        for name in ("Sparsified", "Plain", "GroupLasso", "HardConcrete", "LowRank", "Variational")
    ),
}
"""Flags of records that the library makes, and of the pass that `fit` asks for."""


def flags() -> Iterator[str]:
    """Every public function, class and method that takes a flag, and the flag's name."""
    for part in rg._PARTS:
        for name, member in vars(import_module(f"rnngraph.{part}")).items():
            home = getattr(member, "__module__", None) or ""
            if name.startswith("_") or not home.startswith(f"rnngraph.{part}") or "._" in home:
                continue
            callables = {name: member}
            if inspect.isclass(member):
                callables |= {f"{name}.{own}": getattr(member, own) for own in own_names(member)}
            for path, function in callables.items():
                if not callable(function):
                    continue
                for argument in inspect.signature(function).parameters.values():
                    if argument.annotation in (bool, bool | None):
                        yield f"{part}.{path} {argument.name}"


def own_names(member: type) -> set[str]:
    """Public names of a class that are not torch's."""
    bases = [base for base in member.__mro__ if base.__module__.startswith("rnngraph.")]
    return {name for base in bases for name in vars(base) if not name.startswith("_")}


def test_every_flag_is_here() -> None:
    assert set(flags()) == set(FLAGS) | SET_BY_US


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("bad", ["no", 2])
def test_a_word_is_no_flag(flag: str, bad: object) -> None:
    argument = flag.split()[1]
    with pytest.raises(InputError, match=f"^`{argument}` must be True or False; got {bad!r}\\.$"):
        FLAGS[flag](**{argument: bad})
