"""Who runs a sparse network: the compiled core along its weights, or torch with whole matrices."""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnngraph import _native
from rnngraph.nn.cells import N_STATES
from rnngraph.nn.sparse.matrix import SparseMatrix
from rnngraph.nn.sparse.weights import Weights, bias_name


class Engine(Protocol):
    """Runs all layers and directions over sequences as torch packs them."""

    def run(
        self, data: Tensor, batch_sizes: Tensor, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read sequences.

        Args:
            data: Inputs of all steps, float32, (rows, input_size).
            batch_sizes: Sequences at each step, int64, (steps,), not increasing.
            states: First states, one or two (an LSTM), each (layers x directions, batch,
                hidden_size).

        Returns:
            Outputs of all steps, (rows, directions x hidden_size), and the last states.
        """


class NativeEngine:
    """The core; laid out for the widest instructions of the machine when it is made."""

    def __init__(self, weights: Weights) -> None:
        shape = weights.shape
        self._hidden_size, self._directions = shape.hidden_size, shape.directions
        names = iter(weights.matrices)
        self._cells = [
            _native.core.SparseCell(
                shape.cell,
                shape.values,
                *(_spec(weights.matrices[name]) for name in pair),
                *(weights.biases[bias_name(name)].numpy() for name in pair),
            )
            for pair in zip(names, names, strict=True)
        ]

    def run(
        self, data: Tensor, batch_sizes: Tensor, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read sequences; see `Engine`."""
        last = tuple(state.clone(memory_format=torch.contiguous_format) for state in states)
        arrays = [state.numpy() for state in last]
        sizes, x, n = batch_sizes.numpy(), data.contiguous(), self._hidden_size
        for first in range(0, len(self._cells), self._directions):
            outputs = []
            for direction in range(self._directions):
                k, out = first + direction, torch.empty(len(data), n)
                h, c = arrays[0][k], arrays[1][k] if len(arrays) > 1 else None
                self._cells[k].run(x.numpy(), sizes, direction == 1, h, c, out.numpy())
                outputs.append(out)
            x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=1)
        return x, last


class ReferenceEngine:
    """Stock torch on whole matrices: as fast as if nothing was pruned, and the core's oracle."""

    def __init__(self, weights: Weights) -> None:
        self._rnn = weights.stock()
        self._n_states = N_STATES[weights.shape.cell]

    def run(
        self, data: Tensor, batch_sizes: Tensor, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read sequences; see `Engine`."""
        packed = PackedSequence(data, batch_sizes)
        with torch.no_grad():
            output, last = self._rnn(packed, states if self._n_states > 1 else states[0])
        return output.data, last if self._n_states > 1 else (last,)


def _spec(matrix: SparseMatrix) -> tuple[object, ...]:
    """A matrix as the core takes it."""
    numbers = matrix.numbers.to(torch.float32)
    tensors = (matrix.start, matrix.column, numbers, matrix.scale)
    return (*(tensor.numpy() for tensor in tensors), matrix.shape[1])
