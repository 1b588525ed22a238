import pytest
import torch
from torch import nn

from rnngraph._types import CELLS, Cell
from rnngraph.nn.cells import N_STATES, STEPS


@pytest.mark.parametrize("cell", CELLS)
def test_a_step_is_that_of_torch(cell: Cell) -> None:
    generator = torch.Generator().manual_seed(0)
    kinds = {
        "tanh": nn.RNNCell(3, 5),
        "relu": nn.RNNCell(3, 5, nonlinearity="relu"),
        "gru": nn.GRUCell(3, 5),
        "lstm": nn.LSTMCell(3, 5),
    }
    stock = kinds[cell].double()
    x = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    state = tuple(
        torch.randn(4, 5, generator=generator, dtype=torch.float64) for _ in range(N_STATES[cell])
    )
    expected = stock(x, state if cell == "lstm" else state[0])
    ours = STEPS[cell](
        nn.functional.linear(x, stock.weight_ih, stock.bias_ih),
        nn.functional.linear(state[0], stock.weight_hh, stock.bias_hh),
        state,
    )
    for mine, theirs in zip(ours, expected if cell == "lstm" else [expected], strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-14)
