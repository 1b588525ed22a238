import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import rnngraph as rg

SCRIPT = Path(__file__).parents[2] / "analysis" / "pruning_study.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pruning_study", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    table = pd.read_csv(out / "comparison.csv").set_index("what")
    assert list(table.index) == ["both", "ih", "hh"]
    columns = ["thesis_at_once", "thesis_retrained", "thesis_epochs"]
    assert table.loc["hh", columns].tolist() == [0.6, 0.95, 2]
    assert table.loc["both", columns].isna().all()
    assert table["at_once"].between(0, 1).all()
    assert (out / "pruning.html").exists()
    assert "thesis_at_once" in capsys.readouterr().out


def test_an_error_is_one_line(script: ModuleType, tmp_path: Path) -> None:
    words = ["--train", "none.csv", "--test", "none.csv", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit, match=r"^error: plan: `task\.train` must be a file"):
        script.main(words)
