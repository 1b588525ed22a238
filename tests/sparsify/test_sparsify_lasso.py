import re
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.sparsify import LEVELS, GroupLasso, Plain, Shape, fold, forward, structure_of
from tests.sparsify.networks import SHAPES, random_inputs, random_values

Places = list[tuple[str, tuple[Tensor | slice, ...]]]
"""Names of matrices, and what of them is in a group."""


def network(shape: Shape, seed: int, strengths: dict[str, float]) -> GroupLasso:
    model = GroupLasso(shape, strengths, rng=0).double()
    model.set_weights(random_values(shape, 0.8, 1.0, seed).weights)
    return model


def alone(model: GroupLasso) -> None:
    """Take out what is in the groups of two units."""
    shape = model.shape
    with torch.no_grad():
        own = torch.eye(shape.units, dtype=torch.float64).repeat(len(shape.gates), 1)
        for layer in range(shape.layers):
            model.weights[f"weight_hh_l{layer}"].mul_(own)
            if layer:
                model.weights[f"weight_ih_l{layer}"].zero_()


def groups(shape: Shape, level: str) -> list[Places]:
    """The groups of a level by their definition."""
    n, every = shape.units, slice(None)
    found: list[Places] = []
    if level == "weights":
        for name, (rows, columns) in shape.matrices().items():
            places = [(i, j) for i in range(rows) for j in range(columns)]
            found += [[(name, (torch.tensor(i), torch.tensor(j)))] for i, j in places]
    elif level == "inputs":
        for k in range(shape.input_size):
            place = torch.tensor([k])
            found.append(
                [
                    ("embedding", (place, every))
                    if shape.embedding
                    else ("weight_ih_l0", (every, place))
                ]
            )
    elif level == "gates":
        for layer in range(shape.layers):
            for row in range(len(shape.gates) * n):
                place = (torch.tensor([row]), every)
                found.append([(f"weight_{part}_l{layer}", place) for part in ("ih", "hh")])
    else:
        for layer in range(shape.layers):
            above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
            for unit in range(n):
                rows = torch.arange(len(shape.gates)) * n + unit
                own = [(f"weight_ih_l{layer}", (rows, every))]
                # With other units left out, what it reads of itself is all of its rows.
                own.append((f"weight_hh_l{layer}", (rows, torch.tensor([unit]))))
                if above in shape.matrices():
                    own.append((above, (every, torch.tensor([unit]))))
                found.append(own)
    return found


def taken(weights: dict[str, Tensor], group: Places) -> np.ndarray:
    return torch.cat([weights[name][place].flatten() for name, place in group]).numpy()


def copies(model: Plain) -> dict[str, Tensor]:
    return {name: own.detach().clone() for name, own in model.weights.items()}


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, by=st.floats(0.01, 6), seed=st.integers(0, 10_000))
def test_a_step_is_the_minimiser_of_its_definition(
    level: str, shape: Shape, by: float, seed: int
) -> None:
    """Of 0.5 |w - v|^2 + t sum of norms |w_g|, by its optimality conditions."""
    rate = 0.5
    model = network(shape, seed, {level: by / rate})
    if level == "units":
        alone(model)
    before = copies(model)
    model.after_update(rate)
    after = copies(model)
    inside = {name: torch.zeros_like(own, dtype=torch.bool) for name, own in before.items()}
    for group in groups(shape, level):
        v, w = taken(before, group), taken(after, group)
        if w.any():
            gradient = w - v + by * w / np.linalg.norm(w)
            np.testing.assert_allclose(gradient, 0, atol=1e-10)
        else:
            assert np.linalg.norm(v) <= by * (1 + 1e-12)
        for name, place in group:
            inside[name][place] = True
    for name, own in after.items():
        assert torch.equal(own[~inside[name]], before[name][~inside[name]])


