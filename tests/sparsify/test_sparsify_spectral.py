from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.sparsify import (
    SequenceSource,
    Shape,
    TextSource,
    Values,
    fold,
    forward,
    spectral_pruning,
    structure_of,
)
from rnngraph.sparsify.spectral import choose_units, reconstruction, second_moments
from rnngraph.tasks import Sequences
from tests.sparsify.networks import SHAPES, random_values

READ = SHAPES.filter(lambda shape: shape.output_size > 0)


def sequences(shape: Shape, n: int = 40, steps: int = 6, seed: int = 0) -> SequenceSource:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, steps, n, endpoint=True)
    targets = draw.integers(0, shape.output_size, n)
    size = (n, steps, shape.input_size)
    if shape.dense:
        # Sources have float32; the networks of these tests have float64.
        own = Sequences(draw.normal(size=size).astype(np.float32), lengths, targets)
        object.__setattr__(own, "inputs", own.inputs.astype(np.float64))
    else:
        own = Sequences(draw.integers(0, shape.input_size, (n, steps)), lengths, targets)
    return SequenceSource(own)


def outputs_of(shape: Shape, values: Values, source: SequenceSource) -> Tensor:
    """Outputs of all real steps."""
    x, lengths = (
        torch.from_numpy(own) for own in (source.sequences.inputs, source.sequences.lengths)
    )
    return forward(shape, values, x, lengths)[0].detach()[torch.from_numpy(source.sequences.real)]


def network(shape: Shape, seed: int, scale: float = 1.0) -> Values:
    """A dense one without factors."""
    values = random_values(shape, 1.0, 1.0, seed)
    return Values({name: scale * own for name, own in values.weights.items()})


@settings(max_examples=30, deadline=None)
@given(READ, st.integers(0, 10_000), st.integers(1, 7))
@torch.no_grad()
def test_second_moments_are_those_of_states_sequence_by_sequence(
    shape: Shape, seed: int, batch_size: int
) -> None:
    values = random_values(shape, 0.8, 0.8, seed)
    source = sequences(shape, 10, 5, seed)
    found = second_moments(shape, values, source, batch_size=batch_size)
    data = source.sequences
    for layer in range(shape.layers):
        top = Shape(
            shape.cell, shape.input_size, shape.units, 0, shape.embedding, layer + 1, shape.dense
        )
        rows = []
        for row, length in zip(data.inputs, data.lengths, strict=True):
            rows.append(forward(top, values, torch.from_numpy(row[:length]).unsqueeze(0))[0][0])
        states = torch.cat(rows)
        torch.testing.assert_close(found[layer], states.t() @ states / len(states))


@pytest.mark.parametrize("carried", [False, True])
@torch.no_grad()
def test_states_of_a_text_are_carried_if_its_source_says_so(carried: bool) -> None:
    shape = Shape("lstm", 4, 3, 4, embedding=2, layers=2)
    values = network(shape, 0)
    tokens = np.random.default_rng(0).integers(0, 4, 41)
    found = second_moments(shape, values, TextSource(tokens, 10, carried), batch_size=2)
    x = torch.from_numpy(tokens[:40].reshape(2, 20) if carried else tokens[:40].reshape(4, 10))
    for layer, moment in enumerate(found):
        states = forward(Shape("lstm", 4, 3, 0, 2, layer + 1), values, x)[0].flatten(0, 1)
        torch.testing.assert_close(moment, states.t() @ states / 40)


@settings(max_examples=60, deadline=None)
@given(READ, st.integers(0, 10_000))
@torch.no_grad()
def test_to_keep_all_units_changes_nothing(shape: Shape, seed: int) -> None:
    values = random_values(shape, 1.0, 1.0, seed)
    source = sequences(shape, seed=seed)
    same = spectral_pruning(shape, values, source, shape.units, ridge=0.0)
    before, after = (outputs_of(shape, own, source) for own in (values, same))
    moments = second_moments(shape, values, source)
    # Directions in which states hardly go are only known up to the root of the rounding.
    full = all(torch.linalg.cond(moment) < 1e9 for moment in moments)
    near = 1e-8 if full else 1e-5
    torch.testing.assert_close(after, before, rtol=near, atol=near)
    for moment in moments:
        if torch.linalg.cond(moment) < 1e6:
            kept = torch.ones(shape.units, dtype=torch.bool)
            eye = torch.eye(shape.units, dtype=torch.float64)
            torch.testing.assert_close(reconstruction(moment, kept), eye, rtol=0, atol=1e-8)


