"""Block models: densities by block, the exact law given m, and modules within modules."""

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.generators import erdos_renyi, hierarchical_modular, stochastic_block


def _inside(observed: int, pairs: int, p: float) -> bool:
    low, high = binom(pairs, p).interval(0.9999)
    return bool(low <= observed <= high)


@pytest.mark.parametrize("directed", [True, False])
def test_densities_of_the_blocks(directed: bool) -> None:
    adjacency = stochastic_block(100, [20, 30, 50], 0.5, 0.1, directed=directed, rng=0)
    ends = [0, 20, 50, 100]
    for i, j in itertools.product(range(3), repeat=2):
        block = adjacency[ends[i] : ends[i + 1], ends[j] : ends[j + 1]]
        pairs = block.size - (len(block) if i == j else 0)
        halved = 2 if i == j and not directed else 1
        assert _inside(block.sum() // halved, pairs // halved, 0.5 if i == j else 0.1)


def test_rows_of_the_matrix_are_source_blocks() -> None:
    adjacency = stochastic_block(40, [10, 30], p=[[0, 1], [0, 0]], rng=0)
    assert adjacency[:10, 10:].all()
    assert adjacency.sum() == 300


def test_p_in_and_p_out_are_a_matrix() -> None:
    table = [[0.7, 0.2, 0.2], [0.2, 0.7, 0.2], [0.2, 0.2, 0.7]]
    for m in (None, 60):
        assert np.array_equal(
            stochastic_block(20, 3, 0.7, 0.2, m=m, rng=4),
            stochastic_block(20, [6, 7, 7], p=table, m=m, rng=4),
        )


def _probabilities_given_m(log_odds: dict[tuple[int, int], float], m: int) -> dict[bytes, float]:
    """Every graph of 4 nodes with m of the pairs, by enumeration."""
    weights = {}
    for pairs in itertools.combinations(log_odds, m):
        adjacency = np.zeros((4, 4), dtype=bool)
        for i, j in pairs:
            adjacency[i, j] = True
        weights[adjacency.tobytes()] = np.exp(sum(log_odds[pair] for pair in pairs))
    return {graph: weight / sum(weights.values()) for graph, weight in weights.items()}


def _follows(samples: list[Adjacency], law: dict[bytes, float]) -> bool:
    seen = Counter(adjacency.tobytes() for adjacency in samples)
    assert set(seen) <= set(law)
    expected = [probability * len(samples) for probability in law.values()]
    return bool(chisquare([seen[graph] for graph in law], expected).pvalue > 0.001)


def test_given_m_the_law_is_the_conditional_one() -> None:
    p = {True: 0.8, False: 0.3}
    log_odds = {
        (i, j): np.log(p[i // 2 == j // 2] / (1 - p[i // 2 == j // 2]))
        for i, j in itertools.combinations(range(4), 2)
    }
    gen = np.random.default_rng(0)
    samples = [
        np.triu(stochastic_block(4, 2, 0.8, 0.3, m=6, directed=False, rng=gen)) for _ in range(3000)
    ]
    assert _follows(samples, _probabilities_given_m(log_odds, 3))


def test_given_m_the_hierarchical_odds_fall_by_the_ratio() -> None:
    height = {(i, j): int(i // 2 != j // 2) for i, j in itertools.permutations(range(4), 2)}
    log_odds = {pair: level * np.log(0.25) for pair, level in height.items()}
    gen = np.random.default_rng(0)
    samples = [hierarchical_modular(4, 1, m=2, rng=gen) for _ in range(3000)]
    assert _follows(samples, _probabilities_given_m(log_odds, 2))


def test_given_m_only_the_ratio_of_the_odds_matters() -> None:
    odds = np.array([[3.0, 0.5], [0.2, 1.0]])
    graphs = [
        stochastic_block(30, 2, p=scale * odds / (1 + scale * odds), m=200, rng=0)
        for scale in (0.1, 1.0, 20.0)
    ]
    assert np.array_equal(graphs[0], graphs[1])
    assert np.array_equal(graphs[1], graphs[2])


def test_given_m_certain_edges_are_there_and_impossible_ones_not() -> None:
    table = [[1, 0.3], [0, 0.6]]
    low, high = 20, 20 + 25 + 20
    for m in (low, low + 1, 40, high - 1, high):
        adjacency = stochastic_block(10, 2, p=table, m=m, rng=m)
        assert adjacency.sum() == m
        assert adjacency[:5, :5].sum() == 20
        assert not adjacency[5:, :5].any()
    for m in (low - 1, high + 1):
        with pytest.raises(InputError, match=rf"`m` must be an integer in \[20, 65\]; got {m}\."):
            stochastic_block(10, 2, p=table, m=m, rng=0)


def test_one_probability_is_erdos_renyi() -> None:
    counts = Counter(
        stochastic_block(3, 1, 0.3, 0.9, m=2, rng=np.random.default_rng([0, s])).tobytes()
        for s in range(1500)
    )
    assert len(counts) == 15
    assert chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize("directed", [True, False])
def test_density_falls_by_the_ratio_from_level_to_level(directed: bool) -> None:
    adjacency = hierarchical_modular(162, 2, 3, ratio=0.4, p=0.9, directed=directed, rng=0)
    leaf = np.arange(162) // 18
    for height, apart in enumerate(
        (
            leaf[:, None] == leaf,
            (leaf[:, None] != leaf) & (leaf[:, None] // 3 == leaf // 3),
            leaf[:, None] // 3 != leaf // 3,
        )
    ):
        pairs = np.triu(apart, 1) if not directed else apart & ~np.eye(162, dtype=bool)
        assert _inside(adjacency[pairs].sum(), pairs.sum(), 0.9 * 0.4**height)


def test_ratio_1_is_erdos_renyi_and_ratio_0_leaves_modules_apart() -> None:
    adjacency = hierarchical_modular(64, 3, ratio=1, p=0.3, rng=0)
    flat = erdos_renyi(64, 0.3, rng=0)
    assert np.array_equal(adjacency, flat)
    apart = hierarchical_modular(12, 2, ratio=0, m=24, rng=0)
    assert all(apart[i : i + 3, i : i + 3].sum() == 6 for i in range(0, 12, 3))
    with pytest.raises(InputError, match=r"`m` must be an integer in \[0, 24\]; got 25\."):
        hierarchical_modular(12, 2, ratio=0, m=25, rng=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"blocks": 0}, r"`blocks` must be an integer in \[1, 10\]; got 0\."),
        ({"blocks": 11}, r"`blocks` must be an integer in \[1, 10\]; got 11\."),
        ({"blocks": 2.0}, r"`blocks` must be an integer in \[1, 10\]; got 2\.0\."),
        ({"blocks": [5, -1]}, r"`blocks` must be an integer >= 0; got -1\."),
        ({"blocks": [5, 4]}, r"`blocks` .* sum to n = 10; got \[5, 4\] with sum 9\."),
        ({"p_in": 1.5}, r"`p_in` must be a number in \[0, 1\]; got 1\.5\."),
        ({"p_out": None}, r"`p_out` must be a number in \[0, 1\]; got None\."),
        (
            {"p": [[1, 0], [0, 1]]},
            r"`p` must not come with `p_in` or `p_out`; got p_in=0\.5, p_out=0\.1\.",
        ),
    ],
)
def test_block_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        stochastic_block(10, **{"blocks": 2, "p_in": 0.5, "p_out": 0.1, **arguments}, rng=0)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([[0.5]], r"`p` must have shape \(2, 2\), a row and a column a block; got shape \(1, 1\)"),
        ([0.5, 0.1], r"`p` must be a square matrix"),
        ([[0.5, 1.2], [0, 0]], r"`p` must hold numbers in \[0, 1\]; got 1\.2\."),
        ([[0.5, 0.2], [0.1, 0]], r"`p` must be symmetric .* got 0\.2 at \[0, 1\] and 0\.1 at"),
    ],
)
def test_block_probabilities_are_checked(p: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        stochastic_block(10, 2, p=p, directed=False, rng=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": 0}, r"`levels` must be an integer in \[1, 3\]; got 0\."),
        ({"levels": 4}, r"`levels` must be an integer in \[1, 3\]; got 4\."),
        ({"branching": 1}, r"`branching` must be an integer in \[2, 10\]; got 1\."),
        ({"branching": 11}, r"`branching` must be an integer in \[2, 10\]; got 11\."),
        ({"ratio": -1}, r"`ratio` must be a number in \[0, 1\]; got -1\."),
        ({"p": 2}, r"`p` must be a number in \[0, 1\]; got 2\."),
    ],
)
def test_hierarchy_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        hierarchical_modular(10, **{"levels": 1, "p": 0.5, **arguments}, rng=0)
