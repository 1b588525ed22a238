"""The sections of the page, in order."""

from collections.abc import Sequence
from importlib.metadata import version

from rnngraph.reporting.analysis import Findings, Settings
from rnngraph.reporting.blocks import Block, Facts, Picture, Prose, Quote, Section
from rnngraph.reporting.definitions import definitions
from rnngraph.reporting.frame import warnings_section
from rnngraph.reporting.methods import facts, methods
from rnngraph.reporting.numbers import coefficient, listed, percent
from rnngraph.reporting.plots_correlation import heat_map, intervals, scatter
from rnngraph.reporting.plots_prediction import WORST, predicted_plot, score_plot
from rnngraph.reporting.plots_runs import seed_noise, target_by_family
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.provenance import plan_blocks, provenance
from rnngraph.reporting.records import LEVEL
from rnngraph.reporting.tables import (
    collinear_sheet,
    correlation_sheet,
    noise_sheet,
    score_sheet,
    spread_sheet,
)
from rnngraph.reporting.words import in_cell


def sections(
    study: Study, findings: Findings, settings: Settings, alerts: Sequence[str]
) -> tuple[Section, ...]:
    """Return all sections of the page; figures are drawn within `canvas.style`."""
    target = study.target
    return (
        warnings_section(alerts),
        Section("runs", "What was run", _runs(study, findings, settings)),
        Section("target", f"{_capital(target)} by family and cell", _target(study, findings)),
        Section("repeatability", "Repeatability between seeds", _noise(study, findings)),
        Section("correlations", f"Which metrics go with {target}", _correlations(study, findings)),
        Section("prediction", "What topology adds to size", _prediction(study, findings)),
        Section("scatter", "The strongest metrics", _scatter(study, findings)),
        Section("definitions", "Definitions", _definitions(study)),
        Section("provenance", "Provenance", _provenance(study, settings)),
    )


def _runs(study: Study, findings: Findings, settings: Settings) -> tuple[Block, ...]:
    text = methods(study, findings, settings, version("rnngraph"))
    return (Facts(facts(study)), Prose(("Methods, ready to paste:",)), Quote(text))


def _target(study: Study, findings: Findings) -> tuple[Block, ...]:
    mean = ", the mean of its runs" * study.replicated
    caption = (
        f"{_capital(study.target)} of every graph{mean}. Boxes span the quartiles around the "
        "median; whiskers reach the last point within 1.5 box lengths."
    )
    return (
        Picture(target_by_family(study), caption),
        spread_sheet(study, findings),
    )


def _noise(study: Study, findings: Findings) -> tuple[Block, ...]:
    if findings.noise.empty:
        return (
            Prose(
                (
                    "No graph has runs that differ, so the part of the seed in the differences "
                    "between graphs is not known.",
                )
            ),
        )
    caption = (
        "Every run; graphs stand in the order of their means, and a line joins the runs of one "
        "graph. Where the lines are long beside the slope of the whole, the seed decides more than "
        "the graph."
    )
    return (noise_sheet(study, findings), Picture(seed_noise(study), caption))


def _correlations(study: Study, findings: Findings) -> tuple[Block, ...]:
    target, held = study.target, listed(study.columns.covariates)
    given = f" with {held} held fixed" if held else ""
    star = f"A star: found at a false discovery rate of {percent(LEVEL)}, in its cell and column."
    blocks: list[Block] = [
        Prose((f"{'Replicates are averaged first: n counts graphs. ' * study.replicated}{star}",)),
        Picture(
            heat_map(study, findings),
            f"Correlation of each metric with {target}, alone and with covariates held fixed. "
            f"{'Size stands on top, then metrics' if held else 'Metrics stand'} from the most "
            "positive to the most negative.",
        ),
        Picture(
            intervals(study, findings),
            f"The strongest correlations with {target}{given}, with 95 % intervals. Filled: found "
            f"at a false discovery rate of {percent(LEVEL)}."
            + (" Upright ticks: the correlation alone, without covariates." if held else ""),
        ),
    ]
    if findings.partial is not None:
        blocks.append(
            correlation_sheet(
                study,
                findings.partial,
                f"Partial correlations with {target}, {held} held fixed.",
                "partial_size",
            )
        )
    if findings.within is not None:
        fixed = listed([*study.columns.covariates, "family"])
        blocks.append(
            correlation_sheet(
                study,
                findings.within,
                f"Partial correlations with {target} within families, {fixed} held fixed.",
                "partial_family",
            )
        )
    blocks.append(
        correlation_sheet(
            study,
            findings.raw,
            f"Correlations with {target}, nothing held fixed.",
            "correlations",
        )
    )
    blocks.append(collinear_sheet(study, findings))
    return tuple(blocks)


def _prediction(study: Study, findings: Findings) -> tuple[Block, ...]:
    if not findings.predictions:
        return (Prose(("No cell has enough graphs for a prediction.",)),)
    blocks: list[Block] = [
        Prose(
            (
                "Every prediction is of graphs, or of whole families, that the model has not seen. "
                "An R² of 0 is as good as the mean of all graphs; below, worse. Intervals cover "
                "which graphs were scored, not the choice of the model"
                + (", nor other families than these." if study.families else "."),
            )
        ),
        Picture(
            score_plot(findings),
            "R² of each model with its 95 % interval"
            + (
                f"; what lies below {coefficient(WORST)} is drawn at the edge."
                if findings.scores["ci_low"].min() < WORST
                else "."
            ),
        ),
    ]
    for number, cell in enumerate(findings.predictions, start=1):
        blocks.append(
            Picture(
                predicted_plot(study, findings, cell, number),
                f"Predicted against observed {study.target}{in_cell(study, cell)}, for the best "
                "model of each kind. The line is a perfect prediction; what lies beyond the frame "
                "is drawn at its edge.",
            )
        )
    blocks.append(score_sheet(study, findings.scores))
    return tuple(blocks)


def _scatter(study: Study, findings: Findings) -> tuple[Block, ...]:
    held = listed(study.columns.covariates)
    below = (
        f" Below: the same graphs with {held} held fixed, as residuals"
        f"{' of ranks' if findings.ranked else ''}."
        if held
        else ""
    )
    blocks: list[Block] = []
    for number, cell in enumerate(study.cells, start=1):
        picture = scatter(study, findings, cell, number)
        if picture is not None:
            caption = (
                f"{_capital(study.target)} against the metrics that go with it "
                f"most{in_cell(study, cell)}, one of each group of near twins.{below}"
            )
            blocks.append(Picture(picture, caption))
    return tuple(blocks) or (Prose(("No correlation could be computed.",)),)


def _definitions(study: Study) -> tuple[Block, ...]:
    return (
        Prose(
            (
                "As rnngraph defines them. For a table that was measured elsewhere, check that the "
                "definitions agree: libraries differ.",
            )
        ),
        Facts(definitions(study.columns.features)),
    )


def _provenance(study: Study, settings: Settings) -> tuple[Block, ...]:
    kept = (
        "Every table of this page, the analysed graphs, all predictions and the permutation "
        "importance of each metric are CSV files in the folder named beside the tables."
    )
    return (
        Facts(provenance(study, settings)),
        Prose((kept,)),
        *plan_blocks(study.provenance("plan")),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
