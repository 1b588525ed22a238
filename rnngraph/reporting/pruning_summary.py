"""The answer of a pruning study in plain words, and what to know before believing it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from rnngraph.experiments import PruningResults
from rnngraph.reporting.numbers import counted, listed, percent
from rnngraph.reporting.pruning_findings import POINT, RANDOM, STAGES, PruningFindings
from rnngraph.reporting.pruning_words import KINDS, STAGE_NAMES, points, points_with, share_with
from rnngraph.reporting.records import LEVEL
from rnngraph.reporting.summary import Answer
from rnngraph.reporting.words import cell_name

SPEED: Final = (
    "Masks alone do not make a network faster or smaller: a masked weight is stored, and "
    "multiplied, as before. rnngraph.compact turns a pruned network into one that is."
)

_OF: Final = {
    "both": "recurrent weights of both kinds",
    "ih": "input-to-hidden weights",
    "hh": "hidden-to-hidden weights",
}
_NAMED: Final = 3
"""Metrics that a sentence names."""

_FEW: Final = 5
"""Replicates below which an interval is mostly ignorance."""

_LEARNT: Final = 0.1
"""Accuracy above chance from which on a network counts as one that learnt."""

_MOST: Final = 0.5
"""Share of a cell's networks beyond which its failures are the rule."""


def main_score(results: PruningResults) -> str:
    """The score that the sentences are about: the first that is not random."""
    scores = results.plan.pruning.scores
    return next((score for score in scores if score != RANDOM), scores[0])


def answer(results: PruningResults, findings: PruningFindings) -> Answer:
    """Say how much can go, whether training again brings it back, and whether it is structure.

    Of a cell whose networks failed to learn the task nothing is said but that: what knows nothing
    loses nothing when it is pruned.
    """
    failed = _failed(results)
    cells = tuple(
        (
            f"{cell_name(cell)}.",
            _nothing(results, cell) if cell in failed else _of_cell(results, findings, cell),
        )
        for cell in results.plan.network.cells
    )
    n = results.plan.training.replicates
    over = f"Brackets hold 95 % t-intervals over {counted(n, 'replicate')}. " if n > 1 else ""
    return Answer(_headline(results, findings, failed), cells, over + SPEED)


def warnings(results: PruningResults) -> tuple[str, ...]:
    """What to know first, most telling first."""
    found = [
        _unlearnt(results),
        _ngrams(results),
        _replicates(results),
        _beyond(results),
        _diverged(results),
    ]
    if results.plan.training.patience is not None:
        found.append(
            "Training before pruning ended by the test loss, so accuracies before pruning flatter."
        )
    if 1.0 in results.plan.pruning.amounts:
        found.append(
            "At 100 % no weight is left. Darji's thesis, whose threshold is a percentile, keeps "
            "one there."
        )
    return tuple(text for text in found if text)


def _failed(results: PruningResults) -> tuple[str, ...]:
    """Cells of which most networks learnt next to nothing before pruning."""
    low = _low(results).groupby(results.base["cell"], sort=False).mean()
    return tuple(low.index[low > _MOST])


def _low(results: PruningResults) -> "pd.Series[bool]":
    """Which networks learnt next to nothing; none, where the chance level is not known."""
    chance = float(results.task.get("chance", -np.inf))
    return results.base["accuracy"] < chance + _LEARNT


def _nothing(results: PruningResults, cell: str) -> str:
    own = results.base.loc[results.base["cell"] == cell, "accuracy"]
    return (
        f"Nothing can be concluded: before pruning its networks score {points(own.mean())} % in "
        f"the mean, a constant answer {points(results.task['chance'])} %."
    )


