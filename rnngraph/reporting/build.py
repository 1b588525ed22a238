"""`report`: a table of runs -> one HTML file that says what the runs show."""

import os
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from rnngraph._check import check_choice, check_int
from rnngraph._rng import seed_sequence
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.reporting.alerts import alerts
from rnngraph.reporting.analysis import Findings, Settings, analyse, stacked
from rnngraph.reporting.columns import read_results, settle
from rnngraph.reporting.frame import publish
from rnngraph.reporting.output import Report, check_path
from rnngraph.reporting.prepare import Study, prepare
from rnngraph.reporting.sections import sections
from rnngraph.reporting.summary import answer
from rnngraph.stats import MODELS


def report(
    results: pd.DataFrame | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    target: str = "accuracy",
    features: Sequence[str] | None = None,
    covariates: Sequence[str] | None = None,
    family: str | None = "family",
    cell: str | None = "cell",
    graph: str | None = "graph",
    method: Literal["spearman", "pearson"] = "spearman",
    models: Sequence[str] = ("bayesian_ridge", "random_forest"),
    folds: int = 10,
    repeats: int = 3,
    n_boot: int = 1000,
    title: str | None = None,
    rng: RNG = 0,
    n_jobs: int | None = None,
) -> Report:
    """Write what a table of runs shows as one self-contained HTML file.

    The file needs no network. Beside `report.html`, the folder `report_tables` gets every table
    as CSV. The same table, arguments and versions give the same bytes.

    Runs of one graph (same cell, family and graph) are averaged before anything is correlated or
    predicted. Roles whose column is absent under its default name are left out: a table without
    cells is one cell, one without families has no families held out, and without a column of
    graphs every row is a graph of its own.

    Args:
        results: A row a run, from `load_results` or of any origin; or the path of a CSV file.
            Rows with the status "failed" or without a finite target are left out, and counted.
        path: HTML file to write; its folder must exist.
        target: Numeric column to explain.
        features: Numeric properties of the graphs; by default every numeric column but the other
            roles and what runs are known to record (loss, seconds, replicate, ...).
        covariates: Numeric columns that stand for size; by default n_nodes and n_edges (in Darji's
            tables nodes and edges) as far as they vary.
        family: Column of graph families, or None.
        cell: Column of cells, or None.
        graph: Column that tells graphs apart within a family, or None.
        method: "spearman" or "pearson".
        models: Names in `rnngraph.stats.MODELS` to predict with.
        folds: Folds of each cross-validation, at least 2; a cell with few graphs gets fewer.
        repeats: Times that the cross-validation is repeated.
        n_boot: Bootstrap resamples of each interval, at least 100.
        title: Title of the page; by default made of the target and the plan's name.
        rng: Seed of folds, models and bootstraps.
        n_jobs: Number of processes that fit models, at least 1; by default 2, or 1 on a single
            core. It never changes a result.

    Raises:
        InputError: A column is unknown, in two roles or not numeric; no run has a target; the
            target or all features are constant; an argument is out of range; or the folder of
            `path` does not exist.
        FileError: The CSV cannot be read, or the report cannot be written.
    """
    path = check_path(path)
    check_choice("method", method, ("spearman", "pearson"))
    if isinstance(models, str) or not models:
        raise InputError(f"`models` must be a sequence of at least one name; got {models!r}.")
    settings = Settings(
        method,
        tuple(check_choice("models", model, MODELS) for model in models),
        check_int("folds", folds, 2),
        check_int("repeats", repeats, 1),
        check_int("n_boot", n_boot, 100),
        seed_sequence(rng),
        min(2, os.cpu_count() or 1) if n_jobs is None else check_int("n_jobs", n_jobs, 1),
    )
    table = read_results(results)
    columns = settle(
        table,
        target=target,
        features=features,
        covariates=covariates,
        family=family,
        cell=cell,
        graph=graph,
    )
    study = prepare(table, columns)
    findings = analyse(study, settings)
    found = alerts(study, findings)
    said = answer(study, findings)
    return publish(
        path,
        _title(study) if title is None else title,
        said,
        found,
        lambda: sections(study, findings, settings, found),
        _tables(study, findings),
    )


def _title(study: Study) -> str:
    name = study.provenance("plan").get("name")
    return f"Topology and {study.target}" + (f": {name}" if isinstance(name, str) else "")


def _tables(study: Study, findings: Findings) -> dict[str, pd.DataFrame]:
    """Return every table that a report can have; one that does not apply is empty."""
    predictions = findings.predictions
    nothing = pd.DataFrame()
    return {
        "graphs": study.analysed(),
        "target_by_family": findings.spread,
        "repeatability": findings.noise,
        "correlations": findings.raw,
        "partial_size": nothing if findings.partial is None else findings.partial,
        "partial_family": nothing if findings.within is None else findings.within,
        "collinearity": findings.collinear,
        "prediction_scores": findings.scores,
        "predictions": stacked({cell: p.predictions for cell, p in predictions.items()}),
        "importance": stacked({cell: p.importance for cell, p in predictions.items()}),
    }
