"""Where a signal enters and leaves: metrics of a graph with its input and readout units.

Units are named by index, by a boolean mask of shape (n,), or all of them by "all". A unit's own
recurrent weight carries signal too: in `walks_by_length` alone self-loops count.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import as_adjacency
from rnngraph.graphs.matrix import as_dense
from rnngraph.metrics._population import read_one
from rnngraph.metrics._topology import Floats, Topology

Units = NDArray[np.bool_]
_LONGEST: Final = 10**7  # walks: numbers of them that are still held at once, 80 MB
_MOST: Final = float(np.finfo(np.float64).max)


def reachable_within(adjacency: object, *, inputs: object, steps: int) -> float:
    """Share of the units that a signal from the inputs has come to after `steps` steps: in (0, 1].

    The input units themselves count: they have it after 0 steps.

    Source: Newman (2010), Networks, section 6.11 (breadth-first distance).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        steps: Time steps, at least 0.

    Raises:
        InputError: `inputs` names no unit or one that is not there, or `steps` is negative.
    """
    graph = Topology.of(adjacency)
    check_int("steps", steps, 0)
    return float((_arrival(graph.edges, _units("inputs", inputs, graph.n_nodes)) <= steps).mean())


def heard_fraction(adjacency: object, *, inputs: object, readouts: object) -> float:
    """Share of the units with a path to a readout unit, those included: unitless, in (0, 1].

    What the others compute, no answer depends on. `inputs` does not matter here.

    Source: the definition; reachability along the edges reversed.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        readouts: Units that are read out: likewise.

    Raises:
        InputError: `inputs` or `readouts` names no unit or one that is not there.
    """
    edges, _, out = _ports(adjacency, inputs, readouts)
    return float(np.isfinite(_arrival(edges.T, out)).mean())


def driven_fraction(adjacency: object, *, inputs: object, readouts: object) -> float:
    """Share of the units with a path from an input unit, those included: unitless, in (0, 1].

    The others never hear of the input. `readouts` does not matter here.

    Source: the definition; reachability along the edges.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        readouts: Units that are read out: likewise.

    Raises:
        InputError: `inputs` or `readouts` names no unit or one that is not there.
    """
    edges, into, _ = _ports(adjacency, inputs, readouts)
    return float(np.isfinite(_arrival(edges, into)).mean())


def live_fraction(adjacency: object, *, inputs: object, readouts: object) -> float:
    """Share of the units on a way from an input to a readout unit: unitless, in [0, 1].

    Units that hear of the input and are heard by the readout: the rest of the network is dead.

    Source: the definition; what is both driven and heard.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        readouts: Units that are read out: likewise.

    Raises:
        InputError: `inputs` or `readouts` names no unit or one that is not there.
    """
    edges, into, out = _ports(adjacency, inputs, readouts)
    live = np.isfinite(_arrival(edges, into)) & np.isfinite(_arrival(edges.T, out))
    return float(live.mean())


def answered_fraction(adjacency: object, *, inputs: object, readouts: object) -> float:
    """Share of the input units with a path to a readout unit: unitless, in [0, 1].

    Source: the definition; the inputs that an answer can depend on.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        readouts: Units that are read out: likewise.

    Raises:
        InputError: `inputs` or `readouts` names no unit or one that is not there.
    """
    edges, into, out = _ports(adjacency, inputs, readouts)
    return float(np.isfinite(_arrival(edges.T, out))[into].mean())


def input_to_readout_distance(adjacency: object, *, inputs: object, readouts: object) -> float:
    """Mean, over the readout units reached, of the distance from the nearest input: in edges, >= 0.

    How many steps an answer comes after its cause; 0 for a unit that is both.

    Source: Newman (2010), Networks, section 6.11 (breadth-first distance).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        readouts: Units that are read out: likewise.

    Raises:
        InputError: `inputs` or `readouts` names no unit or one that is not there.
        UndefinedMetricError: No readout unit has a path from an input unit.
    """
    edges, into, out = _ports(adjacency, inputs, readouts)
    arrival = _arrival(edges, into)[out]
    if not np.isfinite(arrival).any():
        raise UndefinedMetricError(
            "`input_to_readout_distance` needs a readout unit that an input reaches; got none of "
            f"{len(arrival)}."
        )
    return float(arrival[np.isfinite(arrival)].mean())


def walks_by_length(
    adjacency: object, *, inputs: object, readouts: object, max_length: int
) -> Floats:
    """Number of walks of 0, 1, ..., max_length edges from input to readout units.

    How many ways the input of so many steps ago has into the answer. Self-loops count: a unit's
    own recurrent weight is an edge of a walk. On cycles that share nodes the number grows
    exponentially; inf stands for one beyond the largest float64, about 1.8e308.

    Source: Newman (2010), Networks, section 6.10: entries of A^k.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are counted.
        inputs: Units that the input feeds: indices, a mask of shape (n,), or "all".
        readouts: Units that are read out: likewise.
        max_length: Largest number of edges, in [0, 10^7].

    Returns:
        Shape (max_length + 1,), float64, >= 0: exact below 2^53, inf above 1.8e308.

    Raises:
        InputError: `inputs` or `readouts` names no unit or one that is not there, or `max_length`
            is out of its range.
    """
    check_int("max_length", max_length, 0, _LONGEST)
    edges = read_one(adjacency, as_adjacency, "adjacency").astype(np.float64)
    out = _units("readouts", readouts, len(edges))
    walks = _units("inputs", inputs, len(edges)).astype(np.float64)
    counts = np.empty(max_length + 1)
    with np.errstate(over="ignore"):
        for length in range(max_length + 1):
            counts[length] = walks[out].sum()
            # Kept finite: inf times the 0 of no edge would be NaN.
            walks = np.minimum(walks @ edges, _MOST)
    counts[counts >= _MOST] = np.inf
    return counts


PORTED: Final[Mapping[str, Callable[..., float]]] = MappingProxyType(
    {
        f.__name__: f
        for f in (
            driven_fraction,
            heard_fraction,
            live_fraction,
            answered_fraction,
            input_to_readout_distance,
        )
    }
)
"""Name -> metric f(adjacency, *, inputs, readouts)."""


def _ports(adjacency: object, inputs: object, readouts: object) -> tuple[Adjacency, Units, Units]:
    edges = Topology.of(adjacency).edges
    n = len(edges)
    return edges, _units("inputs", inputs, n), _units("readouts", readouts, n)


def _units(name: str, units: object, n: int) -> Units:
    """Read units as a mask of shape (n,)."""
    if isinstance(units, str) and units == "all":
        return np.ones(n, dtype=bool)
    array = _array(units)
    if array.dtype == bool and array.shape == (n,):
        mask = array.copy()
    elif array.ndim == 1 and array.dtype.kind in "iu":
        if array.size and not (array.min() >= 0 and array.max() < n):
            wrong = array[(array < 0) | (array >= n)][0]
            raise InputError(f"`{name}` must hold unit indices in [0, {n}); got {wrong}.")
        mask = np.zeros(n, dtype=bool)
        mask[array] = True
    else:
        raise InputError(
            f"`{name}` must be unit indices, a boolean mask of shape ({n},) or 'all'; "
            f"got {units!r}."
        )
    if not mask.any():
        raise InputError(f"`{name}` must name at least 1 unit; got none.")
    return mask


def _array(units: object) -> NDArray[Any]:
    """Units as an array; an empty matrix, which names none, for what cannot be one."""
    try:
        return as_dense(units, "units")
    except InputError:
        return np.empty((0, 0))


def _arrival(edges: Adjacency, start: Units) -> Floats:
    """Steps after which a signal from `start` comes to each unit: inf where it never does."""
    steps = np.full(len(edges), np.inf)
    fresh, step = start, 0
    while fresh.any():
        steps[fresh] = step
        fresh = edges[fresh].any(axis=0) & np.isinf(steps)
        step += 1
    return steps
