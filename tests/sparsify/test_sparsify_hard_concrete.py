import copy
import math

import numpy as np
import pytest
import torch

from rnngraph.errors import InputError
from rnngraph.sparsify import HardConcrete, Shape, fold, forward

N = 4
SHAPE = Shape("lstm", 3, N, 2, embedding=2, layers=2)


def model(strength: float = 1.0, **more: float) -> HardConcrete:
    return HardConcrete(SHAPE, strength, rng=0, **more)


def gates(made: HardConcrete, times: int) -> np.ndarray:
    noise = torch.Generator().manual_seed(0)
    drawn = [made.draw(torch.tensor([[0]]), noise)[0].factors["units_l0"] for _ in range(times)]
    return torch.stack(drawn).detach().numpy()


def test_gates_are_open_as_often_as_is_said() -> None:
    made = model()
    with torch.no_grad():
        made.log_alpha[0].copy_(torch.tensor([-3.0, -1.0, 0.5, 2.0]))
    times = 4000
    drawn = gates(made, times)
    expected = made.open_probability()[0].detach().numpy()
    np.testing.assert_allclose((drawn > 0).mean(0), expected, atol=4.5 * 0.5 / math.sqrt(times))
    assert drawn.min() == 0
    assert drawn.max() == 1
    # By symmetry a gate is 1 as often as one of the opposite log alpha is 0.
    ones = 1 / (1 + np.exp(-np.array([-3.0, -1.0, 0.5, 2.0]) - 2 / 3 * math.log(0.1 / 1.1)))
    np.testing.assert_allclose((drawn == 1).mean(0), ones, atol=4.5 * 0.5 / math.sqrt(times))


def test_a_gate_is_one_number_a_batch() -> None:
    values, _ = model().draw(torch.zeros(5, 3, dtype=torch.int64), torch.Generator().manual_seed(0))
    assert {name: tuple(own.shape) for name, own in values.factors.items()} == {
        "units_l0": (N,), "units_l1": (N,),
    }  # fmt: skip


def test_the_penalty_is_the_expected_number_of_weights() -> None:
    """Against all patterns of the gates, with their probabilities."""
    made = model(strength=0.5)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for own in made.log_alpha:
            own.copy_(torch.randn(N, generator=draw))
    p, q = (own.detach() for own in made.open_probability())
    total = 0.0
    for pattern in range(2 ** (2 * N)):
        bits = torch.tensor([pattern >> k & 1 for k in range(2 * N)]).bool()
        below, above = bits[:N], bits[N:]
        chance = torch.where(below, p, 1 - p).prod() * torch.where(above, q, 1 - q).prod()
        n, m = int(below.sum()), int(above.sum())
        total += float(chance) * (4 * (2 * n + n * n) + 4 * (n * m + m * m) + 2 * m)
    assert float(made.penalty().detach()) == pytest.approx(0.5 * total, rel=1e-5)


def test_the_strength_grows_after_the_delay_and_a_checkpoint_knows_when() -> None:
    made = model(early=0.25, delay=2)
    first = float(made.penalty().detach())
    for _ in range(2):
        assert float(made.penalty().detach()) == pytest.approx(first)
        made.after_update(0.1)
    assert float(made.penalty().detach()) == pytest.approx(4 * first)
    fresh = model(early=0.25, delay=2)
    fresh.load_state_dict(copy.deepcopy(made.state_dict()))
    assert float(fresh.penalty().detach()) == pytest.approx(4 * first)


@torch.no_grad()
def test_in_use_a_gate_below_the_threshold_cuts_its_unit_out() -> None:
    made = model()
    # clip(sigmoid(a) * 1.2 - 0.1): 0.3 at sigmoid(a) = 1 / 3.
    edge = math.log(0.5)
    made.log_alpha[0].copy_(torch.tensor([edge - 0.01, edge + 0.01, 9.0, -9.0]))
    made.log_alpha[1].fill_(9.0)
    means = made.means()
    found = means.factors["units_l0"].tolist()
    assert found[0] == found[3] == 0
    assert found[1] == pytest.approx(0.3, abs=0.01)
    assert found[2] == 1
    small = fold(SHAPE, means)
    assert [int(units.sum()) for units in small.structure.units] == [2, 4]
    x = torch.tensor([[0, 1, 2, 2]])
    torch.testing.assert_close(small(x)[0], forward(SHAPE, means, x)[0])


def test_gates_learn() -> None:
    made = model()
    values, x = made.draw(torch.tensor([[0, 1]] * 3), torch.Generator().manual_seed(0))
    (forward(SHAPE, values, x)[0].square().sum() + made.penalty()).backward()
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
    assert all((own.grad != 0).all() for own in made.log_alpha)


def test_bad_arguments_are_named() -> None:
    for call, message in [
        (lambda: model(-1.0), "`strength` must be a number >= 0; got -1.0"),
        (lambda: model(early=2.0), r"`early` must be a number in \[0, 1\]; got 2.0"),
        (lambda: model(delay=-1), "`delay` must be an integer >= 0; got -1"),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
