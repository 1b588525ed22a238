import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import networkx as nx
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

import rnngraph as rg
from rnngraph.masks import layered_mask


@pytest.fixture
def models(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("published_models")


@pytest.fixture
def study(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("structure_study")


@pytest.fixture
def strings(tmp_path: Path) -> Path:
    part = rg.tasks.reber(n_train=40, n_test=20, rng=0).train
    rows = [
        ("".join("BEPSTVX"[token] for token in tokens[:length]), target)
        for tokens, length, target in zip(part.inputs, part.lengths, part.targets, strict=True)
    ]
    path = tmp_path / "strings.csv"
    pd.DataFrame(rows, columns=["string", "valid"]).to_csv(path, index=False)
    return path


@pytest.fixture
def graphs(tmp_path: Path) -> Path:
    peers = [nx.barabasi_albert_graph(12, 2, seed=seed) for seed in range(2)]
    rows = [
        {"graph": "barabasi_albert", "graph_nr": k, "nodes": 12, "edges": list(map(list, g.edges))}
        for k, g in enumerate(peers)
    ]
    path = tmp_path / "graphs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def release(models: ModuleType, graphs: Path, cell: str, folder: Path) -> list[rg.nn.LayeredRNN]:
    """Networks as the thesis released them: state dicts of its names, with their masks."""
    made = []
    folder.mkdir()
    for line in graphs.read_text().splitlines():
        graph = json.loads(line)
        adjacency = rg.as_adjacency(graph["edges"], n=graph["nodes"])
        order = models.order_of(adjacency, graph["edges"])
        mask = layered_mask(adjacency, cell, interleaved_gates=True, order=order)
        model = rg.nn.LayeredRNN(mask, 128, 2, rng=graph["graph_nr"])
        ours, state, skips = model.state_dict(), {}, 0
        for part in mask.cells:
            prefix = f"recurrent.recurrent_layers.{part.target}."
            if part.name.startswith("skip"):
                prefix, skips = f"recurrent.skip_layers.{skips}.", skips + 1
            for piece in models.PIECES:
                state[prefix + piece] = ours[f"cells.{part.name}.{piece}_l0"].clone()
            for name, block in (("mask_i2h", part.input), ("mask_h2h", part.hidden)):
                kind = state[f"{prefix}weight_{'ih' if name == 'mask_i2h' else 'hh'}"]
                state[prefix + name] = block.expand_as(kind).float().contiguous()
        state["embedding.weight"] = ours["embedding.weight"].clone()
        state["out.weight"], state["out.bias"] = ours["readout.weight"], ours["readout.bias"]
        save_file(state, folder / f"barabasi_albert_{graph['graph_nr']}.safetensors")
        made.append(model)
    return made


@pytest.mark.parametrize("cell", ["relu", "gru", "lstm"])
def test_released_networks_answer_as_they_did(
    cell: str,
    models: ModuleType,
    graphs: Path,
    strings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    networks = release(models, graphs, cell, tmp_path / "models")
    data = models.batches(pd.read_csv(strings))
    right = [models.accuracy(network, data) for network in networks]
    results = pd.DataFrame({"graph": "barabasi_albert", "graph_nr": range(2), "test_acc": right})
    results.to_csv(tmp_path / "results.csv", index=False)
    call = [
        *("--models", str(tmp_path / "models"), "--graphs", str(graphs)),
        *("--strings", str(strings), "--results", str(tmp_path / "results.csv")),
        *("--activation", "relu"),
    ]
    assert models.main([*call, "--shuffles", "0"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    exactly = "max_abs_error 0.00000  mean_abs_error 0.00000"
    assert len(lines) == 2
    assert last == f"models 2  {exactly}"
    assert models.main(call) == 0
    *lines, furthest, of_file, last = capsys.readouterr().out.splitlines()
    assert all(line.endswith(" standard deviations") for line in lines)
    assert [line.split()[-4] for line in lines] == [f"{share:.5f}" for share in right]
    assert furthest.startswith("max_deviations ")
    assert of_file == f"in file order  {exactly}"
    strings_of = [
        models.batches(pd.read_csv(strings).sample(frac=1, random_state=k)) for k in range(8)
    ]
    means = [sum(models.accuracy(network, data) for data in strings_of) / 8 for network in networks]
    errors = [abs(mean - share) for mean, share in zip(means, right, strict=True)]
    assert last == (
        f"models 2  max_abs_error {max(errors):.5f}  mean_abs_error {sum(errors) / 2:.5f}"
    )
    # A file whose masks are of another graph is none of this one's.
    path = tmp_path / "models" / "barabasi_albert_0.safetensors"
    state = load_file(path)
    state["recurrent.recurrent_layers.0.mask_i2h"].zero_()
    save_file(state, path)
    with pytest.raises(SystemExit, match="mask_i2h is not what the graph and the thesis's code"):
        models.main(call)


def test_what_is_published_is_trained_in_the_thesis_order(
    study: ModuleType, models: ModuleType, graphs: Path, strings: Path, tmp_path: Path
) -> None:
    graph = json.loads(graphs.read_text().splitlines()[0])
    adjacency = rg.as_adjacency(graph["edges"], n=12)
    order = models.order_of(adjacency, graph["edges"])
    theirs = layered_mask(adjacency, "gru", interleaved_gates=True, order=order)
    made = study.wiring(graph, "gru", published=True)
    for ours, other in zip(made.cells, theirs.cells, strict=True):
        assert torch.equal(ours.input, other.input)
    whole = study.wiring(graph, "gru", published=False)
    for ours, other in zip(whole.cells, layered_mask(adjacency, "gru").cells, strict=True):
        assert torch.equal(ours.input, other.input)
    out = tmp_path / "table.csv"
    call = [
        *("--graphs", str(graphs), "--train", str(strings), "--test", str(strings)),
        *("--cells", "gru", "--out", str(out)),
    ]
    assert study.main(call) == 0
    table = pd.read_csv(out)
    assert table["variant"].tolist() == ["published"] * 2 + ["corrected"] * 2
    assert (table["epochs"] == 15).all()
    assert table["accuracy"].between(0, 1).all()
