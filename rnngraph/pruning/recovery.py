"""How many epochs of retraining a pruned network needs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from rnngraph._check import check_real
from rnngraph.errors import InputError


def epochs_to_recover(
    accuracies: Sequence[float] | ArrayLike, before: float, *, within: float = 0.005
) -> float:
    """First epoch of retraining whose accuracy is back.

    Args:
        accuracies: After each epoch of retraining, the first first.
        before: Accuracy of the network before it was pruned, in [0, 1].
        within: How far below `before` counts as back, in [0, 1]; Darji's thesis has half a point.

    Returns:
        A number from 1, or NaN if none is.

    Raises:
        InputError: A number outside its range, or no sequence of numbers.
    """
    check_real("before", before, 0.0, 1.0)
    check_real("within", within, 0.0, 1.0)
    try:
        reached = np.asarray(accuracies, dtype=float)
    except (TypeError, ValueError):
        reached = np.array(np.nan)
    if reached.ndim != 1:
        raise InputError(f"`accuracies` must be numbers, one an epoch; got {accuracies!r}.")
    back = np.flatnonzero(reached >= before - within)
    return float(back[0] + 1) if len(back) else float("nan")
