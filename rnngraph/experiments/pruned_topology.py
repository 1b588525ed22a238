"""What structure pruning leaves: the remaining graph against random ones of as many edges.

The remaining graph joins unit i to unit j where some gate of j still reads i. A null graph has the
same edges at random places, so that neither the number of weights nor how many gates share an edge
tells it apart. z is in standard deviations of the null graphs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._rng import stream
from rnngraph._types import RNG, Adjacency
from rnngraph.nulls import null_zscores

if TYPE_CHECKING:
    from rnngraph.masks import LayeredMask

_LOOPS: Final = "self_loop_fraction"
_METRICS: Final = (
    "in_degree_gini",
    "out_degree_gini",
    "reciprocity",
    "clustering",
    "modularity",
    "spectral_radius",
    "global_efficiency",
)
TOPOLOGY: Final = (_LOOPS, *_METRICS)
"""The metrics: units that read themselves, hubs, pairs that read each other, triangles, groups, the
growth of walks, and how near units are to each other. The number of edges decides none of them. Of
what it nearly decides, such as which units reach which, random graphs have hardly any spread.
"""


@dataclass(frozen=True, eq=False)
class Remaining:
    """A graph that pruning left.

    Attributes:
        adjacency: Shape (n, n), rows = source.
        blocks: Places, bool of the same shape, within each of which a null graph moves edges.
        loops: Whether an edge could be a self-loop.
    """

    adjacency: Adjacency
    blocks: tuple[NDArray[np.bool_], ...]
    loops: bool

    def null(self, _: Adjacency, *, rng: RNG) -> Adjacency:
        """Draw a null graph, by the rules of `rnngraph.nulls`; self-loops stay."""
        draw = np.random.default_rng(rng)
        moved = self.adjacency.copy()
        for block in self.blocks:
            moved[block] = draw.permutation(self.adjacency[block])
        return moved

    def loops_z(self) -> float:
        """How far the number of self-loops is from chance (hypergeometric), in its deviations."""
        n, m = len(self.adjacency), int(self.adjacency.sum())
        places = n * n
        variance = m / n * (1 - 1 / n) * (places - m) / max(1, places - 1)
        if not self.loops or variance == 0:
            return math.nan
        return (int(np.diag(self.adjacency).sum()) - m / n) / math.sqrt(variance)


def remaining(mask: "LayeredMask", what: str) -> list[Remaining]:
    """The graphs that pruning left of a chain of layers.

    Args:
        mask: The masks in force.
        what: What was pruned: "ih" has one graph, that between the layers (none for one layer);
            "hh" and "both" have one a layer, of its hidden-to-hidden weights.
    """
    if what == "ih":
        places = [
            _between(mask.n_units, *layers)
            for layers in zip(mask.layers, mask.layers[1:], strict=False)
        ]
        return [Remaining(mask.graph(), tuple(places), loops=False)] if places else []
    found = []
    for cell in mask.cells:
        n = cell.hidden.shape[1]
        by_gate: NDArray[np.bool_] = cell.hidden.cpu().numpy().reshape(-1, n, n)
        edges = np.logical_or.reduce(by_gate).T
        found.append(Remaining(edges, (~np.eye(n, dtype=bool),), loops=True))
    return found


def topology(
    graphs: Sequence[Remaining], *, null_graphs: int, seed: np.random.SeedSequence
) -> dict[str, float]:
    """Measure remaining graphs, and hold each against its own null graphs.

    Args:
        graphs: Of one network, from `remaining`.
        null_graphs: How many null graphs each, at least 2.
        seed: Root of the streams; null graph k of graph i is the same however many there are.

    Returns:
        "edge_share", the share of places with an edge; each metric of `TOPOLOGY` by its name, the
        mean over the graphs; and its z as NAME_z, the sum over the graphs by the root of their
        number (Stouffer), so that chance has variance 1 however many there are. NaN where a metric
        does not exist or does not vary.
    """
    values: dict[str, list[float]] = {name: [] for name in TOPOLOGY}
    scores: dict[str, list[float]] = {name: [] for name in TOPOLOGY}
    shares = []
    for position, graph in enumerate(graphs):
        table = null_zscores(
            graph.adjacency,
            _METRICS,
            null=graph.null,
            n=null_graphs,
            rng=stream(seed, "graph", position),
        )
        for name in _METRICS:
            values[name].append(float(table["value"][name]))
            scores[name].append(float(table["z_score"][name]))
        n = len(graph.adjacency)
        values[_LOOPS].append(float(np.diag(graph.adjacency).mean()) if graph.loops else math.nan)
        scores[_LOOPS].append(graph.loops_z())
        n_places = sum(int(block.sum()) for block in graph.blocks) + n * graph.loops
        shares.append(float(graph.adjacency.sum()) / n_places)
    found = {"edge_share": _mean(shares)}
    for name in TOPOLOGY:
        found[name] = _mean(values[name])
        defined = [score for score in scores[name] if not math.isnan(score)]
        found[f"{name}_z"] = _mean(defined) * math.sqrt(len(defined))
    return found


def _between(n: int, sources: Sequence[int], targets: Sequence[int]) -> NDArray[np.bool_]:
    block = np.zeros((n, n), dtype=bool)
    block[np.ix_(sources, targets)] = True
    return block


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
