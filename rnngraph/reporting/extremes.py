"""Runs that leave nothing to explain: those at chance and those at the ceiling."""

from typing import Final

from rnngraph.reporting.prepare import Study
from rnngraph.reporting.task_facts import marks

CEILING: Final = 0.995
"""Accuracy from which on a run is at the ceiling."""

_NEAR_CHANCE: Final = 0.01


def chance_limit(study: Study) -> float | None:
    """Return the accuracy up to which a run is at chance; None where chance is not known."""
    chance = marks(study).chance
    return chance + _NEAR_CHANCE if study.target == "accuracy" and chance is not None else None


def share_at_chance(study: Study, cell: str) -> float:
    """Return the share of a cell's runs that learnt nothing; 0 where chance is not known."""
    limit = chance_limit(study)
    value = study.runs.loc[study.runs["cell"] == cell, "value"]
    return 0.0 if limit is None else float((value <= limit).mean())


def share_at_ceiling(study: Study, cell: str) -> float:
    """Return the share of a cell's runs at the ceiling; 0 for a target that has none."""
    value = study.runs.loc[study.runs["cell"] == cell, "value"]
    if study.target != "accuracy" or value.max() > 1:
        return 0.0
    return float((value >= CEILING).mean())
