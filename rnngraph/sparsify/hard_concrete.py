"""Hard-concrete gates: units that are drawn on or off, and go where they are mostly off.

Source: Louizos, Welling & Kingma (2018), Learning sparse neural networks through L0 regularization,
ICLR, for the distribution; Wen et al. (2020), Neural Networks 123, for gates of recurrent units;
Frensel, Al-Ars & Hofstee (2024), ACM BCB, for the count of weights and the delayed schedule.
"""

import math
from typing import Final

import torch
from torch import Tensor, nn

from rnngraph._check import check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.plain import Plain
from rnngraph.sparsify.shape import Shape

BETA: Final = 2 / 3
"""Temperature: how far from 0 and 1 a gate is drawn."""

GAMMA: Final = -0.1
ZETA: Final = 1.1
"""A gate is stretched to (gamma, zeta) before it is clipped to [0, 1], so that it can be exact."""

THRESHOLD: Final = 0.3
"""Value below which a gate is 0 in use."""


class HardConcrete(Plain):
    """A gated network with a stochastic gate on every unit, whose chance to be on is learned.

    In training a gate is drawn once a batch and multiplies what is read of the unit's state: 0 or 1
    mostly, and what lies between, so that there is a gradient. The penalty is the expected number
    of weights that are left. In use a gate is its middle value, and 0 below 0.3.

    Frensel et al. also multiply a unit's rows and biases by its gate, round gates to 0 or 1 in use,
    and count the weights of one of the four gates. A unit whose gate is 0 is the same in both.

    Args:
        shape: What the network consists of.
        strength: Nats per expected weight in the loss summed over all data, >= 0.
        early: Share of the strength before the delay is over, in [0, 1].
        delay: Updates before the whole strength is due, >= 0.
        rng: Stream of the first values: weights as those of `Plain`, log alpha normal with mean 1
            and standard deviation 0.1.

    Attributes:
        log_alpha: By layer, (units,) each: log odds of a gate before it is stretched.
        updates: How many updates have been done, ().

    Raises:
        InputError: A value outside its range.
    """

    updates: Tensor

    def __init__(
        self, shape: Shape, *, strength: float, early: float = 0.25, delay: int = 0, rng: RNG
    ) -> None:
        draw = generator(rng)
        super().__init__(shape, rng=draw)
        self.strength = check_real("strength", strength, 0.0)
        self.early = check_real("early", early, 0.0, 1.0)
        self.delay = check_int("delay", delay, 0)
        first = draw.normal(1.0, 0.1, (shape.layers, shape.units))
        self.log_alpha = nn.ParameterList(
            [nn.Parameter(torch.from_numpy(row).float()) for row in first]
        )
        self.register_buffer("updates", torch.tensor(0))

    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """The weights as they are, and gates of all units drawn for the whole batch."""
        values, x = super().draw(x, noise, carried=carried)
        factors = {}
        for layer, log_alpha in enumerate(self.log_alpha):
            uniform = torch.rand(
                log_alpha.shape, generator=noise, dtype=log_alpha.dtype, device=log_alpha.device
            )
            drawn = torch.sigmoid((torch.logit(uniform) + log_alpha) / BETA)
            factors[f"units_l{layer}"] = _stretched(drawn)
        return Values(values.weights, factors), x

    def means(self) -> Values:
        """The weights and the gates' middle values, detached; 0 for gates below 0.3."""
        factors = {}
        for layer, log_alpha in enumerate(self.log_alpha):
            middle = _stretched(torch.sigmoid(log_alpha.detach()))
            factors[f"units_l{layer}"] = middle * (middle >= THRESHOLD)
        return Values(super().means().weights, factors)

    def expected_weights(self) -> Tensor:
        """Expected number of weights in rows and columns of units that are on, ().

        The embedding does not count: no gate decides about it.
        """
        shape = self.shape
        rows = len(shape.gates)
        on = [chance_on(log_alpha) for log_alpha in self.log_alpha]
        weights, sources = on[0].new_zeros(()), on[0].new_tensor(shape.sources(0))
        for own in on:
            count = own.sum()
            # A unit is on or off as a whole, also where it reads itself.
            pairs = count.square() - own.square().sum() + count
            weights = weights + rows * (sources * count + pairs)
            sources = count
        return weights + shape.output_size * sources

    def penalty(self) -> Tensor:
        """Strength times the expected number of weights; a share of it before the delay is over."""
        return self.strength * (1.0 if self.settled else self.early) * self.expected_weights()

    @property
    def settled(self) -> bool:
        """Whether the delay is over."""
        return int(self.updates) >= self.delay

    def after_update(self, rate: float) -> None:
        """Count the update."""
        self.updates += 1


def chance_on(log_alpha: Tensor) -> Tensor:
    """Chance of gates not to be drawn as 0, in (0, 1)."""
    return torch.sigmoid(log_alpha - BETA * math.log(-GAMMA / ZETA))


def _stretched(gate: Tensor) -> Tensor:
    return (gate * (ZETA - GAMMA) + GAMMA).clamp(0, 1)
