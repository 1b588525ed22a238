import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnngraph.errors import InputError
from rnngraph.masks import layered_mask
from rnngraph.nn import GraphRNN, LayeredRNN, evaluate, train, train_population
from rnngraph.tasks import SequenceData, Sequences
from tests.nn.conftest import random_graph

MakeTask = Callable[[str], SequenceData]


def test_a_network_learns_what_its_graph_can_carry() -> None:
    """First token against last: easy with recurrence, half right without any edge."""
    rng = np.random.default_rng(0)

    def draw(n: int) -> Sequences:
        tokens = rng.integers(0, 2, (n, 4))
        return Sequences(tokens, np.full(n, 4), tokens[:, 0] ^ tokens[:, -1])

    task = SequenceData(draw(400), draw(200), 2, 2, {})
    scores = {}
    for name, graph in (("full", np.ones((8, 8), bool)), ("empty", np.zeros((8, 8), bool))):
        model = GraphRNN(graph, 2, 2, "tanh", rng=0)
        scores[name] = train(model, task, epochs=25, rng=0, learning_rate=0.02)["accuracy"].iloc[-1]
    assert scores["full"] == 1.0
    assert scores["empty"] < 0.65


def test_evaluation_does_not_depend_on_the_batch(make_task: MakeTask) -> None:
    task = make_task("step")
    model = GraphRNN(random_graph(6, 0), 5, 2, "gru", rng=0, dtype=torch.float64)
    whole = evaluate(model, task, task.test)
    right = total = 0
    loss = 0.0
    for i, length in enumerate(task.test.lengths):
        one = Sequences(
            task.test.inputs[i : i + 1, :length],
            task.test.lengths[i : i + 1],
            task.test.targets[i : i + 1, :length],
        )
        scored = int((one.targets != -1).sum())
        one_loss, one_accuracy = evaluate(model, task, one)
        loss += one_loss * scored
        right += round(one_accuracy * scored)
        total += scored
    assert whole == pytest.approx((loss / total, right / total), abs=1e-12)


def test_a_real_valued_target_has_no_accuracy(make_task: MakeTask) -> None:
    task = make_task("value")
    model = GraphRNN(random_graph(6, 0), 3, 1, "gru", rng=0)
    loss, accuracy = evaluate(model, task, task.test)
    assert np.isnan(accuracy)
    with torch.no_grad():
        outputs = model(torch.from_numpy(task.test.inputs), torch.from_numpy(task.test.lengths))
    assert loss == pytest.approx(
        np.mean((outputs[:, 0].numpy() - task.test.targets) ** 2), rel=1e-5
    )


def test_the_seed_decides(make_task: MakeTask) -> None:
    def losses(rng: int) -> list[float]:
        model = GraphRNN(random_graph(6, 0), 5, 2, "gru", rng=0)
        return train(model, make_task("sequence"), epochs=2, rng=rng)["train_loss"].tolist()

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


@pytest.mark.parametrize("function", ["train", "evaluate"])
def test_a_model_of_another_size_is_refused(function: str, make_task: MakeTask) -> None:
    task, model = make_task("sequence"), GraphRNN(random_graph(6, 0), 4, 2, rng=0)
    message = r"`model` must have the input and output size of `task`, \(5, 2\); got \(4, 2\)."
    with pytest.raises(InputError, match=message):
        train(model, task, epochs=1, rng=0) if function == "train" else evaluate(
            model, task, task.test
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replicate": -1}, "`replicate` must be an integer >= 0; got -1."),
        ({"epochs": True}, "`epochs` must be an integer >= 1; got True."),
        ({"clip": 0}, "`clip` must be a number > 0; got 0."),
    ],
)
def test_bad_settings_are_named(change: dict, message: str, make_task: MakeTask) -> None:
    model = GraphRNN(random_graph(6, 0), 5, 2, rng=0)
    with pytest.raises(InputError, match=message):
        train(model, make_task("sequence"), **({"epochs": 1, "rng": 0} | change))


