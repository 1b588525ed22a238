"""Layered networks as masks and as modules; how they train is in test_nn_native."""

import json
from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnngraph._types import CELLS, Cell
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency, orient_acyclic
from rnngraph.masks import GATES, LayeredMask, graph_of, layered_mask
from rnngraph.nn import LayeredRNN, train_population
from rnngraph.tasks import SequenceData
from tests.nn.conftest import random_graph

THESIS = [[0, 2], [1, 2], [1, 3], [2, 3], [2, 4], [3, 4]]
"""The example of layers in Darji (2024), arXiv:2407.20601: layers 0, 0, 1, 2, 3."""


def thesis_mask(cell: Cell, **how: object) -> LayeredMask:
    adjacency = np.zeros((5, 5), dtype=bool)
    adjacency[tuple(np.transpose(THESIS))] = True
    return layered_mask(adjacency, cell, **how)


def test_the_layers_of_the_thesis() -> None:
    mask = thesis_mask("tanh")
    assert mask.layers == ((0, 1), (2,), (3,), (4,))
    names = [part.name for part in mask.cells]
    assert names == ["layer_0", "layer_1", "layer_2", "skip_0_2", "layer_3", "skip_1_3"]
    inputs = {part.name: part.input.int().tolist() for part in mask.cells}
    assert inputs["layer_1"] == [[1, 1]]
    assert inputs["skip_0_2"] == [[0, 1]]
    assert inputs["layer_3"] == [[1]]
    assert mask.embedding_size == 2
    assert mask.n_units == 2 + 1 + 2 * 1 + 2 * 1


@pytest.mark.parametrize("cell", CELLS)
def test_every_gate_sees_the_sources_of_its_unit(cell: Cell) -> None:
    gates = len(GATES[cell])
    graph = random_graph(14, 3, 0.4)
    for whole, split in zip(
        layered_mask(graph, cell).cells,
        layered_mask(graph, cell, interleaved_gates=True).cells,
        strict=True,
    ):
        by_gate = whole.input.reshape(gates, -1, whole.input.shape[1])
        assert (by_gate == by_gate[0]).all()
        # As published: row k of the mask is that of unit k // gates.
        rows = torch.arange(len(split.input)) // gates
        assert torch.equal(split.input, by_gate[0][rows])
        assert torch.equal(whole.hidden, split.hidden)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("interleaved", [False, True])
def test_the_graph_comes_back_from_the_mask(cell: Cell, interleaved: bool) -> None:
    graph = random_graph(14, 3, 0.3)
    order = np.random.default_rng(0).permutation(14).tolist()
    mask = layered_mask(graph, cell, interleaved_gates=interleaved, order=order)
    oriented = orient_acyclic(as_adjacency(graph))
    if not interleaved or cell in ("tanh", "relu"):
        assert np.array_equal(mask.graph(), oriented)
        assert np.array_equal(graph_of(mask), oriented)
        assert np.array_equal(graph_of(LayeredRNN(mask, 3, 2, rng=0)), oriented)
    else:
        assert not np.array_equal(mask.graph(), oriented)  # as published: other edges


def test_units_come_in_the_order_that_is_asked_for() -> None:
    order = [1, 0, 4, 3, 2]
    plain, turned = thesis_mask("tanh"), thesis_mask("tanh", order=order)
    assert turned.layers[0] == (1, 0)
    assert torch.equal(turned.cells[1].input, plain.cells[1].input.flip(1))


@pytest.mark.parametrize("cell", CELLS)
def test_a_string_does_not_depend_on_its_batch(cell: Cell) -> None:
    model = LayeredRNN(thesis_mask(cell), 6, 3, rng=0, dtype=torch.float64)
    tokens = torch.randint(0, 6, (7, 9), generator=torch.Generator().manual_seed(0))
    lengths = torch.tensor([3, 9, 1, 5, 9, 2, 4])
    together = model(tokens, lengths)
    every = model(tokens, lengths, per_step=True)
    for row, n in enumerate(lengths.tolist()):
        alone = model(tokens[row : row + 1, :n])
        torch.testing.assert_close(together[row : row + 1], alone, rtol=0, atol=1e-14)
        torch.testing.assert_close(every[row, n - 1], alone[0], rtol=0, atol=1e-14)
        assert not every[row, n:].any()


