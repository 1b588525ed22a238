"""Small worlds: ring lattices whose edges are redirected at random."""

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_real
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.generators.lattice import directed_ring, undirected_ring


def watts_strogatz(
    n: int, k: int | None = None, p: float = 0.1, *, m: int | None = None, rng: RNG
) -> Adjacency:
    """Sample a Watts-Strogatz small world: undirected, n k / 2 edges, no self-loops.

    Every edge (i, i + offset) of the ring lattice is, with probability `p`, replaced by an edge
    from i to a node drawn uniformly from those not yet joined to i. At p = 0 the graph is
    `ring_lattice`; near 0.1 it is a small world; at p = 1 it is close to a random graph.

    Source: Watts & Strogatz (1998), Nature 393, 440-442.

    Args:
        n: Number of nodes, at least 1.
        k: Neighbours of each node in the lattice, even, in [0, n-1]; give `k` or `m`.
        p: Probability of redirecting an edge, in [0, 1].
        m: Exact number of directed edges, even, in [0, n(n-1)]: redirecting starts from
            `ring_lattice(n, m=m)` and keeps its edge count.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or not exactly one of `k` and `m`.
    """
    sources, targets = undirected_ring(n, k, m)
    return _redirect(n, sources, targets, p, generator(rng), directed=False)


def directed_small_world(
    n: int, k: int | None = None, p: float = 0.1, *, m: int | None = None, rng: RNG
) -> Adjacency:
    """Sample a directed small world: every node sends k edges, no self-loops.

    Node i sends to i + 1, i - 1, i + 2, ... up to k targets, so for even k and p = 0 the graph
    is `ring_lattice`. Each edge is, with probability `p`, redirected to a node drawn uniformly
    from those i does not send to yet; out-degrees stay, in-degrees and reciprocity change.

    Source: Watts & Strogatz (1998), Nature 393, 440-442, with their rule applied to the targets
    of directed edges.

    Args:
        n: Number of nodes, at least 1.
        k: Out-degree of every node, in [0, n-1]; give `k` or `m`.
        p: Probability of redirecting an edge, in [0, 1].
        m: Exact number of directed edges, in [0, n(n-1)]: out-degrees are m/n rounded down or
            up, the larger ones spread evenly over the ring.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or not exactly one of `k` and `m`.
    """
    sources, targets = directed_ring(n, k, m)
    return _redirect(n, sources, targets, p, generator(rng), directed=True)


def _redirect(
    n: int,
    sources: NDArray[np.intp],
    targets: NDArray[np.intp],
    p: float,
    gen: np.random.Generator,
    *,
    directed: bool,
) -> Adjacency:
    # The diagonal counts as taken while edges move, so no self-loop arises.
    taken = np.eye(n, dtype=bool)
    taken[sources, targets] = True
    if not directed:
        taken[targets, sources] = True
    moving = gen.random(len(sources)) < check_real("p", p, 0, 1)
    for source, old in zip(sources[moving].tolist(), targets[moving].tolist(), strict=True):
        new = _free_node(taken[source], gen)
        if new is None:
            continue
        taken[source, old], taken[source, new] = False, True
        if not directed:
            taken[old, source], taken[new, source] = False, True
    np.fill_diagonal(taken, False)
    return taken


def _free_node(taken: Adjacency, gen: np.random.Generator) -> int | None:
    """Draw one of the nodes that are not taken; None if all are."""
    for _ in range(8):  # guessing beats listing the free nodes in all but dense graphs
        node = int(gen.random() * len(taken))
        if not taken[node]:
            return node
    free = np.flatnonzero(~taken)
    return int(free[int(gen.random() * len(free))]) if len(free) else None
