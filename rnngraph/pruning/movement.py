"""Pruning by where weights go, not by how large they are."""

from collections.abc import Mapping

from torch import Tensor

from rnngraph.pruning._tensors import check_tensors
from rnngraph.pruning.method import Update
from rnngraph.pruning.ramps import Cubic


class Movement:
    """Prune, along the cubic schedule, the weights that learning moved towards 0 the most.

    The score of a weight is the sum of -w * gradient over all updates so far: what a short step of
    plain gradient descent adds to w^2 / 2, up to the step size. w is taken after the update.

    Source: Sanh, Wolf & Rush (2020), Movement Pruning, arXiv:2005.07683, without their
    straight-through training of the scores.

    Args:
        final: As of `Cubic`.
        start: As of `Cubic`.
        end: As of `Cubic`.
        every: As of `Cubic`.
        scope: As of `Cubic`.

    Attributes:
        sums: The scores, by name of parameter; anew at the first update of a network. A `Pruner`
            keeps them in its `state_dict`.

    Raises:
        InputError: As `Cubic`.
    """

    def __init__(
        self, final: float, *, start: int, end: int, every: int = 100, scope: str = "layer"
    ) -> None:
        self.sums: dict[str, Tensor] = {}
        self._cubic = Cubic(
            final, start=start, end=end, every=every, scope=scope, score=self._scores
        )

    def __call__(self, update: Update) -> Mapping[str, Tensor]:
        """Masks after this update; {} where the sparsity does not change."""
        if update.step == 1:  # another network, or the same one anew
            self.sums = {}
        for name, weight in update.weights.items():
            moved = -weight.detach() * update.gradients[name]
            self.sums[name] = self.sums[name] + moved if name in self.sums else moved
        return self._cubic(update)

    def state_dict(self) -> dict[str, Tensor]:
        """The sums, by name of parameter: what `Pruner` keeps of the method."""
        return {name: value.clone() for name, value in self.sums.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from sums that were kept.

        Raises:
            InputError: They are no tensors by name.
        """
        self.sums = {name: value.clone() for name, value in check_tensors("state", state).items()}

    def _scores(self, _: Update) -> Mapping[str, Tensor]:
        return self.sums
