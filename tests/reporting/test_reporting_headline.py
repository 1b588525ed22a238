"""The headline carries what must not be left out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

Runs = Callable[..., pd.DataFrame]
Say = Callable[..., Any]


def test_few_graphs_are_counted_in_the_headline(runs: Runs, say: Say) -> None:
    headline = say(runs(per_family=6, planted=0.2)).answer[0]
    assert headline.endswith(", on only 18 graphs.")
    assert "on only" not in say(runs(per_family=7)).answer[0]
    assert say(runs(per_family=1)).answer[0] == (
        "Too little to go by: no metric could be tested, and nothing predicted, on only 3 graphs."
    )


@pytest.mark.parametrize("share", [0.5, 0.6])
def test_runs_that_leave_nothing_to_explain_are_in_the_headline(
    share: float, runs: Runs, say: Say
) -> None:
    table = runs(planted=0.2, replicates=1)
    table["accuracy"] = table["accuracy"].clip(0.51, 0.98)
    low = np.arange(len(table)) < round(share * len(table))
    for extreme, text in ((0.5, "most runs learnt nothing"), (1.0, "most runs are at the ceiling")):
        one = table.assign(accuracy=table["accuracy"].mask(low, extreme))
        one.attrs["task"] = {"name": "t", "chance": 0.5}
        assert say(one).answer[0].endswith(f", but {text}.") == (share > 0.5)


def test_cells_of_one_answer_stand_together_and_cautions_stay_with_theirs(
    runs: Runs, say: Say
) -> None:
    table = runs(cells=("gru", "lstm"), planted=0.2, size=0.1)
    assert say(table).answer[0].startswith("In every cell, one metric goes with accuracy beyond")
    few = table[(table["cell"] == "gru") | table["graph"].str[-1:].isin(["0", "5"])]
    first, second = say(few).answer[0].split(". ")
    assert first.startswith("In GRU, ")
    assert "on only" not in first
    assert second.startswith("In LSTM, ")
    assert second.endswith(", on only 15 graphs.")
