"""The same work by other libraries, each starting at a boolean mask, one thread.

`paths`: eccentricity, diameter, mean path length, closeness, efficiency, node and edge betweenness.
`full`: these, and degree, clustering, transitivity, assortativity, k-core, PageRank, eigenvector
centrality, and Louvain or Leiden, whichever is faster there. `distances`: paths without
betweenness. What a library lacks it is not asked for: `MISSING` says so, in its favour. So is
networkx's part in `full`: one pass for all that hangs on distances. `by function` calls a function
of networkx for each metric, as igraph's are called; `all columns` those for all that ours returns.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import igraph
import networkit
import networkx as nx
import numpy as np
import rustworkx
from sets import Mask

MISSING = {
    "rustworkx": "no clustering, assortativity, communities",
    "networkit": "eigenvector centrality left out: it does not return on some digraphs",
}


def _pairs(mask: Mask) -> list[tuple[int, int]]:
    sources, targets = np.nonzero(mask)
    return list(zip(sources.tolist(), targets.tolist(), strict=True))


def igraph_distances(mask: Mask) -> Any:
    graph = igraph.Graph(len(mask), _pairs(mask), directed=True)
    graph.eccentricity(mode="out")
    graph.diameter()
    graph.average_path_length()
    graph.closeness(mode="in")
    np.array(graph.distances())
    return graph


def igraph_paths(mask: Mask) -> Any:
    graph = igraph_distances(mask)
    graph.betweenness()
    graph.edge_betweenness()
    return graph


def igraph_full(mask: Mask) -> Any:
    graph = igraph_paths(mask)
    graph.degree(mode="in")
    graph.degree(mode="out")
    undirected = graph.as_undirected(mode="collapse")
    undirected.transitivity_local_undirected(mode="zero")
    undirected.transitivity_undirected()
    graph.assortativity_degree()
    graph.coreness(mode="all")
    graph.pagerank()
    if graph.ecount():
        undirected.community_leiden("modularity")
        with contextlib.suppress(igraph.InternalError):  # ARPACK gives up on some graphs
            graph.eigenvector_centrality()
    return graph


def networkx_paths(mask: Mask) -> Any:
    graph = nx.from_numpy_array(mask, create_using=nx.DiGraph)
    lengths = dict(nx.all_pairs_shortest_path_length(graph))  # all of the distances come from it
    [max(row.values()) for row in lengths.values()]
    nx.closeness_centrality(graph)
    nx.betweenness_centrality(graph)
    nx.edge_betweenness_centrality(graph)
    return graph


def networkx_full(mask: Mask) -> Any:
    graph = networkx_paths(mask)
    dict(graph.in_degree), dict(graph.out_degree)
    nx.clustering(graph)
    nx.transitivity(graph.to_undirected())
    nx.degree_assortativity_coefficient(graph)
    nx.core_number(graph)
    nx.pagerank(graph)
    nx.eigenvector_centrality_numpy(graph)
    nx.community.louvain_communities(graph, seed=0)
    return graph


def networkx_by_function(mask: Mask) -> Any:
    # The one pass stays: efficiency, for which networkx has nothing directed, comes from it, as it
    # does from igraph's distances.
    graph = networkx_full(mask)
    with contextlib.suppress(nx.NetworkXError):  # not of a digraph that is not strongly connected
        nx.eccentricity(graph)
        nx.diameter(graph)
        nx.average_shortest_path_length(graph)
    nx.harmonic_centrality(graph)
    return graph


def networkx_all_columns(mask: Mask) -> Any:
    graph = networkx_by_function(mask)
    reverse = graph.reverse()
    nx.closeness_centrality(reverse)
    nx.harmonic_centrality(reverse)
    for x, y in (("in", "in"), ("in", "out"), ("out", "in")):
        nx.degree_assortativity_coefficient(graph, x=x, y=y)
    nx.overall_reciprocity(graph)
    nx.triadic_census(graph)
    list(nx.strongly_connected_components(graph))
    list(nx.weakly_connected_components(graph))
    return graph


def rustworkx_paths(mask: Mask) -> Any:
    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(len(mask)))
    graph.add_edges_from_no_data(_pairs(mask))
    distances = np.asarray(rustworkx.digraph_distance_matrix(graph, parallel_threshold=10**9))
    distances.max(axis=1)
    rustworkx.closeness_centrality(graph, parallel_threshold=10**9)
    rustworkx.betweenness_centrality(graph, parallel_threshold=10**9)
    rustworkx.edge_betweenness_centrality(graph, parallel_threshold=10**9)
    return graph


def rustworkx_full(mask: Mask) -> Any:
    graph = rustworkx_paths(mask)
    rustworkx.transitivity(graph)
    rustworkx.core_number(graph)
    rustworkx.pagerank(graph)
    rustworkx.hits(graph)
    return graph


def networkit_paths(mask: Mask) -> Any:
    sources, targets = np.nonzero(mask)
    graph = networkit.Graph(len(mask), directed=True)
    for source, target in zip(sources.tolist(), targets.tolist(), strict=True):
        graph.addEdge(source, target)
    distances = np.array(networkit.distance.APSP(graph).run().getDistances())
    distances.max(axis=1)
    betweenness = networkit.centrality.Betweenness(graph, computeEdgeCentrality=False)
    betweenness.run().scores()
    graph.indexEdges()
    networkit.centrality.Betweenness(graph, computeEdgeCentrality=True).run().edgeScores()
    return graph


def networkit_full(mask: Mask) -> Any:
    graph = networkit_paths(mask)
    undirected = networkit.graphtools.toUndirected(graph)
    undirected.removeMultiEdges()
    networkit.centrality.LocalClusteringCoefficient(undirected).run().scores()
    networkit.globals.ClusteringCoefficient.exactGlobal(undirected)
    networkit.centrality.CoreDecomposition(undirected).run().scores()
    networkit.centrality.PageRank(graph, tol=1e-10).run().scores()
    networkit.community.PLM(undirected).run()
    return graph


TASKS: Mapping[str, Mapping[str, Callable[[Mask], Any]]] = {
    "distances": {"igraph": igraph_distances},
    "paths": {
        "igraph": igraph_paths,
        "networkx": networkx_paths,
        "rustworkx": rustworkx_paths,
        "networkit": networkit_paths,
    },
    "full": {
        "igraph": igraph_full,
        "networkx": networkx_full,
        "rustworkx": rustworkx_full,
        "networkit": networkit_full,
    },
    "full, by function": {"networkx": networkx_by_function},
    "full, all columns": {"networkx": networkx_all_columns},
}


def agree(mask: Mask) -> None:
    """Check, before anything is timed, that the peers measure what we do."""
    import rnngraph as rg

    ours = rg.profile(mask, nodes=True)
    graph = igraph.Graph(len(mask), _pairs(mask), directed=True)
    n = len(mask)
    scale = (n - 1) * (n - 2)
    theirs = {
        "igraph": np.array(graph.betweenness()) / scale,
        "networkx": np.array(
            list(
                nx.betweenness_centrality(
                    nx.from_numpy_array(mask, create_using=nx.DiGraph)
                ).values()
            )
        ),
    }
    for name, scores in theirs.items():
        np.testing.assert_allclose(ours.nodes["betweenness"], scores, atol=1e-12, err_msg=name)
    edges = np.array(graph.edge_betweenness()) / (n * (n - 1))
    np.testing.assert_allclose(ours.edges["edge_betweenness"], edges, atol=1e-12)
    np.testing.assert_allclose(ours.nodes["pagerank"], graph.pagerank(), atol=1e-9)
