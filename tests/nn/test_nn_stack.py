"""Layered networks in one stack of the reference, though each has cells of its own."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnngraph._rng import stream
from rnngraph._types import CELLS, Cell
from rnngraph.masks import LayeredMask, layered_mask
from rnngraph.nn import LayeredRNN, train, train_population
from rnngraph.nn.cells import STEPS
from rnngraph.nn.reference import stacks_of
from rnngraph.nn.stack import EMBEDDING, build_stack, links_of
from rnngraph.nn.wirings import members_of
from rnngraph.tasks import SequenceData
from tests.nn.conftest import assert_trained_alike

MakeTask = Callable[[str], SequenceData]
CPU = torch.device("cpu")
SETTINGS = {"epochs": 3, "learning_rate": 0.01, "batch_size": 32, "weight_decay": 0.01}
KEYS = ["chain", "skip", "wide", "deep"]


def masks(cell: Cell, width: int) -> list[LayeredMask]:
    """Three of three layers, of which one has no skip, and one of four."""
    chain = np.diag(np.ones(2, bool), 1)
    skip = chain.copy()
    skip[0, 2] = True
    wide = np.zeros((6, 6), bool)
    wide[[0, 0, 1, 1, 0, 3], [2, 3, 3, 4, 5, 5]] = True
    deep = np.triu(np.ones((4, 4), bool), 1)
    return [layered_mask(graph, cell, embedding_size=width) for graph in (chain, skip, wide, deep)]


def test_those_of_one_depth_go_together(make_task: MakeTask) -> None:
    task = make_task("sequence")
    everyone = members_of(masks("gru", 2) * 2, task, "gru", 2, None, "torch")
    found = [[everyone[k].graph for k in stack] for stack in stacks_of(everyone, task, 4, CPU)]
    assert found == [[0, 1, 2, 4], [5, 6], [3, 7]] * 2


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("kind", "width"), [("sequence", 2), ("step", 0), ("value", 0)])
def test_together_is_as_alone_in_stock_modules(
    kind: str, width: int, cell: Cell, make_task: MakeTask
) -> None:
    task, structures = make_task(kind), masks(cell, width)
    together = train_population(
        structures, task, cell=cell, replicates=2, rng=5, dtype=torch.float64, keys=KEYS, **SETTINGS
    )
    for row, result in together.results.iterrows():
        graph, replicate = result["graph"], result["replicate"]
        seed = stream(np.random.SeedSequence(5), "init", KEYS[graph], cell, replicate)
        sizes = (task.input_size, task.output_size)
        model = LayeredRNN(structures[graph], *sizes, rng=seed, dtype=torch.float64)
        alone = train(model, task, rng=5, replicate=replicate, **SETTINGS)
        assert_trained_alike(together, row, model, alone)


@pytest.mark.parametrize("cell", CELLS)
def test_company_order_and_size_of_a_stack_do_not_change_a_bit(
    cell: Cell, make_task: MakeTask
) -> None:
    structures, task = masks(cell, 2), make_task("sequence")
    how = {"cell": cell, "rng": 5, "backend": "reference", **SETTINGS}
    once = train_population(structures, task, replicates=2, **how)
    again = train_population(structures[::-1], task, replicates=[1, 0], members=2, **how)
    alone = train_population(structures[:1], task, **how)
    pairs = [(alone.model(0), once.model(0))]
    pairs += [
        (once.model(2 * g + r), again.model(2 * (3 - g) + 1 - r)) for g in range(4) for r in (0, 1)
    ]
    for one, other in pairs:
        a, b = one.state_dict(), other.state_dict()
        assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_padding_stays_at_0_and_a_member_comes_out_as_it_went_in(
    cell: Cell, make_task: MakeTask
) -> None:
    task = make_task("sequence")
    together = members_of(masks(cell, 2)[:3], task, cell, 1, None, "torch")
    first = [member.first_parameters(task, np.random.SeedSequence(0)) for member in together]
    stack = build_stack(
        cell,
        [links_of(member.mask) for member in together],
        first,
        [member.parameter_masks(task) for member in together],
        device=CPU,
        dtype=torch.float64,
        step=STEPS[cell],
        along_edges=False,
    )
    for value in stack.parameters.values():
        value.requires_grad_()
    steps = list(torch.eye(5, dtype=torch.float64)[:, None].expand(5, 3, 5))
    names, values = zip(*stack.parameters.items(), strict=True)
    outputs = stack.outputs(steps, per_step=False)
    gradients = torch.autograd.grad(outputs.square().sum(), values)
    for position, member in enumerate(together):
        shapes = member.parameter_shapes(task)
        assert all(
            (value.numpy() == first[position][name]).all()
            for name, value in stack.member(position, shapes).items()
        )
        own = sum(int(np.prod(shape)) for shape in shapes.values())
        live = [
            gradient[position] * (stack.masks[name][position] if name in stack.masks else 1)
            for name, gradient in zip(names, gradients, strict=True)
        ]
        assert sum(int(gradient.count_nonzero()) for gradient in live) <= own
        embedding = live[names.index(EMBEDDING)]
        assert (embedding[:, 2:] == 0).all()
    most = torch.zeros(3, len(stack.links) * stack.n_units, dtype=torch.float64)
    with torch.no_grad():
        stack.outputs(steps, per_step=True, most=most)
    for position, member in enumerate(together):
        own_units = stack.own_units(member.parameter_shapes(task))
        assert len(own_units) == member.n_units
        padding = most[position].clone()
        padding[own_units] = 0
        assert (padding == 0).all()
