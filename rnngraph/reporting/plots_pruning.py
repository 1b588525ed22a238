"""Figures of a pruning study: accuracy, recovery and structure against the share that is pruned."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rnngraph.experiments import PruningResults
from rnngraph.experiments.pruned_topology import TOPOLOGY
from rnngraph.reporting.canvas import FAINT, INK, WIDTH, embed, looks, short
from rnngraph.reporting.numbers import listed
from rnngraph.reporting.pruning_findings import PruningFindings
from rnngraph.reporting.pruning_words import KINDS
from rnngraph.reporting.words import cell_name

_CHANCE_BAND = 1.96
"""Within it lie 95 % of the z of random graphs."""


def accuracy_plot(results: PruningResults, findings: PruningFindings) -> Markup:
    """Accuracy before and after retraining: a row a cell, a column a kind of weights."""
    plan = results.plan
    look = looks(plan.pruning.scores)
    figure, grid = _grid(plan.network.cells, plan.pruning.what)
    points = 0
    for (cell, what), axes in grid.items():
        before = results.base.loc[results.base["cell"] == cell, "accuracy"].mean()
        axes.axhline(100 * before, color=INK, linewidth=0.9, linestyle=(0, (1, 2)))
        for score in plan.pruning.scores:
            own = _rows(findings.accuracy, cell, what, score).sort_values("amount")
            for stage, line in (("pruned", (0, (4, 2))), ("retrained", "solid")):
                _band(axes, own, stage, look[score]["color"])
                axes.plot(
                    100 * own["amount"],
                    100 * own[stage],
                    linestyle=line,
                    linewidth=1.3,
                    markersize=3.2,
                    markerfacecolor="white" if stage == "pruned" else look[score]["color"],
                    **look[score],
                )
                points += len(own)
    figure.supylabel("accuracy (%)", fontsize=9)
    handles = [
        Line2D([], [], linewidth=1.3, markersize=4, label=score, **look[score])
        for score in plan.pruning.scores
    ]
    handles += [
        Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label="at once"),
        Line2D([], [], color=INK, linewidth=1.2, label="after retraining"),
        Line2D([], [], color=INK, linewidth=0.9, linestyle=(0, (1, 2)), label="before pruning"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=5)
    names = listed([cell_name(cell) for cell in plan.network.cells])
    return embed(
        figure,
        "accuracy",
        f"Accuracy against the share of weights pruned, at once and after retraining, for {names}.",
        points=points,
    )


def recovery_plot(results: PruningResults, findings: PruningFindings) -> Markup:
    """Epochs to recover: a row a cell and kind of weights, a column an amount, a panel a score."""
    plan = results.plan
    rows = [(cell, what) for cell in plan.network.cells for what in plan.pruning.what]
    amounts = sorted(plan.pruning.amounts)
    never = plan.pruning.retrain_epochs + 1
    scores = plan.pruning.scores
    figure = Figure(figsize=(WIDTH, 0.2 * len(rows) * -(-len(scores) // 2) + 0.9))
    panels = figure.subplots(-(-len(scores) // 2), min(2, len(scores)), squeeze=False, sharey=True)
    for axes in list(panels.flat)[len(scores) :]:
        axes.remove()
    for axes, score in zip(panels.flat, scores, strict=False):
        value = np.full((len(rows), len(amounts)), np.nan)
        for (row, column), _ in np.ndenumerate(value):
            own = _rows(findings.recovery, *rows[row], score)
            cell = own.loc[own["amount"] == amounts[column]].iloc[0]
            missed = cell["replicates"] - cell["n"]
            total = missed * never + (cell["mean"] * cell["n"] if cell["n"] else 0)
            value[row, column] = total / cell["replicates"]
            text = "–" if not cell["n"] else f"{cell['mean']:.1f}"
            if cell["n"] and missed:
                text += f" ({cell['n']}/{cell['replicates']})"
            axes.text(
                column + 0.5,
                row + 0.5,
                text,
                ha="center",
                va="center_baseline",
                fontsize=6 if len(amounts) > 6 else 6.8,
                color="white" if value[row, column] > 0.6 * never else INK,
            )
        axes.pcolormesh(value, cmap="Blues", vmin=0, vmax=never, edgecolors="w", linewidth=1)
        axes.set_title(short(score), pad=6)
        labels = [f"{100 * amount:g}" for amount in amounts]
        axes.set_xticks(np.arange(len(amounts)) + 0.5, labels, fontsize=7.5)
        axes.set_yticks(
            np.arange(len(rows)) + 0.5,
            [f"{cell_name(cell)}, {what}" for cell, what in rows],
            fontsize=7.5,
        )
        axes.tick_params(length=0)
        axes.set_ylim(len(rows), 0)
        axes.spines[:].set_visible(False)
    figure.supxlabel("weights pruned (%)", fontsize=9)
    return embed(
        figure,
        "recovery",
        "Epochs of retraining until the accuracy before pruning is back, by cell, kind of weights "
        "and share pruned.",
        points=len(rows) * len(amounts) * len(scores),
    )


def structure_plot(results: PruningResults, findings: PruningFindings, score: str) -> Markup | None:
    """Structure of what remains, in the same panels; None if nothing is defined."""
    plan = results.plan
    look = looks(TOPOLOGY)
    known = findings.topology.loc[findings.topology["score"] == score]
    if known.empty:
        return None
    figure, grid = _grid(plan.network.cells, plan.pruning.what)
    for (cell, what), axes in grid.items():
        axes.axhspan(-_CHANCE_BAND, _CHANCE_BAND, color="#ececec", linewidth=0)
        axes.axhline(0, color=FAINT, linewidth=0.7)
        for metric, own in _rows(known, cell, what, score).groupby("metric", sort=False):
            own = own.sort_values("amount")
            axes.plot(
                100 * own["amount"], own["mean"], linewidth=1.1, markersize=3, **look[str(metric)]
            )
    figure.supylabel("z against random graphs of as many edges", fontsize=9)
    handles = [
        Line2D([], [], linewidth=1.1, markersize=3.5, label=name, **look[name]) for name in TOPOLOGY
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=4)
    return embed(
        figure,
        "structure",
        f"z of each topology metric of the graph that {score} pruning leaves, against the share "
        "of weights pruned.",
        points=len(known),
    )


def _grid(cells: Sequence[str], kinds: Sequence[str]) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """A panel a cell (rows) and kind of weights (columns), in one scale."""
    figure = Figure(figsize=(WIDTH, 1.45 * len(cells) + 1.0))
    panels = figure.subplots(len(cells), len(kinds), squeeze=False, sharex=True, sharey=True)
    for axes, what in zip(panels[0], kinds, strict=True):
        axes.set_title(KINDS[what])
    for axes, cell in zip(panels[:, 0], cells, strict=True):
        axes.set_ylabel(short(cell_name(cell)), fontweight="bold")
    for axes in panels.flat:
        axes.grid(axis="y")
    for axes in panels[-1]:
        axes.set_xlabel("weights pruned (%)")
    return figure, {
        (cell, what): panels[row, column]
        for row, cell in enumerate(cells)
        for column, what in enumerate(kinds)
    }


def _rows(table: pd.DataFrame, cell: str, what: str, score: str) -> pd.DataFrame:
    return table.loc[(table["cell"] == cell) & (table["what"] == what) & (table["score"] == score)]


def _band(axes: Axes, own: pd.DataFrame, stage: str, colour: str) -> None:
    low, high = (100 * own[f"{stage}_{end}"].clip(0, 1) for end in ("low", "high"))
    if low.notna().any():
        axes.fill_between(100 * own["amount"], low, high, color=colour, alpha=0.13, linewidth=0)
