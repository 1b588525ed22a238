"""One graph and what its metrics share, so that a whole profile computes each part once.

Each part comes from the compiled core, or from its reference twin: igraph, numpy and scipy.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnngraph import _native
from rnngraph._types import Adjacency
from rnngraph.graphs import as_adjacency, to_igraph
from rnngraph.metrics import _reference
from rnngraph.metrics._population import read_one

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Topology:
    """A graph without its self-loops; every metric starts with `Topology.of(adjacency)`.

    Attributes:
        edges: Shape (n, n), rows = source, the diagonal is False.
        n_self_loops: How many self-loops the graph had.
        native: Whether its parts come from the compiled core.
    """

    edges: Adjacency
    n_self_loops: int
    native: bool
    _parts: dict[Callable[["Topology"], Any], Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, graph: object, *, native: bool = _native.core is not None) -> "Topology":
        """Read any graph that `as_adjacency` takes; a Topology passes through with its parts."""
        if isinstance(graph, Topology):
            return graph
        edges = read_one(graph, as_adjacency, "adjacency")
        n_self_loops = int(edges.diagonal().sum())
        np.fill_diagonal(edges, False)
        return cls(edges, n_self_loops, native)

    def part(self, make: Callable[["Topology"], Part]) -> Part:
        """What `make` returns for this graph, made once: for what one file's metrics share."""
        if make not in self._parts:
            self._parts[make] = make(self)
        found: Part = self._parts[make]
        return found

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
        return Topology(self.edges | self.edges.T, self.n_self_loops, self.native)

    @cached_property
    def core(self) -> Any:  # noqa: ANN401 - a class of the extension module
        """The graph as the compiled core holds it."""
        return _native.core.Graph(self.edges.view(np.uint8))

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
    def paths(self) -> "Paths":
        """Sums over the shortest paths that leave and enter each node."""
        if self.native:
            return Paths(**self.core.paths(counts=False, threads=1))
        return Paths(**_reference.paths(self.distances, self.reachable))

    @cached_property
    def strong_components(self) -> Counts:
        """Label of the strongly connected component of each node."""
        if self.native:
            return np.asarray(self.core.strong_components())
        return np.array(self.igraph.connected_components(mode="strong").membership)

    @cached_property
    def weak_components(self) -> Counts:
        """Label of the component of each node when direction is dropped."""
        if self.native:
            return np.asarray(self.core.weak_components())
        return np.array(self.igraph.connected_components(mode="weak").membership)

    @cached_property
    def _counted(self) -> tuple[Floats, Floats]:
        if self.native:
            parts = self.core.paths(counts=True, threads=1)
            return parts["betweenness"], parts["edge_betweenness"]
        graph = self.igraph
        return np.array(graph.betweenness()), np.array(graph.edge_betweenness(), dtype=np.float64)

    @property
    def betweenness(self) -> Floats:
        """Share-weighted count of the ordered pairs whose shortest paths pass each node."""
        return self._counted[0]

    @property
    def edge_betweenness(self) -> Floats:
        """The same count for each edge, in row-major order of `edges`."""
        return self._counted[1]

    @cached_property
    def triangles(self) -> "Triangles":
        """Directed triangles through each node."""
        if self.native:
            parts = self.core.triads()
            return Triangles(**{kind: parts[kind] for kind in ("cycle", "middleman", "in_", "out")})
        return Triangles(**_reference.triangles(self.edges))

    @cached_property
    def triad_census(self) -> Counts:
        """How many of the triads are of each of the 16 types, in networkx's order."""
        if self.native:
            return np.asarray(self.core.triads()["census"])
        return _reference.triad_census(self.edges)

    @cached_property
    def core_numbers(self) -> Counts:
        """Largest k such that each node is in the k-core, by in-degree + out-degree."""
        if self.native:
            return np.asarray(self.core.core_numbers())
        return np.array(self.igraph.coreness(mode="all"), dtype=np.int64)

    @cached_property
    def pagerank(self) -> Floats:
        """PageRank with damping 0.85."""
        if self.native:
            return np.asarray(self.core.pagerank())
        return np.array(self.igraph.pagerank(damping=0.85), dtype=np.float64)

    @cached_property
    def perron(self) -> tuple[float, Floats]:
        """Spectral radius and eigenvector centrality by the core; inf, empty where it has none."""
        radius, vector = self.core.spectral_radius()
        return radius, vector

    @cached_property
    def communities(self) -> Counts:
        """Label of each node's community by Louvain's method, 0..k-1 in order of first node."""
        if self.native:
            return np.asarray(self.core.communities())
        return _reference.communities(self.edges)


@dataclass(frozen=True, eq=False, kw_only=True)
class Paths:
    """Sums over the ordered pairs i != j with a path i -> j; "out" runs over j, "in" over i.

    Attributes:
        reached_out: Shape (n,): how many nodes each node reaches.
        reached_in: Shape (n,): how many reach it.
        total_out: Shape (n,): sum of the distances to them.
        total_in: Shape (n,): sum of the distances from them.
        inverse_out: Shape (n,): sum of 1 / distance.
        inverse_in: Shape (n,): sum of 1 / distance.
        eccentricity: Shape (n,): the longest distance from each node, 0 if it reaches none.
        lengths: Number of pairs at each distance, 0, 1, ..., diameter; 0 at distance 0.
    """

    reached_out: Counts
    reached_in: Counts
    total_out: Counts
    total_in: Counts
    inverse_out: Floats
    inverse_in: Floats
    eccentricity: Counts
    lengths: Counts


@dataclass(frozen=True, eq=False, kw_only=True)
class Triangles:
    """Fagiolo's directed triangles through each node i, shape (n,) each.

    Attributes:
        cycle: i -> j -> k -> i.
        middleman: j -> i -> k, with j -> k.
        in_: Both edges of i enter it.
        out: Both leave it.
    """

    cycle: Counts
    middleman: Counts
    in_: Counts
    out: Counts
