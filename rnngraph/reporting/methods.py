"""What was run, and a methods paragraph that can be pasted into a paper."""

from collections.abc import Iterator, Mapping

from rnngraph.reporting.analysis import TWINS, Findings, Settings
from rnngraph.reporting.numbers import counted, listed, number, span
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.task_facts import marks
from rnngraph.reporting.words import cell_name

_MODELS = {
    "bayesian_ridge": "Bayesian ridge regression",
    "random_forest": "a random forest",
    "gradient_boosting": "gradient boosting",
}


def facts(study: Study) -> tuple[tuple[str, str], ...]:
    """Return what was run, as terms and texts."""
    return tuple(_facts(study))


def methods(study: Study, findings: Findings, settings: Settings, version: str) -> tuple[str, ...]:
    """Return the methods, a paragraph each on runs, association, prediction and repeatability."""
    return tuple(
        " ".join(sentences)
        for sentences in (
            _on_runs(study),
            _on_association(study, findings, settings),
            _on_prediction(study, findings, settings),
            _on_the_rest(study, findings, version),
        )
        if sentences
    )


def _facts(study: Study) -> Iterator[tuple[str, str]]:
    per_cell = [len(table) for table in study.cells.values()]
    in_each = f", {span(per_cell)} in each cell" if len(per_cell) > 1 else ""
    yield "graphs", f"{len(study.graphs)} distinct{in_each}"
    if study.families:
        sizes = study.family_of(study.graphs).value_counts()
        yield "families", listed([f"{name} ({sizes[name]})" for name in study.families])
    if study.columns.cell is not None:
        counts = study.runs["cell"].value_counts()
        named = [f"{cell_name(cell)} ({counted(counts[cell], 'run')})" for cell in study.cells]
        yield "cells", listed(named)
    replicates = study.runs.groupby(["cell", "unit"]).size()
    yield "replicates", f"{span(replicates)} a graph and cell"
    yield "runs", f"{len(study.runs)} of {study.n_rows} rows have a value of {study.target}"
    held = study.columns.covariates
    yield "metrics", f"{len(study.topology)}" + (f", besides {listed(held)}" if held else "")
    if study.losses.constant:
        yield "left out", f"{listed(study.losses.constant)} (the same for every graph)"
    yield from _task(study)
    plan = study.provenance("plan")
    for section in ("network", "training"):
        settings = plan.get(section)
        if isinstance(settings, Mapping) and settings:
            yield section, _settings(settings)


def _task(study: Study) -> Iterator[tuple[str, str]]:
    task = study.provenance("task")
    if "name" in task:
        params = task.get("params")
        detail = f" ({_settings(params)})" if isinstance(params, Mapping) and params else ""
        yield "task", f"{task['name']}{detail}"
    mark = marks(study)
    if mark.chance is not None:
        yield "chance", f"{number(mark.chance)}, the score of the best constant answer"
    ngram = task.get("ngram")
    if mark.ngram is not None and isinstance(ngram, Mapping):
        yield "n-gram rules", ", ".join(f"{n}-gram {number(float(a))}" for n, a in ngram.items())


def _settings(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{str(name).replace('_', ' ')} {_plain(v)}" for name, v in settings.items())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_settings({str(name): each for name, each in value.items()})})"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _on_runs(study: Study) -> list[str]:
    cells = [cell_name(cell) for cell in study.cells]
    networks = f" {listed(cells)}" if study.columns.cell is not None else ""
    families = f" from {counted(len(study.families), 'family', 'families')}" * bool(study.families)
    text = [f"{len(study.runs)}{networks} networks on {len(study.graphs)} graphs{families} were"]
    task = study.provenance("task")
    text.append(f"trained on {task['name']}." if "name" in task else "trained.")
    training = study.provenance("plan").get("training")
    if isinstance(training, Mapping) and training:
        text.append(f"Training: {_settings(training)}.")
    if study.replicated:
        text.append(
            f"The {study.target} of a graph is the mean over its replicates, and the unit of "
            "analysis is the graph, not the run."
        )
    if study.losses.failed or study.losses.missing:
        n = study.losses.failed + study.losses.missing
        text.append(f"{counted(n, 'run')} without a value of {study.target} were left out.")
    return text


def _on_association(study: Study, findings: Findings, settings: Settings) -> list[str]:
    held = listed(study.columns.covariates)
    name = settings.method.capitalize()
    of = "the ranks of " if settings.method == "spearman" else ""
    text = [f"{name} correlations of each metric with {study.target} were computed in each cell."]
    if findings.partial is not None:
        text.append(
            f"Partial correlations are those of the residuals of {of}metric and {study.target} on "
            f"{of}{held}" + (", and on these and family." if findings.within is not None else ".")
        )
    elif findings.within is not None:
        text.append("Partial correlations hold the family fixed.")
    text.append(
        f"Intervals (95 %) are percentiles of {settings.n_boot} bootstrap resamples of graphs"
        + (
            ", or from Fisher's z where nothing is held fixed."
            if settings.method == "pearson"
            else "."
        )
    )
    text.append(
        "p-values are adjusted for the false discovery rate (Benjamini and Hochberg 1995) over the "
        "metrics of one cell and table, and called found at 5 %."
    )
    text.append(f"Metrics are called near twins where every pair of a group has |ρ| > {TWINS}.")
    return text


def _on_prediction(study: Study, findings: Findings, settings: Settings) -> list[str]:
    if not findings.predictions:
        return []
    used = next(iter(findings.predictions.values())).settings
    models = used["models"]
    names = [_MODELS.get(m, str(m)) for m in models] if isinstance(models, tuple) else []
    held = listed(study.columns.covariates)
    text = [
        f"{study.target.capitalize()} was predicted by {listed(names)} from all metrics"
        + (f", and from {held} alone." if held else "."),
        f"Graphs were left out in {settings.folds} folds, dealt {counted(settings.repeats, 'time')}"
        + (", and families were left out whole." if used["groups"] else "."),
        "R² is pooled over all graphs left out; its interval is from a bootstrap over graphs"
        + (", with the families fixed," if used["groups"] else "")
        + " and does not cover the choice of the model or refitting"
        + (", nor families that are not in the study." if used["groups"] else "."),
    ]
    return text


def _on_the_rest(study: Study, findings: Findings, version: str) -> list[str]:
    text = []
    if len(findings.noise):
        text.append(
            "Repeatability is the intraclass correlation of a one-way random-effects model, "
            "ICC(1) of a run and ICC(1, k) of a mean (Shrout and Fleiss 1979)."
        )
    return [*text, f"All was computed with rnngraph {version}."]
