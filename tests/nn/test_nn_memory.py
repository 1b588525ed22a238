"""What a population is said to need is never more than it takes, and is told before training."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from rnngraph import _native
from rnngraph._rng import seed_sequence
from rnngraph.errors import InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import memory, train_population
from rnngraph.nn.memory import memory_of
from rnngraph.nn.native import NativeEngine
from rnngraph.nn.reference import ReferenceEngine
from rnngraph.nn.settings import TrainingSettings
from rnngraph.nn.wirings import members_of
from rnngraph.tasks import SequenceData
from tests.nn.conftest import random_graph

pytestmark = pytest.mark.skipif(_native.core is None, reason="the core was not built")

MakeTask = Callable[[str], SequenceData]
CPU = torch.device("cpu")
GRAPHS = [random_graph(n, n) for n in (9, 20, 14, 21)]


def gibibytes(message: str, what: str) -> float:
    found = re.search(rf"([\d.e+-]+) GiB {what}", message)
    assert found is not None
    return float(found[1])


def refusal(monkeypatch: pytest.MonkeyPatch, task: SequenceData, have: float, **how: object) -> str:
    monkeypatch.setattr(memory, "total_memory", lambda: have)
    settings = {"graphs": GRAPHS * 10, "cell": "gru", "epochs": 1, "rng": 0, **how}
    with pytest.raises(InputError) as error:
        train_population(task=task, **settings)
    return str(error.value)


@pytest.mark.parametrize("cell", ["tanh", "gru", "lstm"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("layered", [False, True])
def test_what_is_saved_is_what_the_engines_hold(
    layered: bool, optimizer: str, cell: str, make_task: MakeTask
) -> None:
    task, settings = make_task("sequence"), TrainingSettings(epochs=1, optimizer=optimizer)
    graphs = (
        [layered_mask(graph, cell, embedding_size=3) for graph in GRAPHS] if layered else GRAPHS
    )
    everyone = members_of(graphs, task, cell, 2, None, "torch")
    how = {"seed": seed_sequence(0)}
    engines = {
        "native": NativeEngine(everyone, task, settings, **how, threads=1),
        "reference": ReferenceEngine(
            everyone, task, settings, **how, at_once=3, device=CPU, dtype=torch.float64
        ),
    }
    for backend, engine in engines.items():
        way = memory.Way(
            runs_on=[backend] * len(everyone), threads=1, at_once=3, device=CPU,
            dtype=torch.float64, saves=True,
        )  # fmt: skip
        need = memory._in_core if backend == "native" else memory._in_torch
        said = sum(need(member, task, settings, way).saved for member in everyone)
        held = sum(a.nbytes for name, a in engine.state().items() if not name.endswith("n_updates"))
        if backend == "native":  # rows of tokens are padded
            assert 0.5 * held < said <= held
        else:
            assert said == held


def test_a_population_that_does_not_fit_is_told_so_with_the_numbers(
    make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = refusal(monkeypatch, make_task("sequence"), 2.0**19, backend="native", n_jobs=2)
    assert re.fullmatch(
        r"`graphs` must hold a population that fits into memory; its 40 networks need \S+ GiB or "
        r"more, \S+ GiB to hold them and \S+ GiB to train 2 at once \(`n_jobs`\), and there are "
        r"0.000488 GiB. In several calls, some of them in each, they become the same \(without "
        r"`halving`\).",
        message,
    )
    need, held = gibibytes(message, "or more"), gibibytes(message, "to hold them")
    assert need == pytest.approx(held + gibibytes(message, "to train"), rel=0.01)


@pytest.mark.parametrize(
    ("argument", "backend", "few", "many"),
    [("n_jobs", "native", 2, 4), ("members", "reference", 2, 8)],
)
def test_more_at_once_need_more(
    argument: str, backend: str, few: int, many: int, make_task: MakeTask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    task, sizes = make_task("sequence"), []
    for count in (few, many):
        message = refusal(
            monkeypatch, task, 2.0**18, graphs=GRAPHS[:1] * 40, backend=backend, **{argument: count}
        )
        assert f"to train {count} " in message
        assert f"(`{argument}`)" in message
        sizes.append(gibibytes(message, "to train"))
    assert sizes[1] / sizes[0] == pytest.approx(many / few, rel=0.01)


def test_a_checkpoint_of_many_small_networks_counts(
    make_task: MakeTask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    task = make_task("sequence")
    how = {"graphs": [np.eye(3)] * 2000, "backend": "native", "n_jobs": 1}
    message = refusal(monkeypatch, task, 2.0**20, **how, checkpoint=tmp_path / "x")
    assert "to write `checkpoint`, and" in message
    assert not (tmp_path / "x").exists()


def test_what_fits_is_trained(make_task: MakeTask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a population that is too large for one call become what they are without a limit."""
    task, how = make_task("sequence"), {"cell": "gru", "epochs": 1, "rng": 0, "n_jobs": 1}
    whole = train_population(GRAPHS * 10, task, **how).results["loss"]
    refusal(monkeypatch, task, 2.0**19, n_jobs=1)
    parts = [train_population(GRAPHS * 2, task, **how).results["loss"] for _ in range(5)]
    assert whole.tolist() == [loss for part in parts for loss in part]


def test_networks_on_a_gpu_need_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1, 3 + device.index))
    assert memory_of(torch.device("cuda:1")) == 4
    monkeypatch.setattr(memory, "total_memory", lambda: 5.0)
    assert memory_of(CPU) == 5


def test_shapes_alone_can_refuse_a_network(
    monkeypatch: pytest.MonkeyPatch, make_task: MakeTask
) -> None:
    def never(*_: object) -> object:
        raise AssertionError("a mask of a shape that does not fit was made")

    monkeypatch.setattr(memory, "_in_core", never)
    message = refusal(monkeypatch, make_task("sequence"), 5000.0, graphs=GRAPHS[1:2])
    assert "that of graph 0 (20 units) needs" in message
