"""A sparse `LayeredRNN`: its cells, embedding and readout, called like the original."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnngraph._check import check_bool
from rnngraph.errors import InputError
from rnngraph.masks.layered import LayeredCell
from rnngraph.nn.inputs import Lengths, check_batch, check_step
from rnngraph.nn.layers import numbers, pack, read_out, through
from rnngraph.nn.sparse.module import SparseRNN, States


@dataclass(frozen=True)
class SparseLink:
    """Where a cell is: the layer that it reads, -1 for the input, and that of its units."""

    source: int
    target: int

    @property
    def name(self) -> str:
        """As in `LayeredCell`."""
        return LayeredCell.name_of(self.source, self.target)


class SparseLayeredRNN(nn.Module):
    """A pruned `LayeredRNN` for inference; see `compact`, which makes it.

    Attributes:
        links: Where each cell is, by target.
        cells: The cells, by the names that `LayeredRNN` gives them.
        input_size: Number of tokens or of input channels.
        embedding: Dense, (input_size, width); None where the network embeds no tokens.
        readout_weight: Dense, (output_size, units of the last layer).
        readout_bias: (output_size,).
    """

    embedding: Tensor | None
    readout_weight: Tensor
    readout_bias: Tensor

    def __init__(
        self,
        cells: Mapping[SparseLink, SparseRNN],
        embedding: Tensor | None,
        weight: Tensor,
        bias: Tensor,
    ) -> None:
        super().__init__()
        self.links = tuple(cells)
        self.cells = nn.ModuleDict({link.name: cell for link, cell in cells.items()})
        first = next(iter(cells.values())).input_size
        self.input_size = first if embedding is None else len(embedding)
        self.register_buffer("embedding", embedding)
        self.register_buffer("readout_weight", weight)
        self.register_buffer("readout_bias", bias)

    @property
    def output_size(self) -> int:
        """Number of outputs."""
        return len(self.readout_bias)

    @property
    def backend(self) -> str:
        """Who runs the cells: "native" or "reference"."""
        return self.cell(self.links[0]).backend

    def cell(self, link: SparseLink) -> SparseRNN:
        """The cell of a place."""
        cell = self.cells[link.name]
        assert isinstance(cell, SparseRNN)
        return cell

    @torch.no_grad()
    def forward(
        self, x: Tensor, lengths: Lengths | None = None, *, per_step: bool = False
    ) -> Tensor:
        """Read sequences and return their outputs; see `LayeredRNN.forward`."""
        check_bool("per_step", per_step)
        tokens_only = self.embedding is not None
        lengths = check_batch(x, lengths, self.input_size, tokens_only=tokens_only)
        packed, ends = pack(self._numbers(x), lengths)

        def run(link: SparseLink, read: Tensor) -> Tensor:
            states: Tensor = self.cell(link)(packed._replace(data=read))[0].data
            return states

        last = packed._replace(data=through(self.links, packed.data, run)[0][-1])
        return read_out(last, ends, self._read_out, steps=x.shape[1] if per_step else None)

    @torch.no_grad()
    def step(
        self, x: Tensor, state: tuple[States, ...] | None = None
    ) -> tuple[Tensor, tuple[States, ...]]:
        """Read one step of each sequence of a stream.

        Args:
            x: Tokens, integer, (batch,), or inputs, (batch, input_size).
            state: What the last step returned, the states of each cell; None at the first.

        Returns:
            Outputs, (batch, output_size), and the states.

        Raises:
            InputError: `x` or `state` has another shape.
        """
        check_step(x, self.input_size, tokens_only=self.embedding is not None)
        if state is not None and (not isinstance(state, tuple) or len(state) != len(self.links)):
            got = f"{len(state)}" if isinstance(state, tuple) else type(state).__name__
            raise InputError(
                f"`state` must be a tuple of the states of {len(self.links)} cells; got {got}."
            )
        before = dict(zip(self.links, state or (None,) * len(self.links), strict=True))
        after: list[States] = []

        def run(link: SparseLink, read: Tensor) -> Tensor:
            output, states = self.cell(link).step(read, before[link])
            after.append(states)
            return output

        outputs = through(self.links, self._numbers(x), run)[0]
        return self._read_out(outputs[-1]), tuple(after)

    def _numbers(self, x: Tensor) -> Tensor:
        return numbers(x, self.embedding, self.input_size, torch.float32)

    def _read_out(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden, self.readout_weight, self.readout_bias)
