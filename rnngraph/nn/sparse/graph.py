"""A sparse `GraphRNN`: the recurrent layers and the readout, called like the original."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnngraph.errors import InputError
from rnngraph.nn.inputs import Lengths, check_batch
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
    def backend(self) -> str:
        """Who runs the recurrent layers: "native" or "reference"."""
        return self.rnn.backend

    @torch.no_grad()
    def forward(
        self, x: Tensor, lengths: Lengths | None = None, *, per_step: bool = False
    ) -> Tensor:
        """Read sequences and return their outputs; see `GraphRNN.forward`."""
        lengths = check_batch(x, lengths, self.rnn.input_size)
        numbers = self._numbers(x)
        given = (
            numbers
            if lengths is None
            else pack_padded_sequence(
                numbers, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        )
        hidden, state = self.rnn(given)
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
        if not isinstance(x, Tensor) or x.ndim == 0:
            raise InputError(
                f"`x` must be a tensor of tokens (batch,) or of inputs (batch, "
                f"{self.rnn.input_size}); got {type(x).__name__}."
            )
        check_batch(x[:, None], None, self.rnn.input_size)
        hidden, state = self.rnn.step(self._numbers(x), state)
        return self._read_out(hidden), state

    def _numbers(self, x: Tensor) -> Tensor:
        """Tokens as one-hot rows; inputs as they are."""
        if x.is_floating_point():
            return x
        return nn.functional.one_hot(x.long(), self.rnn.input_size).to(torch.float32)

    def _read_out(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden, self.readout_weight, self.readout_bias)
