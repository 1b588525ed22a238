"""Sparse all the way: weights are dropped and as many grown elsewhere while a network learns.

The number of live weights of each parameter never changes. In all methods, as in their sources, a
weight that was just dropped is among those that may be grown; one that is grown at once keeps its
value, as in google-research/rigl.
"""

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Final

import torch
from torch import Tensor

from rnngraph._check import check_choice, check_int, check_real, hint
from rnngraph._rng import seed_sequence, stream
from rnngraph.errors import InputError
from rnngraph.pruning._steps import check_steps
from rnngraph.pruning._tensors import check_masks
from rnngraph.pruning.method import Update
from rnngraph.pruning.selection import keep_highest

DECAYS: Final = ("cosine", "constant")


@dataclass(frozen=True, eq=False)
class SET:
    """Drop the weights nearest to zero of each sign, grow as many at random.

    Of the n positive weights of a parameter the round(fraction * n) smallest go, and of the
    negative ones as many of the largest. A weight of exactly 0 counts as positive.

    Source: Mocanu et al. (2018), Nature Communications 9, 2383 (SET; once an epoch, but for
    the last).

    Attributes:
        fraction: Share dropped of each sign, in [0, 1]; zeta of the paper.
        every: Steps between updates of the masks, at least 1; in the paper those of an epoch.
        end: Step from which on the masks stay; None: they change to the last.
        within: Entries that may ever live, bool, by name of parameter; None, or for a parameter
            that it leaves out, all.

    Raises:
        InputError: A value outside its range, no update before `end`; when called, an unknown
            name in `within` or a live weight outside it.
    """

    fraction: float = 0.3
    _: KW_ONLY
    every: int
    end: int | None = None
    within: Mapping[str, Tensor] | None = None

    def __post_init__(self) -> None:
        check_real("fraction", self.fraction, 0.0, 1.0)
        check_steps(0, self.end, self.every)

    def __call__(self, update: Update) -> dict[str, Tensor]:
        """Masks after this update; {} between updates of the masks."""
        if update.step % self.every or (self.end is not None and update.step >= self.end):
            return {}
        positive = {name: weight >= 0 for name, weight in update.weights.items()}
        larger = _larger(update, positive, self.fraction)
        lower = _larger(update, {name: ~sign for name, sign in positive.items()}, self.fraction)
        kept = {name: larger[name] | lower[name] for name in larger}
        return _regrown(update, kept, _random(update), self.within)


@dataclass(frozen=True, eq=False)
class RigL:
    """Drop the smallest weights, grow where the gradient is largest.

    At each update of the masks the round(fraction * n) smallest |w| of the n live weights of a
    parameter go, and as many of the largest |gradient| come among all that do not live then.

    Source: Evci et al. (2020), Rigging the Lottery: Making All Tickets Winners, ICML, section 3.

    Attributes:
        fraction: Share dropped, in [0, 1], at first; alpha of the paper.
        every: Steps between updates of the masks, at least 1.
        end: Step from which on the masks stay; in the paper 3/4 of all.
        decay: "cosine": the share falls along half a cosine to 0 at `end`; or "constant".
        within: Entries that may ever live, bool, by name of parameter; None, or for a parameter
            that it leaves out, all.

    Raises:
        InputError: A value outside its range, no update before `end`; when called, an unknown
            name in `within` or a live weight outside it.
    """

    fraction: float = 0.3
    _: KW_ONLY
    every: int = 100
    end: int
    decay: str = "cosine"
    within: Mapping[str, Tensor] | None = None

    dense_gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_decay(self.fraction, self.every, self.end, self.decay)

    def share(self, step: int) -> float:
        """Share dropped at a step, in [0, fraction]."""
        return _decayed(self.fraction, step, self.end, self.decay)

    def __call__(self, update: Update) -> dict[str, Tensor]:
        """Masks after this update; {} between updates of the masks."""
        if update.step % self.every or update.step >= self.end:
            return {}
        growth = {name: gradient.abs() for name, gradient in update.gradients.items()}
        kept = _larger(update, update.masks, self.share(update.step))
        return _regrown(update, kept, growth, self.within)


