from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.pruning import SET, Method, RigL, SelfishRNN, Update, gate_densities, random_masks
from tests.pruning.updates import n_live, random_weights, update_of

METHODS = {
    "SET": lambda **kwargs: SET(**{"every": 1, **kwargs}),
    "RigL": lambda **kwargs: RigL(**{"every": 1, "end": 100, **kwargs}),
    "SelfishRNN": lambda **kwargs: SelfishRNN(**{"every": 1, "end": 100, **kwargs}),
}
Make = Callable[..., Method]


@pytest.fixture(params=METHODS)
def make(request: pytest.FixtureRequest) -> Make:
    return METHODS[request.param]


def sparse_update(density: float = 0.4, step: int = 1, seed: int = 0) -> Update:
    """A GRU's update; pruned weights hold what the optimiser would leave there."""
    shapes = {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 4)}
    return update_of(
        random_weights(seed, **shapes),
        step,
        masks=random_masks(shapes, dict.fromkeys(shapes, density), rng=seed),
        gradients=random_weights(seed + 1, **shapes),
        gates=dict.fromkeys(shapes, 3),
        seed=seed,
    )


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(sorted(METHODS)),
    fraction=st.floats(0, 1),
    density=st.floats(0, 1),
    step=st.integers(1, 99),
    seed=st.integers(0, 99),
)
def test_the_number_of_live_weights_of_a_parameter_never_changes(
    name: str, fraction: float, density: float, step: int, seed: int
) -> None:
    update = sparse_update(density, step, seed)
    before = {n: m.clone() for n, m in update.masks.items()}
    masks = METHODS[name](fraction=fraction)(update)
    assert n_live(masks) == n_live(before)
    assert all(m.dtype == torch.bool and m.shape == before[n].shape for n, m in masks.items())
    assert all(torch.equal(update.masks[n], m) for n, m in before.items())


def test_masks_depend_on_the_stream_alone_and_not_on_other_parameters(make: Make) -> None:
    one, again, other = (make()(sparse_update(seed=seed)) for seed in (3, 3, 4))
    assert all(torch.equal(one[n], again[n]) for n in one)
    assert any(not torch.equal(one[n], other[n]) for n in one)
    update = sparse_update(seed=3)
    name = "weight_hh_l0"
    fewer = update_of(
        {name: update.weights[name]},
        1,
        masks={name: update.masks[name]},
        gradients={name: update.gradients[name]},
        seed=3,
    )
    assert torch.equal(make()(fewer)[name], one[name])


def test_masks_change_every_so_many_steps_before_the_end(make: Make) -> None:
    method = make(every=10, end=40)
    assert [t for t in range(1, 60) if method(sparse_update(step=t))] == [10, 20, 30]


def test_nothing_is_dropped_at_fraction_0(make: Make) -> None:
    update = sparse_update()
    masks = make(fraction=0.0)(update)
    assert all(torch.equal(masks[n], m) for n, m in update.masks.items())


def test_dense_and_empty_parameters_stay_so(make: Make) -> None:
    for density in (0.0, 1.0):
        update = sparse_update(density)
        masks = make(fraction=0.7)(update)
        assert all(torch.equal(masks[n], m) for n, m in update.masks.items())


def test_weights_live_only_within(make: Make) -> None:
    update = sparse_update(0.3)
    name = "weight_hh_l0"
    free = update.masks[name].clone()
    free[:, 0] = True
    masks = make(fraction=1.0, within={name: free})(update)
    assert n_live(masks) == n_live(update.masks)
    assert (free | ~masks[name]).all()
    free_to_move = make(fraction=1.0)(update)
    assert (free_to_move[name] & ~free).any()


# ---- what is dropped ----


def test_set_drops_the_nearest_to_zero_of_each_sign() -> None:
    live = torch.tensor([[0.1, 0.2, 0.3, 0.4, -5.0, -6.0, -7.0, -8.0]])
    weights = torch.cat([live, torch.zeros(1, 8)], dim=1)
    masks = {"w": weights != 0}
    kept = torch.zeros(16, dtype=torch.bool)
    for seed in range(40):
        update = update_of({"w": weights}, 1, masks=masks, seed=seed)
        (mask,) = SET(0.5, every=1)(update).values()
        # By size alone all positive ones would go.
        assert mask[0, [2, 3, 6, 7]].all()
        assert mask.sum() == 8
        kept |= mask[0]
    assert kept.all()  # what was just dropped is among those that may grow


def test_set_counts_zero_as_positive_and_rounds_each_sign() -> None:
    weights = torch.tensor([[0.0, 1.0, 2.0, -1.0, -2.0] + [0.0] * 200])
    masks = {"w": torch.arange(205)[None] < 5}
    gone = [0, 3]  # round(0.4 * 3) = 1 and round(0.4 * 2) = 1
    update = update_of({"w": weights}, 1, masks=masks, seed=1)
    (mask,) = SET(0.4, every=1)(update).values()
    assert mask[0, [1, 2, 4]].all()
    assert not mask[0, gone].any()


@pytest.mark.parametrize("name", ["RigL", "SelfishRNN"])
def test_the_smallest_go_of_either_sign(name: str) -> None:
    weights = torch.tensor([[0.1, 0.2, -0.3, 0.4, -5.0, -6.0] + [9.0] * 500])
    masks = {"w": torch.arange(506)[None] < 6}
    gradients = {"w": torch.linspace(0, 1, 506)[None]}
    update = update_of({"w": weights}, 1, masks=masks, gradients=gradients)
    (mask,) = METHODS[name](fraction=0.5, decay="constant")(update).values()
    assert mask[0, :6].tolist() == [False, False, False, True, True, True]


