from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest

from rnngraph.experiments import SparsityPlan


@pytest.fixture(scope="module")
def script(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("gate_sparsity")


def test_methods_are_tried_on_those_of_their_tasks_that_were_chosen(script: ModuleType) -> None:
    methods = [
        {"label": "dense"},
        {"label": "W", "tasks": ["films", "news"]},
        {"label": "W", "tasks": ["letters"]},
    ]
    assert script.tried(methods, ["films"]) == [
        {"label": "dense"},
        {"label": "W", "tasks": ["films"]},
    ]
    assert script.tried(methods, ["films", "news", "letters"]) == methods
    assert script.chosen(methods, "label", ["W"]) == methods[1:]
    with pytest.raises(SystemExit, match="^error: unknown label 'N'; known are dense, W.$"):
        script.chosen(methods, "label", ["N"])


def test_one_command_makes_the_report(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plans: list[SparsityPlan] = []

    def study(plan: SparsityPlan, folder: Path) -> SparsityPlan:
        assert folder == tmp_path / "out" / "networks"
        plans.append(plan)
        return plan

    def report(results: SparsityPlan, path: Path) -> SimpleNamespace:
        table = pd.DataFrame([dict.fromkeys(script.SHOWN, 1.0)])
        return SimpleNamespace(tables={"methods": table}, answer=("Seen.", ()))

    monkeypatch.setattr(script, "sparsity_study", study)
    monkeypatch.setattr(script, "sparsity_report", report)
    for name in ("sentence_polarity.zip", "ag_news_test.csv", "tiny_shakespeare.txt"):
        (tmp_path / name).write_bytes(b"")
    call = [f"--texts={tmp_path}", f"--out={tmp_path / 'out'}"]
    assert script.main(call) == 0
    assert capsys.readouterr().out.endswith("Seen.\n")
    assert script.main([*call, "--tasks", "AG News", "--methods", "W", "--replicates", "2"]) == 0
    whole, part = plans
    assert len(whole.tasks) == 3
    assert [task.name for task in part.tasks] == ["AG News"]
    assert part.labels == (whole.labels[0], "W")
    assert len(part.runs()) == 4
