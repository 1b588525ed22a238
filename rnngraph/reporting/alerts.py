"""What a reader must know before believing the figures; each alert is a few plain sentences."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from rnngraph.reporting.analysis import DEFINED, FEWEST, INFLATED, TWINS, Findings
from rnngraph.reporting.extremes import (
    CEILING,
    chance_limit,
    share_at_ceiling,
    share_at_chance,
)
from rnngraph.reporting.numbers import coefficient, counted, listed, number, percent
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import LEVEL
from rnngraph.reporting.task_facts import marks
from rnngraph.reporting.words import cell_name, in_cell, symbol

_FEW_GRAPHS = 50
_NOTABLE = 0.1
"""Share of runs at the ceiling or at chance, or of a size's variance that the family explains."""
_LOW_CEILING = 0.5
_FEW_INFLATED = 5
"""Collinear metrics up to which they are worth a warning each."""


def alerts(study: Study, findings: Findings) -> tuple[str, ...]:
    """Return the alerts of a study, gravest kinds first."""
    return (
        *_left_out(study),
        *_few(study, findings),
        *_extremes(study),
        *_noise(study, findings),
        *_families(study),
        *_features(study, findings),
        *_collinear(findings),
    )


def _left_out(study: Study) -> Iterator[str]:
    losses = study.losses
    if losses.failed:
        first = f" The first error: {losses.error}" if losses.error else ""
        yield f"{losses.failed} of {study.n_rows} runs failed and are left out.{first}"
    if losses.missing:
        yield (
            f"{losses.missing} of {study.n_rows} runs have no finite {study.target} and are left "
            "out."
        )
    if losses.diverged:
        yield (
            f"{losses.diverged} of {len(study.runs)} runs diverged in training; they are kept, "
            f"with the {study.target} they ended with."
        )


def _few(study: Study, findings: Findings) -> Iterator[str]:
    few = {cell: len(table) for cell, table in study.cells.items() if len(table) < _FEW_GRAPHS}
    if few:
        numbers = [f"{n}{in_cell(study, cell)}" for cell, n in few.items()]
        hard = _half_found(max(few.values()), len(study.columns.covariates))
        yield (
            f"Few graphs: {listed(numbers)}. A correlation is found half of the time only if "
            f"|{symbol(findings.raw)}| is {hard} or more, and more rarely once many metrics are "
            "tested."
        )
    for cell in study.cells:
        if cell not in findings.predictions:
            yield (
                f"Nothing is predicted{in_cell(study, cell)}: fewer than {FEWEST} graphs, or a "
                f"constant {study.target}."
            )


def _half_found(n: int, held: int) -> str:
    """The correlation at which a two-sided test at 5 % has a power of about one half."""
    df = n - 2 - held
    if df < 1:
        return "1.00"
    t = stats.t.ppf(1 - LEVEL / 2, df)
    return coefficient(float(t / np.sqrt(df + t**2)))


def _extremes(study: Study) -> Iterator[str]:
    mark, limit = marks(study), chance_limit(study)
    for cell in study.cells:
        value = study.runs.loc[study.runs["cell"] == cell, "value"]
        where = in_cell(study, cell)
        share = share_at_ceiling(study, cell)
        if share > _NOTABLE:
            yield (
                f"{percent(share)} of the runs{where} reach an accuracy of {CEILING} or more: at "
                "the ceiling, differences between graphs cannot show."
            )
        share = share_at_chance(study, cell)
        if limit is not None and share > _NOTABLE:
            yield (
                f"{percent(share)} of the runs{where} are at chance (accuracy up to "
                f"{number(limit)}): they learnt nothing."
            )
        if mark.ngram is not None and mark.ngram > value.median():
            yield (
                f"A {mark.order}-gram rule reaches {number(mark.ngram)}, above the median "
                f"accuracy{where} ({number(value.median())}): the task can be solved so far "
                "without memory."
            )


