"""The native engine against its twin in float64, whose gradients are torch's own."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnngraph import _native
from rnngraph._types import CELLS, Adjacency, Cell
from rnngraph.errors import FileError, InputError
from rnngraph.masks import layered_mask, recurrent_mask
from rnngraph.nn import Population, train_population
from rnngraph.tasks import SequenceData, Sequences
from tests.nn.conftest import random_graph

pytestmark = pytest.mark.skipif(_native.core is None, reason="the core was not built")
MakeTask = Callable[[str], SequenceData]
KINDS = ("sequence", "step", "value")
INSTRUCTIONS = [] if _native.core is None else _native.core.instruction_sets()


def task_of(
    kind: str, lengths: list[int], *, n_tokens: int = 5, n_classes: int = 3, seed: int = 0
) -> SequenceData:
    """Random sequences of these lengths, learnt and tested alike; dense if n_tokens is 0."""
    rng = np.random.default_rng(seed)
    n, steps = len(lengths), max(lengths)
    real = np.arange(steps) < np.array(lengths)[:, None]
    inputs: np.ndarray = rng.integers(0, max(1, n_tokens), (n, steps))
    if not n_tokens:
        inputs = rng.normal(size=(n, steps, 3)).astype(np.float32)
    targets: np.ndarray = rng.integers(0, n_classes, n)
    if kind == "step":
        scored = real & (rng.random((n, steps)) < 0.8)
        scored[0, 0] = True
        targets = np.where(scored, rng.integers(0, n_classes, (n, steps)), -1)
    elif kind == "value":
        targets, n_classes = rng.normal(size=n).astype(np.float32), 0
    sequences = Sequences(inputs, np.array(lengths), targets)
    return SequenceData(sequences, sequences, n_tokens, n_classes, {"name": "random"})


def steps_of_descent(
    graphs: list[object], task: SequenceData, cell: Cell, *, backend: str, epochs: int = 1
) -> list[dict[str, torch.Tensor]]:
    """Weights after plain gradient descent by 1 on all sequences at once, without clipping."""
    population = train_population(
        graphs,
        task,
        cell=cell,
        epochs=epochs,
        rng=3,
        batch_size=len(task.train.lengths),
        optimizer="sgd",
        learning_rate=1.0,
        clip=1e30,
        backend=backend,
        dtype=torch.float32 if backend == "native" else torch.float64,
    )
    return [
        {name: value.detach().double() for name, value in model.named_parameters()}
        for model in population.models
    ]


def assert_same_gradients(graphs: list[object], task: SequenceData, cell: Cell) -> None:
    native = steps_of_descent(graphs, task, cell, backend="native")
    reference = steps_of_descent(graphs, task, cell, backend="reference")
    still = train_population(
        graphs, task, cell=cell, epochs=1, rng=3, optimizer="sgd", learning_rate=1e-30,
        backend="reference", dtype=torch.float64,
    )  # fmt: skip
    for ours, theirs, model in zip(native, reference, still.models, strict=True):
        first = {name: value.detach() for name, value in model.named_parameters()}
        scale = max(float((theirs[name] - first[name]).abs().max()) for name in theirs)
        for name, value in theirs.items():
            # A weight near 1 is held to 6e-8.
            torch.testing.assert_close(
                ours[name], value, rtol=0, atol=1e-5 * scale + 3e-7, msg=name
            )


@pytest.mark.parametrize("isa", INSTRUCTIONS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_tokens", [0, 5, 12, 29, 40])
def test_gradients_are_those_of_autograd(
    cell: Cell, kind: str, n_tokens: int, isa: str, use_instructions: Callable[[str], None]
) -> None:
    use_instructions(isa)
    lengths = np.random.default_rng(1).integers(1, 12, 70).tolist()
    task = task_of(kind, lengths, n_tokens=n_tokens)
    graphs = [random_graph(n, n) for n in (1, 5, 17, 33)]
    assert_same_gradients([*graphs, np.zeros((6, 6)), np.eye(6), np.ones((7, 7))], task, cell)


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(1, 20),
    p=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=40),
    cell=st.sampled_from(CELLS),
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 99),
)
def test_gradients_of_any_graph_and_lengths(
    n: int, p: float, lengths: list[int], cell: Cell, kind: str, seed: int
) -> None:
    graph = np.random.default_rng(seed).random((n, n)) < p
    assert_same_gradients([graph], task_of(kind, lengths, seed=seed), cell)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gates_inputs_and_readouts_of_their_own(cell: Cell, make_task: MakeTask) -> None:
    graph = random_graph(9, 1)
    masks = [
        recurrent_mask(graph, cell, gates={"z" if cell == "gru" else "f": random_graph(9, 2)}),
        recurrent_mask(graph, cell, input=[0, 1, 4], readout=[2, 3]),
    ]
    for kind in KINDS:
        assert_same_gradients(list(masks), make_task(kind), cell)


@pytest.mark.parametrize("isa", INSTRUCTIONS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_layered_networks(
    cell: Cell, kind: str, isa: str, use_instructions: Callable[[str], None]
) -> None:
    use_instructions(isa)
    lengths = np.random.default_rng(1).integers(1, 9, 50).tolist()
    graphs = [random_graph(n, n, 0.4) for n in (1, 6, 14)]
    for n_tokens, width in ((5, 3), (5, 0), (0, 0)):
        masks = [
            *(layered_mask(graph, cell, embedding_size=width) for graph in graphs),
            layered_mask(
                graphs[2], cell, embedding_size=width, hidden="diagonal", interleaved_gates=True
            ),
        ]
        assert_same_gradients(list(masks), task_of(kind, lengths, n_tokens=n_tokens), cell)


@pytest.mark.parametrize("kind", ["sequence", "value"])
def test_padding_is_read_as_the_twin_reads_it(kind: str) -> None:
    task = task_of(kind, [1, 3, 7, 7, 2, 5, 9, 4] * 5, n_tokens=5)
    graph = random_graph(8, 1)
    for masks in ([graph, random_graph(20, 2)], [layered_mask(graph, "gru", embedding_size=2)]):
        for padding in (0, 4):
            how = {
                "cell": "gru", "epochs": 2, "rng": 1, "batch_size": 16, "padding": padding,
                "learning_rate": 0.01,
            }  # fmt: skip
            native = train_population(masks, task, backend="native", **how)
            twin = train_population(masks, task, backend="reference", dtype=torch.float64, **how)
            columns = ["train_loss", "loss", "gradient_norm_mean"]
            np.testing.assert_allclose(native.curves[columns], twin.curves[columns], rtol=2e-5)
    for refused in ({"task": task_of("step", [3, 4])}, {"task": task, "padding": 5}):
        with pytest.raises(InputError, match="^`padding` must be a token of a task with one"):
            train_population(
                [graph], **{"cell": "gru", "epochs": 1, "rng": 0, "padding": 0} | refused
            )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_training_is_that_of_the_twin(
    cell: Cell, optimizer: str, schedule: str, make_task: MakeTask
) -> None:
    task = make_task("step")
    how = {
        "cell": cell, "epochs": 3, "rng": 5, "replicates": 2, "batch_size": 32, "clip": 0.5,
        "weight_decay": 0.01, "learning_rate": 0.01, "optimizer": optimizer,
        "momentum": 0.5 if optimizer == "sgd" else 0.0, "schedule": schedule, "warmup": 2,
    }  # fmt: skip
    graphs = [random_graph(n, n) for n in (9, 20, 14)]
    native = train_population(graphs, task, backend="native", **how)
    twin = train_population(graphs, task, backend="reference", dtype=torch.float64, **how)
    columns = ["train_loss", "loss", "gradient_norm_mean", "gradient_norm_max"]
    np.testing.assert_allclose(native.curves[columns], twin.curves[columns], rtol=2e-4)
    assert set(native.results["backend"]) == {"native"}
    assert (native.results["dead_units"] == twin.results["dead_units"]).all()
    for ours, theirs in zip(native.models, twin.models, strict=True):
        for name, value in theirs.named_parameters():
            atol = 1e-3 * float(value.detach().abs().max())
            torch.testing.assert_close(ours.get_parameter(name).double(), value, rtol=0, atol=atol)


def test_torch_optimizers_are_the_twins() -> None:
    from rnngraph.nn.optimizers import Moments
    from rnngraph.nn.settings import TrainingSettings

    rng = torch.Generator().manual_seed(0)
    for name, make in {
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.01, weight_decay=0.1, momentum=0.7),
    }.items():
        ours = {"w": torch.randn(2, 5, generator=rng, dtype=torch.float64)}
        theirs = torch.nn.Parameter(ours["w"].clone())
        how = TrainingSettings(
            epochs=1, weight_decay=0.1, optimizer=name, momentum=0.7 * (name == "sgd")
        )
        moments, optimizer = Moments(ours, how), make([theirs])
        for _ in range(5):
            theirs.grad = torch.randn(2, 5, generator=rng, dtype=torch.float64)
            moments.update(ours, {"w": theirs.grad}, 0.01, torch.ones(2, dtype=torch.bool))
            optimizer.step()
        torch.testing.assert_close(ours["w"], theirs.detach(), rtol=1e-12, atol=1e-12)


def same_bits(a: Population, b: Population, rows: list[int]) -> None:
    for row, other in enumerate(rows):
        ours, theirs = a.model(row).state_dict(), b.model(other).state_dict()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("cell", CELLS)
def test_company_order_and_cores_do_not_change_a_bit(cell: Cell, make_task: MakeTask) -> None:
    graphs: list[Adjacency] = [random_graph(n, n) for n in (9, 20, 14, 21, 16)]
    how = {"cell": cell, "epochs": 2, "rng": 5, "batch_size": 32, "backend": "native"}
    task = make_task("sequence")
    once = train_population(graphs, task, replicates=2, n_jobs=1, **how)
    again = train_population(graphs[::-1], task, replicates=[1, 0], n_jobs=3, **how)
    same_bits(once, again, [2 * (4 - g) + 1 - r for g in range(5) for r in range(2)])
    same_bits(train_population(graphs[2:3], task, n_jobs=1, **how), once, [4])


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("layered", [False, True])
def test_goes_on_from_a_checkpoint_to_the_bit(
    layered: bool, backend: str, make_task: MakeTask, tmp_path: Path
) -> None:
    graphs, task = [random_graph(n, n) for n in (9, 20, 14)], make_task("step")
    if layered:
        graphs = [layered_mask(graph, "gru", embedding_size=2) for graph in graphs]
    how = {
        "cell": "gru", "replicates": 2, "epochs": 6, "rng": 5, "batch_size": 32, "members": 2,
        "backend": backend, "halving": {2: 0.7}, "patience": 2, "learning_rate": 0.05,
    }  # fmt: skip

    class Stop(Exception):
        pass

    def stop_after_three(_: int) -> None:
        seen.append(0)
        if len(seen) == 3:
            raise Stop

    whole = train_population(graphs, task, **how)
    seen: list[int] = []
    path = tmp_path / "population.safetensors"
    with pytest.raises(Stop):
        train_population(graphs, task, checkpoint=path, progress=stop_after_three, **how)
    resumed = train_population(graphs, task, checkpoint=path, **how)
    pd.testing.assert_frame_equal(whole.curves, resumed.curves)
    timeless = whole.results.drop(columns="seconds")
    pd.testing.assert_frame_equal(timeless, resumed.results.drop(columns="seconds"))
    same_bits(whole, resumed, list(range(6)))
    # A finished one is read, not trained again.
    again = train_population(graphs, task, checkpoint=path, progress=lambda _: 1 / 0, **how)
    same_bits(whole, again, list(range(6)))
    with pytest.raises(
        InputError, match="^`checkpoint` must be of the same population; .*: `learning_rate`.$"
    ):
        train_population(graphs, task, checkpoint=path, **{**how, "learning_rate": 0.01})
    # The embedding has a row a token, though none of the sequences have that one.
    wider = dataclasses.replace(task, n_tokens=task.n_tokens + 1)
    with pytest.raises(InputError, match="^`checkpoint` must be of the same .*`task`.$"):
        train_population(graphs, wider, checkpoint=path, **how)


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("layered", [False, True])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_more_epochs_are_as_one_longer_run(
    optimizer: str, layered: bool, backend: str, make_task: MakeTask, tmp_path: Path
) -> None:
    """After an interruption, after the last epoch, and where some have stopped in it."""
    graphs, task = [random_graph(n, n) for n in (9, 20, 14)], make_task("sequence")
    if layered:
        graphs = [layered_mask(graph, "gru", embedding_size=2) for graph in graphs]
    how = {
        "cell": "gru", "replicates": 2, "rng": 5, "batch_size": 32, "members": 2,
        "backend": backend, "optimizer": optimizer, "warmup": 7, "halving": {2: 0.7, 4: 0.7},
        "learning_rate": 0.05, "clip": 0.5,
    }  # fmt: skip
    path, half = tmp_path / "population", tmp_path / "half"
    whole = train_population(graphs, task, epochs=6, **how)
    train_population(graphs, task, epochs=2, checkpoint=path, progress=_copies(path, half), **how)
    for stored in (half, path):  # after the first of two epochs, after both
        train_population(graphs, task, epochs=4, checkpoint=stored, **how)
        longer = train_population(graphs, task, epochs=6, checkpoint=stored, **how)
        pd.testing.assert_frame_equal(whole.curves, longer.curves)
        same_bits(whole, longer, list(range(6)))
    with pytest.raises(
        InputError, match="^`epochs` must be at least the 6 that `checkpoint` has; got 5.$"
    ):
        train_population(graphs, task, epochs=5, checkpoint=path, **how)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_schedule_that_ends_has_the_epochs_it_began_with(
    schedule: str, make_task: MakeTask, tmp_path: Path
) -> None:
    how = {"cell": "tanh", "rng": 0, "schedule": schedule, "checkpoint": tmp_path / "population"}
    graphs, task = [np.eye(3)], make_task("sequence")
    train_population(graphs, task, epochs=2, **how)
    train_population(graphs, task, epochs=2, **how)
    message = (
        "^`epochs` must be those of `checkpoint`, 2, for under `schedule` "
        f'"{schedule}" every step size depends on them; got 3.$'
    )
    with pytest.raises(InputError, match=message):
        train_population(graphs, task, epochs=3, **how)
    with pytest.raises(InputError, match="^`checkpoint` must be of the same .*: `schedule`.$"):
        train_population(graphs, task, epochs=3, **{**how, "schedule": "constant"})


def test_large_dense_networks_go_to_the_reference(
    make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"simple": ((15, 0.9), (12, 0.5)), "gated": ((21, 0.9),)}
    monkeypatch.setattr("rnngraph.nn.backends._DENSE", limits)
    task = make_task("sequence")
    graphs = [random_graph(20, 0), np.ones((20, 20), bool), random_graph(8, 1), np.ones((11, 11))]
    how = {"cell": "tanh", "epochs": 2, "rng": 5, "batch_size": 32}
    mixed = train_population(graphs, task, **how, checkpoint=tmp_path / "whole.safetensors")
    assert mixed.results["backend"].tolist() == ["native", "reference", "native", "native"]
    gated = train_population(graphs, task, **{**how, "cell": "gru"})
    assert set(gated.results["backend"]) == {"native"}
    # Each as if it were alone on its backend; and again from half-way.
    for row, graph in enumerate(graphs):
        backend = mixed.results["backend"][row]
        same_bits(train_population([graph], task, backend=backend, **how), mixed, [row])
    half = tmp_path / "half.safetensors"
    train_population(graphs, task, **how, checkpoint=half, progress=_copies(half, tmp_path / "1"))
    resumed = train_population(graphs, task, **how, checkpoint=tmp_path / "1")
    same_bits(mixed, resumed, [0, 1, 2, 3])


def _copies(path: Path, to: Path) -> Callable[[int], None]:
    """Keep what the checkpoint is after the first epoch."""

    def copy(_: int) -> None:
        if not to.exists():
            to.write_bytes(path.read_bytes())

    return copy


def test_a_checkpoint_of_the_same_masks_between_other_layers(
    make_task: MakeTask, tmp_path: Path
) -> None:
    chain = np.diag(np.ones(3, bool), 1)
    one, other = chain.copy(), chain.copy()
    one[0, 2] = other[0, 3] = True
    how = {"cell": "tanh", "epochs": 1, "rng": 0, "checkpoint": tmp_path / "population"}
    train_population([layered_mask(one, "tanh")], make_task("sequence"), **how)
    with pytest.raises(InputError, match="^`checkpoint` must be of the same .*: `graphs`.$"):
        train_population([layered_mask(other, "tanh")], make_task("sequence"), **how)


def test_the_best_epoch_is_never_one_without_a_loss(make_task: MakeTask) -> None:
    task = make_task("sequence")
    how = {"cell": "relu", "epochs": 9, "rng": 3, "optimizer": "sgd", "clip": 1e30}
    for rate in (1e3, 1e6, 1e12):
        found = train_population([random_graph(8, 1)], task, learning_rate=rate, **how)
        (row,) = found.results.to_dict("records")
        assert row["diverged"] == (row["stopped"] == "diverged")
        losses = found.curves["loss"].to_numpy()
        if np.isfinite(losses).any():
            assert losses[row["best_epoch"] - 1] == np.nanmin(losses)


def test_a_damaged_checkpoint(make_task: MakeTask, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"no such thing")
    with pytest.raises(FileError, match="^`checkpoint` must name a whole file; got "):
        train_population(
            [np.eye(3)], make_task("step"), cell="gru", epochs=1, rng=0, checkpoint=path
        )


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_who_stops_and_why(backend: str, make_task: MakeTask) -> None:
    graphs = [random_graph(6, k) for k in range(8)]
    how = {"cell": "tanh", "rng": 0, "backend": backend, "batch_size": 16}
    task = make_task("sequence")
    halved = train_population(graphs, task, epochs=4, halving={1: 0.5, 2: 0.5}, **how).results
    assert sorted(halved["epochs"]) == [1, 1, 1, 1, 2, 2, 4, 4]
    assert (halved["stopped"] == "halving").sum() == 6
    after_one = train_population(graphs, task, epochs=1, **how).results["loss"]
    assert set(halved.index[halved["epochs"] > 1]) == set(after_one.nsmallest(4).index)
    patient = train_population(graphs, task, epochs=30, patience=2, learning_rate=0.3, **how)
    for row, result in patient.results.iterrows():  # noqa: B007 (query reads it)
        losses = patient.curves.query("graph == @row")["loss"].to_numpy()
        assert result["best_epoch"] == losses.argmin() + 1
        if result["stopped"]:
            assert result["epochs"] == result["best_epoch"] + 2


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_member_that_diverges_stops_with_its_last_good_weights(
    backend: str, make_task: MakeTask
) -> None:
    task = make_task("sequence")
    how = {"cell": "relu", "rng": 0, "epochs": 4, "learning_rate": 1e18, "backend": backend}
    quiet = np.zeros((8, 8), dtype=bool)
    population = train_population([random_graph(8, 1), quiet], task, **how)
    first = population.results.iloc[0]
    assert first["diverged"]
    assert first["stopped"] == "diverged"
    assert np.isnan(first["train_loss"])
    assert all(value.isfinite().all() for value in population.model(0).parameters())
    alone = train_population([quiet], task, **how).results
    assert population.results["loss"][1] == alone["loss"][0]


def test_results_say_how_soon_and_how_well(make_task: MakeTask) -> None:
    population = train_population(
        [random_graph(12, 1)], make_task("step"), cell="gru", epochs=8, rng=0,
        learning_rate=0.02, threshold=0.6,
    )  # fmt: skip
    accuracy = population.curves["accuracy"]
    result = population.results.iloc[0]
    assert result["best_accuracy"] == accuracy.max()
    assert result["epochs_to_threshold"] == (accuracy >= 0.6).argmax() + 1
    assert result["gradient_norm_max"] == population.curves["gradient_norm_max"].max()


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_dead_units_are_counted(backend: str, make_task: MakeTask) -> None:
    # Units 2 and 3 get neither input nor edges, and their bias alone does not keep relu down.
    mask = recurrent_mask(np.zeros((4, 4)), "relu", input=[0, 1])
    population = train_population(
        [mask], make_task("sequence"), cell="relu", epochs=1, rng=1, backend=backend
    )
    model = population.model(0)
    bias = model.rnn.bias_ih_l0 + model.rnn.bias_hh_l0
    expected = float((bias[2:] <= 0).sum()) / 4
    assert population.results["dead_units"][0] >= expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "sdg"}, "`optimizer` must be one of .*; got 'sdg'. Did you mean 'sgd'?"),
        ({"schedule": "step"}, "`schedule` must be one of constant, linear, cosine; got 'step'."),
        ({"momentum": 2, "optimizer": "sgd"}, r"`momentum` must be a number in \[0, 1\]; got 2."),
        (
            {"momentum": 0.9},
            '`momentum` must be 0 for any `optimizer` but "sgd"; got 0.9 with "adamw".',
        ),
        ({"warmup": -1}, "`warmup` must be an integer >= 0; got -1."),
        ({"patience": 0}, "`patience` must be an integer >= 1; got 0."),
        ({"halving": 0.5}, "`halving` must map epochs to shares, such as .*; got float."),
        ({"halving": {0: 0.5}}, r"`halving` must map epochs >= 1 to shares in \(0, 1\]; got 0: "),
        ({"halving": {1: 1.5}}, r"`halving` must map epochs >= 1 to .*; got 1: 1.5."),
        ({"threshold": 2}, r"`threshold` must be a number in \[0, 1\]; got 2."),
        ({"n_jobs": 0}, "`n_jobs` must be an integer >= 1; got 0."),
        (
            {"backend": "cuda"},
            "`backend` must be one of auto, native, reference, fused; got 'cuda'.",
        ),
        (
            {"backend": "native", "dtype": torch.float64},
            '`backend` "native" needs the CPU and torch.float32; got cpu and torch.float64.',
        ),
    ],
)
def test_bad_arguments(change: dict[str, object], message: str, make_task: MakeTask) -> None:
    how = {"cell": "gru", "epochs": 1, "rng": 0, **change}
    with pytest.raises(InputError, match=f"^{message}"):
        train_population([np.eye(3)], make_task("sequence"), **how)


@pytest.mark.parametrize("backend", ["native", "reference"])
def test_a_network_larger_than_memory(
    backend: str, make_task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnngraph.nn.memory.total_memory", lambda: 2.0**15)
    message = (
        r"`graphs` must hold networks that fit into memory; that of graph 1 \(9 units\) needs "
        r"\S+ GiB or more for sequences of 11 steps, and there are 3.05e-05 GiB."
    )
    with pytest.raises(InputError, match=message):
        train_population(
            [np.eye(3), np.eye(9)], make_task("sequence"), cell="gru", epochs=1, rng=0,
            backend=backend,
        )  # fmt: skip
    # Outputs of every step count.
    monkeypatch.setattr("rnngraph.nn.memory.total_memory", lambda: 2.0**20)
    task = dataclasses.replace(make_task("step"), n_classes=2**12)
    with pytest.raises(InputError, match="`graphs` must hold networks that fit into memory"):
        train_population([np.eye(3)], task, cell="gru", epochs=1, rng=0, backend=backend)
