"""Figures of a sparsification study: quality against compression, and which gates are constant."""

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from rnngraph.experiments import SparsityResults
from rnngraph.reporting.canvas import FAINT, INK, WIDTH, embed, looks, short
from rnngraph.reporting.numbers import coefficient, listed
from rnngraph.reporting.sparsity_findings import SparsityFindings


def cost_plot(results: SparsityResults, findings: SparsityFindings) -> Markup:
    """What a method costs against how much smaller the network is: a panel a task."""
    tasks = [task.name for task in results.plan.tasks]
    look = looks(results.plan.labels)
    rows = -(-len(tasks) // 2)
    figure = Figure(figsize=(WIDTH, 2.3 * rows + 0.3 * -(-len(look) // 4) + 0.2))
    panels = figure.subplots(rows, min(2, len(tasks)), squeeze=False)
    for axes in list(panels.flat)[len(tasks) :]:
        axes.remove()
    for axes, task in zip(panels.flat, tasks, strict=False):
        own = findings.methods.loc[findings.methods["task"] == task]
        bits = own["measure"].iloc[0] == "bits"
        scale = 1 if bits else 100
        axes.axhline(0, color=FAINT, linewidth=0.7)
        for row in own.loc[np.isfinite(own["compression"])].to_dict("records"):
            ends = [
                [scale * (row["cost"] - row["cost_low"])],
                [scale * (row["cost_high"] - row["cost"])],
            ]
            axes.errorbar(
                [row["compression"]],
                [scale * row["cost"]],
                yerr=None if np.isnan(row["cost_low"]) else ends,
                linewidth=0.9,
                markersize=5,
                linestyle="none",
                **look[row["method"]],
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.grid(axis="both")
        axes.set_title(short(task))
        axes.set_ylabel("bits a token lost" if bits else "points of accuracy lost")
        axes.set_xlabel("times as few weights")
    handles = [
        Line2D([], [], linestyle="none", markersize=5, label=short(label), **look[label])
        for label in look
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=4)
    return embed(
        figure,
        "cost",
        "Quality lost against how many times as few weights a network has, by method, for "
        f"{listed(tasks)}.",
        points=len(findings.methods),
    )


def gate_plot(results: SparsityResults, findings: SparsityFindings) -> Markup | None:
    """Share of each gate that is constant, a panel a task; None if no unit is left."""
    known = findings.gates
    tasks = [task for task in results.plan.tasks if (known["task"] == task.name).any()]
    if not tasks:
        return None
    methods = results.plan.labels
    columns = min(3, len(tasks))
    rows = -(-len(tasks) // columns)
    figure = Figure(figsize=(WIDTH, (0.24 * len(methods) + 0.75) * rows))
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes in list(panels.flat)[len(tasks) :]:
        axes.remove()
    for axes, task in zip(panels.flat, tasks, strict=False):
        own = known.loc[known["task"] == task.name]
        gates = own["gate"].drop_duplicates().tolist()
        share = np.full((len(methods), len(gates)), np.nan)
        for row in own.to_dict("records"):
            place = methods.index(row["method"]), gates.index(row["gate"])
            share[place] = row["constant_share"]
            text = f"{100 * row['constant_share']:.0f}"
            if not np.isnan(row["median"]):
                text += f" ({coefficient(row['median'])})"
            axes.text(
                place[1] + 0.5,
                place[0] + 0.5,
                text,
                ha="center",
                va="center_baseline",
                fontsize=6.5,
                color="white" if share[place] > 0.6 else INK,
            )
        axes.pcolormesh(
            np.ma.masked_invalid(share), cmap="Blues", vmin=0, vmax=1, edgecolors="w", linewidth=1
        )
        axes.set_xticks(np.arange(len(gates)) + 0.5, gates)
        axes.set_yticks(np.arange(len(methods)) + 0.5, [short(name, 24) for name in methods])
        axes.set_title(short(task.name), pad=6)
        axes.tick_params(length=0)
        axes.set_ylim(len(methods), 0)
        axes.spines[:].set_visible(False)
    return embed(
        figure,
        "gates",
        "Share of the gates that are constant, by task, method and gate.",
        points=len(known),
    )
