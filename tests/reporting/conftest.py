"""Tables of runs with a known structure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import pytest

from rnngraph.reporting import Report, report
from rnngraph.reporting.alerts import alerts
from rnngraph.reporting.analysis import Findings, Settings, analyse
from rnngraph.reporting.columns import settle
from rnngraph.reporting.prepare import prepare
from rnngraph.reporting.summary import answer

FAST: dict[str, Any] = {
    "n_boot": 100,
    "folds": 4,
    "repeats": 1,
    "models": ["bayesian_ridge"],
    "n_jobs": 1,
}


def make_runs(
    *,
    per_family: int = 24,
    cells: tuple[str, ...] = ("gru",),
    replicates: int = 2,
    planted: float = 0.0,
    size: float = 0.0,
    noise: float = 0.01,
    seed: int = 0,
) -> pd.DataFrame:
    """Runs on graphs of three families.

    `clustering` has nothing to do with size and moves the accuracy by `planted`; `n_nodes` moves
    it by `size`; `spectral_radius` is size with a little noise; `reciprocity` and `modularity` are
    noise, `modularity_twin` is nearly `modularity`.
    """
    rng = np.random.default_rng(seed)
    n = 3 * per_family
    nodes = rng.integers(10, 60, n)
    graphs = pd.DataFrame(
        {
            "family": np.repeat(["ring", "random", "hub"], per_family),
            "graph": [f"g{i:03d}" for i in range(n)],
            "n_nodes": nodes,
            "n_edges": nodes * 3 + rng.integers(0, 25, n),
            "clustering": rng.uniform(0, 1, n),
            "reciprocity": rng.uniform(0, 1, n),
            "modularity": rng.uniform(0, 1, n),
            "spectral_radius": nodes / 10 + rng.normal(0, 0.4, n),
        }
    )
    graphs["modularity_twin"] = graphs["modularity"] + rng.normal(0, 0.001, n)
    mean = 0.7 + planted * (graphs["clustering"] - 0.5) + size * (graphs["n_nodes"] - 35) / 50
    mean += rng.normal(0, 0.02, n)
    runs = []
    for cell in cells:
        for replicate in range(replicates):
            accuracy = mean + rng.normal(0, noise, n)
            runs.append(graphs.assign(cell=cell, replicate=replicate, accuracy=accuracy))
    table = pd.concat(runs, ignore_index=True)
    table["loss"] = 1 - table["accuracy"]
    table["seconds"] = rng.uniform(1, 2, len(table))
    table["status"] = "done"
    table["error"] = ""
    return table


@pytest.fixture(scope="session")
def runs() -> Callable[..., pd.DataFrame]:
    """The function that makes tables of runs."""
    return make_runs


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Report]:
    """`report` into a fresh folder, with few resamples."""

    def write(results: object, path: str = "report.html", **options: object) -> Report:
        return report(results, tmp_path / path, **{**FAST, **options})  # type: ignore[arg-type]

    return write


class Said(NamedTuple):
    """What a report says and holds, without its page."""

    answer: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: Findings


@pytest.fixture(scope="session")
def say() -> Callable[..., Said]:
    """The analysis of a table of runs without figures, with few resamples."""

    def say(
        results: pd.DataFrame,
        *,
        target: str = "accuracy",
        method: Literal["spearman", "pearson"] = "spearman",
        models: tuple[str, ...] = ("bayesian_ridge",),
    ) -> Said:
        columns = settle(
            results,
            target=target,
            features=None,
            covariates=None,
            family="family",
            cell="cell",
            graph="graph",
        )
        study = prepare(results, columns)
        settings = Settings(method, models, 4, 1, 100, np.random.SeedSequence(0))
        findings = analyse(study, settings)
        said = answer(study, findings)
        texts = (said.headline, *map(" ".join, said.cells), said.reading)
        return Said(texts, alerts(study, findings), findings)

    return say


@pytest.fixture(scope="session")
def with_everything() -> pd.DataFrame:
    """A planted effect in two cells, failed and diverged runs, and provenance."""
    table = make_runs(cells=("gru", "lstm"), planted=0.2, size=0.1)
    table["diverged"] = False
    table.loc[3, "diverged"] = True
    table.loc[[0, 7], "status"] = "failed"
    table.loc[[0, 7], "error"] = "Traceback (most recent call last):\n  ...\nMemoryError: too big"
    table.loc[[0, 7], ["accuracy", "loss"]] = np.nan
    table.attrs = {
        "plan": {"name": "a study", "seed": 7, "training": {"epochs": 20, "batch_size": 64}},
        "task": {
            "name": "reber",
            "chance": 0.5,
            "ngram": {"1": 0.55, "2": 0.81},
            "classes": ["no", "yes"],
            "params": {"n_train": 100, "negatives": {"swap": 0.25, "symbol": 0.75}},
        },
        "versions": {"torch": "2.6.0", "commit": "abc1234"},
    }
    return table


@pytest.fixture(scope="session")
def full_report(with_everything: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of `with_everything`."""
    path = tmp_path_factory.mktemp("full") / "report.html"
    return report(with_everything, path, **FAST)
