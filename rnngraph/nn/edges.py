"""Products with the recurrent weights of a stack of networks along their live weights only."""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Edges:
    """Live weights of K matrices, as one block-diagonal matrix in compressed rows.

    torch's kernels for sparse matrices do the work: MKL on a CPU, cuSPARSE on a GPU.

    Attributes:
        shape: K, rows and columns of a matrix.
        live: Position of each live weight in the flat (K, rows, columns), by rows.
        starts: Where each row of the large matrix begins in `live`.
        columns: Column of each live weight in the large matrix.
        turned: Starts and columns of its transpose, and which live weight stands there.
    """

    shape: tuple[int, int, int]
    live: Tensor
    starts: Tensor
    columns: Tensor
    turned: tuple[Tensor, Tensor, Tensor]

    @classmethod
    def of(cls, masks: Tensor) -> "Edges":
        """Find the edges of masks (K, rows, columns), on their device."""
        k, rows, columns = masks.shape
        network, row, column = masks.nonzero(as_tuple=True)
        row, column = network * rows + row, network * columns + column
        order = torch.argsort(column, stable=True)
        with warnings.catch_warnings():  # torch says once a process that such tensors are in beta
            warnings.filterwarnings("ignore", "Sparse CSR tensor", UserWarning)
            made = cls(
                (k, rows, columns),
                row * columns + column % columns,
                _starts(row, k * rows),
                column.int(),
                (_starts(column, k * columns), row[order].int(), order),
            )
            made.matrix(torch.zeros(len(row), device=masks.device))
        return made

    def values(self, weights: Tensor) -> Tensor:
        """Live ones of weights (K, rows, columns): (edges,), with their gradient."""
        return weights.flatten().index_select(0, self.live)

    def product(self, states: Tensor, values: Tensor) -> Tensor:
        """States (K, n, columns) times the transposed matrices: (K, n, rows)."""
        found: Tensor = _Product.apply(states, values, self)  # type: ignore[no-untyped-call]
        return found

    def matrix(self, values: Tensor) -> Tensor:
        """Give (K rows, K columns) with these live weights, in compressed rows."""
        k, rows, columns = self.shape
        return torch.sparse_csr_tensor(
            self.starts, self.columns, values, (k * rows, k * columns), check_invariants=False
        )

    def transposed(self, values: Tensor) -> Tensor:
        """Give (K columns, K rows) with these live weights, in compressed rows."""
        k, rows, columns = self.shape
        starts, where, order = self.turned
        return torch.sparse_csr_tensor(
            starts, where, values[order], (k * columns, k * rows), check_invariants=False
        )


class _Product(torch.autograd.Function):
    """torch's own gradient of such a product takes several times as long."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's
        states: Tensor,
        values: Tensor,
        edges: Edges,
    ) -> Tensor:
        k, rows, _ = edges.shape
        across = states.transpose(1, 2).flatten(0, 1)
        ctx.save_for_backward(across, values)
        ctx.edges = edges
        return (edges.matrix(values) @ across).view(k, rows, -1).transpose(1, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401
        across, values = ctx.saved_tensors
        k, _, columns = ctx.edges.shape
        above = gradient.transpose(1, 2).flatten(0, 1)
        of_states = ctx.edges.transposed(values) @ above
        pattern = ctx.edges.matrix(torch.zeros_like(values))
        of_values = torch.sparse.sampled_addmm(pattern, above, across.t(), beta=0.0).values()
        return of_states.view(k, columns, -1).transpose(1, 2), of_values, None


def _starts(of: Tensor, n: int) -> Tensor:
    counts = torch.bincount(of, minlength=n).cumsum(0)
    return torch.cat([counts.new_zeros(1), counts]).int()
