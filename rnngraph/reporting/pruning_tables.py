"""Tables of a pruning study as a reader sees them; the CSV files keep all columns."""

import math

import numpy as np
import pandas as pd

from rnngraph.experiments import PruningResults
from rnngraph.experiments.pruned_topology import TOPOLOGY
from rnngraph.reporting.blocks import Sheet
from rnngraph.reporting.numbers import coefficient, counted, percent, whole
from rnngraph.reporting.pruning_findings import RANDOM, STAGES, PruningFindings
from rnngraph.reporting.pruning_words import (
    KINDS,
    STAGE_NAMES,
    kibibytes,
    points,
    points_with,
    share_with,
)
from rnngraph.reporting.records import LEVEL
from rnngraph.reporting.shown import Shown, sheet
from rnngraph.reporting.words import cell_name

_ENDS = ("mean", "low", "high")
_KEY = [
    Shown("cell", ("cell",), cell_name),
    Shown("weights", ("what",), KINDS.__getitem__),
]
_SCORED = [*_KEY, Shown("score", ("score",), str)]


def safe_sheet(findings: PruningFindings) -> Sheet:
    """How much can go, at once and after retraining."""
    wide = _side_by_side(findings.safe, "stage")
    return sheet(
        wide,
        [
            *_SCORED,
            *(Shown(STAGE_NAMES[stage], _columns(stage, _ENDS), share_with) for stage in STAGES),
        ],
        "Share of the weights that can be pruned: the largest amount up to which no amount of the "
        "plan costs more than one point of the accuracy before pruning; mean over replicates with "
        "its 95 % interval.",
        "safe",
    )


def accuracy_sheet(findings: PruningFindings, stage: str) -> Sheet:
    """Accuracy of every setting, an amount a column."""
    table = findings.accuracy.assign(
        half=findings.accuracy[f"{stage}_high"] - findings.accuracy[stage]
    )
    wide = _side_by_side(table[["cell", "what", "score", "amount", stage, "half"]], "amount")
    return sheet(
        wide,
        [
            *_SCORED,
            *(
                Shown(percent(amount), _columns(amount, (stage, "half")), _give_or_take)
                for amount in sorted(table["amount"].unique())
            ),
        ],
        f"Accuracy {STAGE_NAMES[stage]} (%) by the share of weights pruned: mean over replicates "
        "± half of its 95 % interval.",
        "accuracy",
    )


def difference_sheet(findings: PruningFindings) -> Sheet:
    """Accuracy against that of random pruning, mean over amounts."""
    whole_study = findings.difference.loc[findings.difference["amount"].isna()]
    wide = _side_by_side(whole_study.drop(columns="amount"), "stage")
    return sheet(
        wide,
        [
            *_SCORED,
            *(
                Shown(f"{STAGE_NAMES[stage]}, points", _columns(stage, _ENDS), points_with)
                for stage in STAGES
            ),
        ],
        "Accuracy minus that of the same network pruned at random to the same sparsity: mean over "
        "all amounts and replicates, with the 95 % interval over replicates.",
        "difference",
    )


def structure_sheet(findings: PruningFindings) -> Sheet:
    """Structure of what remains: z, mean over amounts, a metric a column."""
    table = findings.structure[["cell", "what", "score", "metric", "mean", "p_adjusted"]]
    wide = _side_by_side(table, "metric")
    return sheet(
        wide,
        [
            *_SCORED,
            *(
                Shown(name, _columns(name, ("mean", "p_adjusted")), _starred)
                for name in TOPOLOGY
                if name in set(table["metric"])
            ),
        ],
        "z of the graph that is left, against random graphs with as many edges: mean over amounts "
        f"and replicates. A star: found at a false discovery rate of {percent(LEVEL)} over all "
        "cells, kinds of weights and metrics of a score, by a t-test over replicates."
        + f" Rows of {RANDOM} pruning show what chance does."
        * (RANDOM in set(table["score"])),
        "structure",
    )


def size_sheet(findings: PruningFindings) -> Sheet:
    """Weights left and bytes."""
    return sheet(
        findings.sizes,
        [
            *_KEY,
            Shown("pruned", ("amount",), percent),
            Shown("live weights", ("n_live",), whole),
            Shown("dense, KiB", ("dense_bytes",), kibibytes),
            Shown("sparse, KiB", ("sparse_bytes",), kibibytes),
        ],
        "Recurrent weights left in the whole network, and the bytes of its recurrent matrices in "
        "float32: as they are (dense), and as row pointers, column indices and values (sparse), "
        "which pays only beyond half.",
        "sizes",
    )


def base_sheet(results: PruningResults) -> Sheet:
    """The networks before pruning."""
    return sheet(
        results.base,
        [
            Shown("cell", ("cell",), cell_name),
            Shown("replicate", ("replicate",), whole),
            Shown("accuracy, %", ("accuracy",), points),
            Shown("recurrent weights", ("n_recurrent",), whole),
            Shown("parameters", ("n_parameters",), whole),
            Shown("epochs", ("epochs",), whole),
        ],
        f"The {counted(len(results.base), 'network')} before pruning.",
        "base",
    )


def _side_by_side(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A row a cell, kind of weights and score; "column VALUE" for each value of `name`."""
    key = ["cell", "what", "score"]
    wide = table[key].drop_duplicates()
    for value, own in table.groupby(name):
        named = {column: f"{column} {value}" for column in own.columns.difference([*key, name])}
        wide = wide.merge(own.drop(columns=name).rename(columns=named), on=key, how="left")
    return wide


def _columns(value: object, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name} {value}" for name in names)


def _give_or_take(mean: float, half: float) -> str:
    return points(mean) if math.isnan(half) else f"{points(mean)} ± {points(half)}"


def _starred(mean: float, p_adjusted: float) -> str:
    return coefficient(mean) + "*" * bool(np.less_equal(p_adjusted, LEVEL))
