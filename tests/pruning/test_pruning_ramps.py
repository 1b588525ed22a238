import itertools
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.pruning import Cubic, Narang, Update, thresholds
from tests.pruning.updates import masks_after, n_live, random_weights, update_of

PAPER = {"start": 2700, "ramp": 13500, "end": 27000}
"""Narang et al.: 55,000 iterations in 20 epochs, pruned from the 2nd epoch up to half of all."""
SHORT = {"start": 5, "ramp": 20, "end": 40}


# ---- thresholds ----


def dense_gru() -> dict[str, Tensor]:
    return random_weights(3, weight_ih_l0=(12, 3), weight_hh_l0=(12, 4), weight_hh_l1=(12, 4))


@pytest.mark.parametrize("percentile", [0.0, 50.0, 90.0, 100.0])
def test_thresholds_are_percentiles_of_magnitudes(percentile: float) -> None:
    weights = dense_gru()
    pooled = torch.cat([weights["weight_hh_l0"], weights["weight_hh_l1"]]).abs().numpy()
    assert thresholds(weights, percentile) == pytest.approx(
        {
            "ih": np.percentile(weights["weight_ih_l0"].abs().numpy(), percentile),
            "hh": np.percentile(pooled, percentile),
        }
    )
    apart = thresholds(weights, percentile, by="parameter")
    assert apart == pytest.approx(
        {name: np.percentile(w.abs().numpy(), percentile) for name, w in weights.items()}
    )


def test_thresholds_of_a_state_dict_know_types_and_pass_over_biases_and_masks() -> None:
    model = torch.nn.LSTM(3, 6, num_layers=2, proj_size=2, bidirectional=True)
    state = {f"rnn.{name}": value for name, value in model.state_dict().items()}
    state["readout.weight"] = torch.full((4, 2), -7.0)
    state["readout.bias"] = torch.full((4,), 99.0)
    state["mask_hh_l0"] = torch.ones(5, 5, dtype=torch.bool)
    q = thresholds(state, 100)
    assert sorted(q) == ["hh", "hr", "ih", "other"]
    assert q["other"] == 7
    assert q["ih"] == max(w.abs().max() for n, w in state.items() if "weight_ih" in n)


