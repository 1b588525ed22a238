"""Independent edges whose probability depends on the kind of the pair, free or given m edges."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from rnngraph._types import Adjacency
from rnngraph.generators._pairs import check_edge_count, graph_of_cells, pair_cells


def bernoulli_graph(
    kinds: NDArray[np.intp], p: NDArray[np.float64], gen: np.random.Generator, *, directed: bool
) -> Adjacency:
    """Draw each pair on its own.

    Args:
        kinds: Shape (n, n): the kind of each pair; symmetric if undirected.
        p: Probability of an edge, by kind.
        gen: Source of randomness.
        directed: Whether i -> j and j -> i are drawn apart.
    """
    cells = pair_cells(len(kinds), directed=directed)
    drawn = gen.random(len(cells)) < p[kinds.ravel()[cells]]
    return graph_of_cells(len(kinds), cells[drawn], directed=directed)


def bernoulli_graph_given_m(
    kinds: NDArray[np.intp],
    log_odds: NDArray[np.float64],
    m: object,
    gen: np.random.Generator,
    *,
    directed: bool,
) -> Adjacency:
    """Draw from the exact law of `bernoulli_graph` conditional on `m` edges.

    The law depends on the odds p / (1 - p) of the kinds up to a common factor only.

    Args:
        kinds: Shape (n, n): the kind of each pair; symmetric if undirected.
        log_odds: By kind; inf for edges that are certain, -inf for impossible ones.
        m: Number of directed edges.
        gen: Source of randomness.
        directed: Whether i -> j and j -> i are drawn apart.

    Raises:
        InputError: `m` is odd and the graph undirected, or out of reach of the odds.
    """
    cells = pair_cells(len(kinds), directed=directed)
    kind = kinds.ravel()[cells]
    sizes = np.bincount(kind, minlength=len(log_odds))
    low, high = sizes[log_odds == np.inf].sum(), sizes[log_odds > -np.inf].sum()
    ways = 1 if directed else 2
    edges = check_edge_count(m, ways * int(low), ways * int(high), directed=directed)
    counts = _counts_given_total(sizes, log_odds, edges // ways, gen)
    # In random order, then by kind: the first `counts[kind]` of each kind are a fair sample.
    order = gen.permutation(len(cells))
    order = order[np.argsort(kind[order], kind="stable")]
    rank = np.arange(len(cells)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = cells[order[rank < np.repeat(counts, sizes)]]
    return graph_of_cells(len(kinds), chosen, directed=directed)


def _counts_given_total(
    sizes: NDArray[np.intp], log_odds: NDArray[np.float64], total: int, gen: np.random.Generator
) -> NDArray[np.intp]:
    """Draw how many pairs of each kind are edges, given that `total` are."""
    counts = np.where(log_odds == np.inf, sizes, 0)
    free = np.flatnonzero(np.isfinite(log_odds) & (sizes > 0))
    room, missing = sizes[free], total - int(counts.sum())
    if missing in (0, room.sum()):
        counts[free] = room if missing else 0
        return counts
    if len(free) == 1:
        counts[free] = missing
        return counts
    # A factor on all odds leaves the conditional law alone. With the factor that makes the
    # expected total right, independent draws hit it about once in 2.5 standard deviations.
    bound = float(np.abs(log_odds[free]).max() + np.log(room.sum()) + 1)
    shift = brentq(lambda x: room @ expit(log_odds[free] + x) - missing, -bound, bound)
    p = expit(log_odds[free] + shift)
    batch = 8 + int(3 * np.sqrt(room @ (p * (1 - p))))
    while True:
        draws = gen.binomial(room, p, size=(batch, len(free)))
        hits = np.flatnonzero(draws.sum(axis=1) == missing)
        if len(hits):
            counts[free] = draws[hits[0]]
            return counts
