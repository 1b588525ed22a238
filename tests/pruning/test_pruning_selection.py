import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.pruning import keep_highest
from tests.pruning.updates import n_live, random_weights

SCOPES = ("global", "layer", "gate")
GATES = {"weight_ih_l0": 3, "weight_hh_l0": 3, "readout.weight": 1}


def network(seed: int, levels: int | None = None) -> tuple[dict, dict]:
    """Scores, with ties if there are few `levels`, and live weights of a small GRU."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih_l0": (6, 3), "weight_hh_l0": (6, 2), "readout.weight": (4, 2)}
    scores = {
        n: rng.random(s) if levels is None else rng.integers(0, levels, s).astype(float)
        for n, s in shapes.items()
    }
    live = {n: rng.random(s) < 0.7 for n, s in shapes.items()}
    return (
        {n: torch.from_numpy(x) for n, x in scores.items()},
        {n: torch.from_numpy(x) for n, x in live.items()},
    )


def one_by_one(scores: dict, live: dict, amount: float, scope: str) -> dict[str, np.ndarray]:
    """Oracle: sort the entries of each scope as Python sorts tuples, drop the first ones."""
    places: dict[object, list] = {}
    for order, (name, mask) in enumerate(live.items()):
        rows = len(mask) // GATES[name]
        for i, j in np.argwhere(mask.numpy()):
            key = {"global": 0, "layer": name, "gate": (name, i // rows)}[scope]
            places.setdefault(key, []).append((float(scores[name][i, j]), order, i, j))
    masks = {name: mask.numpy().copy() for name, mask in live.items()}
    names = list(live)
    for entries in places.values():
        for _, order, i, j in sorted(entries)[: round(amount * len(entries))]:
            masks[names[order]][i, j] = False
    return masks


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 999),
    levels=st.sampled_from([None, 1, 2, 5]),
    amount=st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.25, 0.5, 1.0])),
    scope=st.sampled_from(SCOPES),
)
def test_the_lowest_go_one_by_one(seed: int, levels: int | None, amount: float, scope: str) -> None:
    scores, live = network(seed, levels)
    masks = keep_highest(scores, live, amount, scope=scope, gates=GATES)
    expected = one_by_one(scores, live, amount, scope)
    assert {n: m.tolist() for n, m in masks.items()} == {n: m.tolist() for n, m in expected.items()}


@pytest.mark.parametrize("amount", [0.0, 0.1, 0.29, 0.5, 0.77, 1.0])
def test_counts_are_exact_in_each_scope(amount: float) -> None:
    scores, live = network(4)
    alive = n_live(live)
    total = sum(alive.values())
    assert sum(n_live(keep_highest(scores, live, amount)).values()) == total - round(amount * total)
    by_layer = keep_highest(scores, live, amount, scope="layer")
    assert n_live(by_layer) == {n: k - round(amount * k) for n, k in alive.items()}
    by_gate = keep_highest(scores, live, amount, scope="gate", gates=GATES)
    for name, mask in by_gate.items():
        for block, before in zip(
            mask.chunk(GATES[name]), live[name].chunk(GATES[name]), strict=True
        ):
            assert block.sum() == before.sum() - round(amount * int(before.sum()))


def test_halves_go_to_the_even_number() -> None:
    scores = {"w": torch.arange(5.0)}
    live = {"w": torch.ones(5, dtype=torch.bool)}
    assert n_live(keep_highest(scores, live, 0.5)) == {"w": 3}
    assert n_live(keep_highest(scores, live, 0.3)) == {"w": 3}


@pytest.mark.parametrize("scope", SCOPES)
def test_zero_prunes_nothing_and_one_everything(scope: str) -> None:
    scores, live = network(1)
    assert n_live(keep_highest(scores, live, 0, scope=scope, gates=GATES)) == n_live(live)
    nothing = keep_highest(scores, live, 1, scope=scope, gates=GATES)
    assert set(n_live(nothing).values()) == {0}


def test_of_equal_scores_the_earlier_goes_first() -> None:
    scores = {"a": torch.ones(2, 2), "b": torch.ones(2, 2)}
    live = {name: torch.ones(2, 2, dtype=torch.bool) for name in scores}
    masks = keep_highest(scores, live, 5 / 8)
    assert masks["a"].tolist() == [[False, False], [False, False]]
    assert masks["b"].tolist() == [[False, True], [True, True]]


def test_a_gate_competes_only_with_itself() -> None:
    scores = {"weight_hh_l0": torch.arange(12.0).view(6, 2)}
    live = {"weight_hh_l0": torch.ones(6, 2, dtype=torch.bool)}
    masks = keep_highest(scores, live, 0.5, scope="gate", gates={"weight_hh_l0": 3})
    assert masks["weight_hh_l0"].tolist() == [[False, False], [True, True]] * 3


def test_scores_of_pruned_weights_do_not_count_and_inputs_stay() -> None:
    scores, live = network(2)
    wild = {n: s.masked_fill(~live[n], torch.nan) for n, s in scores.items()}
    before = {n: m.clone() for n, m in live.items()}
    masks = keep_highest(wild, live, 0.4)
    assert all(torch.equal(masks[n], m) for n, m in keep_highest(scores, live, 0.4).items())
    assert all(torch.equal(live[n], before[n]) for n in live)
    assert all((live[n] | ~masks[n]).all() for n in live)


@pytest.mark.parametrize("scope", SCOPES)
def test_no_parameters_or_no_live_weights(scope: str) -> None:
    assert keep_highest({}, {}, 0.5, scope=scope) == {}
    scores = random_weights(w=(2, 3))
    dead = {"w": torch.zeros(2, 3, dtype=torch.bool)}
    assert n_live(keep_highest(scores, dead, 0.5, scope=scope, gates={"w": 2})) == {"w": 0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"amount": 1.5}, r"`amount` must be a number in \[0, 1\]; got 1.5"),
        ({"amount": -0.1}, r"`amount` must be a number in \[0, 1\]; got -0.1"),
        ({"scope": "layers"}, "`scope` must be one of global, layer, gate; got 'layers'"),
        ({"scope": "gate"}, "`gates` must hold every parameter; got none for 'weight_ih_l0'"),
        (
            {"scope": "gate", "gates": {**GATES, "weight_ih_l0": 4}},
            "`gates` must divide the rows of 'weight_ih_l0', 6; got 4",
        ),
        (
            {"scope": "gate", "gates": {**GATES, "weight_ih_l0": 0}},
            r"`gates\['weight_ih_l0'\]` must be an integer >= 1; got 0",
        ),
    ],
)
def test_bad_input_is_refused(arguments: dict, message: str) -> None:
    scores, live = network(0)
    with pytest.raises(InputError, match=message):
        keep_highest(scores, live, **{"amount": 0.5, **arguments})
