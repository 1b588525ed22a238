"""Networks in training by several engines, each of which has those that it is best at."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnngraph.nn.engines import Engine, Learned, Scored

Point = TypeVar("Point")


class SplitEngine:
    """Members shared out among engines; see `Engine`.

    Args:
        engines: Each with its own members, in their order among all.
        engine_of: Position in `engines` of each member's.
    """

    def __init__(self, engines: Sequence[Engine], engine_of: Sequence[int]) -> None:
        self._engines, self._engine_of = engines, engine_of
        counts = [0] * len(engines)
        self._number_of = []  # of each member, in its engine
        for engine in engine_of:
            self._number_of.append(counts[engine])
            counts[engine] += 1

    def learn(self, members: Sequence[int], epoch: int) -> list[Learned]:
        """Pass once over the training sequences; see `Engine`."""
        return self._shared_out(members, lambda engine, numbers: engine.learn(numbers, epoch))

    def score(self, members: Sequence[int]) -> list[Scored]:
        """Evaluate on the test sequences; see `Engine`."""
        return self._shared_out(members, lambda engine, numbers: engine.score(numbers))

    def parameters(self, member: int) -> dict[str, Tensor]:
        """Copy out the weights of a member; see `Engine`."""
        return self._engines[self._engine_of[member]].parameters(self._number_of[member])

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Copy out all that `restore` needs; see `Engine`."""
        return {
            f"{k}/{name}": array
            for k, engine in enumerate(self._engines)
            for name, array in engine.state().items()
        }

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Go on from what `state` returned; see `Engine`."""
        for k, engine in enumerate(self._engines):
            prefix = f"{k}/"
            engine.restore(
                {
                    name.removeprefix(prefix): array
                    for name, array in state.items()
                    if name.startswith(prefix)
                }
            )

    def _shared_out(
        self, members: Sequence[int], work: Callable[[Engine, list[int]], list[Point]]
    ) -> list[Point]:
        found: dict[int, Point] = {}
        for k, engine in enumerate(self._engines):
            own = [member for member in members if self._engine_of[member] == k]
            if own:
                points = work(engine, [self._number_of[member] for member in own])
                found.update(zip(own, points, strict=True))
        return [found[member] for member in members]
