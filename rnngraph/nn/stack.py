"""Many networks of one cell as one stack of tensors, in torch's layout with a leading dimension.

Units of a layer are padded to a multiple of 16 with units that nothing reads and that stay at 0.
This keeps every row of every matrix on a 64-byte boundary, and so, among members of one padded
size, a matrix product gives a member the same bits whoever its stack mates are. A cell that only
some of them have is padding to the others: all of its weights and biases are 0, and its states.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._types import Cell
from rnngraph.masks import GATES, LayeredMask, RecurrentMask
from rnngraph.masks.layered import OUTSIDE
from rnngraph.nn.cells import N_STATES, Step
from rnngraph.nn.edges import Edges
from rnngraph.nn.parameters import READOUT_BIAS, READOUT_WEIGHT

WEIGHT_IH, WEIGHT_HH = "weight_ih_l0", "weight_hh_l0"
BIAS_IH, BIAS_HH = "bias_ih_l0", "bias_hh_l0"
EMBEDDING = "embedding.weight"
_ALIGNED_UNITS = 16

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Link:
    """A cell of a network, between two layers.

    Attributes:
        source: Layer whose output it reads; -1 for what comes in.
        target: Layer that its state is added to.
        prefix: What the names of its parameters begin with.
    """

    source: int
    target: int
    prefix: str


@dataclass(frozen=True, eq=False)
class Stack:
    """K networks.

    Attributes:
        cell: The cell of all members.
        links: Their cells, ordered by target; of some members, some may be padding.
        parameters: By the members' names; leading dimension K, padded.
        masks: As 0 and 1 in the parameters' type.
        edges: Live recurrent weights, by name, where products go along them.
        step: One time step of the cell.
    """

    cell: Cell
    links: tuple[Link, ...]
    parameters: dict[str, Tensor]
    masks: dict[str, Tensor]
    edges: dict[str, Edges]
    step: Step

    @property
    def n_members(self) -> int:
        """Number of networks K."""
        return len(self.parameters[READOUT_WEIGHT])

    @property
    def n_units(self) -> int:
        """Number of hidden units of a layer, padding among them."""
        return self.parameters[READOUT_WEIGHT].shape[2]

    @property
    def device(self) -> torch.device:
        """Where the stack is."""
        return self.parameters[READOUT_WEIGHT].device

    @property
    def dtype(self) -> torch.dtype:
        """Type of the stack."""
        return self.parameters[READOUT_WEIGHT].dtype

    def outputs(
        self, steps: Sequence[Tensor], *, per_step: bool, most: Tensor | None = None
    ) -> Tensor:
        """Run a batch through every member.

        Args:
            steps: Inputs of the active rows of each step, (active, input_size).
            per_step: Read out every step instead of the last.
            most: Shape (K, links * units), raised to the largest |state| of each unit.

        Returns:
            Shape (K, rows, output_size); per step (K, sum of active rows, output_size), in step
            order.
        """
        p = self.parameters
        given = [x.expand(self.n_members, -1, -1) for x in steps]
        if EMBEDDING in p:
            given = [torch.bmm(x, p[EMBEDDING]) for x in given]
        layers: list[list[Tensor]] = []
        for place, link in enumerate(self.links):
            states = self._states(link, given if link.source == OUTSIDE else layers[link.source])
            if most is not None:
                largest = most[:, place * self.n_units : (place + 1) * self.n_units]
                for state in states:
                    torch.maximum(largest, state.abs().amax(dim=1), out=largest)
            if link.target < len(layers):
                layers[link.target] = list(map(torch.add, layers[link.target], states))
            else:
                layers.append(states)
        read = torch.cat(layers[-1], dim=1) if per_step else layers[-1][-1]
        weight, bias = p[READOUT_WEIGHT], p[READOUT_BIAS].unsqueeze(1)
        if weight.shape[1] == 1:  # torch's product with one column is another for a lone network
            return (read * weight).sum(dim=2, keepdim=True) + bias
        return torch.baddbmm(bias, read, weight.transpose(1, 2))

    def _states(self, link: Link, read: Sequence[Tensor]) -> list[Tensor]:
        """State of a cell after each step, for what it reads: (K, active rows, units)."""
        weight_ih = self.parameters[link.prefix + WEIGHT_IH].transpose(1, 2)
        bias_ih = self.parameters[link.prefix + BIAS_IH].unsqueeze(1)
        recur = self._recurrence(link)
        state = (read[0].new_zeros(self.n_members, 0, self.n_units),) * N_STATES[self.cell]
        hidden = []
        for x in read:
            starting = x.shape[1] - state[0].shape[1]
            if starting:
                state = tuple(torch.nn.functional.pad(s, (0, 0, 0, starting)) for s in state)
            from_input = torch.baddbmm(bias_ih, x, weight_ih)
            state = self.step(from_input, recur(state[0]), state)
            hidden.append(state[0])
        return hidden

    def _recurrence(self, link: Link) -> Callable[[Tensor], Tensor]:
        """Give what a cell adds of its own states: weights times them, and the bias."""
        name = link.prefix + WEIGHT_HH
        weight, bias = self.parameters[name], self.parameters[link.prefix + BIAS_HH].unsqueeze(1)
        if name in self.edges:
            edges = self.edges[name]
            values = edges.values(weight)
            return lambda states: edges.product(states, values) + bias
        turned = weight.transpose(1, 2)
        return lambda states: torch.baddbmm(bias, states, turned)

    def keep(self, positions: Tensor) -> "Stack":
        """Make a stack of some of the networks, by their positions."""
        masks = {name: value[positions] for name, value in self.masks.items()}
        return replace(
            self,
            parameters={name: p.detach()[positions] for name, p in self.parameters.items()},
            masks=masks,
            edges={name: Edges.of(masks[name]) for name in self.edges},
        )

    def own_units(self, shapes: Mapping[str, Shape]) -> list[int]:
        """Which of the links * units are a member's, whose parameters have these shapes."""
        return [
            place * self.n_units + unit
            for place, link in enumerate(self.links)
            for unit in range(shapes.get(link.prefix + WEIGHT_HH, (0, 0))[1])
        ]

    def member(self, position: int, shapes: Mapping[str, Shape]) -> dict[str, Tensor]:
        """Cut out a member whose parameters have these shapes: copies on the CPU."""
        return {
            name: _unpad(
                self.parameters[name][position].detach().cpu(), _blocks(name, self.cell), shape
            )
            for name, shape in shapes.items()
        }