def with_copies(shape: Shape, seed: int) -> Values:
    """The second half of a layer's units have the first half's states, some negative, times 0.5.

    They do as each gate has the same inputs; what reads them is their own.
    """
    values = network(shape, seed, 0.7)
    n, half, gates = shape.units, shape.units // 2, len(shape.gates)
    signs = torch.where(torch.arange(half) % 2 == 0, 1.0, -1.0)
    candidate = shape.gates.index("g" if shape.cell == "lstm" else "n")
    for layer in range(shape.layers):
        for name in (f"weight_ih_l{layer}", f"weight_hh_l{layer}", f"bias_l{layer}"):
            blocks = values.weights[name].reshape(gates, n, -1)
            blocks[:, half:] = blocks[:, :half]
            # The state of tanh(-a) is the negative one.
            blocks[candidate, half:] *= signs.unsqueeze(1)
        factor = torch.ones(n, dtype=torch.float64)
        factor[half:] = 0.5
        values.factors[f"units_l{layer}"] = factor
    return values


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("output_weight", [0.0, 0.5, 1.0])
@torch.no_grad()
def test_units_that_follow_from_others_go_without_loss(
    cell: str, layers: int, output_weight: float
) -> None:
    shape = Shape(cell, 5, 8, 3, embedding=3, layers=layers)
    values = with_copies(shape, layers)
    source = sequences(shape)
    states = outputs_of(Shape(cell, 5, 8, 0, 3, layers), values, source)
    signs = torch.tensor([1.0, -1, 1, -1], dtype=torch.float64)
    torch.testing.assert_close(states[:, 4:], 0.5 * signs * states[:, :4])
    small = spectral_pruning(shape, values, source, 4, ridge=0.0, output_weight=output_weight)
    torch.testing.assert_close(
        outputs_of(shape, small, source), outputs_of(shape, values, source), rtol=1e-8, atol=1e-8
    )
    found = structure_of(shape, small)
    for units in found.units:
        assert (units[:4] ^ units[4:]).all()  # one of each pair
    folded = fold(shape, small)
    x, lengths = (
        torch.from_numpy(own) for own in (source.sequences.inputs, source.sequences.lengths)
    )
    torch.testing.assert_close(folded(x, lengths)[0], forward(shape, small, x, lengths)[0])


@settings(max_examples=40, deadline=None)
@given(READ, st.data(), st.integers(0, 10_000))
@torch.no_grad()
def test_what_is_dropped_is_exactly_0_and_what_is_given_stays(
    shape: Shape, data: st.DataObject, seed: int
) -> None:
    keep = [data.draw(st.integers(1, shape.units)) for _ in range(shape.layers)]
    values = random_values(shape, 1.0, 0.8, seed)
    before = {name: own.clone() for name, own in values.weights.items()}
    small = spectral_pruning(shape, values, sequences(shape, seed=seed), keep)
    assert all(torch.equal(values.weights[name], own) for name, own in before.items())
    gates = len(shape.gates)
    for layer, size in enumerate(keep):
        own = [small.weights[f"{part}_l{layer}"] for part in ("weight_ih", "weight_hh")]
        rows = torch.cat([*own, small.weights[f"bias_l{layer}"].unsqueeze(1)], 1)
        alive = (rows.reshape(gates, shape.units, -1) != 0).any(2).any(0)
        assert int(alive.sum()) == size
        above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
        for reader in (own[1], small.weights[above]):
            assert not reader[:, ~alive].any()
        assert not structure_of(shape, small).units[layer][~alive].any()
    assert small.factors.keys() == values.factors.keys()


def loss(moment: Tensor, readers: Tensor, kept: list[int], ridge: float, weight: float) -> float:
    """What is left, from its definition."""
    block = moment[kept][:, kept] + ridge * torch.eye(len(kept), dtype=moment.dtype)
    left = moment - moment[:, kept] @ torch.linalg.inv(block) @ moment[kept]
    inputs = left.trace() / moment.trace()
    outputs = (readers @ left @ readers.t()).trace() / (readers @ moment @ readers.t()).trace()
    return float((1 - weight) * inputs + weight * outputs)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 7), st.floats(0, 1), st.sampled_from([0.0, 1e-3, 0.5]), st.integers(0, 10_000)
)
def test_each_unit_is_the_best_by_brute_force(
    n: int, weight: float, ridge: float, seed: int
) -> None:
    draw = torch.Generator().manual_seed(seed)
    states = torch.randn(30, n, generator=draw, dtype=torch.float64)
    states = states @ torch.randn(n, n, generator=draw, dtype=torch.float64)
    moment = states.t() @ states / 30
    readers = torch.randn(4, n, generator=draw, dtype=torch.float64)
    chosen: list[int] = []
    for size in range(1, n):
        rest = [unit for unit in range(n) if unit not in chosen]
        losses = [loss(moment, readers, [*chosen, unit], ridge, weight) for unit in rest]
        chosen.append(rest[int(np.argmin(losses))])
        kept = choose_units(moment, readers, size, ridge=ridge, output_weight=weight)
        found = kept.nonzero().flatten().tolist()
        # Where two are equally good, either is.
        assert loss(moment, readers, found, ridge, weight) == pytest.approx(
            min(losses), rel=1e-7, abs=1e-10
        )
        if found != sorted(chosen):
            return


