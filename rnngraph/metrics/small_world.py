"""Small worlds: clustered like a lattice, short like a random graph; against graphs given."""

from collections.abc import Sequence

import numpy as np

from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.paths import mean_path_length
from rnngraph.metrics.triangles import transitivity


def small_world_sigma(adjacency: object, randoms: Sequence[object]) -> float:
    """(C / C_random) / (L / L_random): unitless, >= 0, above 1 in a small world.

    C is the directed transitivity, L the mean path length over reachable pairs; of the random
    graphs their means.

    Source: Humphries & Gurney (2008), PLoS ONE 3, e0002051.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        randoms: At least 1 graph of the same degrees, such as `rnngraph.nulls.null_graphs` makes.

    Raises:
        InputError: No random graph.
        UndefinedMetricError: A graph without paths or connected triples, or no random triangle.
    """
    c, length = _measured("small_world_sigma", [adjacency], "randoms")
    c_random, l_random = _measured("small_world_sigma", randoms, "randoms")
    _need_clustering("small_world_sigma", c_random, "random")
    return (c / c_random) / (length / l_random)


def small_world_omega(
    adjacency: object, randoms: Sequence[object], lattices: Sequence[object]
) -> float:
    """L_random / L - C / C_lattice: about in [-1, 1], near 0 in a small world.

    Negative: like a lattice; positive: like a random graph. C and L as in `small_world_sigma`.

    Source: Telesford, Joyce, Hayasaka, Burdette & Laurienti (2011), Brain Connect. 1, 367-375.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        randoms: At least 1 random graph of the same degrees.
        lattices: At least 1 lattice of the same degrees, such as `latticise` makes.

    Raises:
        InputError: No random graph or no lattice.
        UndefinedMetricError: A graph without paths or connected triples, or no lattice triangle.
    """
    c, length = _measured("small_world_omega", [adjacency], "randoms")
    _, l_random = _measured("small_world_omega", randoms, "randoms")
    c_lattice, _ = _measured("small_world_omega", lattices, "lattices")
    _need_clustering("small_world_omega", c_lattice, "lattice")
    return l_random / length - c / c_lattice


def small_world_propensity(
    adjacency: object, randoms: Sequence[object], lattices: Sequence[object]
) -> float:
    """1 - sqrt((d_C^2 + d_L^2) / 2): unitless, in [0, 1], above 0.6 in a strong small world.

    d_C is how far clustering falls short of the lattice's, (C_lattice - C) / (C_lattice -
    C_random), and d_L how far paths are longer than random ones, (L - L_random) / (L_lattice -
    L_random), each kept to [0, 1]. C and L as in `small_world_sigma`.

    Source: Muldoon, Bridgeford & Bassett (2016), Sci. Rep. 6, 22057; here for digraphs.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
        randoms: At least 1 random graph of the same degrees.
        lattices: At least 1 lattice of the same degrees, such as `latticise` makes.

    Raises:
        InputError: No random graph or no lattice.
        UndefinedMetricError: A graph without paths or connected triples, or lattices and random
            graphs that do not differ.
    """
    c, length = _measured("small_world_propensity", [adjacency], "randoms")
    c_random, l_random = _measured("small_world_propensity", randoms, "randoms")
    c_lattice, l_lattice = _measured("small_world_propensity", lattices, "lattices")
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


def _measured(metric: str, graphs: Sequence[object], name: str) -> tuple[float, float]:
    """Mean clustering and mean path length."""
    if not len(graphs):
        raise InputError(f"`{name}` must hold at least 1 graph; got none.")
    topologies = [Topology.of(graph) for graph in graphs]
    try:
        clustering = np.mean([transitivity(graph) for graph in topologies])
        length = np.mean([mean_path_length(graph) for graph in topologies])
    except UndefinedMetricError as error:
        rest = str(error).partition("` needs ")[2]
        raise UndefinedMetricError(f"`{metric}` needs {rest}") from None
    return float(clustering), float(length)


def _need_clustering(metric: str, clustering: float, kind: str) -> None:
    if not clustering:
        raise UndefinedMetricError(f"`{metric}` needs a triangle in a {kind} graph; got none.")
