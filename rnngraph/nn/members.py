"""One network of a population on its way: where it stands, how it starts, what it has become."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._rng import stream
from rnngraph._types import Cell
from rnngraph.masks import LayeredMask, RecurrentMask
from rnngraph.masks.layered import OUTSIDE
from rnngraph.nn import layered_parameters, parameters
from rnngraph.nn.engines import Learned, Scored
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
        start: Its first weights, where they are not drawn, by torch's names.
        curve: An entry an epoch.
        stopped: Why it ended before the last epoch; "" if it did not.
        weights: Its parameters in the end, by torch's names.
    """

    graph: int
    replicate: int
    key: str
    mask: RecurrentMask | LayeredMask
    init: str
    start: Mapping[str, Tensor] | None = None
    curve: list[tuple[Learned, Scored]] = field(default_factory=list)
    stopped: str = ""
    weights: dict[str, Tensor] = field(default_factory=dict)

    @property
    def cell(self) -> Cell:
        """Its cell."""
        return self.mask.cell

    @property
    def n_units(self) -> int:
        """Number of its hidden units; of all cells of a layered network."""
        return self.mask.n_units if isinstance(self.mask, LayeredMask) else self.mask.hidden_size

    def first_parameters(
        self, task: SequenceData, seed: np.random.SeedSequence
    ) -> dict[str, NDArray[np.float64]]:
        """Its first weights: given, or drawn from the stream of its key, cell and replicate."""
        if self.start is not None:
            return {name: value.double().numpy() for name, value in self.start.items()}
        rng = stream(seed, "init", self.key, self.cell, self.replicate)
        sizes = (task.input_size, task.output_size)
        if isinstance(self.mask, LayeredMask):
            return layered_parameters.initial_parameters(self.mask, *sizes, rng=rng, init=self.init)
        return parameters.initial_parameters(self.mask, *sizes, rng=rng, init=self.init)

    def parameter_masks(self, task: SequenceData) -> dict[str, Tensor]:
        """Mask of every masked parameter at its full shape, by its name."""
        sizes = (task.input_size, task.output_size)
        if isinstance(self.mask, LayeredMask):
            return layered_parameters.parameter_masks(self.mask, *sizes)
        return parameters.parameter_masks(self.mask, *sizes)

    def parameter_shapes(self, task: SequenceData) -> dict[str, tuple[int, ...]]:
        """Shape of every parameter, by its name."""
        sizes = (task.input_size, task.output_size)
        if isinstance(self.mask, LayeredMask):
            return layered_parameters.parameter_shapes(self.mask, *sizes)
        return parameters.parameter_shapes(self.mask, *sizes)

    def n_parameters(self, task: SequenceData) -> int:
        """Number of parameters that are not masked."""
        sizes = (task.input_size, task.output_size)
        if isinstance(self.mask, LayeredMask):
            return layered_parameters.n_live_parameters(self.mask, *sizes)
        return parameters.n_live_parameters(self.mask, *sizes)


def content_key(mask: RecurrentMask | LayeredMask) -> str:
    """Name a mask by what is live in it, so that equal masks have equal streams.

    What treats all of a network's inputs, or all of its outputs, alike may be stored once or for
    each of them: it counts once.
    """
    if isinstance(mask, LayeredMask):
        blocks = [
            block
            for part in mask.cells
            for block in (_once(part.input) if part.source == OUTSIDE else part.input, part.hidden)
        ]
    else:
        blocks = [*mask.hidden.values(), *map(_once, mask.input.values()), _once(mask.readout.T).T]
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(str(tuple(block.shape)).encode())
        digest.update(np.packbits(block.cpu().numpy()).tobytes())
    return digest.hexdigest()


def _once(block: Tensor) -> Tensor:
    """The first column where all columns are alike."""
    return block[:, :1] if bool((block == block[:, :1]).all()) else block
