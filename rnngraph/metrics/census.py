"""The triad census: how many of all sets of three nodes are wired in each of the 16 ways.

A name gives the mutual, asymmetric and null pairs of the triad, then its form: Down, Up, Cyclic
or Transitive (Davis & Leinhardt 1972). The 16 counts sum to n(n-1)(n-2)/6.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rnngraph.metrics._reference import TRIAD_TYPES
from rnngraph.metrics._topology import Topology

FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "003": "no edge",
        "012": "i -> j and a node apart",
        "102": "i <-> j and a node apart",
        "021D": "i <- j -> k",
        "021U": "i -> j <- k",
        "021C": "i -> j -> k",
        "111D": "i <-> j <- k",
        "111U": "i <-> j -> k",
        "030T": "i -> j -> k and i -> k",
        "030C": "i -> j -> k -> i",
        "201": "i <-> j <-> k",
        "120D": "i <- j -> k and i <-> k",
        "120U": "i -> j <- k and i <-> k",
        "120C": "i -> j -> k and i <-> k",
        "210": "i <-> j <-> k and i -> k",
        "300": "i <-> j <-> k and i <-> k",
    }
)
"""Name of a triad -> its edges."""


def _counter(name: str) -> Callable[[object], float]:
    """Build the metric that counts one type of triad."""
    place: Final = TRIAD_TYPES.index(name)

    def metric(adjacency: object) -> float:
        return float(Topology.of(adjacency).triad_census[place])

    metric.__name__ = metric.__qualname__ = f"triad_{name}"
    metric.__doc__ = f"""Number of triads {name}, {FORMS[name]}: an integer in [0, n(n-1)(n-2)/6].

    Source: Holland & Leinhardt (1970), Am. J. Sociol. 76, 492-513 (the types); Moody (1998),
    Social Networks 20, 291-299 (counts from matrix products).

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.
    """
    return metric


triad_003 = _counter("003")
triad_012 = _counter("012")
triad_102 = _counter("102")
triad_021D = _counter("021D")
triad_021U = _counter("021U")
triad_021C = _counter("021C")
triad_111D = _counter("111D")
triad_111U = _counter("111U")
triad_030T = _counter("030T")
triad_030C = _counter("030C")
triad_201 = _counter("201")
triad_120D = _counter("120D")
triad_120U = _counter("120U")
triad_120C = _counter("120C")
triad_210 = _counter("210")
triad_300 = _counter("300")
