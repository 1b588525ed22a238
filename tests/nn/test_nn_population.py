from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from rnngraph import _native
from rnngraph._rng import stream
from rnngraph._types import CELLS, Cell
from rnngraph.errors import FileError, InputError
from rnngraph.masks import graph_of, layered_mask, recurrent_mask
from rnngraph.nn import (
    GraphRNN,
    LayeredRNN,
    evaluate,
    load_model,
    save_model,
    train,
    train_population,
)
from rnngraph.nn.objective import clip_coefficients
from rnngraph.tasks import SequenceData
from tests.nn.conftest import assert_trained_alike, random_graph

MakeTask = Callable[[str], SequenceData]
BACKENDS = ["reference", *([] if _native.core is None else ["native"])]
_SETTINGS = {"epochs": 3, "learning_rate": 0.01, "batch_size": 32, "weight_decay": 0.01}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", ["sequence", "step", "value"])
def test_together_is_as_alone_in_plain_torch(cell: Cell, kind: str, make_task: MakeTask) -> None:
    """K members stacked against each trained by stock modules, torch's clipping and AdamW."""
    task = make_task(kind)
    graphs = [random_graph(n, n) for n in (9, 20, 14)]
    together = train_population(
        graphs,
        task,
        cell=cell,
        replicates=2,
        rng=5,
        dtype=torch.float64,
        keys=["a", "b", "c"],
        **_SETTINGS,
    )
    for row, result in together.results.iterrows():
        graph, replicate = result["graph"], result["replicate"]
        model = GraphRNN(
            graphs[graph],
            task.input_size,
            task.output_size,
            cell,
            rng=stream(np.random.SeedSequence(5), "init", "abc"[graph], cell, replicate),
            dtype=torch.float64,
        )
        alone = train(model, task, rng=5, replicate=replicate, **_SETTINGS)
        assert_trained_alike(together, row, model, alone)


@pytest.mark.parametrize("kind", ["sequence", "step", "value"])
@pytest.mark.parametrize("cell", CELLS)
def test_company_and_order_do_not_change_a_bit(cell: Cell, kind: str, make_task: MakeTask) -> None:
    task = make_task(kind)
    graphs = [random_graph(n, n) for n in (9, 20, 14, 21, 16)]
    how = {"cell": cell, "rng": 5, "backend": "reference", **_SETTINGS}
    once = train_population(graphs, task, replicates=2, **how)
    again = train_population(graphs[::-1], task, replicates=[1, 0], members=2, **how)
    for graph in range(5):
        for replicate in range(2):
            a = once.model(2 * graph + replicate).state_dict()
            b = again.model(2 * (4 - graph) + 1 - replicate).state_dict()
            assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_are_those_of_the_models_taken_out(backend: str, make_task: MakeTask) -> None:
    task = make_task("step")
    population = train_population(
        [random_graph(8, 1), random_graph(12, 2)],
        task,
        cell="lstm",
        replicates=2,
        rng=0,
        epochs=2,
        backend=backend,
    )
    for model, (_, row) in zip(population.models, population.results.iterrows(), strict=True):
        loss, accuracy = evaluate(model, task, task.test)
        assert accuracy == pytest.approx(row["accuracy"], abs=1e-9)
        assert loss == pytest.approx(row["loss"], rel=1e-5)
    results = population.results
    assert results["graph"].tolist() == [0, 0, 1, 1]
    assert results["replicate"].tolist() == [0, 1, 0, 1]
    assert results["n_units"].tolist() == [8, 8, 12, 12]
    assert set(results["backend"]) == {backend}
    assert not results["diverged"].any()
    assert len(population.curves) == 8


def test_live_parameters_are_counted(make_task: MakeTask) -> None:
    graph = random_graph(8, 1)
    population = train_population([graph], make_task("sequence"), cell="gru", rng=0, epochs=1)
    expected = 3 * (graph.sum() + 5 * 8 + 8 + 8) + 2 * 8 + 2
    assert population.results["n_parameters"].item() == expected


def test_masked_weights_end_at_zero_and_live_ones_moved(make_task: MakeTask) -> None:
    graph = random_graph(8, 1)
    model = train_population([graph], make_task("sequence"), cell="gru", rng=0, **_SETTINGS).model(
        0
    )
    assert (model.rnn.weight_hh_l0[~model.mask_hh_l0] == 0).all()
    assert (graph_of(model.to_torch()[0]) == graph).all()


