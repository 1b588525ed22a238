"""What the figures decide, before any wording: which metrics are found, and what topology adds."""

from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.extremes import share_at_ceiling, share_at_chance
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import Correlation, Score, best, correlations, scores

Outcome: TypeAlias = Literal["gain", "none", "worse"]
"""What topology does to a prediction: a gain is shown, none is, or it predicts worse."""

_FEW: Final = 20
"""Graphs below which a headline says how few they are."""

_MOST: Final = 0.5
"""Share of runs at an extreme above which a headline says so."""


class Found(NamedTuple):
    """The metrics found in a cell, the strongest of each analysis first.

    What is nearly a function of size is in neither: it cannot be found beyond size.

    Attributes:
        beyond: Found over all graphs with size held fixed (nothing, where no size is known).
        within: Found with size and family held fixed; None where that could not be tested.
        n_beyond: Metrics tested over all graphs.
        n_within: Metrics tested with the family held fixed too.
    """

    beyond: tuple[Correlation, ...]
    within: tuple[Correlation, ...] | None
    n_beyond: int
    n_within: int

    @property
    def both(self) -> tuple[Correlation, ...]:
        """Those found over all graphs that are found within families with the same sign."""
        inside = _signs(self.within or ())
        return tuple(row for row in self.beyond if inside.get(row.feature) == (row.estimate > 0))

    @property
    def beyond_only(self) -> tuple[Correlation, ...]:
        """Those found over all graphs alone, or with the other sign within families."""
        agreed = {row.feature for row in self.both}
        return tuple(row for row in self.beyond if row.feature not in agreed)

    @property
    def within_only(self) -> tuple[Correlation, ...]:
        """Those found within families alone, or with the other sign over all graphs."""
        agreed = {row.feature for row in self.both}
        return tuple(row for row in self.within or () if row.feature not in agreed)

    @property
    def turned(self) -> tuple[Correlation, ...]:
        """Those found in both analyses, but with opposite signs; as within families."""
        outside = _signs(self.beyond)
        return tuple(row for row in self.within_only if row.feature in outside)


class Gain(NamedTuple):
    """The best model that sees topology beside the best that does not."""

    full: Score
    simple: Score
    n_better: int
    n_models: int


class Caveats(NamedTuple):
    """What a headline on a cell must not leave out; `few` is the number of graphs, if few."""

    few: int | None
    at_chance: bool
    at_ceiling: bool


def found(findings: Findings, cell: str) -> Found:
    """Return what is found in a cell beyond size and within families."""
    beyond = _tested(findings, findings.adjusted.pipe(correlations, cell))
    within: list[Correlation] = []
    if findings.within is not None:
        within = _tested(findings, findings.within.pipe(correlations, cell))
    return Found(
        beyond=tuple(row for row in beyond if row.found),
        within=tuple(row for row in within if row.found) if within else None,
        n_beyond=len(beyond),
        n_within=len(within),
    )


def gain(findings: Findings, cell: str, scheme: str) -> Gain | None:
    """Return what topology adds to a prediction in a cell, or None where nothing was predicted."""
    if cell not in findings.predictions:
        return None
    rows = scores(findings.predictions[cell], scheme)
    full = [row for row in rows if row.features == "features"]
    if not full:
        return None
    top = best(rows, "features")
    simple = next(row for row in rows if f"{row.features}: {row.model}" == top.gain_over)
    return Gain(top, simple, sum(_outcome(row) == "gain" for row in full), len(full))


def outcome(of: Gain) -> Outcome:
    """Decide by the interval of the gain alone, never by its estimate."""
    return _outcome(of.full)


def caveats(study: Study, cell: str) -> Caveats:
    """Return what must stand beside whatever is said of a cell."""
    n = len(study.cells[cell])
    return Caveats(
        few=n if n < _FEW else None,
        at_chance=share_at_chance(study, cell) > _MOST,
        at_ceiling=share_at_ceiling(study, cell) > _MOST,
    )


def _tested(findings: Findings, rows: list[Correlation]) -> list[Correlation]:
    return [
        row
        for row in rows
        if not np.isnan(row.p_adjusted) and row.feature not in findings.size_like
    ]


def _signs(rows: tuple[Correlation, ...]) -> dict[str, bool]:
    return {row.feature: row.estimate > 0 for row in rows}


def _outcome(full: Score) -> Outcome:
    if full.gain_low > 0:
        return "gain"
    return "worse" if full.gain_high < 0 else "none"
