"""Path metrics of a population as batched matrix products, on whatever device its tensor is.

Brandes' algorithm level by level: the paths that come to a new node in d steps are the product of
those of d - 1 steps with the adjacency. Exact in float64, and no graph leaves the device: only "is
any pair left" is asked of it, once a level. Imported only when torch and a tensor are there.
"""

from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor

from rnngraph._check import check_int
from rnngraph.errors import InputError
from rnngraph.graphs.matrix import as_plain_tensor, check_tensor


def path_metrics(graphs: Tensor, *, max_bytes: int = 2**30) -> dict[str, Tensor]:
    """Measure the path metrics of K graphs of one size.

    Source: Brandes (2001), J. Math. Sociol. 25, 163-177; the metrics are those of the same names in
    METRICS.

    Args:
        graphs: Shape (K, n, n), rows = source, of any layout: every entry but 0 is an edge;
            self-loops are ignored.
        max_bytes: Memory to work in, about; graphs are taken in chunks that fit.

    Returns:
        Name -> shape (K,), float64, on the device of `graphs`; NaN where a metric does not exist.

    Raises:
        InputError: Not of shape (K, n, n) with n >= 1, without values, not boolean or real, or not
            finite.
    """
    check_tensor(graphs, "graphs")
    if not isinstance(graphs, Tensor) or graphs.ndim != 3 or graphs.shape[1] != graphs.shape[2]:
        shape = tuple(graphs.shape) if isinstance(graphs, Tensor) else type(graphs).__name__
        raise InputError(f"`graphs` must be a tensor of shape (K, n, n); got {shape}.")
    if graphs.shape[1] < 1:
        raise InputError("`graphs` must have at least 1 node; got 0.")
    graphs = as_plain_tensor(graphs, "graphs")
    if graphs.is_complex() or not _all_finite(graphs):
        raise InputError(f"`graphs` must hold booleans or finite numbers; got {graphs.dtype}.")
    check_int("max_bytes", max_bytes, 1)
    n = graphs.shape[1]
    step = max(1, max_bytes // (10 * 8 * n * n))  # about ten float64 matrices a graph are alive
    parts = [_measure(chunk) for chunk in graphs.split(step)] or [_measure(graphs)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _all_finite(graphs: Tensor) -> bool:
    """Whether torch can compute with the values, and none is infinite or NaN."""
    try:
        # Torch does not know of every float of one byte which of its values are finite.
        small = graphs.is_floating_point() and graphs.element_size() == 1
        return bool((graphs.float() if small else graphs).isfinite().all())
    except (RuntimeError, TypeError):
        return False


@cache
def names() -> tuple[str, ...]:
    """Names of the metrics that `path_metrics` returns."""
    return tuple(_measure(torch.ones(1, 2, 2)))


def _measure(masks: Tensor) -> dict[str, Tensor]:
    n = masks.shape[1]
    edges = (masks != 0).double()
    edges.diagonal(dim1=1, dim2=2).zero_()
    distance, counts, levels = _forward(edges)
    reachable = (distance > 0).double()  # of the ordered pairs i != j
    inverse = torch.where(distance > 0, 1 / distance, 0)
    found: dict[str, Tensor] = {}

    reached = reachable.sum(dim=(1, 2))
    found["mean_path_length"] = distance.sum(dim=(1, 2)) / reached
    farthest = distance.amax(dim=2)
    no_path = reached == 0
    found["diameter"] = torch.where(no_path, torch.nan, farthest.amax(dim=1))
    least = torch.where(farthest > 0, farthest, torch.inf).amin(dim=1)
    found["radius"] = torch.where(no_path, torch.nan, least)
    reaching = torch.where(farthest > 0, farthest, torch.nan)
    found |= _summaries("eccentricity", reaching, ("mean", "var", "std"))
    pairs = n * (n - 1)
    nothing = torch.full_like(reached, torch.nan)
    found["harmonic_diameter"] = torch.where(no_path, torch.nan, pairs / inverse.sum(dim=(1, 2)))
    found["reachable_fraction"] = reached / pairs if pairs else nothing
    found["global_efficiency"] = inverse.sum(dim=(1, 2)) / pairs if pairs else nothing
    for side, dim in (("in", 1), ("out", 2)):
        r = reachable.sum(dim=dim)
        closeness = torch.where(r > 0, r * r / (distance.sum(dim=dim) * max(1, n - 1)), 0)
        harmonic = inverse.sum(dim=dim) / max(1, n - 1)
        if n == 1:
            closeness = harmonic = torch.full_like(r, torch.nan)
        found |= _summaries(f"closeness_{side}", closeness, ("mean", "var", "std", "max"))
        found |= _summaries(f"harmonic_{side}", harmonic, ("var", "std", "max"))

    of_nodes, of_edges = _backward(edges, distance, counts, levels)
    of_nodes = of_nodes / max(1, (n - 1) * (n - 2))
    found |= _summaries("betweenness", of_nodes, ("mean", "var", "std", "max"))
    of_edges = torch.where(edges > 0, of_edges / max(1, pairs), torch.nan).flatten(1)
    found |= _summaries("edge_betweenness", of_edges, ("mean", "var", "std", "max"))
    return found


def _forward(edges: Tensor) -> tuple[Tensor, Tensor, int]:
    """Distance (0 where there is no path) and number of shortest paths of each pair; the levels."""
    n = edges.shape[1]
    counts = torch.eye(n, dtype=edges.dtype, device=edges.device).expand_as(edges).clone()
    distance = torch.zeros_like(edges)
    frontier = counts
    for level in range(1, n):
        # Row i: paths from i that come to a node not seen before.
        frontier = torch.where(counts == 0, frontier @ edges, 0)
        if not bool(frontier.any()):
            return distance, counts, level - 1
        distance += level * (frontier > 0)
        counts += frontier
    return distance, counts, n - 1


def _backward(
    edges: Tensor, distance: Tensor, counts: Tensor, levels: int
) -> tuple[Tensor, Tensor]:
    """Pairs whose shortest paths pass each node, and use each edge, by share."""
    depend = torch.zeros_like(edges)  # row i: of paths from i, on each node
    of_edges = torch.zeros_like(edges)
    for level in range(levels, 0, -1):
        below = torch.where(distance == level, (1 + depend) / counts, 0)
        above = torch.where(distance == level - 1, counts, 0)
        if level == 1:
            above = torch.eye(edges.shape[1], dtype=edges.dtype, device=edges.device)
            above = above.expand_as(edges)
        of_edges += edges * (above.mT @ below)
        if level > 1:
            depend += above * (below @ edges.mT)
    return depend.sum(dim=1), of_edges


def _summaries(name: str, values: Tensor, wanted: tuple[str, ...]) -> dict[str, Tensor]:
    return {f"{name}_{suffix}": value for suffix, value in _statistics(values) if suffix in wanted}


def _statistics(values: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Statistics over the last dimension of the values that are not NaN."""
    known = ~values.isnan()
    n = known.sum(dim=1)
    mean = torch.where(known, values, 0).sum(dim=1) / n
    off = torch.where(known, values - mean[:, None], 0)
    var = torch.where(n > 1, (off**2).sum(dim=1) / (n - 1), torch.nan)
    most = torch.where(known, values, -torch.inf).amax(dim=1)
    yield from (("mean", mean), ("var", var), ("std", var.sqrt()))
    yield "max", torch.where(n > 0, most, torch.nan)
