"""Rows of the tables of statistics, with types: what sentences and figures read."""

from typing import NamedTuple

import pandas as pd

from rnngraph.stats import Prediction

LEVEL = 0.05
"""Share of false discoveries that is accepted in a table of correlations."""


class Correlation(NamedTuple):
    """A row of a table of correlations."""

    feature: str
    estimate: float
    ci_low: float
    ci_high: float
    p_adjusted: float

    @property
    def found(self) -> bool:
        """Whether it is found at the accepted share of false discoveries."""
        return self.p_adjusted <= LEVEL


class Score(NamedTuple):
    """A row of a table of scores: R² of one model, and its gain over the best simple one."""

    scheme: str
    features: str
    model: str
    estimate: float
    ci_low: float
    ci_high: float
    gain: float
    gain_low: float
    gain_high: float
    gain_over: str


def correlations(table: pd.DataFrame, cell: str) -> list[Correlation]:
    """Return the correlations of a cell that are defined, in the order of the table."""
    own = table.loc[(table["cell"] == cell) & table["estimate"].notna()]
    columns = [own[name].tolist() for name in Correlation._fields]
    return [Correlation(*values) for values in zip(*columns, strict=True)]


def scores(prediction: Prediction, scheme: str) -> list[Score]:
    """Return the scores under one scheme; [] if it was not used."""
    own = prediction.scores.loc[prediction.scores["scheme"] == scheme]
    columns = [own[name].tolist() for name in Score._fields]
    return [Score(*values) for values in zip(*columns, strict=True)]


def best(rows: list[Score], features: str) -> Score:
    """Return the best score of the models that know these features."""
    return max((row for row in rows if row.features == features), key=lambda row: row.estimate)
