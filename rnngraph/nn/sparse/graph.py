"""A sparse `GraphRNN`: the recurrent layers and the readout, called like the original."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnngraph._check import check_bool
from rnngraph.nn.inputs import Lengths, check_batch, check_step
from rnngraph.nn.layers import numbers, pack
from rnngraph.nn.sparse.module import SparseRNN, States


class SparseGraphRNN(nn.Module):
    """A pruned `GraphRNN` for inference; see `compact`, which makes it.

    Attributes:
        rnn: The recurrent layers.
        readout_weight: Dense, (output_size, directions x hidden_size).
        readout_bias: (output_size,).
    """

    readout_weight: Tensor
    readout_bias: Tensor

    def __init__(self, rnn: SparseRNN, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.rnn = rnn
        self.register_buffer("readout_weight", weight)
        self.register_buffer("readout_bias", bias)

    @property
    def input_size(self) -> int:
        """Number of tokens or of input channels."""
        return self.rnn.input_size

    @property
    def output_size(self) -> int:
        """Number of outputs."""
        return len(self.readout_bias)

    @property
    def backend(self) -> str:
        """Who runs the recurrent layers: "native" or "reference"."""
        return self.rnn.backend

    @torch.no_grad()
    def forward(
        self, x: Tensor, lengths: Lengths | None = None, *, per_step: bool = False
    ) -> Tensor:
        """Read sequences and return their outputs; see `GraphRNN.forward`."""
        check_bool("per_step", per_step)
        lengths = check_batch(x, lengths, self.rnn.input_size)
        given = self._numbers(x)
        hidden, state = self.rnn(given if lengths is None else pack(given, lengths)[0])
        if per_step and isinstance(hidden, PackedSequence):
            packed = hidden._replace(data=self._read_out(hidden.data))
            return pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])[0]
        if per_step:
            return self._read_out(hidden)
        last = state[0] if isinstance(state, tuple) else state
        directions = 2 if self.rnn.bidirectional else 1
        return self._read_out(last[-directions:].transpose(0, 1).flatten(1))

    @torch.no_grad()
    def step(self, x: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Read one step of each sequence of a stream.

        Args:
            x: Tokens, integer, (batch,), or inputs, (batch, input_size).
            state: What the last step returned; None at the first.

        Returns:
            Outputs, (batch, output_size), and the states.

        Raises:
            InputError: The network is bidirectional, or `x` or `state` has another shape.
        """
        check_step(x, self.rnn.input_size)
        hidden, state = self.rnn.step(self._numbers(x), state)
        return self._read_out(hidden), state

    def _numbers(self, x: Tensor) -> Tensor:
        return numbers(x, None, self.rnn.input_size, torch.float32)

    def _read_out(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden, self.readout_weight, self.readout_bias)
