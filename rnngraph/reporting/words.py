"""How the report names cells and correlations."""

from typing import Final

import pandas as pd

from rnngraph.reporting.prepare import Study

_NAMES: Final = {"tanh": "RNN-tanh", "relu": "RNN-ReLU", "gru": "GRU", "lstm": "LSTM"}

SCHEMES: Final = {"kfold": "graphs left out", "grouped": "families left out"}
"""What a cross-validation leaves out, by the name of its scheme."""

SETS: Final = {"features": "size and topology", "baseline": "size only", "none": "mean"}
"""What a model knows, by the name of its set of features."""

SIMPLE: Final = {"baseline": "size alone", "none": "the mean"}
"""What a prediction with topology is held against, by the name of its set of features."""


def cell_name(cell: str) -> str:
    """Return a cell's name in prose: "gru" is GRU; others stay as they are."""
    return _NAMES.get(cell, cell)


def in_cell(study: Study, cell: str) -> str:
    """Return " in GRU" where the study has several cells, else nothing."""
    return f" in {cell_name(cell)}" if len(study.cells) > 1 else ""


def symbol(correlations: pd.DataFrame) -> str:
    """Return the letter of the correlations in a table: ρ for Spearman, r for Pearson."""
    return "ρ" if correlations["method"].iloc[0] == "spearman" else "r"
