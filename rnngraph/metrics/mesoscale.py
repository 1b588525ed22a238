"""Cores: which nodes hold together at the centre, and which hang on at the rim."""

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._summary import need_edges
from rnngraph.metrics._topology import Counts, Floats, Topology


def core_number(adjacency: object) -> Floats:
    """Largest k such that a node is in the k-core, by in-degree + out-degree: an integer >= 0.

    In a k-core every node has k edges or more to and from others of it.

    Source: Seidman (1983), Social Networks 5, 269-287, on total degree.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return Topology.of(adjacency).core_numbers.astype(np.float64)


def core_periphery_fit(adjacency: object) -> float:
    """Correlation of the graph, direction dropped, with the best core and periphery: in [-1, 1].

    The ideal has every edge within the core and from it, and none in the periphery. The core is
    the nodes of the largest degrees, equal degrees together, that correlate best.

    Source: Borgatti & Everett (2000), Social Networks 21, 375-395 (the discrete model); the search
    by degree as in Lip (2011), arXiv:1102.5511.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No two nodes of different degree are left for core and periphery.
    """
    return _core_periphery("core_periphery_fit", Topology.of(adjacency).undirected)[0]


def core_periphery_core_fraction(adjacency: object) -> float:
    """Share of the nodes in the core that `core_periphery_fit` finds: unitless, in (0, 1).

    Source: Borgatti & Everett (2000), Social Networks 21, 375-395; see `core_periphery_fit`.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No two nodes of different degree are left for core and periphery.
    """
    return _core_periphery("core_periphery_core_fraction", Topology.of(adjacency).undirected)[1]


def core_periphery_coreness(adjacency: object) -> float:
    """How far edges exceed their mean in the best core, less in its periphery: in [0, 2).

    (sum over pairs in the core of A_ij - p, less that over pairs in the periphery) / m, with
    p = m / n^2; the sums are linear in the choice of each node, so the best core is exactly the
    nodes of more than the mean total degree.

    Source: Rubinov, Ypma, Watson & Bullmore (2015), PNAS 112, 10032-10037, with their gamma = 1;
    directed.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No edges.
    """
    graph = Topology.of(adjacency)
    need_edges("core_periphery_coreness", graph)
    return coreness(graph.in_degree + graph.out_degree)


def coreness(strength: Floats | Counts) -> float:
    """Sum over the nodes above the mean of how far their share of the strength is, twice."""
    share = strength / strength.sum()
    return float(2 * np.maximum(share - 1 / len(share), 0).sum())


def _core_periphery(metric: str, graph: Topology) -> tuple[float, float]:
    """The best correlation and its core's share; of equal ones that with the smaller core."""
    n, degree = graph.n_nodes, graph.out_degree
    n_pairs, m = n * (n - 1), graph.n_edges
    best: tuple[float, float] | None = None
    for least in np.unique(degree)[:0:-1]:
        core = degree >= least
        size = int(core.sum())
        rim = n - size
        filled = n_pairs - rim * (rim - 1)  # ordered pairs that the ideal joins
        inside = m - int(graph.edges[np.ix_(~core, ~core)].sum())
        spread = m * (n_pairs - m) * filled * (n_pairs - filled)
        if not spread:
            continue
        fit = (n_pairs * inside - m * filled) / float(spread) ** 0.5
        if best is None or fit > best[0]:
            best = fit, size / n
    if best is None:
        raise UndefinedMetricError(
            f"`{metric}` needs nodes of different degrees, at least 2 of them at the rim; "
            f"got {len(np.unique(degree))} distinct degrees of {n} nodes."
        )
    return best
