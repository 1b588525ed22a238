"""The linear readout of a recurrent network, at every step or at each sequence's last one."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


def packed_batch(
    x: Tensor, lengths: Tensor | None, input_size: int, dtype: torch.dtype
) -> Tensor | PackedSequence:
    """Turn a checked batch, tokens or inputs, into what a stock module with `batch_first` reads.

    Args:
        x: Tokens, integer, (batch, steps), or inputs, (batch, steps, input_size).
        lengths: Steps of each sequence, (batch,); None means all.
        input_size: Number of tokens or of input channels.
        dtype: Type of the network's weights.
    """
    if not x.is_floating_point():
        x = nn.functional.one_hot(x.long(), input_size)
    x = x.to(dtype)
    if lengths is None:
        return x
    return pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)


def read_out_steps(
    hidden: Tensor | PackedSequence, weight: Tensor, bias: Tensor, steps: int
) -> Tensor:
    """Outputs of every step, (batch, steps, output_size), 0 past a sequence's end."""
    if isinstance(hidden, PackedSequence):
        rows = nn.functional.linear(hidden.data, weight, bias)
        packed = hidden._replace(data=rows)
        return pad_packed_sequence(packed, batch_first=True, total_length=steps)[0]
    return nn.functional.linear(hidden, weight, bias)


def read_out_last(
    state: Tensor | tuple[Tensor, ...], directions: int, weight: Tensor, bias: Tensor
) -> Tensor:
    """Outputs after the last real step, (batch, output_size), from a stock module's states."""
    h = state[0] if isinstance(state, tuple) else state
    last = h[-directions:].transpose(0, 1).flatten(1)
    return nn.functional.linear(last, weight, bias)
