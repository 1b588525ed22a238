"""Who may import whom: a part sees only the ranks below its own."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rnngraph

ROOT = Path(rnngraph.__file__).parent
RANKS = {
    "errors": 0,
    "_types": 0,
    "_check": 0,
    "_rng": 0,
    "_files": 0,
    "_machine": 0,
    "_native": 0,
    "graphs": 1,
    "metrics": 2,
    "generators": 2,
    "stats": 2,
    "nulls": 3,
    "masks": 3,
    "tasks": 3,
    "nn": 4,
    "pruning": 5,
    "sparsify": 5,
    "experiments": 6,
    "reporting": 7,
    "_cli_metrics": 8,
    "cli": 9,
    "__main__": 10,
}
"""Row 0 is free among itself; elsewhere neighbours in a row do not see each other."""


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT)
    return relative.parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rnngraph"):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("rnngraph."):
                    yield alias.name.split(".")[1]


def violations(part: str, source: str) -> list[str]:
    rank = RANKS[part]
    return [
        f"{part} imports {other}"
        for other in imports(ast.parse(source))
        if other in RANKS and other != part and (RANKS[other] > rank or RANKS[other] == rank > 0)
    ]


def test_every_import_points_down() -> None:
    files = [path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py"]
    assert len(files) > 40
    assert [v for path in files for v in violations(part_of(path), path.read_text())] == []


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("metrics", "from rnngraph.nn import GraphRNN"),
        ("metrics", "from rnngraph.generators import erdos_renyi"),
        ("graphs", "import rnngraph.metrics.paths"),
        ("stats", "def f():\n    from rnngraph import masks"),
    ],
)
def test_a_planted_violation_is_caught(part: str, source: str) -> None:
    assert violations(part, source)


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.split())


def test_the_package_alone_loads_nothing_heavy() -> None:
    heavy = {"torch", "igraph", "statsmodels", "sklearn", "networkx", "pandas", "scipy", "numpy"}
    assert not loaded_after("import rnngraph; dir(rnngraph)") & heavy


@pytest.mark.parametrize(
    "part", ["graphs", "generators", "metrics", "stats", "reporting", "experiments", "cli"]
)
def test_these_parts_load_no_torch(part: str) -> None:
    assert "torch" not in loaded_after(f"import rnngraph.{part}")


def test_every_public_name_resolves() -> None:
    for name in rnngraph.__all__:
        assert getattr(rnngraph, name) is not None


def test_type_checkers_see_every_public_name() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text())
    (told,) = (node for node in tree.body if isinstance(node, ast.If))
    names = [alias.asname for node in told.body for alias in node.names]
    assert sorted(names) == sorted(name for name in rnngraph.__all__ if name != "__version__")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'rnngraph' has no attribute 'nonsense'"):
        rnngraph.nonsense  # noqa: B018
