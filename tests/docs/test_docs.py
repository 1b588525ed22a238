"""The documentation's sources: the quickstart runs, and nothing public is left out."""

import ast
import contextlib
import io
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import rnngraph
from rnngraph.generators import GENERATORS, NULL_MODELS
from rnngraph.metrics import (
    CORE,
    DARJI,
    EDGES,
    METRICS,
    NODES,
    PORTED,
    STATISTICS,
    WEIGHTED,
    WEIGHTED_EDGES,
    WEIGHTED_NODES,
)
from rnngraph.pruning import SCORES
from rnngraph.stats import MODELS
from rnngraph.tasks import DATASETS, TASKS

DOCS = Path(__file__).parents[2] / "docs"
TABLES = {
    "rnngraph.metrics.METRICS": METRICS,
    "rnngraph.metrics.DARJI": DARJI,
    "rnngraph.metrics.PORTED": PORTED,
    "rnngraph.metrics.WEIGHTED": WEIGHTED,
    "rnngraph.metrics.WEIGHTED_NODES": WEIGHTED_NODES,
    "rnngraph.metrics.WEIGHTED_EDGES": WEIGHTED_EDGES,
    "rnngraph.generators.GENERATORS": GENERATORS,
    "rnngraph.generators.NULL_MODELS": NULL_MODELS,
    "rnngraph.pruning.SCORES": SCORES,
    "rnngraph.tasks.TASKS": TASKS,
    "rnngraph.stats.MODELS": MODELS,
}
GALLERY = sorted((DOCS / "gallery").glob("plot_*.py"))


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of `docs/_ext`, and forget it afterwards."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    yield import_module
    for path in (DOCS / "_ext").glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_the_quickstart_runs_and_does_what_it_says() -> None:
    torch.set_num_threads(1)  # small tensors: a second thread only costs
    first, second = re.findall(r"```python\n(.*?)```", (DOCS / "quickstart.md").read_text(), re.S)
    names: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(first + second, names)

    table, task, graphs = names["table"], names["task"], names["graphs"]
    assert list(table) == ["n_edges", "clustering", "mean_path_length", "undefined", "accuracy"]
    assert table["n_edges"].tolist() == [96] * 9
    assert len({rnngraph.graph_key(graph) for graph in graphs}) == 9
    assert (table["undefined"] == "").all()
    memoryless = max(task.meta["chance"], *task.meta["ngram"].values())
    assert table["accuracy"].min() > memoryless
    results = names["population"].results
    assert results["graph"].tolist() == [graph for graph in range(9) for _ in range(2)]
    assert np.isclose(table["accuracy"][1], results["accuracy"][2:4].mean())
    for word in ("estimate", "ci_low", "p_adjusted", "clustering", str(task.meta["chance"])):
        assert word in printed.getvalue()


def documented() -> str:
    """Sources of the reference pages."""
    return "\n".join(path.read_text() for path in sorted((DOCS / "api").glob("*.rst")))


def entries(source: str) -> set[str]:
    """Full names that a reference page documents by a directive of its own."""
    found = set()
    module = "rnngraph"
    for line in source.splitlines():
        if match := re.match(r"\.\. (?:currentmodule|py:module):: (\S+)", line):
            module = match[1]
        elif match := re.match(r"\.\. (?:auto\w+|py:data|py:type):: ([\w.]+)", line):
            name = match[1]
            found.add(name if name.startswith("rnngraph.") else f"{module}.{name}")
    return found


def test_every_top_level_name_is_on_a_reference_page() -> None:
    source = documented()
    modules = set(re.findall(r"py:module:: (\S+)", source))
    found = entries(source)
    for name in rnngraph.__all__:
        if name.startswith("__"):
            continue
        full = f"rnngraph.{name}"
        assert full in (modules if isinstance(getattr(rnngraph, name), ModuleType) else found), name


@pytest.mark.parametrize("part", rnngraph._PARTS)
def test_every_public_name_of_a_part_is_on_a_reference_page(part: str) -> None:
    source = documented()
    shown = {name.rpartition(".")[2] for name in entries(source)}
    for path, table in TABLES.items():
        if f"family-functions:: {path}" in source:
            shown |= {function.__name__ for function in table.values()}
    assert public_names(part) - shown == set()