def test_the_estimate_is_that_of_least_squares() -> None:
    draw = np.random.default_rng(0)
    states = draw.normal(size=(50, 5)) @ draw.normal(size=(5, 5))
    kept = np.array([True, False, True, False, True])
    expected, *_ = np.linalg.lstsq(states[:, kept], states, rcond=None)
    moment = torch.from_numpy(states.T @ states / 50)
    found = reconstruction(moment, torch.from_numpy(kept)).numpy()
    np.testing.assert_allclose(found[:, kept], expected.T, rtol=1e-9, atol=1e-9)
    assert not found[:, ~kept].any()


def errors(
    select: Callable[[Tensor, Tensor, int, int], Tensor], n_networks: int = 12
) -> np.ndarray:
    """Mean square error of the outputs after pruning to a third, network by network."""
    found = []
    for seed in range(n_networks):
        shape = Shape(("gru", "lstm")[seed % 2], 6, 12, 3, embedding=4)
        values = network(shape, seed, 0.6)
        source = sequences(shape, 60, 10, seed)
        (moment,) = second_moments(shape, values, source)
        readers = torch.cat([values.weights["weight_hh_l0"], values.weights["readout"]])
        kept = select(moment, readers, 4, seed)
        weights = dict(values.weights)
        for name in ("weight_hh_l0", "readout"):
            weights[name] = weights[name] @ reconstruction(moment, kept, ridge=1e-6)
        gap = outputs_of(shape, Values(weights), source) - outputs_of(shape, values, source)
        found.append(float(gap.square().mean()))
    return np.array(found)


@torch.no_grad()
def test_it_does_better_than_random_units_and_than_the_largest_ones() -> None:
    """All of them with the same reconstruction."""

    def at_random(moment: Tensor, readers: Tensor, keep: int, seed: int) -> Tensor:
        order = np.random.default_rng(seed).permutation(len(moment))
        return torch.from_numpy(order < keep)

    def by_variance(moment: Tensor, readers: Tensor, keep: int, seed: int) -> Tensor:
        order = moment.diagonal().argsort(descending=True).argsort()
        return order < keep

    own = errors(lambda moment, readers, keep, _: choose_units(moment, readers, keep, ridge=1e-6))
    for other in (at_random, by_variance):
        theirs = errors(other)
        assert own.mean() < 0.9 * theirs.mean()
        assert (own < theirs).mean() > 0.6


def test_units_that_nothing_reads_go_first_where_readers_decide() -> None:
    shape = Shape("gru", 4, 6, 2)
    values = network(shape, 0)
    for name in ("weight_hh_l0", "readout"):
        values.weights[name][:, [1, 4]] = 0
    small = spectral_pruning(shape, values, sequences(shape), 4, output_weight=1.0, ridge=1e-12)
    assert structure_of(shape, small).units[0].tolist() == [True, False, True, True, False, True]


def test_a_network_without_states_is_pruned_all_the_same() -> None:
    shape = Shape("lstm", 2, 3, 2)
    zeros = {name: torch.zeros(size) for name, size in shape.matrices().items()}
    zeros |= {name: torch.zeros(size) for name, size in shape.biases().items()}
    small = spectral_pruning(shape, Values(zeros), sequences(shape), 2)
    assert not any(bool(own.any()) for own in small.weights.values())


def test_bad_arguments_are_named() -> None:
    shape = Shape("gru", 4, 6, 2, layers=2)
    values, source = network(shape, 0), sequences(shape)

    def prune(
        keep: object, values: Values = values, shape: Shape = shape, **named: float
    ) -> Values:
        return spectral_pruning(shape, values, source, keep, **named)

    for wrong in (0, 7, 2.5, True):
        with pytest.raises(
            InputError, match=rf"^`keep` must be an integer in \[1, 6\]; got {wrong}"
        ):
            prune(wrong)
    with pytest.raises(InputError, match="^`keep` must be an integer or one for each of 2 layers"):
        prune([3])
    with pytest.raises(InputError, match=r"^`keep\[1\]` must be an integer in \[1, 6\]; got 9"):
        prune([3, 9])
    with pytest.raises(InputError, match="^`ridge` must be a number >= 0; got -1"):
        prune(3, ridge=-1)
    with pytest.raises(InputError, match=r"^`output_weight` must be a number in \[0, 1\]; got 1.5"):
        prune(3, output_weight=1.5)
    with pytest.raises(InputError, match="^`batch_size` must be an integer >= 1; got 0"):
        prune(3, batch_size=0)
    with pytest.raises(InputError, match="^`shape` must have a readout; got `output_size` 0"):
        prune(3, shape=Shape("gru", 4, 6, layers=2))
    noisy = Values(values.weights, {"units_l0": torch.ones(3, 6)})
    with pytest.raises(InputError, match="^`values` must be what a network computes with in use"):
        prune(3, noisy)
    broken = Values({**values.weights, "bias_l0": values.weights["bias_l0"] * torch.nan})
    with pytest.raises(InputError, match="^`values` must be finite; 'bias_l0' is not"):
        prune(3, broken)
    source = SequenceSource(Sequences(np.full((2, 3), 4), np.full(2, 3), np.zeros(2, int)))
    with pytest.raises(InputError, match=r"^`source` must have tokens in \[0, 3\], .*; got 4"):
        prune(3)