def links_of(mask: RecurrentMask | LayeredMask) -> tuple[Link, ...]:
    """Cells of a network of one layer, or of a layered one."""
    if not isinstance(mask, LayeredMask):
        return (Link(OUTSIDE, 0, ""),)
    return tuple(Link(part.source, part.target, f"cells.{part.name}.") for part in mask.cells)


def padded_shapes(cell: Cell, links: Sequence[Link], own: Mapping[str, Shape]) -> dict[str, Shape]:
    """Shapes of the parameters of these cells in the stack of a member with `own` shapes."""
    units, channels = n_padded(own)
    rows = len(GATES[cell]) * units
    shapes: dict[str, Shape] = {}
    if EMBEDDING in own:
        shapes[EMBEDDING] = (own[EMBEDDING][0], channels)
    for link in links:
        sources = channels if link.source == OUTSIDE else units
        shapes[link.prefix + WEIGHT_IH] = (rows, sources)
        shapes[link.prefix + WEIGHT_HH] = (rows, units)
        shapes[link.prefix + BIAS_IH] = shapes[link.prefix + BIAS_HH] = (rows,)
    shapes[READOUT_WEIGHT] = (own[READOUT_BIAS][0], units)
    shapes[READOUT_BIAS] = own[READOUT_BIAS]
    return shapes


def n_padded(own: Mapping[str, Shape]) -> tuple[int, int]:
    """Units of a layer, and what comes in, of a member whose parameters have these shapes.

    Inputs are as many as there are; the numbers that embed a token are padded as units are.
    """
    units = max(shape[1] for name, shape in own.items() if name.endswith(WEIGHT_HH))
    first = next(shape for name, shape in own.items() if name.endswith(WEIGHT_IH))
    return _aligned(units), _aligned(own[EMBEDDING][1]) if EMBEDDING in own else first[1]


def build_stack(
    cell: Cell,
    links: Sequence[Sequence[Link]],
    members: Sequence[Mapping[str, NDArray[np.float64]]],
    masks: Sequence[Mapping[str, Tensor]],
    *,
    device: torch.device,
    dtype: torch.dtype,
    step: Step,
    along_edges: bool,
) -> Stack:
    """Stack the parameters and masks of networks whose `n_padded` is the same, as is their depth.

    Args:
        cell: The cell of all members.
        links: Cells of each.
        members: Parameters of each, by their names.
        masks: Masks of each one's weights, at full shape.
        device: Where the stack goes.
        dtype: Type of the stack.
        step: One time step of the cell.
        along_edges: Whether recurrent products go along live weights, not by whole matrices.
    """
    # In one order whoever is there: states are added up in it.
    every = sorted(
        {link for own in links for link in own},
        key=lambda link: (link.target, link.source != link.target - 1, link.source),
    )
    own_shapes = {name: value.shape for name, value in members[0].items()}
    shapes = padded_shapes(cell, every, own_shapes)

    def stacked(name: str, values: Sequence[Mapping[str, NDArray[np.float64]]]) -> Tensor:
        padded = np.zeros((len(values), *shapes[name]))
        for to, value in zip(padded, values, strict=True):
            if name in value:
                _paste(to, value[name], _blocks(name, cell))
        return torch.from_numpy(padded).to(device, dtype)

    def is_masked(name: str) -> bool:
        return name in masks[0] or any(name not in member for member in members)

    live = [
        {
            name: masks_of[name].cpu().numpy().astype(np.float64)
            if name in masks_of
            else np.ones_like(value)
            for name, value in member.items()
        }
        for member, masks_of in zip(members, masks, strict=True)
    ]
    stacked_masks = {name: stacked(name, live) for name in shapes if is_masked(name)}
    return Stack(
        cell,
        tuple(every),
        {name: stacked(name, members) for name in shapes},
        stacked_masks,
        {
            name: Edges.of(mask)
            for name, mask in stacked_masks.items()
            if along_edges and name.endswith(WEIGHT_HH)
        },
        step,
    )


def _aligned(units: int) -> int:
    return -(-units // _ALIGNED_UNITS) * _ALIGNED_UNITS


def _blocks(name: str, cell: Cell) -> int:
    """Blocks of rows that are padded one by one: the gates of a cell's weights and biases."""
    return 1 if name in (EMBEDDING, READOUT_WEIGHT, READOUT_BIAS) else len(GATES[cell])


def _paste(to: NDArray[np.float64], value: NDArray[np.float64], blocks: int) -> None:
    """Copy a parameter to where it lies among padding."""
    by_block = value.reshape(blocks, len(value) // blocks, *value.shape[1:])
    places = to.reshape(blocks, len(to) // blocks, *to.shape[1:])
    places[tuple(map(slice, by_block.shape))] = by_block


def _unpad(value: Tensor, blocks: int, shape: Shape) -> Tensor:
    by_block = value.reshape(blocks, len(value) // blocks, *value.shape[1:])
    own = by_block[:, : shape[0] // blocks, *map(slice, shape[1:])]
    return own.clone().reshape(shape)
