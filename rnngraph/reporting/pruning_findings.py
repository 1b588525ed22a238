"""What a pruning study's tables say: means over replicates with intervals, and what they are worth.

Replicates are the only independent repetition, so every interval and test is over them: Student's t
with as many values as a setting has replicates; of one replicate there is none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rnngraph.experiments import PruningResults
from rnngraph.experiments.pruned_topology import TOPOLOGY
from rnngraph.reporting.means import Mean, mean_of

STAGES: Final = ("pruned", "retrained")
"""At once after pruning, and after the last epoch of retraining."""

POINT: Final = 0.01
"""Loss of accuracy that is accepted."""

RANDOM: Final = "random"
"""The score that the others are held against."""

_SETTING: Final = ["cell", "what", "score", "amount"]


@dataclass(frozen=True, eq=False)
class PruningFindings:
    """Tables, a row a group of replicates; n counts those that count.

    Attributes:
        accuracy: By cell, what, score and amount: accuracy at once and after retraining.
        recovery: By the same: epochs to recover, over those that did (n of `replicates`).
        safe: By cell, what, score and stage: largest amount up to which no amount of the plan
            cost more than a point of accuracy.
        difference: By cell, what, score, stage and amount: accuracy minus that of random pruning of
            the same network; amount NaN is the mean over amounts.
        topology: By cell, what, score, metric and amount: z of the remaining graphs.
        structure: By cell, what, score and metric: z, each network's mean over amounts, with
            p-values adjusted over all rows of a score (Benjamini-Hochberg).
        sizes: By cell, what and amount: live weights and bytes of the recurrent matrices.
    """

    accuracy: pd.DataFrame
    recovery: pd.DataFrame
    safe: pd.DataFrame
    difference: pd.DataFrame
    topology: pd.DataFrame
    structure: pd.DataFrame
    sizes: pd.DataFrame


def find(results: PruningResults) -> PruningFindings:
    """Compute all tables."""
    pruned = results.pruned
    topology = _topology(pruned)
    return PruningFindings(
        accuracy=_accuracy(pruned),
        recovery=_recovery(pruned),
        safe=_safe(pruned),
        difference=_difference(pruned),
        topology=_over(topology, [*_SETTING, "metric"]),
        structure=_structure(topology),
        sizes=_sizes(pruned),
    )


def _groups(
    table: pd.DataFrame, by: Sequence[str]
) -> Iterator[tuple[dict[str, object], pd.DataFrame]]:
    """Groups in the order in which they come first."""
    for values, group in table.groupby(list(by), sort=False, dropna=False):
        yield dict(zip(by, values, strict=True)), group


def _over(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Means of the column "value" by group."""
    rows = [{**key, **mean_of(group["value"])._asdict()} for key, group in _groups(table, by)]
    return pd.DataFrame(rows, columns=[*by, *Mean._fields])


def _accuracy(pruned: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for key, group in _groups(pruned, _SETTING):
        row = {**key, "sparsity": group["sparsity"].mean(), "n": len(group)}
        for stage in STAGES:
            _, *values = mean_of(group[f"accuracy_{stage}"])
            row |= dict(zip((stage, f"{stage}_low", f"{stage}_high"), values, strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _recovery(pruned: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {**key, "replicates": len(group), **mean_of(group["epochs_to_recover"])._asdict()}
        for key, group in _groups(pruned, _SETTING)
    ]
    return pd.DataFrame(rows)


def _safe(pruned: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for key, group in _groups(pruned, ["cell", "what", "score", "replicate"]):
        for stage in STAGES:
            kept = group[f"accuracy_{stage}"] >= group["accuracy_before"] - POINT
            rows.append({**key, "stage": stage, "value": _up_to(group["amount"], kept)})
    table = _over(pd.DataFrame(rows), ["cell", "what", "score", "stage"])
    # A share: its interval ends where shares end.
    return table.assign(low=table["low"].clip(lower=0.0), high=table["high"].clip(upper=1.0))


def _up_to(amounts: pd.Series, kept: pd.Series) -> float:
    """Largest amount up to which all are kept; 0 if the least is not."""
    safe = 0.0
    for amount, fine in sorted(zip(amounts, kept, strict=True)):
        if not fine:
            break
        safe = amount
    return safe


def _difference(pruned: pd.DataFrame) -> pd.DataFrame:
    key = ["cell", "what", "amount", "replicate"]
    random = pruned.loc[pruned["score"] == RANDOM]
    others = pruned.loc[pruned["score"] != RANDOM]
    pairs = others.merge(random, on=key, suffixes=("", "_random"))
    if pairs.empty:
        return pd.DataFrame()
    tables = []
    for stage in STAGES:
        name = f"accuracy_{stage}"
        each = pairs[["score", *key]].assign(
            stage=stage, value=pairs[name] - pairs[f"{name}_random"]
        )
        whole = each.groupby(["score", "cell", "what", "replicate", "stage"], sort=False)
        mean = whole["value"].mean().reset_index().assign(amount=np.nan)
        tables += [each, mean]
    by = ["cell", "what", "score", "stage", "amount"]
    return _over(pd.concat(tables, ignore_index=True), by)


def _topology(pruned: pd.DataFrame) -> pd.DataFrame:
    """The z-scores that exist, a row each."""
    long = pruned.melt(
        id_vars=[*_SETTING, "replicate"],
        value_vars=[f"{name}_z" for name in TOPOLOGY],
        var_name="metric",
    )
    long["metric"] = long["metric"].str.removesuffix("_z")
    return long.dropna(subset="value")


def _structure(topology: pd.DataFrame) -> pd.DataFrame:
    by = ["cell", "what", "score", "metric"]
    each = topology.groupby([*by, "replicate"], sort=False)["value"].mean().reset_index()
    if each.empty:
        return pd.DataFrame(columns=[*by, *Mean._fields, "p_value", "p_adjusted"])
    table = _over(each, by)
    half = table["high"] - table["mean"]
    freedom = table["n"] - 1
    t = stats.t.ppf(0.975, freedom.clip(lower=1)) * table["mean"] / half.where(half > 0)
    table["p_value"] = 2 * stats.t.sf(t.abs(), freedom.clip(lower=1))
    table["p_adjusted"] = np.nan
    for _, rows in table.dropna(subset="p_value").groupby("score"):
        adjusted = stats.false_discovery_control(rows["p_value"].to_numpy())
        table.loc[rows.index, "p_adjusted"] = adjusted
    return table


def _sizes(pruned: pd.DataFrame) -> pd.DataFrame:
    names = ["n_live", "dense_bytes", "sparse_bytes"]
    rows = [
        {**key, **group[names].mean().to_dict()}
        for key, group in _groups(pruned, ["cell", "what", "amount"])
    ]
    return pd.DataFrame(rows)
