"""Graphs without chance: the ring lattice and the complete graph."""

import math

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.errors import InputError
from rnngraph.generators._pairs import check_edge_count, check_one_given


def ring_lattice(n: int, k: int | None = None, *, m: int | None = None, rng: RNG) -> Adjacency:
    """Join each node of a ring to its k nearest nodes, k/2 on each side; undirected.

    Source: Watts & Strogatz (1998), Nature 393, 440-442, fig. 1 at p = 0.

    Args:
        n: Number of nodes, at least 1.
        k: Neighbours of each node, even, in [0, n-1]; give `k` or `m`.
        m: Exact number of directed edges, even, in [0, n(n-1)]: the nearest offsets come first,
            and the edges of the last, incomplete offset are spread evenly over the nodes.
        rng: Seed or Generator; checked and not used, the lattice has no chance in it.

    Raises:
        InputError: An argument out of range, or not exactly one of `k` and `m`.
    """
    generator(rng)
    sources, targets = undirected_ring(n, k, m)
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency[sources, targets] = adjacency[targets, sources] = True
    return adjacency


def complete(n: int, *, m: int | None = None, rng: RNG) -> Adjacency:
    """Join every node to every other in both directions, without self-loops.

    Source: the graph K_n, as networkx `complete_graph`.

    Args:
        n: Number of nodes, at least 1.
        m: Exact number of directed edges: n(n-1) is the only one.
        rng: Seed or Generator; checked and not used, the graph has no chance in it.

    Raises:
        InputError: `n` or `m` out of range.
    """
    generator(rng)
    n = check_int("n", n, 1)
    if m is not None:
        check_edge_count(m, n * (n - 1), n * (n - 1), directed=True)
    return ~np.eye(n, dtype=bool)


def undirected_ring(
    n: int, k: int | None, m: int | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Ends of the ring lattice's edges, each once, offset by offset: i and i + offset.

    Raises:
        InputError: As `ring_lattice`.
    """
    n = check_int("n", n, 1)
    check_one_given(k=k, m=m)
    if m is None:
        k = check_int("k", k, 0, n - 1)
        if k % 2:
            raise InputError(f"`k` must be even, half the neighbours on each side; got {k}.")
        m = n * k
    links = check_edge_count(m, 0, n * (n - 1), directed=False) // 2
    offsets = np.arange(1, links // n + 2)
    last = int(offsets[-1])
    if 2 * last == n:  # half round the ring, i + last and i - last are the same node
        return _ring(n, links, offsets, np.arange(last))
    # Walking in steps of the last offset, edges far apart in the walk share no node.
    cycles = math.gcd(n, last)
    walk = np.add.outer(np.arange(cycles), last * np.arange(n // cycles)) % n
    return _ring(n, links, offsets, walk.ravel())


def directed_ring(
    n: int, k: int | None, m: int | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Sources and targets of the ring where each node sends to i + 1, i - 1, i + 2, ...

    Raises:
        InputError: `k` outside [0, n-1], `m` outside [0, n(n-1)], or not exactly one of them.
    """
    n = check_int("n", n, 1)
    check_one_given(k=k, m=m)
    if m is None:
        m = n * check_int("k", k, 0, n - 1)
    edges = check_edge_count(m, 0, n * (n - 1), directed=True)
    step = np.arange(edges // n + 1)
    return _ring(n, edges, (step // 2 + 1) * (-1) ** step, np.arange(n))


def _ring(
    n: int, count: int, offsets: NDArray[np.intp], places: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Take `count` edges offset by offset; those of the last offset evenly along `places`."""
    full, rest = divmod(count, n)
    last = places[np.arange(rest) * len(places) // max(rest, 1)]
    sources = np.concatenate([np.tile(np.arange(n), full), last])
    return sources, (sources + np.repeat(offsets, [n] * full + [rest])) % n