def test_a_step_is_the_minimiser_by_search() -> None:
    shape = Shape("lstm", 2, 1, 1)
    model = network(shape, 3, {"units": 1.5})
    before = copies(model)
    (group,) = groups(shape, "units")
    v = taken(before, group)
    assert len(v) == 4 * 2 + 4 + 1  # the unit's diagonal once
    model.after_update(1.0)

    def aim(w: np.ndarray) -> float:
        return float(0.5 * np.square(w - v).sum() + 1.5 * np.linalg.norm(w))

    best = optimize.minimize(aim, v, tol=1e-12).x
    np.testing.assert_allclose(taken(copies(model), group), best, atol=1e-5)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_what_two_units_share_shrinks_by_both(cell: str) -> None:
    shape = Shape(cell, 3, 4, 2)
    model = network(shape, 0, {"units": 1.0})
    before = copies(model)
    model.after_update(0.5)
    gates = len(shape.gates)
    blocks = before["weight_hh_l0"].reshape(gates, 4, 4)
    squares = (
        before["weight_ih_l0"].reshape(gates, 4, 3).square().sum((0, 2))
        + blocks.square().sum((0, 1))
        + blocks.square().sum((0, 2))
        - blocks.diagonal(dim1=1, dim2=2).square().sum(0)
        + before["readout"].square().sum(0)
    )
    factors = 1 - 0.5 / squares.sqrt()
    both = torch.outer(factors, factors)
    both.diagonal().copy_(factors)
    torch.testing.assert_close(model.weights["weight_hh_l0"].data, (blocks * both).flatten(0, 1))
    torch.testing.assert_close(model.weights["readout"].data, before["readout"] * factors)


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.sampled_from(LEVELS), st.integers(0, 10_000))
def test_a_strength_of_0_beside_others_adds_nothing(shape: Shape, level: str, seed: int) -> None:
    other = next(other for other in LEVELS if other != level)
    without, beside = (network(shape, seed, {other: 0.3, **more}) for more in ({}, {level: 0.0}))
    for model in (without, beside):
        model.after_update(0.1)
    assert all(torch.equal(own, copies(without)[name]) for name, own in copies(beside).items())


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.sampled_from(LEVELS), st.integers(0, 10_000))
def test_a_large_strength_zeroes_exactly_what_it_is_on_and_no_bias(
    shape: Shape, level: str, seed: int
) -> None:
    model = network(shape, seed, {level: 1e4})
    before = copies(model)
    model.after_update(0.1)
    found = structure_of(shape, model.means())
    recurrent = [name for name in shape.matrices() if name.startswith("weight_")]
    gone = {
        "weights": list(shape.matrices()),
        "inputs": ["embedding" if shape.embedding else "weight_ih_l0"],
        "gates": recurrent,
        "units": [*recurrent, *(["readout"] if shape.output_size else [])],
    }[level]
    for name, own in copies(model).items():
        assert not own.any() if name in gone else torch.equal(own, before[name])
    if level in ("weights", "gates", "units"):
        assert not any(bool(gates.any()) for gates in found.gates)
    if level in ("weights", "inputs"):
        assert not found.inputs.any()
    if level in ("weights", "units") and shape.output_size:
        assert not any(bool(units.any()) for units in found.units)


def test_what_goes_is_found_and_can_be_cut_out() -> None:
    """One group of each level is small; a step takes it and leaves the others."""
    shape = Shape("lstm", 5, 4, 2, embedding=3)
    model = network(shape, 0, {"inputs": 0.5, "gates": 0.5, "units": 0.5})
    with torch.no_grad():
        for own in model.weights.values():
            own.copy_(own.sign() + (own == 0))
        model.weights["embedding"][2] = 1e-3
        for part in ("ih", "hh"):
            weight = model.weights[f"weight_{part}_l0"]
            weight[4 + 1] = 1e-3  # the forget gate of unit 1
            weight[3::4] = 1e-3
        for name in ("weight_hh_l0", "readout"):
            model.weights[name][:, 3] = 1e-3
    model.after_update(0.1)
    found = structure_of(shape, model.means())
    assert found.inputs.tolist() == [True, True, False, True, True]
    assert found.units[0].tolist() == [True, True, True, False]
    constant = found.gate_table().query("constant")
    assert list(zip(constant["unit"], constant["gate"], strict=True)) == [(1, "f")]
    x, lengths = random_inputs(shape, 0)
    small = fold(shape, model.means())(x, lengths)[0]
    torch.testing.assert_close(small, forward(shape, model.means(), x, lengths)[0])


def test_levels_take_turns_in_one_order() -> None:
    shape = Shape("gru", 3, 4, 2, embedding=3, layers=2)
    strengths = {level: 0.3 + k for k, level in enumerate(LEVELS)}
    found = []
    for order in permutations(LEVELS):
        model = network(shape, 0, {level: strengths[level] for level in order})
        model.after_update(0.1)
        found.append(copies(model))
    step_by_step = Plain(shape, rng=0).double()
    step_by_step.set_weights(random_values(shape, 0.8, 1.0, 0).weights)
    for level in LEVELS:
        one = network(shape, 0, {level: strengths[level]})
        one.set_weights(copies(step_by_step))
        one.after_update(0.1)
        step_by_step.set_weights(copies(one))
    for own in found:
        assert all(torch.equal(own[name], value) for name, value in copies(step_by_step).items())


def test_bad_arguments_are_named() -> None:
    shape = Shape("lstm", 3, 2, 1)
    for wrong in (0.5, ["units"]):
        with pytest.raises(
            InputError, match="^`strengths` must be a mapping, a strength for each level, as {"
        ):
            GroupLasso(Shape("lstm", 3, 4, 1), wrong, rng=0)
    with pytest.raises(InputError, match="^`strengths` must be one of weights, .*; got 'unit'"):
        GroupLasso(shape, {"unit": 1.0}, rng=0)
    with pytest.raises(InputError, match=r"^`strengths\['units'\]` must be a number >= 0; got -1"):
        GroupLasso(shape, {"units": -1}, rng=0)
    for none in ({}, {"units": 0, "weights": 0.0}):
        match = rf"^`strengths` must have one above 0 .*`Plain`\); got {re.escape(repr(none))}\.$"
        with pytest.raises(InputError, match=match):
            GroupLasso(shape, none, rng=0)
