import contextlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import FileError
from rnngraph.graphs import as_weights, load_graph, save_graph
from rnngraph.graphs.files import FORMATS

PATH = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
RING = np.array([[0.5, -1.25, 0], [0, 0, 1e-300], [1 / 3, 0, 0]])
SUFFIXES = pytest.mark.parametrize("suffix", FORMATS)


@SUFFIXES
@pytest.mark.parametrize("matrix", [PATH, RING], ids=["bool", "float"])
def test_a_file_that_was_cut_off_anywhere_is_refused(
    suffix: str, matrix: Adjacency | Weights, tmp_path: Path
) -> None:
    path = tmp_path / f"graph{suffix}"
    save_graph(matrix, path)
    whole = path.read_bytes()
    # An npz, the only long file here, is cut at some places, a text at each.
    for end in range(0, len(whole.rstrip()), 1 + len(whole) // 600 * 10):
        path.write_bytes(whole[:end])
        with pytest.raises(FileError, match=re.escape(f"`{path}`")):
            load_graph(path)


@pytest.mark.parametrize("suffix", [".npz", ".graphml", ".json", ".mtx", ".edges"])
@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_file_gives_a_square_matrix_or_a_file_error(
    suffix: str, data: st.DataObject, tmp_path: Path
) -> None:
    path = tmp_path / f"graph{suffix}"
    save_graph(RING, path)
    damaged = bytearray(path.read_bytes())
    # Above 57 there is no digit, so that sizes do not grow past the memory.
    places = st.tuples(st.integers(0, len(damaged) - 1), st.integers(58, 255))
    for position, value in data.draw(st.lists(places, min_size=1, max_size=3)):
        damaged[position] = value
    path.write_bytes(damaged)
    with contextlib.suppress(FileError):
        loaded = load_graph(path)
        assert loaded.shape == (len(loaded), len(loaded))


@SUFFIXES
@pytest.mark.parametrize("junk", [b"", b"\n", b"\x00\xff\xfe\n", b"PK\x03\x04", b"not a graph\n"])
def test_junk_is_refused(suffix: str, junk: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(junk)
    with pytest.raises(FileError, match=re.escape(f"`{path}`")):
        load_graph(path)


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (np.array([{"a": 1}]).dumps(), r"must be an npz archive; it is not a zip file\.$"),
        (npz(a=np.array([[{}]])), r"cannot be read as .* Object arrays cannot be loaded when"),
        (npz(a=np.eye(2), b=np.eye(2)), r"does not contain a sparse array or matrix"),
        (npz(a=np.zeros((2, 3))), r"must be a square matrix of shape \(n, n\); got shape \(2, 3\)"),
        (npz(a=np.full((1, 1), np.nan)), r"must hold finite numbers; got nan at \[0, 0\]\.$"),
        (
            npz(format="csr", data=[1.0], indices=[10**6], indptr=[0, 1, 1], shape=[2, 2]),
            r"cannot be read as .* indices must be < 2$",
        ),
        (
            npz(format="bsr", data=[[[1.0]]], indices=[-5], indptr=[0, 1, 1], shape=[2, 2]),
            r"cannot be read as .* ",
        ),
        (
            npz(format="coo", data=[1.0], row=[7], col=[0], shape=[2, 2]),
            r"cannot be read as .* row index exceeds matrix dimensions|axis 0 index 7 exceeds",
        ),
    ],
)
def test_archives_that_are_no_graph_are_refused(
    archive: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "g.npz"
    path.write_bytes(archive)
    with pytest.raises(FileError, match=message) as caught:
        load_graph(path)
    assert str(path) in str(caught.value)


GRAPHML = '<graphml><key id="w" for="edge" attr.name="weight"/><graph>{}</graph></graphml>'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("g.graphml", "<html/>", r"` must hold one graph; got 0\.$"),
        ("g.graphml", "<g><graph/><graph/></g>", r"` must hold one graph; got 2\.$"),
        ("g.graphml", GRAPHML.format(""), r"` must have at least 1 node; got none\.$"),
        ("g.graphml", GRAPHML.format("<node/>"), r"cannot be read as GraphML: KeyError: 'id'$"),
        (
            "g.graphml",
            GRAPHML.format('<node id="a"/><node id="a"/>'),
            r"` must name each node once; got 'a' again\.$",
        ),
        (
            "g.graphml",
            GRAPHML.format('<node id="a"/><edge source="a" target="b"/>'),
            r"` must have edges between its nodes; got one at 'b', which is no node\.$",
        ),
        (
            "g.graphml",
            GRAPHML.format('<node id="a"/><hyperedge/>'),
            r"` must have edges between two nodes; got a hyperedge\.$",
        ),
        (
            "g.graphml",
            GRAPHML.format(
                '<node id="a"/><edge source="a" target="a"><data key="w">much</data></edge>'
            ),
            r"` must have finite, real edge weights; got 'much' between the nodes at 0 and 0\.$",
        ),
        (
            "g.graphml",
            GRAPHML.format(
                '<node id="a"/><edge source="a" target="a"><data key="w">NaN</data></edge>'
            ),
            r"` must have finite, real edge weights; got nan between the nodes at 0 and 0\.$",
        ),
        ("g.json", '{"nodes": []}', r"cannot be read as node-link JSON: KeyError: 'links'$"),
        ("g.json", "[]", r"cannot be read as node-link JSON: KeyError|TypeError"),
        (
            "g.json",
            '{"nodes": [{"id": 0}], "edges": [{"source": 0, "target": 0, "weight": "much"}]}',
            r"` must have finite, real edge weights; got 'much' between the nodes at 0 and 0\.$",
        ),
        (
            "g.json",
            '{"nodes": [{"id": 0}], "edges": [{"source": 0, "target": 1}]}',
            r"` must have edges between its nodes; got one at 1, which is no node\.$",
        ),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 3 1.0\n",
            r"` must be a square matrix of shape \(n, n\); got shape \(2, 3\)\.$",
        ),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1.0 0.0\n",
            r"` must hold booleans or real numbers; got dtype complex128\.$",
        ),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1.0\n",
            r"cannot be read as MatrixMarket: ValueError: ",
        ),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1.0",
            r"` must end with a line end; it may be cut off\.$",
        ),
        ("g.edges", "0 1\n", r"` must give its number of nodes in a line such as `# nodes=5`\.$"),
        ("g.edges", "# nodes=2 edges=2\n0 1\n", r"` must hold 2 edges as it says; got 1\.$"),
        ("g.edges", "# nodes=2\n0 1", r"` must end with a line end; it may be cut off\.$"),
        ("g.edges", "# nodes=2\n0\n", r"` must have 2 or 3 columns; got 1\.$"),
        ("g.edges", "# nodes=2\n0 1\n1\n", r"cannot be read as an edge list: ValueError: .* row 2"),
        ("g.edges", "# nodes=2\na b\n", r"cannot be read as an edge list: ValueError: .*'a'"),
        ("g.edges", "# nodes=2\n0 1\n0 0.5\n", r"` must name nodes by integers; got 0\.5\.$"),
        ("g.edges", "# nodes=2\n0 nan\n", r"` must name nodes by integers; got nan\.$"),
        ("g.edges", "# nodes=2\n0 inf\n", r"` must name nodes by integers; got inf\.$"),
        (
            "g.edges",
            "# nodes=2\n0 2\n",
            r"` must hold node indices in \[0, 2\); got the edge 0 -> 2\.$",
        ),
        ("g.edges", "# nodes=0\n", r"` must have at least 1 node; got none\.$"),
        (
            "g.edges",
            "# nodes=2\n0 1 1e999\n",
            r"` must have finite, real edge weights; got inf between the nodes at 0 and 1\.$",
        ),
        (
            "g.edges",
            "# nodes=2\n0 1 2\n0 1 3\n",
            r"` must have one weight an edge; got parallel edges between the nodes at 0 and 1\.",
        ),
    ],
)
def test_files_that_break_a_rule_say_which(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FileError, match=message) as caught:
        load_graph(path)
    assert str(caught.value).startswith(f"`{path}` ")
    with pytest.raises(FileError, match=message):
        as_weights(path)


@pytest.mark.parametrize("rows", ["0 1\n", "0 1 2.0\n"])
def test_more_nodes_than_memory_has_room_for_are_refused(rows: str, tmp_path: Path) -> None:
    path = tmp_path / "graph.edges"
    path.write_text(f"# nodes=1000000000\n{rows}")
    match = rf"^`{re.escape(str(path))}` must fit into memory as a dense array; got shape \(100"
    for read in (load_graph, as_weights):
        with pytest.raises(FileError, match=match):
            read(path)
