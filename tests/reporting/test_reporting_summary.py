"""What the report says about tables whose structure is known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Runs = Callable[..., pd.DataFrame]
Say = Callable[..., Any]
NBSP = "\N{NO-BREAK SPACE}"


def p_adjusted(said: Any, table: str, feature: str) -> float:
    found = getattr(said.findings, table).set_index("feature")
    return float(found.loc[feature, "p_adjusted"])


def test_a_planted_effect_is_found_named_and_improves_the_prediction(runs: Runs, say: Say) -> None:
    said = say(runs(planted=0.2, size=0.1))
    headline, gru, _ = said.answer
    assert headline == (
        "One metric goes with accuracy beyond size and within families, and a model with topology "
        "predicts accuracy better than size alone."
    )
    row = said.findings.partial.set_index("feature").loc["clustering"]
    estimate = f"{row['estimate']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]"
    assert gru.startswith("GRU (72 graphs, 144 runs). 1 of 5 metrics goes with accuracy (with n_")
    assert f"higher clustering with higher accuracy (partial ρ{NBSP}={NBSP}{estimate})" in gru
    assert "Within families (n_nodes, n_edges and family held fixed) 1 metric is found: " in gru
    assert "Found beyond size and within families: clustering." in gru
    assert "but not within families" not in gru
    assert "only within families" not in gru
    assert "1 of 1 models" not in gru
    assert "(gain 0." in gru


def test_the_direction_of_an_effect_is_told(runs: Runs, say: Say) -> None:
    assert "lower clustering with higher accuracy (" in say(runs(planted=-0.2)).answer[1]


def test_nothing_survives_pure_noise(runs: Runs, say: Say) -> None:
    said = say(runs(seed=4))
    headline, gru, reading = said.answer
    assert headline == (
        "Nothing survives: no metric is found to go with accuracy beyond size or within "
        "families, and no model with topology is found to predict accuracy better than the mean."
    )
    assert "No metric of the 5 tested is found to go with accuracy" in gru
    # Fisher's z: tanh((1.96 + 0.84) / sqrt(72 - 3 - 2)).
    assert f"weaker than ρ{NBSP}={NBSP}±0.33 would often be missed" in gru
    assert "no gain is shown" in gru or "with topology they were predicted worse" in gru
    assert "not effects" in reading


def test_a_metric_that_only_follows_size_is_lost_once_size_is_held_fixed(
    runs: Runs, say: Say
) -> None:
    said = say(runs(size=0.2))
    assert p_adjusted(said, "raw", "spectral_radius") < 0.001
    assert p_adjusted(said, "partial", "spectral_radius") > 0.05
    assert (
        "1 metric that correlates alone is no longer found once size is held fixed: "
        "spectral_radius." in said.answer[1]
    )
    assert said.answer[0].startswith("Nothing survives")


def test_an_effect_between_families_only_is_not_called_one_of_the_metric(
    runs: Runs, say: Say
) -> None:
    table = runs(seed=2)
    shift = table["family"].map({"ring": 0.0, "random": 0.5, "hub": 1.0})
    table["reciprocity"] = table["reciprocity"] * 0.1 + shift
    table["accuracy"] += 0.1 * shift
    headline, gru, _ = say(table).answer
    assert headline.startswith(
        "One metric goes with accuracy beyond size, but none is found within families"
    )
    assert (
        "Within families (n_nodes, n_edges and family held fixed) none of 5 metrics is found: "
        "families may differ in something else that goes with it." in gru
    )


def test_an_effect_that_families_mask_is_told_and_not_denied(runs: Runs, say: Say) -> None:
    table = runs(seed=2)
    shift = table["family"].map({"ring": 0.0, "random": 1.0, "hub": 2.0})
    table["accuracy"] += 0.2 * (table["reciprocity"] - 0.5) - 0.21 * shift
    table["reciprocity"] += shift
    headline, gru, _ = say(table).answer
    assert "one metric goes with accuracy beyond size, but within families with the other" in (
        headline[:1].lower() + headline[1:]
    )
    assert "The sign is the other one within families: reciprocity." in gru
    table["accuracy"] += 0.185 * shift
    said = say(table)
    headline, gru, _ = said.answer
    assert p_adjusted(said, "partial", "reciprocity") > 0.05
    assert headline.startswith(
        "One metric goes with accuracy within families, but none is found beyond size over all"
    )
    assert "Nothing survives" not in headline
    assert "Within families (n_nodes, n_edges and family held fixed) 1 metric is found: higher" in (
        gru
    )
    assert (
        "Found only within families, as differences between families can mask what holds inside "
        "them (suppression): reciprocity." in gru
    )


def test_families_left_out_are_said_to_be_these(runs: Runs, say: Say) -> None:
    gru = say(runs(planted=0.2)).answer[1]
    assert "For families left out (of these 3), R²" in gru
    assert "  " not in gru
    assert "; the intervals are over graphs of these families, not over other families." in gru


def test_one_metric_is_not_the_one_tested(runs: Runs, say: Say) -> None:
    table = runs(seed=1)[["family", "graph", "n_nodes", "n_edges", "clustering", "accuracy"]]
    assert "The one metric tested is not found to go with accuracy (with" in say(table).answer[1]


def test_near_twins_count_once(runs: Runs, say: Say) -> None:
    table = runs(seed=3)
    table["accuracy"] += 0.2 * (table["modularity"] - 0.5)
    _, gru, _ = say(table).answer
    assert gru.count("with higher accuracy") == 2  # beyond size, and within families
    assert "2 of 5 metrics go with accuracy" in gru
    assert ", or 1 if near twins count as one: " in gru
    assert ", like 1 near twin)" in gru


def test_a_function_of_size_is_never_called_topology(runs: Runs, say: Say) -> None:
    table = runs(size=0.3, noise=0.001)
    table["density"] = table["n_edges"] / (table["n_nodes"] * (table["n_nodes"] - 1))
    table["accuracy"] = 0.7 + table["density"]
    said = say(table)
    assert p_adjusted(said, "partial", "density") < 0.001
    assert "higher density with" not in said.answer[1]
    assert any(text.startswith("Nearly functions of size: density.") for text in said.warnings)


def test_cells_are_told_apart(runs: Runs, say: Say) -> None:
    effect = runs(planted=0.2, size=0.1)
    nothing = runs(size=0.1, seed=5).assign(cell="lstm", graph=lambda t: "l" + t["graph"])
    said = say(pd.concat([effect, nothing], ignore_index=True))
    headline, gru, lstm, _ = said.answer
    assert headline == (
        "In GRU, one metric goes with accuracy beyond size and within families, and a model with "
        "topology predicts accuracy better than size alone. In LSTM, no metric is found to go with "
        "accuracy beyond size or within families, and models with topology predicted accuracy "
        "worse than size alone."
    )
    assert gru.startswith("GRU (72 graphs, 144 runs).")
    assert lstm.startswith("LSTM (72 graphs, 144 runs). No metric of the 5 tested")


def test_without_a_size_nothing_is_said_of_size(runs: Runs, say: Say) -> None:
    table = runs(planted=0.2).drop(columns=["n_nodes", "n_edges", "spectral_radius"])
    said = say(table)
    assert said.answer[0] == (
        "One metric goes with accuracy over all graphs and within families, and a model with "
        "topology predicts accuracy better than the mean."
    )
    assert f"(ρ{NBSP}=" in said.answer[1]
    assert said.findings.partial is None
    assert any(text.startswith("No size is known") for text in said.warnings)


def test_graphs_of_one_size_need_none_held_fixed(runs: Runs, say: Say) -> None:
    said = say(runs(planted=0.2).assign(n_nodes=20, n_edges=80))
    assert said.answer[0].startswith("One metric goes with accuracy at equal size and")
    assert not any(text.startswith("No size is known") for text in said.warnings)


def test_pearson_has_its_own_letter(runs: Runs, say: Say) -> None:
    said = say(runs(planted=0.2), method="pearson")
    assert f"partial r{NBSP}=" in said.answer[1]
    assert set(said.findings.partial["method"]) == {"pearson"}


def test_three_graphs_allow_no_answer(say: Say) -> None:
    table = pd.DataFrame({"x": [1.0, 2.0, 4.0], "accuracy": [0.1, 0.2, 0.4]})
    said = say(table)
    assert said.answer[0].startswith("Too little to go by")
    assert not said.findings.predictions


def test_replicates_do_not_count_as_graphs(runs: Runs, say: Say) -> None:
    said = say(runs(replicates=4))
    assert set(said.findings.raw["n"]) == {72}
    assert set(said.findings.scores["n"]) == {72}
    assert said.findings.noise["n"].tolist() == [288, 288]


def test_the_gain_is_that_of_the_best_model(runs: Runs, say: Say) -> None:
    said = say(runs(planted=0.2), models=("bayesian_ridge", "random_forest"))
    scores = said.findings.scores
    full = scores[(scores["scheme"] == "kfold") & (scores["features"] == "features")]
    best = full.loc[full["estimate"].idxmax()]
    n_better = int((full["gain_low"] > 0).sum())
    gain = f"(gain {best['gain']:.2f} [{best['gain_low']:.2f}, {best['gain_high']:.2f}]; "
    assert f"{gain}{n_better} of 2 models gain)" in said.answer[1]
    assert np.isclose(best["estimate"], full["estimate"].max())
