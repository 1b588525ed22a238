"""Random graph families and null models: one function, one law, one source.

Every family is `f(n, ..., *, m=None, rng)` and can be asked for an exact number `m` of directed
edges, so that families compare at equal nodes and edges; undirected families give symmetric
matrices and need an even `m`. Every null model is `f(adjacency, *, rng)`. No family makes
self-loops, and null models leave those of their input in place.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rnngraph._types import Adjacency
from rnngraph.generators.blocks import hierarchical_modular, stochastic_block
from rnngraph.generators.degrees import configuration_model, random_regular
from rnngraph.generators.geometric import random_geometric
from rnngraph.generators.lattice import complete, ring_lattice
from rnngraph.generators.null_models import acyclic_twin, erdos_renyi_like, latticise
from rnngraph.generators.rewire import rewire
from rnngraph.generators.scale_free import barabasi_albert, scale_free
from rnngraph.generators.small_world import directed_small_world, watts_strogatz
from rnngraph.generators.uniform import erdos_renyi

GENERATORS: Final[Mapping[str, Callable[..., Adjacency]]] = MappingProxyType(
    {
        f.__name__: f
        for f in (
            erdos_renyi,
            watts_strogatz,
            directed_small_world,
            barabasi_albert,
            scale_free,
            stochastic_block,
            hierarchical_modular,
            random_geometric,
            random_regular,
            ring_lattice,
            configuration_model,
            complete,
        )
    }
)
"""The random graph families by name."""

NULL_MODELS: Final[Mapping[str, Callable[..., Adjacency]]] = MappingProxyType(
    {f.__name__: f for f in (rewire, latticise, erdos_renyi_like, acyclic_twin)}
)
"""The null models by name."""

__all__ = [
    "GENERATORS",
    "NULL_MODELS",
    "acyclic_twin",
    "barabasi_albert",
    "complete",
    "configuration_model",
    "directed_small_world",
    "erdos_renyi",
    "erdos_renyi_like",
    "hierarchical_modular",
    "latticise",
    "random_geometric",
    "random_regular",
    "rewire",
    "ring_lattice",
    "scale_free",
    "stochastic_block",
    "watts_strogatz",
]
