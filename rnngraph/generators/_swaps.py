"""Swaps on a matrix of kinds: which cell holds which kind changes, what each node has does not.

The kinds of a plain graph are 0 (no edge) and 1 (edge); signed or mutual edges are further
kinds. A swap takes two cells (a, b), (c, d) of kind x where (a, d), (c, b) are both of another
kind y, and exchanges x and y. So each row and column keeps its number of cells of every kind.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency

Kinds: TypeAlias = NDArray[np.int8]
"""Shape (n, n), numbered from 0; the diagonal is -1 and stays."""


def same_degrees(
    adjacency: Adjacency,
    swaps_per_edge: int,
    gen: np.random.Generator,
    *,
    directed: bool,
    lengths: NDArray[np.intp] | None = None,
) -> Adjacency:
    """Rewire a graph, keeping in- and out-degrees; self-loops are dropped. See `shuffled`."""
    tie = None if directed else (0, 1)
    kinds = shuffled(adjacency.astype(np.int8), swaps_per_edge, gen, tie=tie, lengths=lengths)
    rewired: Adjacency = kinds == 1
    return rewired


def shuffled(
    kinds: NDArray[np.int8],
    swaps_per_cell: int,
    gen: np.random.Generator,
    *,
    tie: Sequence[int] | None = None,
    lengths: NDArray[np.intp] | None = None,
) -> Kinds:
    """Swap cells at random, many at a time.

    Every round is a symmetric move: it leads from one matrix to another as often as back, so
    the chain tends to all matrices in reach being equally likely. Turning directed triangles
    round, besides swapping, brings every digraph of the same degrees in reach (Rao, Jana &
    Bandyopadhyay 1996, Sankhya A 58, 225-242).

    Args:
        kinds: Shape (n, n): where to start; the diagonal is not read.
        swaps_per_cell: Proposed swaps per cell of each kind but the commonest, which takes part
            in the swaps of the others.
        gen: Source of randomness.
        tie: The kind of (j, i) by that of (i, j); None if the one does not tell the other.
        lengths: Shape (n, n), for kinds 0 and 1: swaps that make the edges longer in sum are
            refused, which leaves a descent instead of a symmetric move.
    """
    kinds = kinds.copy()
    np.fill_diagonal(kinds, -1)
    counts = np.bincount(kinds[kinds >= 0], minlength=1).tolist()
    turned = range(len(counts)) if tie is None else tie
    alike = sorted((k for k in range(len(counts)) if turned[k] == k), key=counts.__getitem__)
    drawn = alike[:-1] + [k for k in range(len(counts)) if turned[k] > k]
    # Tied cells stand twice in `kinds`.
    cells = {k: counts[k] // (2 if tie is not None and turned[k] == k else 1) for k in drawn}
    # So few pairs a round that they seldom touch the same cells.
    share, room = (2, kinds.size // 16) if tie is None else (4, kinds.size // 32)
    pairs = {k: max(min(cells[k] // share, room), 1) for k in drawn if cells[k] > 1}
    rounds = max((math.ceil(2 * swaps_per_cell * cells[k] / pairs[k]) for k in pairs), default=0)
    for _ in range(rounds):
        for kind, most in pairs.items():
            # A random number of swaps: two in every round, say, would never add up to one.
            _swap(kinds, kind, int(gen.binomial(most, 0.5)), gen, tie, lengths)
        _turn_triangles(kinds, gen)
    return kinds


def _swap(
    kinds: Kinds,
    kind: int,
    pairs: int,
    gen: np.random.Generator,
    tie: Sequence[int] | None,
    lengths: NDArray[np.intp] | None,
) -> None:
    """Draw disjoint pairs of cells of one kind and swap, in place, those that may."""
    n = len(kinds)
    drawn = gen.choice(np.flatnonzero(kinds == kind), 2 * pairs, replace=False)
    (a, c), (b, d) = (ends.reshape(2, pairs) for ends in np.divmod(drawn, n))
    other = kinds[a, d]
    allowed = (other >= 0) & (other != kind) & (kinds[c, b] == other)
    if lengths is not None:
        growth = lengths[a, d] + lengths[c, b] - lengths[a, b] - lengths[c, d]
        allowed &= growth * (kind - other) <= 0
    rows, columns = np.stack([a, c, a, c]), np.stack([b, d, d, b])
    if tie is None:
        cells = rows * n + columns
    else:
        cells = np.minimum(rows, columns) * n + np.maximum(rows, columns)
    allowed &= _apart(cells, kinds.size)
    rows, columns, other = rows[:, allowed], columns[:, allowed], other[allowed]
    same = np.full_like(other, kind)
    after = np.stack([other, other, same, same])
    kinds[rows, columns] = after
    if tie is not None:
        kinds[columns, rows] = np.array(tie, dtype=np.int8)[after]


def _apart(cells: NDArray[np.intp], n_cells: int) -> NDArray[np.bool_]:
    """Which columns of `cells` share no cell with another column.

    Refusing all proposals that meet, even those that meet one refused for another reason, keeps
    a round symmetric: the way back makes the same proposals, and the same ones meet.
    """
    column = np.broadcast_to(np.arange(cells.shape[1]), cells.shape)
    first, last = np.empty(n_cells, dtype=np.intp), np.empty(n_cells, dtype=np.intp)
    last[cells.ravel()] = column.ravel()
    first[cells.ravel()[::-1]] = column.ravel()[::-1]
    shared = (first[cells] != column) | (last[cells] != column)
    apart: NDArray[np.bool_] = ~shared.any(axis=0)
    return apart


def _turn_triangles(kinds: Kinds, gen: np.random.Generator) -> None:
    """Draw disjoint node triples and turn round, in place, those that are one-way cycles."""
    n = len(kinds)
    i, j, k = gen.permutation(n)[: n // 3 * 3].reshape(3, -1)
    rows, columns = np.stack([i, j, k]), np.stack([j, k, i])
    there, back = kinds[rows, columns], kinds[columns, rows]
    cycles = (there == there[0]).all(axis=0) & (back == back[0]).all(axis=0)
    cycles &= there[0] > back[0]  # of the two ways to list a triangle one, so half the time
    rows, columns = rows[:, cycles], columns[:, cycles]
    kinds[rows, columns], kinds[columns, rows] = back[:, cycles], there[:, cycles]
