"""Figures of the runs: the target by family, and what the seed does to it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rnngraph.reporting.canvas import FAINT, INK, WIDTH, embed, looks, short
from rnngraph.reporting.numbers import counted, listed, number
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.task_facts import Marks, marks
from rnngraph.reporting.words import cell_name

_BOX_FROM = 5
"""Values from which on a box says more than the points."""


def target_by_family(study: Study) -> Markup:
    """Strips and boxes of the per-graph target: a panel a cell, a row a family."""
    families = study.families or ("",)
    look = looks(families)
    mark = marks(study)
    figure, panels = _panels(study, height=0.36 * len(families) + 0.25, share_x=True)
    for axes, table in zip(panels, study.cells.values(), strict=True):
        for row, family in enumerate(families):
            value = table[study.target]
            if study.columns.family is not None:
                value = value.loc[table[study.columns.family] == family]
            _strip(axes, value.to_numpy(), row, look[family])
        _lines(axes, mark)
        axes.set_yticks(range(len(families)), [short(family) for family in families])
        axes.set_ylim(len(families) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    label = f"{short(study.target)}{', mean over replicates' if study.replicated else ''}"
    figure.supxlabel(label, fontsize=9)
    _legend(figure, mark)
    described = [
        f"{cell_name(cell)}: median {number(table[study.target].median())}"
        for cell, table in study.cells.items()
    ]
    return embed(
        figure,
        "target",
        f"{study.target} of every graph by family. {'; '.join(described)}.",
        points=sum(len(table) for table in study.cells.values()),
    )


def seed_noise(study: Study) -> Markup:
    """Every run, graphs in the order of their means: how far apart are runs of one graph?"""
    look = looks(study.families or ("",))
    figure, panels = _panels(study, height=1.9, share_x=False)
    for axes, cell in zip(panels, study.cells, strict=True):
        runs = study.runs.loc[study.runs["cell"] == cell]
        by_unit = runs.groupby("unit", sort=False)["value"]
        ends = pd.DataFrame({"low": by_unit.min(), "high": by_unit.max(), "mean": by_unit.mean()})
        ends = ends.sort_values("mean", kind="stable")
        place = pd.Series(np.arange(len(ends)), index=ends.index)
        axes.vlines(place, ends["low"], ends["high"], color="#c8c8c8", linewidth=1.1)
        for family, part in runs.groupby("family", sort=False):
            axes.plot(
                place[part["unit"]],
                part["value"],
                linestyle="none",
                markersize=3.2,
                markeredgewidth=0,
                alpha=0.85,
                label=short(str(family)),
                **look[str(family)],
            )
        axes.set_xlabel("graphs, in the order of their means")
        axes.set_ylabel(short(study.target))
        axes.set_xticks([])
        axes.grid(axis="y")
    if study.families:
        family_legend(figure, study.families)
    return embed(
        figure,
        "seeds",
        f"{study.target} of every run, graphs sorted by their mean; a vertical line joins the runs "
        f"of one graph. {counted(len(study.runs), 'run')}; "
        f"{listed([cell_name(cell) for cell in study.cells])}.",
        points=len(study.runs),
    )


def family_legend(figure: Figure, families: tuple[str, ...]) -> None:
    """Put the families under a figure, in their colours and markers."""
    handles = [
        Line2D([], [], linestyle="none", markersize=5, markeredgewidth=0, label=short(name), **look)
        for name, look in looks(families).items()
    ]
    letters = max(len(short(name)) for name in families)
    # As many columns as fit: a letter of the legend is about 0.065 inches, a marker and gaps 0.45.
    fit = int(WIDTH / (0.065 * letters + 0.45))
    columns = max(1, min(fit, len(handles)))
    figure.legend(handles=handles, loc="outside lower left", ncols=columns)


def _panels(study: Study, *, height: float, share_x: bool) -> tuple[Figure, list[Axes]]:
    """A figure with a titled panel a cell, two in a row."""
    n = len(study.cells)
    columns = min(n, 2)
    rows = -(-n // columns)
    figure = Figure(figsize=(WIDTH, rows * (height + 0.35) + 0.75))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=share_x, sharey=share_x)
    panels = list(grid.flat)
    for axes in panels[n:]:
        axes.remove()
    for axes, cell in zip(panels, study.cells, strict=False):
        axes.set_title(short(cell_name(cell)))
    return figure, panels[:n]


def _strip(axes: Axes, values: np.ndarray, row: int, look: Mapping[str, Any]) -> None:
    if len(values) >= _BOX_FROM:
        axes.boxplot(
            values,
            positions=[row],
            orientation="horizontal",
            widths=0.62,
            showfliers=False,
            showcaps=False,
            patch_artist=True,
            manage_ticks=False,
            boxprops={"facecolor": "#f1f1f1", "edgecolor": FAINT, "linewidth": 0.7},
            whiskerprops={"color": FAINT, "linewidth": 0.7},
            medianprops={"color": INK, "linewidth": 1.4},
        )
    # Neighbours in value get heights that are far apart: spread without a random number.
    height = (np.arange(len(values)) * 0.618034) % 1 - 0.5
    axes.plot(
        np.sort(values),
        row + 0.46 * height,
        linestyle="none",
        markersize=3.6,
        markeredgewidth=0,
        alpha=0.8,
        zorder=3,
        **look,
    )


def _lines(axes: Axes, mark: Marks) -> None:
    if mark.chance is not None:
        axes.axvline(mark.chance, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    if mark.ngram is not None:
        axes.axvline(mark.ngram, color=INK, linewidth=1.2, linestyle=(0, (1, 2)), zorder=1)


def _legend(figure: Figure, mark: Marks) -> None:
    handles = []
    if mark.chance is not None:
        label = f"chance ({number(mark.chance)})"
        handles.append(Line2D([], [], color=INK, linewidth=1, linestyle=(0, (4, 3)), label=label))
    if mark.ngram is not None:
        label = f"{mark.order}-gram rule ({number(mark.ngram)})"
        handles.append(Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (1, 2)), label=label))
    if handles:
        figure.legend(handles=handles, loc="outside upper right", ncols=2)
