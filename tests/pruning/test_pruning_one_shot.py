import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnngraph.errors import InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import GraphRNN, LayeredRNN
from rnngraph.pruning import (
    SCORES,
    Candidates,
    Cubic,
    Pruner,
    masks_of,
    prune,
    recurrent_weights,
    set_masks,
)
from rnngraph.pruning.sensitivity import _squared_norms
from rnngraph.tasks import SequenceData, reber
from tests.nn.conftest import random_graph


@pytest.fixture(scope="module")
def task() -> SequenceData:
    return reber(rng=0, n_train=64, n_test=32)


def losses(n: int = 3) -> list:
    """Batches of a stock module of 5 inputs."""
    draw = torch.Generator().manual_seed(0)
    data = [torch.randn(6, 4, 5, generator=draw) for _ in range(n)]
    return [lambda model, x=x: model(x)[0].square().mean() for x in data]


@settings(max_examples=40, deadline=None)
@given(
    amount=st.floats(0, 1),
    what=st.sampled_from(["both", "ih", "hh"]),
    scope=st.sampled_from(["global", "layer", "gate"]),
    cell=st.sampled_from(["rnn", "gru", "lstm"]),
)
def test_exactly_so_many_go_and_they_are_the_smallest(
    amount: float, what: str, scope: str, cell: str
) -> None:
    torch.manual_seed(0)
    model = getattr(nn, cell.upper())(5, 8, num_layers=2)
    masks = prune(model, amount, what=what, scope=scope)
    assert tuple(masks) == recurrent_weights(model, what)
    assert masks_of(model).keys() == masks.keys()
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    blocks = [
        block
        for name, mask in masks.items()
        for block in zip(
            mask.chunk(gates if scope == "gate" else 1),
            model.get_parameter(name).abs().chunk(gates if scope == "gate" else 1),
            strict=True,
        )
    ]
    groups = [blocks] if scope == "global" else [[block] for block in blocks]
    for group in groups:
        mask = torch.cat([part.flatten() for part, _ in group])
        assert int((~mask).sum()) == round(amount * len(mask))
        left = torch.cat([weight.flatten() for _, weight in group])
        assert bool((left[~mask] == 0).all())


@pytest.mark.parametrize(("scope", "gone"), [("global", 14), ("layer", 14), ("gate", 3 * 4)])
def test_each_gate_rounds_for_itself(scope: str, gone: int) -> None:
    mask = prune(nn.GRU(5, 3), 0.5, what="hh", scope=scope)["weight_hh_l0"]  # gates of 9 weights
    assert int((~mask).sum()) == gone


def test_twice_a_half_is_a_quarter_and_a_graph_does_not_count() -> None:
    model = GraphRNN(random_graph(20, 1, 0.5), 5, 2, "gru", rng=0)
    before = int(masks_of(model)["rnn.weight_hh_l0"].sum())
    prune(model, 0.5, what="hh")
    masks = prune(model, 0.5, what="hh")
    half = before - round(before / 2)
    assert int(masks["rnn.weight_hh_l0"].sum()) == half - round(half / 2)


def test_everything_may_go() -> None:
    model = nn.LSTM(5, 8)
    prune(model, 1.0)
    assert not any(mask.any() for mask in masks_of(model).values())
    x = torch.randn(3, 2, 5)
    torch.testing.assert_close(model(x)[0], model(0 * x)[0])


@pytest.mark.parametrize("score", SCORES)
def test_every_score_ranks_our_networks_and_others(score: str, task: SequenceData) -> None:
    ours = [
        GraphRNN(random_graph(10, 1), task.input_size, 2, "lstm", rng=0),
        LayeredRNN(layered_mask(random_graph(10, 1), "gru"), task.input_size, 2, rng=0),
    ]
    for model in ours:
        masks = prune(model, 0.5, score=score, task=task, rng=1, batches=2, batch_size=8)
        again = prune(copy.deepcopy(model), 0.0, score=score, task=task, rng=1)
        assert {k: v.tolist() for k, v in again.items()} == {
            k: v.tolist() for k, v in masks.items()
        }
    torch.manual_seed(0)
    stock = nn.GRU(5, 8, num_layers=2, bidirectional=True)
    masks = prune(stock, 0.7, score=score, task=losses(), rng=1)
    total = sum(mask.numel() for mask in masks.values())
    assert sum(int(mask.sum()) for mask in masks.values()) == total - round(0.7 * total)


