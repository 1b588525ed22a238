import numpy as np
import pytest
import torch
from scipy import optimize

from rnngraph.errors import InputError
from rnngraph.sparsify import GroupLasso, Shape, structure_of

SHAPE = Shape("lstm", 6, 4, 3, embedding=5)
RATE = 0.1


def model(shape: Shape = SHAPE, **strengths: float) -> GroupLasso:
    return GroupLasso(shape, strengths, rng=0)


def groups(made: GroupLasso, level: str) -> list[torch.Tensor]:
    """The weights of each group, flat; those of a level do not overlap."""
    weights, n = made.weights, made.shape.units
    if level == "inputs":
        return list(weights["embedding"])
    rows = torch.cat([weights["weight_ih_l0"], weights["weight_hh_l0"]], 1)
    assert level == "gates"
    assert len(rows) == 4 * n
    return list(rows)


@pytest.mark.parametrize("level", ["gates", "inputs"])
@pytest.mark.parametrize("strength", [0.5, 5.0])
def test_a_step_is_the_proximal_one(level: str, strength: float) -> None:
    """It minimises |w - v|^2 / 2 + rate * strength * |w| over each group."""
    made = model(**{level: strength})
    before = [own.detach().clone().double().numpy() for own in groups(made, level)]
    made.after_update(RATE)
    for v, found in zip(before, groups(made, level), strict=True):

        def cost(w: np.ndarray, v: np.ndarray = v) -> float:
            return 0.5 * np.square(w - v).sum() + RATE * strength * np.linalg.norm(w)

        own = found.detach().double().numpy()
        near = min((optimize.minimize(cost, x) for x in (v, 0.1 * v)), key=lambda r: r.fun)
        assert cost(own) <= near.fun + 1e-6
        if np.linalg.norm(v) <= RATE * strength:
            assert (own == 0).all()


def test_single_weights_are_soft_thresholded() -> None:
    made = model(weights=1.0)
    before = {name: made.weights[name].detach().clone() for name in SHAPE.matrices()}
    biases = {name: made.weights[name].detach().clone() for name in SHAPE.biases()}
    made.after_update(RATE)
    for name, v in before.items():
        expected = torch.where(v.abs() > RATE, v - RATE * v.sign(), torch.zeros(()))
        torch.testing.assert_close(made.weights[name].detach(), expected)
    for name, v in biases.items():
        assert torch.equal(made.weights[name], v)


@pytest.mark.parametrize("layers", [1, 2])
def test_units_shrink_with_all_that_is_theirs(layers: int) -> None:
    shape = Shape("gru", 6, 4, 3, layers=layers)
    made = model(shape, units=1.0)
    with torch.no_grad():  # nothing from unit to unit, so that groups share no weight
        for layer in range(layers):
            made.weights[f"weight_hh_l{layer}"].zero_()
        if layers == 2:
            made.weights["weight_ih_l1"].zero_()
    before = {name: value.detach().clone() for name, value in made.weights.items()}
    made.after_update(RATE)
    for unit in range(4):
        rows = before["weight_ih_l0"][unit::4]
        parts = [rows.flatten()]
        if layers == 1:
            parts.append(before["readout"][:, unit])
        norm = torch.cat(parts).norm()
        factor = max(0.0, float(1 - RATE / norm))
        torch.testing.assert_close(made.weights["weight_ih_l0"][unit::4].detach(), rows * factor)
        if layers == 1:
            found = made.weights["readout"][:, unit].detach()
            torch.testing.assert_close(found, before["readout"][:, unit] * factor)


def test_a_weight_of_a_unit_to_itself_counts_once() -> None:
    made = model(Shape("gru", 1, 1, 1), units=1.0)
    with torch.no_grad():
        for name in made.shape.matrices():
            made.weights[name].zero_()
        made.weights["weight_hh_l0"][1, 0] = 0.5
    made.after_update(RATE)
    assert float(made.weights["weight_hh_l0"][1, 0].detach()) == pytest.approx(0.4)


def test_no_strength_changes_nothing() -> None:
    made = model(weights=0.0, gates=0.0, units=0.0, inputs=0.0)
    before = {name: value.detach().clone() for name, value in made.weights.items()}
    made.after_update(RATE)
    for name, value in before.items():
        torch.testing.assert_close(made.weights[name].detach(), value, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("level", "gone"), [("gates", "gates"), ("inputs", "inputs"), ("units", "units")]
)
def test_what_is_drawn_to_0_is_gone(level: str, gone: str) -> None:
    made = model(**{level: 1e3})
    made.after_update(RATE)
    found = structure_of(SHAPE, made.means())
    assert found.summary()[gone] == 0


def test_bad_arguments_are_named() -> None:
    for call, message in [
        (lambda: model(gate=1.0), "`strengths` must be one of weights, .*; got 'gate'"),
        (lambda: model(gates=-1.0), r"`strengths\['gates'\]` must be a number >= 0; got -1.0"),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
