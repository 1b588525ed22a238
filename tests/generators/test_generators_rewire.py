"""Rewiring: what is kept is kept exactly, and the rest is as random as it can be."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.generators import barabasi_albert, erdos_renyi, rewire, scale_free
from rnngraph.generators._swaps import same_degrees


def _degrees(adjacency: Adjacency) -> NDArray[np.int64]:
    return np.stack([adjacency.sum(axis=0), adjacency.sum(axis=1)])


def _with_mutual(adjacency: Adjacency) -> NDArray[np.int64]:
    return np.concatenate([_degrees(adjacency), [(adjacency & adjacency.T).sum(axis=0)]])


def _graph(n: int, edges: list[tuple[int, int]]) -> Adjacency:
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency[tuple(np.array(edges).T)] = True
    return adjacency


def _both_ways(adjacency: Adjacency) -> Adjacency:
    return np.asarray(adjacency | adjacency.T)


def _alike(
    adjacency: Adjacency, kept: Callable[[Adjacency], NDArray[np.int64]], *, directed: bool
) -> set[bytes]:
    """Every graph with the same `kept`, by enumeration."""
    n, found = len(adjacency), set()
    pairs = itertools.permutations(range(n), 2) if directed else itertools.combinations(range(n), 2)
    edges = int(adjacency.sum()) // (1 if directed else 2)
    for chosen in itertools.combinations(list(pairs), edges):
        graph = _graph(n, list(chosen))
        graph = graph if directed else _both_ways(graph)
        if np.array_equal(kept(graph), kept(adjacency)):
            found.add(graph.tobytes())
    return found


DIRECTED = _graph(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 0), (3, 0)])
UNDIRECTED = _both_ways(_graph(5, [(0, 1), (0, 2), (0, 3), (1, 2), (3, 4)]))
MIXED = _graph(5, [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (3, 4), (4, 3), (3, 1)])


@pytest.mark.parametrize(
    ("start", "preserve", "directed"),
    [
        (_graph(3, [(0, 1), (1, 2), (2, 0)]), "degree", True),  # no swap, only the reversal
        (_graph(4, [(0, 1), (2, 3)]), "degree", True),  # no swap that would be refused
        (DIRECTED, "degree", True),
        (~DIRECTED & ~np.eye(4, dtype=bool), "degree", True),
        (UNDIRECTED, "degree", False),
        (MIXED, "reciprocity", True),
    ],
)
def test_all_graphs_that_keep_the_same_are_equally_likely(
    start: Adjacency, preserve: Literal["degree", "reciprocity"], directed: bool
) -> None:
    kept = _with_mutual if preserve == "reciprocity" else _degrees
    alike = _alike(start, kept, directed=directed)
    gen = np.random.default_rng(2)
    seen = Counter(
        rewire(start, preserve=preserve, swaps_per_edge=6, rng=gen).tobytes()
        for _ in range(40 * len(alike))
    )
    assert len(alike) > 1
    assert set(seen) == alike
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_many_swaps_at_once_leave_the_uniform_law_uniform() -> None:
    # Permutations of 8 without fixed point, as digraphs: 2 swaps a round and more.
    gen = np.random.default_rng(0)
    n, samples = 8, 4000
    law = Counter(
        (p[0], p[p[0]])
        for p in itertools.permutations(range(n))
        if all(p[node] != node for node in range(n))
    )
    seen: Counter[tuple[int, int]] = Counter()
    while seen.total() < samples:
        permutation = gen.permutation(n)
        if (permutation != np.arange(n)).all():
            start = _graph(n, list(enumerate(permutation.tolist())))
            targets = same_degrees(start, 1, gen, directed=True).argmax(axis=1)
            seen[int(targets[0]), int(targets[targets[0]])] += 1
    expected = [count * samples / law.total() for count in law.values()]
    assert chisquare([seen[key] for key in law], expected).pvalue > 0.001


graphs = st.builds(
    lambda n, density, directed, loops, seed: (
        erdos_renyi(n, density, directed=directed, rng=seed)
        | np.diag(np.arange(n) % 3 == 0 if loops else np.zeros(n, bool))
    ),
    n=st.integers(1, 14),
    density=st.floats(0, 1),
    directed=st.booleans(),
    loops=st.booleans(),
    seed=st.integers(0, 2**32),
)


@settings(max_examples=40, deadline=None)
@given(adjacency=graphs, seed=st.integers(0, 2**32))
def test_degrees_mutual_edges_symmetry_and_loops_are_kept(adjacency: Adjacency, seed: int) -> None:
    rewired = rewire(adjacency, rng=seed)
    mutual = rewire(adjacency, preserve="reciprocity", rng=seed)
    assert np.array_equal(_degrees(rewired), _degrees(adjacency))
    assert np.array_equal(_with_mutual(mutual), _with_mutual(adjacency))
    for graph in (rewired, mutual):
        assert np.array_equal(graph.diagonal(), adjacency.diagonal())
        if np.array_equal(adjacency, adjacency.T):
            assert np.array_equal(graph, graph.T)


@settings(max_examples=40, deadline=None)
@given(adjacency=graphs, seed=st.integers(0, 2**32), preserve=st.sampled_from(["sign", "strength"]))
def test_signed_degrees_and_weights_are_kept(
    adjacency: Adjacency, seed: int, preserve: Literal["sign", "strength"]
) -> None:
    weights = adjacency * np.random.default_rng(seed).normal(size=adjacency.shape)
    if np.array_equal(adjacency, adjacency.T):
        weights = np.triu(weights) + np.triu(weights, 1).T
    rewired = rewire(weights, preserve=preserve, rng=seed)
    assert rewired.dtype == np.float64
    for sign in (1, -1):
        assert np.array_equal(_degrees(sign * rewired > 0), _degrees(sign * weights > 0))
    assert np.array_equal(np.sort(rewired, axis=None), np.sort(weights, axis=None))
    assert np.array_equal(rewired.diagonal(), weights.diagonal())
    if np.array_equal(weights, weights.T):
        assert np.array_equal(rewired, rewired.T)


def _strengths(weights: Weights) -> list[NDArray[np.float64]]:
    return [np.clip(sign * weights, 0, None).sum(axis=axis) for sign in (1, -1) for axis in (0, 1)]


@pytest.mark.parametrize("directed", [True, False])
def test_strengths_are_close_by_strength_and_not_by_sign(directed: bool) -> None:
    # Weights that belong to nodes, so that strength says more than degree does.
    gen = np.random.default_rng(0)
    size = gen.lognormal(size=(2, 60))
    weights = erdos_renyi(60, 0.2, rng=gen) * np.outer(*size) * gen.choice([-1, 1], (60, 60))
    weights = weights if directed else np.triu(weights) + np.triu(weights).T
    by_strength = rewire(weights, preserve="strength", rng=1)
    by_sign = rewire(weights, preserve="sign", rng=1)
    for old, near, far in zip(*map(_strengths, (weights, by_strength, by_sign)), strict=True):
        assert np.corrcoef(old, near)[0, 1] > 0.85
        assert np.abs(near - old).mean() < 0.4 * np.abs(far - old).mean()


def test_full_signed_matrices_are_rewired_between_the_signs() -> None:
    weights = np.random.default_rng(0).normal(size=(30, 30))
    rewired = rewire(weights, preserve="sign", rng=0)
    off = ~np.eye(30, dtype=bool)
    agreement = (np.sign(rewired) == np.sign(weights))[off].mean()
    assert 0.4 < agreement < 0.6


@pytest.mark.parametrize("density", [0.1, 0.5, 0.9])
def test_little_of_a_random_graph_is_left(density: float) -> None:
    adjacency = erdos_renyi(60, density, rng=0)
    for preserve in ("degree", "reciprocity"):
        rewired = rewire(adjacency, preserve=preserve, rng=1)
        assert (rewired & adjacency).sum() / adjacency.sum() < density + 0.08


def test_hubs_stay_hubs() -> None:
    for adjacency in (barabasi_albert(80, 3, rng=0), scale_free(80, m=300, rng=0)):
        rewired = rewire(adjacency, rng=0)
        assert np.array_equal(_degrees(rewired), _degrees(adjacency))
        assert not np.array_equal(rewired, adjacency)


def test_one_swap_per_edge_changes_less_than_ten() -> None:
    adjacency = erdos_renyi(80, 0.05, rng=0)
    left = [(rewire(adjacency, swaps_per_edge=swaps, rng=1) & adjacency).sum() for swaps in (1, 10)]
    assert left[0] > 2 * left[1]


def test_weights_count_as_edges_where_degrees_are_kept() -> None:
    weights = np.array([[0, -0.5, 0, 2], [0, 0, 1, 0], [3, 0, 0, 0.1], [0, 0, 1, 0]])
    assert np.array_equal(rewire(weights, rng=0), rewire(weights != 0, rng=0))


def test_arguments_are_checked() -> None:
    with pytest.raises(
        InputError,
        match=r"`preserve` must be one of degree, reciprocity, sign, strength; got 'degrees'\. "
        r"Did you mean 'degree'\?",
    ):
        rewire(DIRECTED, preserve="degrees", rng=0)  # type: ignore[call-overload]  # the error
    with pytest.raises(InputError, match=r"`swaps_per_edge` must be an integer >= 1; got 0\."):
        rewire(DIRECTED, swaps_per_edge=0, rng=0)
    with pytest.raises(InputError, match=r"`adjacency` must hold finite numbers; got nan"):
        rewire(np.full((2, 2), np.nan), preserve="sign", rng=0)
