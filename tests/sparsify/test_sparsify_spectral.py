from itertools import combinations

import numpy as np
import pytest
import torch

from rnngraph.errors import InputError
from rnngraph.sparsify import SequenceSource, Shape, TextSource, Values, fold, forward
from rnngraph.sparsify import spectral_pruning as prune
from rnngraph.sparsify.spectral import _choose, _second_moments
from rnngraph.tasks import Sequences
from tests.sparsify.networks import random_values


def source(shape: Shape, seed: int = 0, n: int = 40) -> SequenceSource:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(3, 9, n)
    inputs = draw.integers(0, shape.input_size, (n, 8))
    return SequenceSource(Sequences(inputs, lengths, draw.integers(0, 2, n)))


def network(
    cell: str = "lstm", units: int = 6, layers: int = 2, seed: int = 0
) -> tuple[Shape, Values]:
    shape = Shape(cell, 5, units, 2, embedding=3, layers=layers)
    return shape, random_values(shape, 1.0, 1.0, seed)


def error(shape: Shape, values: Values, pruned: Values, data: SequenceSource) -> float:
    total = 0.0
    for batch in data.batches(64, None):
        one, _ = forward(shape, values, batch.x, batch.lengths)
        other, _ = forward(shape, pruned, batch.x, batch.lengths)
        total += float((one[:, -1] - other[:, -1]).square().mean())
    return total


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_keeping_all_units_changes_nothing(cell: str) -> None:
    shape, values = network(cell)
    same = prune(shape, values, source(shape), shape.units, ridge=0.0)
    assert error(shape, values, same, source(shape, 1)) < 1e-12


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_folded_network_has_the_units_that_are_kept(cell: str) -> None:
    shape, values = network(cell)
    small = fold(shape, prune(shape, values, source(shape), [2, 4]))
    assert [int(units.sum()) for units in small.structure.units] == [2, 4]


def test_moments_are_those_of_real_steps() -> None:
    shape, values = network(layers=1)
    data = source(shape)
    (found,) = _second_moments(shape, values, data, 7)
    below = Shape("lstm", 5, 6, 0, embedding=3)
    rows = []
    for row, length in zip(data.sequences.inputs, data.sequences.lengths, strict=True):
        states, _ = forward(below, values, torch.from_numpy(row[None, :length]))
        rows.append(states[0])
    h = torch.cat(rows).double()
    torch.testing.assert_close(found, h.t() @ h / len(h), rtol=1e-6, atol=1e-8)


def test_a_text_is_read_with_its_states_carried() -> None:
    shape = Shape("gru", 5, 4, 5)
    values = random_values(shape, 1.0, 1.0, 0)
    tokens = np.random.default_rng(0).integers(0, 5, 41)
    whole, parts = (
        _second_moments(shape, values, TextSource(tokens, steps, carried=True), 1)[0]
        for steps in (40, 7)
    )
    torch.testing.assert_close(whole, parts)


def twins(cell: str) -> tuple[Shape, Values]:
    """Units 3, 4 and 5 do what units 0, 1 and 2 do."""
    shape, values = network(cell, layers=1, seed=3)
    weights = {name: value.clone() for name, value in values.weights.items()}
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_l0"):
        for gate in range(len(shape.gates)):
            rows = weights[name][gate * 6 : gate * 6 + 6]
            rows[3:] = rows[:3]
    return shape, Values(weights)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_units_that_others_stand_in_for_leave_without_loss(cell: str) -> None:
    shape, values = twins(cell)
    pruned = prune(shape, values, source(shape), 3, ridge=1e-10)
    kept = fold(shape, pruned).structure.units[0].nonzero().flatten() % 3
    assert sorted(kept.tolist()) == [0, 1, 2]
    assert error(shape, values, pruned, source(shape, 1)) < 1e-8


@pytest.mark.parametrize("output_weight", [0.0, 0.5, 1.0])
def test_each_step_takes_the_best_unit(output_weight: float) -> None:
    draw = torch.Generator().manual_seed(0)
    h = torch.randn(50, 5, generator=draw, dtype=torch.float64)
    reading = torch.randn(7, 5, generator=draw, dtype=torch.float64)
    moment = h.t() @ h / 50
    tau = 1e-3 * moment.diagonal().mean()

    def loss(units: list[int]) -> float:
        own = moment[units][:, units] + tau * torch.eye(len(units))
        left = moment - moment[:, units] @ torch.linalg.inv(own) @ moment[units]
        lost = (1 - output_weight) * left.trace() / moment.trace()
        read = reading @ left @ reading.t()
        return float(lost + output_weight * read.trace() / (reading @ moment @ reading.t()).trace())

    chosen = _choose(moment, reading, 3, output_weight, 1e-3).tolist()
    for k in range(3):
        others = [unit for unit in range(5) if unit not in chosen[:k]]
        assert chosen[k] == min(others, key=lambda unit: loss([*chosen[:k], unit]))


def test_it_is_better_than_most_choices_and_than_no_making_over() -> None:
    shape, values = network(layers=1, seed=1)
    data, test = source(shape), source(shape, 1)
    own = error(shape, values, prune(shape, values, data, 4), test)
    bare = []
    for units in combinations(range(6), 4):
        weights = {name: value.clone() for name, value in values.weights.items()}
        factor = torch.zeros(6, dtype=torch.float64)
        factor[list(units)] = 1
        factor = factor * values.factors["units_l0"]
        bare.append(
            error(shape, values, Values(weights, {**values.factors, "units_l0": factor}), test)
        )
    assert own < np.median(bare)


def test_bad_arguments_are_named() -> None:
    shape, values = network()
    data = source(shape)
    for call, message in [
        (lambda: prune(shape, values, data, 0), r"`keep` must be an integer in \[1, 6\]; got 0"),
        (lambda: prune(shape, values, data, [3]), r"`keep` must be a number, or one .*; got \[3\]"),
        (lambda: prune(shape, values, data, 3, ridge=-1), "`ridge` must be a number >= 0; got -1"),
        (lambda: prune(shape, values, data, 3, output_weight=2), "`output_weight` must be"),
        (
            lambda: prune(Shape("gru", 5, 6), values, data, 3),
            "`shape` must have a readout: `output_size` is 0",
        ),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
