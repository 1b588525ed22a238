"""A gated network fitted as it is: what methods are compared with, or begin from."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from rnngraph._check import check_mapping
from rnngraph._types import RNG
from rnngraph.sparsify.forward import Values
from rnngraph.sparsify.method import Sparsified
from rnngraph.sparsify.shape import Shape, check_parts, initial_values


class Plain(Sparsified):
    """Matrices and biases that are learned, and no factors.

    Args:
        shape: What the network consists of.
        rng: Stream of the first values.

    Attributes:
        weights: Matrices and biases by name.
    """

    def __init__(self, shape: Shape, *, rng: RNG) -> None:
        super().__init__(shape)
        first = initial_values(shape, rng=rng)
        self.weights = nn.ParameterDict({name: nn.Parameter(own) for name, own in first.items()})

    def draw(
        self, x: Tensor, noise: torch.Generator, *, carried: bool = False
    ) -> tuple[Values, Tensor]:
        """The weights as they are; nothing is drawn."""
        return Values(dict(self.weights.items())), x

    def means(self) -> Values:
        """Copies of the weights."""
        return Values({name: value.detach().clone() for name, value in self.weights.items()})

    def set_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Copy in matrices and biases by name; those that are not named stay.

        Raises:
            InputError: An unknown name, or another shape; nothing is changed then.
        """
        copy_weights(weights, dict(self.weights.items()))


@torch.no_grad()
def copy_weights(weights: Mapping[str, Tensor], into: Mapping[str, Tensor]) -> None:
    """Copy matrices and biases by name.

    Raises:
        InputError: No mapping, an unknown name, no tensor, or another shape; nothing is changed
            then.
    """
    check_mapping("weights", weights, "tensors by name, as `means().weights` is")
    sizes = {name: tuple(own.shape) for name, own in into.items()}
    check_parts("weights", "matrices and biases", weights, sizes)
    for name, value in weights.items():
        into[name].copy_(value)
