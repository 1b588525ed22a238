"""Null models besides rewiring: the given graph as a lattice, at random, or without cycles."""

import numpy as np

from rnngraph._check import check_int
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.errors import InputError
from rnngraph.generators._pairs import pair_cells
from rnngraph.generators._swaps import same_degrees
from rnngraph.generators.uniform import erdos_renyi
from rnngraph.graphs.matrix import as_matrix


def latticise(adjacency: Adjacency, *, rng: RNG, swaps_per_edge: int = 200) -> Adjacency:
    """Rewire a graph into a lattice: same in- and out-degrees, edges near the diagonal.

    Swaps are drawn as by `rewire`, and kept only if the two edges do not get longer in sum,
    where an edge is as long as its nodes are apart on the ring 0, 1, ..., n-1. A symmetric
    adjacency is an undirected graph and stays symmetric. Self-loops stay in place.

    Source: Sporns & Zwi (2004), Neuroinformatics 2, 145-162.

    Args:
        adjacency: Shape (n, n), rows = source; the order of the nodes is the order of the ring.
        rng: Seed or Generator.
        swaps_per_edge: Proposed swaps per edge, at least 1; more bring edges nearer.

    Raises:
        InputError: Not a square matrix, or `swaps_per_edge` below 1.
    """
    edges = as_matrix(adjacency, "adjacency").astype(bool)
    swaps = check_int("swaps_per_edge", swaps_per_edge, 1)
    apart = np.abs(np.subtract.outer(np.arange(len(edges)), np.arange(len(edges))))
    lattice = same_degrees(
        edges,
        swaps,
        generator(rng),
        directed=not np.array_equal(edges, edges.T),
        lengths=np.minimum(apart, len(edges) - apart),
    )
    return np.asarray(lattice | np.diag(np.diag(edges)))


def erdos_renyi_like(adjacency: Adjacency, *, rng: RNG) -> Adjacency:
    """Sample an Erdos-Renyi graph with the nodes and the number of edges of a given graph.

    A symmetric adjacency gives an undirected graph. Self-loops stay in place.

    Source: Erdos & Renyi (1959), Publ. Math. Debrecen 6, 290-297; see `erdos_renyi`.

    Args:
        adjacency: Shape (n, n), rows = source.
        rng: Seed or Generator.

    Raises:
        InputError: Not a square matrix.
    """
    edges = as_matrix(adjacency, "adjacency").astype(bool)
    loops = np.diag(np.diag(edges))
    directed = not np.array_equal(edges, edges.T)
    m = int(edges.sum() - loops.sum())
    return np.asarray(erdos_renyi(len(edges), directed=directed, m=m, rng=rng) | loops)


def acyclic_twin(adjacency: Adjacency, *, rng: RNG) -> Adjacency:
    """Turn a graph into an acyclic one with the same nodes and the same number of edges.

    All edges are turned to run along one random order of the nodes, so every joined pair stays
    joined. A mutual pair then keeps one edge; its other edge goes to a pair that was not joined,
    drawn uniformly. A graph without mutual pairs keeps its undirected form. Self-loops stay in
    place: only they are cycles of the result.

    Source: random orientation as in Xie, Kirillov, Girshick & He (2019), ICCV, 1284-1293, with
    a random instead of the given node order, and the edge count restored.

    Args:
        adjacency: Shape (n, n), rows = source; at most n(n-1)/2 edges besides self-loops.
        rng: Seed or Generator.

    Raises:
        InputError: Not a square matrix, or more edges than an acyclic graph can have.
    """
    edges = as_matrix(adjacency, "adjacency").astype(bool)
    n = len(edges)
    loops = np.diag(np.diag(edges))
    m = int(edges.sum() - loops.sum())
    if m > n * (n - 1) // 2:
        raise InputError(
            f"`adjacency` must have at most n(n-1)/2 = {n * (n - 1) // 2} edges besides "
            f"self-loops to have an acyclic twin; got {m}."
        )
    gen = generator(rng)
    pairs = pair_cells(n, directed=False)
    joined = (edges | edges.T).ravel()[pairs]
    missing = m - np.count_nonzero(joined)
    added = gen.choice(pairs[~joined], missing, replace=False)
    i, j = np.divmod(np.concatenate([pairs[joined], added]), n)
    place = gen.permutation(n)
    forward = place[i] < place[j]
    twin = loops.copy()
    twin[np.where(forward, i, j), np.where(forward, j, i)] = True
    return twin
