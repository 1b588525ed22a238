"""Topology: one function a metric, one definition, one source; and the table of them all.

Every metric takes any graph that `as_adjacency` takes and leaves its self-loops out.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from rnngraph._check import check_choice, check_int
from rnngraph._types import Adjacency
from rnngraph.metrics._profile import Metric, columns, population, tabulate
from rnngraph.metrics.betweenness import betweenness_mean as betweenness_mean
from rnngraph.metrics.betweenness import betweenness_std as betweenness_std
from rnngraph.metrics.betweenness import betweenness_var as betweenness_var
from rnngraph.metrics.betweenness import edge_betweenness_mean as edge_betweenness_mean
from rnngraph.metrics.betweenness import edge_betweenness_std as edge_betweenness_std
from rnngraph.metrics.betweenness import edge_betweenness_var as edge_betweenness_var
from rnngraph.metrics.closeness import closeness_in_mean as closeness_in_mean
from rnngraph.metrics.closeness import closeness_in_std as closeness_in_std
from rnngraph.metrics.closeness import closeness_in_var as closeness_in_var
from rnngraph.metrics.closeness import closeness_out_mean as closeness_out_mean
from rnngraph.metrics.closeness import closeness_out_std as closeness_out_std
from rnngraph.metrics.closeness import closeness_out_var as closeness_out_var
from rnngraph.metrics.closeness import harmonic_in_std as harmonic_in_std
from rnngraph.metrics.closeness import harmonic_in_var as harmonic_in_var
from rnngraph.metrics.closeness import harmonic_out_std as harmonic_out_std
from rnngraph.metrics.closeness import harmonic_out_var as harmonic_out_var
from rnngraph.metrics.components import is_acyclic as is_acyclic
from rnngraph.metrics.components import n_layers as n_layers
from rnngraph.metrics.components import n_sinks as n_sinks
from rnngraph.metrics.components import n_sources as n_sources
from rnngraph.metrics.components import strongly_connected_fraction as strongly_connected_fraction
from rnngraph.metrics.components import weakly_connected_fraction as weakly_connected_fraction
from rnngraph.metrics.cycles import n_cycles_2 as n_cycles_2
from rnngraph.metrics.cycles import n_cycles_3 as n_cycles_3
from rnngraph.metrics.darji import (
    darji_average_shortest_path_length as darji_average_shortest_path_length,
)
from rnngraph.metrics.darji import darji_density as darji_density
from rnngraph.metrics.darji import darji_diameter as darji_diameter
from rnngraph.metrics.darji import darji_eccentricity_mean as darji_eccentricity_mean
from rnngraph.metrics.darji import darji_eccentricity_std as darji_eccentricity_std
from rnngraph.metrics.darji import darji_eccentricity_var as darji_eccentricity_var
from rnngraph.metrics.darji import darji_edges as darji_edges
from rnngraph.metrics.darji import darji_layers as darji_layers
from rnngraph.metrics.darji import darji_nodes as darji_nodes
from rnngraph.metrics.darji import darji_sink_nodes as darji_sink_nodes
from rnngraph.metrics.darji import darji_source_nodes as darji_source_nodes
from rnngraph.metrics.darji_centrality import darji_closeness_mean as darji_closeness_mean
from rnngraph.metrics.darji_centrality import darji_closeness_std as darji_closeness_std
from rnngraph.metrics.darji_centrality import darji_closeness_var as darji_closeness_var
from rnngraph.metrics.darji_centrality import darji_degree_mean as darji_degree_mean
from rnngraph.metrics.darji_centrality import darji_degree_std as darji_degree_std
from rnngraph.metrics.darji_centrality import darji_degree_var as darji_degree_var
from rnngraph.metrics.darji_centrality import (
    darji_edge_betweenness_mean as darji_edge_betweenness_mean,
)
from rnngraph.metrics.darji_centrality import (
    darji_edge_betweenness_std as darji_edge_betweenness_std,
)
from rnngraph.metrics.darji_centrality import (
    darji_edge_betweenness_var as darji_edge_betweenness_var,
)
from rnngraph.metrics.darji_centrality import (
    darji_nodes_betweenness_mean as darji_nodes_betweenness_mean,
)
from rnngraph.metrics.darji_centrality import (
    darji_nodes_betweenness_std as darji_nodes_betweenness_std,
)
from rnngraph.metrics.darji_centrality import (
    darji_nodes_betweenness_var as darji_nodes_betweenness_var,
)
from rnngraph.metrics.degree import degree_mean as degree_mean
from rnngraph.metrics.degree import in_degree_max as in_degree_max
from rnngraph.metrics.degree import in_degree_std as in_degree_std
from rnngraph.metrics.degree import in_degree_var as in_degree_var
from rnngraph.metrics.degree import out_degree_max as out_degree_max
from rnngraph.metrics.degree import out_degree_std as out_degree_std
from rnngraph.metrics.degree import out_degree_var as out_degree_var
from rnngraph.metrics.mesoscale import core_number_max as core_number_max
from rnngraph.metrics.mesoscale import core_number_mean as core_number_mean
from rnngraph.metrics.mesoscale import modularity as modularity
from rnngraph.metrics.mixing import assortativity_in_in as assortativity_in_in
from rnngraph.metrics.mixing import assortativity_in_out as assortativity_in_out
from rnngraph.metrics.mixing import assortativity_out_in as assortativity_out_in
from rnngraph.metrics.mixing import assortativity_out_out as assortativity_out_out
from rnngraph.metrics.mixing import reciprocity as reciprocity
from rnngraph.metrics.paths import diameter as diameter
from rnngraph.metrics.paths import eccentricity_mean as eccentricity_mean
from rnngraph.metrics.paths import eccentricity_std as eccentricity_std
from rnngraph.metrics.paths import eccentricity_var as eccentricity_var
from rnngraph.metrics.paths import global_efficiency as global_efficiency
from rnngraph.metrics.paths import harmonic_diameter as harmonic_diameter
from rnngraph.metrics.paths import mean_path_length as mean_path_length
from rnngraph.metrics.paths import radius as radius
from rnngraph.metrics.paths import reachable_fraction as reachable_fraction
from rnngraph.metrics.size import density as density
from rnngraph.metrics.size import n_edges as n_edges
from rnngraph.metrics.size import n_nodes as n_nodes
from rnngraph.metrics.size import n_self_loops as n_self_loops
from rnngraph.metrics.size import self_loop_fraction as self_loop_fraction
from rnngraph.metrics.spectral import pagerank_entropy as pagerank_entropy
from rnngraph.metrics.spectral import spectral_radius as spectral_radius
from rnngraph.metrics.triangles import clustering as clustering
from rnngraph.metrics.triangles import clustering_cycle as clustering_cycle
from rnngraph.metrics.triangles import clustering_in as clustering_in
from rnngraph.metrics.triangles import clustering_middleman as clustering_middleman
from rnngraph.metrics.triangles import clustering_out as clustering_out
from rnngraph.metrics.triangles import transitivity as transitivity

DARJI: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        f.__name__.removeprefix("darji_"): f
        for f in (
            darji_layers,
            darji_nodes,
            darji_edges,
            darji_source_nodes,
            darji_sink_nodes,
            darji_diameter,
            darji_density,
            darji_average_shortest_path_length,
            darji_eccentricity_mean,
            darji_eccentricity_var,
            darji_eccentricity_std,
            darji_degree_mean,
            darji_degree_var,
            darji_degree_std,
            darji_closeness_mean,
            darji_closeness_var,
            darji_closeness_std,
            darji_nodes_betweenness_mean,
            darji_nodes_betweenness_var,
            darji_nodes_betweenness_std,
            darji_edge_betweenness_mean,
            darji_edge_betweenness_var,
            darji_edge_betweenness_std,
        )
    }
)
"""Column of the thesis -> its property, by his definition; for `profile(metrics=DARJI)`."""

METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        f.__name__: f
        for f in (
            n_nodes,
            n_edges,
            n_self_loops,
            self_loop_fraction,
            density,
            degree_mean,
            in_degree_var,
            in_degree_std,
            in_degree_max,
            out_degree_var,
            out_degree_std,
            out_degree_max,
            reciprocity,
            assortativity_out_in,
            assortativity_out_out,
            assortativity_in_in,
            assortativity_in_out,
            strongly_connected_fraction,
            weakly_connected_fraction,
            is_acyclic,
            n_sources,
            n_sinks,
            n_layers,
            mean_path_length,
            diameter,
            radius,
            eccentricity_mean,
            eccentricity_var,
            eccentricity_std,
            harmonic_diameter,
            reachable_fraction,
            global_efficiency,
            closeness_in_mean,
            closeness_in_var,
            closeness_in_std,
            closeness_out_mean,
            closeness_out_var,
            closeness_out_std,
            harmonic_in_var,
            harmonic_in_std,
            harmonic_out_var,
            harmonic_out_std,
            betweenness_mean,
            betweenness_var,
            betweenness_std,
            edge_betweenness_mean,
            edge_betweenness_var,
            edge_betweenness_std,
            clustering,
            clustering_cycle,
            clustering_middleman,
            clustering_in,
            clustering_out,
            transitivity,
            n_cycles_2,
            n_cycles_3,
            core_number_max,
            core_number_mean,
            modularity,
            spectral_radius,
            pagerank_entropy,
            *(f for name, f in DARJI.items() if name not in ("layers", "nodes")),
        )
    }
)
"""Name -> metric: the columns of `profile`, in this order.

