"""The answer in plain words: what goes with the target beyond size, and what topology adds."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.numbers import coefficient, counted, interval, listed, percent
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import LEVEL, Correlation, Score, best, correlations, scores
from rnngraph.reporting.words import cell_name, symbol

_NAMED: Final = 3
"""Metrics that a sentence names."""

_IS: Final = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"

_READING: Final = (
    "Brackets hold 95 % intervals. These are associations over the graphs studied, not effects: no "
    "metric was changed with all else held fixed."
)


class Gain(NamedTuple):
    """The best model that sees topology beside the best that does not."""

    full: Score
    simple: Score
    n_better: int
    n_models: int


class Answer(NamedTuple):
    """A headline; for each cell its name with what was run, and what was found; how to read it."""

    headline: str
    cells: tuple[tuple[str, str], ...]
    reading: str


def survivors(findings: Findings, cell: str) -> list[Correlation]:
    """Return the correlations given size that are found in a cell, strongest first.

    What is nearly a function of size cannot be found beyond it.
    """
    return [
        row
        for row in correlations(findings.adjusted, cell)
        if row.found and row.feature not in findings.size_like
    ]


def gain(findings: Findings, cell: str, scheme: str) -> Gain | None:
    """Return what topology adds to a prediction in a cell, or None where nothing was predicted."""
    if cell not in findings.predictions:
        return None
    rows = scores(findings.predictions[cell], scheme)
    full = [row for row in rows if row.features == "features"]
    if not full:
        return None
    top = best(rows, "features")
    simple = next(row for row in rows if f"{row.features}: {row.model}" == top.gain_over)
    return Gain(top, simple, sum(row.gain_low > 0 for row in full), len(full))


def answer(study: Study, findings: Findings) -> Answer:
    """Say what the figures allow to say, no more."""
    cells = []
    for cell, table in study.cells.items():
        n_runs = int((study.runs["cell"] == cell).sum())
        lead = f"{cell_name(cell)} ({counted(len(table), 'graph')}, {counted(n_runs, 'run')})."
        found = survivors(findings, cell)
        sentences = (
            _associations(study, findings, cell, found)
            if len(found)
            else _no_association(study, findings, cell),
            _lost(findings, cell),
            _prediction(findings, cell),
        )
        cells.append((lead, " ".join(sentence for sentence in sentences if sentence)))
    return Answer(_headline(study, findings), tuple(cells), _READING)


def _headline(study: Study, findings: Findings) -> str:
    found = {cell: survivors(findings, cell) for cell in study.cells}
    gains = {cell: gain(findings, cell, "kfold") for cell in study.cells}
    associated = [cell for cell in study.cells if len(found[cell])]
    improved = [cell for cell in study.cells if (g := gains[cell]) and g.full.gain_low > 0]
    if not findings.predictions and not any(_tested(findings, cell) for cell in study.cells):
        return "Too little to go by: no metric could be tested, and nothing predicted."
    target = study.target
    beyond = " at equal size" if study.matched else ""
    if study.columns.covariates:
        beyond = " beyond size"
    baseline = "the size-only baseline" if study.columns.covariates else "the mean"
    if not associated and not improved:
        return (
            f"Nothing survives: no metric is found to go with {target}{beyond}, and no model with "
            f"topology is found to predict it better than {baseline}."
        )
    within = [holds for cell in associated if (holds := _holds(findings, cell, found[cell]))]
    inside = ", though not within families" if within and not any(map(any, within)) else ""
    several = max(map(len, found.values())) > 1
    first = f"{'some metrics go' if several else 'one metric goes'} with {target}{beyond}{inside}"
    second = f"a model with topology predicts it better than {baseline}"
    if associated == improved:
        text = f"{_where(study, associated)}{first}, and {second}."
    else:
        if not associated:
            first = f"no metric is found to go with {target}{beyond}"
        if not improved:
            second = f"no model with topology is found to predict it better than {baseline}"
        text = f"{_where(study, associated)}{first}; {_where(study, improved)}{second}."
    return text[:1].upper() + text[1:]


def _where(study: Study, cells: Sequence[str]) -> str:
    if not cells or len(study.cells) == 1:
        return ""
    if len(cells) == len(study.cells):
        return "in every cell, "
    return f"in {listed([cell_name(cell) for cell in cells])} only, "


def _tested(findings: Findings, cell: str) -> int:
    """Number of metrics that were tested for what they say beyond size."""
    return sum(
        not np.isnan(row.p_adjusted) and row.feature not in findings.size_like
        for row in correlations(findings.adjusted, cell)
    )


def _rule(study: Study) -> str:
    held = listed(study.columns.covariates)
    fixed = f"with {held} held fixed, " if held else ""
    return f"({fixed}false discoveries held at {percent(LEVEL)})"


def _no_association(study: Study, findings: Findings, cell: str) -> str:
    n = _tested(findings, cell)
    if not n:
        return f"No metric could be tested for going with {study.target}."
    text = f"No metric of the {n} tested is found to go with {study.target} {_rule(study)}."
    floor = _detectable(len(study.cells[cell]), len(study.columns.covariates))
    if floor < 1:
        text += (
            f" With so many graphs, an association weaker than {symbol(findings.raw)}{_IS}"
            f"±{coefficient(floor)} would often be missed, even if it were the only one tested."
        )
    return text


def _associations(study: Study, findings: Findings, cell: str, found: list[Correlation]) -> str:
    groups = [findings.group[row.feature] for row in found]
    first = [i for i, group in enumerate(groups) if not group or group not in groups[:i]]
    letter = f"{'partial ' if study.columns.covariates else ''}{symbol(findings.raw)}"
    named = []
    for i in first[:_NAMED]:
        row = found[i]
        twins = groups.count(groups[i]) - 1 if groups[i] else 0
        named.append(
            f"{'higher' if row.estimate > 0 else 'lower'} {row.feature} with higher "
            f"{study.target} ({letter}{_IS}{coefficient(row.estimate)} "
            f"{interval(row.ci_low, row.ci_high)}"
            + (f", like {counted(twins, 'near twin')})" if twins else ")")
        )
    text = (
        f"{len(found)} of {counted(_tested(findings, cell), 'metric')} "
        f"{'goes' if len(found) == 1 else 'go'} with {study.target} {_rule(study)}"
    )
    if len(first) < len(found):
        text += f", or {len(first)} if near twins count as one"
    strongest = ". The strongest: " if len(first) > _NAMED else ": "
    return f"{text}{strongest}{listed(named)}.{_within(findings, cell, found)}"


def _holds(findings: Findings, cell: str, found: list[Correlation]) -> list[bool]:
    """Whether each finding is also found, with the same sign, inside families; [] if unknown."""
    if findings.within is None:
        return []
    signs = {
        row.feature: row.estimate > 0 for row in correlations(findings.within, cell) if row.found
    }
    return [signs.get(row.feature) == (row.estimate > 0) for row in found]


def _within(findings: Findings, cell: str, found: list[Correlation]) -> str:
    holds = _holds(findings, cell, found)
    n = sum(holds)
    if not holds:
        return ""
    if not n:
        which = "it is not" if len(holds) == 1 else "none of them is"
        return f" Within families {which} found: families may differ in something else."
    if n == len(holds):
        return f" {'It is' if n == 1 else 'All are'} found within families too."
    return f" {n} of the {len(holds)} {'is' if n == 1 else 'are'} found within families too."


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


def _prediction(findings: Findings, cell: str) -> str:
    seen, unseen = (gain(findings, cell, scheme) for scheme in ("kfold", "grouped"))
    if seen is None:
        return ""
    simple = "the best on size alone" if seen.simple.features == "baseline" else "the mean"
    text = (
        f"For graphs left out, the best model with topology reaches {_r_squared(seen.full)}, "
        f"{simple} {coefficient(seen.simple.estimate)} {_verdict(seen)}."
    )
    if unseen is not None:
        text += (
            f" For families left out, {_r_squared(unseen.full)} against "
            f"{coefficient(unseen.simple.estimate)} {_verdict(unseen)}."
        )
    return text


def _r_squared(score: Score) -> str:
    return f"R²{_IS}{coefficient(score.estimate)} {interval(score.ci_low, score.ci_high)}"


def _verdict(found: Gain) -> str:
    full = found.full
    size = f"{coefficient(full.gain)} {interval(full.gain_low, full.gain_high)}"
    if full.gain_low > 0:
        share = f"; {found.n_better} of {found.n_models} models gain" * (found.n_models > 1)
        useless = ", though topology too does no better than a constant" * (full.estimate <= 0)
        return f"(gain {size}{share}){useless}"
    if full.gain_high < 0:
        return f"(difference {size}): adding topology makes it worse"
    return f"(difference {size}): no gain is shown"


def _detectable(n: int, held: int) -> float:
    """The correlation that a two-sided test at 5 % finds with a power of 80 % (Fisher's z)."""
    freedom = n - 3 - held
    if freedom < 1:
        return 1.0
    needed = stats.norm.ppf(1 - LEVEL / 2) + stats.norm.ppf(0.8)
    return float(np.tanh(needed / np.sqrt(freedom)))
