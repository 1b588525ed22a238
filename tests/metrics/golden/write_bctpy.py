"""Write `bctpy.json`: what bctpy, which no test needs installed, computes for small graphs.

`python -m tests.metrics.golden.write_bctpy`, with bctpy 0.6.1 beside the project. Functions of the
Brain Connectivity Toolbox change their argument at times: each gets a copy.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bct
import numpy as np
from numpy.typing import NDArray

from rnngraph.metrics._topology import Topology
from rnngraph.metrics.weighted._graph import WeightedGraph
from rnngraph.metrics.weighted.mesoscale import communities

Matrix = NDArray[np.float64]


def weights(n: int, p: float, *, symmetric: bool, signed: bool = False) -> Matrix:
    """Random weights of three digits, the largest |w| being 1; without self-loops."""
    rng = np.random.default_rng([n, int(100 * p)])
    found = np.round(rng.uniform(0.05, 1, (n, n)), 3) * (rng.random((n, n)) < p)
    found *= rng.choice([-1, 1], (n, n)) if signed else 1
    np.fill_diagonal(found, 0)
    found = np.triu(found) + np.triu(found).T if symmetric else found
    i, j = np.unravel_index(np.abs(found).argmax(), found.shape)
    found[i, j] = np.sign(found[i, j])
    if symmetric:
        found[j, i] = found[i, j]
    return found


GRAPHS = {
    "digraph": weights(9, 0.35, symmetric=False),
    "sparse digraph": weights(14, 0.12, symmetric=False),
    "dense digraph": weights(8, 0.8, symmetric=False),
    "undirected": weights(10, 0.5, symmetric=True),
    "signed": weights(9, 0.7, symmetric=True, signed=True),
}


def strong(a: Matrix) -> bool:
    """Whether every node reaches every other."""
    return bool((np.linalg.matrix_power(a + np.eye(len(a)), len(a)) > 0).all())


def joined(a: Matrix) -> NDArray[np.bool_]:
    """Which nodes have an edge."""
    return np.asarray((a > 0).any(axis=0) | (a > 0).any(axis=1))


def of_edges(w: Matrix) -> dict[str, Any]:
    """What needs no weights."""
    a = (w != 0).astype(float)
    labels = Topology.of(a).communities
    by_edge = bct.edge_betweenness_bin(a.copy())[0][a > 0] if strong(a) else None
    distances = bct.distance_bin(a.copy())
    return {
        "labels": labels,
        "clustering_coef_bd": bct.clustering_coef_bd(a.copy()),
        "transitivity_bd": bct.transitivity_bd(a.copy()),
        "betweenness_bin": bct.betweenness_bin(a.copy()),
        "edge_betweenness_bin": by_edge,
        "distance_bin": distances,
        "charpath": bct.charpath(distances.copy(), include_infinite=False)[0],
        "efficiency_bin": bct.efficiency_bin(a.copy()),
        "kcore_bd": [
            joined(bct.kcore_bd(a.copy(), k)[0]) for k in range(1, 1 + int((a + a.T).sum(0).max()))
        ],
        "rich_club_bd": bct.rich_club_bd(a.copy())[0],
        "pagerank_centrality": bct.pagerank_centrality(a.T.copy(), 0.85),
        "modularity_dir": bct.modularity_dir(a.copy(), kci=labels + 1)[1],
        "participation_coef_out": bct.participation_coef(a.copy(), labels + 1, degree="out"),
        "participation_coef_in": bct.participation_coef(a.copy(), labels + 1, degree="in"),
        "module_degree_zscore": bct.module_degree_zscore(a.copy(), labels + 1, flag=3),
        "core_periphery_dir": bct.core_periphery_dir(a.copy(), seed=0)[1],
        "density_dir": bct.density_dir(a.copy())[0],
    }


def of_weights(w: Matrix) -> dict[str, Any]:
    """What reads weights as strengths, or their inverses as lengths."""
    lengths = np.divide(1, w, out=np.zeros_like(w), where=w != 0)
    labels = communities(WeightedGraph.of(w))
    edge_betweenness, betweenness = bct.edge_betweenness_wei(lengths.copy())
    either_way = w + w.T
    levels = np.unique(np.round(either_way.sum(axis=1) * np.linspace(0.2, 0.9, len(w)), 3)) + 0.0005
    triangles = np.diag(np.linalg.matrix_power(either_way, 3))
    return {
        "labels": labels,
        "strengths_dir": bct.strengths_dir(w.copy()),
        "clustering_coef_wd": bct.clustering_coef_wd(w.copy()),
        "transitivity_wd": bct.transitivity_wd(w.copy()) if triangles.all() else None,
        "betweenness_wei": betweenness,
        "edge_betweenness_wei": edge_betweenness[w > 0],
        "distance_wei": bct.distance_wei(lengths.copy())[0],
        "efficiency_wei": bct.efficiency_wei(w.copy()),
        "rich_club_wd": bct.rich_club_wd(w.copy()),
        "score_levels": levels,
        "score_wu": [joined(bct.score_wu(either_way.copy(), s)[0]) for s in levels],
        "modularity_dir": bct.modularity_dir(w.copy(), kci=labels + 1)[1],
        "participation_coef_out": bct.participation_coef(w.copy(), labels + 1, degree="out"),
        "participation_coef_in": bct.participation_coef(w.copy(), labels + 1, degree="in"),
        "module_degree_zscore": bct.module_degree_zscore(w.copy(), labels + 1, flag=3),
        "core_periphery_dir": bct.core_periphery_dir(w.copy(), seed=0)[1],
    }


def of_undirected(w: Matrix) -> dict[str, Any]:
    """What the toolbox has for undirected graphs only."""
    a = (w != 0).astype(float)
    return {
        "clustering_coef_bu": bct.clustering_coef_bu(a.copy()),
        "clustering_coef_wu": bct.clustering_coef_wu(w.copy()),
        "transitivity_wu": bct.transitivity_wu(w.copy()),
        "efficiency_bin_local": bct.efficiency_bin(a.copy(), local=True),
        "eigenvector_centrality_und": bct.eigenvector_centrality_und(a.copy()),
        "eigenvector_centrality_und_w": bct.eigenvector_centrality_und(w.copy()),
        "assortativity_bin": bct.assortativity_bin(a.copy()),
        "assortativity_wei": bct.assortativity_wei(w.copy()),
        "subgraph_centrality": bct.subgraph_centrality(a.copy()),
    }


def of_signs(w: Matrix) -> dict[str, Any]:
    """What reads signs."""
    labels = communities(WeightedGraph.of(w))
    positive, negative, *_ = bct.strengths_und_sign(w.copy())
    toward_positive, toward_negative = bct.participation_coef_sign(w.copy(), labels + 1)
    return {
        "labels": labels,
        "strengths_positive": positive,
        "strengths_negative": negative,
        "participation_positive": toward_positive,
        "participation_negative": toward_negative,
        "clustering_coef_wu_sign": bct.clustering_coef_wu_sign(w.copy(), "costantini"),
        "modularity_und_sign": bct.modularity_und_sign(w.copy(), labels + 1, qtype="gja")[1],
    }


def plain(value: Any) -> Any:
    """Numbers and lists of them; None where a value does not exist, or is infinite."""
    if isinstance(value, (list, np.ndarray)):
        return [plain(each) for each in value]
    number = value.item() if isinstance(value, np.generic) else value
    return None if number is None or not np.isfinite(number) else number


def document() -> dict[str, Any]:
    """graph/matrix -> its weights, and graph/kind/function -> what the toolbox finds."""
    found: dict[str, Any] = {}
    for graph, w in GRAPHS.items():
        kinds = {"signs": of_signs} if graph == "signed" else {"edges": of_edges}
        kinds |= {} if graph == "signed" else {"weights": of_weights}
        kinds |= {"undirected": of_undirected} if graph == "undirected" else {}
        found[f"{graph}/matrix"] = w
        with np.errstate(divide="ignore", invalid="ignore"):
            for kind, compute in kinds.items():
                found |= {f"{graph}/{kind}/{name}": value for name, value in compute(w).items()}
    # The version of the package: `bct.__version__` lags behind.
    source = f"bctpy {version('bctpy')}"
    return {"source": source} | {name: plain(value) for name, value in found.items()}


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in document().items()]
    Path(__file__).with_name("bctpy.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
