"""What docs/conventions.md says of networkx and igraph in "Where libraries disagree", run."""

import igraph
import networkx as nx
import numpy as np
import pytest

from rnngraph import as_adjacency, metrics, profile, to_igraph, to_networkx
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError

RING = np.roll(np.eye(3, dtype=bool), 1, axis=1)
PATH = np.diag(np.ones(2, dtype=bool), 1)


@pytest.fixture
def digraph() -> Adjacency:
    return np.random.default_rng(3).random((14, 14)) < 0.2


def node_values(graph: Adjacency, name: str) -> np.ndarray:
    return profile(graph, metrics=[name], nodes=True).nodes[name].to_numpy()


def of_networkx(scores: dict[int, float]) -> np.ndarray:
    return np.array([scores[node] for node in sorted(scores)])


def plain(graph: Adjacency) -> Adjacency:
    graph = graph.copy()
    np.fill_diagonal(graph, False)
    return graph


def test_closeness_and_harmonic(digraph: Adjacency) -> None:
    graph = to_networkx(plain(digraph))
    np.testing.assert_allclose(
        node_values(digraph, "closeness_in"), of_networkx(nx.closeness_centrality(graph))
    )
    sums = of_networkx(nx.harmonic_centrality(graph))
    np.testing.assert_allclose(node_values(digraph, "harmonic_in"), sums / 13)
    other = to_igraph(plain(digraph))
    assert other.closeness() == other.closeness(mode="all")
    both = as_adjacency(plain(digraph) | plain(digraph).T)
    np.testing.assert_allclose(other.harmonic_centrality(), node_values(both, "harmonic_in"))
    assert np.isnan(igraph.Graph(2, [], directed=True).closeness()).all()


def test_betweenness(digraph: Adjacency) -> None:
    for graph in (digraph, digraph | digraph.T):
        peer = to_networkx(plain(graph))
        scores = of_networkx(nx.betweenness_centrality(peer))
        np.testing.assert_allclose(node_values(graph, "betweenness"), scores, atol=1e-15)
        counts = to_igraph(plain(graph)).betweenness()
        pairs = 13 * 12 if peer.is_directed() else 13 * 12 / 2
        np.testing.assert_allclose(np.array(counts) / pairs, scores, atol=1e-15)
    undirected = plain(digraph | digraph.T)
    peer = nx.edge_betweenness_centrality(nx.Graph(to_networkx(undirected)))
    ours = profile(undirected, nodes=True).edges
    for row in ours.itertuples():
        pair = (min(row.source, row.target), max(row.source, row.target))
        assert row.edge_betweenness == pytest.approx(peer[pair] / 2)


def test_clustering_and_transitivity(digraph: Adjacency) -> None:
    graph = to_networkx(plain(digraph))
    clustering = of_networkx(nx.clustering(graph.to_directed()))
    np.testing.assert_allclose(node_values(digraph, "local_clustering"), clustering)
    assert metrics.clustering(digraph) == pytest.approx(clustering.mean())
    lone = to_igraph(PATH | PATH.T)
    assert np.isnan(lone.transitivity_local_undirected()).sum() == 2
    assert nx.transitivity(to_networkx(RING)) == 0
    assert metrics.transitivity(RING) == 0.5
    assert to_igraph(RING).transitivity_undirected() == 1


def test_core_numbers_density_and_reciprocity_with_loops(digraph: Adjacency) -> None:
    loops = digraph | np.eye(14, dtype=bool)
    graph, bare = to_networkx(loops), plain(digraph)
    with pytest.raises(nx.NetworkXNotImplemented):
        nx.core_number(graph)
    peer = of_networkx(nx.core_number(to_networkx(bare)))
    np.testing.assert_array_equal(node_values(loops, "core_number"), peer)
    assert max(to_igraph(loops).coreness()) > peer.max()
    m = bare.sum()
    assert nx.density(graph) == pytest.approx((m + 14) / (14 * 13))
    assert to_igraph(loops).density() == pytest.approx((m + 14) / (14 * 13))
    assert to_igraph(loops).density(loops=True) == pytest.approx((m + 14) / 14**2)
    assert metrics.density(loops) == pytest.approx(m / (14 * 13))
    assert metrics.reciprocity(loops) == pytest.approx(to_igraph(loops).reciprocity())
    assert nx.reciprocity(graph) == pytest.approx(metrics.reciprocity(loops) * m / (m + 14))


