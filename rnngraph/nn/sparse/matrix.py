"""A sparse matrix whose numbers are float32, bfloat16 or int8."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import torch
from torch import Tensor

Values: TypeAlias = Literal["float32", "bfloat16", "int8"]
VALUES: Final[dict[Values, torch.dtype]] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "int8": torch.int8,
}
_MOST_INT8: Final = 127


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """The weights of a matrix that are not 0, row by row and from left to right.

    Attributes:
        shape: Rows and columns.
        start: Where the weights of each row start, and the last ones end; int64, (rows + 1,).
        column: Column of each weight, int32, (weights,).
        numbers: The weights in units of their row's scale, of a type in `VALUES`, (weights,).
        scale: Of each row, float32, (rows,); 1 unless the numbers are int8.
    """

    shape: tuple[int, int]
    start: Tensor
    column: Tensor
    numbers: Tensor
    scale: Tensor

    @classmethod
    def from_dense(cls, weight: Tensor, values: Values) -> "SparseMatrix":
        """Take what is not 0 in a matrix.

        Args:
            weight: Finite, (rows, columns).
            values: "bfloat16" rounds to 8 significant bits, "int8" to whole numbers in
                [-127, 127] of a 127th of the row's largest weight; what becomes 0 is left out.
        """
        weight = weight.detach().to("cpu", torch.float32)
        scale = torch.ones(len(weight))
        if values == "int8":
            scale = weight.abs().amax(dim=1) / _MOST_INT8
            scale[scale == 0] = 1
            weight = torch.round(weight / scale[:, None]).clamp(-_MOST_INT8, _MOST_INT8)
        numbers = weight.to(VALUES[values])
        row, column = torch.nonzero(numbers, as_tuple=True)
        rows, columns = weight.shape
        start = starts(row, rows)
        return cls((rows, columns), start, column.to(torch.int32), numbers[row, column], scale)

    def weights(self) -> Tensor:
        """Weights as float32, (weights,)."""
        return self.numbers.to(torch.float32) * self.scale[self.rows()]

    def rows(self) -> Tensor:
        """Row of each weight, int64, (weights,)."""
        return torch.repeat_interleave(torch.arange(self.shape[0]), self.start.diff())

    def dense(self) -> Tensor:
        """The whole matrix as float32."""
        made = torch.zeros(self.shape)
        made[self.rows(), self.column.long()] = self.weights()
        return made


def starts(row: Tensor, rows: int) -> Tensor:
    """Where each row starts among weights that are sorted by row, and the last one ends."""
    counts = torch.bincount(row, minlength=rows)
    return torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