def _noise(study: Study, findings: Findings) -> Iterator[str]:
    noise = findings.noise
    known = set(noise["cell"]) if len(noise) else set()
    once = [cell_name(cell) for cell in study.cells if cell not in known]
    if once:
        where = f" in {listed(once)}" if known else ""
        yield (
            f"No repeatability{where}: graphs were run once, or all runs ended alike. What the "
            f"seed alone does to {study.target} is not known."
        )
    for cell in study.cells:
        if cell not in known:
            continue
        mean = noise.loc[(noise["cell"] == cell) & (noise["quantity"] == "mean")].iloc[0]
        share = float(mean["estimate"])
        if share < _LOW_CEILING:
            ends = f"[{100 * mean['ci_low']:.0f}, {100 * mean['ci_high']:.0f}]"
            yield (
                f"Low repeatability{in_cell(study, cell)}: an estimated {percent(share)} {ends} of "
                "the variance of a graph's mean is due to the graph, the rest to the seed. "
                "Prediction from the graph can hardly exceed that share; more replicates raise it."
            )


def _families(study: Study) -> Iterator[str]:
    if len(study.families) < 2:
        return
    explained = {
        name: _share_of_family(study.graphs[name], study.graphs[study.columns.family])
        for name in study.columns.covariates
    }
    unmatched = [
        f"{name} ({percent(share)})" for name, share in explained.items() if share > _NOTABLE
    ]
    if unmatched:
        yield (
            "The families are not matched in size: the family explains part of the variance of "
            f"{listed(unmatched)}. Differences between families may be differences in size."
        )


def _share_of_family(value: pd.Series, family: pd.Series) -> float:
    """Share of variance between families, corrected for their number (epsilon squared)."""
    by_family = value.groupby(family.to_numpy())
    df = len(value) - by_family.ngroups
    if df < 1:
        return 0.0
    within = float(((value - by_family.transform("mean")) ** 2).sum()) / df
    return 1 - within / float(value.var())


def _features(study: Study, findings: Findings) -> Iterator[str]:
    losses = study.losses
    if losses.infinite:
        yield f"Infinite values of metrics are taken as missing: {losses.infinite}."
    if losses.uneven:
        yield (
            f"{listed(losses.uneven, 5)} "
            f"{'differs' if len(losses.uneven) == 1 else 'differ'} between the runs of a graph and "
            f"{'is' if len(losses.uneven) == 1 else 'are'} averaged, as the {study.target} is."
        )
    defined = study.graphs[list(study.topology)].notna().mean()
    sparse = [f"{name} ({percent(share)})" for name, share in defined[defined < DEFINED].items()]
    if sparse:
        yield (
            f"Not defined for every graph: {listed(sparse, 5)} of the graphs. Their correlations "
            "are over those graphs alone."
        )
    raw = findings.raw
    twins = raw.loc[(raw["estimate"].abs() >= TWINS) & raw["feature"].isin(study.topology)]
    if len(twins):
        names = listed(list(dict.fromkeys(twins["feature"])), 5)
        yield (
            f"Nearly equal to {study.target}: {names}. Make sure that these are properties of the "
            "graph and not other outcomes of the run."
        )
    if not study.columns.covariates and not study.matched:
        yield (
            "No size is known (no n_nodes or n_edges that varies): metrics cannot be told from "
            "the size of the graph."
        )
    elif findings.size_like:
        yield (
            f"Nearly functions of size: {listed(findings.size_like, 5)}. Their partial "
            "correlations show curvature in size, not wiring."
        )


def _collinear(findings: Findings) -> Iterator[str]:
    table = findings.collinear
    inflated = table.loc[table["vif"] > INFLATED, "feature"]
    groups = [group["feature"] for number_, group in table.groupby("group") if number_]
    if groups:
        named = "; ".join(f"({i}) {', '.join(g)}" for i, g in enumerate(groups, start=1))
        yield (
            f"Near twins, metrics of which every pair has |ρ| > {TWINS}: {named}. Read each group "
            "as one metric."
        )
    # That most metrics of a long list follow from the rest is no news; the table says which.
    if 0 < len(inflated) <= _FEW_INFLATED:
        verb = "follows" if len(inflated) == 1 else "follow"
        yield (
            f"{len(inflated)} of {counted(len(table), 'metric')} {verb} almost linearly from the "
            f"others (variance inflation factor above {INFLATED}): {listed(list(inflated))}."
        )
