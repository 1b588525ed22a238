"""A plan written out: every graph and every run, each with its key.

A random stream is named by what it makes, so a graph, its input units and a network's first
weights are the same whatever else stands in the plan.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rnngraph._rng import seed_sequence, stream
from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.experiments.keys import canonical, digest, file_digest
from rnngraph.experiments.plan import Plan
from rnngraph.experiments.sections import CallSection, on_disk
from rnngraph.generators import GENERATORS, NULL_MODELS
from rnngraph.graphs import as_adjacency, graph_key

RESULTS_FORMAT: Final = 2
"""Part of every run's key: raised when the same configuration starts to give other numbers."""


@dataclass(frozen=True, eq=False)
class PlannedGraph:
    """A graph of a plan.

    Attributes:
        key: Identity of its size and edges, self-loops included.
        stream: Name of its random streams: how it was made, as canonical JSON.
        family: Label of its family in the plan.
        index: Position among the graphs of its family.
        adjacency: Shape (n, n), rows = source; self-loops as the plan wants them.
    """

    key: str
    stream: str
    family: str
    index: int
    adjacency: Adjacency


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """One network to train.

    Attributes:
        key: SHA-256 of `config`: equal keys are the same run, in whatever plan.
        graph: Its graph.
        config: Everything that decides its result, as JSON values.
    """

    key: str
    graph: PlannedGraph
    config: Mapping[str, Any]


def planned_graphs(plan: Plan) -> list[PlannedGraph]:
    """Make all graphs of a plan: families in order, by size, number of edges and index; files.

    Raises:
        InputError: A family refuses its parameters at this size and number of edges.
        FileError: A graph file cannot be read.
    """
    graphs: list[PlannedGraph] = []
    indices: Counter[str] = Counter()
    for label, name, adjacency in (*_sampled(plan), *_read(plan)):
        if plan.graphs.self_loops != "graph":
            np.fill_diagonal(adjacency, bool(plan.graphs.self_loops))
        key = graph_key(adjacency)
        graphs.append(PlannedGraph(key, canonical(name), label, indices[label], adjacency))
        indices[label] += 1
    return graphs


def planned_runs(plan: Plan, graphs: list[PlannedGraph]) -> list[PlannedRun]:
    """List the runs of a plan: graphs in order, then cells, then replicates.

    Raises:
        InputError: `network.input` or `network.readout` asks for units that a graph lacks.
    """
    task = task_config(plan.task)
    training = plan.training.model_dump(mode="json", exclude={"replicates"})
    runs = []
    for graph in graphs:
        units = {name: _units(plan, name, graph) for name in ("input", "readout")}
        for cell in plan.network.cells:
            for replicate in range(plan.training.replicates):
                config = {
                    "format": RESULTS_FORMAT,
                    "seed": plan.seed,
                    "task": task,
                    "graph": {"key": graph.key, "stream": graph.stream},
                    "network": {"cell": cell, **units},
                    "training": training,
                    "replicate": replicate,
                }
                runs.append(PlannedRun(digest(config), graph, config))
    return runs


def task_config(task: CallSection) -> dict[str, Any]:
    """Return what decides a task's data; a file counts by its content, not by its path."""
    digests = {}
    for name, path in task.files.items():
        digests[name] = {"sha256": file_digest(on_disk(path))}
        if on_disk(path) != path:
            digests[name]["member"] = str(path.relative_to(on_disk(path)))
    return {"name": task.name, "parameters": {**task.parameters, **digests}}


def _sampled(plan: Plan) -> Iterator[tuple[str, dict[str, Any], Adjacency]]:
    """Yield label, name of the stream and adjacency of each graph of the families."""
    root = seed_sequence(plan.seed)
    for position, family in enumerate(plan.graphs.families):
        parameters = family.parameters
        for units in plan.graphs.units:
            for edges in plan.graphs.edge_counts(units):
                for index in range(plan.graphs.count):
                    name = {
                        "family": family.family,
                        "parameters": parameters,
                        "units": units,
                        "edges": edges,
                        "index": index,
                    }
                    try:
                        adjacency = _draw(root, name, family.null)
                    except InputError as error:
                        size = f"{units} units" + ("" if edges is None else f", {edges} edges")
                        raise InputError(
                            f"`graphs.families[{position}]` ({family.name}, {size}): {error}"
                        ) from error
                    yield family.name, {**name, "null": family.null}, adjacency


def _draw(root: np.random.SeedSequence, name: Mapping[str, Any], null: str | None) -> Adjacency:
    """Sample the graph of a name, so that a null model's graph is that of its family's graph."""
    adjacency = GENERATORS[name["family"]](
        name["units"],
        **name["parameters"],
        m=name["edges"],
        rng=stream(root, "graph", canonical(name)),
    )
    if null is None:
        return adjacency
    return NULL_MODELS[null](adjacency, rng=stream(root, "null", null, canonical(name)))


def _read(plan: Plan) -> Iterator[tuple[str, dict[str, Any], Adjacency]]:
    """Yield label, name of the stream and adjacency of each graph of the files.

    The name is made of the content, not of the path; equal files are told apart by their order.
    """
    copies: Counter[str] = Counter()
    for entry in plan.graphs.files:
        for path in entry.found:
            adjacency = as_adjacency(path)
            key = graph_key(adjacency)
            yield entry.label, {"file": key, "copy": copies[key]}, adjacency
            copies[key] += 1


def _units(plan: Plan, name: str, graph: PlannedGraph) -> str | list[int]:
    """Units of `network.input` or `network.readout`: "all" or indices, drawn if need be."""
    choice = getattr(plan.network, name)
    n = len(graph.adjacency)
    if isinstance(choice, tuple):
        units = list(choice)
        if max(units) >= n:
            raise InputError(
                f"`network.{name}` must be units of every graph; got {max(units)} for a graph of "
                f"{n} units."
            )
        return sorted(units)
    count = n if choice == "all" else choice
    if isinstance(count, float):
        count = max(1, round(count * n))
    if count > n:
        raise InputError(
            f"`network.{name}` must be at most the number of units; got {count} for a graph of "
            f"{n} units."
        )
    if count == n:
        return "all"
    draw = stream(seed_sequence(plan.seed), name, graph.stream)
    return sorted(draw.choice(n, count, replace=False).tolist())
