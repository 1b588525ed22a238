"""What the compiled core measures of a chunk of graphs in one pass."""

from collections.abc import Sequence

import numpy as np

from rnngraph import _native
from rnngraph.metrics._population import Chunk
from rnngraph.metrics._topology import Floats


def core_columns() -> list[tuple[str, int]]:
    """Name of each column of the core and what it has to compute for it; none if not built."""
    return [] if _native.core is None else list(_native.core.columns())


def by_core(chunk: Chunk, places: Sequence[int], threads: int) -> tuple[Floats, Floats]:
    """Measure the columns at `places`: shape (K, len(places)), and the numbers of edges (K,).

    NaN where a metric does not exist, inf where the core leaves its value open.
    """
    available = core_columns()
    groups = 0
    for place in places:
        groups |= available[place][1]
    table = _native.core.profile(chunk.masks, chunk.sizes, groups, threads)
    n_edges = [name for name, _ in available].index("n_edges")
    return np.asarray(table[:, list(places)], dtype=np.float64), np.asarray(table[:, n_edges])
