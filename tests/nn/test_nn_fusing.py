"""Steps that torch.compile fused against the same steps in plain torch."""

import re
import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from rnngraph._types import CELLS, Cell
from rnngraph.errors import InputError
from rnngraph.nn import train_population
from rnngraph.nn.cells import STEPS, Step
from rnngraph.nn.fusing import fused_step
from rnngraph.tasks import SequenceData
from tests.nn.conftest import random_graph

MakeTask = Callable[[str], SequenceData]
CPU = torch.device("cpu")
HOW = {"epochs": 2, "rng": 5, "batch_size": 32, "learning_rate": 0.01}
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="there is no compiler")


@needs_compiler
@pytest.mark.parametrize("cell", CELLS)
def test_networks_become_what_they_become_in_plain_torch(cell: Cell, make_task: MakeTask) -> None:
    task, graphs = make_task("step"), [random_graph(n, n) for n in (9, 20, 14)]
    how = {"cell": cell, "dtype": torch.float64, **HOW}
    plain = train_population(graphs, task, backend="reference", **how)
    fused = train_population(graphs, task, backend="fused", **how)
    assert set(fused.results["backend"]) == {"fused"}
    assert (STEPS[cell] is fused_step(cell, CPU, torch.float64)) == (cell in ("tanh", "relu"))
    columns = ["train_loss", "loss", "accuracy", "gradient_norm_mean"]
    np.testing.assert_allclose(fused.curves[columns], plain.curves[columns], rtol=0, atol=1e-10)
    for row in range(3):
        ours, theirs = fused.model(row).state_dict(), plain.model(row).state_dict()
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


@needs_compiler
def test_company_and_order_do_not_change_a_bit(make_task: MakeTask) -> None:
    task, graphs = make_task("sequence"), [random_graph(n, n) for n in (9, 20, 14, 16)]
    how = {"cell": "lstm", "backend": "fused", **HOW}
    once = train_population(graphs, task, **how)
    again = train_population(graphs[::-1], task, members=2, **how)
    alone = train_population(graphs[:1], task, members=1, **how)
    pairs = [(once.model(k), again.model(3 - k)) for k in range(4)]
    for one, other in [*pairs, (once.model(0), alone.model(0))]:
        a, b = one.state_dict(), other.state_dict()
        assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture
def two_threads() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


@needs_compiler
def test_nothing_is_compiled_or_left_in_plain_torch_while_networks_train(
    make_task: MakeTask, two_threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, compiled = make_task("step"), []

    def first_then_none(*how: object) -> Step:
        with torch._dynamo.config.patch(error_on_recompile=False):
            compiled.append(fused_step(*how))
        return compiled[-1]

    monkeypatch.setattr("rnngraph.nn.reference.fused_step", first_then_none)
    monkeypatch.setattr("rnngraph.nn.backends._ALONG_EDGES", {"cpu": (20, 1.0)})
    with torch._dynamo.config.patch(
        error_on_recompile=True, cache_size_limit=1, fail_on_cache_limit_hit=True
    ):
        for dtype in (torch.float32, torch.float64):
            graphs = [random_graph(n, n) for n in (9, 14, 16, 20, 70)]
            how = {"cell": "gru", "dtype": dtype, "backend": "fused", **HOW}
            train_population(graphs, task, **{**how, "batch_size": 89})
    assert len(compiled) == 6


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("No working C++ compiler found\nin a long text"),
        RuntimeError("backend='inductor' raised:\nNo working C++ compiler found\n\nand more"),
        OSError("No working C++ compiler found"),
    ],
)
def test_where_torch_cannot_compile_it_says_so(
    error: Exception, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(torch, "compile", fail)
    message = (
        '`backend` "fused" needs what torch.compile needs, a C++ compiler on a CPU and Triton '
        "on a GPU; got No working C++ compiler found."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        train_population(
            [random_graph(4, 0)], make_task("sequence"), cell="gru", backend="fused", **HOW
        )
