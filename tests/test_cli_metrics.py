"""`rnngraph metrics` and `rnngraph nulls`: names of nodes, ports, null graphs, hints."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from rnngraph.cli import OK, USAGE
from rnngraph.graphs import as_adjacency, node_names, save_graph
from rnngraph.metrics import (
    METRICS,
    PORTED,
    profile,
    rich_club_ratio,
    rich_club_zscores,
    weighted_rich_club_ratio,
    weighted_rich_club_zscores,
)
from rnngraph.nulls import MOTIFS, null_graphs, null_weights, null_zscores, small_worldness
from tests.conftest import Cli

EDGES = [("eye", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "hand")]
NAMES = ["eye", "a", "b", "c", "hand"]
GRAPH = np.random.default_rng(0).random((16, 16)) < 0.3


@pytest.fixture
def circuit(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Weighted, with names, as igraph, networkx or JSON keep them."""
    path = tmp_path / f"circuit.{'json' if request.param == 'json' else 'graphml'}"
    if request.param == "igraph":
        graph = igraph.Graph.TupleList(EDGES, directed=True)
        graph.es["weight"] = [0.5, 2.0, 1.0, 0.5, 4.0]
        graph.write_graphml(str(path))
        return path
    theirs: nx.DiGraph[str] = nx.DiGraph()
    for edge, weight in zip(EDGES, [0.5, 2.0, 1.0, 0.5, 4.0], strict=True):
        theirs.add_edge(*edge, weight=weight)
    if request.param == "json":
        path.write_text(json.dumps(nx.node_link_data(theirs, edges="edges")))
    else:
        nx.write_graphml(theirs, path)
    return path


of_each_writer = pytest.mark.parametrize("circuit", ["igraph", "networkx", "json"], indirect=True)


def table_of(cli: Cli, *words: object) -> pd.DataFrame:
    done = cli(*words, "--format", "csv")
    assert (done.code, done.err) == (OK, "")
    return pd.read_csv(StringIO(done.out), keep_default_na=True)


@of_each_writer
def test_nodes_and_edges_have_the_names_of_the_file(cli: Cli, circuit: Path) -> None:
    assert node_names(circuit) == NAMES
    names = ["in_degree", "eccentricity"]
    table = table_of(cli, "metrics", circuit, "--nodes", "-m", names[0], "-m", names[1])
    expected = profile(circuit, metrics=names, nodes=True).nodes
    assert table["node"].tolist() == NAMES
    assert table["in_degree"].tolist() == [0, 2, 1, 1, 1]
    np.testing.assert_array_equal(table["eccentricity"], expected["eccentricity"])
    assert table["undefined"][4] == "eccentricity: needs a node that reaches another"
    edges = table_of(cli, "metrics", circuit, "--edges", "--weight-as", "length")
    assert list(zip(edges["source"], edges["target"], strict=True)) == EDGES
    assert edges["weight"].tolist() == [0.5, 2.0, 1.0, 0.5, 4.0]
    (first, *_) = json.loads(cli("metrics", circuit, "--nodes", "--format", "json").out)
    assert first["node"] == "eye"


def test_graphs_have_names_of_their_own(cli: Cli, tmp_path: Path) -> None:
    nx.write_graphml(nx.DiGraph([("x", "y")]), tmp_path / "a.graphml")
    save_graph(np.eye(3, k=1, dtype=bool), tmp_path / "b.npz")
    words = ("metrics", tmp_path / "a.graphml", tmp_path / "b.npz", "--nodes", "-m", "in_degree")
    table = table_of(cli, *words)
    assert table["node"].tolist() == ["x", "y", "0", "1", "2"]
    assert node_names(tmp_path / "b.npz") == [0, 1, 2]
    (*_, last) = json.loads(cli(*words, "--format", "json").out)
    assert last["node"] == 2


