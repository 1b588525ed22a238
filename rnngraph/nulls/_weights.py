"""Null models of weights: graphs made at random from a graph whose edges have weights."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias, get_args

import numpy as np

from rnngraph._check import check_choice
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.generators import latticise, rewire
from rnngraph.graphs import as_weights
from rnngraph.metrics._population import read_one
from rnngraph.metrics.weighted import WeightAs

NullModel: TypeAlias = Callable[..., Adjacency | Weights]


def shuffle_weights(weights: object, *, rng: RNG) -> Weights:
    """Shuffle the weights of a graph over its edges, signs with them: no edge comes or goes.

    All orders are equally likely. A symmetric matrix is an undirected graph and stays symmetric.
    Self-loops keep their weights.

    Source: Opsahl, Colizza, Panzarasa & Ramasco (2008), Phys. Rev. Lett. 101, 168702 (weight
    reshuffle).

    Args:
        weights: Any graph that `as_weights` takes.
        rng: Seed or Generator.

    Returns:
        Shape (n, n), rows = source.

    Raises:
        InputError: Not such a graph.
    """
    matrix = read_one(weights, as_weights, "weights")
    directed = not np.array_equal(matrix, matrix.T)
    edges = np.triu(matrix, 1) != 0
    if directed:
        edges = (matrix != 0) & ~np.eye(len(matrix), dtype=bool)
    shuffled = np.diag(np.diag(matrix))
    shuffled[edges] = generator(rng).permutation(matrix[edges])
    if not directed:
        shuffled.T[edges] = shuffled[edges]
    return shuffled


def latticise_weights(weights: object, *, weight_as: WeightAs, rng: RNG) -> Weights:
    """Rewire a weighted graph into a lattice whose strongest edges are the nearest.

    `rnngraph.generators.latticise` places the edges, and keeps every in- and out-degree; the
    weights go to them in order of their length on the ring 0, 1, ..., n-1, equal lengths at random.
    A symmetric matrix is an undirected graph and stays symmetric. Self-loops keep their weights.

    Source: Muldoon, Bridgeford & Bassett (2016), Sci. Rep. 6, 22057 (weighted lattice); Sporns &
    Zwi (2004), Neuroinformatics 2, 145-162 (edges).

    Args:
        weights: Any graph that `as_weights` takes.
        weight_as: Nearest are the largest weights, each a "strength", or the smallest, a "length".
        rng: Seed or Generator.

    Returns:
        Shape (n, n), rows = source.

    Raises:
        InputError: Not such a graph, another `weight_as`, or a negative weight.
    """
    matrix = read_one(weights, as_weights, "weights")
    check_choice("weight_as", weight_as, get_args(WeightAs))
    if matrix.min() < 0:
        raise InputError(
            "`weights` must be >= 0, since no lattice places signs: take np.abs(weights) first; "
            f"got {matrix.min():g}."
        )
    gen = generator(rng)
    directed = not np.array_equal(matrix, matrix.T)
    lattice = latticise(matrix != 0, rng=gen)
    np.fill_diagonal(lattice, False)
    loops = np.diag(np.diag(matrix))
    given = matrix - loops
    if not directed:
        lattice, given = np.triu(lattice), np.triu(given)
    sources, targets = np.nonzero(lattice)
    apart = np.abs(sources - targets)
    apart = np.minimum(apart, len(matrix) - apart)
    near_first = np.lexsort((gen.random(len(apart)), apart))
    strong_first = np.sort(given[given != 0])[:: -1 if weight_as == "strength" else 1]
    placed = np.zeros_like(matrix)
    placed[sources[near_first], targets[near_first]] = strong_first
    return np.asarray(placed + loops if directed else placed + placed.T + loops)


WEIGHTED_NULLS: Final[Mapping[str, NullModel]] = MappingProxyType(
    {
        "rewire": partial(rewire, preserve="sign"),
        "strength": partial(rewire, preserve="strength"),
        "shuffle": shuffle_weights,
    }
)
"""The null models of weights by name.

"rewire" and "strength" keep of each node the in- and out-degree of positive and of negative edges,
and place the graph's weights on the new edges: at random, or so that strengths come close to the
graph's (see `rnngraph.generators.rewire`). "shuffle" keeps the edges and shuffles the weights.
"""
