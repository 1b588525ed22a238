from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.pruning import dispersion, gate_densities, mask_distance, random_masks


def blocks(*densities: float) -> torch.Tensor:
    """Gates of 4 units with 10 sources, each with its share of columns live."""
    return torch.cat([(torch.arange(10) < 10 * d).expand(4, 10) for d in densities])


def test_gates_are_whole_blocks_of_rows() -> None:
    masks = {"weight_hh_l0": blocks(0.1, 0.5, 1.0), "readout.weight": blocks(0.3)}
    densities = gate_densities(masks, {"weight_hh_l0": 3, "readout.weight": 1})
    assert densities["weight_hh_l0"] == pytest.approx([0.1, 0.5, 1.0])
    assert densities["readout.weight"] == pytest.approx([0.3])


def test_dispersion_in_closed_form() -> None:
    table = dispersion(
        {
            "even": blocks(0.5, 0.5),
            "one_gate": blocks(0, 0.5, 0, 0),
            "one_unit": torch.eye(8)[:, :1].bool().repeat(2, 3),
            "dead": blocks(0.0),
        },
        {"even": 2, "one_gate": 4, "one_unit": 2, "dead": 1},
    )
    assert list(table.columns) == ["gates_cv", "units_cv", "rows_cv"]
    assert table.loc["even"].tolist() == [0, 0, 0]
    # One of k has all: sqrt(k - 1).
    assert table.loc["one_gate"].tolist() == pytest.approx([3**0.5, 0, 3**0.5])
    assert table.loc["one_unit"].tolist() == pytest.approx([0, 7**0.5, 7**0.5])
    assert table.loc["dead"].isna().all()


def test_dispersion_is_numpy_s_coefficient_of_variation() -> None:
    masks = random_masks({"w": (30, 12)}, {"w": 0.4}, rng=5)
    live = masks["w"].numpy()
    units = sum(live[g * 10 : (g + 1) * 10].sum(axis=1) for g in range(3))
    row = dispersion(masks, {"w": 3}).loc["w"]
    assert row["units_cv"] == pytest.approx(np.std(units) / np.mean(units))
    rows = live.sum(axis=1)
    assert row["rows_cv"] == pytest.approx(np.std(rows) / np.mean(rows))


@pytest.mark.parametrize("function", [gate_densities, dispersion])
@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ({}, "`gates` must hold every parameter; got none for 'w'"),
        ({"w": 3}, "`gates` must divide the rows of 'w', 8; got 3"),
    ],
)
def test_wrong_gates_are_refused(
    function: Callable[..., object], gates: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        function({"w": blocks(0.5, 0.5)}, gates)


def test_distance_in_closed_form() -> None:
    a = {"v": torch.tensor([True, True, False, False]), "w": torch.tensor([[True]])}
    b = {"w": torch.tensor([[True]]), "v": torch.tensor([False, True, True, False])}
    assert mask_distance(a, b) == 2 / 4
    assert mask_distance(a, a) == 0
    assert mask_distance({"v": a["v"]}, {"v": ~a["v"]}) == 1
    assert mask_distance({"v": a["v"] & False}, {"v": a["v"] & False}) == 0
    assert mask_distance({}, {}) == 0


@given(densities=st.tuples(*[st.floats(0, 1)] * 3), seed=st.integers(0, 99))
def test_distance_is_a_metric(densities: tuple[float, ...], seed: int) -> None:
    a, b, c = (
        random_masks({"w": (4, 5)}, {"w": density}, rng=seed + i)
        for i, density in enumerate(densities)
    )
    assert mask_distance(a, b) == mask_distance(b, a)
    assert 0 <= mask_distance(a, b) <= 1
    assert mask_distance(a, c) <= mask_distance(a, b) + mask_distance(b, c) + 1e-12


@pytest.mark.parametrize("b", [{}, {"v": torch.ones(1).bool()}, {"w": torch.ones(1, 3).bool()}])
def test_masks_of_other_networks_have_no_distance(b: dict) -> None:
    message = r"`b` must have the names and shapes of `a`, \{'w': \(1, 2\)\}; got "
    with pytest.raises(InputError, match=message):
        mask_distance({"w": torch.ones(1, 2).bool()}, b)
