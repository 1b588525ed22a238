import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.sparsify import (
    HardConcrete,
    Plain,
    SequenceSource,
    Shape,
    fit,
    fold,
    forward,
    score,
    structure_of,
)
from rnngraph.sparsify.hard_concrete import BETA, GAMMA, ZETA, chance_on
from rnngraph.tasks import temporal_order
from tests.sparsify.networks import SHAPES, random_inputs


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(shape: Shape, *log_alpha: float, strength: float = 1.0) -> HardConcrete:
    """One with the same gates in every layer."""
    model = HardConcrete(shape, strength=strength, rng=0).double()
    with torch.no_grad():
        for own in model.log_alpha:
            own.copy_(torch.tensor(log_alpha))
    return model


def left(shape: Shape, on: Tensor) -> int:
    """Weights whose rows and columns belong to units that are on, (layers, units) bool."""
    masks = {name: torch.ones(size) for name, size in shape.matrices().items()}
    masks.pop("embedding", None)
    for layer, units in enumerate(on):
        rows = units.repeat(len(shape.gates)).unsqueeze(1)
        for part in ("ih", "hh"):
            masks[f"weight_{part}_l{layer}"] *= rows
        masks[f"weight_hh_l{layer}"] *= units
        above = f"weight_ih_l{layer + 1}"
        if (reader := masks.get(above, masks.get("readout"))) is not None:
            reader *= units
    return sum(int(mask.sum()) for mask in masks.values())


@settings(max_examples=40, deadline=None)
@given(SHAPES.filter(lambda shape: shape.layers * shape.units <= 8), st.integers(0, 10_000))
def test_the_expected_number_of_weights_is_that_over_all_patterns(shape: Shape, seed: int) -> None:
    model = HardConcrete(shape, strength=0.25, rng=0).double()
    with torch.no_grad():
        for own in model.log_alpha:
            own.copy_(3 * torch.randn(shape.units, generator=generator(seed)))
        chances = torch.stack([chance_on(own) for own in model.log_alpha])
    expected = 0.0
    for pattern in itertools.product((False, True), repeat=shape.layers * shape.units):
        on = torch.tensor(pattern).reshape(shape.layers, shape.units)
        expected += float(torch.where(on, chances, 1 - chances).prod()) * left(shape, on)
    assert model.expected_weights().item() == pytest.approx(expected, rel=1e-9)
    assert model.penalty().item() == pytest.approx(0.25 * expected, rel=1e-9)


@pytest.mark.parametrize("log_alpha", [-3.0, -0.5, 1.0, 4.0])
def test_gates_are_drawn_from_the_distribution_of_the_paper(log_alpha: float) -> None:
    times, units = 400, 100
    model = network(Shape("gru", 1, units, 1), *[log_alpha] * units)
    x, noise = torch.zeros(1, 1).long(), generator()
    with torch.no_grad():
        draws = [model.draw(x, noise)[0].factors["units_l0"] for _ in range(times)]
    drawn = torch.stack(draws)

    def stretched(u: float) -> float:
        inner = (math.log(u) - math.log1p(-u) + log_alpha) / BETA
        return min(1.0, max(0.0, (ZETA - GAMMA) / (1 + math.exp(-inner)) + GAMMA))

    # Where it leaves 0 and reaches 1 the integrand has corners.
    corners = [
        1 / (1 + math.exp(log_alpha - BETA * math.log(edge))) for edge in (-GAMMA / ZETA, 11.0)
    ]
    mean = integrate.quad(stretched, 1e-12, 1 - 1e-12, points=corners)[0]
    error = 2.5 / math.sqrt(times * units)  # five standard errors at most
    assert float(drawn.mean()) == pytest.approx(mean, abs=error)
    on = float(chance_on(torch.tensor(log_alpha)))
    assert float((drawn > 0).double().mean()) == pytest.approx(on, abs=error)
    assert drawn.min() >= 0
    assert drawn.max() <= 1


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_gate_is_one_for_all_sequences_and_steps(cell: str) -> None:
    shape = Shape(cell, 4, 3, 2, embedding=3, layers=2)
    model = HardConcrete(shape, strength=1.0, rng=0)
    x = torch.tensor([[0, 1, 2], [3, 3, 3]])
    values, same = model.draw(x, generator())
    assert torch.equal(same, x)
    assert {name: factor.shape for name, factor in values.factors.items()} == {
        "units_l0": (3,),
        "units_l1": (3,),
    }
    weights = dict(values.weights)
    for layer, above in ((0, "weight_ih_l1"), (1, "readout")):
        for reader in (f"weight_hh_l{layer}", above):
            weights[reader] = weights[reader] * values.factors[f"units_l{layer}"]
    expected = forward(shape, type(values)(weights), x)[0]
    torch.testing.assert_close(forward(shape, values, x)[0], expected)


