from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from rnngraph.errors import InputError
from rnngraph.masks import graph_of
from rnngraph.sparsify import (
    Folded,
    Plain,
    Shape,
    Values,
    fold,
    forward,
    stock_modules,
    structure_of,
)
from tests.sparsify.networks import SHAPES, random_inputs, random_values

FREELY = {
    "shape": SHAPES,
    "density": st.floats(0, 1),
    "alive": st.floats(0.3, 1),
    "seed": st.integers(0, 10_000),
}


def close(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def by_steps(shape: Shape, values: Values) -> Folded:
    """A folded network that computes no constant gate, small as it is."""
    with patch("rnngraph.sparsify.folding._PAYS", 0):
        return fold(shape, values)


@settings(max_examples=200, deadline=None)
@given(**FREELY)
@torch.no_grad()
def test_a_folded_network_gives_the_same(
    shape: Shape, density: float, alive: float, seed: int
) -> None:
    values = random_values(shape, density, alive, seed)
    x, lengths = random_inputs(shape, seed)
    for small in (fold(shape, values), by_steps(shape, values)):
        for given_lengths in (None, lengths, lengths - 1):
            expected, begun = forward(shape, values, x, given_lengths)
            outputs, state = small(x, given_lengths)
            close(outputs, expected)
            # States are carried to what follows.
            close(small(x, state=state)[0], forward(shape, values, x, state=begun)[0])


@settings(max_examples=100, deadline=None)
@given(**FREELY)
@torch.no_grad()
def test_torchs_modules_give_the_same(
    shape: Shape, density: float, alive: float, seed: int
) -> None:
    values = random_values(shape, density, alive, seed)
    embedding, rnn, readout = stock_modules(shape, values)
    x, _ = random_inputs(shape, seed)
    given = x
    if embedding is not None:
        given = embedding(x)
    elif not shape.dense:
        given = functional.one_hot(x, shape.input_size).double()
        given = given * values.factors["inputs"]
        rnn.weight_ih_l0.div_(
            torch.where(values.factors["inputs"] == 0, 1, values.factors["inputs"])
        )
    close(readout(rnn(given)[0]), forward(shape, values, x)[0])


@settings(max_examples=100, deadline=None)
@given(**FREELY)
@torch.no_grad()
def test_torchs_modules_of_a_folded_network_give_the_same(
    shape: Shape, density: float, alive: float, seed: int
) -> None:
    values = random_values(shape, density, alive, seed)
    small = fold(shape, values)
    embedding, rnn, readout = small.to_torch()
    assert rnn.hidden_size == max(1, *(int(units.sum()) for units in small.structure.units))
    x, _ = random_inputs(shape, seed)
    if shape.dense:
        given = x[..., small.channels]
        given = functional.pad(given, (0, rnn.input_size - given.shape[-1]))
    elif embedding is not None:
        given = embedding(small.places[x])
    else:
        given = functional.one_hot(small.places[x].long(), rnn.input_size).double()
    close(readout(rnn(given)[0]), forward(shape, values, x)[0])


@settings(max_examples=100, deadline=None)
@given(**FREELY)
@torch.no_grad()
def test_what_is_called_gone_makes_no_difference_and_a_constant_is_constant(
    shape: Shape, density: float, alive: float, seed: int
) -> None:
    values = random_values(shape, density, alive, seed)
    found = structure_of(shape, values)
    plain = Values(found.weights)
    x, _ = random_inputs(shape, seed)
    expected, _ = forward(shape, values, x)
    factor = found.weights.get("outputs", torch.ones(1))
    close(forward(shape, plain, x)[0] * factor, expected)
    draw = torch.Generator().manual_seed(seed)
    disturbed = dict(found.weights)
    for layer in range(shape.layers):
        gone = ~found.units[layer].repeat(len(shape.gates))
        for name in (f"weight_ih_l{layer}", f"weight_hh_l{layer}", f"bias_l{layer}"):
            noise = torch.randn(disturbed[name].shape, generator=draw, dtype=torch.float64)
            rows = gone.reshape(-1, *(1 for _ in noise.shape[1:]))
            disturbed[name] = disturbed[name] + noise * rows
    close(forward(shape, Values(disturbed), x)[0] * factor, expected)
    table = found.gate_table()
    assert len(table) == len(shape.gates) * sum(int(units.sum()) for units in found.units)
    counts = found.summary()
    assert counts["gates"] == (~table["constant"]).sum()
    assert table["value"].notna().equals(table["constant"])


@settings(max_examples=100, deadline=None)
@given(**FREELY)
def test_what_is_called_left_makes_a_difference(
    shape: Shape, density: float, alive: float, seed: int
) -> None:
    found = structure_of(shape, random_values(shape, density, alive, seed))
    # Small weights, so that no gate is saturated to the last bit, and steps for the longest way.
    weights = {name: (own / 4).requires_grad_() for name, own in found.weights.items()}
    steps = 4 + shape.units * shape.layers
    x, _ = random_inputs(shape, seed, batch=60, steps=steps)
    outputs, _ = forward(shape, Values(weights), x)
    outputs = outputs * found.weights.get("outputs", torch.ones(1))
    draw = torch.Generator().manual_seed(seed)
    (outputs * torch.randn(outputs.shape, generator=draw, dtype=torch.float64)).sum().backward()
    for name in shape.matrices():
        left = found.weights[name] != 0
        assert (weights[name].grad[left] != 0).all(), name


def lstm(**factors: list[float]) -> tuple[Shape, Values]:
    """Two units, one token, one output; all weights 1 and biases 0.5."""
    shape = Shape("lstm", 2, 2, 1)
    weights = {name: torch.ones(size) for name, size in shape.matrices().items()}
    weights |= {name: torch.full((size,), 0.5) for name, size in shape.biases().items()}
    return shape, Values(weights, {name: torch.tensor(own) for name, own in factors.items()})


def test_the_bookkeeping_of_a_network_known_by_hand() -> None:
    whole = structure_of(*lstm())
    assert whole.n_weights == 8 * 2 + 8 * 2 + 2
    assert whole.compression == 1
    # Values and 1-byte indices of 34 weights, ends of 8 + 8 + 1 rows, a bit for each.
    assert whole.compression_with_indices == pytest.approx(34 * 4 / (34 * 5 + 17 * 4 + 3))
    shape, values = lstm(
        units_l0=[1.0, 0.0], inputs=[0.0, 2.0], gates_l0=[0, 1, 1, 1, 1, 1, 1, 1.0]
    )
    half = structure_of(shape, values)
    assert half.units[0].tolist() == [True, False]
    assert half.inputs.tolist() == [False, True]
    assert half.gates[0].tolist() == [[False, False], [True, False], [True, False], [True, False]]
    assert half.n_weights == 3 + 3 + 1
    assert half.weights["weight_ih_l0"][2].tolist() == [0, 2]
    table = half.gate_table()
    assert table["gate"].tolist() == ["i", "f", "g", "o"]
    assert table["constant"].tolist() == [True, False, False, False]
    assert table["value"][0] == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert half.summary() == {
        "weights": 7, "compression": 34 / 7,
        "compression_with_indices": 34 * 4 / (7 * 5 + 7 * 4 + 3),
        "inputs": 1, "embedding": 0, "units": 1, "gates": 3, "constant_share": 0.25,
    }  # fmt: skip


def test_units_that_only_lead_to_each_other_go() -> None:
    shape = Shape("gru", 1, 3, 1)
    weights = {name: torch.zeros(size) for name, size in shape.matrices().items()}
    weights |= {name: torch.ones(size) for name, size in shape.biases().items()}
    weights["readout"][0, 0] = 1
    weights["weight_hh_l0"][3, 1] = 1  # unit 0 reads unit 1
    weights["weight_hh_l0"][5, 2] = weights["weight_hh_l0"][4, 0] = 1  # unit 2 reads itself
    found = structure_of(shape, Values(weights))
    assert found.units[0].tolist() == [True, True, False]
    assert found.n_weights == 3
    assert found.weights["weight_hh_l0"][5, 2] == 0


def test_a_reset_gate_with_nothing_to_reset_is_gone() -> None:
    shape = Shape("gru", 1, 2, 1)
    weights = {name: torch.ones(size) for name, size in shape.matrices().items()}
    weights |= {name: torch.ones(size) for name, size in shape.biases().items()}
    weights["readout"][0, 1] = 0
    weights["weight_hh_l0"][:] = 0
    weights["weight_hh_l0"][0, 1] = 1  # r of unit 0, whose n reads no hidden unit, reads unit 1
    found = structure_of(shape, Values(weights))
    assert found.units[0].tolist() == [True, False]
    assert found.gates[0][:, 0].tolist() == [False, True, True]
    assert found.n_weights == 2 + 1
    weights["weight_hh_l0"][4, 0] = 1  # now n reads unit 0
    found = structure_of(shape, Values(weights))
    assert found.units[0].all()
    assert found.gates[0].tolist() == [[True, False], [True, True], [True, True]]


def test_nothing_left_is_counted_as_such() -> None:
    shape, values = lstm(units_l0=[0.0, 0.0])
    found = structure_of(shape, values)
    assert (found.n_weights, found.compression) == (0, float("inf"))
    assert np.isnan(found.summary()["constant_share"])
    outputs, _ = fold(shape, values)(torch.tensor([[0, 1]]))
    assert outputs.tolist() == [[[0.5], [0.5]]]


@torch.no_grad()
def test_words_that_are_cut_out_act_like_one_of_embedding_0() -> None:
    shape = Shape("lstm", 6, 3, 2, embedding=4)
    values = random_values(shape, 1.0, 1.0, 0)
    values.factors["inputs"][[0, 3, 4]] = 0
    small = fold(shape, values)
    assert small.embedding.shape == (4, 4)
    assert small.places.tolist() == [3, 0, 1, 3, 3, 2]
    assert small.places.dtype == torch.int32
    assert small.structure.inputs.tolist() == [False, True, True, False, False, True]
    x = torch.tensor([[0, 3, 4, 0]])
    outputs, _ = small(x)
    close(outputs, small(torch.full_like(x, 3))[0])
    close(outputs, forward(shape, values, x)[0])


def test_a_folded_network_has_the_graph_of_what_is_left() -> None:
    shape = Shape("gru", 2, 4, 1)
    values = random_values(shape, 0.4, 0.8, 3)
    found = structure_of(shape, values)
    _, rnn, _ = stock_modules(shape, values)
    kept = found.units[0].numpy()
    graph = graph_of(rnn)[np.ix_(kept, kept)]
    left = (found.weights["weight_hh_l0"] != 0).reshape(3, 4, 4).any(0).numpy().T
    assert (graph == left[np.ix_(kept, kept)]).all()


@torch.no_grad()
def test_what_is_made_of_a_network_is_apart_from_it() -> None:
    shape = Shape("lstm", 5, 4, 2, embedding=3)
    model = Plain(shape, rng=0)
    x, _ = random_inputs(shape, 0)
    small, stock = fold(shape, model.means()), stock_modules(shape, model.means())
    expected = forward(shape, model.means(), x)[0]
    kept = {name: own.clone() for name, own in model.state_dict().items()}
    for parameter in model.parameters():
        parameter.zero_()
    torch.testing.assert_close(small(x)[0], expected)
    embedding, rnn, readout = stock
    torch.testing.assert_close(readout(rnn(embedding(x))[0]), expected)
    model.load_state_dict(kept)
    for module in stock:
        for parameter in module.parameters():
            parameter.zero_()
    torch.testing.assert_close(forward(shape, model.means(), x)[0], expected)


def test_torchs_modules_are_on_the_device_of_the_folded_network() -> None:
    shape = Shape("lstm", 5, 4, 2, embedding=3)
    small = fold(shape, random_values(shape, 0.5, 0.8, 0)).to("meta")
    # A device without values, so they cannot be checked: all else is as on a GPU.
    with patch("rnngraph.sparsify.structure.check_in_use"):
        modules = small.to_torch()
    assert all(own.is_meta for module in modules for own in module.parameters())


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@torch.no_grad()
def test_a_step_is_torchs_unless_it_pays_to_skip_constant_gates(cell: str) -> None:
    shape = Shape(cell, 3, 600, 2, dense=True)
    x = torch.zeros(1, 2, 3)
    model = Plain(shape, rng=0)
    for constant in (100, 1000):
        gates = (torch.arange(len(shape.gates) * 600) >= constant).float()
        small = fold(shape, Values(model.means().weights, {"gates_l0": gates}))
        with patch(f"torch.{cell}", side_effect=AssertionError("torch's")):
            if constant == 100:
                with pytest.raises(AssertionError, match="torch's"):
                    small(x)
            else:
                small(x)


def test_values_of_a_training_pass_are_refused() -> None:
    shape, values = lstm()
    noisy = Values(values.weights, {"units_l0": torch.ones(3, 2)})
    spread = Values(values.weights, {}, (torch.ones(1, 2), torch.ones(3, 1)))
    for wrong in (noisy, spread):
        for function in (fold, structure_of, stock_modules):
            with pytest.raises(InputError, match="^`values` must be what a network computes with"):
                function(shape, wrong)


def test_values_that_do_not_fit_are_refused() -> None:
    shape, values = lstm()
    weights = dict(values.weights)
    broken = Values(weights, {"units_l0": torch.tensor([1.0, torch.inf])})
    with pytest.raises(InputError, match="^`values` must be finite; 'units_l0' is not"):
        fold(shape, broken)
    for change, message in [
        ({"readout": None}, "`values` must be of the network's shape; 'readout' is missing"),
        (
            {"readout": torch.ones(1, 3)},
            r"`values` must be of the network's shape; 'readout' must be of shape \(1, 2\), got",
        ),
        ({"bias_l0": torch.full((8,), torch.nan)}, "`values` must be finite; 'bias_l0' is not"),
    ]:
        changed = {k: v for k, v in {**weights, **change}.items() if v is not None}
        with pytest.raises(InputError, match=f"^{message}"):
            fold(shape, Values(changed))


def test_what_a_folded_network_cannot_read_is_named() -> None:
    small = fold(*lstm())
    for wrong, message in [
        (torch.tensor([[0, 2]]), r"tokens in \[0, 1\], as the network's input_size is 2; got 2"),
        (torch.tensor([[-1, 0]]), r"tokens in \[0, 1\], .*; got -1"),
        (torch.zeros(3, 0, dtype=torch.int64), r"one or more steps; got \(3, 0\) of torch.int64"),
        (torch.tensor([0, 1]), r"tokens \(batch, steps\), as the network reads; got \(2,\) of"),
        (torch.zeros(1, 2), r"tokens \(batch, steps\), .* of torch.float32"),
    ]:
        with pytest.raises(InputError, match=f"^`x` must have {message}"):
            small(wrong)
    assert small(torch.zeros(0, 3, dtype=torch.int64))[0].shape == (0, 3, 1)
    shape = Shape("gru", 2, 3, dense=True)
    small = fold(shape, Plain(shape, rng=0).means())
    with pytest.raises(InputError, match=r"^`x` must have inputs \(batch, steps, 2\) of torch.fl"):
        small(torch.zeros(1, 2, 3))
    with pytest.raises(InputError, match="^`x` must have one or more steps; got"):
        small(torch.zeros(1, 0, 2))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_lengths_and_states_of_other_sequences_are_refused(cell: str) -> None:
    """Torch's kernels do not look: what is short is read beyond its end, and memory is lost."""
    shape = Shape(cell, 2, 3, 1, embedding=2, layers=2)
    values = Plain(shape, rng=0).means()
    small = fold(shape, values)
    x = torch.tensor([[0, 1, 1], [1, 0, 1]])

    def whole(*arguments: Any) -> Any:
        return forward(shape, values, *arguments)

    for network in (small, whole):
        _, state = network(x)
        for wrong, message in [
            ([1, 2], "got list"),
            (torch.tensor([2]), r"got \(1,\) of torch.int64"),
            (torch.tensor([1, 2, 3]), r"got \(3,\) of torch.int64"),
            (torch.tensor([1.0, 2.0]), r"got \(2,\) of torch.float32"),
            (torch.tensor([-1, 2]), "got -1"),
            (torch.tensor([1, 4]), "got 4"),
        ]:
            rule = r"^`lengths` must be a tensor \(2,\) of whole numbers in \[0, 3\]; "
            with pytest.raises(InputError, match=rule + message):
                network(x, wrong)
        one = [tuple(part[:1] for part in layer) for layer in state]
        for wrong, message in [
            ([], r"got \[\]"),
            (state[:1], r"got \[\(\(2, 3\)"),
            (one, r"got \[\(\(1, 3\)"),
        ]:
            rule = r"^`state` must be as a call .*, of shapes \[\(\(2, 3\).*; "
            with pytest.raises(InputError, match=rule + message):
                network(x, None, wrong)
    with pytest.raises(InputError, match="^`x` must be a tensor; got ndarray"):
        small(x.numpy())


def test_values_that_are_none_are_named() -> None:
    shape, values = lstm()
    for wrong, message in [
        (Plain(shape, rng=0), r"be Values, as a network's `means\(\)` returns; got Plain"),
        (values.weights, "be Values, .*; got dict"),
        (Values({**values.weights, "bias_l0": np.ones(8)}), "hold tensors; 'bias_l0' is of .* nda"),
        (Values({**values.weights, "bias_l1": torch.ones(8)}), "have weights of .*; got 'bias_l1'"),
        (Values(values.weights, {"inputs": [1, 1]}), "hold tensors; 'inputs' is of type list"),
    ]:
        for function in (fold, structure_of, stock_modules):
            with pytest.raises(InputError, match=f"^`values` must {message}"):
                function(shape, wrong)


def test_factors_that_do_not_fit_are_refused() -> None:
    shape, values = lstm()
    for factors, message in [
        ({"unit_l0": torch.ones(2)}, "factors of the network's shape, inputs, .*Did you mean 'un"),
        ({"units_l1": torch.ones(2)}, "factors of the network's shape, .*; got 'units_l1'"),
        ({"units_l0": torch.ones(1)}, r".* 'units_l0' must be of shape \(2,\), got \(1,\)"),
        ({"inputs": torch.ones(3)}, r".* 'inputs' must be of shape \(2,\), got \(3,\)"),
        ({"inputs": torch.tensor(1.0)}, r".* 'inputs' must be of shape \(2,\), got \(\)"),
    ]:
        for function in (fold, structure_of, stock_modules):
            with pytest.raises(InputError, match=f"^`values` must .*{message}"):
                function(shape, Values(values.weights, factors))


def test_weights_are_set_whole_or_not_at_all() -> None:
    model = Plain(Shape("lstm", 4, 3, 2), rng=0)
    kept = model.means()
    good = torch.zeros(2, 3)
    for wrong, message in [
        ({"readouts": good}, "`weights` must have matrices and biases .*Did you mean 'readout'"),
        ({"readout_bias": [0, 0]}, "`weights` must hold tensors; 'readout_bias' is of type list"),
        (
            {"readout_bias": torch.ones(1)},
            r"`weights` must be of the network's shape; 'readout_bias' must be .*got \(1,\)",
        ),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            model.set_weights({"readout": good, **wrong})
        assert torch.equal(model.means().weights["readout"], kept.weights["readout"])
    with pytest.raises(InputError, match="^`weights` must be a mapping, .*; got a Values"):
        model.set_weights(model.means())
    model.set_weights({"readout": good})
    assert torch.equal(model.means().weights["readout"], good)
    assert not torch.equal(kept.weights["readout"], good)
