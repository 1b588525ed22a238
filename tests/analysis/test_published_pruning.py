"""The script against torch's own stacked network, pruned by hand."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

CELLS = {"tanh": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
N_TOKENS, WIDTH, UNITS, LAYERS, BATCH = 128, 3, 4, 3, 8


@pytest.fixture(scope="module")
def script(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("published_pruning")


def strings() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    drawn = ["".join(rng.choice(list("BEPSTVX"), rng.integers(3, 12))) for _ in range(50)]
    return pd.DataFrame({"string": drawn, "valid": rng.integers(0, 2, 50)})


def accuracy(
    embedding: nn.Embedding, rnn: nn.RNNBase, readout: nn.Linear, data: pd.DataFrame
) -> float:
    """Batches in file order, padded with 0, read after the last padded step."""
    right = 0
    for start in range(0, len(data), BATCH):
        part = data.iloc[start : start + BATCH]
        steps = part["string"].str.len().max()
        tokens = [[ord(c) for c in s] + [0] * (steps - len(s)) for s in part["string"]]
        outputs = readout(rnn(embedding(torch.tensor(tokens)))[0][:, -1])
        right += int((outputs.argmax(dim=1).numpy() == part["valid"].to_numpy()).sum())
    return right / len(data)


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_settings_are_those_of_torch_pruned_by_hand(
    cell: str, script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    embedding, readout = nn.Embedding(N_TOKENS, WIDTH), nn.Linear(UNITS, 2)
    rnn = CELLS[cell](WIDTH, UNITS, num_layers=LAYERS, batch_first=True)
    state = {"embedding.weight": embedding.weight.detach().clone()}
    for name, value in rnn.named_parameters():
        piece, _, layer = name.rpartition("_l")
        state[f"recurrent.recurrent_layers.{layer}.{piece}"] = value.detach().clone()
    state |= {"out.weight": readout.weight.detach(), "out.bias": readout.bias.detach()}
    save_file(state, tmp_path / "base.safetensors")
    data = strings()
    data.to_csv(tmp_path / "strings.csv", index=False)

    rows = []
    whole = {name: value.clone() for name, value in rnn.named_parameters()}
    for mode, part in (("prune", "weight"), ("prune_i2h", "weight_ih"), ("prune_h2h", "weight_hh")):
        for percent in (30, 80, 100):
            pooled = np.concatenate(
                [value.abs().numpy().ravel() for name, value in whole.items() if part in name]
            )
            threshold = np.percentile(pooled, percent)
            for name, value in rnn.named_parameters():
                keep = (whole[name].abs() >= threshold) | (part not in name)
                value.copy_(whole[name] * keep)
            if percent == 100:
                kept = [v for n, v in rnn.named_parameters() if part in n]
                assert sum(int((v != 0).sum()) for v in kept) == 1
            rows.append((f"rnn_{cell}_{mode}", percent, 0, accuracy(embedding, rnn, readout, data)))
            rows.append((f"rnn_{cell}_{mode}", percent, 1, 0.0))
    columns = ["mode", "prune", "epoch", "test_acc"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "results.csv", index=False)
    arguments = [
        f"--base={tmp_path / 'base.safetensors'}",
        f"--strings={tmp_path / 'strings.csv'}",
        f"--results={tmp_path / 'results.csv'}",
        f"--batch-size={BATCH}",
    ]
    assert script.main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "settings 9  max_abs_error 0.00000"
    assert len(lines) == 10


def test_several_orders_say_how_far_away_the_recorded_one_is(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = iter([0.5, 0.6, 0.7, 0.8, 0.8, 0.8])
    monkeypatch.setattr(script, "load", lambda path, relu: SimpleNamespace(input_size=N_TOKENS))
    monkeypatch.setattr(script, "prune", lambda model, percent, what: model)
    monkeypatch.setattr(script.rg.nn, "evaluate", lambda *given, **settings: (0.0, next(drawn)))
    results = pd.DataFrame(
        {"mode": "gru_prune", "prune": [10, 20], "epoch": 0, "test_acc": [0.4, 0.8]}
    )
    monkeypatch.setattr(
        script.pd, "read_csv", lambda path: strings() if path == Path("s.csv") else results
    )
    script.main(["--base=b", "--strings=s.csv", "--results=r.csv", "--shuffles=3"])
    *lines, furthest, last = capsys.readouterr().out.splitlines()
    # 0.4 is 0.2 below the mean, and one draw beside the mean of three deviates by 0.1 * sqrt(4/3).
    assert [line.split("  ")[-1] for line in lines] == [
        "-1.7 standard deviations",
        "+0.0 standard deviations",
    ]
    assert furthest == "max_deviations 1.7"
    assert last == "settings 2  max_abs_error 0.20000"
