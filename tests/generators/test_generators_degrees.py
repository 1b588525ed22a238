"""Given degrees: met exactly, refused when no graph has them, all graphs equally likely."""

from collections import Counter
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from rnngraph.errors import InputError
from rnngraph.generators import configuration_model, erdos_renyi, random_regular


@pytest.mark.parametrize("k", range(8))
def test_regular_degrees(k: int) -> None:
    directed = random_regular(8, k, rng=k)
    assert (directed.sum(axis=0) == k).all()
    assert (directed.sum(axis=1) == k).all()
    undirected = random_regular(8, k, directed=False, rng=k)
    assert (undirected.sum(axis=0) == k).all()
    assert np.array_equal(undirected, undirected.T)
    assert np.array_equal(random_regular(8, m=8 * k, rng=k), directed)


def test_directed_regular_graphs_are_not_symmetric() -> None:
    # The ring they start from is.
    adjacency = random_regular(60, 6, rng=0)
    assert (adjacency & adjacency.T).sum() < 90


def test_all_1_regular_digraphs_are_equally_likely() -> None:
    seen = Counter(
        random_regular(4, 1, rng=np.random.default_rng([1, seed])).tobytes() for seed in range(270)
    )
    assert len(seen) == 9  # permutations of 4 without fixed point
    assert chisquare(list(seen.values())).pvalue > 0.001


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 12),
    density=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_the_degrees_of_a_graph_are_met(n: int, density: float, seed: int) -> None:
    source = erdos_renyi(n, density, rng=seed)
    into, out = source.sum(axis=0), source.sum(axis=1)
    adjacency = configuration_model(n, into, out, m=int(source.sum()), rng=seed)
    assert np.array_equal(adjacency.sum(axis=0), into)
    assert np.array_equal(adjacency.sum(axis=1), out)
    assert not adjacency.diagonal().any()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_degrees_are_refused_exactly_when_networkx_finds_no_graph(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 6))
    degrees = st.lists(st.integers(0, n - 1), min_size=n, max_size=n)
    into, out = data.draw(degrees), data.draw(degrees)
    missing = sum(into) - sum(out)
    for node in range(n):  # even out the sums, as far as degrees below n go
        step = min(max(missing, -out[node]), n - 1 - out[node])
        out[node] += step
        missing -= step
    if nx.is_digraphical(into, out):
        adjacency = configuration_model(n, into, out, rng=0)
        assert adjacency.sum(axis=0).tolist() == into
        assert adjacency.sum(axis=1).tolist() == out
    else:
        with pytest.raises(InputError, match=r"must be the degrees of a simple digraph; got none"):
            configuration_model(n, into, out, rng=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 5}, r"`k` must be an integer in \[0, 4\]; got 5\."),
        ({"m": 12}, r"`m` must be a multiple of n = 5, k edges a node; got 12\."),
        ({"m": 21}, r"`m` must be an integer in \[0, 20\]; got 21\."),
        ({"k": 3, "directed": False}, r"`k` must be even when n = 5 is odd .*; got 3\."),
        ({"m": 15, "directed": False}, r"`m` must be even, .*; got 15\."),
    ],
)
def test_regular_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        random_regular(5, **arguments, rng=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"in_degrees": [1, 1]}, r"`in_degrees` must hold n = 3 integers; got shape \(2,\)"),
        ({"out_degrees": [1.0, 1, 1]}, r"`out_degrees` must hold n = 3 integers; .* float64"),
        ({"in_degrees": [3, 0, 0]}, r"`in_degrees` must be an integer in \[0, 2\]; got 3\."),
        ({"out_degrees": [2, -1, 2]}, r"`out_degrees` must be an integer in \[0, 2\]; got -1\."),
        ({"in_degrees": [1, 1, 0]}, r"must have the same sum; got 2 and 3\."),
        ({"m": 4}, r"`m` must be an integer in \[3, 3\]; got 4\."),
        (
            {"in_degrees": [0, 2, 2], "out_degrees": [0, 2, 2]},
            r"simple digraph; got none: node 1 wants 2 targets, too few are left\.",
        ),
    ],
)
def test_configuration_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    degrees = {"in_degrees": [1, 1, 1], "out_degrees": [1, 1, 1]}
    with pytest.raises(InputError, match=message):
        configuration_model(3, **{**degrees, **arguments}, rng=0)
