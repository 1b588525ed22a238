import numpy as np
import pytest
import torch
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.sparsify import LEVELS, PUBLISHED, Shape, Variational, forward, structure_of

N, BATCH, STEPS = 2, 3, 4


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def draws(levels: tuple[str, ...], times: int = 400, *, carried: bool = False) -> np.ndarray:
    """Outputs over draws, sequences and steps of a network whose states forget at once.

    All sequences and steps have the same input, and no state is kept, so that outputs differ by
    noise alone: (draws, batch, steps).
    """
    shape = Shape("lstm", 1, N, 1, dense=True)
    model = Variational(shape, levels, rng=0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "weight_hh" in name or ("bias_l0" in name):
                parameter.zero_() if "sigma" not in name else parameter.fill_(-30.0)
            elif "sigma" in name:
                parameter.fill_(-1.0)
        model.plain["bias_l0"][N : 2 * N] = -50.0  # forget
    noise = generator()
    outputs = []
    for _ in range(times):
        values, x = model.draw(torch.ones(BATCH, STEPS, 1), noise, carried=carried)
        outputs.append(forward(shape, values, x)[0].detach()[..., 0].numpy())
    return np.array(outputs)


@pytest.mark.parametrize("level", LEVELS)
def test_noise_is_shared_over_time_and_that_of_factors_not_among_sequences(level: str) -> None:
    outputs = draws((level,), carried=True)  # weights alone: the readout draws its own
    deviation = outputs.std(0)
    assert (deviation > 1e-3).all()
    # Over steps: one and the same noise.
    np.testing.assert_allclose(outputs, outputs[:, :, :1].repeat(STEPS, 2), rtol=0, atol=1e-6)
    among = np.corrcoef(outputs[:, :, 0].T)[~np.eye(BATCH, dtype=bool)]
    if level == "weights":
        np.testing.assert_allclose(among, 1, atol=1e-6)
    else:
        assert np.abs(among).max() < 0.2  # 4 standard errors of 400 draws


def test_the_readout_draws_outputs_a_sequence_each() -> None:
    outputs = draws(("weights",))
    np.testing.assert_allclose(outputs, outputs[:, :, :1].repeat(STEPS, 2), rtol=0, atol=1e-6)
    among = np.corrcoef(outputs[:, :, 0].T)[~np.eye(BATCH, dtype=bool)]
    assert among.max() < 0.99


def test_drawn_outputs_have_the_distribution_of_drawn_weights() -> None:
    """Local reparametrisation: mean and variance of outputs for a fixed state."""
    shape = Shape("gru", 1, 3, 2, dense=True)
    model = Variational(shape, ("weights",), rng=0)
    with torch.no_grad():
        model.normals["readout"].log_sigma.copy_(torch.linspace(-1, 0.5, 6).reshape(2, 3))
        for name, normal in model.normals.items():
            if name != "readout":
                normal.log_sigma.fill_(-30.0)
    x = torch.ones(1, 2, 1)
    found = {
        carried: torch.stack(
            [
                forward(shape, model.draw(x, noise, carried=carried)[0], x)[0][0, -1].detach()
                for noise in [generator(1)]
                for _ in range(4000)
            ]
        )
        for carried in (False, True)
    }
    states = forward(Shape("gru", 1, 3, dense=True), model.means(), x)[0][0, -1]
    deviation = model.normals["readout"].log_sigma.detach().exp()
    expected = (states.square() @ deviation.square().t()).sqrt()
    for drawn in found.values():
        torch.testing.assert_close(drawn.std(0), expected, rtol=0.06, atol=0.0)


@pytest.mark.parametrize("embedding", [0, 3])
@pytest.mark.parametrize("levels", [("weights",), ("inputs",), PUBLISHED["W+G+N"], ("units",)])
def test_tokens_of_a_batch_alone_are_drawn(embedding: int, levels: tuple[str, ...]) -> None:
    """With next to no noise a pass is that of the means, whatever numbers tokens get."""
    shape = Shape("lstm", 50, N, 2, embedding=embedding)
    model = Variational(shape, levels, rng=0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "sigma" in name:
                parameter.fill_(-30.0)
    x = torch.tensor([[3, 40, 3], [7, 7, 49]])
    values, renamed = model.draw(x, generator())
    assert sorted(renamed.unique().tolist()) == [0, 1, 2, 3]
    outputs, _ = forward(shape, values, renamed)
    torch.testing.assert_close(outputs, forward(shape, model.means(), x)[0], rtol=1e-4, atol=1e-5)
    outputs.sum().backward()
    touched = {
        name: parameter.grad
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    tables = [grad for name, grad in touched.items() if 50 in grad.shape]
    for grad in tables:
        used = grad.abs().sum([d for d in range(grad.ndim) if grad.shape[d] != 50])
        assert set(used.nonzero().flatten().tolist()) <= {3, 7, 40, 49}


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("levels", [PUBLISHED[name] for name in PUBLISHED])
def test_every_parameter_learns(cell: str, levels: tuple[str, ...]) -> None:
    shape = Shape(cell, 4, N, 2, embedding=3, layers=2)
    model = Variational(shape, levels, rng=0)
    values, x = model.draw(torch.tensor([[0, 1, 2, 3]] * 2), generator())
    (forward(shape, values, x)[0].square().sum() + model.penalty()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_the_penalty_is_the_sum_over_all_levels() -> None:
    shape = Shape("gru", 4, N, 2)
    whole = Variational(shape, LEVELS, rng=0)
    parts = [Variational(shape, (level,), rng=0).penalty() for level in LEVELS]
    torch.testing.assert_close(whole.penalty(), torch.stack(parts).sum())
    milder = Variational(shape, LEVELS, strength=0.25, rng=0)
    torch.testing.assert_close(milder.penalty(), whole.penalty() / 4)
    units = Variational(shape, LEVELS, strength={"units": 3.0}, rng=0)
    torch.testing.assert_close(units.penalty(), whole.penalty() + 2 * parts[-1])


def test_what_is_unsure_goes() -> None:
    shape = Shape("lstm", 3, N, 1)
    model = Variational(shape, rng=0)
    with torch.no_grad():
        model.factors["units_l0"].log_sigma[1] = 2.0
        model.factors["gates_l0"].log_sigma[0] = 2.0
        model.normals["readout"].log_sigma[0, 0] = 5.0
    means = model.means()
    assert means.factors["units_l0"].tolist() == [1.0, 0.0]
    assert float(means.weights["readout"][0, 0]) == 0
    assert not any(value.requires_grad for value in means.weights.values())
    assert structure_of(shape, means).units[0].tolist() == [False, False]  # 0 is not read, 1 is off


def test_same_stream_same_draw() -> None:
    shape = Shape("lstm", 5, N, 1, embedding=2)
    x = torch.tensor([[0, 1, 4]])

    def outputs(seed: int) -> Tensor:
        model = Variational(shape, rng=1)
        values, renamed = model.draw(x, generator(seed))
        return forward(shape, values, renamed)[0]

    assert torch.equal(outputs(0), outputs(0))
    assert not torch.equal(outputs(0), outputs(1))


def test_bad_arguments_are_named() -> None:
    shape = Shape("lstm", 3, N, 1)
    with pytest.raises(InputError, match="^`levels` must be one of weights, .*; got 'gate'"):
        Variational(shape, ("gate",), rng=0)
    for levels, message in (
        ("W+N", r"some of weights, .*, as PUBLISHED\['W\+N'\] does; got 'W\+N'"),
        ("weights", "some of weights, inputs, gates, units; got 'weights'"),
        (None, "some of weights, inputs, gates, units; got None"),
    ):
        with pytest.raises(InputError, match=f"^`levels` must name {message}"):
            Variational(shape, levels, rng=0)
    with pytest.raises(InputError, match="^`levels` must name some of weights, .*; got none"):
        Variational(shape, (), rng=0)
    with pytest.raises(InputError, match="^`strength` must be a number > 0; got 0"):
        Variational(shape, strength=0, rng=0)
    with pytest.raises(InputError, match=r"^`strength\['units'\]` must be a number > 0; got nan"):
        Variational(shape, strength={"units": float("nan")}, rng=0)
    with pytest.raises(InputError, match="^`strength` must be one of weights; got 'units'"):
        Variational(shape, ("weights",), strength={"units": 2.0}, rng=0)
