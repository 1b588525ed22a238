"""The ways to make a gated network sparse that a plan can name.

Each is a function of what is to be fitted and of the method's own parameters, so that a plan is
checked against its signature; torch is imported when one is called.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import numpy as np
from pydantic import Field

from rnngraph._rng import stream
from rnngraph.experiments.fields import Count, Positive, Share, Strength

if TYPE_CHECKING:
    from rnngraph.sparsify import Fit, LowRank, Shape, Source, Sparsified, Values

Level = Literal["weights", "inputs", "gates", "units"]
"""Those of `rnngraph.sparsify.LEVELS`, which is not imported: it would load torch."""


@dataclass(frozen=True, eq=False)
class Assignment:
    """What is to be fitted, and how.

    Attributes:
        shape: What the network consists of.
        train: What is learned from.
        valid: What decides when a network without a penalty stops.
        epochs: Passes over `train`.
        settings: Keyword arguments of `rnngraph.sparsify.fit`: rates, sizes.
        seed: Root of the streams of this network.
    """

    shape: "Shape"
    train: "Source"
    valid: "Source"
    epochs: int
    settings: Mapping[str, Any]
    seed: np.random.SeedSequence

    def fit(self, model: "Sparsified", **more: Any) -> "Fit":  # noqa: ANN401 - those of `fit`
        """Fit a network to this.

        Raises:
            ArithmeticError: It diverged, and there is no earlier network to keep.
        """
        from rnngraph.sparsify import fit

        arguments = {"epochs": self.epochs, **self.settings, **more}
        found = fit(model, self.train, self.valid, rng=self.seed, **arguments)
        if not all(bool(own.isfinite().all()) for own in model.parameters()):
            # No error of the library: it is this network's alone, and the others go on.
            raise ArithmeticError(f"the fit diverged in epoch {len(found.history)}")
        return found

    @property
    def first(self) -> np.random.Generator:
        """Stream of the first values: the same for every method."""
        return stream(self.seed, "first")


@dataclass(frozen=True, eq=False)
class Outcome:
    """A fitted network.

    Attributes:
        values: What it computes with in use.
        fit: What happened.
        factors: The network itself, where it is stored as factors; None: as matrices.
    """

    values: "Values"
    fit: "Fit" = field(repr=False)
    factors: "LowRank | None" = field(default=None, repr=False)


def dense(work: Assignment, *, patience: Count = 5) -> Outcome:
    """The whole network, stopped early: what the others are held against.

    Args:
        work: What is to be fitted.
        patience: Epochs without a lower validation loss after which it ends; the best is kept.
    """
    from rnngraph.sparsify import Plain

    model = Plain(work.shape, rng=work.first)
    fit = work.fit(model, patience=patience)
    return Outcome(model.means(), fit)


def variational(
    work: Assignment,
    *,
    levels: tuple[Level, ...] = ("weights", "inputs", "gates", "units"),
    strength: Positive | dict[Level, Positive] = 1.0,
    warmup: Share = 0.4,
) -> Outcome:
    """Sparse variational dropout.

    Args:
        work: What is to be fitted.
        levels: What is uncertain.
        strength: Weight of the penalty, > 0, or of each level, 1 for those not named.
        warmup: Share of the epochs over which the penalty grows to its whole weight, in [0, 1].
    """
    from rnngraph.sparsify import Variational

    by_level = cast("float | dict[str, float]", strength)  # a mapping's keys are of one type alone
    model = Variational(work.shape, levels, strength=by_level, rng=work.first)
    fit = work.fit(model, warmup=round(warmup * work.epochs))
    return Outcome(model.means(), fit)


def lasso(
    work: Assignment,
    *,
    weights: Strength = 0.0,
    inputs: Strength = 0.0,
    gates: Strength = 0.0,
    units: Strength = 0.0,
) -> Outcome:
    """Group lasso by proximal steps; a strength must be above 0.

    Args:
        work: What is to be fitted.
        weights: Strength on single weights, >= 0.
        inputs: Strength on tokens or channels, >= 0.
        gates: Strength on rows of gates, >= 0.
        units: Strength on units, >= 0.
    """
    from rnngraph.sparsify import GroupLasso

    given = {"weights": weights, "inputs": inputs, "gates": gates, "units": units}
    strengths = {level: strength for level, strength in given.items() if strength}
    model = GroupLasso(work.shape, strengths, rng=work.first)
    fit = work.fit(model)
    return Outcome(model.means(), fit)


def hard_concrete(
    work: Assignment, *, strength: Strength = 0.1, early: Share = 0.25, delay: Share = 0.3
) -> Outcome:
    """Stochastic gates on units, with a penalty on the expected number of weights.

    Args:
        work: What is to be fitted.
        strength: Nats of the summed loss that an expected weight costs, >= 0.
        early: Share of the strength at first, in [0, 1].
        delay: Share of the updates with that, in [0, 1].
    """
    from rnngraph.sparsify import HardConcrete

    batches = sum(1 for _ in work.train.batches(work.settings["batch_size"], None))
    updates = round(delay * work.epochs) * batches
    model = HardConcrete(work.shape, strength=strength, early=early, delay=updates, rng=work.first)
    fit = work.fit(model)
    return Outcome(model.means(), fit)


def spectral(
    work: Assignment,
    *,
    keep: Annotated[float, Field(gt=0, le=1)] = 0.25,
    output_weight: Share = 0.5,
    patience: Count = 5,
) -> Outcome:
    """Spectral pruning of the network that `dense` gives, without fitting again.

    Args:
        work: What is to be fitted.
        keep: Share of the units of each layer that are kept, in (0, 1].
        output_weight: Weight of what the readers lose, in [0, 1].
        patience: As of `dense`.
    """
    from rnngraph.sparsify import spectral_pruning

    whole = dense(work, patience=patience)
    units = max(1, round(keep * work.shape.units))
    values = spectral_pruning(
        work.shape, whole.values, work.train, units, output_weight=output_weight
    )
    return Outcome(values, whole.fit)


def low_rank(
    work: Assignment, *, rank: Count = 8, shared: bool = False, patience: Count = 5
) -> Outcome:
    """Matrices as products of low rank, learned as such and stopped early.

    Args:
        work: What is to be fitted.
        rank: In [1, units].
        shared: Whether all readers of a layer share a projection of its states.
        patience: As of `dense`.
    """
    from rnngraph.sparsify import LowRank

    model = LowRank(work.shape, rank, shared=shared, rng=work.first)
    fit = work.fit(model, patience=patience)
    return Outcome(model.means(), fit, model)


def singular_values(
    work: Assignment, *, rank: Count = 8, shared: bool = False, patience: Count = 5
) -> Outcome:
    """The network that `dense` gives, cut to low rank by singular values without fitting again.

    Args:
        work: What is to be fitted.
        rank: In [1, units].
        shared: Whether all readers of a layer share a projection of its states.
        patience: As of `dense`.
    """
    from rnngraph.sparsify import LowRank

    whole = dense(work, patience=patience)
    model = LowRank.from_values(work.shape, whole.values, rank, shared=shared)
    return Outcome(model.means(), whole.fit, model)


METHODS: Final[Mapping[str, Callable[..., Outcome]]] = MappingProxyType(
    {
        f.__name__: f
        for f in (dense, variational, lasso, hard_concrete, spectral, low_rank, singular_values)
    }
)
"""Name -> method, called as f(work, ...)."""