def public_names(part: str) -> set[str]:
    """`__all__` of a part, or what its `__init__.py` re-exports or assigns in capitals."""
    module = import_module(f"rnngraph.{part}")
    if hasattr(module, "__all__"):
        return set(module.__all__)
    tree = ast.parse(Path(module.__file__).read_text())
    names = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize(("path", "table"), TABLES.items(), ids=list(TABLES))
def test_a_family_is_shown_whole(
    path: str,
    table: Mapping[str, Callable[..., object]],
    extension: Callable[[str], ModuleType],
) -> None:
    families = extension("families")
    catalogue = "\n".join(families.table_lines(path))
    reference = "\n".join(families.function_lines(path))
    for name, function in table.items():
        full = families.documented_name(path, function)
        summary = families.definition(function) is not function
        label = full.rpartition(".")[2] if summary else name
        assert f":py:func:`{label} <{full}>`" in catalogue
        assert f".. autofunction:: {full}\n" in reference
        assert families.source(function)
        assert families.first_sentence(function).endswith(".")
        module, _, attribute = full.rpartition(".")
        assert getattr(import_module(module), attribute) is families.definition(function)
    assert f"family-functions:: {path}" in documented()


def test_a_metric_of_nodes_is_one_row_with_what_sums_it_up(
    extension: Callable[[str], ModuleType],
) -> None:
    lines = "\n".join(extension("families").table_lines("rnngraph.metrics.METRICS", CORE))
    rows = lines.split("   * - ")
    for name, metric in {**NODES, **EDGES}.items():
        (row,) = [row for row in rows if row.startswith(f":py:func:`{name} <")]
        shown = ", ".join(
            f"{suffix} †" if f"{name}_{suffix}" in CORE else suffix for suffix in metric.statistics
        )
        assert f"``{name}_…``: {shown}\n" in row
    assert sum(row.startswith(":py:func:") for row in rows) == len(
        {getattr(metric, "__wrapped__", metric) for metric in METRICS.values()}
    )


def test_every_family_has_a_catalogue_page_or_a_reference_entry() -> None:
    pages = [path.read_text() for path in (*DOCS.glob("*.rst"), *DOCS.glob("*.md"))]
    shown = set(re.findall(r"family-table:: (\S+)", "\n".join(pages)))
    assert set(TABLES) - {"rnngraph.stats.MODELS"} <= shown


def test_the_statistics_are_shown_whole(extension: Callable[[str], ModuleType]) -> None:
    lines = "\n".join(extension("families").statistics_lines())
    assert all(f"``_{suffix}``" in lines for suffix in STATISTICS)
    assert ".. statistics-table::" in (DOCS / "metrics.rst").read_text()


def test_the_data_sets_are_shown_whole(extension: Callable[[str], ModuleType]) -> None:
    lines = "\n".join(extension("families").dataset_lines())
    assert all(f"``{name}``" in lines for name in DATASETS)
    assert "dataset-table::" in (DOCS / "text.md").read_text()


def test_the_examples_of_the_text_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("novel.txt").write_text("It was the best of times, it was the worst of times.\n" * 60)
    for label in ("ham", "spam"):
        (tmp_path / "mails" / label).mkdir(parents=True)
        for number in range(20):
            (tmp_path / "mails" / label / f"{number}.txt").write_text(f"{label} and eggs {number}")
    names: dict[str, object] = {"rg": rnngraph, "step": lambda batch, state: state}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / "text.md").read_text(), re.S):
        if "fetch(" not in block:  # no network in tests
            exec(block, names)
    assert names["spam"].classes == ("ham", "spam")
    assert names["floor"] == 1.0
    assert len(names["novel"].train) == 2862


def test_the_examples_of_the_sparsification_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"good film {k % 7},pos\nbad film {k % 7},neg" for k in range(400)]
    Path("films.csv").write_text("title,kind\n" + "\n".join(rows) + "\n")
    first, second = re.findall(r"```python\n(.*?)```", (DOCS / "sparsify.md").read_text(), re.S)
    names: dict[str, Any] = {}
    exec(first, names)
    accuracy = float(capsys.readouterr().out.split()[0])
    assert accuracy == 1.0
    names["embedding"] = nn.Embedding(len(names["task"].vocabulary), 8)
    names |= {"lstm": nn.LSTM(8, 32), "readout": nn.Linear(32, 2)}
    exec(second, names)
    assert names["rg"].sparsify.structure_of(names["shape"], names["pruned"]).units[0].sum() == 16


