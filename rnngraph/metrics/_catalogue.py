"""The catalogue: every metric of the edges alone, in order, and which numbers sum up values."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rnngraph.metrics import (
    betweenness,
    census,
    centrality,
    closeness,
    communities,
    components,
    control,
    cycles,
    darji,
    darji_centrality,
    degree,
    hierarchy,
    layers,
    mesoscale,
    mixing,
    neighbourhoods,
    paths,
    powerlaw,
    size,
    spectral,
    squares,
    triangles,
)
from rnngraph.metrics._summary import EDGE, FED, FEEDING, REACHING, Metric, NodeMetric, summaries

_ALL: Final = ("mean", "var", "std", "max", "gini", "centralization")
# The mean in- and out-degree are one number, `degree_mean`; the mean harmonic centrality is
# `global_efficiency` either way; ranks that sum to 1 have the mean 1 / n.
_NO_MEAN: Final = _ALL[1:]
_DEGREE: Final = (*_NO_MEAN, "skew", "entropy")
# Their means are metrics of their own, and no star is their extreme.
_LOCAL: Final = ("var", "std", "max", "gini")


def _all_others(n: int) -> float:
    return n - 1


def _one(_: int) -> float:
    return 1


_NODE_METRICS: Final = (
    NodeMetric(values=degree.in_degree, statistics=_DEGREE, hub=_all_others),
    NodeMetric(values=degree.out_degree, statistics=_DEGREE, hub=_all_others),
    NodeMetric(values=degree.total_degree, statistics=_DEGREE),
    NodeMetric(values=paths.eccentricity, statistics=("mean", "var", "std"), noun=REACHING),
    NodeMetric(values=closeness.closeness_in, statistics=_ALL, least=2, hub=_one),
    NodeMetric(values=closeness.closeness_out, statistics=_ALL, least=2, hub=_one),
    NodeMetric(values=closeness.harmonic_in, statistics=_NO_MEAN, least=2, hub=_one),
    NodeMetric(values=closeness.harmonic_out, statistics=_NO_MEAN, least=2, hub=_one),
    NodeMetric(values=betweenness.betweenness, statistics=_ALL, hub=_one),
    NodeMetric(values=triangles.local_clustering, statistics=_LOCAL),
    NodeMetric(values=triangles.local_clustering_cycle, statistics=_LOCAL),
    NodeMetric(values=triangles.local_clustering_middleman, statistics=_LOCAL),
    NodeMetric(values=triangles.local_clustering_in, statistics=_LOCAL),
    NodeMetric(values=triangles.local_clustering_out, statistics=_LOCAL),
    NodeMetric(values=squares.local_square_clustering, statistics=_LOCAL),
    NodeMetric(values=neighbourhoods.local_efficiencies, statistics=_LOCAL),
    NodeMetric(values=mesoscale.core_number, statistics=_ALL),
    NodeMetric(values=communities.participation_in, statistics=_ALL, noun=FED),
    NodeMetric(values=communities.participation_out, statistics=_ALL, noun=FEEDING),
    NodeMetric(values=communities.within_module_degree, statistics=("max", "skew")),
    NodeMetric(values=hierarchy.trophic_level, statistics=("mean", "var", "std", "max")),
    NodeMetric(values=centrality.pagerank, statistics=_NO_MEAN),
    NodeMetric(values=centrality.katz, statistics=_ALL),
    NodeMetric(values=centrality.eigenvector, statistics=_ALL),
    NodeMetric(values=centrality.hubs, statistics=_ALL),
    NodeMetric(values=centrality.authorities, statistics=_ALL),
    NodeMetric(values=centrality.subgraph_centrality, statistics=_ALL),
    NodeMetric(values=centrality.communicability_in, statistics=_ALL),
    NodeMetric(values=centrality.communicability_out, statistics=_ALL),
    NodeMetric(values=control.average_controllability, statistics=_NO_MEAN),
    NodeMetric(values=control.modal_controllability, statistics=_ALL),
)
_EDGE_METRICS: Final = (
    NodeMetric(values=betweenness.edge_betweenness, statistics=_ALL[:-1], noun=EDGE),
)

NODES: Final[Mapping[str, NodeMetric]] = MappingProxyType({m.name: m for m in _NODE_METRICS})
"""Name -> metric with one value a node: the columns of `profile(nodes=True)`."""

EDGES: Final[Mapping[str, NodeMetric]] = MappingProxyType({m.name: m for m in _EDGE_METRICS})
"""Name -> metric with one value an edge: the columns of `profile(nodes=True)`."""


def _table(*members: Metric | NodeMetric) -> Mapping[str, Metric]:
    """Metrics by name, in order; a node metric stands for all that sums it up."""
    table: dict[str, Metric] = {}
    for member in members:
        if isinstance(member, NodeMetric):
            table |= summaries(member)
        else:
            table[member.__name__] = member
    return MappingProxyType(table)


_DARJI: Final = _table(
    darji.darji_layers,
    darji.darji_nodes,
    darji.darji_edges,
    darji.darji_source_nodes,
    darji.darji_sink_nodes,
    darji.darji_diameter,
    darji.darji_density,
    darji.darji_average_shortest_path_length,
    darji.darji_eccentricity_mean,
    darji.darji_eccentricity_var,
    darji.darji_eccentricity_std,
    darji_centrality.darji_degree_mean,
    darji_centrality.darji_degree_var,
    darji_centrality.darji_degree_std,
    darji_centrality.darji_closeness_mean,
    darji_centrality.darji_closeness_var,
    darji_centrality.darji_closeness_std,
    darji_centrality.darji_nodes_betweenness_mean,
    darji_centrality.darji_nodes_betweenness_var,
    darji_centrality.darji_nodes_betweenness_std,
    darji_centrality.darji_edge_betweenness_mean,
    darji_centrality.darji_edge_betweenness_var,
    darji_centrality.darji_edge_betweenness_std,
)
DARJI: Final[Mapping[str, Metric]] = MappingProxyType(
    {name.removeprefix("darji_"): metric for name, metric in _DARJI.items()}
)
"""Column of the thesis -> its property, by his definition; for `profile(metrics=DARJI)`."""

METRICS: Final[Mapping[str, Metric]] = _table(
    size.n_nodes,
    size.n_edges,
    size.n_self_loops,
    size.self_loop_fraction,
    size.density,
    degree.degree_mean,
    NODES["in_degree"],
    NODES["out_degree"],
    NODES["total_degree"],
    powerlaw.powerlaw_exponent,
    powerlaw.powerlaw_xmin,
    powerlaw.powerlaw_ks,
    powerlaw.powerlaw_vs_exponential,
    powerlaw.powerlaw_p_value,
    mixing.reciprocity,
    mixing.assortativity_out_in,
    mixing.assortativity_out_out,
    mixing.assortativity_in_in,
    mixing.assortativity_in_out,
    components.strongly_connected_fraction,
    components.weakly_connected_fraction,
    components.n_strong_components,
    components.n_weak_components,
    components.is_acyclic,
    components.condensation_depth,
    components.bowtie_in,
    components.bowtie_out,
    components.bowtie_tubes,
    components.bowtie_tendrils,
    components.bowtie_disconnected,
    hierarchy.flow_hierarchy,
    hierarchy.feedback_arc_fraction,
    hierarchy.trophic_incoherence,
    hierarchy.trophic_incoherence_q,
    NODES["trophic_level"],
    hierarchy.global_reaching_centrality,
    layers.n_sources,
    layers.n_sinks,
    layers.n_layers,
    layers.layer_width_mean,
    layers.layer_width_max,
    layers.n_skip_edges,
    layers.skip_edge_fraction,
    layers.edge_span_mean,
    paths.mean_path_length,
    paths.path_length_std,
    paths.path_length_entropy,
    paths.diameter,
    paths.radius,
    NODES["eccentricity"],
    paths.harmonic_diameter,
    paths.reachable_fraction,
    paths.global_efficiency,
    NODES["closeness_in"],
    NODES["closeness_out"],
    NODES["harmonic_in"],
    NODES["harmonic_out"],
    NODES["betweenness"],
    EDGES["edge_betweenness"],
    triangles.clustering,
    triangles.clustering_cycle,
    triangles.clustering_middleman,
    triangles.clustering_in,
    triangles.clustering_out,
    NODES["local_clustering"],
    NODES["local_clustering_cycle"],
    NODES["local_clustering_middleman"],
    NODES["local_clustering_in"],
    NODES["local_clustering_out"],
    triangles.transitivity,
    squares.square_clustering,
    NODES["local_square_clustering"],
    neighbourhoods.local_efficiency,
    NODES["local_efficiencies"],
    cycles.n_cycles_2,
    cycles.n_cycles_3,
    cycles.n_cycles_4,
    census.triad_003,
    census.triad_012,
    census.triad_102,
    census.triad_021D,
    census.triad_021U,
    census.triad_021C,
    census.triad_111D,
    census.triad_111U,
    census.triad_030T,
    census.triad_030C,
    census.triad_201,
    census.triad_120D,
    census.triad_120U,
    census.triad_120C,
    census.triad_210,
    census.triad_300,
    NODES["core_number"],
    mesoscale.core_periphery_fit,
    mesoscale.core_periphery_core_fraction,
    mesoscale.core_periphery_coreness,
    communities.modularity,
    communities.modularity_leiden,
    communities.n_communities,
    NODES["participation_in"],
    NODES["participation_out"],
    NODES["within_module_degree"],
    spectral.spectral_radius,
    spectral.spectral_gap,
    spectral.algebraic_connectivity,
    spectral.non_normality,
    spectral.spectral_norm,
    spectral.stable_rank,
    spectral.effective_rank,
    spectral.nuclear_norm,
    spectral.pagerank_entropy,
    NODES["pagerank"],
    NODES["katz"],
    NODES["eigenvector"],
    NODES["hubs"],
    NODES["authorities"],
    NODES["subgraph_centrality"],
    NODES["communicability_in"],
    NODES["communicability_out"],
    control.n_driver_nodes,
    control.driver_node_fraction,
    NODES["average_controllability"],
    NODES["modal_controllability"],
    control.gramian_trace,
    *(metric for name, metric in DARJI.items() if name != "nodes"),
)
"""Name -> metric: the columns of `profile`, in this order.

Of Darji's properties, as `darji_*`, all that can differ from ours.
"""

LIBRARY: Final[Mapping[str, Metric]] = MappingProxyType({**METRICS, **_DARJI})
"""Name of a function -> metric: METRICS, and what of Darji's properties is not among them."""
