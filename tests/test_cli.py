"""The command line, as a user meets it: what it prints, what it writes, how it ends."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path

import networkx
import numpy as np
import pandas as pd
import pytest
import torch

import rnngraph
from rnngraph.cli import FAILURE, INTERRUPTED, OK, USAGE
from rnngraph.experiments import default_plan_text
from rnngraph.graphs import load_graph, save_graph, to_igraph, to_networkx
from rnngraph.metrics import CORE, DARJI, METRICS, WEIGHTED, density, profile
from rnngraph.nn import GraphRNN, save_model
from rnngraph.tasks import DATASETS
from tests.conftest import Cli, Done

PLAN = """
name = "tiny"
[task]
name = "reber"
n_train = 24
n_test = 24
[graphs]
units = [6]
edges = [12]
count = 5
families = [{ family = "erdos_renyi" }, { family = "watts_strogatz", p = 0.2 }]
[network]
cells = ["tanh"]
[training]
replicates = 1
epochs = 2
[analysis]
metrics = ["reciprocity", "spectral_radius"]
folds = 3
repeats = 1
[compute]
workers = 1
"""


FLIPPED = bytes(byte ^ 0xFF for byte in range(256))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


def ring(n: int) -> np.ndarray:
    return np.roll(np.eye(n, dtype=bool), 1, axis=1)


def test_study_from_plan_to_report_and_again(cli: Cli, plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    done = cli("study", plan, "--out", out, "--quiet")
    assert done.code == OK
    assert "tiny: 10 runs, 0 found, 10 done now, 0 failed" in done.out
    assert f"report: {out / 'report.html'}" in done.out
    html = (out / "report.html").read_text()
    assert "reciprocity" in html
    assert "spectral_radius" in html
    assert done.err == ""

    assert cli("status", out).out == "tiny: 10 of 10 runs done, 0 failed, 0 missing\n"
    assert "10 runs, 10 found, 0 done now" in cli("study", plan, "--out", out, "-q").out
    assert (out / "report.html").read_text() == html
    assert "10 found" in cli("resume", out, "-q").out

    assert cli("export", out, tmp_path / "runs.csv").code == OK
    table = pd.read_csv(tmp_path / "runs.csv")
    assert len(table) == 10
    assert {"family", "cell", "accuracy", "reciprocity", "spectral_radius"} <= set(table)

    done = cli("report", tmp_path / "runs.csv", "--out", tmp_path / "own.html")
    assert done.code == OK
    assert "reciprocity" in (tmp_path / "own.html").read_text()
    assert cli("report", out, "--out", tmp_path / "again.html", "--target", "loss").code == OK


def test_a_study_s_folder_may_have_any_name(cli: Cli, plan: Path, tmp_path: Path) -> None:
    for name in ("run.1", "study.db"):
        out = tmp_path / name
        assert cli("study", plan, "--out", out, "-q").code == OK
        assert {path.name for path in out.iterdir()} >= {"results.sqlite", "report.html"}
        assert cli("status", out).out == "tiny: 10 of 10 runs done, 0 failed, 0 missing\n"
    assert cli("run", plan, tmp_path / "run.2", "-q").code == OK
    assert (tmp_path / "run.2" / "results.sqlite").is_file()


def test_a_study_whose_folder_is_a_file(cli: Cli, plan: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    done = cli("study", plan, "--out", tmp_path / "out", "-q")
    assert done.code == USAGE
    assert "cannot be written: File exists." in done.err
    assert (tmp_path / "out").read_text() == "mine"


def test_a_report_of_a_csv_says_what_that_of_a_store_says(
    cli: Cli, plan: Path, tmp_path: Path
) -> None:
    cli("run", plan, tmp_path / "store", "-q")
    cli("export", tmp_path / "store", tmp_path / "runs.csv")
    for source in (tmp_path / "store", tmp_path / "runs.csv"):
        done = cli("report", source, "--out", tmp_path / "own.html")
        headline, *warnings, last = done.out.strip().splitlines()
        assert headline in (tmp_path / "own.html").read_text()
        assert sum(line.startswith("warning: ") for line in warnings) > 0
        assert last == f"report: {tmp_path / 'own.html'}"
        assert done.err == "writing the report ...\n"
        assert cli("report", source, "--out", tmp_path / "own.html", "-q").err == ""


@pytest.mark.parametrize(("covariates", "held"), [("[]", False), ('"size"', True), (None, True)])
def test_no_covariates_are_none(
    cli: Cli, plan: Path, tmp_path: Path, covariates: str | None, held: bool
) -> None:
    sizes = PLAN.replace("edges = [12]", "edges = [10, 12, 14]")
    if covariates is not None:
        sizes = sizes.replace("folds = 3", f"covariates = {covariates}\nfolds = 3")
    plan.write_text(sizes)
    assert cli("study", plan, "--out", tmp_path / "out", "-q").code == OK
    partial = tmp_path / "out" / "report_tables" / "partial_size.csv"
    assert partial.exists() == held
    assert not held or set(pd.read_csv(partial)["covariates"]) == {"n_edges"}


def test_the_steps_of_a_study(cli: Cli, plan: Path, tmp_path: Path) -> None:
    store = tmp_path / "results.sqlite"
    assert "10 done now" in cli("run", plan, store, "--quiet").out
    assert cli("status", store).out.startswith("tiny: 10 of 10")


def test_progress_goes_to_standard_error(cli: Cli, plan: Path, tmp_path: Path) -> None:
    done = cli("run", plan, tmp_path / "store")
    assert "train: 0/10\n" in done.err
    assert "train: 10/10" in done.err
    assert "train: " not in done.out


def test_a_run_that_fails_is_an_exit_of_1(
    cli: Cli, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(rnngraph.nn, "train_population", refuse)
    done = cli("run", plan, tmp_path / "store", "-q")
    assert done.code == FAILURE
    assert "0 done now, 10 failed" in done.out


def test_an_interrupt_is_an_exit_of_130(
    cli: Cli, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rnngraph.nn, "train_population", interrupt)
    done = cli("run", plan, tmp_path / "store", "-q")
    assert done.code == INTERRUPTED
    assert done.err == "interrupted: what had finished is kept; the same command goes on\n"


def test_the_default_plan_is_printed_as_it_is(cli: Cli) -> None:
    assert cli("plan").out == default_plan_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("epochs = 2", "epochs = 'two'"), "plan.toml: `training.epochs` must be a valid integer"),
        (("epochs = 2", "epoch = 2"), "`training.epoch` is not a field.*Did you mean 'epochs'?"),
        (('"tanh"', '"tahn"'), "`network.cells.*got 'tahn'. Did you mean 'tanh'?"),
        (('"reciprocity"', '"reciprocty"'), "got 'reciprocty'. Did you mean 'reciprocity'?"),
        (('"reber"', '"rebber"'), "`task.name` .*got 'rebber'. Did you mean 'reber'?"),
        (("edges = [12]", "edges = [13]"), "13"),
        (("n_train = 24", "n_train = 0"), r"^error: `task` \(reber\): `n_train` must be .* got 0"),
        (
            ("[graphs]", "negatives = {closng = 1}\n[graphs]"),
            "^error: `task` .*`negatives` must",
        ),
        (
            ('"tanh"]', '"tanh"]\ninput = 99'),
            "^error: `network.input` must .* got 99 for",
        ),
        (("p = 0.2", "p = 1.2"), r"`p` must be a number in \[0, 1\]; got 1.2."),
        (("[task]", "[task"), "plan.toml is not TOML: .*line 3"),
    ],
)
def test_a_wrong_plan_is_one_line_and_leaves_nothing(
    cli: Cli, plan: Path, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    plan.write_text(PLAN.replace(*change))
    done = cli("study", plan, "--out", tmp_path / "out", "-q")
    assert done.code == USAGE
    assert done.err.startswith("error: ")
    assert re.search(message, done.err, re.DOTALL), done.err
    assert not (tmp_path / "out").exists()


def test_a_plan_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    done = cli("study", tmp_path / "no.toml", "--out", tmp_path / "out")
    assert done == Done(
        USAGE, "", f"error: {tmp_path / 'no.toml'} cannot be read: No such file or directory.\n"
    )


def test_a_store_of_another_schema_version(cli: Cli, plan: Path, tmp_path: Path) -> None:
    store = tmp_path / "results.sqlite"
    cli("run", plan, store, "-q")
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = store.read_bytes()
    for words in (("run", plan, store), ("status", store), ("export", store, tmp_path / "x.csv")):
        done = cli(*words)
        assert done.code == USAGE
        assert "has schema version 99; this rnngraph reads version" in done.err
    assert store.read_bytes() == before


def test_a_file_that_is_no_store(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("not a database, and longer than a header of 100 bytes" * 9)
    done = cli("status", tmp_path / "x.sqlite")
    assert done.code == USAGE
    assert "is not a results store" in done.err


@pytest.mark.parametrize("command", ["status", "report", "export", "run", "resume", "study"])
def test_a_damaged_store(cli: Cli, plan: Path, tmp_path: Path, command: str) -> None:
    out = tmp_path / "out"
    cli("run", plan, out, "-q")
    content = (out / "results.sqlite").read_bytes()
    (out / "results.sqlite").write_bytes(content[:4096] + content[4096:].translate(FLIPPED))
    words = {
        "export": (out, tmp_path / "x.csv"),
        "run": (plan, out),
        "study": (plan, "--out", out),
    }
    done = cli(command, *words.get(command, (out,)))
    assert done.code == USAGE
    assert re.search(r"^error: .*out/results\.sqlite cannot be (read|written): ", done.err, re.M)


def test_metrics_of_files(cli: Cli, tmp_path: Path) -> None:
    paths = [tmp_path / "a.npz", tmp_path / "b.graphml"]
    for path, n in zip(paths, (4, 5), strict=True):
        save_graph(ring(n), path)
    table = pd.read_csv(StringIO(cli("metrics", *paths, "--format", "csv").out))
    assert table["graph"].tolist() == list(map(str, paths))
    assert table["density"].tolist() == [density(ring(4)), density(ring(5))]
    assert set(METRICS) < set(table)
    records = json.loads(cli("metrics", *paths, "-m", "n_edges", "--format", "json").out)
    assert [record["n_edges"] for record in records] == [4, 5]
    save_graph(ring(8) | ring(8).T | np.eye(8, k=3, dtype=bool), tmp_path / "c.npz")
    (exact,) = json.loads(cli("metrics", tmp_path / "c.npz", "--format", "json").out)
    table = profile(load_graph(tmp_path / "c.npz"))
    values = table.drop(columns="undefined").iloc[0]
    assert {name: exact[name] for name in METRICS} == {
        name: None if np.isnan(value) else value for name, value in values.items()
    }
    save_graph(np.zeros((1, 1), dtype=bool), tmp_path / "one.npz")
    lines = cli("metrics", tmp_path / "one.npz", "-m", "density", "-m", "n_edges").out.splitlines()
    assert lines[-1].startswith(f"{tmp_path / 'one.npz'}: density: needs ")
    assert lines[-2].split() == ["n_edges", "0.0"]
    readable = cli("metrics", paths[0], "--darji").out
    assert all(name in readable for name in DARJI)
    fast = pd.read_csv(StringIO(cli("metrics", paths[0], "--core", "--format", "csv").out))
    assert list(fast) == ["graph", *CORE, "undefined"]


@pytest.mark.parametrize("writer", ["igraph", "networkx"])
def test_metrics_of_a_graphml_that_others_wrote(cli: Cli, tmp_path: Path, writer: str) -> None:
    path, graph = tmp_path / "theirs.graphml", ring(6) | np.eye(6, k=2, dtype=bool)
    if writer == "igraph":
        to_igraph(graph).write_graphml(str(path))
    else:
        networkx.write_graphml(to_networkx(graph), path)
    table = pd.read_csv(StringIO(cli("metrics", path, "--format", "csv").out))
    expected = profile(graph).drop(columns="undefined")
    pd.testing.assert_frame_equal(table[list(METRICS)], expected, check_dtype=False)
    for row in cli("metrics", path).out.splitlines()[1:]:
        assert row.split()[0] in METRICS or row.startswith(f"{path}: ")


def test_metrics_of_nodes(cli: Cli, tmp_path: Path) -> None:
    save_graph(ring(4), tmp_path / "a.npz")
    words = ("metrics", "--nodes", tmp_path / "a.npz", "-m", "in_degree", "--format", "csv")
    table = pd.read_csv(StringIO(cli(*words).out))
    assert list(table) == ["graph", "node", "in_degree", "undefined"]
    assert table["in_degree"].tolist() == [1] * 4
    assert set(table["graph"]) == {str(tmp_path / "a.npz")}


def test_metrics_of_edges(cli: Cli, tmp_path: Path) -> None:
    save_graph(ring(4), tmp_path / "a.npz")
    table = pd.read_csv(
        StringIO(cli("metrics", "--edges", tmp_path / "a.npz", "--format", "csv").out)
    )
    assert list(table) == ["graph", "source", "target", "edge_betweenness", "undefined"]
    assert len(table) == 4


@pytest.mark.parametrize("suffix", [".graphml", ".edges", ".npz", ".json"])
def test_metrics_of_weights(cli: Cli, tmp_path: Path, suffix: str) -> None:
    weights = np.roll(np.diag([1.0, 2, 4, 8]), 1, axis=1)
    path = tmp_path / f"weights{suffix}"
    save_graph(weights, path)
    words = ("metrics", path, "-m", "weighted_diameter", "--format", "json")
    for way, expected in (("length", 14.0), ("strength", 1.75)):
        (record,) = json.loads(cli(*words, "--weight-as", way).out)
        assert record == {"graph": str(path), "weighted_diameter": expected, "undefined": ""}
    every = pd.read_csv(
        StringIO(cli("metrics", path, "--weight-as", "length", "--format", "csv").out)
    )
    assert set(WEIGHTED) < set(every)
    nodes = ("metrics", path, "--nodes", "-m", "strength_out", "--format", "csv")
    table = pd.read_csv(StringIO(cli(*nodes, "--weight-as", "length").out))
    assert table["strength_out"].tolist() == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("metrics", "ring.npz", "--weight-as", "length", "-m", "density"), "got 'density'."),
        (("metrics", "ring.npz", "-m", "densty"), "got 'densty'. Did you mean 'density'?"),
        (("metrics", "ring.npz", "--nodes", "--edges"), "must not stand together; got both."),
        (("metrics", "gone.npz"), "gone.npz` cannot be read: No such file or directory."),
        (("metrics", "cut.npz"), "cut.npz` cannot be read as"),
        (("metrics", "cut.graphml"), "cut.graphml` cannot be read as GraphML"),
        (("metrics", "ring.xyz"), "`path` must end in one of"),
        (("graph-of", "code.pt", "out.npz"), "code.pt"),
        (("graph-of", "gone.pt", "out.npz"), "gone.pt"),
        (("graph-of", "net.safetensors", "out.xyz"), "`path` must end in one of"),
        (("graph-of", "net.safetensors", "out.npz", "--gates", "q"), "`gates` must be one of"),
        (("graph-of", "net.safetensors", "out.npz", "--layer", "3"), "`layer`"),
        (("graph-of", "net.safetensors", "out.npz", "--threshold", "-1"), "`threshold`"),
        (("report", "gone.csv", "-q"), "gone.csv"),
        (("report", "empty.csv", "-q"), "empty.csv"),
        (("report", "gone"), "does not exist"),
    ],
)
def test_bad_input_is_named(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    save_graph(ring(4), "ring.npz")
    save_graph(ring(4), "ring.graphml")
    for suffix in ("npz", "graphml"):
        content = Path(f"ring.{suffix}").read_bytes()
        Path(f"cut.{suffix}").write_bytes(content[: len(content) // 2])
    save_model(GraphRNN(ring(4), 2, 2, rng=0), "net.safetensors")
    torch.save({"weight_hh_l0": Evil()}, "code.pt")
    Path("empty.csv").write_text("")
    done = cli(*words)
    assert done.code == USAGE
    assert done.err.startswith("error: ")
    assert message in done.err
    assert not Path("out.npz").exists()
    assert not Path("report.html").exists()
    assert not Path("executed").exists()


class Evil:
    """What a pickle runs when it is loaded."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (exec, ("from pathlib import Path; Path('executed').touch()",))


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_the_graph_of_trained_weights(cli: Cli, tmp_path: Path, suffix: str) -> None:
    model = GraphRNN(ring(5), 2, 2, "lstm", rng=0)
    path = tmp_path / f"net.{suffix}"
    if suffix == "pt":
        torch.save(model.to_torch()[0].state_dict(), path)
    else:
        save_model(model, path)
    done = cli("graph-of", path, tmp_path / "net.graphml", "--gates", "f")
    assert done.out == f"5 nodes, 5 edges: {tmp_path / 'net.graphml'}\n"
    assert (load_graph(tmp_path / "net.graphml") == ring(5)).all()
    cli("graph-of", path, tmp_path / "net.npz", "--weights")
    assert load_graph(tmp_path / "net.npz").dtype == np.float64


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("metrics",),
        ("study", "--no-such"),
        ("metrics", "a", "--format", "x"),
        ("metrics", "a", "--weight-as", "x"),
    ],
)
def test_wrong_usage_is_an_exit_of_2(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli(*words).code == USAGE


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out == f"{rnngraph.__version__}\n"
    done = cli("--help")
    assert done.code == OK
    for command in ("study", "run", "resume", "status", "export", "report", "metrics", "graph-of"):
        assert command in done.out
        assert cli(command, "--help").code == OK


def test_python_m_is_the_same_program_and_help_loads_no_torch() -> None:
    code = (
        "import sys, runpy; sys.argv = ['rnngraph', '--help']\n"
        "try: runpy.run_module('rnngraph', run_name='__main__')\n"
        "except SystemExit as ended: print(ended.code, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert "Usage: rnngraph" in done.stdout
    assert done.stdout.rstrip().endswith("0 False")


def test_data_sets_are_listed_verified_and_found(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNGRAPH_DATA", str(tmp_path))
    listed = cli("data", "list")
    assert listed.code == OK
    assert listed.out.startswith(f"folder: {tmp_path}\n")
    assert "tiny_shakespeare (missing)" in listed.out
    assert "licence: CC BY 4.0" in listed.out

    done = cli("data", "verify", "tiny_shakespeare")
    assert done.code == FAILURE
    assert done.out == f"missing: tiny_shakespeare, {tmp_path / 'tiny_shakespeare.txt'}\n"
    assert cli("data", "verify").out.count("missing: ") == len(DATASETS)

    path = tmp_path / "tiny_shakespeare.txt"
    path.write_bytes(b"To be")
    assert cli("data", "verify", "tiny_shakespeare").out == f"wrong: tiny_shakespeare, {path}\n"
    done = cli("data", "fetch", "tiny_shakespeare")
    assert done.code == USAGE
    assert done.err.startswith(f"error: {path} must have the SHA-256 ")
    assert path.read_bytes() == b"To be"

    known = replace(DATASETS["tiny_shakespeare"], sha256=sha256(b"To be").hexdigest())
    monkeypatch.setattr("rnngraph.tasks.text.fetch.DATASETS", {"tiny_shakespeare": known})
    assert cli("data", "verify", "tiny_shakespeare") == (
        OK,
        f"right: tiny_shakespeare, {path}\n",
        "",
    )
    assert cli("data", "fetch", "tiny_shakespeare") == (OK, f"{path}\n", "")


def test_a_data_set_nobody_knows(cli: Cli) -> None:
    done = cli("data", "fetch", "tiny_shakespear")
    assert done.code == USAGE
    assert "Did you mean 'tiny_shakespeare'?" in done.err
