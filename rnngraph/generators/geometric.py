"""Random geometric graphs: nodes in the unit square, near ones joined."""

import numpy as np

from rnngraph._check import check_bool, check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.generators._pairs import (
    check_edge_count,
    check_one_given,
    graph_of_cells,
    pair_cells,
)


def random_geometric(
    n: int,
    radius: float | None = None,
    *,
    torus: bool = False,
    m: int | None = None,
    rng: RNG,
) -> Adjacency:
    """Place nodes uniformly in the unit square and join those within `radius`; undirected.

    Source: Penrose (2003), Random Geometric Graphs, Oxford University Press, with the Euclidean
    distance in two dimensions.

    Args:
        n: Number of nodes, at least 1.
        radius: Largest distance of joined nodes, at least 0 in widths of the square; give
            `radius` or `m`.
        torus: Whether opposite sides of the square touch, so that no node is at a border.
        m: Exact number of directed edges, even, in [0, n(n-1)]: the m/2 nearest pairs are joined.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or not exactly one of `radius` and `m`.
    """
    n = check_int("n", n, 1)
    check_bool("torus", torus)
    check_one_given(radius=radius, m=m)
    places = generator(rng).random((n, 2))
    gaps = np.abs(places[:, None] - places[None])
    if torus:
        gaps = np.minimum(gaps, 1 - gaps)
    cells = pair_cells(n, directed=False)
    squared = (gaps**2).sum(axis=2).ravel()[cells]
    if m is None:
        chosen = cells[squared <= check_real("radius", radius, 0) ** 2]
    else:
        links = check_edge_count(m, 0, n * (n - 1), directed=False) // 2
        chosen = cells[np.argsort(squared, kind="stable")[:links]]
    return graph_of_cells(n, chosen, directed=False)
