"""Values of the Brain Connectivity Toolbox in Python, where it measures what we do.

`golden/bctpy.json` holds them; `golden/write_bctpy.py` wrote it, and says by which version. What is
not compared, and why:

- motifs: bctpy 0.6.1 comes without the table that its motif functions read, and its
  `make_motif34lib` fails;
- `assortativity_wei` of digraphs fails there: `strengths_dir` returns one array, it reads two;
- `assortativity_bin` of digraphs takes one mean and variance for sources and targets alike, which
  is Pearson's correlation, ours, only where both have the same degrees;
- `efficiency_bin(local=True)` of digraphs and `efficiency_wei(local=True)` weigh each pair of
  neighbours by its edges to the node, which the efficiency of Latora & Marchiori does not;
- `clustering_coef_wu_sign` other than by Costantini & Perugini has two numbers a node, one a sign;
- `edge_betweenness_bin` miscounts where some node does not reach all others, or fails: only of the
  strongly connected graphs;
- `transitivity_wd` is 0 as soon as one node has no triangle: only where all have one;
- `kcoreness_centrality_bd` stops at n - 1 and reads one direction: `kcore_bd` instead;
- `rich_club_wd` is NaN where the club is the whole graph, 1 by the formula; `rich_club_bd` starts
  with degrees above 1;
- `subgraph_centrality` is compared after the exponential, of which ours is the logarithm;
- `pagerank_centrality` reads columns as sources, so it was given the transpose.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnngraph.metrics import METRICS, NODES, WEIGHTED, WEIGHTED_NODES, rich_club_curve
from rnngraph.metrics._topology import Topology
from rnngraph.metrics.betweenness import edge_betweenness
from rnngraph.metrics.weighted._graph import WeightedGraph
from rnngraph.metrics.weighted.centrality import weighted_betweenness, weighted_edge_betweenness
from rnngraph.metrics.weighted.mesoscale import communities
from rnngraph.metrics.weighted.paths import weighted_global_efficiency
from rnngraph.metrics.weighted.rich_club import weighted_rich_club_curve

GOLDEN = json.loads((Path(__file__).parent / "golden" / "bctpy.json").read_text())


def pairs_of_others(x: Any) -> int:
    """Ordered pairs of nodes besides one."""
    return (len(x) - 1) * (len(x) - 2)


def cores(number: Any) -> Any:
    """Which nodes are in the k-core, for every k with one."""
    return number >= np.arange(1, number.max() + 1)[:, None]


def finite(x: Any) -> Any:
    return np.where(np.isfinite(x), x, np.nan)


EDGES: Mapping[str, Callable[[Any], Any]] = {
    "labels": lambda a: Topology.of(a).communities,
    "clustering_coef_bd": NODES["local_clustering"].values,
    "transitivity_bd": METRICS["transitivity"],
    "betweenness_bin": lambda a: NODES["betweenness"].values(a) * pairs_of_others(a),
    "edge_betweenness_bin": lambda a: edge_betweenness(a) * len(a) * (len(a) - 1),
    "distance_bin": lambda a: finite(Topology.of(a).distances),
    "charpath": METRICS["mean_path_length"],
    "efficiency_bin": METRICS["global_efficiency"],
    "kcore_bd": lambda a: cores(NODES["core_number"].values(a)),
    "rich_club_bd": lambda a: rich_club_curve(a)[1][1:],
    "pagerank_centrality": NODES["pagerank"].values,
    "modularity_dir": METRICS["modularity"],
    # 0 there for a node without edges.
    "participation_coef_out": lambda a: np.nan_to_num(NODES["participation_out"].values(a)),
    "participation_coef_in": lambda a: np.nan_to_num(NODES["participation_in"].values(a)),
    "module_degree_zscore": NODES["within_module_degree"].values,
    "core_periphery_dir": METRICS["core_periphery_coreness"],
    "density_dir": METRICS["density"],
}
WEIGHTS: Mapping[str, Callable[[Any], Any]] = {
    "labels": lambda w: communities(WeightedGraph.of(w)),
    "strengths_dir": WEIGHTED_NODES["strength_total"],
    "clustering_coef_wd": WEIGHTED_NODES["weighted_local_clustering"],
    "transitivity_wd": WEIGHTED["weighted_transitivity"],
    "betweenness_wei": lambda w: weighted_betweenness(w, weight_as="strength") * pairs_of_others(w),
    "edge_betweenness_wei": lambda w: (
        weighted_edge_betweenness(w, weight_as="strength") * len(w) * (len(w) - 1)
    ),
    "distance_wei": lambda w: finite(WeightedGraph.of(w).distances("strength")),
    "efficiency_wei": lambda w: weighted_global_efficiency(w, weight_as="strength"),
    "rich_club_wd": lambda w: weighted_rich_club_curve(w)[1],
    "modularity_dir": WEIGHTED["weighted_modularity"],
    "participation_coef_out": lambda w: np.nan_to_num(
        WEIGHTED_NODES["weighted_participation_out"](w)
    ),
    "participation_coef_in": lambda w: np.nan_to_num(
        WEIGHTED_NODES["weighted_participation_in"](w)
    ),
    "module_degree_zscore": WEIGHTED_NODES["weighted_within_module_degree"],
    "core_periphery_dir": WEIGHTED["weighted_core_periphery_coreness"],
}
UNDIRECTED: Mapping[str, Callable[[Any], Any]] = {
    "clustering_coef_bu": NODES["local_clustering"].values,
    "clustering_coef_wu": WEIGHTED_NODES["weighted_local_clustering"],
    "transitivity_wu": WEIGHTED["weighted_transitivity"],
    "efficiency_bin_local": NODES["local_efficiencies"].values,
    "eigenvector_centrality_und": NODES["eigenvector"].values,
    "eigenvector_centrality_und_w": WEIGHTED_NODES["weighted_eigenvector"],
    "assortativity_bin": METRICS["assortativity_out_in"],
    "assortativity_wei": WEIGHTED["weighted_assortativity_out_in"],
    "subgraph_centrality": lambda a: np.exp(NODES["subgraph_centrality"].values(a)),
}
SIGNS: Mapping[str, Callable[[Any], Any]] = {
    "labels": lambda w: communities(WeightedGraph.of(w)),
    "strengths_positive": WEIGHTED_NODES["positive_strength_out"],
    "strengths_negative": lambda w: -WEIGHTED_NODES["negative_strength_out"](w),
    "participation_positive": lambda w: np.nan_to_num(
        WEIGHTED_NODES["positive_participation_out"](w)
    ),
    "participation_negative": lambda w: np.nan_to_num(
        WEIGHTED_NODES["negative_participation_out"](w)
    ),
    "clustering_coef_wu_sign": WEIGHTED_NODES["signed_local_clustering"],
    "modularity_und_sign": WEIGHTED["signed_modularity"],
}
KINDS = {"edges": EDGES, "weights": WEIGHTS, "undirected": UNDIRECTED, "signs": SIGNS}
CASES = [
    name
    for name, value in GOLDEN.items()
    if name.count("/") == 2 and "/score_" not in name and value is not None
]


@pytest.mark.parametrize("case", CASES)
def test_the_toolbox_finds_the_same(case: str) -> None:
    graph, kind, name = case.split("/")
    expected = np.array(GOLDEN[case], dtype=np.float64)
    found = np.asarray(KINDS[kind][name](np.array(GOLDEN[f"{graph}/matrix"])))
    if "rich_club" in name or name == "kcore_bd":  # theirs go on where no two nodes are left
        assert not np.nansum(expected[len(found) :])
        expected = expected[: len(found)]
    if name == "rich_club_wd":
        expected = np.where(np.isclose(found, 1), np.nan_to_num(expected, nan=1), expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("graph", [name.partition("/")[0] for name in GOLDEN if "score_l" in name])
def test_s_cores_of_the_toolbox(graph: str) -> None:
    matrix = np.array(GOLDEN[f"{graph}/matrix"])
    number = WEIGHTED_NODES["weighted_core_number"](matrix)
    levels = np.array(GOLDEN[f"{graph}/weights/score_levels"])
    np.testing.assert_array_equal(
        number >= levels[:, None] - 1e-9, GOLDEN[f"{graph}/weights/score_wu"]
    )


def test_what_was_compared() -> None:
    assert GOLDEN["source"] == "bctpy 0.6.1"
    known = {f"{kind}/{name}" for kind, table in KINDS.items() for name in table}
    assert {case.partition("/")[2] for case in CASES} == known
