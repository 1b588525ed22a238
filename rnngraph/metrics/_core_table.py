"""What the compiled core measures of a chunk of graphs in one pass."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from rnngraph import _native
from rnngraph.metrics._population import Chunk
from rnngraph.metrics._topology import Floats


class CoreColumn(NamedTuple):
    """A column of the core: its place, and a bit for each thing to be computed for it."""

    place: int
    groups: int


def core_columns() -> Mapping[str, CoreColumn]:
    """Columns of the core by name; none if it was not built."""
    return {} if _native.core is None else _columns()


@cache
def _columns() -> Mapping[str, CoreColumn]:
    columns = _native.core.columns()
    return {name: CoreColumn(place, groups) for place, (name, groups) in enumerate(columns)}


def by_core(chunk: Chunk, wanted: Sequence[CoreColumn], threads: int) -> tuple[Floats, Floats]:
    """Measure the columns that are wanted, shape (K, len(wanted)), and the numbers of edges (K,).

    NaN where a metric does not exist, inf where the core leaves its value open.
    """
    groups = 0
    for column in wanted:
        groups |= column.groups
    table = _native.core.profile(chunk.masks, chunk.sizes, groups, threads)
    places = [column.place for column in wanted]
    return np.asarray(table[:, places]), np.asarray(table[:, _columns()["n_edges"].place])
