"""The sparsification report, on tables whose answer is known."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import InputError
from rnngraph.experiments import SparsityPlan, SparsityResults
from rnngraph.reporting import sparsity_report
from rnngraph.reporting.sparsity_findings import find_sparsity
from rnngraph.reporting.sparsity_summary import sparsity_warnings

WEIGHTS = {"dense": 1000, "small": 10, "smallest": 2}


@pytest.fixture
def plan(tmp_path: Path) -> SparsityPlan:
    (tmp_path / "films.csv").write_text("text,label\n")
    (tmp_path / "letters.txt").write_text("abc")
    return SparsityPlan.from_mapping(
        {
            "name": "made <up>",
            "replicates": 3,
            "tasks": [
                {"name": "films", "data": {"name": "text_classification", "train": "films.csv"}},
                {
                    "name": "letters",
                    "cell": "gru",
                    "data": {"name": "language_model", "train": "letters.txt"},
                },
            ],
            "methods": [
                {"label": "dense", "name": "dense"},
                {"label": "small", "name": "variational"},
                {"label": "smallest", "name": "lasso", "weights": 1.0},
            ],
        },
        folder=tmp_path,
    )


def made(plan: SparsityPlan, **changes: Any) -> SparsityResults:
    """ "small" loses half a point, 0.01 bits; "smallest" much."""
    rows, gates = [], []
    for task, method, replicate in plan.runs():
        lost = {"dense": 0.0, "small": 0.005, "smallest": 0.2}[method.label]
        key = {"task": task.name, "method": method.label, "replicate": replicate}
        weights = WEIGHTS[method.label]
        rows.append(
            {
                **key, "status": "done", "error": "",
                "accuracy": 0.8 + 0.01 * replicate - lost,
                "bits": 2.0 + 0.01 * replicate + 2 * lost,
                "perplexity": 4.0, "valid_accuracy": 0.8, "valid_bits": 2.0,
                "epochs": 2, "kept_epoch": 2, "diverged": False,
                "baseline": 0.6 if task.name == "films" else 3.0,
                "weights": weights, "compression": 1000 / weights,
                "compression_with_indices": 500 / weights,
                "inputs": 5, "embedding": 2, "units": 4, "gates": 8.0,
                "constant_share": 0.5, "all_weights": 1000, "all_units": 8, "all_inputs": 20,
                "bytes": 4 * weights, "folding_error": 1e-7, "step_us": 2.0, "times_as_fast": 3.0,
                "seconds": 1.0, **changes,
            }
        )  # fmt: skip
        names = ("i", "f", "g", "o") if task.cell == "lstm" else ("r", "z", "n")
        gates += [
            {**key, "layer": 0, "unit": unit, "gate": gate, "constant": still,
             "value": 0.9 if still else np.nan}
            for unit in range(4)
            for gate in names
            for still in [gate in ("i", "r")]
        ]  # fmt: skip
    history = pd.DataFrame([{"task": "films", "method": "dense", "replicate": 0, "epoch": 1}])
    return SparsityResults(plan, pd.DataFrame(rows), history, pd.DataFrame(gates))


def test_losses_are_taken_within_replicates(plan: SparsityPlan) -> None:
    table = find_sparsity(made(plan)).methods.set_index(["task", "method"])
    films = table.loc[("films", "small")]
    assert films["measure"] == "accuracy"
    assert films["quality"] == pytest.approx(0.805)
    assert (films["worst"], films["best"]) == pytest.approx((0.795, 0.815))
    # The same in every replicate, so without spread, though qualities have one.
    assert films[["cost", "cost_low", "cost_high"]].tolist() == pytest.approx([0.005] * 3)
    letters = table.loc[("letters", "smallest")]
    assert letters["measure"] == "bits"
    assert letters["cost"] == pytest.approx(0.4)
    assert letters["best"] < letters["worst"]
    assert letters["compression"] == 500


def test_gates_are_counted_over_replicates(plan: SparsityPlan) -> None:
    gates = find_sparsity(made(plan)).gates.set_index(["task", "method", "gate"])
    still = gates.loc[("films", "small", "i")]
    assert (still["left"], still["constant_share"], still["median"]) == (12, 1.0, 0.9)
    assert gates.loc[("letters", "dense", "n"), "constant_share"] == 0.0


def test_the_page_says_it(plan: SparsityPlan, tmp_path: Path) -> None:
    report = sparsity_report(made(plan), tmp_path / "out.html")
    page = report.path.read_text()
    assert report.answer[0] == (
        "Within a point of accuracy, or 0.05 bits a token, of dense: films, 100 times as few "
        "weights (small) and letters, 100 times as few weights (small)."
    )
    assert (
        "films. dense reaches 81.0 %. small reaches 80.5 % with 10 of 1000 weights, 4 of 8 units"
        in (report.answer[1])
    )
    assert "Constant, by gate: i 100\N{NO-BREAK SPACE}%" in report.answer[1]
    assert "2.020 bits a token" in report.answer[2]
    assert "made &lt;up&gt;" in page
    assert "µs a step (times as fast)" in page
    assert "2.00 (3.00)" in page
    assert page.count("<figure") == 2
    assert len(re.findall(r"<svg", page)) == 2
    assert not re.search(r'(src|href)="http', page)
    for name in ("methods", "gates", "networks", "history", "gates_of_units"):
        assert (tmp_path / "out_tables" / f"{name}.csv").exists()
    again = sparsity_report(made(plan), tmp_path / "again.html").path.read_text()
    assert again.replace("again_tables", "out_tables") == page


def test_a_method_may_differ_from_task_to_task(plan: SparsityPlan, tmp_path: Path) -> None:
    dense, small, smallest = plan.methods
    own = [
        small.model_copy(update={"tasks": ("films",)}),
        small.model_copy(update={"tasks": ("letters",), "strength": 7.0}),
    ]
    split = plan.model_copy(update={"methods": (dense, *own, smallest)})
    assert split.labels == plan.labels
    report = sparsity_report(made(split), tmp_path / "out.html")
    pd.testing.assert_frame_equal(report.tables["methods"], find_sparsity(made(plan)).methods)
    page = report.path.read_text()
    assert "small (films)" in page
    assert "small (letters)" in page
    assert "strength = 7.0" in page


def test_a_method_may_have_fewer_replicates(plan: SparsityPlan, tmp_path: Path) -> None:
    dense, small, smallest = plan.methods
    few = small.model_copy(update={"replicates": 1})
    report = sparsity_report(
        made(plan.model_copy(update={"methods": (dense, few, smallest)})), tmp_path / "out.html"
    )
    table = report.tables["methods"].set_index(["task", "method"])
    assert table.loc["films", "n"].tolist() == [3, 1, 3]
    # Beside the first method's network of the same replicate, not beside the mean of all.
    assert table.loc[("films", "small"), "cost"] == pytest.approx(0.005)
    assert np.isnan(table.loc[("films", "small"), "cost_low"])
    page = report.path.read_text()
    assert "small (1 replicate)" in page
    assert "films: one network alone, so no interval, of small." in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "Only 3 replicates: intervals are wide"),
        ({"baseline": 0.9}, "films: a bag of words, without order, scores 90.0 %, the first"),
        ({"baseline": 1.0}, "letters: 1.000 bits by the frequencies of tokens alone, the first"),
        ({"weights": 0}, "18 networks lost all weights"),
        ({"diverged": True}, "18 networks diverged"),
        ({"folding_error": 0.01}, "A folded network's outputs differ by 0.0100 from the whole"),
        ({"folding_error": np.nan}, "A folded network's outputs differ by"),
    ],
)
def test_what_to_know_first(plan: SparsityPlan, changes: dict[str, Any], message: str) -> None:
    results = made(plan, **changes)
    assert any(
        text.startswith(message) for text in sparsity_warnings(results, find_sparsity(results))
    )


def test_networks_that_failed_are_left_out_and_named(plan: SparsityPlan, tmp_path: Path) -> None:
    results = made(plan)
    networks = results.networks.astype({"diverged": object})
    left_out = networks["task"].eq("films") & networks["method"].eq("small")
    left_out &= networks["replicate"].gt(0)
    left_out |= networks["task"].eq("letters") & networks["method"].eq("dense")
    networks.loc[left_out, ["status", "error"]] = "failed", "Traceback:\n  ...\nMemoryError: big"
    networks.loc[left_out, networks.columns[5:]] = np.nan
    broken = SparsityResults(plan, networks, results.history, results.gates)
    table = find_sparsity(broken).methods.set_index(["task", "method"])
    films = table.loc[("films", "small")]
    assert (films["n"], films["failed"], films["quality"]) == (1, 2, pytest.approx(0.795))
    assert films["cost"] == pytest.approx(0.005)  # within the replicate that is left
    assert films["compression"] == 100
    report = sparsity_report(broken, tmp_path / "out.html")
    assert report.warnings[0] == (
        "5 of 18 networks failed and are left out. The first error: MemoryError: big"
    )
    assert report.answer[2] == (
        "letters. dense failed, so that there is nothing to hold the others against."
    )
    page = report.path.read_text()
    assert "Networks that failed, and are left out: small (2)." in page
    assert "Networks that failed, and are left out: dense (3)." in page
    assert not re.search(r"\bnan\b", page)


def test_nothing_left_and_one_replicate(plan: SparsityPlan, tmp_path: Path) -> None:
    alone = plan.model_copy(update={"replicates": 1})
    results = made(alone, weights=0, compression=np.inf, constant_share=np.nan, units=0)
    bare = SparsityResults(alone, results.networks, results.history, results.gates.iloc[:0])
    report = sparsity_report(bare, tmp_path / "out.html", title="Mine")
    page = report.path.read_text()
    assert "<title>Mine</title>" in page
    assert "No unit is left." in page
    assert report.answer[0].startswith("No method kept its network within a point")
    assert "One replicate: no interval" in report.warnings[0]


def test_bad_arguments_are_named(plan: SparsityPlan, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="^`results` must be SparsityResults, .*; got a dict"):
        sparsity_report({}, tmp_path / "out.html")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^`path` must lie in an existing folder"):
        sparsity_report(made(plan), tmp_path / "no" / "out.html")
