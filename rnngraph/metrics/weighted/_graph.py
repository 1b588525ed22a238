"""One weighted graph and what its metrics share; signs and the meaning of a weight are checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from rnngraph._check import check_choice
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs import as_weights
from rnngraph.metrics._population import read_one
from rnngraph.metrics._summary import EDGE, need
from rnngraph.metrics._topology import Floats, Topology

WeightAs: TypeAlias = Literal["strength", "length"]
Part = TypeVar("Part")

_DENSE: Final = 0.2
"""Share of edges above which Floyd & Warshall's method beats Dijkstra's (measured, n = 1000)."""


@dataclass(frozen=True, eq=False)
class WeightedGraph:
    """A weighted graph without its self-loops; every metric starts with `WeightedGraph.of(x)`.

    Attributes:
        weights: Shape (n, n), rows = source, the diagonal is 0; 0 is no edge.
        n_self_loops: How many self-loops the graph had.
    """

    weights: Weights
    n_self_loops: int
    _parts: dict[object, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, graph: object) -> "WeightedGraph":
        """Read any graph that `as_weights` takes; a WeightedGraph passes through."""
        if isinstance(graph, WeightedGraph):
            return graph
        weights = read_one(graph, as_weights, "weights")
        n_self_loops = int(np.count_nonzero(weights.diagonal()))
        np.fill_diagonal(weights, 0)
        weights += 0.0  # -0 becomes 0: LAPACK tells them apart
        return cls(weights, n_self_loops)

    def part(self, make: Callable[["WeightedGraph"], Part]) -> Part:
        """What `make` returns for this graph, made once."""
        return self.kept(make, lambda: make(self))

    def kept(self, key: object, make: Callable[[], Part]) -> Part:
        """What `make` returns, made once under this key."""
        if key not in self._parts:
            self._parts[key] = make()
        found: Part = self._parts[key]
        return found

    @cached_property
    def n_nodes(self) -> int:
        return len(self.weights)

    @cached_property
    def edges(self) -> Adjacency:
        return np.asarray(self.weights != 0)

    @cached_property
    def n_edges(self) -> int:
        return int(self.edges.sum())

    @cached_property
    def topology(self) -> Topology:
        """The same graph without its weights."""
        return Topology.of(self.edges)

    @cached_property
    def magnitude(self) -> Weights:
        """|w| of every edge."""
        return np.abs(self.weights)

    @cached_property
    def largest(self) -> float:
        """Largest |w|; 0 without edges."""
        return float(self.magnitude.max())

    @cached_property
    def relative(self) -> Weights:
        """Weights over the largest |w|: in [-1, 1]."""
        return self.weights / self.largest if self.largest > 0 else self.weights

    @cached_property
    def undirected(self) -> Weights:
        """Direction dropped: the larger of the two `relative` weights of every pair."""
        return np.maximum(self.relative, self.relative.T)

    def lengths(self, weight_as: WeightAs) -> Weights:
        """Distance along every edge, 0 where there is none; see `WEIGHTED` for `weight_as`.

        Raises:
            InputError: A negative weight, weights too far apart, or an unknown `weight_as`.
        """
        check_choice("weight_as", weight_as, get_args(WeightAs))
        unsigned(self, "path metrics take no signs")
        w = self.weights[self.edges]
        with np.errstate(over="ignore", invalid="ignore"):
            along = 1 / w if weight_as == "strength" else w
            spread = along.max() / along.min() if len(along) else 1.0
        if not np.isfinite([spread, along.sum()]).all():
            raise InputError(
                "`weights` must have lengths, and ratios of lengths, that floating-point numbers "
                f"can hold; got {weight_as}s from {w.min():g} to {w.max():g}."
            )
        lengths = np.zeros_like(self.weights)
        lengths[self.edges] = along
        return lengths

    def distances(self, weight_as: WeightAs) -> Floats:
        """Length of the shortest path i -> j: 0 on the diagonal, inf where there is none."""
        check_choice("weight_as", weight_as, get_args(WeightAs))  # before it is a key
        return self.kept(("distances", weight_as), lambda: _distances(self.lengths(weight_as)))


def _distances(lengths: Weights) -> Floats:
    sparse = csr_array(lengths)
    dense = sparse.nnz > _DENSE * len(lengths) ** 2
    return np.asarray(shortest_path(sparse, method="FW" if dense else "D"))


def need_edges(metric: str, graph: WeightedGraph, least: int = 1) -> None:
    """Raise UndefinedMetricError when fewer than `least` edges join distinct nodes."""
    need(metric, graph.n_edges, least, EDGE)


def unsigned(weights: object, why: str) -> WeightedGraph:
    """Read a graph without negative weights.

    Raises:
        InputError: A weight is negative, or no graph that `as_weights` takes.
    """
    graph = WeightedGraph.of(weights)
    lowest = float(graph.weights.min())
    if lowest < 0:
        raise InputError(
            f"`weights` must be >= 0, since {why}: take np.abs(weights) or split by sign first; "
            f"got {lowest:g}."
        )
    return graph
