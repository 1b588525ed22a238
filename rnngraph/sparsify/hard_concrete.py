"""Gates on units that are exactly 0 or 1 with a probability that is learned.

Source: Louizos, Welling & Kingma (2018), Learning sparse neural networks through L0 regularization,
ICLR; Frensel, Al-Ars & Hofstee (2024), BCB, for units of an LSTM and the delayed schedule.
"""

import math
from typing import Final

import torch
from torch import Tensor, nn

from rnngraph._check import check_int, check_real
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.plain import Plain
from rnngraph.sparsify.shape import Shape

BETA: Final = 2 / 3
GAMMA: Final = -0.1
ZETA: Final = 1.1
THRESHOLD: Final = 0.3
"""A gate below it is 0 in use."""


class HardConcrete(Plain):
    """A gated network with a stochastic gate on every unit, drawn once a batch.

    The gate multiplies what is read of the unit. The penalty is the expected number of weights that
    are left: those of the inputs and of the readout, or the next layer, as often as their unit is
    there, those between two units as often as both are. In use a gate is what it is without noise,
    and 0 below 0.3, so that the unit can be cut out; the paper rounds the others to 1, which
    changes what the network computes, and masks the rows of the unit as well, which for a gate of 0
    is the same.

    Args:
        shape: What the network consists of.
        strength: Nats of the summed loss that an expected weight costs, >= 0.
        early: Share of the strength in the first updates, in [0, 1]; in the paper 0.25.
        delay: Number of these updates; in the paper 10,000 of some 60,000.
        rng: Stream of the first values.

    Attributes:
        log_alpha: By layer: how likely the gates are to be open, (units,); at first N(1, 0.1).
        updates: Updates so far.

    Raises:
        InputError: A value outside its range.
    """

    updates: Tensor

    def __init__(
        self, shape: Shape, strength: float, *, early: float = 0.25, delay: int = 0, rng: RNG
    ) -> None:
        seed = seed_sequence(rng)
        super().__init__(shape, rng=stream(seed, "weights"))
        self.strength = check_real("strength", strength, 0.0)
        self.early = check_real("early", early, 0.0, 1.0)
        self.delay = check_int("delay", delay, 0)
        draw = stream(seed, "gates")
        self.log_alpha = nn.ParameterList(
            nn.Parameter(torch.from_numpy(draw.normal(1, 0.1, shape.units)).float())
            for _ in range(shape.layers)
        )
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """The weights, and gates that are drawn."""
        factors = {}
        for layer, log_alpha in enumerate(self.log_alpha):
            u = torch.rand(
                log_alpha.shape, generator=noise, dtype=log_alpha.dtype, device=log_alpha.device
            ).clamp(1e-6, 1 - 1e-6)
            soft = torch.sigmoid((u.log() - (-u).log1p() + log_alpha) / BETA)
            factors[f"units_l{layer}"] = _stretched(soft)
        return Values(dict(self.weights.items()), factors), x

    def means(self) -> Values:
        """The weights, and gates without noise."""
        gates = [_stretched(torch.sigmoid(own.detach())) for own in self.log_alpha]
        factors = {f"units_l{k}": own * (own >= THRESHOLD) for k, own in enumerate(gates)}
        return Values(super().means().weights, factors)

    def open_probability(self) -> list[Tensor]:
        """Probability that a gate is not 0, by layer, (units,)."""
        return [torch.sigmoid(own - BETA * math.log(-GAMMA / ZETA)) for own in self.log_alpha]

    def penalty(self) -> Tensor:
        """Strength times the expected number of weights that are left, in nats."""
        shape = self.shape
        gates = len(shape.gates)
        total = self.log_alpha[0].new_zeros(())
        below: Tensor | int = shape.sources(0)
        for own in self.open_probability():
            units = own.sum()
            pairs = units.square() - own.square().sum() + units
            total = total + gates * (below * units + pairs)
            below = units
        total = total + shape.output_size * below
        share = self.early if int(self.updates) < self.delay else 1.0
        cost: Tensor = total * self.strength * share
        return cost

    def after_update(self, rate: float) -> None:
        """Count the update."""
        self.updates += 1


def _stretched(soft: Tensor) -> Tensor:
    return (soft * (ZETA - GAMMA) + GAMMA).clamp(0, 1)
