"""The pruning report, on tables whose answer is known."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnngraph.errors import FileError, InputError
from rnngraph.experiments import PruningPlan, PruningResults
from rnngraph.experiments.pruned_topology import TOPOLOGY
from rnngraph.reporting import pruning_report
from rnngraph.reporting.means import mean_of
from rnngraph.reporting.pruning_findings import find
from rnngraph.reporting.pruning_words import KINDS, points, share_with

AMOUNTS = (0.2, 0.5, 0.8)
TASK = {"ngram": {"1": 0.5, "2": 0.8}, "chance": 0.5}


def made(
    *,
    replicates: int = 4,
    planted: float = 4.0,
    task: Mapping[str, Any] = TASK,
    training: Mapping[str, Any] | None = None,
    **pruning: Any,
) -> PruningResults:
    """Magnitude is safe up to 50 % at once, random never; `planted` is the z of what it leaves."""
    fields = {"amounts": AMOUNTS, "retrain_epochs": 3, **pruning}
    plan = PruningPlan.from_mapping(
        {
            "name": "made <up>",
            "task": {"name": "reber"},
            "network": {"cells": ["gru", "tanh"]},
            "training": {"replicates": replicates, **(training or {})},
            "pruning": fields,
        }
    )
    rng = np.random.default_rng(0)
    base, pruned, curves = [], [], []
    for cell in plan.network.cells:
        for replicate in range(replicates):
            key = {"cell": cell, "replicate": replicate}
            before = 0.95 + 0.001 * replicate
            base.append(
                {
                    **key,
                    "n_recurrent": 1000,
                    "n_parameters": 1100,
                    "accuracy": before,
                    "loss": 0.1,
                    "train_loss": 0.1,
                    "epochs": 5,
                    "stopped": "",
                    "diverged": False,
                }
            )
            for what in plan.pruning.what:
                for score in plan.pruning.scores:
                    for amount in plan.pruning.amounts:
                        random = score == "random"
                        lost = 0.3 if random or amount > 0.5 else 0.001
                        lost += 0.002 * rng.random()
                        z = rng.normal(0 if random else planted, 0.3, len(TOPOLOGY))
                        setting = {**key, "what": what, "score": score, "amount": amount}
                        pruned.append(
                            {
                                **setting,
                                "sparsity": amount,
                                "n_live": round(1000 * (1 - amount)),
                                "dense_bytes": 4000,
                                "sparse_bytes": 8000 * (1 - amount),
                                "accuracy_before": before,
                                "accuracy_pruned": before - lost,
                                "accuracy_retrained": before - lost / 100,
                                "epochs_to_recover": np.nan if amount > 0.5 and random else 2.0,
                                "diverged": False,
                                "edge_share": 1 - amount,
                                **dict.fromkeys(TOPOLOGY, 0.5),
                                **{f"{n}_z": v for n, v in zip(TOPOLOGY, z, strict=True)},
                            }
                        )
                        curves.append({**setting, "epoch": 0, "accuracy": before - lost})
    return PruningResults(plan, task, *map(pd.DataFrame, (base, pruned, curves)))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [str(v) for name, v in attrs if name in ("src", "href", "xlink:href")]


def test_the_file_needs_nothing_else(tmp_path: Path) -> None:
    written = pruning_report(made(), tmp_path / "pruning.html")
    text = written.path.read_text("utf-8")
    page = _Links()
    page.feed(text)
    assert page.links
    assert all(link.startswith(("#", "data:")) for link in page.links)
    assert "<script" not in text
    assert "made &lt;up&gt;" in text
    assert re.findall(r"Figure (\d)\.", text) == ["1", "2", "3"]
    folder = tmp_path / "pruning_tables"
    assert {path.stem for path in folder.iterdir()} == set(written.tables)
    for name, table in written.tables.items():
        assert len(pd.read_csv(folder / f"{name}.csv")) == len(table)
        assert f"pruning_tables/{name}.csv" in text or name in (
            "pruned",
            "curves",
            "recovery",
            "topology",
        )


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        pruning_report(made(), tmp_path / name / "pruning.html")
    one, two = (sorted((tmp_path / name).rglob("*.*")) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_what_was_planted_is_said(tmp_path: Path) -> None:
    headline, gru, _, reading = pruning_report(made(), tmp_path / "p.html").answer
    assert headline.startswith(
        "Pruned by magnitude, the recurrent weights of both kinds can lose 50\N{NO-BREAK SPACE}% "
        "at once and 80\N{NO-BREAK SPACE}% after 3 epochs of retraining within one point"
    )
    assert "pruned at random, 0\N{NO-BREAK SPACE}% at once" in headline
    assert "What magnitude leaves is more than sparse: 48 of 48 tests" in headline
    assert gru.startswith("GRU. Within one point: both, 50\N{NO-BREAK SPACE}% [50, 50] at once")
    assert "more" in gru
    assert "95 % t-intervals over 4 replicates" in reading
    assert "Masks alone do not make a network faster" in reading


def test_networks_that_learnt_nothing_say_nothing(tmp_path: Path) -> None:
    written = pruning_report(made(task={"chance": 0.9}, replicates=3), tmp_path / "p.html")
    headline, gru, tanh, _ = written.answer
    assert headline == (
        "Nothing can be concluded: the networks learnt next to nothing before pruning, so that "
        "they had nothing to lose by it."
    )
    assert gru == (
        "GRU. Nothing can be concluded: before pruning its networks score 95.1 % in the mean, a "
        "constant answer 90.0 %."
    )
    assert tanh.startswith("RNN-tanh. Nothing can be concluded: ")
    assert written.warnings[0].startswith("6 of 6 networks (GRU and RNN-tanh) learnt next to")
    assert headline in written.path.read_text("utf-8")


@pytest.mark.parametrize("n_failed", [2, 3])
def test_a_cell_that_mostly_learnt_nothing_is_left_out_of_the_headline(
    n_failed: int, tmp_path: Path
) -> None:
    results = made()
    failed = results.base.query(f"cell == 'gru' and replicate < {n_failed}").index
    results.base.loc[failed, "accuracy"] = 0.55
    # Nothing to lose: if it counted, the range of the headline would end at 80 %.
    own = results.pruned["cell"] == "gru"
    results.pruned.loc[own, "accuracy_pruned"] = results.pruned.loc[own, "accuracy_before"]
    headline, gru, tanh, _ = pruning_report(results, tmp_path / "p.html").answer
    space = "\N{NO-BREAK SPACE}"
    if n_failed == 2:
        assert f"can lose 50{space}% to 80{space}% at once" in headline
        assert "Nothing can be concluded" not in headline + gru
    else:
        assert f"can lose 50{space}% at once" in headline
        assert "more than sparse: 24 of 24 tests" in headline
        assert headline.endswith(
            "Nothing can be concluded about GRU, not counted here: the networks learnt next to "
            "nothing before pruning."
        )
        assert gru.startswith("GRU. Nothing can be concluded: before pruning its networks score")
    assert tanh.startswith(f"RNN-tanh. Within one point: both, 50{space}%")


def test_no_structure_is_found_where_there_is_none(tmp_path: Path) -> None:
    answer = pruning_report(made(planted=0.0), tmp_path / "p.html").answer
    assert "No structure is found in what magnitude leaves: 0 of 48 tests" in answer[0]


def test_one_replicate_has_no_interval_and_no_test(tmp_path: Path) -> None:
    written = pruning_report(made(replicates=1), tmp_path / "p.html")
    assert "could not be tested" in written.answer[0]
    assert "[" not in written.answer[1]
    assert any(text.startswith("One replicate: no interval") for text in written.warnings)
    assert written.tables["safe"]["low"].isna().all()
    assert written.tables["structure"]["p_value"].isna().all()


def test_only_random_or_none_of_it(tmp_path: Path) -> None:
    alone = pruning_report(made(scores=["random"]), tmp_path / "random.html")
    assert alone.answer[0].startswith("Pruned by random, ")
    assert "difference" not in alone.tables
    without = pruning_report(made(scores=["magnitude"]), tmp_path / "magnitude.html")
    assert "at random" not in without.answer[0]
    assert "over random" not in without.answer[1]
    both = pruning_report(made(scores=["snip", "random", "magnitude"]), tmp_path / "three.html")
    assert both.answer[0].startswith("Pruned by snip, ")
    assert set(both.tables["difference"]["score"]) == {"snip", "magnitude"}


def test_a_table_that_no_longer_applies_goes(tmp_path: Path) -> None:
    pruning_report(made(), tmp_path / "p.html")
    assert (tmp_path / "p_tables" / "difference.csv").exists()
    pruning_report(made(scores=["magnitude"]), tmp_path / "p.html")
    assert not (tmp_path / "p_tables" / "difference.csv").exists()


def test_no_metric_defined(tmp_path: Path) -> None:
    results = made()
    bare = results.pruned.assign(**{f"{name}_z": np.nan for name in TOPOLOGY})
    written = pruning_report(
        PruningResults(results.plan, results.task, results.base, bare, results.curves),
        tmp_path / "p.html",
    )
    assert "could not be tested" in written.answer[0]
    assert "Nothing could be measured." in written.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, r"by length: 1-gram 50\.0 % and 2-gram 80\.0 %\.$"),
        (
            {"task": {"ngram": {"2": 0.97}}},
            r"2-gram 97\.0 %\. GRU and RNN-tanh do no better before pruning",
        ),
        ({"task": {"chance": 0.9}}, r"8 of 8 networks \(GRU and RNN-tanh\) learnt next to nothing"),
        ({"replicates": 2}, "Only 2 replicates: intervals are wide"),
        ({"training": {"patience": 3}}, "ended by the test loss"),
        ({"amounts": [0.5, 1.0]}, "At 100 % no weight is left"),
    ],
)
def test_what_to_know_first(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    warnings = pruning_report(made(**changes), tmp_path / "p.html").warnings
    assert any(re.search(message, text) for text in warnings)


def test_training_beyond_recovery_and_divergence_are_said(tmp_path: Path) -> None:
    results = made()
    results.pruned.loc[0, "accuracy_retrained"] = 1.0
    results.pruned.loc[1, "diverged"] = True
    warnings = pruning_report(results, tmp_path / "p.html").warnings
    assert any("1 of 144 pruned networks (GRU) end more than a point above" in w for w in warnings)
    assert any("1 network diverged" in text for text in warnings)


def test_means_and_intervals() -> None:
    assert mean_of([1.0, np.nan, 3.0]) == pytest.approx(
        (2, 2.0, 2 - 12.7062, 2 + 12.7062), abs=1e-4
    )
    assert mean_of([2.0])[:2] == (1, 2.0)
    assert np.isnan(mean_of([2.0]).low)
    assert mean_of([]).n == 0
    assert mean_of([0.5, 0.5, 0.5])[1:] == (0.5, 0.5, 0.5)


def test_the_safe_share_stops_at_the_first_loss() -> None:
    results = made(replicates=2)
    rows = results.pruned.query("cell == 'gru' and what == 'hh' and score == 'magnitude'")
    first = rows.query("replicate == 0 and amount == 0.2").index
    results.pruned.loc[first, "accuracy_retrained"] = 0.5
    safe = find(results).safe.set_index(["cell", "what", "score", "stage"])["mean"]
    assert safe["gru", "hh", "magnitude", "retrained"] == pytest.approx((0 + 0.8) / 2)
    assert safe["tanh", "hh", "magnitude", "retrained"] == pytest.approx(0.8)


def test_differences_are_paired() -> None:
    results = made(replicates=3)
    table = find(results).difference.set_index(["cell", "what", "stage", "amount"])
    own = results.pruned.set_index(["cell", "what", "amount", "replicate", "score"])
    each = own["accuracy_pruned"]["gru"]["both"][0.5]
    expected = mean_of([each[r]["magnitude"] - each[r]["random"] for r in range(3)])
    assert table.loc["gru", "both", "pruned", 0.5][["n", "mean", "low", "high"]].tolist() == (
        pytest.approx(list(expected))
    )


def test_words() -> None:
    assert tuple(KINDS) == PruningPlan.default().pruning.what
    assert points(-0.00001) == "0.0"
    assert points(-0.0123) == "−1.2"
    assert points(float("nan")) == "–"
    assert share_with(0.42, float("nan"), float("nan")) == "42\N{NO-BREAK SPACE}%"


def test_arguments_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`results` must be PruningResults.* got a dict"):
        pruning_report({}, tmp_path / "p.html")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="`path` must lie in an existing folder"):
        pruning_report(made(), tmp_path / "none" / "p.html")
    with pytest.raises(InputError, match="`path` must name a file"):
        pruning_report(made(), tmp_path)
    (tmp_path / "p_tables").write_text("a file in the way")
    with pytest.raises(FileError, match=r"p_tables` cannot be written: File exists"):
        pruning_report(made(), tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