@pytest.mark.parametrize("cell", CELLS)
def test_the_module_is_its_cells_put_together(cell: Cell) -> None:
    """The same by hand from stock modules: outputs of the cells on a layer are added."""
    model = LayeredRNN(thesis_mask(cell), 6, 2, rng=1, dtype=torch.float64)
    tokens = torch.randint(0, 6, (4, 8), generator=torch.Generator().manual_seed(0))
    parts = model.to_torch()
    first = parts["layer_0"](model.embedding(tokens))[0]
    second = parts["layer_1"](first)[0]
    third = parts["layer_2"](second)[0] + parts["skip_0_2"](first)[0]
    last = parts["layer_3"](third)[0] + parts["skip_1_3"](second)[0]
    expected = model.readout(last[:, -1])
    torch.testing.assert_close(model(tokens), expected, rtol=0, atol=1e-14)


def test_dead_edges_get_no_gradient_and_stay_at_0() -> None:
    model = LayeredRNN(thesis_mask("gru"), 6, 2, rng=1)
    model.load_state_dict({name: torch.ones_like(v) for name, v in model.state_dict().items()
                           if not name.startswith("mask")}, strict=False)  # fmt: skip
    model(torch.zeros(3, 4, dtype=torch.long)).sum().backward()
    for part in model.mask.cells:
        for block, live in (("ih", part.input), ("hh", part.hidden)):
            weight = model.get_parameter(f"cells.{part.name}.weight_{block}_l0")
            assert not weight[~live].any()
            assert weight.grad is not None
            assert not weight.grad[~live].any()


def test_models_come_out_of_a_population(make_task: Callable[[str], SequenceData]) -> None:
    task = make_task("sequence")
    masks = [layered_mask(random_graph(9, k, 0.4), "lstm", embedding_size=3) for k in range(3)]
    population = train_population(masks, task, cell="lstm", epochs=2, rng=0)
    tokens, lengths = torch.from_numpy(task.test.inputs), torch.from_numpy(task.test.lengths)
    for model, (_, row) in zip(population.models, population.results.iterrows(), strict=True):
        right = model(tokens, lengths).argmax(dim=1) == torch.from_numpy(task.test.targets)
        assert float(right.double().mean()) == pytest.approx(row["accuracy"], abs=1e-9)
        live = sum(int((value != 0).sum()) for value in model.parameters())
        assert live == row["n_parameters"]
        assert row["n_units"] == model.mask.n_units
    assert json.dumps(population.results["seconds"].tolist())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: thesis_mask("gru", embedding_size=-1), "`embedding_size` must be an integer >= 0"),
        (lambda: thesis_mask("gru", hidden="full"), "`hidden` must be one of complete, diagonal"),
        (
            lambda: thesis_mask("gru", hidden=[np.eye(2)]),
            r"`hidden` must hold a graph for each layer, of \[2, 1, 1, 1\] nodes; got \[2\].",
        ),
        (
            lambda: thesis_mask("gru", order=[0, 1]),
            r"`order` must name each of the 5 nodes once; got \[0, 1\].",
        ),
        (lambda: LayeredRNN(thesis_mask("gru"), 6, 2, "tanh", rng=0), "`cell` must be the mask's"),
        (lambda: graph_of(thesis_mask("gru"), layer=1), "`source` is layered: it has the graph"),
        (
            lambda: LayeredRNN(thesis_mask("gru"), 6, 2, rng=0)(torch.tensor([[1, 2], [3, 6]])),
            r"`x` must hold tokens in \[0, 5\]; got 6 in sequence 1 at position 1.",
        ),
        (
            lambda: LayeredRNN(thesis_mask("gru"), 6, 2, rng=0)(torch.zeros(2, 3)),
            "`x` must be integer tokens",
        ),
        (
            lambda: LayeredRNN(thesis_mask("gru"), 6, 2, rng=0)(
                torch.zeros(2, 3, dtype=torch.long), torch.tensor([0, 3])
            ),
            r"`lengths` must be in \[1, 3\], the steps of `x`; got 0 to 3.",
        ),
    ],
)
def test_bad_arguments(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        make()


def test_layered_and_flat_do_not_mix(make_task: Callable[[str], SequenceData]) -> None:
    with pytest.raises(InputError, match="^`graphs` must all be layered masks, or none of them"):
        train_population(
            [thesis_mask("gru"), np.eye(3)], make_task("sequence"), cell="gru", epochs=1, rng=0
        )


def test_a_mask_that_embeds_tokens_is_refused_for_dense_inputs(
    make_task: Callable[[str], SequenceData],
) -> None:
    message = r"^`graphs\[0\]` must be a layered mask with `embedding_size=0` for inputs"
    with pytest.raises(InputError, match=message):
        train_population([thesis_mask("gru")], make_task("value"), cell="gru", epochs=1, rng=0)


def test_the_mask_is_that_of_the_buffers() -> None:
    model = LayeredRNN(thesis_mask("gru"), 6, 2, rng=0)
    model.mask_hh_layer_0.zero_()
    assert not model.mask.cells[0].hidden.any()
    assert model.mask.cells[1].hidden.all()
