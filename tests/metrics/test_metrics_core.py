"""The compiled core against its reference twin, and against what could make it read elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnngraph import _native
from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.metrics import CORE, EDGES, METRICS, NODES, profile
from rnngraph.metrics._topology import Topology

GRAPHS = st.integers(1, 24).flatmap(lambda n: arrays(bool, (n, n)))
# A sanitizer keeps what was freed, and takes far more addresses than it uses.
plain_memory = pytest.mark.skipif(
    not Path("/proc/self/statm").exists() or "asan" in os.environ.get("LD_PRELOAD", ""),
    reason="no /proc, or a sanitizer's memory",
)
built = pytest.mark.skipif(_native.core is None, reason="the compiled core was not built")


def kinds() -> dict[str, Adjacency]:
    """Graphs of every kind, large enough for several batches of the path kernel."""
    rng = np.random.default_rng(5)
    n = 130
    grid = np.zeros((144, 144), dtype=bool)
    for i in range(144):
        for j in (i + 1, i + 12):
            if j < 144 and (j != i + 1 or j % 12):
                grid[i, j] = grid[j, i] = True
    tree = np.zeros((n, n), dtype=bool)
    tree[(np.arange(1, n) - 1) // 2, np.arange(1, n)] = True
    star = np.zeros((n, n), dtype=bool)
    star[0, 1:] = True
    apart = np.zeros((n, n), dtype=bool)
    apart[:60, :60], apart[60:100, 60:100] = rng.random((60, 60)) < 0.1, rng.random((40, 40)) < 0.5
    return {
        "empty": np.zeros((n, n), dtype=bool),
        "loops": np.eye(n, dtype=bool),
        "complete": np.ones((n, n), dtype=bool),
        "sparse": rng.random((n, n)) < 0.015,
        "random": rng.random((n, n)) < 0.1,
        "dense": rng.random((n, n)) < 0.8,
        "acyclic": np.triu(rng.random((n, n)) < 0.2),
        "ring": np.roll(np.eye(n, dtype=bool), 1, axis=1),
        "path": np.eye(n, k=1, dtype=bool),
        "undirected ring": np.roll(np.eye(n, dtype=bool), 1, axis=1)
        | np.roll(np.eye(n, dtype=bool), -1, axis=1),
        "grid": grid,
        "tree": tree,
        "undirected tree": tree | tree.T,
        "star": star,
        "inward star": star.T.copy(),
        "two parts and isolated nodes": apart,
    }


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=False, rtol=1e-9, atol=1e-11)


def test_what_the_core_yields_are_metrics() -> None:
    assert len(set(CORE)) == len(CORE)
    assert set(CORE) <= set(METRICS)


@built
def test_the_core_yields_most_of_what_is_worth_a_training_step() -> None:
    assert sorted(name for name, _ in _native.core.columns()) == sorted(CORE)
    assert {"edge_betweenness_mean", "triad_300", "modularity", "spectral_radius"} <= set(CORE)


@built
@pytest.mark.parametrize("kind", kinds())
def test_the_core_is_its_reference(kind: str) -> None:
    graph = kinds()[kind]
    same(
        profile(graph, metrics=CORE, backend="native"),
        profile(graph, metrics=CORE, backend="reference"),
    )


@built
@pytest.mark.parametrize("name", [] if _native.core is None else _native.core.instruction_sets())
def test_every_instruction_set_of_this_machine_does(name: str) -> None:
    *_, widest = _native.core.instruction_sets()
    graphs = list(kinds().values())
    expected = profile(graphs, metrics=CORE)
    _native.core.use_instruction_set(name)
    try:
        same(profile(graphs, metrics=CORE), expected)
        distances = ["mean_path_length", "closeness_in_std", "closeness_out_std", "diameter"]
        same(
            profile(graphs, metrics=distances),
            expected[[*distances, "undefined"]].assign(
                undefined=profile(graphs, metrics=distances, backend="reference")["undefined"]
            ),
        )
    finally:
        _native.core.use_instruction_set(widest)


@built
def test_what_the_core_leaves_open_is_found_beside_any_other_metric() -> None:
    two_rings = np.kron(np.eye(2), [[0, 1], [1, 0]]) > 0  # components with one root
    table = profile(two_rings, metrics=["eigenvector_max", "n_weak_components"])
    assert table["eigenvector_max"].tolist() == [pytest.approx(0.5, abs=1e-12)]


@built
@settings(deadline=None, max_examples=60)
@given(GRAPHS)
def test_the_core_is_its_reference_on_any_small_graph(graph: Adjacency) -> None:
    same(
        profile(graph, metrics=CORE, backend="native"),
        profile(graph, metrics=CORE, backend="reference"),
    )


@built
@pytest.mark.parametrize("kind", kinds())
def test_nodes_and_edges_are_those_of_the_reference(kind: str) -> None:
    graph = kinds()[kind]
    native = profile(graph, nodes=True, backend="native")
    reference = profile(graph, nodes=True, backend="reference")
    same(native.nodes, reference.nodes)
    same(native.edges, reference.edges)
    assert list(native.nodes) == ["graph", "node", *NODES, "undefined"]
    assert list(native.edges) == ["graph", "source", "target", *EDGES, "undefined"]


@built
def test_no_value_depends_on_grouping_or_threads() -> None:
    graphs = list(kinds().values())
    together = profile(graphs, metrics=CORE)
    pd.testing.assert_frame_equal(
        profile(graphs, metrics=CORE, n_jobs=3), together, check_exact=True
    )
    alone = pd.concat([profile(g, metrics=CORE) for g in graphs], ignore_index=True)
    pd.testing.assert_frame_equal(alone, together, check_exact=True)
    backwards = profile(graphs[::-1], metrics=CORE)[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(backwards, together, check_exact=True)


@built
def test_threads_within_one_graph_change_no_bit() -> None:
    graph = np.random.default_rng(2).random((700, 700)) < 0.02
    one, four = (profile(graph, metrics=CORE, n_jobs=n) for n in (1, 4))
    pd.testing.assert_frame_equal(one, four, check_exact=True)


@pytest.mark.parametrize("links", [12, 400, 1100])
def test_path_counts_beyond_any_float_are_shares_all_the_same(links: int) -> None:
    # A chain of diamonds: 2 ** links shortest paths from end to end, 2 ** 1100 > 1e308.
    n = 3 * links + 1
    graph = np.zeros((n, n), dtype=bool)
    joint = 3 * np.arange(links)
    for side in (1, 2):
        graph[joint, joint + side] = graph[joint + side, joint + 3] = True
    if links > 400 and _native.core is None:
        pytest.skip("igraph counts in double precision")
    found = Topology.of(graph).betweenness
    node = np.arange(0, n, 3)
    np.testing.assert_allclose(found[node], node * (n - 1 - node), rtol=1e-9)
    np.testing.assert_allclose(found[joint + 1], (joint + 1) * (n - 3 - joint) / 2, rtol=1e-9)


@pytest.mark.parametrize(
    "graph",
    [
        np.asfortranarray(np.triu(np.ones((9, 9), dtype=bool), k=1)),
        np.ones((18, 18), dtype=bool)[::2, ::2],
        np.ones((9, 9), dtype=np.int8),
        np.ones((9, 9), dtype=np.float16),
        np.full((9, 9), -3),
        np.broadcast_to(np.array(True), (9, 9)),
        np.full((9, 9), 255, dtype=np.uint8).view(bool),
    ],
    ids=["Fortran order", "strided", "int8", "float16", "negative", "broadcast", "odd booleans"],
)
@pytest.mark.parametrize("stacked", [False, True])
def test_any_layout_and_type_of_matrix(graph: Adjacency, stacked: bool) -> None:
    plain = np.array(graph.astype(float) != 0, order="C")
    given = np.stack([graph, graph]) if stacked else graph
    given.setflags(write=False)
    table = profile(given, metrics=CORE)
    for k in range(len(table)):
        same(table.iloc[[k]].reset_index(drop=True), profile(plain, metrics=CORE))


@pytest.mark.parametrize(
    ("graphs", "message"),
    [
        (np.ones((2, 3, 4)), r"^`graphs` must be a stack of shape \(K, n, n\) with n >= 1; got "),
        (np.ones((2, 0, 0)), r"^`graphs` must be a stack of shape \(K, n, n\) with n >= 1; got "),
        (np.full((2, 2, 2), np.nan), r"^`graphs` must hold finite numbers; got nan at \[0, 0, 0\]"),
        (np.full((2, 2, 2), 1j), r"^`graphs` must hold booleans or real numbers; got dtype compl"),
        (np.full((2, 2, 2), "a"), r"^`graphs` must hold booleans or real numbers; got dtype <U1"),
        (np.ones((0, 0)), r"^`graphs` must have at least 1 node; got a matrix of shape \(0, 0\)\."),
        (np.ones((1, 2, 2, 2)), r"^`graphs` must be a square matrix of shape \(n, n\); got shape "),
        (np.full((2, 2), np.inf), r"^`graphs` must hold finite numbers; got inf at \[0, 0\]\."),
    ],
)
def test_bad_arrays_are_refused(graphs: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        profile(graphs, metrics=CORE)


@built
def test_the_core_itself_checks_what_would_make_it_read_elsewhere() -> None:
    core, mask = _native.core, np.zeros(9, dtype=np.uint8)
    for sizes in ([4], [2], [], [3, 3], [-3], [0], [2**31]):
        with pytest.raises(ValueError, match="the masks must fill the buffer|must have 1 to 2"):
            core.profile(mask, sizes, 0, 1)
    for wrong in (mask.astype(float), mask.reshape(3, 3), np.zeros(18, dtype=np.uint8)[::2], None):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            core.profile(wrong, [3], 0, 1)
    for wrong in (mask, mask.reshape(3, 3).astype(float), mask.reshape(3, 3, 1), None):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            core.Graph(wrong)
    with pytest.raises(ValueError, match="does not have the instruction set mmx"):
        core.use_instruction_set("mmx")
    with pytest.raises(ValueError, match="must be square"):
        core.Graph(mask.reshape(1, 9))


def test_results_say_which_backend_ran() -> None:
    graph = np.ones((3, 3), dtype=bool)
    expected = "reference" if _native.core is None else "native"
    assert profile(graph, metrics="density").attrs == {"backend": expected}
    assert profile(graph, metrics="density", backend="reference").attrs == {"backend": "reference"}


def test_without_a_core_all_works_by_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = np.random.default_rng(0).random((12, 12)) < 0.2
    expected = profile(graph, metrics=CORE, backend="reference")
    monkeypatch.setattr(_native, "core", None)
    _native.say_that_it_is_missing.cache_clear()
    with pytest.warns(UserWarning, match="^rnngraph was installed without its compiled core"):
        profile(graph, metrics="density")
    pd.testing.assert_frame_equal(profile(graph, metrics=CORE), expected, check_exact=True)
    match = r"^`backend` must be auto or reference where the compiled core was not built; got 'nat"
    with pytest.raises(InputError, match=match):
        profile(graph, backend="native")


@plain_memory
def test_threads_within_a_graph_free_what_they_worked_in() -> None:
    graph = np.random.default_rng(0).random((500, 500)) < 0.05

    def mebibytes() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def work() -> None:
        for _ in range(10):
            profile(graph, metrics=["betweenness_mean"], n_jobs=4)

    work()
    before = mebibytes()
    work()
    assert mebibytes() - before < 30  # a thread works in 4 MiB; 30 threads began and ended


@plain_memory
def test_goes_on_with_the_threads_that_there_are() -> None:
    """Room for a few more stacks of threads, and many asked for."""
    code = (
        "import resource, numpy as np, rnngraph as rg\n"
        "graphs = np.ones((64, 3, 3), bool)\n"
        "rg.profile(graphs, metrics=['density'])\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "limit = pages * resource.getpagesize() + 60 * 2**20\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "print(rg.profile(graphs, metrics=['density'], n_jobs=64)['density'].sum())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == 64
