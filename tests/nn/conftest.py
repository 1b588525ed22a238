"""Small tasks and graphs for the network tests."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import torch

from rnngraph import _native
from rnngraph._types import Adjacency
from rnngraph.nn import GraphRNN, LayeredRNN, Population
from rnngraph.tasks import SequenceData, Sequences


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny tensors: a second thread only costs, and the promise of equal bits is for one."""
    torch.set_num_threads(1)


def random_graph(n: int, seed: int, p: float = 0.3) -> Adjacency:
    return np.random.default_rng(seed).random((n, n)) < p


def assert_trained_alike(
    population: Population, row: int, model: GraphRNN | LayeredRNN, curve: pd.DataFrame
) -> None:
    """Compare a network of a population with one that was trained alone, to rounding."""
    own = population.results.loc[[row], ["graph", "replicate"]]
    mine = population.curves.merge(own, on=["graph", "replicate"])
    columns = ["train_loss", "loss", "accuracy"]
    np.testing.assert_allclose(mine[columns], curve[columns], rtol=0, atol=1e-12)
    state = population.model(row).state_dict()
    for name, value in model.state_dict().items():
        torch.testing.assert_close(state[name], value, rtol=0, atol=1e-12)


def _sequences(kind: str, n: int, steps: int, rng: np.random.Generator) -> Sequences:
    lengths = rng.integers(2, steps + 1, n)
    real = np.arange(steps) < lengths[:, None]
    tokens = rng.integers(0, 5, (n, steps)) * real
    ones = np.cumsum((tokens == 1) & real, axis=1)
    if kind == "sequence":
        return Sequences(tokens, lengths, (ones[:, -1] % 2).astype(np.int64))
    if kind == "step":
        scored = real & (rng.random((n, steps)) < 0.7)
        scored[:, 0] = True
        return Sequences(tokens, lengths, np.where(scored, ones % 2, -1).astype(np.int64))
    dense = rng.normal(size=(n, steps, 3)).astype(np.float32)
    sums = (dense[..., 0] * real).sum(axis=1).astype(np.float32)
    return Sequences(dense, lengths, sums)


@pytest.fixture
def make_task() -> Callable[[str], SequenceData]:
    """Parity of a token's count, at the end ("sequence") or all along ("step"); or a sum."""

    def make(kind: str) -> SequenceData:
        rng = np.random.default_rng(7)
        sizes = (0, 0) if kind == "value" else (5, 2)
        return SequenceData(
            _sequences(kind, 90, 9, rng), _sequences(kind, 40, 11, rng), *sizes, {"name": kind}
        )

    return make


@pytest.fixture
def use_instructions() -> Iterator[Callable[[str], None]]:
    """Choose the core's instruction set; the widest comes back."""
    yield _native.core.use_instruction_set
    *_, widest = _native.core.instruction_sets()
    _native.core.use_instruction_set(widest)
