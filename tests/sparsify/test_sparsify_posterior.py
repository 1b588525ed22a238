import numpy as np
import pytest
import torch
from scipy import integrate, stats

from rnngraph.errors import InputError
from rnngraph.sparsify import Normal, kl_of
from rnngraph.sparsify.posterior import log_alpha


def distance(log_alpha: float) -> float:
    """KL(N(mu, alpha mu^2) | log-uniform) up to a constant, by quadrature: E log|w| - entropy."""
    deviation = np.exp(log_alpha / 2)
    low, high = 1 - 12 * deviation, 1 + 12 * deviation
    pieces = [(low, 0.0), (0.0, high)] if low < 0 else [(low, high)]
    density = stats.norm(1, deviation).pdf
    mean = sum(
        integrate.quad(lambda w: density(w) * np.log(np.abs(w)), *piece, limit=500)[0]
        for piece in pieces
    )
    return float(mean - log_alpha / 2)


def test_the_distance_is_that_of_quadrature_up_to_a_constant() -> None:
    places = np.linspace(-7, 7, 29)
    exact = np.array([distance(a) for a in places])
    fit = kl_of(torch.from_numpy(places)).numpy()
    gap = fit - exact
    assert np.ptp(gap) < 0.03  # a fit; it falls by 4 from end to end
    assert exact[0] - exact[-1] > 4


def test_it_is_molchanovs_up_to_rounding_and_a_constant() -> None:
    a = torch.linspace(-7.9, 7.9, 200, dtype=torch.float64)
    theirs = -(
        0.63576 * torch.sigmoid(1.87320 + 1.48695 * a) - 0.5 * torch.log1p((-a).exp()) - 0.63576
    )
    gap = kl_of(a) - theirs
    assert float(gap.max() - gap.min()) < 0.02


@pytest.mark.parametrize("beyond", [-9.0, 9.0])
def test_beyond_its_range_it_is_constant(beyond: float) -> None:
    a = torch.tensor([beyond], dtype=torch.float64, requires_grad=True)
    value = kl_of(a)
    assert torch.equal(value, kl_of(torch.tensor([np.sign(beyond) * 8.0])))
    (slope,) = torch.autograd.grad(value.sum(), a)
    assert float(slope) == 0


def test_the_gradient_by_formula_is_that_of_autograd() -> None:
    draw = torch.Generator().manual_seed(0)
    mean = (
        torch.randn(200, generator=draw, dtype=torch.float64) * torch.logspace(-6, 2, 200).double()
    )
    normal = Normal(mean)
    with torch.no_grad():
        normal.log_sigma += torch.randn(200, generator=draw, dtype=torch.float64)
    assert normal.log_alpha.min() < -8
    assert normal.log_alpha.max() > 8
    normal.kl().backward()
    by_hand = (normal.mean.grad.clone(), normal.log_sigma.grad.clone())
    normal.zero_grad()
    total = kl_of(log_alpha(normal.mean, normal.log_sigma)).sum()
    torch.testing.assert_close(total, normal.kl())
    total.backward()
    for own, theirs in zip(by_hand, (normal.mean.grad, normal.log_sigma.grad), strict=True):
        torch.testing.assert_close(own, theirs, rtol=1e-10, atol=1e-12)


def test_an_element_goes_at_log_alpha_3() -> None:
    ratio = np.exp(-1.5)  # mean over deviation at log alpha = 3
    normal = Normal(torch.tensor([ratio * 0.999, ratio * 1.001, -1.0, 0.0]))
    with torch.no_grad():
        normal.log_sigma.zero_()
    assert normal.alive.tolist() == [False, True, True, False]
    assert normal.clipped().tolist() == pytest.approx([0, ratio * 1.001, -1, 0])


def test_what_has_no_normal_distribution_is_refused() -> None:
    for wrong, got in ((3, "int"), (torch.ones(3, dtype=torch.long), "torch.int64")):
        match = rf"^`mean` must be a tensor of floating-point numbers; got {got}\.$"
        with pytest.raises(InputError, match=match):
            Normal(wrong)
