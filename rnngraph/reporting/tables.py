"""Tables of the study as a reader sees them; the CSV keeps all columns."""

from collections.abc import Sequence

import pandas as pd

from rnngraph.reporting.analysis import INFLATED, Findings
from rnngraph.reporting.blocks import Sheet
from rnngraph.reporting.numbers import (
    coefficient,
    decided_interval,
    interval,
    listed,
    number,
    p_value,
    whole,
)
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import LEVEL
from rnngraph.reporting.shown import Shown, sheet
from rnngraph.reporting.words import SCHEMES, SETS, cell_name, in_cell, symbol


def spread_sheet(study: Study, findings: Findings) -> Sheet:
    """The target by cell and family."""
    numbers = [Shown(heading, (heading,), number) for heading in ("mean", "min", "median", "max")]
    numbers.insert(1, Shown("standard error", ("std_error",), number))
    shown = [Shown("family", ("family",), str)] if study.families else []
    return _sheet(
        study,
        findings.spread,
        [*shown, Shown("graphs", ("n",), whole), Shown("runs", ("runs",), whole), *numbers],
        f"Values of {study.target} over graphs{', each the mean of its runs' * study.replicated}.",
        "target_by_family",
    )


def noise_sheet(study: Study, findings: Findings) -> Sheet:
    """Repeatability of one run and of the mean of a graph's runs."""
    kinds = {"single": "one run", "mean": "mean of a graph's runs"}
    return _sheet(
        study,
        findings.noise,
        [
            Shown("of", ("quantity",), lambda quantity: kinds[quantity]),
            Shown("replicates", ("replicates",), _neat),
            Shown("ICC", ("estimate",), coefficient),
            Shown("95 % interval", ("ci_low", "ci_high"), interval),
            Shown("p", ("p_value",), p_value),
            Shown("runs", ("n",), whole),
            Shown("graphs", ("n_units",), whole),
        ],
        "Share of the variance that is due to the graph (intraclass correlation). That of the "
        "mean estimates, as closely as its interval says, the R² that prediction from the graph "
        "can hardly exceed.",
        "repeatability",
    )


def correlation_sheet(study: Study, table: pd.DataFrame, caption: str, file: str) -> Sheet:
    """Correlations, the strongest of each cell first."""
    return _sheet(
        study,
        table,
        [
            Shown("metric", ("feature",), str),
            Shown(symbol(table), ("estimate",), coefficient),
            Shown("95 % interval", ("ci_low", "ci_high"), interval),
            Shown("p", ("p_value",), p_value),
            Shown("p adjusted", ("p_adjusted",), _starred),
            Shown("graphs", ("n",), whole),
        ],
        caption,
        file,
    )


def collinear_sheet(study: Study, findings: Findings) -> Sheet:
    """How far each metric follows from the others."""
    table = findings.collinear
    inflated = int((table["vif"] > INFLATED).sum())
    return _sheet(
        study,
        table,
        [
            Shown("metric", ("feature",), str),
            Shown("VIF", ("vif",), number),
            Shown("nearest", ("nearest",), str),
            Shown("ρ", ("rho",), coefficient),
            Shown("group", ("group",), lambda group: whole(group) if group else ""),
        ],
        "Collinearity: variance inflation factor (VIF) on all other metrics, the nearest metric, "
        f"and the group of near twins. Almost linear in the others (VIF above {INFLATED}): "
        f"{inflated} of {len(table)}.",
        "collinearity",
    )


def score_sheet(study: Study, scores: pd.DataFrame) -> Sheet:
    """R² of every model."""
    return _sheet(
        study,
        scores,
        [
            Shown("left out", ("scheme",), lambda scheme: SCHEMES[scheme].split()[0]),
            Shown("known", ("features",), lambda features: SETS[features]),
            Shown("model", ("model",), lambda model: model.replace("_", " ")),
            Shown("R²", ("estimate",), coefficient),
            Shown("95 % interval", ("ci_low", "ci_high"), interval),
            Shown("gain", ("gain",), coefficient),
            Shown("95 % interval", ("gain_low", "gain_high"), decided_interval),
        ],
        "Predictions of graphs and of families left out. The gain is over the best that knows "
        "size or the mean alone, under the same folds.",
        "prediction_scores",
    )


def _sheet(
    study: Study, frame: pd.DataFrame, shown: Sequence[Shown], caption: str, file: str
) -> Sheet:
    if "cell" in frame and len(study.cells) > 1:
        shown = [Shown("cell", ("cell",), cell_name), *shown]
    notes = _notes(study, frame) if "note" in frame else ()
    return sheet(frame, shown, caption, file, notes)


def _notes(study: Study, frame: pd.DataFrame) -> tuple[str, ...]:
    """Say why values are missing, the features of one reason together."""
    noted = frame.loc[frame["note"] != ""]
    named = noted["feature"]
    if "cell" in noted:
        named = named + noted["cell"].map(lambda cell: in_cell(study, cell))
    return tuple(
        f"{listed(list(features))}: {note}."
        for note, features in named.groupby(noted["note"], sort=False)
    )


def _starred(p_adjusted: float) -> str:
    return p_value(p_adjusted) + ("*" if p_adjusted <= LEVEL else "")


def _neat(value: float) -> str:
    return whole(value) if value == int(value) else number(value)