def test_assortativity(digraph: Adjacency) -> None:
    bare = plain(digraph)
    ours = metrics.assortativity_out_in(digraph)
    assert ours == pytest.approx(nx.degree_assortativity_coefficient(to_networkx(bare)))
    assert ours == pytest.approx(to_igraph(bare).assortativity_degree())


def test_paths_that_are_not_there() -> None:
    with pytest.raises(nx.NetworkXError):
        nx.eccentricity(to_networkx(PATH))
    assert to_igraph(PATH).eccentricity(mode="out") == [2, 1, 0]
    assert to_igraph(PATH).radius(mode="out") == 0
    np.testing.assert_array_equal(node_values(PATH, "eccentricity"), [2, 1, np.nan])
    assert metrics.radius(PATH) == 1
    with pytest.raises(nx.NetworkXNotImplemented):
        nx.global_efficiency(to_networkx(PATH))
    assert metrics.global_efficiency(PATH) == pytest.approx((1 + 1 + 0.5) / 6)


def test_pagerank_and_eigenvectors(digraph: Adjacency) -> None:
    bare = plain(digraph) | np.roll(np.eye(14, dtype=bool), 1, axis=1)  # strongly connected
    graph, other = to_networkx(bare), to_igraph(bare)
    rank = node_values(bare, "pagerank")
    np.testing.assert_allclose(other.pagerank(), rank, rtol=1e-9)
    assert np.abs(of_networkx(nx.pagerank(graph)) - rank).max() < 1e-4
    np.testing.assert_allclose(of_networkx(nx.pagerank(graph, tol=1e-14)), rank, rtol=1e-9)
    weighted = graph.copy()
    nx.set_edge_attributes(weighted, {edge: sum(edge) + 1 for edge in weighted.edges}, "weight")
    assert np.abs(of_networkx(nx.pagerank(weighted)) - rank).max() > 1e-3
    ours = node_values(bare, "eigenvector")
    assert np.linalg.norm(ours) == pytest.approx(1)
    np.testing.assert_allclose(other.eigenvector_centrality(), ours / ours.max(), rtol=1e-6)
    np.testing.assert_allclose(of_networkx(nx.eigenvector_centrality_numpy(graph)), ours, rtol=1e-6)
    with pytest.raises(UndefinedMetricError, match="needs a cycle"):
        metrics.NODES["eigenvector"].values(PATH)
    hubs = of_networkx(nx.hits(graph)[0])
    assert hubs.sum() == pytest.approx(1)
    scores = node_values(bare, "hubs")
    assert np.linalg.norm(scores) == pytest.approx(1)
    np.testing.assert_allclose(hubs, scores / scores.sum(), rtol=1e-6)
    assert max(other.hub_score()) == pytest.approx(1)


def test_katz(digraph: Adjacency) -> None:
    dense = to_networkx(~np.eye(14, dtype=bool))
    with pytest.raises(nx.PowerIterationFailedConvergence):
        nx.katz_centrality(dense)
    alpha = 0.85 / metrics.spectral_radius(digraph)
    peer = nx.katz_centrality_numpy(to_networkx(plain(digraph)), alpha=alpha)
    np.testing.assert_allclose(node_values(digraph, "katz"), of_networkx(peer), rtol=1e-9)


def test_communities(digraph: Adjacency) -> None:
    assert metrics.modularity(digraph) == metrics.modularity(digraph.copy())
    with pytest.raises(ValueError, match="must be undirected"):
        to_igraph(plain(digraph)).community_multilevel()
