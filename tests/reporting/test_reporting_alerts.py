from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from rnngraph.reporting import Report

Runs = Callable[..., pd.DataFrame]
Say = Callable[..., Any]
NBSP = "\N{NO-BREAK SPACE}"


def one(report: Any, start: str) -> str:
    found = [text for text in report.warnings if text.startswith(start)]
    assert len(found) == 1, report.warnings
    return found[0]


def test_a_sound_study_gets_no_alert(runs: Runs, say: Say) -> None:
    table = runs().drop(columns=["modularity_twin", "spectral_radius"])
    table["n_edges"] = np.random.default_rng(1).integers(50, 100, len(table) // 2).tolist() * 2
    assert say(table).warnings == ()


def test_failed_and_diverged_runs(full_report: Report) -> None:
    assert one(full_report, "2 of 288 runs failed").endswith(
        "The first error: MemoryError: too big"
    )
    assert one(full_report, "1 of 286 runs diverged")


def test_missing_targets(runs: Runs, say: Say) -> None:
    table = runs()
    table.loc[[1, 2], "accuracy"] = [np.nan, np.inf]
    assert one(say(table), "2 of 144 runs have no finite accuracy and are left out.")


def test_near_twins_are_named_in_groups(full_report: Report) -> None:
    text = one(full_report, "Near twins, metrics of which every pair has |ρ| > 0.95")
    assert "(2) modularity, modularity_twin." in text
    collinear = full_report.tables["collinearity"].set_index("feature")["group"]
    assert collinear["modularity"] == collinear["modularity_twin"] == 2
    assert collinear["clustering"] == 0


def test_inflated_variances(full_report: Report) -> None:
    vif = full_report.tables["collinearity"].set_index("feature")["vif"]
    n = int((vif > 10).sum())
    assert vif["modularity"] > 10 > vif["clustering"]
    assert "modularity" in one(full_report, f"{n} of 7 metrics follow almost linearly")
    page = full_report.path.read_text("utf-8")
    assert f"Almost linear in the others (VIF above 10): {n} of 7." in page


def test_many_inflated_variances_are_left_to_their_table(runs: Runs, say: Say) -> None:
    table = runs()
    for i in range(4):
        table[f"reciprocity{i}"] = table["reciprocity"] + 1e-3 * (table["clustering"] - i) ** 2
    assert not any("almost linearly" in text for text in say(table).warnings)


def test_few_graphs(runs: Runs, say: Say) -> None:
    # The critical r at 5 % for 18 graphs and 2 covariates: t(14) = 2.145.
    text = one(say(runs(per_family=6)), "Few graphs: 18.")
    assert "only if |ρ| is 0.50 or more" in text
    assert not any(t.startswith("Few graphs") for t in say(runs()).warnings)


def test_no_prediction_from_too_few_graphs(runs: Runs, say: Say) -> None:
    assert one(say(runs(per_family=3)), "Nothing is predicted: fewer than 10 graphs")


def test_ceiling_and_chance(runs: Runs, say: Say) -> None:
    table = runs()
    table.loc[table.index[:36], "accuracy"] = 0.999
    table.loc[table.index[36:72], "accuracy"] = 0.5
    table.attrs["task"] = {"name": "t", "chance": 0.5}
    report = say(table)
    assert one(report, f"25{NBSP}% of the runs reach an accuracy of 0.995 or more")
    assert one(report, f"25{NBSP}% of the runs are at chance (accuracy up to 0.510)")


def test_an_ngram_rule_above_the_median(full_report: Report) -> None:
    texts = [text for text in full_report.warnings if "-gram rule" in text]
    assert len(texts) == 2  # a cell each
    assert texts[0].startswith("A 2-gram rule reaches 0.810, above the median accuracy in GRU")


def test_low_and_unknown_repeatability(runs: Runs, say: Say) -> None:
    noisy = say(runs(noise=0.2))
    share = noisy.findings.noise["estimate"].iloc[1]
    assert share < 0.5
    text = one(noisy, "Low repeatability: an estimated")
    low, high = noisy.findings.noise.loc[1, ["ci_low", "ci_high"]]
    assert f"{100 * share:.0f}{NBSP}% [{100 * low:.0f}, {100 * high:.0f}] of the variance" in text
    assert "can hardly exceed" in text
    assert "No metric" not in text
    assert one(say(runs(replicates=1)), "No repeatability: graphs were run once")


def test_families_of_different_size(runs: Runs, say: Say) -> None:
    table = runs()
    table["n_nodes"] += table["family"].map({"ring": 0, "random": 100, "hub": 200})
    text = one(say(table), "The families are not matched in size")
    assert "n_nodes (" in text
    assert "n_edges" not in text


def test_metrics_that_are_missing_infinite_uneven_or_outcomes(runs: Runs, say: Say) -> None:
    table = runs()
    table["mean_path"] = table["clustering"].where(table["clustering"] > 0.5)
    table.loc[0, "reciprocity"] = np.inf
    table["weight_norm"] = np.random.default_rng(0).normal(size=len(table))
    table["error_rate"] = 1 - table["accuracy"]
    report = say(table)
    assert "mean_path (" in one(report, "Not defined for every graph")
    assert one(report, "Infinite values of metrics are taken as missing: 1.")
    assert one(report, "weight_norm and error_rate differ between the runs of a graph and are av")
    alone = say(table.drop(columns="error_rate"))
    assert one(alone, "weight_norm differs between the runs of a graph and is averaged")
    assert "error_rate." in one(report, "Nearly equal to accuracy")


def test_a_metric_that_is_often_missing_takes_no_graphs_from_the_others(
    runs: Runs, say: Say
) -> None:
    table = runs()
    table["rare"] = table["clustering"].where(table["graph"] < "g004")
    with_it, without = (
        say(t).findings.collinear.set_index("feature") for t in (table, table.drop(columns="rare"))
    )
    pd.testing.assert_frame_equal(with_it.drop(index="rare"), without, check_dtype=False)
    assert with_it.loc["rare", "note"] == "defined for too few graphs"
    assert with_it.loc["rare", "group"] == 0  # four graphs make no twin
