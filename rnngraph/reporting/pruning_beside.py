"""Our accuracies after pruning beside published ones."""

import math

import pandas as pd

from rnngraph.experiments import PruningResults
from rnngraph.reporting.blocks import Block, Prose
from rnngraph.reporting.numbers import counted, listed, percent
from rnngraph.reporting.pruning_findings import POINT
from rnngraph.reporting.pruning_words import KINDS, STAGE_NAMES, points
from rnngraph.reporting.published_pruning import PublishedAccuracies, PublishedSetting
from rnngraph.reporting.shown import Shown, sheet
from rnngraph.reporting.words import cell_name

_KEY = ["cell", "what", "score", "amount"]
_STAGES = ("before", *STAGE_NAMES)


def beside(results: PruningResults, published: PublishedAccuracies) -> pd.DataFrame:
    """A row a setting that both have: means over our n replicates, and what was published.

    cell, what, score, amount, n; accuracy_before, accuracy_pruned, accuracy_retrained;
    epochs_to_recover, over those that did (`recovered` of n); the same with "published_" before.
    """
    ours = results.pruned.groupby(_KEY, sort=False).agg(
        n=("replicate", "size"),
        **{f"accuracy_{stage}": (f"accuracy_{stage}", "mean") for stage in _STAGES},
        epochs_to_recover=("epochs_to_recover", "mean"),
        recovered=("epochs_to_recover", "count"),
    )
    theirs = pd.DataFrame(published.settings, columns=PublishedSetting._fields).set_index(_KEY)
    return ours.join(theirs.add_prefix("published_"), how="inner").reset_index()


def beside_blocks(table: pd.DataFrame, source: str) -> tuple[Block, ...]:
    """What a page says of the table, and the table."""
    if table.empty:
        return (Prose((f"{source} has no setting of this plan.",)),)
    close = [
        f"{(table[ours] - table[f'published_{ours}']).abs().le(POINT).sum()} {name}"
        for ours, name in ((f"accuracy_{stage}", name) for stage, name in STAGE_NAMES.items())
    ]
    text = (
        f"{counted(len(table), 'setting')} of this plan and of {source}. Accuracies within one "
        f"point of the published ones: {listed(close)}."
    )
    shown = [
        Shown("cell", ("cell",), cell_name),
        Shown("weights", ("what",), KINDS.__getitem__),
        Shown("pruned", ("amount",), percent),
    ]
    for stage in _STAGES:
        name = STAGE_NAMES.get(stage, stage)
        shown.append(Shown(f"{name}, %", (f"accuracy_{stage}",), points))
        shown.append(Shown("published", (f"published_accuracy_{stage}",), points))
    shown.append(Shown("epochs to recover", ("epochs_to_recover", "recovered", "n"), _epochs))
    shown.append(Shown("published", ("published_epochs_to_recover",), _epochs))
    caption = (
        f"Accuracy before pruning, {STAGE_NAMES['pruned']} and {STAGE_NAMES['retrained']}, and "
        "epochs of retraining until it is back: means over replicates, in brackets how many came "
        f"back, where not all did; and what {source} published."
    )
    return (Prose((text,)), sheet(table, shown, caption, "published"))


def _epochs(mean: float, recovered: int = 1, n: int = 1) -> str:
    if math.isnan(mean):
        return "–"
    return f"{mean:.1f}" + f" ({recovered} of {n})" * (recovered < n)