GRAPHML = """<graphml><key id="k" for="node" attr.name="name" attr.type="string"/>
<graph edgedefault="directed"><node id="n0">{}</node><node id="n1">{}</node></graph></graphml>"""
P, Q = '<data key="k">p</data>', '<data key="k">q</data>'


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ((P, Q), ["p", "q"]),
        ((P, ""), ["n0", "n1"]),
        ((P, P), ["n0", "n1"]),
        (('<data key="k"/>', P), ["n0", "n1"]),
        (('<data key="z">p</data>', Q), ["n0", "n1"]),
    ],
    ids=["names", "not all", "twice", "empty", "another key"],
)
def test_ids_stand_where_names_do_not_tell_nodes_apart(
    tmp_path: Path, data: tuple[str, str], names: list[str]
) -> None:
    (tmp_path / "g.graphml").write_text(GRAPHML.format(*data))
    assert node_names(tmp_path / "g.graphml") == names


def test_reasons_stand_below_the_table_once(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_graph(np.eye(3, k=1, dtype=bool), path)
    words = ("metrics", path, "--nodes", "-m", "eigenvector", "-m", "participation_in")
    assert cli(*words).out.splitlines()[-2:] == [
        f"{path}: 0: participation_in: needs a node with an in-edge",
        f"{path}: eigenvector: needs a cycle",
    ]


@of_each_writer
def test_where_the_signal_enters_and_leaves(cli: Cli, circuit: Path) -> None:
    table = table_of(cli, "metrics", circuit, "--inputs", "b", "--readouts", "hand,eye")
    assert list(table) == ["graph", *PORTED, "undefined"]
    for name, metric in PORTED.items():
        assert table[name][0] == metric(as_adjacency(circuit), inputs=[2], readouts=[4, 0])
    words = ("metrics", circuit, "--inputs", "hand", "--readouts", "eye", "-m", "density", "-m")
    table = table_of(cli, *words, "input_to_readout_distance")
    assert table["density"][0] == METRICS["density"](circuit)
    assert table["undefined"][0].startswith("input_to_readout_distance: needs a readout unit that")


def test_units_are_names_and_ranges(cli: Cli, tmp_path: Path) -> None:
    paths = [tmp_path / "a.npz", tmp_path / "b.graphml"]
    for path in paths:
        save_graph(GRAPH, path)
    table = table_of(cli, "metrics", *paths, "--inputs", "0-3,7", "--readouts", "all")
    expected = PORTED["answered_fraction"](GRAPH, inputs=[0, 1, 2, 3, 7], readouts="all")
    assert table["answered_fraction"].tolist() == [expected] * 2
    nx.write_graphml(nx.DiGraph([("0-1", "2")]), tmp_path / "odd.graphml")
    words = ("metrics", tmp_path / "odd.graphml", "--inputs", "0-1", "--readouts", "2")
    assert table_of(cli, *words)["driven_fraction"][0] == 1


def test_any_metric_against_null_graphs(cli: Cli, tmp_path: Path) -> None:
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path, graph in zip(paths, (GRAPH, GRAPH.T), strict=True):
        save_graph(graph, path)
    words = ("nulls", *paths, "-m", "clustering", "-m", "density", "-n", "5", "--seed", "3")
    table = table_of(cli, *words)
    assert table["graph"].tolist() == [str(path) for path in paths for _ in range(2)]
    expected = null_zscores(GRAPH, ["clustering", "density"], n=5, rng=3).reset_index()
    pd.testing.assert_frame_equal(
        table[:2].drop(columns=["graph", "undefined"]), expected.drop(columns="undefined")
    )
    lines = cli(*words).out.splitlines()
    assert lines[0].split() == [name for name in table if name != "undefined"]
    assert lines[-1] == f"{paths[1]}: density: z_score: the null graphs are all alike"
    motifs = table_of(cli, "nulls", paths[0], "--motifs", "-n", "3", "--null", "erdos_renyi_like")
    assert motifs["metric"].tolist() == list(MOTIFS)


def test_weights_against_null_graphs(cli: Cli, tmp_path: Path) -> None:
    weights = GRAPH * np.random.default_rng(1).random(GRAPH.shape)
    save_graph(weights, tmp_path / "a.npz")
    words = ("--weight-as", "length", "--null", "shuffle", "-m", "weighted_diameter", "-n", "4")
    table = table_of(cli, "nulls", tmp_path / "a.npz", *words)
    options: dict[str, Any] = {"null": "shuffle", "n": 4, "rng": 0, "weight_as": "length"}
    expected = null_zscores(weights, ["weighted_diameter"], **options)
    np.testing.assert_allclose(table["z_score"], expected["z_score"])


def test_rich_clubs_and_indices(cli: Cli, tmp_path: Path) -> None:
    save_graph(GRAPH, tmp_path / "a.npz")
    nulls = null_graphs(GRAPH, n=6, rng=1)
    words = ("nulls", tmp_path / "a.npz", "-n", "6", "--seed", "1")
    clubs = table_of(cli, *words, "--rich-club").drop(columns="graph")
    pd.testing.assert_frame_equal(clubs, rich_club_zscores(GRAPH, nulls), check_dtype=False)
    indices = table_of(cli, *words, "--indices")
    small = small_worldness(GRAPH, n=6, rng=1)
    assert indices["sigma"][0] == small.sigma
    assert indices["propensity"][0] == small.propensity
    assert indices["rich_club_ratio"][0] == rich_club_ratio(GRAPH, nulls)
    save_graph(np.eye(3, k=1, dtype=bool), tmp_path / "path.npz")
    few = table_of(cli, "nulls", tmp_path / "path.npz", "--indices", "-n", "2")
    assert few[["sigma", "rich_club_ratio"]].isna().all(axis=None)
    assert few["undefined"][0].startswith("rich_club_ratio: needs ")


def test_rich_clubs_and_indices_of_weights(cli: Cli, tmp_path: Path) -> None:
    weights = GRAPH * np.random.default_rng(1).random(GRAPH.shape)
    save_graph(weights, tmp_path / "a.npz")
    for null in ("rewire", "shuffle"):
        nulls = null_weights(weights, null=null, n=6, rng=1)
        words = ("nulls", tmp_path / "a.npz", "-n", "6", "--seed", "1", "--weight-as", "strength")
        clubs = table_of(cli, *words, "--rich-club", "--null", null).drop(columns="graph")
        expected = weighted_rich_club_zscores(weights, nulls)
        pd.testing.assert_frame_equal(clubs, expected, check_dtype=False)
    nulls = null_weights(weights, n=6, rng=1)
    indices = table_of(cli, *words, "--indices")
    small = small_worldness(weights, n=6, rng=1, weight_as="strength")
    assert indices["sigma"][0] == small.sigma
    assert indices["weighted_rich_club_ratio"][0] == weighted_rich_club_ratio(weights, nulls)


RING = "ring.npz"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("metrics", "--core", "-m", "density", "--darji"),
            "`--core`, `--darji` and `--metric` each choose the metrics, so only one may be given; "
            "got `--core` and `--darji` and `--metric`.",
        ),
        (
            ("metrics", "--core", "--nodes"),
            "`--core` must stand without `--nodes`, which has metrics of its own, chosen by "
            "`--metric`; got both.",
        ),
        (
            ("metrics", "--darji", "--weight-as", "length"),
            "`--darji` must stand without `--weight-as`, which has metrics of its own",
        ),
        (
            ("metrics", "--edges", "-m", "in_degree"),
            "`--metric` must be of edges with `--edges`; got ['in_degree'], which `--nodes` has.",
        ),
        (
            ("metrics", "--nodes", "-m", "edge_betweenness"),
            "`--metric` must be of nodes with `--nodes`; got ['edge_betweenness'], which `--edges`",
        ),
        (("metrics", "--inputs", "0"), "`--inputs` and `--readouts` go together; got --inputs al"),
        (
            ("metrics", "--inputs", "0", "--readouts", "1", "--nodes"),
            "`--inputs` and `--readouts` must stand without `--nodes`, which has metrics of its",
        ),
        (
            ("metrics", "--inputs", "0-9", "--readouts", "all"),
            "`--inputs` must name nodes of ring.npz, as `--nodes` shows them; got '8'.",
        ),
        (
            ("metrics", "--inputs", "0", "--readouts", "1,,2"),
            "`--readouts` must name nodes of ring.npz, as `--nodes` shows them; got ''.",
        ),
        (
            ("metrics", "--inputs", "0", "--readouts", "1", "-m", "drven_fraction"),
            "`--metric` must be a known name; got 'drven_fraction'. Did you mean 'driven_fraction'",
        ),
        (("metrics", "-m", "zzz"), "got 'zzz'. The documentation's catalogue lists them."),
        (("metrics", "-m", "driven_fraction"), "It needs `--inputs` and `--readouts`."),
        (("metrics", "-m", "rich_club_curve"), "`rnngraph nulls --rich-club` has it."),
        (("metrics", "-m", "rich_club_ratio"), "`rnngraph nulls --indices` has it."),
        (("metrics", "-m", "small_world_omega"), "`rnngraph nulls --indices` has it."),
        (
            ("metrics", "-m", "walks_by_length"),
            "in Python, call `rnngraph.metrics.walks_by_length(graph, inputs=..., readouts=..., ",
        ),
        (("nulls", "--motifs", "--indices"), "so only one may be given; got `--motifs` and `--in"),
        (("nulls", "--motifs", "--weight-as", "length"), "`--weight-as` must stand without `--mo"),
        (
            ("nulls", "--rich-club", "--weight-as", "length"),
            "`--weight-as` must be strength with `--rich-club`, since a rich club is",
        ),
        (
            ("nulls", "--indices", "--weight-as", "length"),
            "`--weight-as` must be strength with `--indices`, since a rich club is",
        ),
        (
            ("metrics", "-m", "weighted_rich_club_zscores"),
            "`rnngraph nulls --rich-club --weight-as strength` has it.",
        ),
        (
            ("metrics", "-m", "weighted_rich_club_ratio"),
            "`rnngraph nulls --indices --weight-as strength` has it.",
        ),
        (("nulls", "--indices", "--null", "latticise"), "`--null` must be rewire with `--indices`"),
        (("nulls", "--null", "rewired"), "`--null` must be one of rewire, latticise, "),
        (("nulls", "--weight-as", "length", "--null", "latticise"), "`--null` must be one of rew"),
        (("nulls", "-m", "densty"), "`--metric` must be a known name; got 'densty'. Did you mean"),
        (("nulls", "-n", "1"), "--count"),
        (("nulls", "--seed", "-1"), "--seed"),
    ],
)
def test_what_does_not_go_together_is_said_in_options(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    save_graph(np.roll(np.eye(8, dtype=bool), 1, axis=1), RING)
    command, *options = words
    done = cli(command, RING, *options)
    assert done.code == USAGE
    assert message in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "strength_in"),
        ("-m", "weighted_diameter"),
        ("-m", "closeness_in"),
        ("-m", "edge_betweenness"),
        ("-m", "density", "--nodes"),
        ("-m", "density", "--weight-as", "length"),
        ("-m", "weighted_edge_betweenness"),
    ],
)
def test_who_follows_a_hint_gets_the_metric(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    save_graph(GRAPH * 1.0, RING)
    told = cli("metrics", RING, *words).err
    options = set(re.findall(r"with `(--[a-z -]+)`", told.partition(", or for")[0]))
    left = [] if "without `--" in told else [*words[2:]]
    chosen = [word for option in sorted(options) for word in option.split()]
    assert options or "without `--" in told
    assert words[1] in table_of(cli, "metrics", RING, "-m", words[1], *chosen, *left)
