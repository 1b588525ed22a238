import networkx as nx
import numpy as np
import pytest
import scipy.linalg

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.graphs import as_adjacency
from rnngraph.metrics import centrality, spectral_radius
from rnngraph.metrics._topology import Topology

STRONG = np.random.default_rng(4).random((30, 30)) < 0.2


def by_nodes(scores: dict[int, float]) -> list[float]:
    return [scores[node] for node in range(len(scores))]


def both(graph: Adjacency) -> list[Topology]:
    return [Topology.of(graph), Topology.of(graph, native=False)]


def test_pagerank_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    expected = by_nodes(nx.pagerank(peer, tol=1e-15, max_iter=2000))
    for graph in both(digraph):
        np.testing.assert_allclose(centrality.pagerank(graph), expected, atol=1e-12)


def test_katz_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    alpha = 0.85 / (spectral_radius(digraph) or 1)
    expected = by_nodes(nx.katz_centrality_numpy(peer, alpha=alpha))
    np.testing.assert_allclose(centrality.katz(digraph), expected, atol=1e-9)


def test_katz_without_cycles_counts_all_walks(path: Adjacency) -> None:
    walks = np.array([sum(0.85**k for k in range(node + 1)) for node in range(6)])
    np.testing.assert_allclose(centrality.katz(path), walks / np.linalg.norm(walks))


@pytest.mark.parametrize("n", [700, 1200])
def test_katz_counts_more_walks_than_a_float_can_hold(n: int) -> None:
    # Of every edge i -> j with i < j: 1.85^j, whose square is beyond a float at n = 700.
    walks = 1.85 ** (np.arange(n) - n + 1.0)
    found = centrality.katz(np.triu(np.ones((n, n), dtype=bool), 1))
    np.testing.assert_allclose(found, walks / np.linalg.norm(walks), rtol=1e-9, atol=1e-300)


def test_eigenvector_is_that_of_networkx() -> None:
    graph = STRONG & ~np.eye(30, dtype=bool)
    peer = nx.from_numpy_array(graph, create_using=nx.DiGraph)
    expected = by_nodes(nx.eigenvector_centrality_numpy(peer))
    for topology in both(graph):
        np.testing.assert_allclose(centrality.eigenvector(topology), expected, atol=1e-9)


def test_eigenvector_of_several_components_is_where_walks_come_to(ring: Adjacency) -> None:
    # Two rings of 8, the first feeding the second: walks pile up in the second alone.
    graph = np.kron(np.eye(2, dtype=bool), ring)
    graph[0, 8] = True
    for topology in both(graph):
        found = centrality.eigenvector(topology)
        np.testing.assert_allclose(found, np.repeat([0, 8**-0.5], 8), atol=1e-12)


def test_eigenvector_of_parallel_chains_in_closed_form() -> None:
    # Radius 2 four times: triangle -> triangle beside star -> star, one edge each. Walks pile up in
    # the second ones, as many as leave the first ones by that edge, spread along their vectors.
    star = as_adjacency([(0, leaf) for leaf in range(1, 5)], n=5)
    parts = [~np.eye(3, dtype=bool)] * 2 + [star | star.T] * 2
    graph = scipy.linalg.block_diag(*parts).astype(bool)
    graph[0, 3] = graph[6, 11] = True
    expected = np.zeros(16)
    expected[3:6] = 1 / 3
    expected[11:] = np.array([2, 1, 1, 1, 1]) * 3 / 8
    expected /= np.linalg.norm(expected)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(16)
        for topology in both(graph[np.ix_(order, order)]):
            found = centrality.eigenvector(topology)
            np.testing.assert_allclose(found, expected[order], atol=1e-12)


def test_a_longer_chain_of_equal_components_outgrows_a_shorter_one() -> None:
    # Three triangles in a row through a node that is on no cycle, beside two: all is in the third.
    graph = scipy.linalg.block_diag(*[1 - np.eye(3)] * 5, np.zeros((1, 1))).astype(bool)
    graph[0, 3] = graph[3, 15] = graph[15, 6] = graph[9, 12] = True
    for topology in both(graph):
        found = centrality.eigenvector(topology)
        np.testing.assert_allclose(found[6:9], 3**-0.5, atol=1e-12)
        assert np.delete(found, [6, 7, 8]) == pytest.approx(0, abs=1e-12)


def test_a_ring_outgrows_any_part_without_a_cycle(ring: Adjacency) -> None:
    # Beside 2^1500 walks that end, all of those that go on are in the ring.
    graph = scipy.linalg.block_diag(np.triu(np.ones((1500, 1500)), 1), ring).astype(bool)
    for topology in both(graph):
        found = centrality.eigenvector(topology)
        np.testing.assert_allclose(found, np.repeat([0, 8**-0.5], [1500, 8]), atol=1e-12)


def test_eigenvector_of_a_long_tail_is_that_of_lapack() -> None:
    # Strongly connected: a clique of 60 and a long way back to it, along which scores vanish.
    graph = np.roll(np.eye(220, dtype=bool), 1, axis=1)
    graph[:60, :60] = ~np.eye(60, dtype=bool)
    values, vectors = np.linalg.eig(graph.T.astype(float))
    expected = np.abs(vectors[:, values.real.argmax()])
    for topology in both(graph):
        np.testing.assert_allclose(centrality.eigenvector(topology), expected, atol=1e-12)


