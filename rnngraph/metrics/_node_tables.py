"""Tables of nodes and edges: a row each, and why what is NaN is."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._population import Chunk
from rnngraph.metrics._profile import REASONS, mapper, reason_of, stacked
from rnngraph.metrics._summary import NodeMetric, need_nodes
from rnngraph.metrics._topology import Floats, Topology


class NodeTables(NamedTuple):
    """What `profile(nodes=True)` returns.

    `graph` is the position of a graph among those given. `node`, `source` and `target` are
    positions of nodes: of the rows of a matrix, the ids of igraph, or the nodes of networkx as
    `list(G)` has them. `as_adjacency(G, nodes=sorted(G))` chooses another order. The last column,
    "undefined", says why what is NaN in its row is: of a metric that does not exist for the graph,
    as the table of graphs does, or of this node alone.

    Attributes:
        nodes: A row a node: the columns graph, node, one a node metric, then "undefined".
        edges: A row an edge, in row-major order: graph, source, target, one an edge metric, then
            "undefined".
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame


Tables: TypeAlias = pd.DataFrame | NodeTables


class Measured(NamedTuple):
    """Values of the nodes or edges of a graph, NaN where there is none, and what those lack."""

    values: Floats | float
    lacking: str


def node_tables(
    chunks: Iterable[Chunk],
    nodes: Mapping[str, NodeMetric],
    edges: Mapping[str, NodeMetric],
    n_jobs: int,
    *,
    native: bool,
) -> NodeTables:
    """Measure every node and every edge of every graph."""
    frames_of = partial(_frames, nodes=nodes, edges=edges, native=native)
    node_frames: list[pd.DataFrame] = []
    edge_frames: list[pd.DataFrame] = []
    with mapper(n_jobs) as each:
        for chunk in chunks:
            for of_nodes, of_edges in each(frames_of, chunk.adjacencies):
                of_nodes.insert(0, "graph", len(node_frames))
                of_edges.insert(0, "graph", len(edge_frames))
                node_frames.append(of_nodes)
                edge_frames.append(of_edges)
    return NodeTables(
        stacked(node_frames, ["graph", "node", *nodes, REASONS]),
        stacked(edge_frames, ["graph", "source", "target", *edges, REASONS]),
    )


def one_by_one(
    measure: Callable[[Iterable[object]], Tables], graphs: Iterable[object], n_jobs: int
) -> Tables:
    """Tables of all graphs, from processes that measure one of them at a time.

    Args:
        measure: Graphs to their table, or to their tables of nodes and edges.
        graphs: In the order of the rows.
        n_jobs: Processes; 1 is this one, which measures all graphs at once.
    """
    if n_jobs == 1 or not (each_alone := [[graph] for graph in graphs]):
        return measure(graphs)
    with mapper(n_jobs) as each:
        found: list[Any] = list(each(measure, each_alone))
    if isinstance(found[0], pd.DataFrame):
        return stacked(found, ())
    for k, tables in enumerate(found):
        for table in tables:
            table["graph"] = k
    nodes, edges = zip(*found, strict=True)
    return NodeTables(stacked(nodes, ()), stacked(edges, ()))


def with_reasons(
    places: Mapping[str, Any], found: Mapping[str, Measured], length: int
) -> pd.DataFrame:
    """A row a node or an edge: the columns that say where it is, the values, and "undefined".

    Args:
        places: Name -> shape (length,), or the same for all.
        found: Name -> what was measured.
        length: Number of rows.
    """
    reasons = np.full(length, "", dtype=object)
    for name, (values, lacking) in found.items():
        missing = np.broadcast_to(np.isnan(values), length)
        reasons[missing] += f"; {name}: {lacking}"
    columns = dict(places) | {name: values for name, (values, _) in found.items()}
    columns[REASONS] = pd.Series([told.removeprefix("; ") for told in reasons], dtype=object)
    return pd.DataFrame(columns, index=range(length))


def measured(values: Callable[[], Floats], noun: str) -> Measured:
    """What `values` returns, or NaN and the reason that it raises.

    Args:
        values: Measures all nodes or edges of a graph.
        noun: What has a value, as for `NodeMetric`.
    """
    try:
        return Measured(values(), f"needs a {noun}")
    except UndefinedMetricError as error:
        return Measured(np.nan, reason_of(error))


def _frames(
    adjacency: Adjacency,
    nodes: Mapping[str, NodeMetric],
    edges: Mapping[str, NodeMetric],
    native: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values of the nodes and of the edges of one graph."""
    graph = Topology.of(adjacency, native=native)
    sources, targets = np.nonzero(graph.edges)
    of_nodes = {name: _values(graph, metric) for name, metric in nodes.items()}
    of_edges = {name: _values(graph, metric) for name, metric in edges.items()}
    return (
        with_reasons({"node": np.arange(graph.n_nodes)}, of_nodes, graph.n_nodes),
        with_reasons({"source": sources, "target": targets}, of_edges, len(sources)),
    )


def _values(graph: Topology, metric: NodeMetric) -> Measured:
    def values() -> Floats:
        need_nodes(metric.name, graph, metric.least)
        return metric.values(graph)

    return measured(values, metric.noun)
