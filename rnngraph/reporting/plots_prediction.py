"""Figures of the predictions: scores of every model, and predicted against observed."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.canvas import ACCENT, COUNTER, FAINT, WIDTH, embed, looks, short
from rnngraph.reporting.numbers import coefficient
from rnngraph.reporting.plots_runs import family_legend
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import Score, best, scores
from rnngraph.reporting.words import SCHEMES, SETS, cell_name

_LOOK: Final[Mapping[str, Mapping[str, Any]]] = {
    "features": {"color": ACCENT, "marker": "o"},
    "baseline": {"color": COUNTER, "marker": "s"},
    "none": {"color": FAINT, "marker": "D"},
}
WORST: Final = -1.0
"""R² below which a score is drawn at the edge: how much worse than useless does not matter."""


def score_plot(findings: Findings) -> Markup:
    """R² of every model with its interval: a row of panels a cell, a column a scheme."""
    cells = list(findings.predictions)
    schemes = list(
        dict.fromkeys(s for c in cells for s in findings.predictions[c].scores["scheme"])
    )
    n = max(len(scores(p, schemes[0])) for p in findings.predictions.values())
    figure = Figure(figsize=(WIDTH, len(cells) * (0.24 * n + 0.65) + 0.4))
    grid = figure.subplots(len(cells), len(schemes), squeeze=False, sharex=True, sharey="row")
    lowest = float(findings.scores["ci_low"].min())
    left = max(WORST, min(-0.1, lowest) - 0.02)
    for axes_row, cell in zip(grid, cells, strict=True):
        for axes, scheme in zip(axes_row, schemes, strict=True):
            _scores(axes, scores(findings.predictions[cell], scheme))
            axes.set_xlim(left, 1)
            axes.set_title(f"{short(cell_name(cell))}: {SCHEMES[scheme]}")
    for axes in grid[-1]:
        axes.set_xlabel("R² out of fold")
    handles = [
        Line2D([], [], linewidth=1.5, markersize=5, label=SETS[name], **look)
        for name, look in _LOOK.items()
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    return embed(
        figure,
        "scores",
        "R² of each model with its 95 % interval, by cell and by what was left out; all values "
        "are in the table below.",
        points=n * len(cells) * len(schemes),
    )


def predicted_plot(study: Study, findings: Findings, cell: str, number: int) -> Markup:
    """Predicted against observed: the best model on size alone beside the best with topology."""
    prediction = findings.predictions[cell]
    schemes = list(dict.fromkeys(prediction.scores["scheme"]))
    sized = (prediction.scores["features"] == "baseline").any()
    sets = ["baseline" if sized else "none", "features"]
    figure = Figure(figsize=(WIDTH, 3.1 * len(schemes) + 0.4))
    grid = figure.subplots(len(schemes), len(sets), squeeze=False, sharex=True, sharey=True)
    observed = study.cells[cell][study.target]
    family = study.family_of(study.cells[cell])
    ends = _ends(observed)
    for axes_row, scheme in zip(grid, schemes, strict=True):
        for axes, name in zip(axes_row, sets, strict=True):
            top = best(scores(prediction, scheme), name)
            shown = prediction.predictions
            for column in ("scheme", "features", "model"):
                shown = shown.loc[shown[column] == getattr(top, column)]
            _cloud(axes, shown, family.loc[shown["row"]], study, ends)
            axes.set_title(
                f"{SCHEMES[scheme]}\n{SETS[name]}: R² = {coefficient(top.estimate)}",
                fontweight="normal",
            )
    for axes in grid[:, 0]:
        axes.set_ylabel(f"predicted {short(study.target, 24)}")
    for axes in grid[-1]:
        axes.set_xlabel(f"observed {short(study.target, 24)}")
    if study.families:
        family_legend(figure, study.families)
    return embed(
        figure,
        f"predicted{number}",
        f"Predicted against observed {study.target} in {cell_name(cell)}, size alone beside size "
        "and topology; the diagonal is a perfect prediction.",
        points=len(observed) * len(schemes) * len(sets),
    )


def _scores(axes: Axes, rows: list[Score]) -> None:
    for place, row in enumerate(rows):
        look = _LOOK[row.features]
        low, point, high = (max(x, WORST) for x in (row.ci_low, row.estimate, row.ci_high))
        axes.hlines(place, low, high, color=look["color"], linewidth=1.5)
        axes.plot(
            point,
            place,
            marker="<" if row.estimate < WORST else look["marker"],
            markersize=5,
            color=look["color"],
            clip_on=False,
        )
        axes.text(
            1.03,
            place,
            coefficient(row.estimate),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
        )
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), [row.model.replace("_", " ") for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _cloud(
    axes: Axes, shown: pd.DataFrame, families: pd.Series, study: Study, ends: tuple[float, float]
) -> None:
    axes.plot(ends, ends, color=FAINT, linewidth=0.8)
    for family, look in looks(study.families or ("",)).items():
        own = shown.loc[(families == family).to_numpy()]
        axes.plot(
            own["observed"],
            own["predicted"].clip(*ends),
            linestyle="none",
            markersize=3.8,
            markeredgewidth=0,
            alpha=0.8,
            clip_on=False,
            **look,
        )
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))


def _ends(values: pd.Series) -> tuple[float, float]:
    margin = 0.06 * float(np.ptp(values))
    return float(values.min()) - margin, float(values.max()) + margin
