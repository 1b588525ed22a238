"""Which nodes walks along the edges come to and start from: ranks and eigenvectors.

Inward measures (PageRank, Katz, eigenvector, authorities) make a node central that central nodes
point to; outward ones (hubs) a node that points to them.
"""

import numpy as np
import scipy.linalg

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics.spectral import spectral_radius

_TOLERANCE = 1e-13


def pagerank(adjacency: object) -> Floats:
    """PageRank of each node, damping 0.85: unitless, in (0, 1], with the sum 1.

    A node without out-edges passes its rank to all nodes alike.

    Source: Brin & Page (1998), Computer Networks 30, 107-117.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).pagerank


def katz(adjacency: object) -> Floats:
    """Katz centrality, x = alpha A^T x + 1, of unit length: unitless, in (0, 1].

    The sum of alpha^k over all walks of k edges that end in a node. alpha is 0.85 over the
    spectral radius, so that long walks count alike in all graphs; without cycles the radius is 0,
    the walks are finite, and alpha is 0.85.

    Source: Katz (1953), Psychometrika 18, 39-43; alpha relative to the radius.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    radius = spectral_radius(graph)
    alpha = 0.85 / radius if radius else 0.85
    n = graph.n_nodes
    walks = np.linalg.solve(np.eye(n) - alpha * graph.edges.T, np.ones(n))
    return np.asarray(walks / np.linalg.norm(walks))


def eigenvector(adjacency: object) -> Floats:
    """Eigenvector centrality, the Perron vector of A^T, of unit length: unitless, in [0, 1].

    Where the Perron root belongs to several strong components it is the vector that walks from all
    nodes alike come to; nodes that no such walk reaches have 0.

    Source: Bonacich (1972), J. Math. Sociol. 2, 113-120; on digraphs along incoming edges.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No cycle, so that every eigenvalue is 0; or no vector is approached.
    """
    graph = Topology.of(adjacency)
    radius = spectral_radius(graph)
    if not radius:
        raise UndefinedMetricError("`eigenvector` needs a cycle; got a graph without one.")
    if graph.native and len(vector := graph.perron[1]):
        return vector
    return _dominant("eigenvector", graph.edges.T.astype(np.float64) + np.eye(graph.n_nodes))


def hubs(adjacency: object) -> Floats:
    """Hub scores, x = A A^T x, of unit length: unitless, in [0, 1].

    A hub points to authorities. The limit from equal scores, where several vectors would do.

    Source: Kleinberg (1999), J. ACM 46, 604-632.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("hubs", graph)
    a = graph.edges.astype(np.float64)
    return _leading(a @ a.T)


def authorities(adjacency: object) -> Floats:
    """Authority scores, x = A^T A x, of unit length: unitless, in [0, 1].

    Hubs point to an authority. The limit from equal scores, where several vectors would do.

    Source: Kleinberg (1999), J. ACM 46, 604-632.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("authorities", graph)
    a = graph.edges.astype(np.float64)
    return _leading(a.T @ a)


def subgraph_centrality(adjacency: object) -> Floats:
    """Natural logarithm of the closed walks from each node, ln (exp A)_ii: unitless, >= 0.

    Walks of k edges count 1 / k!. The logarithm keeps dense graphs within what a float can hold.

    Source: Estrada & Rodriguez-Velazquez (2005), Phys. Rev. E 71, 056103; directed walks.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    exponential, scale = Topology.of(adjacency).part(_exponential)
    return np.asarray(np.log(np.maximum(exponential.diagonal(), np.exp(-scale))) + scale)


def communicability_in(adjacency: object) -> Floats:
    """Logarithm of the walks that end in each node, ln sum_j (exp A)_ji: unitless, >= 0.

    Walks of k edges count 1 / k!.

    Source: Benzi & Klymko (2013), J. Complex Netw. 1, 124-149 (total communicability).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    exponential, scale = Topology.of(adjacency).part(_exponential)
    return np.asarray(np.log(exponential.sum(axis=0)) + scale)


def communicability_out(adjacency: object) -> Floats:
    """Logarithm of the walks that start in each node, ln sum_j (exp A)_ij: unitless, >= 0.

    Walks of k edges count 1 / k!.

    Source: Benzi & Klymko (2013), J. Complex Netw. 1, 124-149 (total communicability).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    exponential, scale = Topology.of(adjacency).part(_exponential)
    return np.asarray(np.log(exponential.sum(axis=1)) + scale)


def _exponential(graph: Topology) -> tuple[Floats, float]:
    """exp(A) e^-s and s: the radius, beyond what a float can hold."""
    scale = max(0.0, spectral_radius(graph) - 300)
    a = graph.edges.astype(np.float64) - scale * np.eye(graph.n_nodes)
    return np.asarray(scipy.linalg.expm(a)), scale


def _leading(symmetric: Floats) -> Floats:
    """Projection of equal scores onto the eigenspace of the largest eigenvalue, of length 1."""
    values, vectors = np.linalg.eigh(symmetric)
    space = vectors[:, values > values[-1] * (1 - 1e-9)]
    scores = space @ space.sum(axis=0)
    scores = np.where(np.abs(scores) < 1e-12 * np.abs(scores).max(), 0, scores)
    return np.asarray(scores / np.linalg.norm(scores))


def _dominant(metric: str, matrix: Floats) -> Floats:
    """Limit of the power iteration from equal scores, of length 1; `matrix` has no negative entry.

    By repeated squaring: 2^k steps cost k products, so slow convergence is affordable.
    """
    vector = np.full(len(matrix), len(matrix) ** -0.5)
    power = matrix / matrix.sum()
    for _ in range(60):
        following = power @ vector
        following /= np.linalg.norm(following)
        if np.abs(following - vector).max() < _TOLERANCE:
            return np.where(following < 1e-12, 0, following)
        vector = following
        power = power @ power
        power /= power.max()
    raise UndefinedMetricError(
        f"`{metric}` needs scores that walks come to; got scores that change after 2^60 steps."
    )
