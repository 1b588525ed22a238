"""File formats that name edges: GraphML, node-link JSON and text edge lists."""

import io
import json
import re
from collections.abc import Hashable
from dataclasses import replace
from xml.etree import ElementTree

import networkx as nx
import numpy as np

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError
from rnngraph.graphs.edges import EdgeList, edges_from_names
from rnngraph.graphs.formats_matrix import check_last_line, edge_lines
from rnngraph.graphs.libraries import to_networkx


def graphml_bytes(matrix: Adjacency | Weights) -> bytes:
    """Write a directed GraphML graph with the nodes "0", "1", ... and the edge key "weight".

    Not by networkx, which forgets the key of a weighted graph without edges.
    """
    weighted = matrix.dtype != bool
    lines = [
        "<?xml version='1.0' encoding='utf-8'?>",
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        '<key id="weight" for="edge" attr.name="weight" attr.type="double"/>' if weighted else "",
        '<graph edgedefault="directed">',
        *(f'<node id="{node}"/>' for node in range(len(matrix))),
    ]
    sources, targets = np.nonzero(matrix)
    weights = matrix[sources, targets].tolist()
    for source, target, weight in zip(sources.tolist(), targets.tolist(), weights, strict=True):
        data = f'<data key="weight">{weight!r}</data>' if weighted else ""
        lines.append(f'<edge source="{source}" target="{target}">{data}</edge>')
    return "\n".join([*lines, "</graph>", "</graphml>", ""]).encode()


def parse_graphml(content: bytes, name: str) -> EdgeList:
    """Read one GraphML graph; weights are the edge attribute whose `attr.name` is "weight".

    Not by networkx, which drops nested nodes, adds nodes that only an edge names and leaves a
    key's default out. Tags match in any XML namespace.
    """
    root = ElementTree.fromstring(content)
    graphs = root.findall("{*}graph")
    if len(graphs) != 1:
        raise InputError(f"`{name}` must hold one graph; got {len(graphs)}.")
    keys = _graphml_keys(root, "weight", "edge")
    if graphs[0].find(".//{*}hyperedge") is not None:
        raise InputError(f"`{name}` must have edges between two nodes; got a hyperedge.")
    nodes = [node.attrib["id"] for node in graphs[0].iterfind(".//{*}node")]
    edges = list(graphs[0].iterfind(".//{*}edge"))
    default = "true" if graphs[0].get("edgedefault") == "directed" else "false"
    found = edges_from_names(
        nodes,
        [(edge.attrib["source"], edge.attrib["target"]) for edge in edges],
        [_graphml_weight(edge, keys[0]) for edge in edges] if keys else None,
        [edge.get("directed", default) in ("true", "1") for edge in edges],
        name,
    )
    return replace(found, names=_graphml_names(root, graphs[0]) or nodes)


def _graphml_keys(root: ElementTree.Element, name: str, of: str) -> list[ElementTree.Element]:
    """Declarations of the attribute of this name of nodes, or of edges."""
    return [
        key
        for key in root.iterfind("{*}key")
        if key.get("attr.name") == name and key.get("for", "all") in (of, "all")
    ]


def _graphml_names(root: ElementTree.Element, graph: ElementTree.Element) -> list[Hashable]:
    """The node attribute "name", which igraph writes; empty if a node has none of its own."""
    keys = {key.get("id") for key in _graphml_keys(root, "name", "node")}
    names: list[Hashable] = []
    for node in graph.iterfind(".//{*}node"):
        names += [data.text for data in node.iterfind("{*}data") if data.get("key") in keys][:1]
    whole = len(set(names) - {None}) == sum(1 for _ in graph.iterfind(".//{*}node"))
    return names if whole else []


def _graphml_weight(edge: ElementTree.Element, key: ElementTree.Element) -> float | str | None:
    """The weight of an edge; a text that is no number stays, for who wants weights to refuse."""
    text = key.findtext("{*}default")
    for data in edge.iterfind("{*}data"):
        if data.get("key") == key.get("id"):
            text = data.text or ""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def json_bytes(matrix: Adjacency | Weights) -> bytes:
    """Write networkx's node-link data, with the graph attribute "weighted"."""
    graph = to_networkx(matrix)
    graph.graph["weighted"] = matrix.dtype != bool
    return json.dumps(nx.node_link_data(graph, edges="edges")).encode()


def parse_json(content: bytes, name: str) -> EdgeList:
    """Read node-link data; edges stand under "edges", or "links" as in d3 and older networkx."""
    data = json.loads(content)
    edges = data["edges"] if "edges" in data else data["links"]
    weights = [edge.get("weight") for edge in edges]
    weighted = data.get("graph", {}).get("weighted") or any(w is not None for w in weights)
    return edges_from_names(
        [_hashable(node["id"]) for node in data["nodes"]],
        [(_hashable(edge["source"]), _hashable(edge["target"])) for edge in edges],
        weights if weighted else None,
        bool(data.get("directed", False)),
        name,
    )


def _hashable(node: object) -> Hashable:
    return tuple(map(_hashable, node)) if isinstance(node, list) else node


def text_bytes(matrix: Adjacency | Weights, separator: str = " ") -> bytes:
    """Write a line an edge under a comment line with the numbers of nodes and edges."""
    lines = edge_lines(matrix, separator)
    columns = "source,target" if matrix.dtype == bool else "source,target,weight"
    header = f"# nodes={len(matrix)} edges={len(lines)} columns={columns}"
    return "\n".join([header, *lines, ""]).encode()


def parse_text(content: bytes, name: str) -> EdgeList:
    """Read lines `source target [weight]`; comments start with # and one gives `nodes=<n>`."""
    check_last_line(content, name)
    text = content.decode("utf-8-sig")
    comments = "\n".join(re.findall(r"#.*", text))
    n, m = (re.search(rf"\b{word}=(\d+)", comments) for word in ("nodes", "edges"))
    if n is None:
        raise InputError(f"`{name}` must give its number of nodes in a line such as `# nodes=5`.")
    body = re.sub(r"#.*", "", text).replace(",", " ")
    if body.strip():
        rows = np.loadtxt(io.StringIO(body), ndmin=2)
    else:
        rows = np.empty((0, 3 if "columns=source,target,weight" in comments else 2))
    if rows.shape[1] not in (2, 3):
        raise InputError(f"`{name}` must have 2 or 3 columns; got {rows.shape[1]}.")
    if m is not None and int(m[1]) != len(rows):
        raise InputError(f"`{name}` must hold {m[1]} edges as it says; got {len(rows)}.")
    pairs = rows[:, :2]
    exact = (pairs == np.floor(pairs)) & (np.abs(pairs) < 2**53)
    if not exact.all():
        raise InputError(f"`{name}` must name nodes by integers; got {pairs[~exact][0]}.")
    return EdgeList(
        n=int(n[1]),
        pairs=pairs.astype(np.int64),
        weights=rows[:, 2].tolist() if rows.shape[1] == 3 else None,
        name=name,
    )
