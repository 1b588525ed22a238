"""Motifs of three nodes with weights: how strong those of each type are, and how even.

Of one motif the intensity is the geometric mean of the weights of its edges, each over the largest
weight of the graph, and the coherence is that over their arithmetic mean: 1 where all are equal.
Motifs are triads as the census has them: all edges among the three nodes count, and the type is
that of all of them. Only strengths have an intensity, whatever `weight_as` says of paths.
"""

from collections.abc import Callable
from itertools import permutations
from typing import Final, NamedTuple

import numpy as np

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._reference import TRIAD_TYPES
from rnngraph.metrics._topology import Counts, Floats
from rnngraph.metrics.census import FORMS
from rnngraph.metrics.weighted._graph import WeightedGraph, unsigned

_TYPES: Final = TRIAD_TYPES[3:]
"""The triads that hang together."""

_BITS: Final = {(0, 1): 1, (1, 0): 2, (0, 2): 4, (2, 0): 8, (1, 2): 16, (2, 1): 32}
"""Edge between two of three nodes -> its bit in the code of their wiring."""


def _intensity(name: str) -> Callable[[object], float]:
    """Build the metric that adds up the intensity of one type of motif."""
    place: Final = _TYPES.index(name)

    def metric(weights: object) -> float:
        return float(_unsigned(weights).part(_motifs).intensity[place])

    metric.__name__ = metric.__qualname__ = f"motif_intensity_{name}"
    metric.__doc__ = f"""Total intensity of the motifs {name}, {FORMS[name]}: in motifs, >= 0.

    Sum over the motifs of the geometric mean of their weights, each over the largest of the graph:
    at most their number `triad_{name}`, which it is where all weights are equal.

    Source: Onnela, Saramaki, Kertesz & Kaski (2005), Phys. Rev. E 71, 065103 (intensity), of the
    types of Holland & Leinhardt (1970), Am. J. Sociol. 76, 492-513.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        InputError: A weight is negative.
    """
    return metric


def _coherence(name: str) -> Callable[[object], float]:
    """Build the metric that averages the coherence of one type of motif."""
    place: Final = _TYPES.index(name)
    column: Final = f"motif_coherence_{name}"

    def metric(weights: object) -> float:
        motifs = _unsigned(weights).part(_motifs)
        if not motifs.found[place]:
            raise UndefinedMetricError(f"`{column}` needs a motif {FORMS[name]}; got none.")
        return float(motifs.coherence[place] / motifs.found[place])

    metric.__name__ = metric.__qualname__ = column
    metric.__doc__ = f"""Mean coherence of the motifs {name}, {FORMS[name]}: unitless, in (0, 1].

    Mean over the motifs of the geometric over the arithmetic mean of their weights: 1 where the
    edges of each are equally strong, near 0 where one of them is far weaker than the others.

    Source: Onnela, Saramaki, Kertesz & Kaski (2005), Phys. Rev. E 71, 065103 (coherence), of the
    types of Holland & Leinhardt (1970), Am. J. Sociol. 76, 492-513.

    Args:
        weights: Shape (n, n), or any graph that `as_weights` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: No such motif.
        InputError: A weight is negative.
    """
    return metric


motif_intensity_021D = _intensity("021D")
motif_intensity_021U = _intensity("021U")
motif_intensity_021C = _intensity("021C")
motif_intensity_111D = _intensity("111D")
motif_intensity_111U = _intensity("111U")
motif_intensity_030T = _intensity("030T")
motif_intensity_030C = _intensity("030C")
motif_intensity_201 = _intensity("201")
motif_intensity_120D = _intensity("120D")
motif_intensity_120U = _intensity("120U")
motif_intensity_120C = _intensity("120C")
motif_intensity_210 = _intensity("210")
motif_intensity_300 = _intensity("300")

motif_coherence_021D = _coherence("021D")
motif_coherence_021U = _coherence("021U")
motif_coherence_021C = _coherence("021C")
motif_coherence_111D = _coherence("111D")
motif_coherence_111U = _coherence("111U")
motif_coherence_030T = _coherence("030T")
motif_coherence_030C = _coherence("030C")
motif_coherence_201 = _coherence("201")
motif_coherence_120D = _coherence("120D")
motif_coherence_120U = _coherence("120U")
motif_coherence_120C = _coherence("120C")
motif_coherence_210 = _coherence("210")
motif_coherence_300 = _coherence("300")


class _Motifs(NamedTuple):
    """Of each of `_TYPES`: how many motifs, and their summed intensity and coherence."""

    found: Counts
    intensity: Floats
    coherence: Floats


def _motifs(graph: WeightedGraph) -> _Motifs:
    """Meet every motif at a node that is joined to both others, in one pass over the nodes."""
    edges, w = graph.edges, graph.relative
    beside = graph.topology.undirected.edges
    wiring = edges + 2 * edges.T.astype(np.int64)
    joined = edges + edges.T.astype(np.int64)
    # Logarithms, since a product of small weights is 0.
    log = np.log(graph.magnitude, out=np.zeros_like(w), where=edges)
    log[edges] -= np.log(graph.largest or 1.0)
    strength, log = w + w.T, log + log.T
    found = np.zeros(len(_TYPES), dtype=np.int64)
    intensity, coherence = np.zeros(len(_TYPES)), np.zeros(len(_TYPES))
    for i in range(graph.n_nodes):
        near = np.flatnonzero(beside[i])
        first, second = np.triu_indices(len(near), 1)
        j, k = near[first], near[second]
        # One whose three pairs are joined is met at each node: it counts at the first.
        once = (i < j) | ~beside[j, k]
        j, k = j[once], k[once]
        kind = _TYPE_OF[wiring[i, j] + 4 * wiring[i, k] + 16 * wiring[j, k]]
        n = joined[i, j] + joined[i, k] + joined[j, k]
        geometric = np.exp((log[i, j] + log[i, k] + log[j, k]) / n)
        arithmetic = (strength[i, j] + strength[i, k] + strength[j, k]) / n
        found += np.bincount(kind, minlength=len(_TYPES))
        intensity += np.bincount(kind, geometric, len(_TYPES))
        coherence += np.bincount(kind, np.minimum(geometric / arithmetic, 1), len(_TYPES))
    return _Motifs(found, intensity, coherence)


def _edges(form: str) -> list[tuple[str, str]]:
    """The edges that a form such as "i -> j <-> k and i -> k" names."""
    found = []
    for chain in form.split(" and "):
        words = chain.split()
        for here, arrow, there in zip(words[::2], words[1::2], words[2::2], strict=False):
            found += [(here, there)] * arrow.endswith(">") + [(there, here)] * arrow.startswith("<")
    return found


def _types_of_codes() -> Counts:
    """Place in `_TYPES` of each wiring of three nodes; -1 for those that do not hang together."""
    places = np.full(64, -1)
    for place, name in enumerate(_TYPES):
        for order in permutations(range(3)):
            at = dict(zip("ijk", order, strict=True))
            places[sum(_BITS[at[a], at[b]] for a, b in _edges(FORMS[name]))] = place
    return places


_TYPE_OF: Final = _types_of_codes()


def _unsigned(weights: object) -> WeightedGraph:
    return unsigned(weights, "intensity and coherence take no signs")