def gradients(model: nn.Module, functions: list, name: str) -> list[torch.Tensor]:
    found = []
    for function in functions:
        model.zero_grad()
        function(model).backward()
        found.append(model.get_parameter(name).grad.clone())
    return found


@pytest.mark.parametrize(
    ("score", "formula"),
    [
        ("gradient", lambda w, g: (w * g).abs().mean(0)),
        ("movement", lambda w, g: (-w * g).mean(0)),
        ("snip", lambda w, g: (w * g.mean(0)).abs()),
    ],
)
def test_scores_of_gradients_are_their_formulas(
    score: str, formula: Callable[..., torch.Tensor]
) -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 8)
    name = "weight_hh_l0"
    stacked = torch.stack(gradients(model, losses(), name))
    expected = formula(model.get_parameter(name).detach(), stacked)
    lowest = expected.flatten().argsort(stable=True)[: round(0.4 * expected.numel())]
    masks = prune(model, 0.4, score=score, what=[name], task=losses())
    assert set((~masks[name]).flatten().nonzero()[:, 0].tolist()) == set(lowest.tolist())


def test_gates_of_other_scales_are_pruned_alike_when_normalized() -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 16)
    with torch.no_grad():
        model.weight_hh_l0[:16] *= 100
    plain = prune(copy.deepcopy(model), 0.5, what="hh")["weight_hh_l0"].chunk(3)
    alike = prune(model, 0.5, what="hh", score="gate_normalized")["weight_hh_l0"].chunk(3)
    assert plain[0].double().mean() > 0.95
    assert all(abs(part.double().mean() - 0.5) < 0.06 for part in alike)


def test_the_jacobian_prunes_gates_alike_however_many_weights_are_dead() -> None:
    torch.manual_seed(0)
    model = nn.GRU(5, 20)
    mask = torch.ones(60, 20, dtype=torch.bool)
    mask[:20] = torch.rand(20, 20) < 0.05
    set_masks(model, {"weight_hh_l0": mask})
    task = [lambda model: model(torch.randn(6, 4, 5))[0].square().mean()]
    left = prune(model, 0.5, what="hh", score="jacobian", task=task, rng=0)["weight_hh_l0"]
    shares = [
        int(a.sum()) / int(b.sum()) for a, b in zip(left.chunk(3), mask.chunk(3), strict=True)
    ]
    assert shares[0] == pytest.approx(np.mean(shares[1:]), abs=0.25)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_jacobian_is_that_of_states_that_are_given(kind: str) -> None:
    """Two steps in one call are a call, and another from where it ended."""
    torch.manual_seed(0)
    rnn = getattr(nn, kind.upper())(3, 4, num_layers=2, bidirectional=False).double()
    x = torch.randn(2, 8000, 3, dtype=torch.float64)
    _, state = rnn(x[:1])

    def norms(x: torch.Tensor, first: object = None) -> torch.Tensor:
        draw = torch.Generator().manual_seed(0)
        return torch.stack(list(_squared_norms(rnn, x, draw, first))).detach()

    whole, start, rest = norms(x), norms(x[:1]), norms(x[1:], state)
    torch.testing.assert_close(2 * whole, start + rest, rtol=0.06, atol=0.0)
    assert not torch.allclose(rest, norms(x[1:]), rtol=1e-3)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_jacobian_is_that_of_autograd(kind: str, bias: bool) -> None:
    """Its squared norm, on average over random vectors, against the whole Jacobian of one step."""
    torch.manual_seed(0)
    rnn = getattr(nn, kind.upper())(3, 4, bias=bias).double()
    x = torch.randn(2, 1, 3, dtype=torch.float64)
    first = rnn(x[:1])[1]
    parts = first if isinstance(first, tuple) else (first,)

    def step(*state: torch.Tensor) -> tuple[torch.Tensor, ...]:
        given = state if kind == "lstm" else state[0]
        out = rnn(x[1:], given)[1]
        return out if isinstance(out, tuple) else (out,)

    blocks = torch.autograd.functional.jacobian(step, parts)
    squares = sum(float(block.square().sum()) for row in blocks for block in row)
    draw = torch.Generator().manual_seed(0)
    states = 4 * len(parts)

    def norm_of(steps: torch.Tensor) -> float:
        n = 4000
        (found,) = _squared_norms(rnn, steps.expand(-1, n, -1), draw)
        return float(found.detach()) * states * len(steps)

    at_second = norm_of(x) - norm_of(x[:1])
    assert at_second == pytest.approx(squares, rel=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": 1.5}, r"`amount` must be a number in \[0, 1\]; got 1.5"),
        ({"amount": float("nan")}, r"`amount` must be a number in \[0, 1\]; got nan"),
        ({"score": "size"}, "`score` must be one of .*; got 'size'"),
        ({"what": "hidden"}, "`what` must be one of both, ih, hh; got 'hidden'"),
        ({"what": ["weight_hh_l7"]}, "`what` must name matrices .*; got 'weight_hh_l7'"),
        ({"scope": "unit"}, "`scope` must be one of global, layer, gate; got 'unit'"),
        ({"score": "snip"}, "`task` must be given for a score made of gradients; got None"),
        ({"score": "random"}, "`rng` must be given for a score that is drawn; got None"),
        ({"score": "snip", "task": "reber"}, "`task` must be functions .* for GRU"),
        ({"score": lambda of: {}}, "`score` must return a score for each of weight_ih_l0, weight"),
        ({"score": lambda of: 3}, "`score` must return a score for each of .*; got int"),
        (
            {"score": lambda of: {n: w[:1] for n, w in of.weights.items()}},
            r"`score` must return tensors of their parameters' shapes; got \(1, 5\) for 'weight_ih",
        ),
        (
            {"score": lambda of: {n: w * np.nan for n, w in of.weights.items()}},
            "`score` must return numbers for live weights; got NaN in 'weight_ih_l0'",
        ),
    ],
)
def test_bad_arguments_are_named_and_change_nothing(
    change: dict, message: str, task: SequenceData
) -> None:
    model = nn.GRU(5, 8)
    if change.get("task") == "reber":
        change = {**change, "task": task}
    with pytest.raises(InputError, match=f"^{message}"):
        prune(model, **({"amount": 0.5} | change))
    assert masks_of(model) == {}


