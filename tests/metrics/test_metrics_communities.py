import random

import igraph
import networkx as nx
import numpy as np
import pytest

from rnngraph import metrics
from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import communities
from rnngraph.metrics._topology import Topology


def two_cliques() -> Adjacency:
    graph = np.kron(np.eye(2, dtype=bool), ~np.eye(5, dtype=bool))
    graph[0, 5] = graph[0, 6] = True
    return graph


def test_leiden_is_a_modularity_and_rarely_below_louvain(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    peer = nx.from_numpy_array(closure)
    theirs = max(
        nx.community.modularity(peer, nx.community.louvain_communities(peer, seed=seed))
        for seed in range(5)
    )
    assert theirs - 0.02 <= metrics.modularity_leiden(digraph) <= 1


def test_leiden_leaves_the_generators_of_others_alone(digraph: Adjacency) -> None:
    state = random.getstate()
    first = metrics.modularity_leiden(digraph)
    assert random.getstate() == state
    random.seed(5)
    expected = igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist()
    random.seed(5)
    assert metrics.modularity_leiden(digraph) == first
    assert igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist() == expected
    random.setstate(state)


def test_planted_communities_by_hand() -> None:
    graph = two_cliques()
    assert metrics.n_communities(graph) == 2
    # Node 0: 4 of its 6 out-edges stay, 2 leave; all its in-edges come from its own community.
    assert communities.participation_out(graph)[0] == pytest.approx(1 - (4 / 6) ** 2 - (2 / 6) ** 2)
    assert communities.participation_in(graph)[0] == 0
    assert communities.participation_in(graph)[5] == pytest.approx(1 - (4 / 5) ** 2 - (1 / 5) ** 2)
    assert communities.within_module_degree(graph).tolist() == [0] * 10


def test_participation_by_definition(digraph: Adjacency) -> None:
    label = Topology.of(digraph).communities
    for found, edges in (
        (communities.participation_out(digraph), digraph),
        (communities.participation_in(digraph), digraph.T),
    ):
        for node, row in enumerate(edges):
            counts = np.bincount(label[row], minlength=label.max() + 1)
            expected = 1 - ((counts / counts.sum()) ** 2).sum() if row.any() else np.nan
            assert found[node] == pytest.approx(expected, nan_ok=True)


def test_within_module_degree_is_a_z_score(digraph: Adjacency) -> None:
    label = Topology.of(digraph).communities
    found = communities.within_module_degree(digraph)
    for community in np.unique(label):
        members = label == community
        within = (digraph + digraph.T.astype(int))[np.ix_(members, members)].sum(axis=1)
        spread = within.std()
        expected = (within - within.mean()) / spread if spread else 0 * within
        np.testing.assert_allclose(found[members], expected, atol=1e-12)


def test_every_lonely_node_is_a_community(empty: Adjacency) -> None:
    assert metrics.n_communities(empty) == 4


def test_leiden_needs_an_edge(empty: Adjacency) -> None:
    match = r"^`modularity_leiden` needs at least 1 edge between distinct nodes; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.modularity_leiden(empty)


def test_participation_needs_nodes_with_edges(empty: Adjacency) -> None:
    match = r"^`participation_in_mean` needs at least 1 node with an in-edge; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.METRICS["participation_in_mean"](empty)
    match = r"^`participation_out_var` needs at least 2 nodes with an out-edge; got 0\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        metrics.METRICS["participation_out_var"](empty)
