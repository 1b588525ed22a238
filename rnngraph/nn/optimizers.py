"""One update of many networks at once, each with its own gradient, moments and step size."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rnngraph.nn.settings import TrainingSettings

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class Moments:
    """The optimiser's memory of a stack of networks.

    Source: Kingma & Ba (2015), arXiv 1412.6980; Loshchilov & Hutter (2019), arXiv 1711.05101; as in
    torch.optim.

    Args:
        parameters: Stacked, first dimension = network.
        settings: Optimiser, weight decay and momentum.
    """

    def __init__(self, parameters: Mapping[str, Tensor], settings: TrainingSettings) -> None:
        self.settings = settings
        self.first = {name: torch.zeros_like(value) for name, value in parameters.items()}
        self.second = (
            {}
            if settings.optimizer == "sgd"
            else {name: torch.zeros_like(value) for name, value in parameters.items()}
        )
        self.n_updates = 0

    def keep(self, positions: Tensor) -> None:
        """Forget all but some networks, by their positions."""
        self.first = {name: value[positions] for name, value in self.first.items()}
        self.second = {name: value[positions] for name, value in self.second.items()}

    @torch.no_grad()
    def update(
        self,
        parameters: Mapping[str, Tensor],
        gradients: Mapping[str, Tensor],
        rate: float,
        alive: Tensor,
    ) -> None:
        """Change `parameters` in place.

        Args:
            parameters: As at construction.
            gradients: By the same names.
            rate: Step size.
            alive: Boolean, shape (networks,): the others stay as they are.
        """
        self.n_updates += 1
        for name, value in parameters.items():
            changed = self._changed(name, value, gradients[name], rate)
            value.copy_(torch.where(alive.view(-1, *[1] * (value.ndim - 1)), changed, value))

    def _changed(self, name: str, value: Tensor, gradient: Tensor, rate: float) -> Tensor:
        decay, first = self.settings.weight_decay, self.first[name]
        if self.settings.optimizer == "sgd":
            first.mul_(self.settings.momentum).add_(gradient + decay * value)
            return value - rate * first
        second = self.second[name]
        decoupled = self.settings.optimizer == "adamw"
        if not decoupled:
            gradient = gradient + decay * value
        first.lerp_(gradient, 1 - _BETAS[0])
        second.mul_(_BETAS[1]).addcmul_(gradient, gradient, value=1 - _BETAS[1])
        size = rate / (1 - _BETAS[0] ** self.n_updates)
        root = (1 - _BETAS[1] ** self.n_updates) ** 0.5
        kept = value * (1 - rate * decay) if decoupled else value
        return kept.addcdiv(first, second.sqrt() / root + _EPSILON, value=-size)