def test_equal_graphs_are_equal_networks_unless_keyed_apart(make_task: MakeTask) -> None:
    task, graph = make_task("sequence"), random_graph(8, 1)
    same = train_population([graph, graph], task, cell="tanh", rng=0, epochs=1).results
    assert same["train_loss"].nunique() == 1
    apart = train_population(
        [graph, graph], task, cell="tanh", rng=0, epochs=1, keys=["a", "b"]
    ).results
    assert apart["train_loss"].nunique() == 2


def test_a_member_that_diverges_leaves_its_mates_alone(make_task: MakeTask) -> None:
    task = make_task("sequence")
    settings = {"cell": "relu", "rng": 0, "epochs": 4, "learning_rate": 1e18}
    population = train_population(
        [random_graph(8, 1), np.zeros((8, 8), dtype=bool)], task, **settings
    )
    alone = train_population([np.zeros((8, 8), dtype=bool)], task, **settings)
    assert population.results["diverged"].tolist()[0]
    assert population.results["train_loss"][1] == alone.results["train_loss"][0]


def test_progress_counts_network_epochs(make_task: MakeTask) -> None:
    seen: list[int] = []
    train_population(
        [random_graph(8, 1)] * 3,
        make_task("sequence"),
        cell="tanh",
        rng=0,
        epochs=2,
        members=2,
        progress=seen.append,
    )
    assert seen == [3, 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell": "gruu"}, "`cell` must be one of .*; got 'gruu'. Did you mean 'gru'?"),
        ({"epochs": 0}, "`epochs` must be an integer >= 1; got 0."),
        ({"replicates": 0}, "`replicates` must be an integer >= 1; got 0."),
        ({"replicates": [0, -1]}, "`replicates` must be an integer >= 0; got -1."),
        ({"batch_size": 0}, "`batch_size` must be an integer >= 1; got 0."),
        ({"learning_rate": 0}, "`learning_rate` must be a number > 0; got 0."),
        ({"weight_decay": -1}, "`weight_decay` must be a number >= 0; got -1."),
        ({"clip": float("nan")}, "`clip` must be a number > 0; got nan."),
        ({"keys": ["a", "b"]}, "`keys` must name each of the 1 graphs; got 2."),
        ({"keys": "a"}, "`keys` must be a sequence of names, one a graph; got 'a'."),
        ({"keys": [None]}, "`keys` must hold names, text; got None."),
        ({"replicates": 2.0}, "`replicates` must be an integer >= 1 or a sequence .*; got 2.0."),
        ({"halving": {1: "x"}}, r"`halving` must map epochs >= 1 to shares .*; got 1: 'x'."),
        ({"batch_size": 2**70}, "`batch_size` must be an integer <= 1e\\+09; got 1180591"),
        ({"n_jobs": 2**40}, "`n_jobs` must be an integer <= 1e\\+09; got 1099511627776."),
        ({"progress": "x"}, "`progress` must be a function; got 'x'."),
        ({"checkpoint": 5}, "`checkpoint` must be the path of a file; got 5."),
        ({"device": "meta"}, "`device` must have numbers; got 'meta'."),
        ({"members": 0}, "`members` must be an integer >= 1; got 0."),
        (
            {"backend": "gpu"},
            "`backend` must be one of auto, native, reference, fused; got 'gpu'.",
        ),
        ({"graphs": []}, "`graphs` must hold at least one graph; got none."),
        ({"graphs": np.eye(3, dtype=bool)}, "`graphs` must be a list of graphs.*; got ndarray."),
        ({"graphs": iter([])}, r"or an array \(K, n, n\); got list_iterator."),
        ({"replicates": []}, r"`replicates` must name each replicate once; got \[\]."),
        ({"replicates": [1, 1]}, r"`replicates` must name each replicate once; got \[1, 1\]."),
        ({"device": "gpu"}, "`device` must be .*, such as \"cpu\"; got 'gpu'."),
        ({"device": "cuda:99"}, "`device` must be .*; got 'cuda:99'."),
        ({"dtype": "float64"}, "`dtype` must be torch.float32 or torch.float64; got 'float64'."),
        ({"task": "reber"}, "`task` must be a SequenceData, .*; got str."),
        (
            {"graphs": [recurrent_mask(np.eye(3, dtype=bool), "lstm")]},
            r"`graphs\[0\]` must be of `cell` 'gru'; got a mask of 'lstm'.",
        ),
        (
            {"graphs": [recurrent_mask(np.eye(3, dtype=bool), "gru", bidirectional=True)]},
            r"`graphs\[0\]` must be of one layer and one direction; got 1 layers, 2 directions",
        ),
    ],
)
def test_bad_arguments_are_named(change: dict, message: str, make_task: MakeTask) -> None:
    arguments = {
        "graphs": [random_graph(4, 0)],
        "task": make_task("sequence"),
        "cell": "gru",
        "epochs": 1,
        "rng": 0,
    }
    with pytest.raises(InputError, match=message):
        train_population(**(arguments | change))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ones((3, 4)), r"`graphs\[2\]` must be a square matrix .*; got shape \(3, 4\)."),
        (None, r"`graphs\[2\]` must be a graph or a matrix; got NoneType."),
        ([], r"`graphs\[2\]` must hold at least one layer; got an empty list."),
        ("no.npz", r"`graphs\[2\]`: `no.npz` cannot be read: "),
        (
            layered_mask(random_graph(4, 0), "gru"),
            r"`graphs` must all .*; got a RecurrentMask at `graphs\[0\]` and a LayeredMask at "
            r"`graphs\[2\]`.",
        ),
        (
            recurrent_mask(np.eye(3), "gru", input=np.ones((9, 3), bool)),
            r"`graphs\[2\]`: `input_size` must fit the mask's input block, 9; got 5.",
        ),
        (
            recurrent_mask(np.eye(3), "gru", readout=np.ones((3, 7), bool)),
            r"`graphs\[2\]`: `output_size` must fit the mask's readout block, 7; got 2.",
        ),
        (
            GraphRNN(random_graph(4, 0), 6, 2, rng=0),
            r"`graphs\[2\]` must have the input and output size of `task`, \(5, 2\); got \(6, 2\).",
        ),
    ],
)
def test_a_bad_graph_among_many_is_named_by_its_place(
    bad: object, message: str, make_task: MakeTask
) -> None:
    graphs = [random_graph(4, 0), random_graph(4, 1), bad, random_graph(4, 2)]
    with pytest.raises((FileError, InputError), match=f"^{message}"):
        train_population(graphs, make_task("sequence"), cell="gru", rng=0, epochs=1)


