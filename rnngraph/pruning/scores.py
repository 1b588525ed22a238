"""How much a weight matters: scores, the lowest of which are pruned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import torch
from torch import Tensor

Gradients: TypeAlias = Sequence[Mapping[str, Tensor]]
"""One mapping a batch, by name of parameter and of its shape."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Weights to choose among, and what can be asked about them.

    Attributes:
        weights: By name of parameter, rows = target; 0 where pruned.
        live: By the same names, bool.
        gates: By the same names: how many gates are stacked in whole blocks of rows.
        loss_gradients: Returns the gradients of the loss; an error where there is no task.
        jacobian_gradients: Returns those of the recurrent Jacobian's mean squared singular value.
        draw: Returns the stream of scores that are drawn; an error where there is none.
    """

    weights: Mapping[str, Tensor]
    live: Mapping[str, Tensor]
    gates: Mapping[str, int]
    loss_gradients: Callable[[], Gradients]
    jacobian_gradients: Callable[[], Gradients]
    draw: Callable[[], np.random.Generator]


Score: TypeAlias = Callable[[Candidates], dict[str, Tensor]]
"""A score of every weight, by name of parameter and of its shape: the lowest go first."""


def magnitude(of: Candidates) -> dict[str, Tensor]:
    """|w|.

    Source: Han et al. (2015), arXiv 1506.02626.
    """
    return {name: weight.abs() for name, weight in of.weights.items()}


def random(of: Candidates) -> dict[str, Tensor]:
    """Uniform in [0, 1): the baseline that every other score must beat.

    Source: the control of Frankle et al. (2021), arXiv 2009.08576.
    """
    draw = of.draw()
    return {
        name: torch.from_numpy(draw.random(tuple(weight.shape))).to(weight.device)
        for name, weight in of.weights.items()
    }


def gradient(of: Candidates) -> dict[str, Tensor]:
    """Mean over batches of |w * gradient|: what the loss changes by, to first order.

    Source: Molchanov et al. (2017), arXiv 1611.06440, on single weights.
    """
    found = of.loss_gradients()
    return _mean([{name: (of.weights[name] * g).abs() for name, g in b.items()} for b in found])


def movement(of: Candidates) -> dict[str, Tensor]:
    """Mean over batches of -w * gradient: weights that descent moves towards 0 go first.

    Where the weights stand, that is; `rnngraph.pruning.Movement` sums it while they learn.

    Source: Sanh, Wolf & Rush (2020), arXiv 2005.07683.
    """
    found = of.loss_gradients()
    return _mean([{name: -of.weights[name] * g for name, g in b.items()} for b in found])


def snip(of: Candidates) -> dict[str, Tensor]:
    """|w * mean gradient|, as a share of the sum over all weights: for pruning before training.

    Source: Lee, Ajanthan & Torr (2019), arXiv 1810.02340.
    """
    mean = _mean(of.loss_gradients())
    found = {name: (weight * mean[name]).abs() for name, weight in of.weights.items()}
    total = sum(float(score.sum()) for score in found.values())
    return {name: score / total if total else score for name, score in found.items()}


def gate_normalized(of: Candidates) -> dict[str, Tensor]:
    """|w| over the root mean square of the live weights of its gate.

    Gates of different scales are then pruned alike under one threshold for all.

    Source: ours; Lee et al. (2021), arXiv 2010.07611, do so by layer.
    """
    found = {}
    for name, weight in of.weights.items():
        blocks = zip(weight.chunk(of.gates[name]), of.live[name].chunk(of.gates[name]), strict=True)
        found[name] = torch.cat([_over_rms(block, live) for block, live in blocks])
    return found


def jacobian(of: Candidates) -> dict[str, Tensor]:
    """|w * gradient| of the mean squared singular value of the recurrent Jacobian, by gate.

    Each gate's scores are taken as a share of their mean over live weights, so that no gate is
    pruned for the scale of its nonlinearity.

    Source: after Zhang & Stadie (2020), arXiv 1912.00120; their exact normalisation was not
    reachable, this one is ours.
    """
    mean = _mean(of.jacobian_gradients())
    found = {}
    for name, weight in of.weights.items():
        scores = (weight * mean[name]).abs() * of.live[name]
        blocks = zip(scores.chunk(of.gates[name]), of.live[name].chunk(of.gates[name]), strict=True)
        means = [(block, block.sum() / live.sum().clamp(min=1)) for block, live in blocks]
        found[name] = torch.cat([block / own.clamp(min=1e-30) for block, own in means])
    return found


SCORES: Final[Mapping[str, Score]] = MappingProxyType(
    {
        "magnitude": magnitude,
        "random": random,
        "gradient": gradient,
        "movement": movement,
        "snip": snip,
        "gate_normalized": gate_normalized,
        "jacobian": jacobian,
    }
)
"""The scores by name."""


def _mean(batches: Gradients) -> dict[str, Tensor]:
    return {name: torch.stack([b[name] for b in batches]).mean(dim=0) for name in batches[0]}


def _over_rms(block: Tensor, live: Tensor) -> Tensor:
    n_live = live.sum().clamp(min=1)
    rms = ((block * live).square().sum() / n_live).sqrt()
    return block.abs() / rms.clamp(min=1e-30)
