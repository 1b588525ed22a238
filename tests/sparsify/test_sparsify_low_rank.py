import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from rnngraph.errors import InputError
from rnngraph.sparsify import LowRank, Shape, Values, forward, initial_values
from tests.sparsify.networks import random_values

SHAPE = Shape("lstm", 7, 5, 3, embedding=6, layers=2)


def tokens() -> torch.Tensor:
    return torch.randint(0, 7, (2, 4), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("shared", [False, True])
@torch.no_grad()
def test_at_full_rank_it_is_the_network_that_it_begins_at(cell: str, shared: bool) -> None:
    shape = Shape(cell, 7, 5, 3, embedding=5, layers=2)
    values = random_values(shape, 1.0, 1.0, 0)
    made = LowRank.from_values(shape, values, 5, shared=shared)
    expected, _ = forward(shape, values, tokens())
    for own in (made.means(), made.draw(tokens(), torch.Generator())[0]):
        torch.testing.assert_close(forward(shape, own, tokens())[0], expected)
    first = LowRank(shape, 5, shared=shared, rng=3).means()
    plain = Values(initial_values(shape, rng=3))
    torch.testing.assert_close(
        forward(shape, first, tokens())[0], forward(shape, plain, tokens())[0], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("shared", [False, True])
def test_products_are_the_nearest_of_their_rank(shared: bool) -> None:
    """Eckart & Young: the squared error is that of the singular values left out."""
    values = random_values(SHAPE, 1.0, 1.0, 0)
    plain = Values(values.weights)
    found = LowRank.from_values(SHAPE, plain, 2, shared=shared).means().weights
    groups = (
        [["weight_hh_l0", "weight_ih_l1"], ["weight_hh_l1", "readout"]]
        if shared
        else [[f"weight_{part}_l{k}"] for k in (0, 1) for part in ("ih", "hh")]
    )
    for group in groups:
        whole, near = (
            np.concatenate([own[n].detach() for n in group]) for own in (plain.weights, found)
        )
        singular = np.linalg.svd(whole, compute_uv=False)
        assert np.linalg.matrix_rank(near) == 2
        assert np.square(whole - near).sum() == pytest.approx(np.square(singular[2:]).sum())
    left = set(SHAPE.matrices()) - {name for group in groups for name in group}
    for name in left:
        assert torch.equal(found[name], plain.weights[name])


@torch.no_grad()
def test_shared_projections_are_torchs_projected_lstm() -> None:
    made = LowRank.from_values(SHAPE, random_values(SHAPE, 1.0, 1.0, 0), 2, shared=True)
    stock = nn.LSTM(6, 5, num_layers=2, proj_size=2, batch_first=True).double()
    for k in range(2):
        below = made.plain["weight_ih_l0"] if k == 0 else made.left["weight_ih_l1"]
        stock.get_parameter(f"weight_ih_l{k}").copy_(below)
        stock.get_parameter(f"weight_hh_l{k}").copy_(made.left[f"weight_hh_l{k}"])
        stock.get_parameter(f"weight_hr_l{k}").copy_(made.right[f"units_l{k}"])
        stock.get_parameter(f"bias_ih_l{k}").copy_(made.plain[f"bias_l{k}"])
        stock.get_parameter(f"bias_hh_l{k}").zero_()
    states, _ = stock(functional.embedding(tokens(), made.plain["embedding"]))
    expected = functional.linear(states, made.left["readout"], made.plain["readout_bias"])
    torch.testing.assert_close(forward(SHAPE, made.means(), tokens())[0], expected)


def test_weights_are_those_of_the_factors() -> None:
    separate = LowRank(SHAPE, 2, rng=0).n_weights
    assert separate == 7 * 6 + 2 * (20 + 6) + 3 * 2 * (20 + 5) + 3 * 5
    shared = LowRank(SHAPE, 2, shared=True, rng=0).n_weights
    assert shared == 7 * 6 + 20 * 6 + (20 + 20 + 5) * 2 + (20 + 3 + 5) * 2
    # A matrix with no more rows or columns than the rank stays as it is.
    small = LowRank(Shape("gru", 7, 5, 3, embedding=2), 3, rng=0)
    assert "weight_ih_l0" in small.plain
    assert small.n_weights == 7 * 2 + 15 * 2 + 3 * (15 + 5) + 3 * 5


@pytest.mark.parametrize("shared", [False, True])
def test_every_factor_learns(shared: bool) -> None:
    made = LowRank(SHAPE, 2, shared=shared, rng=0)
    values, x = made.draw(tokens(), torch.Generator())
    forward(SHAPE, values, x)[0].square().sum().backward()
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None, name
        assert (parameter.grad != 0).any(), name
    assert made.penalty() is None


def test_bad_arguments_are_named() -> None:
    for call, message in [
        (lambda: LowRank(SHAPE, 0, rng=0), r"`rank` must be an integer in \[1, 5\]; got 0"),
        (lambda: LowRank(SHAPE, 6, rng=0), r"`rank` must be an integer in \[1, 5\]; got 6"),
        (lambda: LowRank(Shape("gru", 2, 3), 1, rng=0), "`shape` must have a readout"),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
