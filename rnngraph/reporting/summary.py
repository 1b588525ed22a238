"""The answer in plain words: what goes with the target beyond size, and what topology adds."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.decisions import Found, Gain, found, gain, outcome
from rnngraph.reporting.headline import headline
from rnngraph.reporting.numbers import (
    coefficient,
    counted,
    decided_interval,
    interval,
    listed,
    percent,
)
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import LEVEL, Correlation, Score, correlations
from rnngraph.reporting.words import cell_name, symbol

_NAMED: Final = 3
"""Metrics that a sentence names."""

_IS: Final = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"

_READING: Final = (
    "Brackets hold 95 % intervals. These are associations over the graphs studied, not effects: no "
    "metric was changed with all else held fixed."
)


class Answer(NamedTuple):
    """A headline; for each cell its name with what was run, and what was found; how to read it."""

    headline: str
    cells: tuple[tuple[str, str], ...]
    reading: str


def answer(study: Study, findings: Findings) -> Answer:
    """Say what the figures allow to say, no more."""
    cells = []
    for cell, table in study.cells.items():
        n_runs = int((study.runs["cell"] == cell).sum())
        lead = f"{cell_name(cell)} ({counted(len(table), 'graph')}, {counted(n_runs, 'run')})."
        each = found(findings, cell)
        sentences = (
            _beyond(study, findings, each)
            if each.beyond
            else _nothing_beyond(study, findings, cell, each),
            _within(study, findings, each),
            _lost(findings, cell),
            _prediction(study, findings, cell),
        )
        cells.append((lead, " ".join(sentence for sentence in sentences if sentence)))
    return Answer(headline(study, findings), tuple(cells), _READING)


def _rule(study: Study) -> str:
    held = listed(study.columns.covariates)
    fixed = f"with {held} held fixed, " if held else ""
    return f"({fixed}false discoveries held at {percent(LEVEL)})"


def _nothing_beyond(study: Study, findings: Findings, cell: str, each: Found) -> str:
    n = each.n_beyond
    if not n:
        return f"No metric could be tested for going with {study.target}."
    text = (
        f"The one metric tested is not found to go with {study.target} {_rule(study)}."
        if n == 1
        else f"No metric of the {n} tested is found to go with {study.target} {_rule(study)}."
    )
    floor = _detectable(len(study.cells[cell]), len(study.columns.covariates))
    if floor < 1:
        text += (
            f" With so many graphs, an association weaker than {symbol(findings.raw)}{_IS}"
            f"±{coefficient(floor)} would often be missed, even if it were the only one tested."
        )
    return text


def _beyond(study: Study, findings: Findings, each: Found) -> str:
    n = len(each.beyond)
    text = (
        f"{n} of {counted(each.n_beyond, 'metric')} {'goes' if n == 1 else 'go'} with "
        f"{study.target} {_rule(study)}"
    )
    return text + _strongest(study, findings, each.beyond, partial=bool(study.columns.covariates))


def _strongest(
    study: Study, findings: Findings, rows: Sequence[Correlation], *, partial: bool
) -> str:
    """Name the strongest metrics, one of each group of near twins: the end of a sentence."""
    groups = [findings.group[row.feature] for row in rows]
    first = [i for i, group in enumerate(groups) if not group or group not in groups[:i]]
    letter = f"{'partial ' * partial}{symbol(findings.raw)}"
    named = []
    for i in first[:_NAMED]:
        row = rows[i]
        twins = groups.count(groups[i]) - 1 if groups[i] else 0
        around = "with no interval"
        if not np.isnan(row.ci_low):
            around = interval(row.ci_low, row.ci_high)
        named.append(
            f"{'higher' if row.estimate > 0 else 'lower'} {row.feature} with higher "
            f"{study.target} ({letter}{_IS}{coefficient(row.estimate)} {around}"
            + (f", like {counted(twins, 'near twin')})" if twins else ")")
        )
    fewer = f", or {len(first)} if near twins count as one" * (len(first) < len(rows))
    strongest = ". The strongest: " if len(first) > _NAMED else ": "
    return f"{fewer}{strongest}{listed(named)}."


def _within(study: Study, findings: Findings, each: Found) -> str:
    """Say what holds inside families, and how it agrees with what holds over all graphs."""
    if each.within is None:
        return ""
    lead = f"Within families ({listed([*study.columns.covariates, 'family'])} held fixed) "
    n = len(each.within)
    if not n:
        why = ": families may differ in something else that goes with it" * bool(each.beyond)
        return f"{lead}none of {counted(each.n_within, 'metric')} is found{why}."
    text = f"{lead}{counted(n, 'metric')} {'is' if n == 1 else 'are'} found"
    parts = [text + _strongest(study, findings, each.within, partial=True)]
    over_all = "beyond size" if study.columns.covariates else "over all graphs"
    if each.both:
        parts.append(f"Found {over_all} and within families: {_names(each.both)}.")
    lost = [row for row in each.beyond_only if row.feature not in {t.feature for t in each.turned}]
    if lost:
        parts.append(
            f"Found {over_all} but not within families, which may differ in something else: "
            f"{_names(lost)}."
        )
    masked = [row for row in each.within_only if row not in each.turned]
    if masked:
        parts.append(
            "Found only within families, as differences between families can mask what holds "
            f"inside them (suppression): {_names(masked)}."
        )
    if each.turned:
        parts.append(f"The sign is the other one within families: {_names(each.turned)}.")
    return " ".join(parts)


def _names(rows: Sequence[Correlation]) -> str:
    return listed([row.feature for row in rows], _NAMED)


def _lost(findings: Findings, cell: str) -> str:
    """Name the metrics that correlate with the target alone and lose it given size."""
    if findings.partial is None:
        return ""
    given = {row.feature: row.found for row in correlations(findings.partial, cell)}
    alone = [row.feature for row in correlations(findings.raw, cell) if row.found]
    lost = [feature for feature in alone if not given.get(feature, True)]
    if not lost:
        return ""
    one = len(lost) == 1
    return (
        f"{counted(len(lost), 'metric')} that {'correlates' if one else 'correlate'} alone "
        f"{'is' if one else 'are'} no longer found once size is held fixed: {listed(lost, _NAMED)}."
    )


def _prediction(study: Study, findings: Findings, cell: str) -> str:
    seen, unseen = (gain(findings, cell, scheme) for scheme in ("kfold", "grouped"))
    if seen is None:
        return ""
    simple = "the best on size alone" if seen.simple.features == "baseline" else "the mean"
    text = (
        f"For graphs left out, the best model with topology reaches {_r_squared(seen.full)}, "
        f"{simple} {coefficient(seen.simple.estimate)} {_verdict(seen)}."
    )
    if unseen is not None:
        n = len(study.family_of(study.cells[cell]).unique())
        text += (
            f" For families left out (of these {n}), {_r_squared(unseen.full)} against "
            f"{coefficient(unseen.simple.estimate)} {_verdict(unseen)}; the intervals are "
            "over graphs of these families, not over other families."
        )
    return text


def _r_squared(score: Score) -> str:
    return f"R²{_IS}{coefficient(score.estimate)} {interval(score.ci_low, score.ci_high)}"


def _verdict(of: Gain) -> str:
    full = of.full
    size = f"{coefficient(full.gain)} {decided_interval(full.gain_low, full.gain_high)}"
    match outcome(of):
        case "gain":
            share = f"; {of.n_better} of {of.n_models} models gain" * (of.n_models > 1)
            useless = ", though topology too does no better than a constant" * (full.estimate <= 0)
            return f"(gain {size}{share}){useless}"
        case "worse":
            return f"(difference {size}): with topology they were predicted worse"
        case "none":
            return f"(difference {size}): no gain is shown"


def _detectable(n: int, held: int) -> float:
    """The correlation that a two-sided test at 5 % finds with a power of 80 % (Fisher's z)."""
    freedom = n - 3 - held
    if freedom < 1:
        return 1.0
    needed = stats.norm.ppf(1 - LEVEL / 2) + stats.norm.ppf(0.8)
    return float(np.tanh(needed / np.sqrt(freedom)))
