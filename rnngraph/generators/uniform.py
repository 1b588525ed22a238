"""All pairs alike: the Erdos-Renyi graph."""

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


def erdos_renyi(
    n: int, p: float | None = None, *, directed: bool = True, m: int | None = None, rng: RNG
) -> Adjacency:
    """Sample an Erdos-Renyi graph: every pair of nodes is joined alike, no self-loops.

    With `p`, each pair is an edge with that probability; with `m`, every graph with m edges is
    equally likely, which is the law of the first given its number of edges.

    Source: Gilbert (1959), Ann. Math. Statist. 30, 1141-1144 (p); Erdos & Renyi (1959), Publ.
    Math. Debrecen 6, 290-297 (m); here on ordered pairs unless `directed` is False.

    Args:
        n: Number of nodes, at least 1.
        p: Probability of each pair, in [0, 1]; give `p` or `m`.
        directed: Whether i -> j and j -> i are drawn apart.
        m: Exact number of directed edges, in [0, n(n-1)]; even if undirected.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or not exactly one of `p` and `m`.
    """
    n = check_int("n", n, 1)
    check_bool("directed", directed)
    check_one_given(p=p, m=m)
    gen = generator(rng)
    cells = pair_cells(n, directed=directed)
    if m is None:
        chosen = cells[gen.random(len(cells)) < check_real("p", p, 0, 1)]
    else:
        edges = check_edge_count(m, 0, n * (n - 1), directed=directed)
        size = edges if directed else edges // 2
        chosen = gen.choice(cells, size, replace=False, shuffle=False)
    return graph_of_cells(n, np.asarray(chosen), directed=directed)
