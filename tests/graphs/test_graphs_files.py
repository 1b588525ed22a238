import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import FileError, InputError
from rnngraph.graphs import as_adjacency, as_weights, load_graph, save_graph
from rnngraph.graphs.files import FORMATS

GRAPHS = st.integers(1, 7).flatmap(lambda n: arrays(bool, (n, n)))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
WEIGHTS = st.integers(1, 7).flatmap(lambda n: arrays(float, (n, n), elements=FINITE))
PATH = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
RING = np.array([[0.5, -1.25, 0], [0, 0, 1e-300], [1 / 3, 0, 0]])
SUFFIXES = pytest.mark.parametrize("suffix", FORMATS)
# The file is written anew by each example.
PROPERTY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def content(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@SUFFIXES
@PROPERTY
@given(graph=GRAPHS)
def test_edges_come_back_from_a_file(suffix: str, graph: Adjacency, tmp_path: Path) -> None:
    path = tmp_path / f"graph{suffix}"
    save_graph(graph, path)
    loaded = load_graph(path)
    assert loaded.dtype == bool
    np.testing.assert_array_equal(loaded, graph)
    np.testing.assert_array_equal(as_adjacency(str(path)), graph)


@SUFFIXES
@PROPERTY
@given(weights=WEIGHTS)
def test_weights_come_back_to_the_bit(suffix: str, weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / f"graph{suffix}"
    save_graph(weights, path)
    loaded = load_graph(path)
    assert loaded.dtype == np.float64
    np.testing.assert_array_equal(loaded, weights)
    np.testing.assert_array_equal(as_weights(path), weights)
    np.testing.assert_array_equal(as_adjacency(path), weights != 0)


@SUFFIXES
@pytest.mark.parametrize("dtype", [bool, float])
def test_a_graph_without_edges_keeps_its_size_and_kind(
    suffix: str, dtype: type, tmp_path: Path
) -> None:
    path = tmp_path / f"graph{suffix}"
    save_graph(np.zeros((4, 4), dtype=dtype), path)
    assert load_graph(path).shape == (4, 4)
    assert load_graph(path).dtype == dtype


def test_the_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    save_graph(PATH, tmp_path / "GRAPH.NPZ")
    np.testing.assert_array_equal(load_graph(tmp_path / "GRAPH.NPZ"), PATH)


@pytest.mark.parametrize("matrix", [PATH, RING], ids=["bool", "float"])
def test_other_libraries_read_what_we_write(matrix: Adjacency | Weights, tmp_path: Path) -> None:
    paths = {suffix: tmp_path / f"graph{suffix}" for suffix in FORMATS}
    for path in paths.values():
        save_graph(matrix, path)
    node_link = json.loads(paths[".json"].read_text())
    as_names = nx.relabel_nodes(nx.read_graphml(paths[".graphml"]), int)
    market: Any = scipy.io.mmread(paths[".mtx"])
    as_vertices = igraph.Graph.Read_GraphML(str(paths[".graphml"]))
    for read in (
        nx.to_numpy_array(as_names, nodelist=range(3)),
        nx.to_numpy_array(nx.node_link_graph(node_link, edges="edges"), nodelist=range(3)),
        as_weights(as_vertices),
        scipy.sparse.load_npz(paths[".npz"]).toarray(),
        market.toarray(),
    ):
        np.testing.assert_array_equal(read, matrix)
    for suffix, separator in ((".edges", None), (".txt", None), (".csv", ","), (".tsv", "\t")):
        rows = np.loadtxt(paths[suffix], delimiter=separator, ndmin=2)
        np.testing.assert_array_equal(rows[:, :2], np.argwhere(matrix))
        np.testing.assert_array_equal(rows[:, 2:].ravel(), matrix[matrix != 0][: rows[:, 2:].size])


def test_the_text_of_an_edge_list(tmp_path: Path) -> None:
    save_graph(PATH, tmp_path / "g.edges")
    save_graph(RING, tmp_path / "g.csv")
    assert (tmp_path / "g.edges").read_text() == (
        "# nodes=3 edges=2 columns=source,target\n0 1\n1 2\n"
    )
    assert (tmp_path / "g.csv").read_text() == (
        "# nodes=3 edges=4 columns=source,target,weight\n"
        "0,0,0.5\n0,1,-1.25\n1,2,1e-300\n2,0,0.3333333333333333\n"
    )


@pytest.mark.parametrize("directed", [True, False])
def test_graphml_of_igraph_loads(directed: bool, tmp_path: Path) -> None:
    graph = igraph.Graph([(0, 1), (2, 2)], n=4, directed=directed)
    graph.vs["name"] = ["d", "c", "b", "a"]
    path = tmp_path / "igraph.graphml"
    graph.write_graphml(str(path))
    assert 'id="n0"' in path.read_text()
    np.testing.assert_array_equal(load_graph(path), as_adjacency(graph))
    graph.es["weight"] = [0.1, -2.5]
    graph.write_graphml(str(path))
    np.testing.assert_array_equal(load_graph(path), as_weights(graph))


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
def test_graphml_and_json_of_networkx_load(kind: Callable[..., Any], tmp_path: Path) -> None:
    graph = kind([("b", "a"), ("a", "a")])
    graph.add_edge("a", (0, (1, 2)), weight=0.5)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    np.testing.assert_array_equal(load_graph(tmp_path / "g.graphml"), as_weights(graph))
    for edges in ("edges", "links"):
        text = json.dumps(nx.node_link_data(graph, edges=edges))
        np.testing.assert_array_equal(
            load_graph(content(tmp_path / "g.json", text)), as_weights(graph)
        )


def test_graphml_in_the_manner_of_gephi_loads(tmp_path: Path) -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
    <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
    <key attr.name="label" attr.type="string" for="node" id="label"/>
    <key attr.name="weight" attr.type="float" for="edge" id="w"><default>0.25</default></key>
    <graph edgedefault="undirected">
    <node id="Zoe"><data key="label">Z</data></node><node id="7"/><node id="n0"/>
    <edge id="0" source="7" target="Zoe"><data key="w">1.5</data></edge>
    <edge id="1" source="7" target="n0" directed="true"/>
    </graph></graphml>"""
    loaded = load_graph(content(tmp_path / "gephi.graphml", text))
    np.testing.assert_array_equal(loaded, [[0, 1.5, 0], [1.5, 0, 0.25], [0, 0, 0]])


def test_graphml_with_nested_graphs_keeps_their_nodes(tmp_path: Path) -> None:
    text = """<graphml><graph edgedefault="directed"><node id="group"><graph>
    <node id="group::in"/></graph></node><edge source="group::in" target="group"/>
    </graph></graphml>"""
    loaded = load_graph(content(tmp_path / "nested.graphml", text))
    assert np.argwhere(loaded).tolist() == [[1, 0]]


@pytest.mark.parametrize("form", ["bsr", "coo", "csc", "csr", "dia"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_npz_of_scipy_loads(form: str, kind: str, tmp_path: Path) -> None:
    for matrix in (PATH, RING):
        sparse = getattr(scipy.sparse, f"{form}_{kind}")(matrix)
        scipy.sparse.save_npz(tmp_path / "g.npz", sparse)
        loaded = load_graph(tmp_path / "g.npz")
        assert loaded.dtype == matrix.dtype
        np.testing.assert_array_equal(loaded, matrix)


def test_npz_of_one_plain_array_loads(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "g.npz", mask=PATH)
    np.testing.assert_array_equal(load_graph(tmp_path / "g.npz"), PATH)


@pytest.mark.parametrize("matrix", [PATH | PATH.T, RING + RING.T], ids=["bool", "float"])
def test_matrixmarket_of_scipy_loads(matrix: Adjacency | Weights, tmp_path: Path) -> None:
    path = tmp_path / "g.mtx"
    field: Any = "pattern" if matrix.dtype == bool else "real"
    scipy.io.mmwrite(path, scipy.sparse.coo_array(matrix.astype(float)), field=field)
    assert f"coordinate {field} symmetric" in path.read_text()  # holds half of the entries
    loaded = load_graph(path)
    assert loaded.dtype == matrix.dtype
    np.testing.assert_array_equal(loaded, matrix)
    scipy.io.mmwrite(path, matrix.astype(float))
    assert "array real symmetric" in path.read_text()
    np.testing.assert_array_equal(load_graph(path), matrix)


@pytest.mark.parametrize(
    "text", ["# nodes=3\n0 1\n1,2\n", "\ufeff#nodes=3 edges=2\r\n0\t1\r\n1\t2\r\n"]
)
def test_edge_lists_by_hand_load(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hand.txt"
    path.write_bytes(text.encode())
    np.testing.assert_array_equal(load_graph(path), PATH)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.edges", "# nodes=2\n0 1 0\n1 0 3\n"),
        (
            "g.json",
            '{"directed": true, "nodes": [{"id": 0}, {"id": 1}], "edges": '
            '[{"source": 0, "target": 1, "weight": 0}, {"source": 1, "target": 0, "weight": 3}]}',
        ),
    ],
)
def test_an_edge_of_weight_zero_is_an_edge_for_as_adjacency(
    name: str, text: str, tmp_path: Path
) -> None:
    path = content(tmp_path / name, text)
    assert as_adjacency(path).tolist() == [[False, True], [True, False]]
    assert load_graph(path).tolist() == as_weights(path).tolist() == [[0, 0], [3, 0]]


@SUFFIXES
def test_a_missing_file_is_named(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"missing{suffix}"
    with pytest.raises(FileError, match=rf"missing{suffix}` cannot be read: No such file or dir"):
        load_graph(path)


def test_a_folder_is_no_graph(tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(FileError, match=r"folder\.npz` cannot be read: Is a directory\.$"):
        load_graph(tmp_path / "folder.npz")


@pytest.mark.parametrize("name", ["g.pkl", "g.gpickle", "g"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(name: str, tmp_path: Path) -> None:
    known = r"\.npz, \.graphml, \.json, \.mtx, \.edges, \.txt, \.csv, \.tsv"
    for call in (lambda path: save_graph(PATH, path), load_graph, as_adjacency):
        with pytest.raises(
            InputError, match=rf"^`path` must end in one of {known}; got '.*{name}'\.$"
        ):
            call(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_suffix_nearly_right_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Did you mean '\.graphml'\?$"):
        load_graph(tmp_path / "g.graphxml")


@pytest.mark.parametrize(
    ("parent", "reason"), [("nowhere", "No such file or directory"), ("file", "Not a directory")]
)
def test_a_file_that_cannot_be_written_is_named(parent: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / parent / "g.npz"
    with pytest.raises(FileError, match=re.escape(f"`{path}` cannot be written: {reason}.")):
        save_graph(PATH, path)


def test_only_graphs_are_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^`adjacency` must hold finite numbers; got nan"):
        save_graph(np.full((2, 2), np.nan), tmp_path / "g.npz")
    assert not list(tmp_path.iterdir())


def test_writing_replaces_a_file_whole_and_leaves_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "g.npz"
    save_graph(PATH, path)

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        with pytest.raises(FileError, match=r"cannot be written: No space left on device\.$"):
            save_graph(RING, path)
    np.testing.assert_array_equal(load_graph(path), PATH)
    save_graph(RING, path)
    np.testing.assert_array_equal(load_graph(path), RING)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    save_graph(PATH, tmp_path / "g.npz")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1
