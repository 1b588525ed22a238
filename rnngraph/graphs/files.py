"""Graph files: the suffix decides the format, writing is atomic, and nothing is unpickled."""

import os
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from rnngraph._check import hint
from rnngraph._files import write_atomically
from rnngraph._types import Adjacency, Weights
from rnngraph.errors import FileError, InputError
from rnngraph.graphs.edges import EdgeList, adjacency_of, weights_of
from rnngraph.graphs.formats_edges import (
    graphml_bytes,
    json_bytes,
    parse_graphml,
    parse_json,
    parse_text,
    text_bytes,
)
from rnngraph.graphs.formats_matrix import mtx_bytes, npz_bytes, parse_mtx, parse_npz
from rnngraph.graphs.matrix import as_matrix

Graph: TypeAlias = EdgeList | Adjacency | Weights


class Format(NamedTuple):
    """How a graph becomes the content of a file, and back; `parse` also gets the file's name."""

    title: str
    to_bytes: Callable[[Adjacency | Weights], bytes]
    parse: Callable[[bytes, str], Graph]


_EDGES: Final = Format("an edge list", text_bytes, parse_text)
FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        ".npz": Format("a scipy.sparse or numpy archive", npz_bytes, parse_npz),
        ".graphml": Format("GraphML", graphml_bytes, parse_graphml),
        ".json": Format("node-link JSON", json_bytes, parse_json),
        ".mtx": Format("MatrixMarket", mtx_bytes, parse_mtx),
        ".edges": _EDGES,
        ".txt": _EDGES,
        ".csv": Format("an edge list", lambda matrix: text_bytes(matrix, ","), parse_text),
        ".tsv": Format("an edge list", lambda matrix: text_bytes(matrix, "\t"), parse_text),
    }
)


def save_graph(adjacency: Adjacency | Weights, path: str | os.PathLike[str]) -> None:
    """Write a graph to a file; who reads the file meanwhile sees the old content or the new.

    Args:
        adjacency: Shape (n, n), rows = source. Boolean: edges without weights, which load as
            bool. Numbers: every entry but 0 is an edge with a weight, which load as float64.
        path: The suffix decides the format. `.npz`: what `scipy.sparse.save_npz` writes;
            `.graphml`; `.json`: networkx node-link; `.mtx`: MatrixMarket coordinates; `.edges`,
            `.txt` (spaces), `.csv`, `.tsv`: an edge a line, `source target [weight]` counted
            from 0, under a comment line with `nodes=<n> edges=<m>`.

    Raises:
        InputError: Not a square, finite, real or boolean matrix, or an unknown suffix.
        FileError: The file cannot be written.
    """
    matrix = as_matrix(adjacency, "adjacency")
    write_atomically(path, _format(Path(path)).to_bytes(matrix))


def load_graph(path: str | os.PathLike[str]) -> Adjacency | Weights:
    """Read a graph file: a boolean matrix, or float64 where the file holds weights.

    Files of other programs load too. Nodes keep the order in which GraphML or JSON list them,
    whatever their ids are; undirected edges go both ways; an edge without a weight beside edges
    with one weighs 1. An `.npz` may hold one plain square array instead of a sparse one. An edge
    list needs a comment line with `nodes=<n>`; separators are commas, tabs or spaces.

    Args:
        path: File in one of the formats of `save_graph`.

    Returns:
        Shape (n, n), rows = source.

    Raises:
        InputError: Unknown suffix.
        FileError: The file is missing, cut off, damaged, not what its suffix says, too large for
            memory, or would need unpickling.
    """
    graph = read_graph(path)
    if not isinstance(graph, EdgeList):
        return graph
    try:
        return adjacency_of(graph) if graph.weights is None else weights_of(graph)
    except InputError as error:
        raise FileError(str(error)) from error


def node_names(path: str | os.PathLike[str]) -> list[Hashable]:
    """Read the names of a graph file's nodes, in the order of the rows of its matrix.

    Of GraphML the node attribute "name", as igraph writes it, where every node has one of its own,
    else the ids; of JSON the ids; of other formats, which have no names, the positions 0, 1, ...

    Args:
        path: File in one of the formats of `save_graph`.

    Raises:
        InputError: Unknown suffix.
        FileError: As for `load_graph`.
    """
    graph = read_graph(path)
    if not isinstance(graph, EdgeList):
        return list(range(len(graph)))
    return list(range(graph.n) if graph.names is None else graph.names)


def read_graph(path: str | os.PathLike[str]) -> Graph:
    """Read a graph file as what it holds: a matrix, or edges that may have weight 0.

    Raises:
        InputError: Unknown suffix.
        FileError: The file is missing, cut off, damaged or not what its suffix says.
    """
    path = Path(path)
    form = _format(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"`{path}` cannot be read: {error.strerror}.") from error
    try:
        return form.parse(content, str(path))
    except InputError as error:
        raise FileError(str(error)) from error
    # Parsers meet damaged content with errors of every class, none of them documented.
    except Exception as error:
        raise FileError(
            f"`{path}` cannot be read as {form.title}: {type(error).__name__}: {error}"
        ) from error


def _format(path: Path) -> Format:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            f"`path` must end in one of {', '.join(FORMATS)}; got {str(path)!r}."
            + hint(suffix, FORMATS)
        )
    return FORMATS[suffix]
