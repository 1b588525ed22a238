import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from rnngraph.errors import InputError
from rnngraph.sparsify import (
    LowRank,
    Plain,
    Shape,
    Values,
    Variational,
    forward,
    stock_modules,
    structure_of,
)
from tests.sparsify.networks import SHAPES, random_inputs, random_values

SHARED = st.booleans()


def best(matrix: Tensor, rank: int) -> np.ndarray:
    """The nearest matrix of that rank, by numpy."""
    u, s, vh = np.linalg.svd(matrix.numpy(), full_matrices=False)
    return (u[:, :rank] * s[:rank]) @ vh[:rank]


def network(shape: Shape, seed: int = 0) -> Values:
    """A dense one without factors."""
    return Values(random_values(shape, 1.0, 1.0, seed).weights)


@settings(max_examples=50, deadline=None)
@given(SHAPES, SHARED, st.integers(0, 10_000))
@torch.no_grad()
def test_at_full_rank_it_is_the_same_network(shape: Shape, shared: bool, seed: int) -> None:
    values = random_values(shape, 0.7, 0.7, seed)
    if not shape.output_size:
        del values.factors[f"units_l{shape.layers - 1}"]
    # What has more columns than units is cut all the same.
    for layer in range(shape.layers):
        values.weights[f"weight_ih_l{layer}"][:, shape.units :] = 0
    model = LowRank.from_values(shape, values, shape.units, shared=shared)
    x, lengths = random_inputs(shape, seed)
    torch.testing.assert_close(
        forward(shape, model.means(), x, lengths)[0], forward(shape, values, x, lengths)[0]
    )


@settings(max_examples=50, deadline=None)
@given(SHAPES, st.data(), st.integers(0, 10_000))
def test_every_matrix_is_the_nearest_one_of_its_rank(
    shape: Shape, data: st.DataObject, seed: int
) -> None:
    rank = data.draw(st.integers(1, shape.units))
    values = network(shape, seed)
    found = LowRank.from_values(shape, values, rank).means().weights
    assert set(found) == set(values.weights)
    for name, given_value in values.weights.items():
        factored = name.startswith("weight_") and min(given_value.shape) > rank
        expected = best(given_value, rank) if factored else given_value.numpy()
        np.testing.assert_allclose(found[name].numpy(), expected, rtol=1e-9, atol=1e-9)
        if factored:
            assert np.linalg.matrix_rank(found[name].numpy()) <= rank


@settings(max_examples=50, deadline=None)
@given(SHAPES, st.data(), st.integers(0, 10_000))
def test_what_reads_a_layer_is_the_nearest_with_one_projection(
    shape: Shape, data: st.DataObject, seed: int
) -> None:
    rank = data.draw(st.integers(1, shape.units))
    values = network(shape, seed)
    found = LowRank.from_values(shape, values, rank, shared=True).means().weights
    for layer in range(shape.layers):
        above = f"weight_ih_l{layer + 1}" if layer + 1 < shape.layers else "readout"
        readers = [name for name in (f"weight_hh_l{layer}", above) if name in found]
        both, given_both = (
            torch.cat([own[name] for name in readers]) for own in (found, values.weights)
        )
        np.testing.assert_allclose(both.numpy(), best(given_both, rank), rtol=1e-9, atol=1e-9)
    for name in ("embedding", "weight_ih_l0", "bias_l0"):
        if name in found:
            assert torch.equal(found[name], values.weights[name])


@settings(max_examples=40, deadline=None)
@given(
    SHAPES.filter(lambda shape: shape.cell == "lstm" and shape.units > 1 and shape.output_size > 0),
    st.data(),
    st.integers(0, 10_000),
)
@torch.no_grad()
def test_torchs_projections_give_the_same(shape: Shape, data: st.DataObject, seed: int) -> None:
    rank = data.draw(st.integers(1, shape.units - 1))
    model = LowRank.from_values(shape, network(shape, seed), rank, shared=True)
    embedding, lstm, readout = model.to_torch()
    x, _ = random_inputs(shape, seed)
    read = x
    if embedding is not None:
        read = embedding(x)
    elif not shape.dense:
        read = functional.one_hot(x, shape.input_size).double()
    expected = forward(shape, model.means(), x)[0]
    torch.testing.assert_close(readout(lstm(read)[0]), expected, rtol=1e-10, atol=1e-10)
    stored = [own for own in (embedding, lstm, readout) if own is not None]
    matrices = [own for module in stored for own in module.parameters() if own.ndim == 2]
    assert model.n_weights == sum(own.numel() for own in matrices)
    if embedding is not None:
        embedding.weight.zero_()
        assert torch.equal(forward(shape, model.means(), x)[0], expected)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("shared", [False, True])
def test_every_factor_learns(cell: str, shared: bool) -> None:
    model = LowRank(Shape(cell, 4, 5, 2, embedding=4, layers=2), 2, shared=shared, rng=0)
    values, x = model.draw(torch.tensor([[0, 1, 2, 3]] * 2), torch.Generator())
    forward(model.shape, values, x)[0].square().sum().backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name
    names = set(model.right)
    if shared:
        assert names == {"projection_l0", "projection_l1"}
        assert set(model.left) == {"weight_hh_l0", "weight_hh_l1", "weight_ih_l1", "readout"}
    else:
        assert names == set(model.left)
        assert names == {f"weight_{part}_l{layer}" for part in ("ih", "hh") for layer in (0, 1)}