def _headline(results: PruningResults, findings: PruningFindings, failed: Sequence[str]) -> str:
    learnt = [cell for cell in results.plan.network.cells if cell not in failed]
    if not learnt:
        return (
            "Nothing can be concluded: the networks learnt next to nothing before pruning, so that "
            "they had nothing to lose by it."
        )
    if not failed:
        return _found(results, findings)
    names = listed([cell_name(cell) for cell in failed])
    return (
        f"{_found(results, _of_cells(findings, learnt))} Nothing can be concluded about {names}, "
        "not counted here: the networks learnt next to nothing before pruning."
    )


def _of_cells(findings: PruningFindings, cells: Sequence[str]) -> PruningFindings:
    """What the headline reads, of some cells alone."""
    safe, structure = (
        table.loc[table["cell"].isin(cells)] for table in (findings.safe, findings.structure)
    )
    return replace(findings, safe=safe, structure=structure)


def _found(results: PruningResults, findings: PruningFindings) -> str:
    plan, score = results.plan, main_score(results)
    what = _main_kind(results)
    epochs = counted(plan.pruning.retrain_epochs, "epoch")

    def shares(of: str) -> str:
        at_once, again = (_range(_safe(findings, of, what, stage)) for stage in STAGES)
        return f"{at_once} at once and {again} after {epochs} of retraining"

    text = (
        f"Pruned by {score}, the {_OF[what]} can lose {shares(score)} within one point of accuracy"
    )
    if RANDOM in plan.pruning.scores and score != RANDOM:
        text += f"; pruned at random, {shares(RANDOM)}"
    return f"{text}. {_structure(findings, score)}"


def _structure(findings: PruningFindings, score: str) -> str:
    tested = findings.structure.dropna(subset="p_adjusted")
    own = tested.loc[tested["score"] == score]
    if own.empty:
        return "Whether structure is left could not be tested: it takes two replicates or more."
    n = int((own["p_adjusted"] <= LEVEL).sum())
    verdict = (
        f"What {score} leaves is more than sparse"
        if n
        else f"No structure is found in what {score} leaves"
    )
    text = (
        f"{verdict}: {n} of {counted(len(own), 'test')} of a metric of the remaining graph against "
        "random graphs of as many edges find a difference"
    )
    chance = tested.loc[tested["score"] == RANDOM]
    if score != RANDOM and len(chance):
        text += f" (random pruning: {int((chance['p_adjusted'] <= LEVEL).sum())} of {len(chance)})"
    return f"{text}."


def _of_cell(results: PruningResults, findings: PruningFindings, cell: str) -> str:
    score = main_score(results)
    texts = [_can_go(results, findings, cell, score), _recovered(results, cell, score)]
    if RANDOM in results.plan.pruning.scores and score != RANDOM:
        texts.append(_against_random(results, findings, cell, score))
    texts.append(_metrics(results, findings, cell, score))
    return " ".join(text for text in texts if text)


def _can_go(results: PruningResults, findings: PruningFindings, cell: str, score: str) -> str:
    parts = []
    for what in results.plan.pruning.what:
        at_once, again = (
            _safe(findings, score, what, stage).loc[lambda t: t["cell"] == cell].iloc[0]
            for stage in STAGES
        )
        shares = [share_with(row["mean"], row["low"], row["high"]) for row in (at_once, again)]
        parts.append(f"{KINDS[what]}, {shares[0]} at once and {shares[1]} after retraining")
    return f"Within one point: {'; '.join(parts)}."


def _recovered(results: PruningResults, cell: str, score: str) -> str:
    own = results.pruned.query("cell == @cell and score == @score")
    needed = own.loc[own["accuracy_pruned"] < own["accuracy_before"] - results.plan.pruning.within]
    if needed.empty:
        return "No pruned network fell behind."
    back = needed["epochs_to_recover"].dropna()
    text = f"Of the {len(needed)} networks that fell behind, {len(back)} came back"
    return f"{text}, after {back.mean():.1f} epochs in the mean." if len(back) else f"{text}."


