"""Weighted and signed topology: one function a metric, one definition, one source.

Every metric takes any graph that `as_weights` takes, `weights[i, j]` of the edge i -> j, 0 = no
edge, and leaves its self-loops out. What a weight means where paths are concerned is said by
`weight_as`, which has no default: "length" is the distance along its edge; a "strength" is
1 / distance. Signed weights are refused where a metric has no meaning for them; metrics of
strength read |w|, and say so; the others read signs.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from rnngraph.metrics._topology import Floats
from rnngraph.metrics.weighted import (
    centrality,
    closure,
    clustering,
    communicability,
    control,
    cores,
    hierarchy,
    mesoscale,
    mixing,
    motifs,
    neighbourhoods,
    paths,
    reciprocity,
    signs,
    spectral,
    squares,
    strength,
    walks,
)
from rnngraph.metrics.weighted._graph import WeightAs as WeightAs

WeightedMetric: TypeAlias = Callable[..., float]
WeightedValues: TypeAlias = Callable[..., Floats]

WEIGHTED: Final[Mapping[str, WeightedMetric]] = MappingProxyType(
    {
        metric.__name__: metric
        for metric in (
            strength.weight_gini,
            strength.weight_entropy,
            signs.positive_fraction,
            signs.excitation_inhibition_balance,
            signs.dale_consistency,
            signs.triad_balance,
            reciprocity.weighted_reciprocity,
            reciprocity.weight_correlation_mutual,
            reciprocity.weight_symmetry,
            reciprocity.sign_agreement,
            mixing.weighted_assortativity_out_in,
            mixing.weighted_assortativity_out_out,
            mixing.weighted_assortativity_in_in,
            mixing.weighted_assortativity_in_out,
            hierarchy.weighted_flow_hierarchy,
            hierarchy.weighted_trophic_incoherence,
            paths.weighted_mean_path_length,
            paths.weighted_diameter,
            paths.weighted_radius,
            paths.weighted_harmonic_diameter,
            paths.weighted_global_efficiency,
            paths.backbone_fraction,
            clustering.weighted_clustering,
            clustering.weighted_clustering_cycle,
            clustering.weighted_clustering_middleman,
            clustering.weighted_clustering_in,
            clustering.weighted_clustering_out,
            clustering.weighted_transitivity,
            closure.continuous_clustering,
            closure.signed_clustering,
            squares.weighted_square_clustering,
            neighbourhoods.weighted_local_efficiency,
            motifs.motif_intensity_021D,
            motifs.motif_intensity_021U,
            motifs.motif_intensity_021C,
            motifs.motif_intensity_111D,
            motifs.motif_intensity_111U,
            motifs.motif_intensity_030T,
            motifs.motif_intensity_030C,
            motifs.motif_intensity_201,
            motifs.motif_intensity_120D,
            motifs.motif_intensity_120U,
            motifs.motif_intensity_120C,
            motifs.motif_intensity_210,
            motifs.motif_intensity_300,
            motifs.motif_coherence_021D,
            motifs.motif_coherence_021U,
            motifs.motif_coherence_021C,
            motifs.motif_coherence_111D,
            motifs.motif_coherence_111U,
            motifs.motif_coherence_030T,
            motifs.motif_coherence_030C,
            motifs.motif_coherence_201,
            motifs.motif_coherence_120D,
            motifs.motif_coherence_120U,
            motifs.motif_coherence_120C,
            motifs.motif_coherence_210,
            motifs.motif_coherence_300,
            cores.weighted_core_periphery_fit,
            cores.weighted_core_periphery_core_fraction,
            cores.weighted_core_periphery_coreness,
            mesoscale.weighted_modularity,
            mesoscale.weighted_modularity_leiden,
            mesoscale.signed_modularity,
            spectral.weighted_spectral_radius,
            spectral.weighted_spectral_abscissa,
            spectral.weighted_spectral_gap,
            spectral.weighted_algebraic_connectivity,
            spectral.weighted_non_normality,
            spectral.weighted_spectral_norm,
            spectral.weighted_stable_rank,
            spectral.weighted_effective_rank,
            spectral.weighted_nuclear_norm,
            control.weighted_gramian_trace,
        )
    }
)
"""Name -> metric, one number a graph; those of paths also take `weight_as`."""

WEIGHTED_NODES: Final[Mapping[str, WeightedValues]] = MappingProxyType(
    {
        metric.__name__: metric
        for metric in (
            strength.strength_in,
            strength.strength_out,
            strength.strength_total,
            strength.positive_strength_in,
            strength.positive_strength_out,
            strength.negative_strength_in,
            strength.negative_strength_out,
            strength.disparity_in,
            strength.disparity_out,
            hierarchy.weighted_trophic_level,
            paths.weighted_eccentricity,
            centrality.weighted_closeness_in,
            centrality.weighted_closeness_out,
            centrality.weighted_harmonic_in,
            centrality.weighted_harmonic_out,
            centrality.weighted_betweenness,
            clustering.weighted_local_clustering,
            clustering.weighted_local_clustering_cycle,
            clustering.weighted_local_clustering_middleman,
            clustering.weighted_local_clustering_in,
            clustering.weighted_local_clustering_out,
            closure.continuous_local_clustering,
            closure.signed_local_clustering,
            squares.weighted_local_square_clustering,
            neighbourhoods.weighted_local_efficiencies,
            cores.weighted_core_number,
            mesoscale.weighted_participation_in,
            mesoscale.weighted_participation_out,
            mesoscale.positive_participation_in,
            mesoscale.positive_participation_out,
            mesoscale.negative_participation_in,
            mesoscale.negative_participation_out,
            mesoscale.weighted_within_module_degree,
            walks.weighted_pagerank,
            walks.weighted_katz,
            walks.weighted_eigenvector,
            walks.weighted_hubs,
            walks.weighted_authorities,
            communicability.normalized_subgraph_centrality,
            communicability.normalized_communicability_in,
            communicability.normalized_communicability_out,
            control.weighted_average_controllability,
            control.weighted_modal_controllability,
        )
    }
)
"""Name -> metric with one value a node, NaN where it has none."""

WEIGHTED_EDGES: Final[Mapping[str, WeightedValues]] = MappingProxyType(
    {metric.__name__: metric for metric in (centrality.weighted_edge_betweenness,)}
)
"""Name -> metric with one value an edge, in row-major order of the edges."""