def test_in_use_a_gate_is_its_middle_value_and_0_below_the_threshold() -> None:
    def where(gate: float) -> float:
        """Log alpha whose middle value it is."""
        share = (gate - GAMMA) / (ZETA - GAMMA)
        return math.log(share / (1 - share))

    gates = (0.299, 0.301, 0.7, 0.999)
    model = network(Shape("lstm", 2, 6, 1), -9.0, *map(where, gates), 9.0)
    means = model.means()
    expected = [0.0, 0.0, 0.301, 0.7, 0.999, 1.0]
    assert means.factors["units_l0"].tolist() == pytest.approx(expected)
    assert means.factors["units_l0"][:2].tolist() == [0, 0]
    assert not any(
        value.requires_grad for value in (*means.weights.values(), *means.factors.values())
    )
    units = [False, False, True, True, True, True]
    assert structure_of(model.shape, means).units[0].tolist() == units
    assert model.n_weights == 8 / 2 * (4 * 2 + 4 * 4) * 1 + 4


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.integers(0, 10_000))
@torch.no_grad()
def test_a_unit_that_is_off_may_do_what_it_likes(shape: Shape, seed: int) -> None:
    """As if its rows and biases were masked too, which is what the paper does."""
    model = HardConcrete(shape, strength=1.0, rng=seed).double()
    off = torch.rand(shape.units, generator=generator(seed)) < 0.5
    for own in model.log_alpha:
        own[off] = -5.0
    means = model.means()
    masked = dict(means.weights)
    for layer in range(shape.layers):
        for name in (f"weight_ih_l{layer}", f"weight_hh_l{layer}", f"bias_l{layer}"):
            rows = ~off.repeat(len(shape.gates))
            masked[name] = masked[name] * rows.reshape(-1, *[1] * (masked[name].ndim - 1))
    x, lengths = random_inputs(shape, seed)
    outputs = forward(shape, means, x, lengths)[0]
    torch.testing.assert_close(
        outputs, forward(shape, type(means)(masked, means.factors), x, lengths)[0]
    )
    torch.testing.assert_close(outputs, fold(shape, means)(x, lengths)[0])


def test_the_strength_steps_up_when_the_delay_is_over() -> None:
    shape = Shape("gru", 3, 4, 2)
    model = HardConcrete(shape, strength=2.0, early=0.25, delay=3, rng=0)
    whole = 2 * model.expected_weights().item()
    found = []
    for _ in range(5):
        found.append(model.penalty().item() / whole)
        model.after_update(0.1)
    assert found == pytest.approx([0.25, 0.25, 0.25, 1, 1])
    assert HardConcrete(shape, strength=2.0, rng=0).penalty().item() == pytest.approx(whole)
    other = HardConcrete(shape, strength=2.0, delay=3, rng=1)
    other.load_state_dict(model.state_dict())
    assert int(other.updates) == 5
    assert other.penalty().item() == pytest.approx(whole)


def test_the_penalty_draws_gates_off_and_every_parameter_learns() -> None:
    model = HardConcrete(Shape("lstm", 4, 3, 2, embedding=3, layers=2), strength=1.0, rng=0)
    model.penalty().backward()
    assert all(bool((own.grad > 0).all()) for own in model.log_alpha)
    values, x = model.draw(torch.tensor([[0, 1, 2, 3]] * 2), generator(2))
    (forward(model.shape, values, x)[0].square().sum() + model.penalty()).backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_the_gradient_of_a_gate_is_that_of_finite_differences() -> None:
    shape = Shape("gru", 2, 3, 1, dense=True)
    model = network(shape, -0.5, 0.5, 0.1)
    x = torch.ones(2, 3, 2, dtype=torch.float64)

    def outputs(log_alpha: Tensor) -> Tensor:
        with torch.no_grad():
            model.log_alpha[0].copy_(log_alpha)
        values, _ = model.draw(x, generator(5))
        # The gates as a function of what is given, at the same noise.
        uniform = torch.rand(3, generator=generator(5), dtype=torch.float64)
        gate = torch.sigmoid((torch.logit(uniform) + log_alpha) / BETA)
        gate = (gate * (ZETA - GAMMA) + GAMMA).clamp(0, 1)
        torch.testing.assert_close(values.factors["units_l0"], gate)
        return forward(shape, type(values)(values.weights, {"units_l0": gate}), x)[0]

    start = model.log_alpha[0].detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(outputs, (start,))


def test_first_values_are_those_of_plain_and_log_alpha_is_near_1() -> None:
    shape = Shape("lstm", 3, 200, 1)
    model, plain = HardConcrete(shape, strength=0.0, rng=7), Plain(shape, rng=7)
    for name, value in plain.weights.items():
        assert torch.equal(model.weights[name], value)
    (first,) = (own.detach() for own in model.log_alpha)
    assert float(first.mean()) == pytest.approx(1.0, abs=0.03)
    assert float(first.std()) == pytest.approx(0.1, abs=0.02)
    again = HardConcrete(shape, strength=0.0, rng=7)
    assert torch.equal(again.log_alpha[0], first)
    assert (chance_on(first) > 0.85).all()


def test_a_fit_learns_with_few_units() -> None:
    data = temporal_order(n_train=200, n_test=100, length=10, rng=0)
    train, test = SequenceSource(data.train), SequenceSource(data.test)
    model = HardConcrete(Shape("gru", 8, 12, 4), strength=0.5, delay=80, rng=0)
    whole = model.n_weights
    fit(model, train, test, epochs=20, rng=0, learning_rate=0.05, batch_size=20)
    found = structure_of(model.shape, model.means())
    assert int(model.updates) == 200
    assert score(fold(model.shape, model.means()), test).accuracy > 0.9
    assert 2 <= int(found.units[0].sum()) <= 8
    assert model.n_weights < whole / 2


def test_bad_arguments_are_named() -> None:
    shape = Shape("lstm", 3, 2, 1)
    with pytest.raises(InputError, match="^`strength` must be a number >= 0; got -1"):
        HardConcrete(shape, strength=-1, rng=0)
    with pytest.raises(InputError, match=r"^`early` must be a number in \[0, 1\]; got 2"):
        HardConcrete(shape, strength=1, early=2, rng=0)
    with pytest.raises(InputError, match="^`delay` must be an integer >= 0; got -3"):
        HardConcrete(shape, strength=1, delay=-3, rng=0)
