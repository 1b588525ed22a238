import inspect
import pickle
from collections.abc import Callable
from itertools import product
from math import comb

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.metrics import census
from rnngraph.metrics._reference import TRIAD_TYPES
from rnngraph.metrics._topology import Topology


def metric(name: str) -> Callable[[object], float]:
    return vars(census)[f"triad_{name}"]


def counts(graph: Adjacency) -> dict[str, int]:
    """Count the triads by the compiled core, if it is there, and by its twin: they agree."""
    census, twin = Topology.of(graph), Topology.of(graph, native=False)
    assert census.triad_census.tolist() == twin.triad_census.tolist()
    return dict(zip(TRIAD_TYPES, census.triad_census.tolist(), strict=True))


def expected(graph: Adjacency) -> dict[str, int]:
    found = nx.triadic_census(nx.from_numpy_array(graph, create_using=nx.DiGraph))
    return {name: found[name] for name in TRIAD_TYPES}


def test_census_is_that_of_networkx(digraph: Adjacency) -> None:
    assert counts(digraph) == expected(digraph)
    assert counts(digraph | digraph.T) == expected(digraph | digraph.T)
    assert counts(np.triu(digraph)) == expected(np.triu(digraph))


def test_every_graph_of_three_nodes() -> None:
    seen = set()
    for bits in product([False, True], repeat=6):
        graph = np.zeros((3, 3), dtype=bool)
        graph[~np.eye(3, dtype=bool)] = bits
        peer = nx.from_numpy_array(graph, create_using=nx.DiGraph)
        [name] = [name for name, count in counts(graph).items() if count]
        assert name == nx.triad_type(peer)
        seen.add(name)
    assert seen == set(TRIAD_TYPES)


@pytest.mark.parametrize("n", [4, 5, 6, 7, 9, 13])
def test_random_graphs_of_every_density(n: int) -> None:
    rng = np.random.default_rng(n)
    for p in np.linspace(0, 1, 11):
        graph = (rng.random((n, n)) < p) & ~np.eye(n, dtype=bool)
        assert counts(graph) == expected(graph)


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_nodes_for_a_triad(n: int) -> None:
    for graph in (np.zeros((n, n), dtype=bool), np.ones((n, n), dtype=bool)):
        assert set(counts(graph).values()) == {0}


def test_every_triad_is_counted_once(digraph: Adjacency) -> None:
    assert sum(counts(digraph).values()) == comb(len(digraph), 3)


def test_closed_forms(ring: Adjacency, complete: Adjacency, star: Adjacency) -> None:
    found = {name: count for name, count in counts(ring).items() if count}
    assert found == {"003": 16, "012": 32, "021C": 8}
    assert {name for name, count in counts(complete).items() if count} == {"300"}
    assert counts(complete)["300"] == comb(6, 3)
    assert [counts(star)["021D"], counts(star)["003"]] == [comb(6, 2), comb(6, 3)]


def test_counts_are_exact_in_large_graphs() -> None:
    complete = ~np.eye(600, dtype=bool)
    assert counts(complete)["300"] == counts(~complete)["003"] == comb(600, 3)


def test_self_loops_do_not_count(f3: Adjacency, f3l: Adjacency) -> None:
    assert counts(f3l) == counts(f3)


def test_reversing_every_edge_swaps_down_and_up(digraph: Adjacency) -> None:
    swap = {"D": "U", "U": "D"}
    turned = {name[:3] + swap.get(name[3:], name[3:]): n for name, n in counts(digraph).items()}
    assert counts(digraph.T) == turned


def test_relabelled_graphs_count_the_same(digraph: Adjacency) -> None:
    order = np.random.default_rng(3).permutation(len(digraph))
    assert counts(digraph[np.ix_(order, order)]) == counts(digraph)


@pytest.mark.parametrize("name", TRIAD_TYPES)
def test_a_metric_for_each_type(name: str, digraph: Adjacency) -> None:
    found = metric(name)(digraph)
    assert type(found) is float
    assert found == counts(digraph)[name]


@pytest.mark.parametrize("name", TRIAD_TYPES)
def test_metrics_are_functions_of_the_module(name: str) -> None:
    function = metric(name)
    assert function.__name__ == function.__qualname__ == f"triad_{name}"
    assert function.__module__ == census.__name__
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - our own
    assert (inspect.getdoc(function) or "").startswith(f"Number of triads {name}, ")
    assert list(inspect.signature(function).parameters) == ["adjacency"]
