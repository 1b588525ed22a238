"""One graph and what its metrics share, so that a whole profile computes each part once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency
from rnngraph.graphs import as_adjacency, to_igraph

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Topology:
    """A graph without its self-loops; every metric starts with `Topology.of(adjacency)`.

    Attributes:
        edges: Shape (n, n), rows = source, the diagonal is False.
        n_self_loops: How many self-loops the graph had.
    """

    edges: Adjacency
    n_self_loops: int

    @classmethod
    def of(cls, graph: object) -> "Topology":
        """Read any graph that `as_adjacency` takes; a Topology passes through with its parts."""
        if isinstance(graph, Topology):
            return graph
        edges = as_adjacency(graph)
        n_self_loops = int(edges.diagonal().sum())
        np.fill_diagonal(edges, False)
        return cls(edges, n_self_loops)

    @cached_property
    def n_nodes(self) -> int:
        return len(self.edges)

    @cached_property
    def n_edges(self) -> int:
        return int(self.edges.sum())

    @cached_property
    def out_degree(self) -> Counts:
        return np.asarray(self.edges.sum(axis=1), dtype=np.int64)

    @cached_property
    def in_degree(self) -> Counts:
        return np.asarray(self.edges.sum(axis=0), dtype=np.int64)

    @cached_property
    def n_mutual(self) -> Counts:
        """Neighbours joined to each node in both directions."""
        return np.asarray((self.edges & self.edges.T).sum(axis=1), dtype=np.int64)

    @cached_property
    def undirected(self) -> "Topology":
        """The undirected closure: both directions of every edge."""
        return Topology(self.edges | self.edges.T, self.n_self_loops)

    @cached_property
    def igraph(self) -> Any:  # noqa: ANN401 - igraph ships no types
        return to_igraph(self.edges)

    @cached_property
    def distances(self) -> Floats:
        """Edges on a shortest path i -> j: 0 on the diagonal, inf where there is none."""
        return np.array(self.igraph.distances(), dtype=np.float64)

    @cached_property
    def reachable(self) -> Adjacency:
        """Ordered pairs i != j with a path i -> j."""
        return np.isfinite(self.distances) & ~np.eye(self.n_nodes, dtype=bool)

    @cached_property
    def inverse_distances(self) -> Floats:
        """1 / distance of the ordered pairs i != j, 0 where there is no path."""
        return np.divide(
            1.0, self.distances, out=np.zeros_like(self.distances), where=self.reachable
        )

    @cached_property
    def strong_components(self) -> Counts:
        """Label of the strongly connected component of each node."""
        return np.array(self.igraph.connected_components(mode="strong").membership)

    @cached_property
    def betweenness(self) -> Floats:
        """Share-weighted count of the ordered pairs whose shortest paths pass each node."""
        return np.array(self.igraph.betweenness(), dtype=np.float64)

    @cached_property
    def edge_betweenness(self) -> Floats:
        """The same count for each edge, in row-major order of `edges`."""
        return np.array(self.igraph.edge_betweenness(), dtype=np.float64)
