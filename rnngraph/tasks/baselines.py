"""Join train and test into a task that says what a constant and an n-gram rule reach on it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.ngram import ngram_accuracy

_ORDERS: Final = (1, 2, 3)


def with_baselines(
    name: str,
    train: Sequences,
    test: Sequences,
    *,
    tokens: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    rule: str | None = None,
    params: Mapping[str, object] | None = None,
) -> SequenceData:
    """Make a task of train and test, with `chance` and the n-gram accuracies in its `meta`.

    Args:
        name: Name of the task.
        train: Sequences to learn from.
        test: Sequences to score.
        tokens: Symbol of each token; None for dense inputs.
        classes: Name of each class; None for a value target.
        rule: Name in `NGRAM_RULES` of the n-gram rule; None for dense inputs.
        params: JSON-serialisable arguments that made the data.

    Raises:
        InputError: Train and test disagree, a token or class is out of range, or the rule does
            not fit the data.
    """
    meta = {
        "name": name,
        "chance": chance(train, test),
        "ngram": {}
        if rule is None
        else {str(n): ngram_accuracy(train, test, n, rule=rule) for n in _ORDERS},
        "ngram_rule": rule,
        "tokens": None if tokens is None else tuple(tokens),
        "classes": None if classes is None else tuple(classes),
        "params": dict(params or {}),
    }
    return SequenceData(train, test, len(tokens or ()), len(classes or ()), meta)


def chance(train: Sequences, test: Sequences) -> float:
    """Score of the best constant answer: a share in [0, 1], or a squared error for values.

    For classes it is the share of the test set's largest class over the scored positions, which
    no constant answer beats; for values the mean squared error of the mean of train.
    """
    if test.kind == "value":
        mean = train.targets.mean(dtype=np.float64)
        return float(((test.targets - mean) ** 2).mean())
    scored = test.targets[test.targets >= 0]
    return float(np.unique(scored, return_counts=True)[1].max() / len(scored))