@dataclass(frozen=True, eq=False)
class SelfishRNN:
    """Drop the smallest weights, grow as many at random, and let gates compete for weights.

    The |w| of all gates of a parameter are compared with each other and new weights come anywhere
    in it, so that its gates need not keep their densities: see `gate_densities`.

    Source: Liu et al. (2021), Selfish Sparse RNN Training, ICML. Its optimiser,
    SNT-ASGD, is not part of this.

    Attributes:
        fraction: Share dropped, in [0, 1], at first; in the paper 0.8 for LSTMs.
        every: Steps between updates of the masks, at least 1; in the paper those of an epoch.
        end: Step from which on the masks stay.
        decay: "cosine": the share falls along half a cosine to 0 at `end`; or "constant".
        within: Entries that may ever live, bool, by name of parameter; None, or for a parameter
            that it leaves out, all.

    Raises:
        InputError: A value outside its range, no update before `end`; when called, an unknown
            name in `within` or a live weight outside it.
    """

    fraction: float = 0.8
    _: KW_ONLY
    every: int
    end: int
    decay: str = "cosine"
    within: Mapping[str, Tensor] | None = None

    def __post_init__(self) -> None:
        _check_decay(self.fraction, self.every, self.end, self.decay)

    def share(self, step: int) -> float:
        """Share dropped at a step, in [0, fraction]."""
        return _decayed(self.fraction, step, self.end, self.decay)

    def __call__(self, update: Update) -> dict[str, Tensor]:
        """Masks after this update; {} between updates of the masks."""
        if update.step % self.every or update.step >= self.end:
            return {}
        kept = _larger(update, update.masks, self.share(update.step))
        return _regrown(update, kept, _random(update), self.within)


def _check_decay(fraction: float, every: int, end: int, decay: str) -> None:
    check_real("fraction", fraction, 0.0, 1.0)
    check_steps(0, check_int("end", end), every)
    check_choice("decay", decay, DECAYS)


def _decayed(fraction: float, step: int, end: int, decay: str) -> float:
    passed = min(check_real("step", step), end) / end
    return fraction if decay == "constant" else fraction * (1 + math.cos(math.pi * passed)) / 2


def _larger(update: Update, among: Mapping[str, Tensor], fraction: float) -> dict[str, Tensor]:
    """The live weights in `among` without the `fraction` that is smallest, in each parameter."""
    sizes = {name: weight.detach().abs() for name, weight in update.weights.items()}
    live = {name: mask & among[name] for name, mask in update.masks.items()}
    return keep_highest(sizes, live, fraction, scope="layer")


def _random(update: Update) -> dict[str, Tensor]:
    """A number for each weight; those of a parameter do not depend on the others."""
    root = seed_sequence(update.rng)
    return {
        name: torch.from_numpy(stream(root, name).random(tuple(mask.shape))).to(mask.device)
        for name, mask in update.masks.items()
    }


def _regrown(
    update: Update,
    kept: Mapping[str, Tensor],
    growth: Mapping[str, Tensor],
    within: Mapping[str, Tensor] | None,
) -> dict[str, Tensor]:
    """Masks of what was kept and, up to the number there was, of the highest growth elsewhere."""
    allowed = _allowed(update, within)
    masks = {}
    for name, live in kept.items():
        lost = int(update.masks[name].sum()) - int(live.sum())
        places = (allowed[name] & ~live).flatten().nonzero()[:, 0]
        highest = growth[name].flatten()[places].argsort(descending=True, stable=True)[:lost]
        mask = live.flatten()
        mask[places[highest]] = True
        masks[name] = mask.view_as(live)
    return masks


def _allowed(update: Update, within: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
    given = {} if within is None else check_masks("within", within)
    for name in given:
        if name not in update.masks:
            raise InputError(
                f"`within` must name pruned parameters ({', '.join(update.masks)}); got "
                f"{name!r}.{hint(name, update.masks)}"
            )
    check_masks("within", given, like={name: update.masks[name] for name in given})
    allowed = {}
    for name, mask in update.masks.items():
        allowed[name] = given[name].to(mask.device) if name in given else torch.ones_like(mask)
        outside = int((mask & ~allowed[name]).sum())
        if outside:
            raise InputError(
                f"`within` must hold every live weight; got {outside} of {name!r} outside it."
            )
    return allowed
