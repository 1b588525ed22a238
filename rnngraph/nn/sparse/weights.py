"""What a sparse network is made of, whoever runs it."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from rnngraph._types import Cell
from rnngraph.masks.layout import DIRECTIONS, GATES, parameter_name
from rnngraph.nn.graph_rnn import stock_module
from rnngraph.nn.sparse.matrix import SparseMatrix, Values


@dataclass(frozen=True)
class Shape:
    """Sizes and conventions of a network, by torch's names, and the type of its values."""

    cell: Cell
    input_size: int
    hidden_size: int
    num_layers: int
    bidirectional: bool
    batch_first: bool
    values: Values

    @property
    def directions(self) -> int:
        """1, or 2 if bidirectional."""
        return 2 if self.bidirectional else 1

    def blocks(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Torch's name and the rows and columns of each weight, layer by layer."""
        rows = len(GATES[self.cell]) * self.hidden_size
        for layer in range(self.num_layers):
            below = self.hidden_size * self.directions if layer else self.input_size
            for direction in DIRECTIONS[: self.directions]:
                yield parameter_name("ih", layer, direction), (rows, below)
                yield parameter_name("hh", layer, direction), (rows, self.hidden_size)


@dataclass(frozen=True, eq=False)
class Weights:
    """A network's weights and biases, by torch's names.

    Attributes:
        shape: Sizes and conventions.
        matrices: `weight_ih_l0`, `weight_hh_l0`, ..., in the order of `shape.blocks()`.
        biases: `bias_ih_l0`, ..., float32, in the same order.
    """

    shape: Shape
    matrices: dict[str, SparseMatrix]
    biases: dict[str, Tensor]

    def stock(self) -> nn.RNNBase:
        """The stock torch module with the same weights, float32, batch first."""
        shape = self.shape
        made = stock_module(
            shape.cell,
            shape.input_size,
            shape.hidden_size,
            num_layers=shape.num_layers,
            bidirectional=shape.bidirectional,
        )
        made.load_state_dict(self.dense())
        return made

    def dense(self) -> dict[str, Tensor]:
        """State dict of the stock torch module with the same weights, float32."""
        return {name: matrix.dense() for name, matrix in self.matrices.items()} | self.biases

    @property
    def density(self) -> float:
        """Share of the weights that are stored, in [0, 1]."""
        stored = sum(len(matrix.column) for matrix in self.matrices.values())
        return stored / sum(rows * columns for _, (rows, columns) in self.shape.blocks())


def bias_name(weight: str) -> str:
    """Name of the bias beside a weight: `weight_hh_l0` -> `bias_hh_l0`."""
    return weight.replace("weight", "bias", 1)
