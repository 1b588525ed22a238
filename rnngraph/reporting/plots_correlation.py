"""Figures of the correlations: a map of all, intervals of the strongest, and their scatter."""

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.canvas import ACCENT, FAINT, INK, WIDTH, embed, looks, short
from rnngraph.reporting.numbers import coefficient, counted
from rnngraph.reporting.plots_runs import family_legend
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import LEVEL, correlations
from rnngraph.reporting.words import cell_name, symbol

_FOREST = 15
"""Metrics a cell whose intervals are drawn."""

_SCATTERED = 3
"""Metrics a cell that are drawn against the target."""


def heat_map(study: Study, findings: Findings) -> Markup:
    """Correlations of all metrics (rows) in all cells, alone and with size and family fixed."""
    kinds = {
        "alone": findings.raw,
        "size fixed": findings.partial,
        "family fixed" if findings.partial is None else "size, family\nfixed": findings.within,
    }
    tables = {label: table for label, table in kinds.items() if table is not None}
    order = _order(study, findings)
    figure = Figure(figsize=(WIDTH, 0.185 * len(order) + 1.3))
    grid = figure.subplots(1, len(study.cells), squeeze=False, sharey=True)
    image = None
    for axes, cell in zip(grid.flat, study.cells, strict=True):
        value, star = np.full((2, len(order), len(tables)), np.nan)
        for column, table in enumerate(tables.values()):
            known = table.loc[table["cell"] == cell].set_index("feature").reindex(order)
            value[:, column] = known["estimate"]
            star[:, column] = known["p_adjusted"] <= LEVEL
        image = axes.pcolormesh(
            np.ma.masked_invalid(value), cmap="RdBu_r", vmin=-1, vmax=1, edgecolors="w", linewidth=1
        )
        for (row, column), rho in np.ndenumerate(value):
            text = "–" if np.isnan(rho) else f"{coefficient(rho)}{'*' * int(star[row, column])}"
            axes.text(
                column + 0.5,
                row + 0.5,
                text,
                ha="center",
                va="center_baseline",
                fontsize=6.8 if len(study.cells) < 3 else 5.2,
                color="white" if abs(rho) > 0.6 else INK,
            )
        axes.set_title(short(cell_name(cell)), pad=6)
        axes.set_xticks(np.arange(len(tables)) + 0.5, list(tables), fontsize=7.5)
        axes.xaxis.tick_top()
        axes.set_yticks(np.arange(len(order)) + 0.5, [short(name) for name in order], fontsize=7.5)
        axes.tick_params(length=0)
        axes.set_ylim(len(order), 0)
        axes.spines[:].set_visible(False)
        if len(study.cells) > 2:
            axes.tick_params(axis="x", rotation=90)
    if image is not None:
        bar = figure.colorbar(
            image, ax=list(grid.flat), location="bottom", shrink=0.4, aspect=30, pad=0.01
        )
        bar.set_label(f"{symbol(findings.raw)} with {short(study.target)}", fontsize=8.5)
        bar.outline.set_visible(False)
    found = int((findings.adjusted["p_adjusted"] <= LEVEL).sum())
    return embed(
        figure,
        "map",
        f"Correlation of {counted(len(order), 'metric')} with {study.target} in each cell. "
        f"{found} of {len(findings.adjusted)} are starred in the column that holds size fixed, "
        "or alone where no size is known. All values are in the tables below.",
        points=len(order) * len(tables) * len(study.cells) // 2,
    )


