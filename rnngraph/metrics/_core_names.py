"""Which metrics one pass of the compiled core yields: known whether or not it was built."""

from typing import Final

from rnngraph.metrics._reference import TRIAD_TYPES

_SPREAD: Final = ("var", "std", "max", "centralization")

CORE: Final = (
    *("n_nodes", "n_edges", "n_self_loops", "self_loop_fraction", "density", "degree_mean"),
    *(f"{side}_degree_{stat}" for side in ("in", "out") for stat in _SPREAD),
    *("reciprocity", "assortativity_out_in", "assortativity_out_out"),
    *("assortativity_in_in", "assortativity_in_out", "n_sources", "n_sinks"),
    *("strongly_connected_fraction", "weakly_connected_fraction", "is_acyclic"),
    *("mean_path_length", "diameter", "radius"),
    *("eccentricity_mean", "eccentricity_var", "eccentricity_std"),
    *("harmonic_diameter", "reachable_fraction", "global_efficiency"),
    *(f"closeness_{side}_{stat}" for side in ("in", "out") for stat in ("mean", *_SPREAD)),
    *(f"harmonic_{side}_{stat}" for side in ("in", "out") for stat in _SPREAD),
    *(f"betweenness_{stat}" for stat in ("mean", *_SPREAD)),
    *(f"edge_betweenness_{stat}" for stat in ("mean", "var", "std", "max")),
    *("clustering", "clustering_cycle", "clustering_middleman", "clustering_in", "clustering_out"),
    *("transitivity", "n_cycles_2", "n_cycles_3"),
    *(f"triad_{kind}" for kind in TRIAD_TYPES),
    *("core_number_mean", "core_number_max", "modularity", "spectral_radius"),
    *(f"eigenvector_{stat}" for stat in ("mean", *_SPREAD)),
    *("pagerank_entropy", "pagerank_var", "pagerank_std", "pagerank_max"),
)
"""Names in METRICS that the compiled core computes for a whole population in one pass.

Fast enough for every training step; where the core was not built, the reference backend has them
all the same.
"""
