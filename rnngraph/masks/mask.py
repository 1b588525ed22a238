"""The mask of a whole recurrent network, in torch's layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from rnngraph._types import Cell
from rnngraph.errors import UndefinedMetricError
from rnngraph.masks.layout import GATES


@dataclass(frozen=True, eq=False)
class RecurrentMask:
    """Which weights of a recurrent network exist: bool tensors, True = live, rows = target.

    Attributes:
        cell: "tanh", "relu", "gru" or "lstm".
        hidden_size: Number of hidden units n of every layer and direction.
        num_layers: Number of stacked layers.
        bidirectional: Whether every layer also reads the sequence backwards.
        hidden: By torch's name (`weight_hh_l0`, `weight_hh_l0_reverse`, ...), (gates * n, n).
        input: By torch's name (`weight_ih_l0`, ...), (gates * n, 1) where all sources are treated
            alike, else (gates * n, sources). Sources are the input's channels in layer 0, and
            the outputs of the layer below, forward units first, in the others.
        readout: (1, n * directions) where all outputs are treated alike, else
            (output_size, n * directions).
    """

    cell: Cell
    hidden_size: int
    num_layers: int
    bidirectional: bool
    hidden: Mapping[str, torch.Tensor] = field(repr=False)
    input: Mapping[str, torch.Tensor] = field(repr=False)
    readout: torch.Tensor = field(repr=False)

    @property
    def gates(self) -> tuple[str, ...]:
        """Names of the cell's gates, in torch's order."""
        return GATES[self.cell]

    @property
    def num_directions(self) -> int:
        """2 where the network is bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def n_weights(self) -> int:
        """Number of live hidden-to-hidden weights: all gates, layers and directions."""
        return sum(int(block.sum()) for block in self.hidden.values())

    @property
    def density(self) -> float:
        """Share of the hidden-to-hidden weights between distinct units that live, in [0, 1].

        Raises:
            UndefinedMetricError: The network has one hidden unit.
        """
        n = self.hidden_size
        if n < 2:
            raise UndefinedMetricError("`density` needs two hidden units; got 1.")
        loops = sum(
            int(block.reshape(-1, n, n).diagonal(dim1=1, dim2=2).sum())
            for block in self.hidden.values()
        )
        return (self.n_weights - loops) / (len(self.hidden) * len(self.gates) * n * (n - 1))
