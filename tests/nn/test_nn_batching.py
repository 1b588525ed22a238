from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnngraph.nn.batching import batches, data_order
from rnngraph.tasks import SequenceData, Sequences

_CPU = torch.device("cpu")


def _all(task: SequenceData, part: Sequences, size: int) -> list:
    order = np.arange(len(part.lengths))
    return list(batches(part, task.n_tokens, order, size, device=_CPU, dtype=torch.float64))


def test_only_real_steps_exist_and_each_exists_once(
    make_task: Callable[[str], SequenceData],
) -> None:
    task = make_task("sequence")
    steps = [x for batch in _all(task, task.train, 32) for x in batch.steps]
    assert sum(len(x) for x in steps) == task.train.lengths.sum()
    counts = sum(x.sum(dim=0) for x in steps).long().tolist()
    real = np.arange(task.train.inputs.shape[1]) < task.train.lengths[:, None]
    assert counts == np.bincount(task.train.inputs[real], minlength=task.n_tokens).tolist()


def test_rows_end_together_and_keep_their_targets() -> None:
    part = Sequences(
        np.array([[1, 0, 0], [2, 3, 4], [3, 2, 0]]), np.array([1, 3, 2]), np.array([0, 1, 2])
    )
    (batch,) = batches(part, 5, np.array([0, 1, 2]), 3, device=_CPU, dtype=torch.float64)
    tokens = [x.argmax(dim=1).tolist() for x in batch.steps]
    assert tokens == [[2], [3, 3], [4, 2, 1]]
    assert batch.targets.tolist() == [1, 2, 0]


def test_per_step_targets_come_in_step_order() -> None:
    part = Sequences(
        np.array([[1, 0, 0], [2, 3, 4]]), np.array([1, 3]), np.array([[7, -1, -1], [4, -1, 6]])
    )
    (batch,) = batches(part, 5, np.array([0, 1]), 2, device=_CPU, dtype=torch.float64)
    assert batch.targets.tolist() == [4, -1, 6, 7]


@pytest.mark.parametrize("other", [(1, 0), (0, 1)])
def test_the_order_of_data_is_keyed_by_replicate_and_epoch(other: tuple[int, int]) -> None:
    seed = np.random.SeedSequence(3)
    first = data_order(seed, 0, 0, 50)
    assert sorted(first) == list(range(50))
    assert (first == data_order(np.random.SeedSequence(3), 0, 0, 50)).all()
    assert (first != data_order(seed, *other, 50)).any()


def test_a_gpu_is_not_waited_for(
    make_task: Callable[[str], SequenceData], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    def pinned(tensor: torch.Tensor) -> torch.Tensor:
        sent.append([tensor.dtype])
        return tensor.to("meta")

    def to(tensor: torch.Tensor, *where: object, **how: object) -> torch.Tensor:
        if where == (torch.device("cuda"),):
            sent[-1].append(how)
            return tensor
        return own(tensor, *where, **how)

    own = torch.Tensor.to
    monkeypatch.setattr(torch.Tensor, "pin_memory", pinned)
    monkeypatch.setattr(torch.Tensor, "to", to)
    task, how = make_task("value"), {"device": torch.device("cuda"), "dtype": torch.float64}
    (batch,) = batches(task.train, 0, np.arange(9), 9, **how)
    # torch would convert on the CPU, to memory that is not pinned, what has another type.
    assert [dtype for dtype, _ in sent] == [torch.float32, torch.float64]
    assert all(how == {"non_blocking": True} for _, how in sent)
    assert all(x.is_meta and x.dtype == torch.float64 for x in (*batch.steps, batch.targets))
