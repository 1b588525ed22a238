"""Updates of small networks, made up for the tests of methods."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from rnngraph.pruning import Method, Update


def update_of(
    weights: Mapping[str, Tensor],
    step: int,
    *,
    masks: Mapping[str, Tensor] | None = None,
    started: Mapping[str, Tensor] | None = None,
    gradients: Mapping[str, Tensor] | None = None,
    gates: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Update:
    """An update after which all weights live, unless told otherwise."""
    dense = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in weights.items()}
    masks = dense if masks is None else masks
    return Update(
        step=step,
        weights=weights,
        masks=masks,
        started=dense if started is None else started,
        gradients={n: torch.zeros_like(w) for n, w in weights.items()}
        if gradients is None
        else gradients,
        gates=dict.fromkeys(weights, 1) if gates is None else gates,
        rng=np.random.default_rng([seed, step]),
    )


def random_weights(seed: int = 0, **shapes: tuple[int, int]) -> dict[str, Tensor]:
    rng = np.random.default_rng(seed)
    return {name: torch.from_numpy(rng.normal(size=shape)) for name, shape in shapes.items()}


def masks_after(
    method: Method, weights: Mapping[str, Tensor], steps: int
) -> list[dict[str, Tensor]]:
    """Masks of every step from 0 on, of a network whose weights stand still."""
    history = [{n: torch.ones_like(w, dtype=torch.bool) for n, w in weights.items()}]
    for step in range(1, steps + 1):
        masks = history[-1]
        masked = {name: weight * masks[name] for name, weight in weights.items()}
        history.append({**masks, **method(update_of(masked, step, masks=masks))})
    return history


def n_live(masks: Mapping[str, Tensor]) -> dict[str, int]:
    return {name: int(mask.sum()) for name, mask in masks.items()}
