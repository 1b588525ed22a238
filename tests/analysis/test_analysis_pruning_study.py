from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import rnngraph as rg


@pytest.fixture(scope="module")
def script(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("pruning_study")


def strings(path: Path, seed: int) -> Path:
    part = rg.tasks.reber(n_train=20, n_test=20, rng=seed).train
    rows = [
        ("".join("BEPSTVX"[token] for token in tokens[:length]), target)
        for tokens, length, target in zip(part.inputs, part.lengths, part.targets, strict=True)
    ]
    pd.DataFrame(rows, columns=["string", "valid"]).to_csv(path, index=False)
    return path


def test_ours_stand_beside_what_was_recorded(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = [("rnn_tanh", 0, epoch, 0.9) for epoch in (1, 2)]
    recorded += [("rnn_tanh_prune_h2h", 50, k, a) for k, a in enumerate((0.6, 0.7, 0.95))]
    results = tmp_path / "results.csv"
    pd.DataFrame(recorded, columns=["mode", "prune", "epoch", "test_acc"]).to_csv(results)
    files = [strings(tmp_path / f"{name}.csv", k) for k, name in enumerate(("train", "test"))]
    out = tmp_path / "out"
    words = ["--train", files[0], "--test", files[1], "--results", results, "--out", out]
    words += ["--cells", "tanh", "--percents", 50, "--layers", 1, "--units", 4]
    words += ["--base-epochs", 1, "--retrain-epochs", 2]
    assert script.main([str(word) for word in words]) == 0
    (row,) = pd.read_csv(out / "pruning_tables" / "published.csv").to_dict("records")
    assert (row["cell"], row["what"], row["amount"]) == ("tanh", "hh", 0.5)
    assert row["published_accuracy_pruned"] == 0.6
    assert row["published_accuracy_retrained"] == 0.95
    assert row["published_epochs_to_recover"] == 2
    assert 0 <= row["accuracy_pruned"] <= 1
    assert "Darji&#39;s thesis" in (out / "pruning.html").read_text()
    assert "published_accuracy_pruned" in capsys.readouterr().out
    without = [word for word in words if word not in ("--results", results)]
    assert script.main([str(word) for word in without]) == 0
    assert "published" not in capsys.readouterr().out
    assert not (out / "pruning_tables" / "published.csv").exists()


def test_an_error_is_one_line(script: ModuleType, tmp_path: Path) -> None:
    words = ["--train", "none.csv", "--test", "none.csv", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit, match=r"^error: plan: `task\.train` must be a file"):
        script.main(words)
