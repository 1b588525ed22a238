import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.pruning import erdos_renyi, random_masks
from tests.pruning.updates import n_live

SHAPES = {"weight_ih_l0": (64, 16), "weight_hh_l0": (64, 64), "readout.weight": (10, 64)}


def test_densities_are_proportional_to_the_sum_over_the_product() -> None:
    densities = erdos_renyi(SHAPES, 0.1)
    epsilons = {
        name: densities[name] * n_out * n_in / (n_out + n_in)
        for name, (n_out, n_in) in SHAPES.items()
    }
    # Whole weights: each count, of 2 n epsilon and more, is off by less than 1.
    assert max(epsilons.values()) - min(epsilons.values()) < 2 / 74


def test_a_square_and_a_wide_one_in_closed_form() -> None:
    # Raw densities 2/10 and 110/1000; epsilon (100 * 0.2 + 1000 * 0.11) = 0.13 * 1100.
    densities = erdos_renyi({"a": (10, 10), "b": (10, 100)}, 0.13)
    assert densities == pytest.approx({"a": 0.22, "b": 0.121})


def test_what_would_be_too_dense_is_dense_and_the_others_take_the_rest() -> None:
    # At 0.5 the readout would get 1.9 of its weights.
    densities = erdos_renyi({"readout.weight": (1, 20), "weight_hh_l0": (20, 20)}, 0.5)
    assert densities == {"readout.weight": 1.0, "weight_hh_l0": 190 / 400}


@settings(deadline=None, max_examples=200)
@given(
    shapes=st.lists(st.lists(st.integers(1, 30), min_size=2, max_size=4), min_size=1, max_size=6),
    density=st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, 1 / 3])),
    kernel=st.booleans(),
)
def test_the_number_of_weights_is_exact_and_wider_is_sparser(
    shapes: list[list[int]], density: float, kernel: bool
) -> None:
    named = {f"w{i}": tuple(shape) for i, shape in enumerate(shapes)}
    sizes = {name: math.prod(shape) for name, shape in named.items()}
    densities = erdos_renyi(named, density, kernel=kernel)
    masks = random_masks(named, densities, rng=0)
    assert sum(n_live(masks).values()) == round(density * sum(sizes.values()))
    assert n_live(masks) == {n: pytest.approx(densities[n] * sizes[n]) for n in named}
    raw = {n: sum(s[: len(s) if kernel else 2]) / math.prod(s[: len(s) if kernel else 2])
           for n, s in named.items()}  # fmt: skip
    for a in named:
        for b in named:
            if raw[a] > raw[b]:
                assert densities[a] >= densities[b] - 1 / sizes[a] - 1 / sizes[b]


def test_kernels_count_only_if_told_to_and_are_the_same_for_matrices() -> None:
    assert erdos_renyi(SHAPES, 0.2, kernel=True) == erdos_renyi(SHAPES, 0.2)
    shapes = {"weight_hh_l0": (50, 50), "conv.weight": (50, 50, 5, 5)}
    plain = erdos_renyi(shapes, 0.1)
    assert plain["conv.weight"] == pytest.approx(plain["weight_hh_l0"], abs=1e-3)
    kernel = erdos_renyi(shapes, 0.005, kernel=True)
    ratio = (110 / (2500 * 25)) / (100 / 2500)
    assert kernel["conv.weight"] / kernel["weight_hh_l0"] == pytest.approx(ratio, rel=1e-2)


def test_gates_are_matrices_of_their_own_if_told_to() -> None:
    shapes = {"weight_ih_l0": (120, 5), "weight_hh_l0": (120, 30)}
    gates = {"weight_ih_l0": 4, "weight_hh_l0": 4}
    densities = erdos_renyi(shapes, 0.3, gates=gates)
    one_gate = erdos_renyi({"weight_ih_l0": (30, 5), "weight_hh_l0": (30, 30)}, 0.3)
    assert densities == pytest.approx(one_gate, abs=1 / 150)
    assert abs(erdos_renyi(shapes, 0.3)["weight_ih_l0"] - densities["weight_ih_l0"]) > 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"density": 1.2}, r"`density` must be a number in \[0, 1\]; got 1.2"),
        ({"density": -0.2}, r"`density` must be a number in \[0, 1\]; got -0.2"),
        ({"shapes": {}}, "`shapes` must hold a parameter; got none"),
        (
            {"shapes": {"bias_hh_l0": (3,)}},
            r"`shapes` must have two dimensions or more; got 'bias_hh_l0' with \(3,\)",
        ),
        (
            {"shapes": {"weight_ih_l0": (3, 0)}},
            r"`shapes\['weight_ih_l0'\]` must be an integer >= 1; got 0",
        ),
        ({"gates": {}}, "`gates` must hold every parameter; got none for 'weight_ih_l0'"),
        (
            {"gates": dict.fromkeys(SHAPES, 3)},
            "`gates` must divide the rows of 'weight_ih_l0', 64; got 3",
        ),
    ],
)
def test_erdos_renyi_refuses_bad_input(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        erdos_renyi(**{"shapes": SHAPES, "density": 0.1, **arguments})


def test_random_masks_are_keyed_by_name_and_seed() -> None:
    densities = erdos_renyi(SHAPES, 0.1)
    masks = random_masks(SHAPES, densities, rng=1)
    alone = random_masks({"weight_hh_l0": (64, 64)}, densities, rng=1)
    assert (masks["weight_hh_l0"] == alone["weight_hh_l0"]).all()
    other = random_masks(SHAPES, densities, rng=2)
    assert (masks["weight_hh_l0"] != other["weight_hh_l0"]).any()
    square = random_masks({"a": (20, 20), "b": (20, 20)}, {"a": 0.5, "b": 0.5}, rng=0)
    assert (square["a"] != square["b"]).any()


def test_random_masks_are_uniform() -> None:
    rng = np.random.default_rng(0)
    counts = sum(
        random_masks({"w": (4, 5)}, {"w": 0.3}, rng=rng)["w"].numpy().astype(int)
        for _ in range(2000)
    )
    # Chi-squared of 20 cells with 6 drawn without replacement, scaled to 19 degrees of freedom.
    chi = ((counts - 600) ** 2).sum() / (2000 * 0.3 * 0.7) * 19 / 20
    assert chi < 43.8  # its 99.9 % point


@pytest.mark.parametrize(
    ("densities", "message"),
    [
        ({"w": 1.01}, r"`densities\['w'\]` must be a number in \[0, 1\]; got 1.01"),
        ({"v": 0.1}, "`densities` must hold every parameter; got none for 'w'"),
    ],
)
def test_random_masks_refuse_bad_input(densities: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        random_masks({"w": (2, 2)}, densities, rng=0)