def test_what_is_no_graph_rnn_or_no_task_is_refused(make_task: MakeTask) -> None:
    with pytest.raises(InputError, match="`model` must be a GraphRNN or a LayeredRNN; got GRU."):
        train(torch.nn.GRU(3, 3), make_task("sequence"), epochs=1, rng=0)
    model = GraphRNN(random_graph(6, 0), 5, 2, rng=0)
    with pytest.raises(InputError, match="`task` must be a SequenceData, .*; got tuple."):
        train(model, (1, 2), epochs=1, rng=0)


def test_a_layered_network_alone_learns_as_in_a_population(make_task: MakeTask) -> None:
    task, mask = make_task("sequence"), layered_mask(random_graph(8, 2), "gru")
    how = {"epochs": 2, "learning_rate": 0.01, "batch_size": 32}
    population = train_population(
        [mask], task, cell="gru", rng=4, dtype=torch.float64, backend="reference", **how
    )
    alone = LayeredRNN(mask, 5, 2, rng=0, dtype=torch.float64)
    first = train_population(
        [mask], task, cell="gru", rng=4, dtype=torch.float64, backend="reference",
        **{**how, "epochs": 1, "learning_rate": 1e-300},
    )  # fmt: skip
    alone.set_parameters(dict(first.model(0).named_parameters()))
    curve = train(alone, task, rng=4, **how)
    np.testing.assert_allclose(curve["loss"], population.curves["loss"], rtol=1e-9)
    np.testing.assert_allclose(curve["accuracy"], population.curves["accuracy"])


@pytest.mark.parametrize(
    "how",
    [
        {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01, "schedule": "cosine"},
        {"optimizer": "adam", "weight_decay": 0.01, "schedule": "linear", "warmup": 3},
        {"padding": 0, "clip": None},
    ],
    ids=["sgd", "adam", "padding"],
)
def test_every_setting_is_that_of_a_population(how: dict, make_task: MakeTask) -> None:
    task = make_task("sequence")
    how = {"epochs": 2, "learning_rate": 0.02, "batch_size": 32, **how}
    start = GraphRNN(random_graph(8, 2), 5, 2, "gru", rng=3, dtype=torch.float64)
    together = train_population(
        [start], task, cell="gru", rng=4, dtype=torch.float64, backend="reference", **how
    )
    alone = copy.deepcopy(start)
    curve = train(alone, task, rng=4, **how)
    np.testing.assert_allclose(curve["train_loss"], together.curves["train_loss"], rtol=1e-9)
    np.testing.assert_allclose(curve["loss"], together.curves["loss"], rtol=1e-9)
    judged = evaluate(
        alone, task, padding=how.get("padding"), batch_size=32 if "padding" in how else 256
    )
    assert judged == pytest.approx(tuple(curve.iloc[-1][["loss", "accuracy"]]), rel=1e-9)


def test_padding_that_is_no_token_is_refused(make_task: MakeTask) -> None:
    task, model = make_task("sequence"), GraphRNN(random_graph(6, 0), 5, 2, rng=0)
    message = "^`padding` must be a token of a task with one target a sequence, below 5; got 5"
    with pytest.raises(InputError, match=message):
        evaluate(model, task, padding=5)
    with pytest.raises(InputError, match=message):
        train(model, task, epochs=1, rng=0, padding=5)


def test_after_each_update_the_optimizer_is_shown(make_task: MakeTask) -> None:
    task, model = make_task("sequence"), GraphRNN(random_graph(6, 0), 5, 2, rng=0)
    rates = []
    train(
        model, task, epochs=2, rng=0, batch_size=50, schedule="linear",
        after_update=lambda optimizer: rates.append(optimizer.param_groups[0]["lr"]),
    )  # fmt: skip
    assert len(rates) == 2 * -(-len(task.train) // 50)
    assert rates == sorted(rates, reverse=True)
