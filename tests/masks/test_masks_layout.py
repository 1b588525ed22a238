"""Names and order of the blocks, held against what torch's own cells compute."""

import numpy as np
import pytest
import torch
from torch import nn

from rnngraph._types import CELLS, Cell
from rnngraph.masks import GATES
from rnngraph.masks.layout import (
    DIRECTIONS,
    parameter_name,
    parameter_names,
    split_gates,
    stack_gates,
)

N = 3


def _saturated_step(cell: Cell, **gates: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One step from h0 (and c0) with the named gates driven by a large bias."""
    network = (nn.GRU if cell == "gru" else nn.LSTM)(1, N, dtype=torch.float64)
    h0 = torch.linspace(-0.6, 0.7, N, dtype=torch.float64).reshape(1, N)
    c0 = torch.linspace(0.2, 0.9, N, dtype=torch.float64).reshape(1, N)
    with torch.no_grad():
        for name, value in gates.items():
            start = GATES[cell].index(name) * N
            network.get_parameter("bias_ih_l0")[start : start + N] = value
        _, state = network(
            torch.zeros(1, 1, dtype=torch.float64), h0 if cell == "gru" else (h0, c0)
        )
    return (state, h0, c0) if cell == "gru" else (torch.stack(state), h0, c0)


def test_every_cell_has_its_gates() -> None:
    assert tuple(GATES) == CELLS


def test_gru_update_gate_is_where_torch_has_it() -> None:
    after, h0, _ = _saturated_step("gru", z=1e3)
    torch.testing.assert_close(after, h0)


def test_gru_new_gate_is_where_torch_has_it() -> None:
    after, _, _ = _saturated_step("gru", z=-1e3, n=1e3)
    torch.testing.assert_close(after, torch.ones_like(after))


def test_lstm_forget_and_input_gates_are_where_torch_has_them() -> None:
    (_, cell), _, c0 = _saturated_step("lstm", f=1e3, i=-1e3)
    torch.testing.assert_close(cell, c0)


def test_lstm_cell_gate_is_where_torch_has_it() -> None:
    (_, cell), _, _ = _saturated_step("lstm", f=-1e3, i=1e3, g=1e3)
    torch.testing.assert_close(cell, torch.ones_like(cell))


def test_lstm_output_gate_is_where_torch_has_it() -> None:
    (hidden, _), _, _ = _saturated_step("lstm", o=-1e3)
    torch.testing.assert_close(hidden, torch.zeros_like(hidden))


def test_parameter_names_are_torchs() -> None:
    network = nn.LSTM(2, N, num_layers=2, bidirectional=True, proj_size=2)
    ours = {
        parameter_name(block, layer, direction)
        for block in ("ih", "hh", "hr")
        for layer in (0, 1)
        for direction in DIRECTIONS
    }
    assert ours == {name for name, _ in network.named_parameters() if name.startswith("weight")}
    for bias in (True, False):
        plain = nn.GRU(2, N, num_layers=2, bidirectional=True, bias=bias)
        in_order = [
            name
            for layer in (0, 1)
            for direction in DIRECTIONS
            for name in parameter_names(layer, direction, bias=bias)
        ]
        assert in_order == [name for name, _ in plain.named_parameters()]


@pytest.mark.parametrize("gates", [1, 3, 4])
def test_split_undoes_stack(gates: int) -> None:
    blocks = np.random.default_rng(0).random((gates, 5, 4)) < 0.5
    stacked = stack_gates(list(blocks))
    assert stacked.shape == (gates * 4, 5)
    assert stacked.is_contiguous()
    np.testing.assert_array_equal(split_gates(stacked, gates), blocks)


def test_stacked_row_is_a_target_and_column_a_source() -> None:
    edge = np.zeros((4, 4), dtype=bool)
    edge[1, 3] = True
    assert stack_gates([edge, edge]).nonzero().tolist() == [[3, 1], [4 + 3, 1]]