def test_what_was_taken_at_the_90th_percentile_leaves_a_tenth() -> None:
    weights = random_weights(1, weight_hh_l0=(40, 25))
    q = thresholds(weights)["hh"]
    method = Narang(q, start=0, ramp=10, end=61, every=1, phi=1.5)
    last = masks_after(method, weights, 80)[-1]
    assert n_live(last)["weight_hh_l0"] == pytest.approx(100, abs=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"percentile": 101}, r"`percentile` must be a number in \[0, 100\]; got 101"),
        ({"percentile": -1}, r"`percentile` must be a number in \[0, 100\]; got -1"),
        ({"by": "layer"}, "`by` must be one of type, parameter; got 'layer'"),
        ({"model_weights": {}}, r"`model_weights` must hold weights; got \[\]"),
        (
            {"model_weights": [1.0]},
            "`model_weights` must be a mapping, .*; got a list",
        ),
        (
            {"model_weights": {"weight_hh_l0": torch.tensor([torch.nan])}},
            "`model_weights` must be finite; 'weight_hh_l0' is not",
        ),
        (
            {"model_weights": {"bias_hh_l0": torch.ones(3)}},
            r"`model_weights` must hold weights; got \['bias_hh_l0'\]",
        ),
    ],
)
def test_thresholds_refuse_bad_input(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        thresholds(**{"model_weights": dense_gru(), **arguments})


# ---- Narang ----


def as_printed(q: float, phi: float, t: int) -> float:
    """Threshold of the paper's Algorithm 1, freq = 100, start slope by its Eq. 1."""
    start, ramp, end = PAPER["start"], PAPER["ramp"], PAPER["end"]
    theta = 2 * q * 100 / (2 * (ramp - start) + 3 * (end - ramp))
    if t < ramp:
        return theta * (t - start + 1) / 100
    return (theta * (ramp - start + 1) + phi * theta * (t - ramp + 1)) / 100


@pytest.mark.parametrize("phi", [1.5, 2.0])
@pytest.mark.parametrize("t", [2701, 2800, 13499, 13500, 13501, 26900, 26999])
def test_the_threshold_is_that_of_the_paper(phi: float, t: int) -> None:
    method = Narang(0.3, **PAPER, phi=phi)
    assert method.threshold(t) == pytest.approx(as_printed(0.3, phi, t), rel=1e-12)


def test_the_threshold_ends_at_q_and_higher_with_twice_the_slope() -> None:
    assert Narang(1.0, **PAPER).threshold(26999) == pytest.approx(1.00003, abs=5e-6)
    assert Narang(1.0, **PAPER, phi=2.0).threshold(26999) == pytest.approx(1.22, abs=5e-3)


@settings(deadline=None)
@given(
    start=st.integers(0, 500),
    first=st.integers(0, 500),
    second=st.integers(600, 2000),
    every=st.integers(1, 90),
    step=st.integers(1, 4000),
    phi=st.floats(0, 3),
)
def test_every_cancels_and_the_threshold_only_rises(
    start: int, first: int, second: int, every: int, step: int, phi: float
) -> None:
    marks = {"start": start, "ramp": start + first, "end": start + first + second}
    method = Narang(0.7, **marks, every=every, phi=phi)
    value = method.threshold(step)
    assert value == pytest.approx(Narang(0.7, **marks, every=1, phi=phi).threshold(step))
    assert 0 <= method.threshold(step - 1) <= value <= method.threshold(marks["end"])
    assert method.threshold(start) == 0
    if phi == 1.5:
        assert method.threshold(marks["end"]) == pytest.approx(0.7, rel=1e-2)


def test_masks_change_only_strictly_between_start_and_end() -> None:
    method = Narang(1.0, start=20, ramp=30, end=60, every=10)
    weights = random_weights(weight_hh_l0=(8, 8))
    acts = [step for step in range(1, 90) if method(update_of(weights, step))]
    assert acts == [30, 40, 50]


@pytest.mark.parametrize("phi", [1.5, 2.0])
def test_live_is_what_is_not_below_the_threshold(phi: float) -> None:
    weights = random_weights(weight_hh_l0=(8, 8))
    method = Narang(1.0, **SHORT, every=5, phi=phi)
    history = masks_after(method, weights, 50)
    for step in (10, 15, 20, 25, 30, 35):
        expected = weights["weight_hh_l0"].abs() >= method.threshold(step)
        assert torch.equal(history[step]["weight_hh_l0"], expected)
    assert torch.equal(history[50]["weight_hh_l0"], history[35]["weight_hh_l0"])
    assert 0 < n_live(history[50])["weight_hh_l0"] < 64


def test_a_weight_at_the_threshold_lives() -> None:
    method = Narang(1.0, start=0, ramp=0, end=10, every=1)
    at = method.threshold(9)
    weights = {"weight_hh_l0": torch.tensor([[at, -at, at * 0.999]], dtype=torch.float64)}
    assert method(update_of(weights, 9))["weight_hh_l0"].tolist() == [[True, True, False]]


def narang_update(step: int) -> Update:
    """A large weight pruned before, one not live at the start, and a live one."""
    return update_of(
        {"weight_hh_l0": torch.tensor([[9.0, 9.0, 9.0]])},
        step,
        masks={"weight_hh_l0": torch.tensor([[False, False, True]])},
        started={"weight_hh_l0": torch.tensor([[True, False, True]])},
    )


def test_pruned_weights_come_back_only_if_told_to_and_never_beyond_the_start() -> None:
    closed = Narang(1.0, **SHORT, every=5)
    assert not closed.dense_gradients
    assert closed(narang_update(25))["weight_hh_l0"].tolist() == [[False, False, True]]
    reopened = Narang(1.0, **SHORT, every=5, regrow=True)
    assert reopened.dense_gradients
    assert reopened(narang_update(25))["weight_hh_l0"].tolist() == [[True, False, True]]


def test_q_by_name_goes_before_its_type_and_the_rest_is_not_pruned() -> None:
    q = {"hh": 2.0, "rnn.weight_hh_l1_reverse": 3.0, "other": 5.0}
    method = Narang(q, **PAPER)
    one = Narang(1.0, **PAPER).threshold(20000)
    names = {
        "rnn.weight_hh_l0": 2.0,
        "rnn.weight_hh_l1_reverse": 3.0,
        "cells.0.weight_ih_l0": 0.0,
        "readout.weight": 5.0,
    }
    for name, factor in names.items():
        assert method.threshold(20000, name) == pytest.approx(factor * one)
    weights = {name: torch.full((2, 2), 1e-6) for name in names}
    masks = method(update_of(weights, 20000))
    assert n_live(masks) == {name: 0 if factor else 4 for name, factor in names.items()}


def test_theta_is_the_rise_within_every_steps() -> None:
    method = Narang(theta={"hh": 0.01}, start=0, ramp=500, end=1000, every=100)
    rise = method.threshold(300, "weight_hh_l0") - method.threshold(200, "weight_hh_l0")
    assert rise == pytest.approx(0.01)
    rise = method.threshold(900, "weight_hh_l0") - method.threshold(800, "weight_hh_l0")
    assert rise == pytest.approx(0.015)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"q": -1.0}, "`q` must be a number >= 0; got -1.0"),
        ({"q": {"hh": -1.0}}, r"`q\['hh'\]` must be a number >= 0; got -1.0"),
        ({"q": None}, "exactly one of `q` and `theta` must be given; got q=None, theta=None"),
        ({"theta": 1.0}, "exactly one of `q` and `theta` must be given; got q=1.0, theta=1.0"),
        ({"q": None, "theta": np.nan}, "`theta` must be a number >= 0; got nan"),
        ({"phi": -2}, "`phi` must be a number >= 0; got -2"),
        ({"every": 0}, "`every` must be an integer >= 1; got 0"),
        ({"start": -1}, "`start` must be an integer >= 0; got -1"),
        ({"ramp": 50}, r"`ramp` must be an integer in \[100, 900\]; got 50"),
        ({"ramp": 901}, r"`ramp` must be an integer in \[100, 900\]; got 901"),
        (
            {"end": 90},
            "`end` must come after the first update, which is at step 200; got 90",
        ),
        (
            {"end": 200},
            "`end` must come after the first update, which is at step 200; got 200",
        ),
        ({"end": 900.5}, "`end` must be an integer that is finite; got 900.5"),
    ],
)
def test_narang_refuses_bad_input(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Narang(**{"q": 1.0, "start": 100, "ramp": 300, "end": 900, **arguments})


@pytest.mark.parametrize("argument", ["q", "theta"])
def test_narang_refuses_unknown_names(argument: str) -> None:
    method = Narang(**{argument: {"weight_hh_l1": 1.0}}, **PAPER)
    message = (
        rf"`{argument}` must name types \(ih, hh, hr, other\) or pruned parameters "
        r"\(weight_hh_l0\); got 'weight_hh_l1'. Did you mean 'weight_hh_l0'\?"
    )
    with pytest.raises(InputError, match=message):
        method(update_of(random_weights(weight_hh_l0=(2, 2)), 5000))


# ---- Cubic ----


def test_the_sparsity_is_that_of_the_paper() -> None:
    method = Cubic(0.9, start=100, end=1100, initial=0.1)
    for n in range(11):
        expected = 0.9 + (0.1 - 0.9) * (1 - n * 100 / (10 * 100)) ** 3
        assert method.sparsity(100 + 100 * n) == pytest.approx(expected)
    assert method.sparsity(99) == 0
    assert method.sparsity(100) == pytest.approx(0.1)
    assert method.sparsity(1100) == method.sparsity(10**6) == 0.9


@settings(deadline=None, max_examples=40)
@given(
    final=st.floats(0, 1),
    share=st.floats(0, 1),
    start=st.integers(0, 20),
    duration=st.integers(1, 40),
    every=st.integers(1, 15),
    seed=st.integers(0, 99),
)
def test_exactly_so_many_are_pruned_and_none_comes_back(
    final: float, share: float, start: int, duration: int, every: int, seed: int
) -> None:
    method = Cubic(final, start=start, end=start + duration, every=every, initial=final * share)
    weights = random_weights(seed, weight_ih_l0=(6, 3), weight_hh_l0=(6, 5))
    history = masks_after(method, weights, start + duration + 5)
    for step, (before, after) in enumerate(itertools.pairwise(history), 1):
        for name, mask in after.items():
            assert (before[name] | ~mask).all()
            inside = start <= step <= start + duration
            if inside and ((step - start) % every == 0 or step == start + duration):
                size = mask.numel()
                assert int(mask.sum()) == size - round(method.sparsity(step) * size)
            else:
                assert torch.equal(mask, before[name])
    for mask in history[-1].values():
        assert int(mask.sum()) == mask.numel() - round(final * mask.numel())


def test_the_smallest_go_and_amounts_count_from_what_was_live_at_the_start() -> None:
    weights = {"weight_hh_l0": torch.tensor([[4.0, -1.0, 3.0, 0.5, -2.0, 9.0]])}
    started = {"weight_hh_l0": torch.tensor([[True, True, True, True, True, False]])}
    method = Cubic(0.4, start=0, end=10)
    masks = method(update_of(weights, 10, masks=started, started=started))
    assert masks["weight_hh_l0"].tolist() == [[True, False, True, False, True, False]]


def test_what_is_pruned_already_counts_and_stays_pruned() -> None:
    weights = {"weight_hh_l0": torch.tensor([[0.1, 5.0, 0.2, 0.3]])}
    masks = {"weight_hh_l0": torch.tensor([[True, False, True, True]])}
    half = Cubic(0.5, start=0, end=10)(update_of(weights, 10, masks=masks))
    assert half["weight_hh_l0"].tolist() == [[False, False, True, True]]
    few = Cubic(0.0, start=0, end=10)(update_of(weights, 10, masks=masks))
    assert few["weight_hh_l0"].tolist() == [[True, False, True, True]]


def test_scopes() -> None:
    weights = {
        "weight_ih_l0": torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
        "weight_hh_l0": torch.tensor([[5.0, 6.0], [7.0, 8.0]]),
    }
    kept = {}
    for scope in ("global", "layer", "gate"):
        update = update_of(weights, 10, gates={"weight_ih_l0": 2, "weight_hh_l0": 1})
        masks = Cubic(0.5, start=0, end=10, scope=scope)(update)
        kept[scope] = {name: weights[name][mask].tolist() for name, mask in masks.items()}
    assert kept == {
        "global": {"weight_ih_l0": [], "weight_hh_l0": [5, 6, 7, 8]},
        "layer": {"weight_ih_l0": [3, 4], "weight_hh_l0": [7, 8]},
        "gate": {"weight_ih_l0": [2, 4], "weight_hh_l0": [7, 8]},
    }


def test_a_score_of_ones_own() -> None:
    def smallest_first(update: Update) -> Mapping[str, Tensor]:
        return {name: -weight.abs() for name, weight in update.weights.items()}

    weights = {"weight_hh_l0": torch.tensor([[4.0, -1.0, 3.0, 0.5]], requires_grad=True)}
    method = Cubic(0.5, start=0, end=10, score=smallest_first)
    masks = method(update_of(weights, 10))
    assert masks["weight_hh_l0"].tolist() == [[False, True, False, True]]
    assert not masks["weight_hh_l0"].requires_grad


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"final": 1.1}, r"`final` must be a number in \[0, 1\]; got 1.1"),
        ({"initial": 0.95}, r"`initial` must be a number in \[0, 0.9\]; got 0.95"),
        ({"initial": -0.1}, r"`initial` must be a number in \[0, 0.9\]; got -0.1"),
        ({"start": -1}, "`start` must be an integer >= 0; got -1"),
        ({"end": 100}, "`end` must come after `start`, 100; got 100"),
        ({"end": 50}, "`end` must come after `start`, 100; got 50"),
        ({"every": 0}, "`every` must be an integer >= 1; got 0"),
        ({"scope": "unit"}, "`scope` must be one of global, layer, gate; got 'unit'"),
        ({"score": "size"}, '`score` must be "magnitude" or a function; got .size.'),
    ],
)
def test_cubic_refuses_bad_input(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Cubic(**{"final": 0.9, "start": 100, "end": 1100, **arguments})


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "`score` must return a score for each of w; got NoneType"),
        ({"v": torch.ones(1, 2)}, "`score` must return a score for each of w; got v"),
        ({"w": np.ones((1, 2))}, "`score` must return tensors .*; got ndarray for 'w' of shape"),
        ({"w": torch.ones(2)}, r"`score` must return tensors .*; got \(2,\) for 'w' of shape \(1"),
        ({"w": torch.tensor([[1.0, torch.nan]])}, "`score` must return numbers .*; got NaN in 'w'"),
    ],
)
def test_scores_that_are_none_are_refused(found: object, message: str) -> None:
    method = Cubic(0.5, start=1, end=2, every=1, score=lambda _: found)
    with pytest.raises(InputError, match=f"^{message}"):
        method(update_of({"w": torch.ones(1, 2)}, 1))
