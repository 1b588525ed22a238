"""Products along edges against whole matrices, whose gradients are torch's own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph._types import CELLS, Cell
from rnngraph.masks import layered_mask, recurrent_mask
from rnngraph.nn import Population, train_population
from rnngraph.nn.backends import edges_win
from rnngraph.nn.edges import Edges
from rnngraph.tasks import SequenceData
from tests.nn.conftest import random_graph

MakeTask = Callable[[str], SequenceData]
CPU = torch.device("cpu")
HOW = {
    "epochs": 3,
    "rng": 5,
    "batch_size": 32,
    "weight_decay": 0.01,
    "learning_rate": 0.01,
    "backend": "reference",
}
needs_mkl = pytest.mark.skipif(
    not torch.backends.mkl.is_available(), reason="torch has no kernels for sparse matrices here"
)
pytestmark = needs_mkl


@pytest.fixture
def along_edges(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, float], None]:
    """Set from how many units on, and up to what share of live weights, edges are taken."""
    return lambda units, share: monkeypatch.setattr(
        "rnngraph.nn.backends._ALONG_EDGES", {"cpu": (units, share)}
    )


def normal(seed: int, *shape: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=rng, dtype=torch.float64).requires_grad_()


@settings(deadline=None)
@given(
    st.tuples(*[st.integers(1, n) for n in (4, 9, 7, 5)]),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    st.integers(0, 99),
)
def test_products_and_gradients_are_those_of_whole_matrices(
    sizes: tuple[int, int, int, int], share: float, seed: int
) -> None:
    k, rows, columns, n = sizes
    masks = torch.from_numpy(np.random.default_rng(seed).random((k, rows, columns)) < share)
    weights, states = normal(seed, k, rows, columns), normal(seed + 1, k, n, columns)
    above = normal(seed + 2, k, n, rows).detach()
    edges = Edges.of(masks)
    found = edges.product(states, edges.values(weights))
    expected = states @ (weights * masks).transpose(1, 2)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    ours = torch.autograd.grad(found, (states, weights), above)
    theirs = torch.autograd.grad(expected, (states, weights), above)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
    assert not ours[1][~masks].any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_company_does_not_change_a_bit_of_a_product(dtype: torch.dtype) -> None:
    shares = torch.tensor([0.0, 0.02, 0.1, 0.3]).view(-1, 1, 1)
    masks = torch.rand(4, 144, 48, generator=torch.Generator().manual_seed(0)) < shares
    weights, states, above = (
        normal(seed, *shape).detach().to(dtype)
        for seed, shape in enumerate([(4, 144, 48), (4, 33, 48), (4, 33, 144)])
    )

    def of(some: list[int]) -> tuple[torch.Tensor, ...]:
        edges, own = Edges.of(masks[some]), weights[some].requires_grad_()
        h = states[some].requires_grad_()
        out = edges.product(h, edges.values(own))
        return (out, *torch.autograd.grad(out, (h, own), above[some]))

    whole = of([0, 1, 2, 3])
    for some in ([1], [3, 0], [2, 1, 3]):
        assert all(torch.equal(a[some], b) for a, b in zip(whole, of(some), strict=True))


def close(one: Population, other: Population) -> None:
    columns = ["train_loss", "loss", "accuracy", "gradient_norm_mean", "dead_units"]
    np.testing.assert_allclose(one.curves[columns], other.curves[columns], rtol=0, atol=1e-9)
    for row in range(len(one.results)):
        ours, theirs = one.model(row).state_dict(), other.model(row).state_dict()
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["sequence", "step", "value"])
@pytest.mark.parametrize("cell", CELLS)
def test_networks_become_what_they_become_by_whole_matrices(
    cell: Cell, kind: str, make_task: MakeTask, along_edges: Callable[[int, float], None]
) -> None:
    task = make_task(kind)
    graphs = [*(random_graph(n, n) for n in (9, 20, 14)), np.zeros((5, 5), bool), np.eye(1)]
    how = {"cell": cell, "replicates": 2, "dtype": torch.float64, "halving": {2: 0.5}, **HOW}
    dense = train_population(graphs, task, **how)
    along_edges(1, 1.0)
    close(train_population(graphs, task, **how), dense)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_each_gate_has_edges_of_its_own(
    cell: Cell, make_task: MakeTask, along_edges: Callable[[int, float], None]
) -> None:
    gates = {"z" if cell == "gru" else "f": random_graph(9, 2)}
    masks = [recurrent_mask(random_graph(9, 1), cell, gates=gates)]
    how = {"cell": cell, "dtype": torch.float64, **HOW}
    dense = train_population(masks, make_task("step"), **how)
    along_edges(1, 1.0)
    close(train_population(masks, make_task("step"), **how), dense)


def test_some_go_along_edges_and_company_order_and_interruption_change_no_bit(
    make_task: MakeTask, tmp_path: Path, along_edges: Callable[[int, float], None]
) -> None:
    along_edges(12, 0.3)
    task = make_task("sequence")
    graphs = [random_graph(n, n, p) for n, p in ((20, 0.1), (9, 0.1), (20, 0.9), (30, 0.2))]
    how = {"cell": "gru", **HOW}
    path, kept = tmp_path / "whole", tmp_path / "half"

    def keep(_: int) -> None:
        if not kept.exists():
            kept.write_bytes(path.read_bytes())

    whole = train_population(graphs, task, replicates=2, checkpoint=path, progress=keep, **how)
    resumed = train_population(graphs, task, replicates=2, checkpoint=kept, **how)
    turned = train_population(graphs[::-1], task, replicates=[1, 0], members=1, **how)
    for row in range(8):
        a, b = whole.model(row).state_dict(), resumed.model(row).state_dict()
        c = turned.model(7 - row).state_dict()
        assert all(torch.equal(a[name], b[name]) and torch.equal(a[name], c[name]) for name in a)


def test_where_edges_are_taken() -> None:
    rng = np.random.default_rng(0)
    small, sparse, dense = (rng.random((n, n)) < p for n, p in ((99, 0.1), (100, 0.1), (100, 0.2)))
    for graph, expected in ((small, False), (sparse, True), (dense, False)):
        assert edges_win(recurrent_mask(graph, "tanh"), CPU) is expected
    assert not edges_win(recurrent_mask(sparse, "tanh"), torch.device("cuda"))
    assert not edges_win(layered_mask(sparse, "tanh"), CPU)
