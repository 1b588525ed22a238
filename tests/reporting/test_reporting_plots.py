"""Figures hold their labels, and captions say what is drawn."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rnngraph.reporting import Report
from rnngraph.reporting.canvas import WIDTH, style
from rnngraph.reporting.plots_runs import family_legend

Runs = Callable[..., pd.DataFrame]
Write = Callable[..., Report]
LONG = "strongly_connected_fraction"


def test_a_legend_of_long_names_stays_in_its_figure() -> None:
    names = ("erdos_renyi", "acyclic", "directed_small_world", "scale_free", "stochastic_block")
    with style():
        for families in ((*names, "random_geometric"), tuple("x" * 40 + str(i) for i in range(4))):
            figure = Figure(figsize=(WIDTH, 3))
            figure.subplots()
            family_legend(figure, families)
            figure.draw_without_rendering()
            box = figure.legends[0].get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.x1


def test_names_of_metrics_are_not_cut(runs: Runs, write: Write) -> None:
    table = runs(planted=0.2).rename(columns={"clustering": LONG})
    page = write(table).path.read_text("utf-8")
    figure = page.split('aria-label="The strongest correlations')[1].split("</svg>")[0]
    assert f">{LONG}<" in figure


def test_a_caption_speaks_of_the_edge_only_where_something_lies_there(
    runs: Runs, write: Write
) -> None:
    table = runs(planted=0.2)
    made = write(table)
    assert made.tables["prediction_scores"]["ci_low"].min() > -1
    assert "is drawn at the edge." not in made.path.read_text("utf-8")
    table["accuracy"] += table["family"].map({"ring": 0.0, "random": 5.0, "hub": 10.0})
    made = write(table)
    assert made.tables["prediction_scores"]["ci_low"].min() < -1
    assert "; what lies below −1.00 is drawn at the edge." in made.path.read_text("utf-8")


def test_correlations_without_an_interval_say_why(runs: Runs, write: Write) -> None:
    table = runs(replicates=1)
    rank = table["clustering"].rank()
    table["accuracy"] = np.where(rank > 6, 1.0, 0.9 + 0.01 * rank)
    made = write(table)
    note = "many ties, no interval: 66 of 72 values of the target are the same."
    assert note in made.path.read_text("utf-8")
    assert made.tables["partial_size"]["ci_low"].isna().all()
    assert "higher clustering with higher accuracy (partial ρ\N{NO-BREAK SPACE}=" in made.answer[1]
    assert " with no interval)" in made.answer[1]
