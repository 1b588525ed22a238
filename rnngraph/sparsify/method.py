"""What all ways to make a gated network sparse have in common."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.shape import Shape
from rnngraph.sparsify.structure import structure_of


class Sparsified(nn.Module, ABC):
    """A gated network with a way to become sparse while it is fitted.

    A method says what a training pass computes with, what the network computes with in use, what is
    added to the loss, and what happens after an update; `fit`, `score`, `structure_of` and `fold`
    need no more.

    Attributes:
        shape: What the network consists of.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    @abstractmethod
    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """What one training pass computes with.

        Args:
            x: Tokens or dense inputs of the batch.
            noise: Stream of the noise.
            carried: Whether batches continue each other's states, as those of a long text.

        Returns:
            The values, and the inputs: tokens may have been given numbers of their own.
        """

    @abstractmethod
    def means(self) -> Values:
        """What the network computes with in use, detached, with exact zeros."""

    def penalty(self) -> Tensor | None:
        """What the loss, summed over all data, is increased by, in nats; None: nothing."""
        return None

    @property
    def settled(self) -> bool:
        """Whether the penalty has the strength that it ends with; not while a method delays it."""
        return True

    @property
    def n_weights(self) -> int:
        """Weights that have to be stored for use; biases do not count."""
        return structure_of(self.shape, self.means()).n_weights

    def after_update(self, rate: float) -> None:
        """Change parameters after an update of the optimiser at a learning rate."""
