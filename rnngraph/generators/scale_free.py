"""Growing graphs with preferential attachment."""

from typing import Final

import numpy as np

from rnngraph._check import check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.errors import InputError
from rnngraph.generators._pairs import check_edge_count, check_one_given, pair_cells

_TRIES: Final = 16
"""Draws for an unjoined pair before an edge waits for the end of growth."""


def barabasi_albert(
    n: int, m_attach: int | None = None, *, m: int | None = None, rng: RNG
) -> Adjacency:
    """Sample a Barabasi-Albert graph: undirected, m_attach (n - m_attach) edges, connected.

    Growth starts from a star of m_attach + 1 nodes around node 0. Each further node joins
    m_attach earlier nodes, drawn one after the other in proportion to their degree.

    Source: Barabasi & Albert (1999), Science 286, 509-512; star start as networkx
    `barabasi_albert_graph`.

    Args:
        n: Number of nodes, at least 2.
        m_attach: Edges that each new node brings, in [1, n-1]; give `m_attach` or `m`.
        m: Exact number of directed edges, even, in [2 (n-1), 2 floor(n^2 / 4)]: m_attach is the
            largest that does not exceed m, and nodes drawn at random bring one edge more.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or not exactly one of `m_attach` and `m`.
    """
    n = check_int("n", n, 2)
    check_one_given(m_attach=m_attach, m=m)
    gen = generator(rng)
    extra = 0
    if m is None:
        attach = check_int("m_attach", m_attach, 1, n - 1)
    else:
        links = check_edge_count(m, 2 * (n - 1), 2 * (n * n // 4), directed=False) // 2
        attach = max(each for each in range(1, n // 2 + 1) if each * (n - each) <= links)
        extra = links - attach * (n - attach)
    brought = np.full(n, attach)
    brought[gen.choice(np.arange(attach + 1, n), extra, replace=False)] += 1
    adjacency = np.zeros((n, n), dtype=bool)
    adjacency[0, 1 : attach + 1] = adjacency[1 : attach + 1, 0] = True
    degree = adjacency.sum(axis=0)
    for node in range(attach + 1, n):
        # The smallest of exponential times with rates = degree: draws without replacement.
        times = gen.exponential(size=node) / degree[:node]
        joined = np.argpartition(times, brought[node] - 1)[: brought[node]]
        adjacency[node, joined] = adjacency[joined, node] = True
        degree[joined] += 1
        degree[node] = brought[node]
    return adjacency


def scale_free(
    n: int,
    alpha: float = 0.41,
    beta: float = 0.54,
    gamma: float = 0.05,
    delta_in: float = 0.2,
    delta_out: float = 0.0,
    *,
    m: int | None = None,
    rng: RNG,
) -> Adjacency:
    """Sample a directed scale-free graph with exactly n nodes, grown step by step.

    From the cycle 0 -> 1 -> 2 -> 0, each step adds an edge: from a new node to an old one
    (probability `alpha`), between two old nodes (`beta`), or from an old node to a new one
    (`gamma`). Old sources are drawn in proportion to out-degree + `delta_out`, old targets to
    in-degree + `delta_in`. Parallel edges count while growing and are merged at the end, and
    self-loops removed.

    Source: Bollobas, Borgs, Chayes & Riordan (2003), SODA, 132-139; start and defaults as
    networkx `scale_free_graph`.

    Args:
        n: Number of nodes, at least 3.
        alpha: Probability of an edge from a new node.
        beta: Probability of an edge between old nodes, below 1.
        gamma: Probability of an edge to a new node; the three sum to 1.
        delta_in: Added to every in-degree, at least 0.
        delta_out: Added to every out-degree, at least 0.
        m: Exact number of directed edges, in [n, n(n-1)]. The start and the new nodes bring n
            of them, and m - n steps between old nodes come at random times among the births, so
            `beta` no longer matters. Such a step is drawn anew until it joins an unjoined pair;
            one that fails 16 times waits for the end. There the waiting edges are drawn without
            replacement by the same weights; pairs of weight 0 only when no other is left.
        rng: Seed or Generator.

    Raises:
        InputError: An argument out of range, or probabilities that do not sum to 1.
    """
    n = check_int("n", n, 3)
    alpha, beta, gamma = (
        check_real(name, value, 0, 1)
        for name, value in (("alpha", alpha), ("beta", beta), ("gamma", gamma))
    )
    if abs(alpha + beta + gamma - 1) > 1e-9 or beta == 1:
        raise InputError(
            "`alpha`, `beta` and `gamma` must sum to 1 with `beta` below 1; got "
            f"{alpha}, {beta} and {gamma}."
        )
    delta_in = check_real("delta_in", delta_in, 0)
    delta_out = check_real("delta_out", delta_out, 0)
    gen = generator(rng)
    adjacency = np.zeros((n, n), dtype=bool)
    sources, targets = [0, 1, 2], [1, 2, 0]
    adjacency[sources, targets] = True
    nodes, waiting = 3, 0
    for birth in _births(n, beta, m, gen):
        if birth:
            if gen.random() * (alpha + gamma) < alpha:
                edge = nodes, _pick(targets, delta_in, nodes, gen)
            else:
                edge = _pick(sources, delta_out, nodes, gen), nodes
            nodes += 1
        else:
            for _ in range(1 if m is None else _TRIES):
                source = _pick(sources, delta_out, nodes, gen)
                edge = source, _pick(targets, delta_in, nodes, gen)
                if m is None or (edge[0] != edge[1] and not adjacency[edge]):
                    break
            else:
                waiting += 1
                continue
        adjacency[edge] = True
        sources.append(edge[0])
        targets.append(edge[1])
    np.fill_diagonal(adjacency, False)
    if waiting:
        _join_by_weight(adjacency, waiting, delta_in, delta_out, gen)
    return adjacency


def _births(n: int, beta: float, m: int | None, gen: np.random.Generator) -> list[bool]:
    """Which steps add a node. Given their numbers, all orders of the steps are equally likely."""
    if m is not None:
        olds = check_edge_count(m, n, n * (n - 1), directed=True) - n
        return [step >= olds for step in gen.permutation(n - 3 + olds).tolist()]
    if n == 3:
        return []
    olds = int(gen.negative_binomial(n - 3, 1 - beta))
    # Growth stops at n nodes, so the last step is a birth.
    return [*(step >= olds for step in gen.permutation(n - 4 + olds).tolist()), True]


def _pick(ends: list[int], delta: float, nodes: int, gen: np.random.Generator) -> int:
    """Draw a node in proportion to how often it stands in `ends`, plus `delta`."""
    draw = gen.random() * (len(ends) + delta * nodes)
    if draw < len(ends):
        return ends[int(draw)]
    return min(int((draw - len(ends)) / delta), nodes - 1)


def _join_by_weight(
    adjacency: Adjacency,
    count: int,
    delta_in: float,
    delta_out: float,
    gen: np.random.Generator,
) -> None:
    """Add `count` edges in place, by weights (out-degree + delta) * (in-degree + delta)."""
    cells = pair_cells(len(adjacency), directed=True)
    cells = cells[~adjacency.ravel()[cells]]
    weights = np.outer(adjacency.sum(axis=1) + delta_out, adjacency.sum(axis=0) + delta_in)
    # The smallest of exponential times with rates = weights: draws without replacement. The
    # floor puts the pairs of weight 0 behind all others, in random order.
    times = gen.exponential(size=len(cells)) / np.maximum(weights.ravel()[cells], 1e-100)
    adjacency.ravel()[cells[np.argpartition(times, count - 1)[:count]]] = True
