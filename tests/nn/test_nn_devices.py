"""What the reference does on a device of which nothing can be read: as on a GPU, it need not wait.

torch's "meta" device has shapes and no numbers: taking a number off it raises, as does mixing it
with tensors of the CPU.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch

from rnngraph._types import CELLS, Cell
from rnngraph.nn.reference import ReferenceEngine
from rnngraph.nn.settings import OPTIMIZERS, TrainingSettings
from rnngraph.nn.wirings import members_of
from rnngraph.tasks import SequenceData
from tests.nn.conftest import random_graph

MakeTask = Callable[[str], SequenceData]
META = torch.device("meta")


@pytest.mark.parametrize(
    ("cell", "kind", "optimizer"),
    [
        *product(CELLS, ["sequence", "step", "value"], OPTIMIZERS[:1]),
        *product(["gru"], ["sequence"], OPTIMIZERS[1:]),
    ],
)
def test_passes_take_nothing_off_the_device(
    cell: Cell, kind: str, optimizer: str, make_task: MakeTask
) -> None:
    task = make_task(kind)
    settings = TrainingSettings(
        epochs=1,
        batch_size=32,
        learning_rate=1e-3,
        weight_decay=0.1,
        clip=1.0,
        optimizer=optimizer,
        momentum=0.5 if optimizer == "sgd" else 0.0,
        schedule="cosine",
        warmup=1,
        padding=None,
    )
    everyone = members_of([random_graph(n, n) for n in (5, 9)], task, cell, 1, None, "torch")
    seed = np.random.SeedSequence(0)
    engine = ReferenceEngine(
        everyone, task, settings, seed=seed, at_once=2, device=META, dtype=torch.float32
    )
    (group,) = engine._groups
    order = np.arange(len(task.train.lengths))
    training = engine._batches(task.train, order, settings.batch_size, group.stack)
    learned = engine._descend(group, training, settings.rates(0, len(order)))
    measured = engine._measure(group)
    assert all(column.device == META and len(column) == 2 for column in (*learned, *measured))
    assert all(value.device == META for value in group.moments.first.values())
    with pytest.raises(NotImplementedError, match="no data"):
        engine.learn([0, 1], 0)
