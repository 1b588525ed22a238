"""What is known of the task: the score of a constant answer and of n-gram rules."""

from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

from rnngraph.reporting.prepare import Study


class Marks(NamedTuple):
    """Scores that need no network, in the unit of the target; None where not known."""

    chance: float | None
    ngram: float | None
    order: str


def marks(study: Study) -> Marks:
    """Return the marks that can stand beside the target.

    The task's `chance` is an accuracy for classes and a squared error for values: it stands beside
    the target "accuracy" or "loss" only; the n-gram accuracies beside "accuracy" only.
    """
    task = study.provenance("task")
    is_value = "classes" in task and task["classes"] is None
    beside = "loss" if is_value else "accuracy"
    chance = _real(task.get("chance")) if study.target == beside else None
    ngram = task.get("ngram")
    known = {}
    if study.target == "accuracy" and isinstance(ngram, Mapping):
        known = {str(n): value for n, a in ngram.items() if (value := _real(a)) is not None}
    if not known:
        return Marks(chance, None, "")
    best = max(known, key=lambda n: known[n])
    return Marks(chance, known[best], best)


def _real(value: object) -> float | None:
    return float(value) if isinstance(value, Real) else None
