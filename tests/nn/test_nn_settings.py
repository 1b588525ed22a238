"""Step sizes and decay at their ends: what optimisers can hold, and an error beyond it."""

import re

import numpy as np
import pytest

import rnngraph as rg
from rnngraph.errors import InputError
from rnngraph.nn import GraphRNN
from rnngraph.nn.settings import OPTIMIZERS, TrainingSettings

GRAPH = np.triu(np.ones((4, 4), dtype=bool), 1)


@pytest.mark.parametrize("name", ["learning_rate", "weight_decay"])
@pytest.mark.parametrize("value", [1.1e37, 1e39, 1e300])
def test_beyond_what_a_float32_holds_is_refused(name: str, value: float) -> None:
    message = f"`{name}` must be a number <= 1e+37; got {value!r}."
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        TrainingSettings(epochs=1, **{name: value})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("backend", ["alone", "reference", "native"])
def test_the_largest_are_taken_by_every_optimizer(optimizer: str, backend: str) -> None:
    task = rg.tasks.reber(n_train=8, n_test=4, rng=0)
    how = {"epochs": 2, "batch_size": 2, "optimizer": optimizer, "rng": 0}
    how |= {"learning_rate": 1e37, "weight_decay": 1e37}
    if backend == "alone":
        model = GraphRNN(GRAPH, task.input_size, task.output_size, rng=0)
        assert len(rg.train(model, task, **how)) <= 2
    else:
        population = rg.train_population([GRAPH], task, cell="gru", backend=backend, **how)
        assert len(population.results) == 1
