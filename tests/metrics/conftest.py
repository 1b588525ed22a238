"""Graphs that the metric tests share."""

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.graphs import as_adjacency


@pytest.fixture
def f1() -> Adjacency:
    """A 3-cycle with a tail, and an isolated node."""
    return as_adjacency([(0, 1), (1, 2), (2, 0), (2, 3)], n=5)


@pytest.fixture
def f2() -> Adjacency:
    """An undirected path of 4 nodes, and an isolated node."""
    path = as_adjacency([(0, 1), (1, 2), (2, 3)], n=5)
    return path | path.T


@pytest.fixture
def f3() -> Adjacency:
    """Strongly connected: a mutual pair in two 3-cycles."""
    return as_adjacency([(0, 1), (1, 0), (1, 2), (2, 0), (2, 3), (3, 1)], n=4)


@pytest.fixture
def f3l(f3: Adjacency) -> Adjacency:
    """The same with self-loops on two nodes."""
    return f3 | np.diag([True, True, False, False])


@pytest.fixture(
    params=[(6, 0.3), (8, 0.1), (12, 0.2), (15, 0.08), (20, 0.3), (25, 0.15), (25, 0.6)]
)
def digraph(request: pytest.FixtureRequest) -> Adjacency:
    """Random digraphs without self-loops: some strongly connected, some with isolated nodes."""
    n, p = request.param
    rng = np.random.default_rng([n, int(100 * p)])
    return np.asarray((rng.random((n, n)) < p) & ~np.eye(n, dtype=bool))


@pytest.fixture
def peer(digraph: Adjacency) -> "nx.DiGraph[int]":
    """The same random digraph as networkx reads it."""
    return nx.from_numpy_array(digraph, create_using=nx.DiGraph)


@pytest.fixture
def ring() -> Adjacency:
    """A directed cycle of 8 nodes."""
    return np.roll(np.eye(8, dtype=bool), 1, axis=1)


@pytest.fixture
def complete() -> Adjacency:
    """Every edge between 6 nodes."""
    return ~np.eye(6, dtype=bool)


@pytest.fixture
def star() -> Adjacency:
    """A hub, node 0, that feeds 6 leaves."""
    return as_adjacency([(0, leaf) for leaf in range(1, 7)], n=7)


@pytest.fixture
def path() -> Adjacency:
    """A directed path 0 -> 1 -> ... -> 5."""
    return np.eye(6, k=1, dtype=bool)


@pytest.fixture
def dot() -> Adjacency:
    """One node with a self-loop."""
    return np.ones((1, 1), dtype=bool)


@pytest.fixture
def empty() -> Adjacency:
    """Four nodes, no edge but self-loops."""
    return np.eye(4, dtype=bool)
