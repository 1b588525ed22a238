"""What decides which weights live while a network learns: a function, called after each update."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Update:
    """A network just after an update of its optimiser.

    Attributes:
        step: Updates so far, from 1.
        weights: By name of parameter, rows = target: as the optimiser left them, so that a pruned
            one is not 0 if it got a gradient.
        masks: By the same names, bool, True = live: those in force.
        started: The masks that were in force before the first update: amounts count from them.
        gradients: By the same names: those of this update; of a pruned weight of a network of
            this library 0, unless the method's `dense_gradients` is true.
        gates: By the same names: how many gates are stacked in whole blocks of rows.
        rng: A stream of this step alone.
    """

    step: int
    weights: Mapping[str, Tensor]
    masks: Mapping[str, Tensor]
    started: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    gates: Mapping[str, int]
    rng: np.random.Generator


class Method(Protocol):
    """Any function of an `Update` that returns new masks, by name; {} leaves all as they are.

    Weights that become live start at 0, with no memory of the optimiser. Two attributes, where a
    method has them and they are true, change that: `dense_gradients`: it is given the gradients of
    pruned weights too; `keeps_values`: weights that become live keep the value that the optimiser
    gave them. A method that remembers something has `state_dict()`, a mapping of tensors and
    numbers, and `load_state_dict(state)`, so that a `Pruner` can keep it.
    """

    def __call__(self, update: Update, /) -> Mapping[str, Tensor]:
        """Return the masks to put in force, by name."""
