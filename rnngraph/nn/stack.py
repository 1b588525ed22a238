"""Many networks of one cell as one stack of tensors, in torch's layout with a leading dimension.

Units are padded to a multiple of 16 with units that nothing reads and that stay at 0. This keeps
every row of every matrix on a 64-byte boundary, and so, among members of one padded size, a
matrix product gives a member the same bits whoever its stack mates are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._types import Cell
from rnngraph.masks import GATES
from rnngraph.nn.cells import N_STATES, STEPS
from rnngraph.nn.parameters import READOUT_BIAS, READOUT_WEIGHT

WEIGHT_IH, WEIGHT_HH = "weight_ih_l0", "weight_hh_l0"
BIAS_IH, BIAS_HH = "bias_ih_l0", "bias_hh_l0"
_ALIGNED_UNITS = 16


@dataclass(frozen=True, eq=False)
class Stack:
    """K single-layer networks.

    Attributes:
        cell: The cell of all members.
        parameters: By torch's names; leading dimension K, units padded.
        masks: Of the weights, as 0 and 1 in the parameters' type.
    """

    cell: Cell
    parameters: dict[str, Tensor]
    masks: dict[str, Tensor]

    @property
    def n_members(self) -> int:
        """Number of networks K."""
        return len(self.parameters[WEIGHT_HH])

    @property
    def n_units(self) -> int:
        """Number of hidden units of each, padding among them."""
        return self.parameters[WEIGHT_HH].shape[2]

    @property
    def device(self) -> torch.device:
        """Where the stack is."""
        return self.parameters[WEIGHT_HH].device

    @property
    def dtype(self) -> torch.dtype:
        """Type of the stack."""
        return self.parameters[WEIGHT_HH].dtype

    def outputs(
        self, steps: Sequence[Tensor], *, per_step: bool, most: Tensor | None = None
    ) -> Tensor:
        """Run a batch through every member.

        Args:
            steps: Inputs of the active rows of each step, (active, input_size).
            per_step: Read out every step instead of the last.
            most: Shape (K, units), raised to the largest |state| of each unit.

        Returns:
            Shape (K, rows, output_size); per step (K, sum of active rows, output_size), in step
            order.
        """
        p = self.parameters
        weight_ih, weight_hh = p[WEIGHT_IH].transpose(1, 2), p[WEIGHT_HH].transpose(1, 2)
        bias_ih, bias_hh = p[BIAS_IH].unsqueeze(1), p[BIAS_HH].unsqueeze(1)
        members, _, units = p[WEIGHT_HH].shape
        step = STEPS[self.cell]
        state = (steps[0].new_zeros(members, 0, units),) * N_STATES[self.cell]
        hidden = []
        for x in steps:
            starting = len(x) - state[0].shape[1]
            if starting:
                state = tuple(torch.nn.functional.pad(s, (0, 0, 0, starting)) for s in state)
            from_input = torch.baddbmm(bias_ih, x.expand(members, -1, -1), weight_ih)
            from_hidden = torch.baddbmm(bias_hh, state[0], weight_hh)
            state = step(from_input, from_hidden, state)
            if most is not None:
                torch.maximum(most, state[0].abs().amax(dim=1), out=most)
            if per_step:
                hidden.append(state[0])
        read = torch.cat(hidden, dim=1) if per_step else state[0]
        return torch.baddbmm(p[READOUT_BIAS].unsqueeze(1), read, p[READOUT_WEIGHT].transpose(1, 2))


def aligned(units: int) -> int:
    """Number of units after padding: the next multiple of 16."""
    return -(-units // _ALIGNED_UNITS) * _ALIGNED_UNITS


def build_stack(
    cell: Cell,
    members: Sequence[Mapping[str, NDArray[np.float64]]],
    masks: Sequence[Mapping[str, Tensor]],
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> Stack:
    """Stack the parameters and masks of single-layer networks, padded to one size.

    Args:
        cell: The cell of all members.
        members: Parameters of each, by torch's names.
        masks: Masks of each one's weights, at full shape.
        device: Where the stack goes.
        dtype: Type of the stack.
    """
    gates = len(GATES[cell])
    units = aligned(max(member[WEIGHT_HH].shape[1] for member in members))

    def stacked(values: Sequence[Mapping[str, NDArray[np.float64]]]) -> dict[str, Tensor]:
        return {
            name: torch.from_numpy(
                np.stack([_pad(name, value[name], gates, units) for value in values])
            ).to(device, dtype)
            for name in values[0]
        }

    as_numbers = [
        {name: mask.cpu().numpy().astype(np.float64) for name, mask in member.items()}
        for member in masks
    ]
    return Stack(cell, stacked(members), stacked(as_numbers))


def member_parameters(stack: Stack, member: int, units: int) -> dict[str, Tensor]:
    """Cut one member of `units` hidden units out of the stack: its parameters on the CPU."""
    gates = len(GATES[stack.cell])
    return {
        name: _unpad(name, value[member].detach().cpu(), gates, units)
        for name, value in stack.parameters.items()
    }


def _pad(name: str, value: NDArray[np.float64], gates: int, units: int) -> NDArray[np.float64]:
    """Pad hidden units, gate block by gate block, to `units`."""
    if name == READOUT_BIAS:
        return value
    if name == READOUT_WEIGHT:
        return np.pad(value, ((0, 0), (0, units - value.shape[1])))
    n = len(value) // gates
    blocks = value.reshape(gates, n, -1)
    sources = units - n if name == WEIGHT_HH else 0
    padded = np.pad(blocks, ((0, 0), (0, units - n), (0, sources)))
    return padded.reshape(gates * units, *padded.shape[2:]) if value.ndim == 2 else padded.ravel()


def _unpad(name: str, value: Tensor, gates: int, units: int) -> Tensor:
    if name == READOUT_BIAS:
        return value.clone()
    if name == READOUT_WEIGHT:
        return value[:, :units].clone()
    blocks = value.reshape(gates, len(value) // gates, -1)[:, :units]
    if name == WEIGHT_HH:
        blocks = blocks[..., :units]
    return blocks.reshape(gates * units, -1) if value.ndim == 2 else blocks.reshape(-1)