def test_eigenvector_solves_its_equation(digraph: Adjacency) -> None:
    for topology in both(digraph):
        try:
            found = centrality.eigenvector(topology)
        except UndefinedMetricError:
            assert topology.n_nodes == len(np.unique(topology.strong_components))
            continue
        image = digraph.T @ found
        np.testing.assert_allclose(image, (found @ image) * found, atol=1e-9)
        assert np.linalg.norm(found) == pytest.approx(1)


def test_eigenvector_needs_a_cycle(path: Adjacency) -> None:
    match = r"^`eigenvector` needs a cycle; got a graph without one\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        centrality.eigenvector(path)


def test_hubs_and_authorities_are_those_of_networkx() -> None:
    graph = STRONG & ~np.eye(30, dtype=bool)
    peer = nx.from_numpy_array(graph, create_using=nx.DiGraph)
    hubs, authorities = nx.hits(peer, tol=1e-14)
    for found, expected in (
        (centrality.hubs(graph), hubs),
        (centrality.authorities(graph), authorities),
    ):
        np.testing.assert_allclose(found / found.sum(), by_nodes(expected), atol=1e-9)


def test_equal_hubs_share_alike(ring: Adjacency, star: Adjacency) -> None:
    np.testing.assert_allclose(centrality.hubs(ring), np.full(8, 8**-0.5))
    np.testing.assert_allclose(centrality.hubs(star), np.eye(7)[0], atol=1e-12)
    np.testing.assert_allclose(centrality.authorities(star)[1:], np.full(6, 6**-0.5))


def test_hubs_of_equal_rank_are_the_limit_from_equal_scores() -> None:
    # Singular value 2 twice: one node to four, and two nodes to two others.
    edges = [(0, 1), (0, 2), (0, 3), (0, 4), (5, 7), (5, 8), (6, 7), (6, 8)]
    graph = as_adjacency(edges, n=9)
    order = np.random.default_rng(0).permutation(9)
    hubs, authorities = np.isin(order, [0, 5, 6]), np.isin(order, [1, 2, 3, 4, 7, 8])
    shuffled = graph[np.ix_(order, order)]
    np.testing.assert_allclose(centrality.hubs(shuffled), hubs / 3**0.5, atol=1e-12)
    np.testing.assert_allclose(centrality.authorities(shuffled), authorities / 6**0.5, atol=1e-12)


@pytest.mark.parametrize("name", ["hubs", "authorities"])
def test_hubs_need_an_edge(name: str, empty: Adjacency) -> None:
    match = rf"^`{name}` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        getattr(centrality, name)(empty)


def test_subgraph_centrality_and_communicability_are_walks(digraph: Adjacency) -> None:
    walks = scipy.linalg.expm(digraph.astype(float))
    for found, expected in (
        (centrality.subgraph_centrality(digraph), walks.diagonal()),
        (centrality.communicability_in(digraph), walks.sum(axis=0)),
        (centrality.communicability_out(digraph), walks.sum(axis=1)),
    ):
        np.testing.assert_allclose(found, np.log(expected), rtol=1e-9, atol=1e-9)


def test_undirected_subgraph_centrality_is_that_of_networkx(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    expected = np.log(by_nodes(nx.subgraph_centrality(nx.from_numpy_array(closure))))
    np.testing.assert_allclose(centrality.subgraph_centrality(closure), expected, atol=1e-9)


def test_dense_graphs_do_not_overflow() -> None:
    graph = ~np.eye(900, dtype=bool)  # exp(899) is beyond a float
    found = centrality.communicability_out(graph)
    np.testing.assert_allclose(found, 899, rtol=1e-12)
    np.testing.assert_allclose(centrality.subgraph_centrality(graph), 899 - np.log(900), rtol=1e-9)


def test_walks_apart_from_a_huge_component_are_counted() -> None:
    # e^1199 beside a node alone, and a mutual pair whose walks are cosh 1 and e.
    graph = np.zeros((1203, 1203), dtype=bool)
    graph[:1200, :1200] = ~np.eye(1200, dtype=bool)
    graph[1201, 1202] = graph[1202, 1201] = True
    topology = Topology.of(graph)
    pair = np.log(np.cosh(1))
    subgraph = centrality.subgraph_centrality(topology)
    np.testing.assert_allclose(subgraph[-4:], [1199 - np.log(1200), 0, pair, pair], rtol=1e-9)
    for name in ("communicability_in", "communicability_out"):
        walks = getattr(centrality, name)(topology)
        np.testing.assert_allclose(walks[-4:], [1199, 0, 1, 1], rtol=1e-9, atol=1e-12)


def test_no_walk_is_exactly_none() -> None:
    graph = np.triu(np.random.default_rng(0).random((64, 64)) < 0.2, k=1)
    assert centrality.subgraph_centrality(graph).tolist() == [0] * 64
    assert centrality.communicability_out(graph)[-1] == 0