@pytest.mark.parametrize("score", ["gradient", "jacobian"])
def test_gradients_are_had_where_none_are_kept(score: str) -> None:
    def masks() -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        task = [lambda model: model(torch.ones(3, 2, 5))[0].sum()]
        return prune(nn.GRU(5, 8), 0.5, score=score, task=task, rng=0)

    with torch.no_grad():
        inside = masks()
    assert all(torch.equal(mask, inside[name]) for name, mask in masks().items())


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_the_jacobian_of_a_sequence_without_a_batch(kind: str, batch_first: bool) -> None:
    torch.manual_seed(0)
    rnn = getattr(nn, kind.upper())(3, 4, batch_first=batch_first)
    x = torch.randn(5, 3)
    first = (torch.randn(1, 4), torch.randn(1, 4)) if kind == "lstm" else torch.randn(1, 4)
    batch = 0 if batch_first else 1

    def norms(x: torch.Tensor, first: object) -> list[torch.Tensor]:
        return list(_squared_norms(rnn, x, torch.Generator().manual_seed(0), first))

    whole = tuple(part[:, None] for part in first) if kind == "lstm" else first[:, None]
    assert norms(x, None) == norms(x.unsqueeze(batch), None)
    assert norms(x, first) == norms(x.unsqueeze(batch), whole)


def test_weights_without_values_are_refused() -> None:
    with pytest.raises(InputError, match="^`model` must have the weights to prune on one device"):
        prune(nn.GRU(5, 8, device="meta"), 0.5)
    with pytest.raises(InputError, match="^`model` must have the weights to prune on one device"):
        Pruner(nn.GRU(5, 8, device="meta"), Cubic(0.5, start=0, end=3), rng=0)


def test_a_score_of_ones_own_is_one_function() -> None:
    model = nn.GRU(5, 8)
    set_masks(model, {"weight_hh_l0": torch.rand(24, 8) < 0.5})
    by_column = {}

    def columns(of: Candidates) -> dict[str, torch.Tensor]:
        by_column.update(of.live)
        return {name: torch.arange(w.numel()).view_as(w).double() for name, w in of.weights.items()}

    masks = prune(model, 0.5, score=columns, what="hh")
    kept = masks["weight_hh_l0"].flatten().nonzero()[:, 0]
    alive = by_column["weight_hh_l0"].flatten().nonzero()[:, 0]
    assert kept.tolist() == alive[round(0.5 * len(alive)) :].tolist()


def test_one_function_is_a_task_of_one_batch() -> None:
    def masks(task: object) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        return prune(nn.GRU(5, 8), 0.5, score="snip", task=task)

    loss = losses(1)[0]
    one, listed = masks(loss), masks([loss])
    assert all(torch.equal(one[name], listed[name]) for name in one)