def test_populations_are_trained_as_the_training_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, own = re.findall(r"```python\n(.*?)```", (DOCS / "training.md").read_text(), re.S)
    names: dict[str, Any] = {}
    exec(first, names)
    assert names["population"].results.loc[7, ["graph", "replicate"]].tolist() == [2, 1]
    assert names["population"].results["accuracy"].max() > 0.95
    names = {}
    exec(own, names)
    assert names["population"].results["accuracy"].max() > 0.9
    assert Path("best.safetensors").exists()


def test_every_field_of_a_plan_is_on_the_plan_page(
    extension: Callable[[str], ModuleType],
) -> None:
    from rnngraph.experiments.plan import Plan

    tables = extension("plan_tables")
    page = (DOCS / "plans.rst").read_text()
    shown = {}
    for path in re.findall(r"plan-fields:: (\S+)", page):
        module, _, name = path.rpartition(".")
        shown[name] = getattr(import_module(module), name)
    for model in shown.values():
        assert set(tables.meanings(model)) == set(model.model_fields), model.__name__
    sections = {field.annotation.__name__ for field in Plan.model_fields.values()}
    assert {name for name in sections if name.endswith("Section")} <= set(shown)


def test_every_command_is_on_the_command_line_page(
    extension: Callable[[str], ModuleType],
) -> None:
    from rnngraph.cli import app

    lines = "\n".join(extension("commands").command_lines())
    for command in app.registered_commands:
        assert f"rnngraph {command.name or command.callback.__name__}" in lines
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands:
            assert f"rnngraph {group.name} {command.name}" in lines
    assert ".. command-line::" in (DOCS / "cli.rst").read_text()


def test_the_page_of_the_command_line_shows_what_commands_print(
    extension: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    executed = extension("executed")
    blocks = list(executed.blocks((DOCS / "cli.rst").read_text()))
    shown = [executed.executed(block, tmp_path) for block in blocks]
    assert {path.name for path in tmp_path.iterdir()} == {"circuit.graphml", "small_world.graphml"}
    printed = "\n".join("\n".join(lines) for lines in shown)
    commands = re.findall(r"^\$ rnngraph (\w+) .*\n(.*)", printed, re.M)
    assert [name for name, _ in commands] == ["metrics"] * 5 + ["nulls"] * 2
    assert all(below.split()[0] in ("graph", "circuit.graphml") for _, below in commands)
    for said in (
        "circuit.graphml: powerlaw_exponent: needs at least 10 nodes",
        "circuit.graphml: hand: eccentricity: needs a node that reaches another",
    ):
        assert said in printed
    assert re.search(r"^node +eye +a +b +c +hand$", printed, re.M)
    assert re.search(r"^weighted_diameter +3\.75", printed, re.M)
    # Wider than a page they could not be read.
    assert max(len(line) for line in printed.splitlines()) < 110


def test_a_shown_command_that_fails_fails_the_page(
    extension: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    with pytest.raises(rnngraph.errors.FileError, match="gone.npz"):
        extension("executed").executed(["$ rnngraph metrics gone.npz"], tmp_path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the strongest |rho|", r"the strongest \|rho\|"),
        ("n * n and `n * n`", r"n \* n and `n * n`"),
        ("`a_` but x_ here", r"`a_` but x\_ here"),
        ("n_nodes", "n_nodes"),
    ],
)
def test_docstrings_are_read_as_plain_text(
    text: str, shown: str, extension: Callable[[str], ModuleType]
) -> None:
    assert extension("plain").escaped(text) == shown


@pytest.mark.parametrize("path", GALLERY, ids=[path.stem for path in GALLERY])
def test_a_worked_example_compiles_has_a_title_and_says_how_far_to_trust_it(path: Path) -> None:
    tree = ast.parse(path.read_text(), filename=str(path))
    title, underline, *text = (ast.get_docstring(tree) or "").splitlines()
    assert title
    assert set(underline) == {"="}
    assert len(underline) >= len(title)
    assert len(text) > 3
    assert any(word in path.read_text().lower() for word in ("trust", "conclude", "says nothing"))
