"""One network of a population on its way: where it stands, how it starts, what it has become."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._rng import stream
from rnngraph.masks import RecurrentMask
from rnngraph.nn.engines import Learned, Scored
from rnngraph.nn.parameters import initial_parameters, n_live_parameters, parameter_masks
from rnngraph.tasks import SequenceData


@dataclass(eq=False)
class Member:
    """A network.

    Attributes:
        graph: Position of its graph.
        replicate: Its number among those of the graph.
        key: Name of the graph's stream.
        mask: Where its weights may be.
        init: How its first weights are drawn.
        curve: An entry an epoch.
        stopped: Why it ended before the last epoch; "" if it did not.
        parameters: Its weights in the end, by torch's names.
    """

    graph: int
    replicate: int
    key: str
    mask: RecurrentMask
    init: str
    curve: list[tuple[Learned, Scored]] = field(default_factory=list)
    stopped: str = ""
    parameters: dict[str, Tensor] = field(default_factory=dict)

    def first_parameters(
        self, task: SequenceData, seed: np.random.SeedSequence
    ) -> dict[str, NDArray[np.float64]]:
        """Draw its first weights from the stream of its key, cell and replicate."""
        rng = stream(seed, "init", self.key, self.mask.cell, self.replicate)
        sizes = (task.input_size, task.output_size)
        return initial_parameters(self.mask, *sizes, rng=rng, init=self.init)

    def parameter_masks(self, input_size: int, output_size: int) -> dict[str, Tensor]:
        """Mask of every masked parameter at its full shape, by its torch name."""
        return parameter_masks(self.mask, input_size, output_size)

    def n_parameters(self, task: SequenceData) -> int:
        """Number of parameters that are not masked."""
        return n_live_parameters(self.mask, task.input_size, task.output_size)
