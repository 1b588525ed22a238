"""How layers of cells read a batch together, whatever the cells are."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnngraph.masks.layered import OUTSIDE


class Link(Protocol):
    """A cell between two layers, as `LayeredCell` is."""

    @property
    def source(self) -> int:
        """Layer whose output it reads; -1 for the network's input."""

    @property
    def target(self) -> int:
        """Layer that its state is added to."""


AnyLink = TypeVar("AnyLink", bound=Link)


def numbers(x: Tensor, embedding: Tensor | None, input_size: int, dtype: torch.dtype) -> Tensor:
    """What goes into the first layer: embeddings, one-hot tokens, or inputs as they are.

    Args:
        x: Tokens, integer, of any shape; or inputs, (..., input_size).
        embedding: (tokens, width), or None.
        input_size: Number of tokens or of input channels.
        dtype: Of what comes back.
    """
    if embedding is not None:
        return nn.functional.embedding(x.long(), embedding)
    if not x.is_floating_point():
        x = nn.functional.one_hot(x.long(), input_size)
    return x.to(dtype)


def pack(x: Tensor, lengths: Tensor | None) -> tuple[PackedSequence, Tensor]:
    """Pack a batch, (batch, steps, width); also the length of each sequence, on the CPU."""
    ends = torch.full((len(x),), x.shape[1]) if lengths is None else lengths.cpu()
    return pack_padded_sequence(x, ends, batch_first=True, enforce_sorted=False), ends


def through(
    links: Iterable[AnyLink], x: Tensor, run: Callable[[AnyLink, Tensor], Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs of the layers, the sums of their cells' states; and those states, cell by cell.

    Args:
        links: The cells, ordered by target, so that their sources come before them.
        x: What the network reads.
        run: Returns the states of a cell, for what it reads.
    """
    outputs: list[Tensor] = []
    states: list[Tensor] = []
    for link in links:
        states.append(run(link, x if link.source == OUTSIDE else outputs[link.source]))
        if link.target < len(outputs):
            outputs[link.target] = outputs[link.target] + states[-1]
        else:
            outputs.append(states[-1])
    return outputs, states


def read_out(
    packed: PackedSequence,
    ends: Tensor,
    readout: Callable[[Tensor], Tensor],
    *,
    steps: int | None = None,
) -> Tensor:
    """Outputs after the last step of each sequence; or of all steps, of which there are `steps`."""
    if steps is not None:
        rows = packed._replace(data=readout(packed.data))
        return pad_packed_sequence(rows, batch_first=True, total_length=steps)[0]
    starts = packed.batch_sizes.cumsum(0) - packed.batch_sizes
    order = packed.unsorted_indices
    assert order is not None
    return readout(packed.data[starts[ends - 1].to(packed.data.device) + order])
