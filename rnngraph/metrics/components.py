"""Which part of a graph hangs together, and what lies before and behind it."""

import numpy as np
from numpy.typing import NDArray

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.graphs import layer_index
from rnngraph.metrics._topology import Topology


def strongly_connected_fraction(adjacency: object) -> float:
    """Share of the nodes in the largest strongly connected component: in [1/n, 1].

    Source: Tarjan (1972), SIAM J. Comput. 1, 146-160 (the components); its size over n.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return int(np.bincount(graph.strong_components).max()) / graph.n_nodes


def weakly_connected_fraction(adjacency: object) -> float:
    """Share of the nodes in the largest component when direction is dropped: in [1/n, 1].

    Source: Hopcroft & Tarjan (1973), Commun. ACM 16, 372-378 (the components); its size over n.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return int(np.bincount(graph.weak_components).max()) / graph.n_nodes


def is_acyclic(adjacency: object) -> float:
    """Whether no directed cycle exists: 1 (yes) or 0 (no).

    Source: Tarjan (1972), SIAM J. Comput. 1, 146-160: every strong component is one node.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return float(len(np.unique(graph.strong_components)) == graph.n_nodes)


def n_strong_components(adjacency: object) -> float:
    """Number of strongly connected components, single nodes too: an integer in [1, n].

    Source: Tarjan (1972), SIAM J. Comput. 1, 146-160.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).strong_components.max() + 1)


def n_weak_components(adjacency: object) -> float:
    """Number of components when direction is dropped, single nodes too: an integer in [1, n].

    Source: Hopcroft & Tarjan (1973), Commun. ACM 16, 372-378.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(Topology.of(adjacency).weak_components.max() + 1)


def condensation_depth(adjacency: object) -> float:
    """Strong components on the longest path through them: an integer in [1, n].

    How many stages a signal passes that it cannot return to; n_strong_components on a chain, 1
    where the graph is strongly connected or has no edges.

    Source: Harary, Norman & Cartwright (1965), Structural Models, chapter 3 (condensation).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    member = np.eye(graph.strong_components.max() + 1, dtype=bool)[graph.strong_components]
    condensed = member.T @ graph.edges @ member
    np.fill_diagonal(condensed, False)
    return float(layer_index(condensed).max() + 1)


def bowtie_in(adjacency: object) -> float:
    """Share of the nodes that reach the largest strong component, itself aside: in [0, 1).

    That component is the core of the bow-tie; `strongly_connected_fraction` is its share.

    Source: Broder et al. (2000), Computer Networks 33, 309-320.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Several strong components are the largest.
    """
    return _bowtie("bowtie_in", adjacency)["in"]


def bowtie_out(adjacency: object) -> float:
    """Share of the nodes that the largest strong component reaches, itself aside: in [0, 1).

    Source: Broder et al. (2000), Computer Networks 33, 309-320; the core as in `bowtie_in`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Several strong components are the largest.
    """
    return _bowtie("bowtie_out", adjacency)["out"]


def bowtie_tubes(adjacency: object) -> float:
    """Share of the nodes on ways from the bow-tie's in-part to its out-part round it: in [0, 1).

    Source: Broder et al. (2000), Computer Networks 33, 309-320; the core as in `bowtie_in`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Several strong components are the largest.
    """
    return _bowtie("bowtie_tubes", adjacency)["tubes"]


def bowtie_tendrils(adjacency: object) -> float:
    """Share of the nodes that hang on to the bow-tie's in-part or out-part: in [0, 1).

    With them counts what hangs on to the core only against the direction of edges.

    Source: Broder et al. (2000), Computer Networks 33, 309-320; the core as in `bowtie_in`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Several strong components are the largest.
    """
    return _bowtie("bowtie_tendrils", adjacency)["tendrils"]


def bowtie_disconnected(adjacency: object) -> float:
    """Share of the nodes that nothing joins to the largest strong component: in [0, 1).

    Direction dropped.

    Source: Broder et al. (2000), Computer Networks 33, 309-320; the core as in `bowtie_in`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Several strong components are the largest.
    """
    return _bowtie("bowtie_disconnected", adjacency)["disconnected"]


def _bowtie(metric: str, adjacency: object) -> dict[str, float]:
    graph = Topology.of(adjacency)
    sizes = np.bincount(graph.strong_components)
    if (tied := int((sizes == sizes.max()).sum())) > 1:
        raise UndefinedMetricError(
            f"`{metric}` needs one largest strong component; got {tied} of {sizes.max()} nodes."
        )
    core = graph.strong_components == sizes.argmax()
    reached, reaching = _spread(graph.edges, core), _spread(graph.edges.T, core)
    into, out = reaching & ~core, reached & ~core
    joined = graph.weak_components == graph.weak_components[core.argmax()]
    rest = joined & ~core & ~into & ~out
    tubes = rest & _spread(graph.edges, into) & _spread(graph.edges.T, out)
    parts = {"in": into, "out": out, "tubes": tubes, "tendrils": rest & ~tubes}
    return {name: float(part.mean()) for name, part in (parts | {"disconnected": ~joined}).items()}


def _spread(edges: Adjacency, start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Nodes that a path from one of `start` comes to, those included."""
    reached, fresh = start, start
    while fresh.any():
        fresh = edges[fresh].any(axis=0) & ~reached
        reached = reached | fresh
    return reached