def intervals(study: Study, findings: Findings) -> Markup:
    """Strongest correlations given size with their intervals, beside those without covariates."""
    kept = {cell: correlations(findings.adjusted, cell)[:_FOREST] for cell in study.cells}
    columns = min(len(kept), 2)
    rows = -(-len(kept) // columns)
    tallest = max(map(len, kept.values()))
    figure = Figure(figsize=(WIDTH, rows * (0.2 * tallest + 0.75)))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axes in grid.flat[len(kept) :]:
        axes.remove()
    held = "" if findings.partial is None else "partial "
    for axes, (cell, shown) in zip(grid.flat, kept.items(), strict=False):
        alone = {row.feature: row.estimate for row in correlations(findings.raw, cell)}
        for place, row in enumerate(shown):
            colour, fill = (ACCENT, ACCENT) if row.found else (FAINT, "white")
            axes.hlines(place, row.ci_low, row.ci_high, color=colour, linewidth=1.5)
            axes.plot(
                row.estimate, place, marker="o", markersize=5, color=colour, markerfacecolor=fill
            )
            if held:
                axes.plot(alone[row.feature], place, marker="|", markersize=8, color=INK)
        axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
        axes.set_yticks(range(len(shown)), [short(row.feature) for row in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_title(short(cell_name(cell)))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel(f"{held}{symbol(findings.raw)} with {short(study.target)}")
    return embed(
        figure,
        "intervals",
        f"The strongest correlations with {study.target} and their 95 % intervals; all values are "
        "in the tables below.",
        points=sum(map(len, kept.values())),
    )


def scatter(study: Study, findings: Findings, cell: str, number: int) -> Markup | None:
    """Strongest metrics of a cell against the target: as measured, and with size held fixed."""
    strongest = findings.strongest(cell, _SCATTERED)
    if not strongest:
        return None
    table = study.cells[cell]
    held = list(study.columns.covariates)
    n_rows = 2 if held else 1
    figure = Figure(figsize=(WIDTH, 2.15 * n_rows + 0.35))
    grid = figure.subplots(n_rows, _SCATTERED, squeeze=False)
    alone = {row.feature: row.estimate for row in correlations(findings.raw, cell)}
    letter, target = symbol(findings.raw), short(study.target, 24)
    for column, (name, estimate, *_) in enumerate(strongest):
        complete = table.dropna(subset=[name, *held])
        axes = grid[0, column]
        _points(axes, study, complete, complete[name], complete[study.target])
        axes.set_title(f"{letter} = {coefficient(alone[name])}", fontweight="normal")
        axes.set_xlabel(short(name, 26))
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        if held:
            axes = grid[1, column]
            x, y = (
                _residual(complete[c], complete[held], ranked=findings.ranked)
                for c in (name, study.target)
            )
            _points(axes, study, complete, x, y)
            axes.set_title(f"partial {letter} = {coefficient(estimate)}", fontweight="normal")
            axes.set_xlabel(f"{short(name, 26)} | size")
            axes.set_xticks([])
            axes.set_yticks([])
    for axes in grid[:, len(strongest) :].flat:
        axes.remove()
    grid[0, 0].set_ylabel(target)
    if held:
        grid[1, 0].set_ylabel(f"{target} | size")
    if study.families:
        family_legend(figure, study.families)
    described = [f"{row.feature} ({coefficient(row.estimate)})" for row in strongest]
    return embed(
        figure,
        f"scatter{number}",
        f"{study.target} against the strongest metrics in {cell_name(cell)}: "
        f"{', '.join(described)}.",
        points=len(table) * len(strongest) * n_rows,
    )


def _order(study: Study, findings: Findings) -> list[str]:
    """Size first, then from the most positive to the most negative mean correlation."""
    mean = findings.adjusted.groupby("feature")["estimate"].mean().reindex(study.topology)
    rest = mean.sort_values(ascending=False, kind="stable", na_position="last")
    return [*study.columns.covariates, *rest.index]


def _points(axes: Axes, study: Study, table: pd.DataFrame, x: pd.Series, y: pd.Series) -> None:
    for family, look in looks(study.families or ("",)).items():
        own = (study.family_of(table) == family).to_numpy()
        axes.plot(
            x[own], y[own], linestyle="none", markersize=3.8, markeredgewidth=0, alpha=0.8, **look
        )
    axes.margins(0.06)


def _residual(values: pd.Series, held: pd.DataFrame, *, ranked: bool) -> pd.Series:
    """What a linear fit on the covariates leaves of a column, of ranks if `ranked`."""
    columns = pd.concat([values, held], axis=1).to_numpy(dtype=np.float64)
    if ranked:
        columns = stats.rankdata(columns, axis=0)
    y, size = columns[:, 0], np.column_stack([np.ones(len(columns)), columns[:, 1:]])
    return pd.Series(y - size @ np.linalg.lstsq(size, y)[0], index=values.index)
