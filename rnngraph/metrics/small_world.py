"""Small worlds: clustered like a lattice, short like a random graph; against graphs given."""

from collections.abc import Iterable

import numpy as np

from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._population import read
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.paths import mean_path_length
from rnngraph.metrics.triangles import transitivity
from rnngraph.metrics.weighted._graph import WeightAs, WeightedGraph
from rnngraph.metrics.weighted.clustering import weighted_transitivity
from rnngraph.metrics.weighted.paths import weighted_mean_path_length


def small_world_sigma(
    adjacency: object, randoms: Iterable[object], *, weight_as: WeightAs | None = None
) -> float:
    """(C / C_random) / (L / L_random): unitless, >= 0, above 1 in a small world.

    C is the directed transitivity, L the mean path length over reachable pairs; of the random
    graphs their means. With `weight_as` C is `weighted_transitivity`, of strengths, and L is
    `weighted_mean_path_length`; equal weights change nothing.

    Source: Humphries & Gurney (2008), PLoS ONE 3, e0002051.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        randoms: At least 1 graph of the same degrees, such as `rnngraph.nulls.null_graphs` makes.
        weight_as: Read all graphs by `as_weights`, where a weight is a "strength" or a "length",
            1 / strength; None: edges alone.

    Raises:
        InputError: No random graph; with `weight_as` a negative weight.
        UndefinedMetricError: A graph without paths or connected triples, or no random triangle.
    """
    c, length = _measured("small_world_sigma", adjacency, "adjacency", weight_as)
    c_random, l_random = _measured("small_world_sigma", randoms, "randoms", weight_as)
    _need_clustering("small_world_sigma", c_random, "random")
    return (c / c_random) / (length / l_random)


def small_world_omega(
    adjacency: object,
    randoms: Iterable[object],
    lattices: Iterable[object],
    *,
    weight_as: WeightAs | None = None,
) -> float:
    """L_random / L - C / C_lattice: about in [-1, 1], near 0 in a small world.

    Negative: like a lattice; positive: like a random graph. C and L as in `small_world_sigma`.

    Source: Telesford, Joyce, Hayasaka, Burdette & Laurienti (2011), Brain Connect. 1, 367-375.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        randoms: At least 1 random graph of the same degrees.
        lattices: At least 1 lattice of the same degrees, such as `latticise` makes.
        weight_as: Read all graphs by `as_weights`, where a weight is a "strength" or a "length",
            1 / strength; None: edges alone.

    Raises:
        InputError: No random graph or no lattice; with `weight_as` a negative weight.
        UndefinedMetricError: A graph without paths or connected triples, or no lattice triangle.
    """
    c, length = _measured("small_world_omega", adjacency, "adjacency", weight_as)
    _, l_random = _measured("small_world_omega", randoms, "randoms", weight_as)
    c_lattice, _ = _measured("small_world_omega", lattices, "lattices", weight_as)
    _need_clustering("small_world_omega", c_lattice, "lattice")
    return l_random / length - c / c_lattice


def small_world_propensity(
    adjacency: object,
    randoms: Iterable[object],
    lattices: Iterable[object],
    *,
    weight_as: WeightAs | None = None,
) -> float:
    """1 - sqrt((d_C^2 + d_L^2) / 2): unitless, in [0, 1], above 0.6 in a strong small world.

    d_C is how far clustering falls short of the lattice's, (C_lattice - C) / (C_lattice -
    C_random), and d_L how far paths are longer than random ones, (L - L_random) / (L_lattice -
    L_random), each kept to [0, 1]. C and L as in `small_world_sigma`.

    Source: Muldoon, Bridgeford & Bassett (2016), Sci. Rep. 6, 22057, for weights too; here for
    digraphs, and with the transitivity where they have the mean of local clustering. Their weighted
    lattice has its strongest edges nearest, as `rnngraph.nulls.latticise_weights` makes it.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        randoms: At least 1 random graph of the same degrees.
        lattices: At least 1 lattice of the same degrees, such as `latticise` makes.
        weight_as: Read all graphs by `as_weights`, where a weight is a "strength" or a "length",
            1 / strength; None: edges alone.

    Raises:
        InputError: No random graph or no lattice; with `weight_as` a negative weight.
        UndefinedMetricError: A graph without paths or connected triples, or lattices and random
            graphs that do not differ.
    """
    c, length = _measured("small_world_propensity", adjacency, "adjacency", weight_as)
    c_random, l_random = _measured("small_world_propensity", randoms, "randoms", weight_as)
    c_lattice, l_lattice = _measured("small_world_propensity", lattices, "lattices", weight_as)
    if c_lattice == c_random or l_lattice == l_random:
        raise UndefinedMetricError(
            "`small_world_propensity` needs lattices and random graphs that differ; got clustering "
            f"{c_lattice:g} and {c_random:g}, path lengths {l_lattice:g} and {l_random:g}."
        )
    off = np.clip(
        [(c_lattice - c) / (c_lattice - c_random), (length - l_random) / (l_lattice - l_random)],
        0,
        1,
    )
    return float(1 - np.sqrt((off**2).mean()))


def _measured(
    metric: str, graphs: object, name: str, weight_as: WeightAs | None
) -> tuple[float, float]:
    """Mean clustering and mean path length of one graph, or of several."""
    found: list[Topology | WeightedGraph] = list(
        read(graphs, Topology.of if weight_as is None else WeightedGraph.of, name)
    )
    if not found:
        raise InputError(f"`{name}` must hold at least 1 graph; got none.")
    try:
        clustering, length = np.mean([_of_one(graph, weight_as) for graph in found], axis=0)
    except UndefinedMetricError as error:
        rest = str(error).partition("` needs ")[2]
        raise UndefinedMetricError(f"`{metric}` needs {rest}") from None
    return float(clustering), float(length)


def _of_one(graph: Topology | WeightedGraph, weight_as: WeightAs | None) -> tuple[float, float]:
    if weight_as is None or isinstance(graph, Topology):
        return transitivity(graph), mean_path_length(graph)
    length = weighted_mean_path_length(graph, weight_as=weight_as)
    strength = graph.weights
    if weight_as == "length":
        strength = np.divide(1, strength, out=np.zeros_like(strength), where=graph.edges)
    return weighted_transitivity(strength), length


def _need_clustering(metric: str, clustering: float, kind: str) -> None:
    if not clustering:
        raise UndefinedMetricError(f"`{metric}` needs a triangle in a {kind} graph; got none.")