@pytest.mark.parametrize(
    ("place", "rule"),
    [("no/file", "be in a folder that exists; got '"), (".", "be a file; got the folder '")],
)
def test_the_place_of_a_checkpoint_is_looked_at_first(
    make_task: MakeTask, tmp_path: Path, place: str, rule: str
) -> None:
    with pytest.raises(FileError, match="^`checkpoint` must " + rule):
        train_population(
            [random_graph(4, 0)], make_task("sequence"), cell="gru", rng=0, epochs=1,
            checkpoint=tmp_path / place, progress=lambda _: 1 / 0,
        )  # fmt: skip


def test_models_are_made_once_and_can_be_changed(make_task: MakeTask) -> None:
    population = train_population(
        [random_graph(4, 0)], make_task("sequence"), cell="gru", rng=0, epochs=1
    )
    with torch.no_grad():
        population.models[0].readout.bias.fill_(7)
    assert (population.models[0].readout.bias == 7).all()
    assert (population.model(0).readout.bias != 7).all()


def test_a_row_that_is_not_there(make_task: MakeTask) -> None:
    population = train_population(
        [random_graph(4, 0)], make_task("sequence"), cell="gru", rng=0, epochs=1
    )
    with pytest.raises(InputError, match=r"`row` must be an integer in \[0, 0\]; got 1."):
        population.model(1)


def test_the_gradient_norm_of_a_member_does_not_depend_on_the_stack() -> None:
    """Six parameters, as a network has; a sum over their stacked squares depends on the stack."""
    generator = torch.Generator().manual_seed(0)
    sizes = (7, 32, 1, 1, 64, 2)
    for _ in range(50):
        gradients = [torch.rand(32, size, generator=generator) for size in sizes]
        together, _ = clip_coefficients(gradients, 0.1)
        part, _ = clip_coefficients([gradient[3:10] for gradient in gradients], 0.1)
        assert torch.equal(together[3:10], part)


def test_a_gradient_whose_square_is_beyond_its_type_is_clipped() -> None:
    factors, norms = clip_coefficients(
        [torch.tensor([[3e20], [0.0]]), torch.tensor([[4e20], [0.0]])], 1.0
    )
    torch.testing.assert_close(norms, torch.tensor([5e20, 0.0]))
    torch.testing.assert_close(factors, torch.tensor([2e-21, 1.0]))
    assert clip_coefficients([torch.tensor([[float("inf")]])], 1.0)[1].isnan().all()


