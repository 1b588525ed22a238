"""The graphs that are measured: boolean masks, rows = source."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import rnngraph as rg

Mask = NDArray[np.bool_]


def digraphs_of_100(count: int) -> Mask:
    """Digraphs of 100 nodes, about 1,000 edges: Erdos-Renyi, small worlds, scale-free in turn."""
    rng = np.random.default_rng(0)
    stack = np.zeros((count, 100, 100), dtype=bool)
    for k in range(count):
        if k % 3 == 0:
            stack[k] = rng.random((100, 100)) < 0.1
        elif k % 3 == 1:
            stack[k] = _oriented(rg.generators.watts_strogatz(100, k=16, p=0.1, rng=rng), rng)
        else:
            stack[k] = _oriented(rg.generators.barabasi_albert(100, 8, rng=rng), rng)
        np.fill_diagonal(stack[k], False)
    return stack


def random_digraph(n: int, m: int) -> Mask:
    """One digraph of n nodes and exactly m edges, uniformly."""
    return rg.generators.erdos_renyi(n, m=m, directed=True, rng=0)


def kinds(n: int) -> Iterator[tuple[str, Mask]]:
    """Graphs of every shape, where lanes lose as well as where they win."""
    rng = np.random.default_rng(n)
    ring = np.roll(np.eye(n, dtype=bool), 1, axis=1)
    side = max(1, int(n**0.5))
    grid = np.zeros((n, n), dtype=bool)
    right, down = np.arange(n - 1), np.arange(n - side)
    right = right[(right + 1) % side != 0]
    grid[right, right + 1] = grid[down, down + side] = True
    tree = np.zeros((n, n), dtype=bool)
    tree[(np.arange(1, n) - 1) // 2, np.arange(1, n)] = True
    star = np.zeros((n, n), dtype=bool)
    star[0, 1:] = True
    apart = np.kron(np.eye(4, dtype=bool), np.ones((n // 4 + 1,) * 2, dtype=bool))[:n, :n]
    graphs = {
        "ring": ring,
        "undirected ring": ring | ring.T,
        "grid": grid | grid.T,
        "tree": tree,
        "undirected tree": tree | tree.T,
        "star": star | star.T,
        "path": np.eye(n, k=1, dtype=bool),
        "acyclic": np.triu(rng.random((n, n)) < min(1.0, 8 / n)),
        "sparse": rng.random((n, n)) < min(1.0, 2 / n),
        "random": rng.random((n, n)) < min(1.0, 10 / n),
        "dense": rng.random((n, n)) < 0.5,
        "four parts": apart & (rng.random((n, n)) < 0.3),
        "no edges": np.zeros((n, n), dtype=bool),
    }
    for name, graph in graphs.items():
        np.fill_diagonal(graph, False)
        yield name, graph


def _oriented(undirected: Mask, rng: np.random.Generator) -> Mask:
    """Keep three in ten pairs mutual, and one direction of the others."""
    sources, targets = np.nonzero(np.triu(undirected))
    flip = rng.random(len(sources)) < 0.5
    both = rng.random(len(sources)) < 0.3
    directed = np.zeros_like(undirected)
    directed[np.where(flip, targets, sources), np.where(flip, sources, targets)] = True
    directed[sources[both], targets[both]] = directed[targets[both], sources[both]] = True
    return directed