@pytest.mark.parametrize("shared", [False, True])
def test_gradients_follow_from_those_of_the_products_by_torchs_modules(shared: bool) -> None:
    shape = Shape("lstm", 3, 5, 2, dense=True, layers=2)
    model = LowRank.from_values(shape, network(shape), 2, shared=shared)
    x, _ = random_inputs(shape, 1)
    values, _ = model.draw(x, torch.Generator())
    forward(shape, values, x)[0].square().sum().backward()
    _, lstm, readout = stock_modules(shape, model.means())
    readout(lstm(x)[0]).square().sum().backward()
    readers = {
        "projection_l0": ("weight_hh_l0", "weight_ih_l1"),
        "projection_l1": ("weight_hh_l1", "readout"),
    }
    for key, right in model.right.items():
        on_right = torch.zeros_like(right)
        for name in readers[key] if shared else (key,):
            product = readout.weight if name == "readout" else getattr(lstm, name)
            left = model.left[name]
            torch.testing.assert_close(left.grad, product.grad @ right.detach().t())
            on_right += left.detach().t() @ product.grad
        torch.testing.assert_close(right.grad, on_right)


def test_the_weights_that_are_stored_are_counted() -> None:
    shape = Shape("lstm", 10, 6, 3, embedding=4, layers=2)
    apart = LowRank(shape, 2, rng=0)
    recurrent = 2 * (24 + 6)
    assert apart.n_weights == 10 * 4 + 2 * (24 + 4) + recurrent + recurrent + recurrent + 3 * 6
    shared = LowRank(shape, 2, shared=True, rng=0)
    assert shared.n_weights == 10 * 4 + 24 * 4 + 2 * (24 + 24 + 6) + 2 * (24 + 3 + 6)
    # In double, beside them the biases.
    assert apart.double().n_bytes == 8 * (apart.n_weights + 2 * 24 + 3)
    # Of 4 columns no more than 4 ranks can be cut.
    wide = LowRank(shape, 4, rng=0)
    assert "weight_ih_l0" in wide.whole
    assert "weight_hh_l0" in wide.left


def test_every_method_counts_its_weights() -> None:
    shape = Shape("gru", 5, 4, 2)
    every = sum(rows * columns for rows, columns in shape.matrices().values())
    plain = Plain(shape, rng=0)
    assert plain.n_weights == every
    model = Variational(shape, ("units",), rng=0)
    with torch.no_grad():
        model.factors["units_l0"].log_sigma[1] = 5.0
    assert model.n_weights == structure_of(shape, model.means()).n_weights
    assert model.n_weights == 3 * 3 * 5 + 3 * 3 * 3 + 2 * 3


def test_first_values_are_the_nearest_to_those_of_plain_and_no_global_stream_is_drawn_from() -> (
    None
):
    shape = Shape("lstm", 5, 6, 2, embedding=4)
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    model = LowRank(shape, 3, shared=True, rng=4)
    model.to_torch()
    assert torch.equal(torch.random.get_rng_state(), before)
    near = LowRank.from_values(shape, Plain(shape, rng=4).means(), 3, shared=True)
    for name, value in model.state_dict().items():
        assert torch.equal(value, near.state_dict()[name])
    for left in (model.left["weight_hh_l0"], model.right["projection_l0"]):
        assert left.dtype == torch.float32


def test_values_that_are_given_stay_as_they_are() -> None:
    shape = Shape("gru", 3, 4, 2)
    values = network(shape)
    before = {name: own.clone() for name, own in values.weights.items()}
    model = LowRank.from_values(shape, values, 2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert all(torch.equal(values.weights[name], own) for name, own in before.items())
    assert not any(value.requires_grad for value in model.means().weights.values())


def test_bad_arguments_are_named() -> None:
    shape = Shape("lstm", 3, 4, 2)
    values = network(shape)
    for wrong in (0, 5, 1.5):
        with pytest.raises(
            InputError, match=rf"^`rank` must be an integer in \[1, 4\]; got {wrong}"
        ):
            LowRank(shape, wrong, rng=0)
        with pytest.raises(
            InputError, match=rf"^`rank` must be an integer in \[1, 4\]; got {wrong}"
        ):
            LowRank.from_values(shape, values, wrong)
    noisy = Values(values.weights, {"units_l0": torch.ones(3, 4)})
    with pytest.raises(InputError, match="^`values` must be what a network computes with in use"):
        LowRank.from_values(shape, noisy, 2)
    broken = Values({**values.weights, "weight_hh_l0": values.weights["weight_hh_l0"] / 0})
    with pytest.raises(InputError, match="^`values` must be finite; 'weight_hh_l0' is not"):
        LowRank.from_values(shape, broken, 2)
    bare = Shape("lstm", 3, 4)
    scaled = Values(network(bare).weights, {"units_l0": torch.tensor([1.0, 1, 0, 1])})
    with pytest.raises(InputError, match="^`values` must have no factor on .*; got units_l0"):
        LowRank.from_values(bare, scaled, 2)


def test_what_torch_has_no_projection_for_is_refused() -> None:
    shape = Shape("lstm", 3, 4, 2)
    rule = "^`to_torch` needs an LSTM with shared projections; got "
    with pytest.raises(InputError, match=rule + "'lstm', shared=False"):
        LowRank(shape, 2, rng=0).to_torch()
    with pytest.raises(InputError, match=rule + "'gru', shared=True"):
        LowRank(Shape("gru", 3, 4, 2), 2, shared=True, rng=0).to_torch()
    with pytest.raises(
        InputError, match="^`shape` must have a readout, which reads the projection"
    ):
        LowRank(Shape("lstm", 3, 4), 2, shared=True, rng=0).to_torch()
    with pytest.raises(InputError, match="^`rank` must be below the number of units, 4; got 4"):
        LowRank(shape, 4, shared=True, rng=0).to_torch()
    assert isinstance(LowRank(shape, 3, shared=True, rng=0).to_torch()[1], nn.LSTM)
