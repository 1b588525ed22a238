import pytest
import torch
from torch import Tensor, nn

from rnngraph.errors import InputError
from rnngraph.masks import GATES
from rnngraph.sparsify import scan
from rnngraph.sparsify.scan import N_STATES

CELLS = tuple(N_STATES)
N, STEPS, BATCH = 3, 4, 2
RUNNING = torch.tensor([[1, 1], [1, 1], [1, 0], [0, 0]], dtype=torch.bool)


def arguments(cell: str) -> list[Tensor]:
    """Products with the inputs, weight, bias, gates, units."""
    draw = torch.Generator().manual_seed(0)
    wide = len(GATES[cell]) * N
    sizes = [(STEPS, BATCH, wide), (wide, N), (wide,), (BATCH, wide), (1, N)]
    return [torch.randn(s, generator=draw, dtype=torch.float64, requires_grad=True) for s in sizes]


def state(cell: str) -> tuple[Tensor, ...]:
    draw = torch.Generator().manual_seed(1)
    return tuple(
        torch.randn(BATCH, N, generator=draw, dtype=torch.float64) for _ in range(N_STATES[cell])
    )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("running", [None, RUNNING])
@pytest.mark.parametrize("factors", ["none", "gates", "units", "both"])
def test_gradients_are_those_of_finite_differences(
    cell: str, running: Tensor | None, factors: str
) -> None:
    x, weight, bias, gates, units = arguments(cell)
    own = {"gates": gates, "units": units}
    used = {name: own[name] for name in own if factors in (name, "both")}

    def outputs(x: Tensor, weight: Tensor, bias: Tensor, *given: Tensor) -> Tensor:
        chosen = dict(zip(used, given, strict=True))
        return scan(cell, x, weight, bias, state(cell), running=running, **chosen)[0]

    assert torch.autograd.gradcheck(outputs, (x, weight, bias, *used.values()))


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_without_factors_it_is_torchs_cell(cell: str) -> None:
    x, weight, bias, *_ = arguments(cell)
    stock = (nn.LSTM if cell == "lstm" else nn.GRU)(x.shape[2], N, dtype=torch.float64)
    stock.weight_ih_l0.copy_(torch.eye(x.shape[2]))
    stock.weight_hh_l0.copy_(weight)
    stock.bias_ih_l0.copy_(bias)
    stock.bias_hh_l0.zero_()
    first = state(cell)
    begun = tuple(part.unsqueeze(0) for part in first)
    expected, after = stock(x, begun if cell == "lstm" else begun[0])
    outputs, last = scan(cell, x, weight, bias, first)
    torch.testing.assert_close(outputs, expected, rtol=1e-12, atol=1e-12)
    for own, theirs in zip(last, after if cell == "lstm" else (after,), strict=True):
        torch.testing.assert_close(own, theirs[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_factors_of_a_whole_batch_are_weights(cell: str) -> None:
    """Gates scale rows; units scale columns, and what is read."""
    x, weight, bias, gates, units = arguments(cell)
    zero = tuple(torch.zeros_like(part) for part in state(cell))
    outputs, _ = scan(cell, x, weight, bias, zero, gates=gates[:1], units=units)
    row, column = gates[0], units[0]
    folded, _ = scan(cell, x * row, row[:, None] * weight * column, bias, zero)
    torch.testing.assert_close(outputs, folded * column, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_a_gate_of_factor_0_does_not_hang_on_its_inputs(cell: str) -> None:
    """Its value is activation(bias), and what comes in makes no difference to the outputs."""
    x, weight, bias, gates, _ = arguments(cell)
    gates = gates.clone()
    for k in range(len(GATES[cell])):
        silent = gates.clone()
        silent[:, k * N] = 0
        outputs, _ = scan(cell, x, weight, bias, state(cell), gates=silent)
        disturbed, moved = x.clone(), weight.clone()
        disturbed[..., k * N] += 1
        moved[k * N] += 1
        again, _ = scan(cell, disturbed, moved, bias, state(cell), gates=silent)
        assert torch.equal(outputs, again)


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_a_sequence_stops_at_its_end_and_no_company_changes_it(cell: str) -> None:
    x, weight, bias, gates, units = arguments(cell)
    first = state(cell)
    outputs, last = scan(cell, x, weight, bias, first, gates=gates, units=units, running=RUNNING)
    for row, length in enumerate(RUNNING.sum(0).tolist()):
        alone, end = scan(
            cell, x[:length, row : row + 1], weight, bias,
            tuple(part[row : row + 1] for part in first),
            gates=gates[row : row + 1], units=units,
        )  # fmt: skip
        torch.testing.assert_close(outputs[:length, row], alone[:, 0], rtol=1e-12, atol=1e-12)
        for step in range(length, STEPS):
            assert torch.equal(outputs[step, row], outputs[length - 1, row])
        for whole, part in zip(last, end, strict=True):
            torch.testing.assert_close(whole[row], part[0], rtol=1e-12, atol=1e-12)


def test_an_unknown_cell_is_named() -> None:
    x, weight, bias, _, _ = arguments("gru")
    with pytest.raises(InputError, match="^`cell` must be one of gru, lstm; got 'GRU'"):
        scan("GRU", x, weight, bias, state("gru"))  # type: ignore[arg-type]