Of Darji's properties, as `darji_*`, all that can differ from ours.
"""


def profile(
    graphs: object,
    *,
    metrics: Iterable[str] | Mapping[str, Callable[[Adjacency], float]] | None = None,
    backend: str = "auto",
    n_jobs: int = 1,
) -> pd.DataFrame:
    """Measure graphs: a row a graph, a column a metric, NaN where a metric does not exist.

    Args:
        graphs: One graph that `as_adjacency` takes, a list or iterator of them (sizes may
            differ), or an array or tensor of shape (K, n, n).
        metrics: Names out of METRICS, or a mapping from column names to functions, such as DARJI
            or `{**METRICS, "mine": mine}`; default: all of METRICS. Functions that are not ours
            get the boolean adjacency, read-only, self-loops included.
        backend: "reference" (igraph and numpy) or "auto", the fastest that can do the job.
        n_jobs: Processes. With more than 1, functions must be importable by name, and a script
            must guard its start with `if __name__ == "__main__":`. No value depends on it.

    Returns:
        Index 0..K-1, a float column a metric in the order asked for, then the column "undefined":
        "name: reason; name: reason", or "" where every metric exists.

    Raises:
        InputError: A graph, a name, a function, `backend` or `n_jobs` that breaks these rules.
    """
    check_choice("backend", backend, ("auto", "reference"))
    check_int("n_jobs", n_jobs, 1)
    library = (*METRICS.values(), *DARJI.values())
    return tabulate(population(graphs), columns(metrics, METRICS, library), n_jobs)