@pytest.mark.parametrize("cell", ["gru", "tanh"])
def test_a_mask_from_a_model_or_a_file_has_the_stream_of_its_graph(
    cell: Cell, make_task: MakeTask, tmp_path: Path
) -> None:
    task, graph = make_task("sequence"), random_graph(7, 3)
    layered = layered_mask(graph, cell, embedding_size=0)
    save_model(LayeredRNN(layered, 5, 2, rng=0), tmp_path / "net")
    pairs = [
        (recurrent_mask(graph, cell), GraphRNN(graph, 5, 2, cell, rng=1).mask),
        (layered, load_model(tmp_path / "net").mask),
    ]
    how = {"cell": cell, "epochs": 1, "rng": 0}
    for given, taken_out in pairs:
        one, other = (train_population([mask], task, **how) for mask in (given, taken_out))
        assert one.results["loss"].tolist() == other.results["loss"].tolist()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layered", [False, True])
def test_networks_go_on_from_their_weights(
    backend: str, layered: bool, make_task: MakeTask
) -> None:
    """Retraining a population's networks for no distance leaves their outputs as they were."""
    task = make_task("sequence")
    structure = layered_mask(random_graph(8, 1), "gru") if layered else random_graph(8, 1)
    first = train_population([structure] * 2, task, cell="gru", rng=0, keys=["a", "b"], epochs=2)
    with torch.no_grad():  # what a mask hides must not come to act
        name = "cells.layer_0.weight_hh_l0" if layered else "rnn.weight_hh_l0"
        mask = "mask_hh_layer_0" if layered else "mask_hh_l0"
        first.models[0].get_buffer(mask)[:, 0] = False
    before = [evaluate(model, task) for model in first.models]
    assert not (first.models[0].get_parameter(name)[:, 0] == 0).all()
    settings = {"cell": "gru", "rng": 1, "epochs": 1, "backend": backend}
    again = train_population(first.models, task, **settings, learning_rate=1e-30).results
    np.testing.assert_allclose(again[["loss", "accuracy"]], before, rtol=1e-5)
    moved = train_population(first.models, task, **settings, learning_rate=0.01)
    assert (moved.results["loss"] != again["loss"]).all()
    assert (moved.model(0).get_parameter(name)[:, 0] == 0).all()


def test_a_checkpoint_knows_the_weights_that_it_began_with(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task, path = make_task("sequence"), tmp_path / "checkpoint"
    how = {"cell": "gru", "rng": 1, "epochs": 1, "checkpoint": path}
    train_population([GraphRNN(random_graph(4, 0), 5, 2, rng=0)], task, **how)
    with pytest.raises(InputError, match="graphs"):
        train_population([GraphRNN(random_graph(4, 0), 5, 2, rng=1)], task, **how)


@pytest.mark.parametrize("backend", BACKENDS)
def test_epochs_that_are_not_finite_count_for_no_best(backend: str, make_task: MakeTask) -> None:
    """A first step that breaks everything: no batch after it, no unit that could be called dead."""
    broken = GraphRNN(random_graph(8, 1), 5, 2, "relu", rng=0)
    with torch.no_grad():
        broken.readout.bias[0] = float("nan")
    row = train_population(
        [broken], make_task("sequence"), cell="relu", rng=0, epochs=3, backend=backend
    ).results.iloc[0]
    assert row["diverged"]
    assert row["epochs"] == 1
    nothing = ["accuracy", "best_accuracy", "best_epoch", "gradient_norm_mean", "dead_units"]
    assert row[[*nothing, "gradient_norm_max"]].isna().all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_clip_can_be_off(backend: str, make_task: MakeTask) -> None:
    how = {"cell": "gru", "rng": 0, "epochs": 1, "backend": backend}
    losses = [
        train_population(
            [random_graph(8, 1)], make_task("sequence"), **how, clip=clip
        ).results["train_loss"].item()
        for clip in (None, 1e9, 1e-3)
    ]  # fmt: skip
    assert losses[0] == losses[1] != losses[2]


def test_replicates_may_be_any_whole_number(make_task: MakeTask) -> None:
    task = make_task("sequence")
    population = train_population(
        [random_graph(4, 0)], task, cell="gru", rng=0, epochs=1, replicates=np.int64(2)
    )
    assert len(population.results) == 2
