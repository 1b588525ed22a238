"""Modular graphs: blocks of nodes, and modules within modules."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from rnngraph._check import check_bool, check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.errors import InputError
from rnngraph.generators._bernoulli import bernoulli_graph, bernoulli_graph_given_m
from rnngraph.generators._pairs import check_one_given
from rnngraph.graphs.matrix import as_matrix


def stochastic_block(
    n: int,
    blocks: int | Sequence[int],
    p_in: float | None = None,
    p_out: float | None = None,
    *,
    p: ArrayLike | None = None,
    directed: bool = True,
    m: int | None = None,
    rng: RNG,
) -> Adjacency:
    """Sample a stochastic block model: pairs are joined with a probability by their blocks.

    Blocks hold consecutive nodes: the first block the nodes 0, 1, ...

    Source: Holland, Laskey & Leinhardt (1983), Social Networks 5, 109-137; here on ordered
    pairs unless `directed` is False.

    Args:
        n: Number of nodes, at least 1.
        blocks: Number of blocks, of sizes that differ by at most 1; or their sizes, with sum n.
        p_in: Probability of a pair within a block, in [0, 1].
        p_out: Probability of a pair in two blocks, in [0, 1].
        p: Instead of `p_in` and `p_out`: probabilities of shape (blocks, blocks),
            rows = source block; symmetric if undirected.
        directed: Whether i -> j and j -> i are drawn apart.
        m: Exact number of directed edges; even if undirected. The graph then comes from the
            exact law of the model given m edges, so only the ratios of the odds p / (1 - p)
            matter; m lies between the number of pairs with p = 1 and of those with p > 0.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range; not exactly one of `p` and (`p_in`, `p_out`); or
            `m` out of reach.
    """
    n = check_int("n", n, 1)
    check_bool("directed", directed)
    sizes = _block_sizes(n, blocks)
    table = _block_probabilities(len(sizes), p_in, p_out, p, directed=directed)
    block = np.repeat(np.arange(len(sizes)), sizes)
    values, kind = np.unique(table, return_inverse=True)
    kinds = kind.reshape(table.shape)[block[:, None], block]
    gen = generator(rng)
    if m is None:
        return bernoulli_graph(kinds, values, gen, directed=directed)
    return bernoulli_graph_given_m(kinds, logit(values), m, gen, directed=directed)


def hierarchical_modular(
    n: int,
    levels: int,
    branching: int = 2,
    ratio: float = 0.25,
    p: float | None = None,
    *,
    directed: bool = True,
    m: int | None = None,
    rng: RNG,
) -> Adjacency:
    """Sample a hierarchical modular graph: modules within modules, ever sparser between.

    The nodes are split into `branching` modules of consecutive nodes, each of these again, and
    so on: `branching ** levels` smallest modules. A pair whose smallest common module lies l
    levels above the smallest modules is joined with probability `p * ratio ** l`.

    Source: Sporns (2006), BioSystems 85, 55-64 (fractal connectivity); Kaiser & Hilgetag
    (2010), Front. Neuroinform. 4, 8.

    Args:
        n: Number of nodes, at least 2.
        levels: Number of splits, at least 1, with `branching ** levels` at most n.
        branching: Number of parts of each split, in [2, n].
        ratio: Density one level up divided by density, in [0, 1]; 1 is Erdos-Renyi.
        p: Probability of a pair in one smallest module, in [0, 1]; give `p` or `m`.
        directed: Whether i -> j and j -> i are drawn apart.
        m: Exact number of directed edges, in [0, n(n-1)] if `ratio` > 0; even if undirected.
            Pairs are drawn independently with odds in proportion to `ratio ** l`, given m edges.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or not exactly one of `p` and `m`.
    """
    n = check_int("n", n, 2)
    check_bool("directed", directed)
    branching = check_int("branching", branching, 2, n)
    depth = next(depth for depth in range(1, n) if branching ** (depth + 1) > n)
    levels = check_int("levels", levels, 1, depth)
    leaves = branching**levels
    ratio = check_real("ratio", ratio, 0, 1)
    check_one_given(p=p, m=m)
    leaf = np.repeat(np.arange(leaves), _even_sizes(n, leaves))
    height = np.zeros((n, n), dtype=np.intp)
    for level in range(levels):
        module = leaf // branching**level
        height += module[:, None] != module
    falling = ratio ** np.arange(levels + 1)
    gen = generator(rng)
    if m is None:
        by_height = np.asarray(check_real("p", p, 0, 1) * falling, dtype=np.float64)
        return bernoulli_graph(height, by_height, gen, directed=directed)
    with np.errstate(divide="ignore"):  # ratio = 0: no edge between modules, log odds -inf
        log_odds = np.log(falling)
    return bernoulli_graph_given_m(height, log_odds, m, gen, directed=directed)


def _even_sizes(n: int, parts: int) -> NDArray[np.intp]:
    return np.diff(np.arange(parts + 1) * n // parts)


def _block_sizes(n: int, blocks: int | Sequence[int]) -> NDArray[np.intp]:
    if not isinstance(blocks, Sequence | np.ndarray):
        return _even_sizes(n, check_int("blocks", blocks, 1, n))
    sizes = np.array([check_int("blocks", size, 0) for size in blocks], dtype=np.intp)
    if sizes.sum() != n:
        raise InputError(
            f"`blocks` must have sizes that sum to n = {n}; got {sizes.tolist()} with sum "
            f"{sizes.sum()}."
        )
    return sizes


def _block_probabilities(
    blocks: int,
    p_in: float | None,
    p_out: float | None,
    p: ArrayLike | None,
    *,
    directed: bool,
) -> NDArray[np.float64]:
    if p is None:
        within, between = check_real("p_in", p_in, 0, 1), check_real("p_out", p_out, 0, 1)
        return np.where(np.eye(blocks, dtype=bool), within, between)
    if p_in is not None or p_out is not None:
        raise InputError(
            f"`p` must not come with `p_in` or `p_out`; got p_in={p_in!r}, p_out={p_out!r}."
        )
    table = as_matrix(p, "p").astype(np.float64)
    if table.shape != (blocks, blocks):
        raise InputError(
            f"`p` must have shape ({blocks}, {blocks}), a row and a column a block; got shape "
            f"{table.shape}."
        )
    wrong = table[~((table >= 0) & (table <= 1))]
    if len(wrong):
        raise InputError(f"`p` must hold numbers in [0, 1]; got {wrong[0]}.")
    if not directed and not np.array_equal(table, table.T):
        i, j = np.argwhere(table != table.T)[0]
        raise InputError(
            f"`p` must be symmetric when `directed` is False; got {table[i, j]} at [{i}, {j}] "
            f"and {table[j, i]} at [{j}, {i}]."
        )
    return table
