"""Sparse layered networks against the masked ones, whose oracle is in test_nn_layered."""

import copy
import itertools

import pytest
import torch
from torch import nn

from rnngraph._types import CELLS, Cell
from rnngraph.errors import InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import LayeredRNN, SparseLayeredRNN, compact
from rnngraph.nn.sparse.matrix import VALUES
from rnngraph.pruning import prune
from tests.nn.conftest import random_graph
from tests.nn.sparse.conftest import BACKENDS, normal

CLOSE = {"rtol": 1e-6, "atol": 1e-6}
N_TOKENS = 5


def layered(cell: Cell, embedding_size: int | None = 3, seed: int = 0) -> LayeredRNN:
    """Layers with skips between them, half of whose live weights were pruned by magnitude."""
    mask = layered_mask(random_graph(12, seed, 0.3), cell, embedding_size=embedding_size)
    assert len(mask.cells) > len(mask.layers) > 2
    model = LayeredRNN(mask, N_TOKENS, 3, rng=seed)
    prune(model, 0.5)
    return model


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("embedding_size", [0, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_it_is_called_as_before(backend: str, embedding_size: int, cell: Cell) -> None:
    model = layered(cell, embedding_size)
    with torch.no_grad():
        model.cells["layer_1"].weight_hh_l0.add_(1 - model.mask_hh_layer_1.float())  # masked ones
    module = compact(model, backend=backend)
    assert isinstance(module, SparseLayeredRNN)
    assert module.backend == backend
    assert not list(module.parameters())
    tokens = torch.randint(0, N_TOKENS, (4, 6), generator=torch.Generator().manual_seed(0))
    for x in (tokens, normal(4, 6, N_TOKENS))[: 1 if embedding_size else 2]:
        for lengths, per_step in itertools.product((None, [6, 1, 3, 2]), (False, True)):
            given = None if lengths is None else torch.tensor(lengths)
            expected = model(x, given, per_step=per_step).detach()
            output = module(x, lengths, per_step=per_step)
            torch.testing.assert_close(output, expected, **CLOSE)
    assert torch.equal(copy.deepcopy(module)(tokens), module(tokens))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("embedding_size", [0, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_of_a_stream_are_the_sequence(backend: str, embedding_size: int, cell: Cell) -> None:
    model = layered(cell, embedding_size)
    module, state = compact(model, backend=backend), None
    tokens = torch.tensor([[0, 1, 3, 2], [2, 2, 1, 4]])
    expected = model(tokens, per_step=True).detach()
    for t in range(4):
        output, state = module.step(tokens[:, t], state)
        torch.testing.assert_close(output, expected[:, t], **CLOSE)
    if not embedding_size:
        dense = nn.functional.one_hot(tokens[:, 0], N_TOKENS).float()
        torch.testing.assert_close(module.step(dense)[0], expected[:, 0], **CLOSE)


@pytest.mark.parametrize("values", VALUES)
def test_cells_have_the_values_that_were_asked_for(values: str) -> None:
    model = layered("lstm")
    module = compact(model.double(), values=values, backend="reference")
    tokens = torch.tensor([[0, 1, 3, 2], [2, 2, 1, 4]])
    near = CLOSE if values == "float32" else {"rtol": 0.1, "atol": 0.05}
    torch.testing.assert_close(module(tokens), model(tokens).detach().float(), **near)
    rounded = copy.deepcopy(model).float()
    for name, stock in rounded.cells.items():
        stock.load_state_dict(module.cells[name].weights.dense())
    torch.testing.assert_close(module(tokens), rounded(tokens).detach(), **CLOSE)


def test_a_state_dict_has_the_weights() -> None:
    one, other = (compact(layered("gru", seed=0), backend="reference") for _ in range(2))
    tokens = torch.tensor([[0, 1, 3, 2]])
    with torch.no_grad():
        other.readout_weight.zero_()
    assert not torch.equal(one(tokens), other(tokens))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(tokens), other(tokens))


def test_arguments_that_are_refused() -> None:
    module = compact(layered("gru"), backend="reference")
    with pytest.raises(InputError, match=r"^`x` must be integer tokens \(batch, steps\); got"):
        module(normal(2, 3, N_TOKENS))
    with pytest.raises(InputError, match=r"^`x` must hold tokens in \[0, 4\]; got 5"):
        module.step(torch.tensor([5]))
    with pytest.raises(InputError, match=r"^`x` must be a tensor of tokens \(batch,\)"):
        module.step(3)
    n = len(module.links)
    for state, got in (((), "0"), (torch.zeros(1), "Tensor")):
        message = f"^`state` must be a tuple of the states of {n} cells; got {got}"
        with pytest.raises(InputError, match=message):
            module.step(torch.tensor([1]), state)
    with pytest.raises(InputError, match=r"^`state` must be a tensor of shape \(1, 1, "):
        module.step(torch.tensor([1]), (torch.zeros(1, 1),) * n)
    broken = layered("gru")
    with torch.no_grad():
        broken.cells["layer_0"].bias_hh_l0.fill_(torch.nan)
    with pytest.raises(InputError, match="^`model` must have finite weights; bias_hh_l0 has some"):
        compact(broken)