# ---- what is grown ----


def test_rigl_grows_where_the_gradient_is_largest_of_what_does_not_live_then() -> None:
    assert RigL.dense_gradients
    weights = torch.tensor([[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]])
    masks = {"w": torch.arange(8)[None] < 4}
    method = RigL(0.5, every=1, end=10, decay="constant")

    def live(gradient: list[float]) -> list[int]:
        gradients = {"w": torch.tensor([gradient])}
        (mask,) = method(update_of({"w": weights}, 1, masks=masks, gradients=gradients)).values()
        return mask[0].nonzero()[:, 0].tolist()

    assert live([0, 0, 99, 99, 1, -5, 3, 2]) == [2, 3, 5, 6]
    assert live([-9, 0, 99, 99, 1, 5, 3, 2]) == [0, 2, 3, 5]  # 0 was just dropped


@pytest.mark.parametrize("name", ["SET", "SelfishRNN"])
def test_random_growth_is_uniform(name: str) -> None:
    weights = torch.cat([torch.full((1, 6), 5.0), torch.zeros(1, 30)], dim=1)
    masks = {"w": weights != 0}
    counts = np.zeros(36)
    for seed in range(2000):
        update = update_of({"w": weights}, 1, masks=masks, seed=seed)
        (mask,) = METHODS[name](fraction=1.0).__call__(update).values()
        counts += mask[0].numpy()
    n, p = 2000, 6 / 36
    chi = ((counts - n * p) ** 2).sum() / (n * p * (1 - p)) * 35 / 36
    assert chi < 66.6  # 99.9 % point of 35 degrees of freedom


def test_gates_of_a_selfish_rnn_compete() -> None:
    weights = torch.ones(30, 10)
    weights[:10] = 0.01  # the first gate's weights are smaller
    masks = {"w": torch.from_numpy(np.random.default_rng(0).random((30, 10)) < 0.3)}
    update = update_of({"w": weights}, 1, masks=masks, gates={"w": 3})
    after = SelfishRNN(0.3, every=1, end=1000)(update)
    first, *others = gate_densities(after, {"w": 3})["w"] - gate_densities(masks, {"w": 3})["w"]
    assert first < -0.1
    assert min(others) > 0


# ---- schedules ----


@pytest.mark.parametrize("name", ["RigL", "SelfishRNN"])
def test_the_share_falls_along_a_cosine(name: str) -> None:
    method = METHODS[name](fraction=0.4, end=200, every=100)
    shares = [method.share(step) for step in (0, 50, 100, 150, 200, 900)]
    assert shares == pytest.approx([0.4, 0.2 * (1 + 0.5**0.5), 0.2, 0.2 * (1 - 0.5**0.5), 0, 0])
    constant = METHODS[name](fraction=0.4, end=200, every=100, decay="constant")
    assert {constant.share(step) for step in (0, 50, 200)} == {0.4}


@pytest.mark.parametrize("name", ["RigL", "SelfishRNN"])
def test_exactly_the_share_of_the_step_goes(name: str) -> None:
    weights = {"w": torch.arange(1.0, 10001).view(100, 100)}
    masks = {"w": torch.arange(10000).view(100, 100) < 50}
    method = METHODS[name](fraction=0.8, end=100)
    gradients = {"w": weights["w"]}  # grows far from what is dropped
    for step in (1, 25, 50, 75, 99):
        (mask,) = method(update_of(weights, step, masks=masks, gradients=gradients)).values()
        dropped = masks["w"] & ~mask
        expected = round(method.share(step) * 50)
        if name == "RigL":
            assert dropped.sum() == expected
        assert not dropped.flatten()[expected:].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fraction": 1.5}, r"`fraction` must be a number in \[0, 1\]; got 1.5"),
        ({"fraction": -1}, r"`fraction` must be a number in \[0, 1\]; got -1"),
        ({"every": 0}, "`every` must be an integer >= 1; got 0"),
        ({"every": 2.5}, "`every` must be an integer >= 1; got 2.5"),
        ({"every": 50, "end": 50}, "`end` must come after the first update, which is at step 50;"),
        ({"end": -3}, "`end` must come after the first update, which is at step 1; got -3"),
    ],
)
def test_bad_schedules_are_refused(make: Make, arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(**arguments)


@pytest.mark.parametrize("name", ["RigL", "SelfishRNN"])
def test_an_unknown_decay_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="`decay` must be one of cosine, constant; got 'linear'"):
        METHODS[name](decay="linear")


def wrong_within(update: Update) -> list[tuple[dict[str, Tensor], str]]:
    name = "weight_hh_l0"
    lacking = update.masks[name].clone()
    lacking.view(-1)[lacking.flatten().nonzero()[0]] = False
    return [
        (
            {"weight_hh_l1": lacking},
            r"`within` must name pruned parameters \(weight_ih_l0, weight_hh_l0\); got "
            r"'weight_hh_l1'. Did you mean 'weight_hh_l0'\?",
        ),
        (
            {name: lacking},
            "`within` must hold every live weight; got 1 of 'weight_hh_l0' outside it",
        ),
    ]


def test_a_wrong_within_is_refused(make: Make) -> None:
    update = sparse_update()
    for within, message in wrong_within(update):
        with pytest.raises(InputError, match=message):
            make(within=within)(update)
