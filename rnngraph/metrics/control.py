"""How far a network can be steered from few of its units, when a signal flows along the edges.

The linear network x(t+1) = A^T x(t) + input, with A scaled so that it decays: divided by 1 + its
largest singular value (Gu et al. 2015). An RNN is not linear; these say what its wiring allows.
"""

import numpy as np
import scipy.linalg
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from rnngraph.metrics._topology import Floats, Topology
from rnngraph.metrics.spectral import spectral_norm


def n_driver_nodes(adjacency: object) -> float:
    """Fewest nodes whose inputs control the network for nearly all weights: an integer in [1, n].

    max(1, n - matching), with a largest set of edges that share no source and no target.

    Source: Liu, Slotine & Barabasi (2011), Nature 473, 167-173.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    matched = maximum_bipartite_matching(csr_array(graph.edges), perm_type="column")
    return float(max(1, graph.n_nodes - int((matched >= 0).sum())))


def driver_node_fraction(adjacency: object) -> float:
    """Share of the nodes that have to be driven, n_driver_nodes / n: unitless, in [1/n, 1].

    Source: Liu, Slotine & Barabasi (2011), Nature 473, 167-173.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    graph = Topology.of(adjacency)
    return n_driver_nodes(graph) / graph.n_nodes


def average_controllability(adjacency: object) -> Floats:
    """Energy, over all times, of the response to a unit impulse into each node: unitless, >= 1.

    The trace of the controllability Gramian with input to that node alone.

    Source: Gu et al. (2015), Nat. Commun. 6, 8414.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).part(_responses).diagonal().copy()


def modal_controllability(adjacency: object) -> Floats:
    """How well a node reaches the modes that decay fast, direction dropped: unitless, in [0, 1].

    sum_k (1 - lambda_k^2) v_ik^2 over the modes of the undirected closure, scaled like A. On a
    digraph the modes are not orthogonal, the sum depends on how they are chosen, and there is no
    measure of this kind that all agree on.

    Source: Gu et al. (2015), Nat. Commun. 6, 8414, for undirected networks.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return mode_shares(_scaled(Topology.of(adjacency).undirected))


def gramian_trace(adjacency: object) -> float:
    """Mean energy of the response to a unit impulse into a node: unitless, >= 1.

    The trace of the controllability Gramian with input to every node, over n; the mean of
    average_controllability.

    Source: Gu et al. (2015), Nat. Commun. 6, 8414; Kailath (1980), Linear Systems, section 9.2.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return float(average_controllability(adjacency).mean())


def mode_shares(scaled: Floats) -> Floats:
    """sum_k (1 - lambda_k^2) v_ik^2 over the modes of a symmetric matrix that decays."""
    values, modes = np.linalg.eigh(scaled)
    return np.asarray(modes**2 @ (1 - values**2))


def impulse_responses(scaled: Floats) -> Floats:
    """Sum over t of A^t (A^T)^t: its diagonal has the energy of each node's impulse response."""
    # Not as a Kronecker product, which scipy takes for small n: that is n^2 equations at once.
    return np.asarray(
        scipy.linalg.solve_discrete_lyapunov(scaled, np.eye(len(scaled)), method="bilinear")
    )


def _scaled(graph: Topology) -> Floats:
    return np.asarray(graph.edges / (1 + spectral_norm(graph)))


def _responses(graph: Topology) -> Floats:
    return impulse_responses(_scaled(graph))
