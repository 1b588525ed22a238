"""Weights, inputs, gates and units that learn how sure they are, and go where they are not.

Source: Lobacheva, Chirkova, Markovich & Vetrov (2020), Structured Sparsification of Gated Recurrent
Neural Networks, AAAI.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn

from rnngraph._check import check_choice, check_real
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.method import Sparsified
from rnngraph.sparsify.plain import copy_weights
from rnngraph.sparsify.posterior import Normal
from rnngraph.sparsify.shape import FACTORS, Shape, initial_values

LEVELS: Final = ("weights", *FACTORS)
"""What can be uncertain: single weights, and factors of inputs, gates and units."""

PUBLISHED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "W": ("weights",),
        "V": ("inputs",),
        "N": ("units",),
        "G": ("gates",),
        "W+V": ("weights", "inputs"),
        "W+N": ("weights", "inputs", "units"),
        "W+G+N": ("weights", "inputs", "gates", "units"),
    }
)
"""Levels by the names of the paper: weights, vocabulary, neurons, gates."""


class Variational(Sparsified):
    """A gated network under sparse variational dropout.

    Every element of the chosen levels is normal; its mean and its deviation are learned. In
    training the noise of weights is drawn once a batch, that of factors once a sequence, and both
    stay the same over all steps; the readout draws its outputs. In use there are the means alone,
    and 0 for every element with log alpha of 3 or more.

    Args:
        shape: What the network consists of.
        levels: Among "weights", "inputs", "gates" and "units".
        strength: Weight of the penalty, > 0, or of each level, by name: 1 for those that are not
            named. With 1 what is minimised is the bound of the evidence; with less more is left. A
            unit has a single factor: for many units to go, its weight must be far above 1.
        rng: Stream of the first values.

    Attributes:
        shape: As given.
        levels: As given, in that order.
        strength: That of each of `levels`.

    Raises:
        InputError: An unknown level, or none; a strength that is not > 0.
    """

    def __init__(
        self,
        shape: Shape,
        levels: Collection[str] = PUBLISHED["W+G+N"],
        *,
        strength: float | Mapping[str, float] = 1.0,
        rng: RNG,
    ) -> None:
        super().__init__(shape)
        if isinstance(levels, str) or not isinstance(levels, Collection):
            published = f", as PUBLISHED[{levels!r}] does" if levels in PUBLISHED else ""
            raise InputError(
                f"`levels` must name some of {', '.join(LEVELS)}{published}; got {levels!r}."
            )
        for level in levels:
            check_choice("levels", level, LEVELS)
        if not levels:
            raise InputError(f"`levels` must name some of {', '.join(LEVELS)}; got none.")
        self.levels = tuple(level for level in LEVELS if level in levels)
        self.strength = _strengths(strength, self.levels)
        first = initial_values(shape, rng=rng)
        random = set(shape.matrices()) if "weights" in levels else set()
        self.normals = nn.ModuleDict(
            {name: Normal(first[name]) for name in first if name in random}
        )
        self.plain = nn.ParameterDict(
            {name: nn.Parameter(value) for name, value in first.items() if name not in random}
        )
        self.factors = nn.ModuleDict(
            {
                name: Normal(torch.ones(size))
                for name, size in shape.factors().items()
                if name.partition("_")[0] in levels
            }
        )

    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """What one training pass computes with: all drawn.

        Rows of the embedding (or columns of the first weights) are drawn for those tokens alone
        that stand in the batch, which get numbers of their own. With `carried` the readout draws
        its weights, as for a text that is one long sequence.
        """
        rows = None
        if not self.shape.dense:
            rows, x = torch.unique(x, return_inverse=True)
        table = "embedding" if self.shape.embedding else "weight_ih_l0"
        weights: dict[str, Tensor] = dict(self.plain.items())
        spread = None
        for name, normal in _each(self.normals):
            mean: Tensor = normal.mean
            log_sigma: Tensor = normal.log_sigma
            if name == table and rows is not None:
                mean, log_sigma = (self._of_tokens(part, rows) for part in (mean, log_sigma))
            if name == "readout" and not carried:
                weights[name] = mean
                spread = log_sigma.exp(), _noise((len(x), len(mean)), mean, noise)
            else:
                weights[name] = mean + log_sigma.exp() * _noise(mean.shape, mean, noise)
        if rows is not None and table not in self.normals:
            weights[table] = self._of_tokens(weights[table], rows)
        factors = {}
        for name, normal in _each(self.factors):
            mean, log_sigma = normal.mean, normal.log_sigma
            if name == "inputs" and rows is not None:
                mean, log_sigma = mean[rows], log_sigma[rows]
            factors[name] = mean + log_sigma.exp() * _noise((len(x), len(mean)), mean, noise)
        return Values(weights, factors, spread), x

    def means(self) -> Values:
        """What the network computes with in use: copies."""
        weights = {name: value.detach().clone() for name, value in self.plain.items()}
        weights |= {name: normal.clipped() for name, normal in _each(self.normals)}
        return Values(weights, {name: normal.clipped() for name, normal in _each(self.factors)})

    def set_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Copy in matrices and biases by name, as means; deviations and what is not named stay.

        Raises:
            InputError: An unknown name, or another shape; nothing is changed then.
        """
        means = {name: normal.mean for name, normal in _each(self.normals)}
        copy_weights(weights, {**self.plain, **means})

    def penalty(self) -> Tensor:
        """Distance of the posterior to the prior, up to a constant, each level times its strength.

        In nats.
        """
        parts = [self.strength["weights"] * normal.kl() for _, normal in _each(self.normals)]
        for name, normal in _each(self.factors):
            parts.append(self.strength[name.partition("_")[0]] * normal.kl())
        return torch.stack(parts).sum()

    def probabilities(self) -> dict[str, Tensor]:
        """Probability that an element lives, for every matrix and factor, by name.

        2 Phi(|mean| / sigma) - 1: 1 where the sign is sure, 0 for a mean of 0, which is as likely
        to be of one sign as of the other, and 0.18 where log alpha is 3. What is not uncertain
        lives where it is not 0. Source: one minus twice the local false sign rate of Stephens
        (2017), Biostatistics 18, 275.
        """
        shape = self.shape
        sure = {name: (value != 0).to(value) for name, value in self.plain.items()}
        some = next(self.parameters())
        found = {name: some.new_ones(size) for name, size in shape.factors().items()}
        found |= {name: sure[name] for name in shape.matrices() if name in sure}
        return found | {
            name: normal.sign_probability()
            for own in (self.normals, self.factors)
            for name, normal in _each(own)
        }

    def _of_tokens(self, table: Tensor, tokens: Tensor) -> Tensor:
        """Rows of an embedding, or columns of the first layer's weights."""
        return table[tokens] if self.shape.embedding else table[:, tokens]


def _each(normals: nn.ModuleDict) -> Iterator[tuple[str, Normal]]:
    for name, normal in normals.items():
        assert isinstance(normal, Normal)
        yield name, normal


def _noise(size: tuple[int, ...], like: Tensor, noise: torch.Generator) -> Tensor:
    return torch.randn(size, generator=noise, dtype=like.dtype, device=like.device)


def _strengths(given: float | Mapping[str, float], levels: Sequence[str]) -> Mapping[str, float]:
    """That of each level, checked."""
    if not isinstance(given, Mapping):
        return dict.fromkeys(levels, check_real("strength", given, above=0.0))
    for level in given:
        check_choice("strength", level, levels)
    return {
        level: check_real(f"strength[{level!r}]", given.get(level, 1.0), above=0.0)
        for level in levels
    }
