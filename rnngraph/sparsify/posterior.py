"""A normal distribution over every element of a tensor, and its distance to the log-uniform prior.

Source: Kingma, Salimans & Welling (2015) for the prior; Molchanov, Ashukha & Vetrov (2017), Sparse
variational dropout, for the approximation of the distance; Lobacheva et al. (2020), AAAI, for
recurrent networks.
"""

import math
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from rnngraph.errors import InputError

THRESHOLD: Final = 3.0
"""log alpha from which on an element counts as 0: its mean is at most 0.22 standard deviations."""

FIRST_LOG_SIGMA: Final = -3.0
_CLIP: Final = 8.0
_TINY: Final = 1e-16


class Normal(nn.Module):
    """Means and log standard deviations of independent normal variables.

    Attributes:
        mean: Any shape.
        log_sigma: The same shape; at first -3.

    Raises:
        InputError: `mean` is no tensor of real floating-point numbers.
    """

    def __init__(self, mean: Tensor) -> None:
        super().__init__()
        if not isinstance(mean, Tensor) or not mean.is_floating_point():
            got = mean.dtype if isinstance(mean, Tensor) else type(mean).__name__
            raise InputError(f"`mean` must be a tensor of floating-point numbers; got {got}.")
        self.mean = nn.Parameter(mean.clone())
        self.log_sigma = nn.Parameter(torch.full_like(mean, FIRST_LOG_SIGMA))

    @property
    def log_alpha(self) -> Tensor:
        """log(sigma^2 / mean^2), detached."""
        return log_alpha(self.mean.detach(), self.log_sigma.detach())

    @property
    def alive(self) -> Tensor:
        """Whether an element counts, by the threshold on log alpha; bool."""
        return self.log_alpha < THRESHOLD

    def clipped(self) -> Tensor:
        """Means, detached, and 0 for what does not count."""
        return self.mean.detach() * self.alive

    def sign_probability(self) -> Tensor:
        """Probability of the likelier sign less that of the other, detached, in [0, 1]."""
        mean, log_sigma = self.mean.detach(), self.log_sigma.detach()
        return torch.erf(mean.abs() / log_sigma.exp() / math.sqrt(2))

    def kl(self) -> Tensor:
        """Sum of the distances of all elements to the prior, up to a constant."""
        total: Tensor = _KL.apply(self.mean, self.log_sigma)  # type: ignore[no-untyped-call]
        return total


def log_alpha(mean: Tensor, log_sigma: Tensor) -> Tensor:
    """log(sigma^2 / mean^2)."""
    return 2 * log_sigma - (mean.square() + _TINY).log()


def kl_of(log_alpha: Tensor) -> Tensor:
    """Distance KL(N(mu, alpha mu^2) | log-uniform) of an element, up to a constant.

    log alpha counts as at most 8 and at least -8. Source: the fit of Lobacheva et al.; it is that
    of Molchanov et al. up to rounding and a constant.
    """
    a = log_alpha.clamp(-_CLIP, _CLIP)
    return 0.5 * torch.log1p((-a).exp()) - (0.03 + 0.64 * torch.sigmoid(1.5 * (a + 1.3)))


class _KL(torch.autograd.Function):
    """The sum of `kl_of`, with its gradient by formula: it is taken at every update."""

    @staticmethod
    def forward(ctx: Any, mean: Tensor, log_sigma: Tensor) -> Tensor:  # noqa: ANN401 - torch's
        ctx.save_for_backward(mean, log_sigma)
        return kl_of(log_alpha(mean, log_sigma)).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ANN401 - torch's
        mean, log_sigma = ctx.saved_tensors
        a = log_alpha(mean, log_sigma)
        s = torch.sigmoid(1.5 * (a + 1.3))
        slope = -0.5 * torch.sigmoid(-a) - 0.96 * s * (1 - s)
        slope = torch.where(a.abs() <= _CLIP, slope * gradient, 0.0)
        return slope * (-2 * mean / (mean.square() + _TINY)), 2 * slope
