"""Rewiring: a random graph that keeps what every node has of a given one."""

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency, Weights
from rnngraph.generators._swaps import same_degrees, shuffled
from rnngraph.graphs.matrix import as_matrix

_BATCHES = 100
"""Steps in which "strength" places the weights; more come closer and take longer."""


@overload
def rewire(
    adjacency: Adjacency | Weights,
    *,
    rng: RNG,
    preserve: Literal["degree", "reciprocity"] = "degree",
    swaps_per_edge: int = 10,
) -> Adjacency: ...
@overload
def rewire(
    adjacency: Adjacency | Weights,
    *,
    rng: RNG,
    preserve: Literal["sign", "strength"],
    swaps_per_edge: int = 10,
) -> Weights: ...
def rewire(
    adjacency: Adjacency | Weights,
    *,
    rng: RNG,
    preserve: Literal["degree", "reciprocity", "sign", "strength"] = "degree",
    swaps_per_edge: int = 10,
) -> Adjacency | Weights:
    """Rewire a graph at random by swaps of edges: a -> b, c -> d become a -> d, c -> b.

    What each node keeps, exactly:

    - "degree": its in-degree and out-degree. All graphs that keep these tend to be equally
      likely.
    - "reciprocity": its in-degree, out-degree and number of mutual edges.
    - "sign": of real weights, its in- and out-degree of positive and of negative edges. The
      graph keeps its weights, shuffled over the edges of their sign.
    - "strength": as "sign", but the weights are placed so that the strengths of each node (sums
      of the weights coming in and going out, by sign) come close to those given, the closer
      the more edges a node has.

    A symmetric matrix is an undirected graph and stays symmetric. Self-loops stay in place with
    their weights and count in nothing above.

    Source: Maslov & Sneppen (2002), Science 296, 910-913 ("degree"); Milo et al. (2002), Science
    298, 824-827 ("reciprocity"); Rubinov & Sporns (2011), NeuroImage 56, 2068-2079 ("sign" and
    "strength").

    Args:
        adjacency: Shape (n, n), rows = source; booleans, or real weights where 0 is no edge.
        rng: Seed or Generator.
        preserve: What to keep.
        swaps_per_edge: Proposed swaps per edge, at least 1; per absent edge where these are
            fewer. Proposals that would break a rule are dropped.

    Returns:
        Booleans for "degree" and "reciprocity", real weights for "sign" and "strength".

    Raises:
        InputError: Not a square matrix of booleans or finite numbers, an unknown `preserve`, or
            `swaps_per_edge` below 1.
    """
    matrix = as_matrix(adjacency, "adjacency")
    check_choice("preserve", preserve, ("degree", "reciprocity", "sign", "strength"))
    swaps = check_int("swaps_per_edge", swaps_per_edge, 1)
    gen = generator(rng)
    if preserve in ("sign", "strength"):
        return _rewired_weights(
            matrix.astype(np.float64), swaps, gen, by_strength=preserve == "strength"
        )
    edges = matrix.astype(bool)
    if preserve == "degree":
        rewired = same_degrees(edges, swaps, gen, directed=not np.array_equal(edges, edges.T))
    else:
        # Kinds: 0 apart, 1 there, 2 back, 3 mutual; so seen from the other end 1 and 2 change.
        kinds = shuffled(edges + 2 * edges.T.astype(np.int8), swaps, gen, tie=(0, 2, 1, 3))
        rewired = (kinds == 1) | (kinds == 3)
    return np.asarray(rewired | np.diag(np.diag(edges)))


def _rewired_weights(
    weights: Weights, swaps: int, gen: np.random.Generator, *, by_strength: bool
) -> Weights:
    directed = not np.array_equal(weights, weights.T)
    old = (weights > 0) + 2 * (weights < 0).astype(np.int8)
    np.fill_diagonal(old, -1)
    new = shuffled(old, swaps, gen, tie=None if directed else (0, 1, 2))
    rewired = np.diag(np.diag(weights))
    for kind, sign in ((1, 1), (2, -1)):
        layer = np.where(old == kind, np.abs(weights), 0)
        once, edges = layer, new == kind
        if not directed:
            once, edges = np.triu(layer), np.triu(edges)
        values = once[once > 0]
        sources, targets = np.nonzero(edges)
        if by_strength:
            strengths = layer.sum(axis=1), layer.sum(axis=0)
            placed = _by_strength(values, sources, targets, *strengths, gen, directed=directed)
        else:
            placed = gen.permutation(values)
        rewired[sources, targets] = sign * placed
        if not directed:
            rewired[targets, sources] = sign * placed
    return rewired


def _by_strength(
    values: NDArray[np.float64],
    sources: NDArray[np.intp],
    targets: NDArray[np.intp],
    outgoing: NDArray[np.float64],
    incoming: NDArray[np.float64],
    gen: np.random.Generator,
    *,
    directed: bool,
) -> NDArray[np.float64]:
    """Order `values` by edge: larger ones between nodes that still lack more strength."""
    lacks_out, lacks_in = outgoing.copy(), incoming.copy()
    placed = np.empty(len(values))
    values, edges = np.sort(values), np.arange(len(values))
    batch = -(-len(values) // _BATCHES)
    while len(edges):
        expected = (
            np.maximum(lacks_out, 0)[sources[edges]] * np.maximum(lacks_in, 0)[targets[edges]]
        )
        edges = edges[np.argsort(expected, kind="stable")]
        ranks = gen.choice(len(edges), min(batch, len(edges)), replace=False)
        i, j, value = sources[edges[ranks]], targets[edges[ranks]], values[ranks]
        placed[edges[ranks]] = value
        np.subtract.at(lacks_out, i, value)
        np.subtract.at(lacks_in, j, value)
        if not directed:
            np.subtract.at(lacks_out, j, value)
            np.subtract.at(lacks_in, i, value)
        values, edges = np.delete(values, ranks), np.delete(edges, ranks)
    return placed
