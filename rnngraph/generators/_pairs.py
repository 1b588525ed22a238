"""Node pairs as flat cells of the adjacency matrix, and the edge counts asked for."""

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph._types import Adjacency
from rnngraph.errors import InputError


def pair_cells(n: int, *, directed: bool) -> NDArray[np.intp]:
    """Flat indices `i * n + j` of all pairs without self-loops; undirected pairs as i < j."""
    pairs = ~np.eye(n, dtype=bool)
    return np.flatnonzero(pairs if directed else np.triu(pairs))


def graph_of_cells(n: int, cells: NDArray[np.intp], *, directed: bool) -> Adjacency:
    """Draw the chosen pairs into an adjacency; an undirected pair becomes an edge each way."""
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency.ravel()[cells] = True
    return adjacency if directed else adjacency | adjacency.T


def check_edge_count(m: object, low: int, high: int, *, directed: bool) -> int:
    """Return `m` if it is an integer in [low, high], and even for an undirected graph.

    Raises:
        InputError: It is not.
    """
    count = check_int("m", m, low, high)
    if not directed and count % 2:
        raise InputError(
            f"`m` must be even, as an undirected edge counts in both directions; got {count}."
        )
    return count


def check_one_given(**arguments: object) -> None:
    """Check that one of two arguments that say the same thing is given.

    Raises:
        InputError: None or both are given.
    """
    if sum(value is not None for value in arguments.values()) != 1:
        names = " and ".join(f"`{name}`" for name in arguments)
        given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        raise InputError(f"Exactly one of {names} must be given; got {given}.")
