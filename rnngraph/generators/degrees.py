"""Graphs of given degrees: regular graphs and the configuration model."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnngraph._check import check_bool, check_int
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.errors import InputError
from rnngraph.generators._pairs import check_edge_count, check_one_given
from rnngraph.generators._swaps import same_degrees
from rnngraph.generators.lattice import directed_ring

_SWAPS_PER_EDGE: Final = 10
"""As the default of `rewire`."""


def random_regular(
    n: int, k: int | None = None, *, directed: bool = True, m: int | None = None, rng: RNG
) -> Adjacency:
    """Sample a random regular graph: every node has k targets and k sources, no self-loops.

    A ring of these degrees is rewired as by `rewire`: all such graphs tend to be equally likely.

    Source: Bollobas (1980), Eur. J. Combin. 1, 311-316 (the law, undirected); sampled by swaps
    as in Milo et al. (2003), arXiv:cond-mat/0312028.

    Args:
        n: Number of nodes, at least 1.
        k: Out-degree and in-degree of every node, in [0, n-1]; give `k` or `m`.
        directed: Whether to draw a directed graph; if False every node has k neighbours, and
            n k must be even.
        m: Exact number of directed edges, n k: a multiple of n in [0, n(n-1)].
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, n k odd and the graph undirected, or not exactly
            one of `k` and `m`.
    """
    n = check_int("n", n, 1)
    check_bool("directed", directed)
    check_one_given(k=k, m=m)
    gen = generator(rng)
    if m is not None:
        edges = check_edge_count(m, 0, n * (n - 1), directed=directed)
        if edges % n:
            raise InputError(f"`m` must be a multiple of n = {n}, k edges a node; got {edges}.")
        k = edges // n
    k = check_int("k", k, 0, n - 1)
    if directed:
        sources, targets = directed_ring(n, k, None)
    elif n * k % 2:
        raise InputError(f"`k` must be even when n = {n} is odd and `directed` False; got {k}.")
    else:
        offsets = np.arange(1, k // 2 + 1)  # k/2 neighbours on each side
        if k % 2:
            offsets = np.append(offsets, n // 2)  # and the node half round the ring
        sources = np.repeat(np.arange(n), len(offsets))
        targets = (sources + np.tile(offsets, n)) % n
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency[sources, targets] = True
    if not directed:
        adjacency |= adjacency.T
    return same_degrees(adjacency, _SWAPS_PER_EDGE, gen, directed=directed)


def configuration_model(
    n: int,
    in_degrees: ArrayLike,
    out_degrees: ArrayLike,
    *,
    m: int | None = None,
    rng: RNG,
) -> Adjacency:
    """Sample a digraph with exactly these degrees: no self-loops, no parallel edges.

    One such graph is built and rewired as by `rewire`: all of them tend to be equally likely.

    Source: Newman, Strogatz & Watts (2001), Phys. Rev. E 64, 026118, here without loops and
    parallel edges; built by Kleitman & Wang (1973), Discrete Math. 6, 79-88.

    Args:
        n: Number of nodes, at least 1.
        in_degrees: Shape (n,): number of sources of each node, in [0, n-1].
        out_degrees: Shape (n,): number of targets of each node, in [0, n-1]; same sum.
        m: Exact number of directed edges: the sum of `in_degrees` is the only one.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, different sums, or no simple digraph has these
            degrees.
    """
    n = check_int("n", n, 1)
    gen = generator(rng)
    sources_left = _degrees("out_degrees", out_degrees, n)
    targets_left = _degrees("in_degrees", in_degrees, n)
    total = int(targets_left.sum())
    if total != sources_left.sum():
        raise InputError(
            "`in_degrees` and `out_degrees` must have the same sum; got "
            f"{total} and {sources_left.sum()}."
        )
    if m is not None:
        check_edge_count(m, total, total, directed=True)
    adjacency = np.zeros((n, n), dtype=bool)
    for node in range(n):
        # Kleitman & Wang: any node may come next, if it takes the targets that miss most
        # sources, and among those the ones that still need most targets of their own.
        count, sources_left[node] = sources_left[node], 0
        order = np.lexsort((-sources_left, -targets_left))
        taken = order[order != node][:count]
        if (targets_left[taken] == 0).any():
            raise InputError(
                "`in_degrees` and `out_degrees` must be the degrees of a simple digraph; "
                f"got none: node {node} wants {count} targets, too few are left."
            )
        adjacency[node, taken] = True
        targets_left[taken] -= 1
    return same_degrees(adjacency, _SWAPS_PER_EDGE, gen, directed=True)


def _degrees(name: str, degrees: ArrayLike, n: int) -> NDArray[np.intp]:
    array = np.asarray(degrees)
    if array.shape != (n,) or array.dtype.kind not in "iu":
        raise InputError(
            f"`{name}` must hold n = {n} integers; got shape {array.shape}, dtype {array.dtype}."
        )
    for degree in array.tolist():
        check_int(name, degree, 0, n - 1)
    return array.astype(np.intp)