def _against_random(
    results: PruningResults, findings: PruningFindings, cell: str, score: str
) -> str:
    what, table = _main_kind(results), findings.difference
    own = table.loc[(table["cell"] == cell) & (table["score"] == score) & (table["what"] == what)]
    own = own.loc[own["amount"].isna()].set_index("stage")
    parts = [
        f"{points_with(*own.loc[stage, ['mean', 'low', 'high']])} {STAGE_NAMES[stage]}"
        for stage in STAGES
    ]
    return f"Points over random pruning ({KINDS[what]}, mean over amounts): {listed(parts)}."


def _metrics(results: PruningResults, findings: PruningFindings, cell: str, score: str) -> str:
    what, table = _main_kind(results), findings.structure
    own = table.loc[(table["cell"] == cell) & (table["score"] == score) & (table["what"] == what)]
    found = own.loc[own["p_adjusted"] <= LEVEL].sort_values("mean", key=abs, ascending=False)
    sides = [
        f"{side} {listed(list(names), _NAMED)}"
        for side, names in (
            ("more", found.loc[found["mean"] > 0, "metric"]),
            ("less", found.loc[found["mean"] < 0, "metric"]),
        )
        if len(names)
    ]
    return f"Left ({KINDS[what]}), beside random graphs: {'; '.join(sides)}." if sides else ""


def _main_kind(results: PruningResults) -> str:
    """The kind of weights that the longer sentences are about."""
    kinds = results.plan.pruning.what
    return "both" if "both" in kinds else kinds[0]


def _safe(findings: PruningFindings, score: str, what: str, stage: str) -> pd.DataFrame:
    table = findings.safe
    return table.loc[
        (table["score"] == score) & (table["what"] == what) & (table["stage"] == stage)
    ]


def _range(rows: pd.DataFrame) -> str:
    """The means of all cells: "30 %" or "10 % to 90 %"."""
    low, high = percent(rows["mean"].min()), percent(rows["mean"].max())
    return low if low == high else f"{low} to {high}"


def _ngrams(results: PruningResults) -> str:
    known = results.task.get("ngram") or {}
    if not known:
        return ""
    rules = listed([f"{order}-gram {points(value)} %" for order, value in known.items()])
    best = max(known.values())
    means = results.base.groupby("cell", sort=False)["accuracy"].mean()
    below = [cell_name(str(cell)) for cell, mean in means.items() if mean <= best]
    text = f"Rules of neighbouring symbols alone score, by length: {rules}."
    if below:
        text += (
            f" {listed(below)} do{'es' * (len(below) == 1)} no better before pruning, so that this "
            "task says little about what pruning does to memory."
        )
    return text


def _replicates(results: PruningResults) -> str:
    n = results.plan.training.replicates
    if n == 1:
        return "One replicate: no interval and no test, and another seed may give other numbers."
    return f"Only {n} replicates: intervals are wide." if n < _FEW else ""


def _unlearnt(results: PruningResults) -> str:
    low = results.base.loc[_low(results)]
    if low.empty:
        return ""
    cells = listed([cell_name(cell) for cell in low["cell"].unique()])
    return (
        f"{len(low)} of {counted(len(results.base), 'network')} ({cells}) learnt next to nothing "
        "before pruning."
    )


def _beyond(results: PruningResults) -> str:
    gained = results.pruned["accuracy_retrained"] > results.pruned["accuracy_before"] + POINT
    cells = results.pruned.loc[gained, "cell"].unique()
    if not len(cells):
        return ""
    return (
        f"{int(gained.sum())} of {counted(len(gained), 'pruned network')} "
        f"({listed([cell_name(cell) for cell in cells])}) end more than a point above their "
        "accuracy before pruning: part of what retraining gives is more training, not recovery."
    )


def _diverged(results: PruningResults) -> str:
    n = int(np.sum(results.pruned["diverged"])) + int(np.sum(results.base["diverged"]))
    return f"{counted(n, 'network')} diverged; their last finite weights count." if n else ""
