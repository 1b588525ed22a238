"""The headline: one sentence that neither analysis of the correlations contradicts."""

from rnngraph.reporting.analysis import Findings
from rnngraph.reporting.decisions import Caveats, Found, Gain, caveats, found, gain, outcome
from rnngraph.reporting.numbers import listed
from rnngraph.reporting.prepare import Study
from rnngraph.reporting.words import SIMPLE, cell_name


def headline(study: Study, findings: Findings) -> str:
    """Say of each cell what is found and what topology adds; cells of one answer stand together."""
    of_cells = {cell: found(findings, cell) for cell in study.cells}
    caution = {cell: _caution(caveats(study, cell)) for cell in study.cells}
    if not findings.predictions and not any(each.n_beyond for each in of_cells.values()):
        first = next(iter(caution.values())) if len(set(caution.values())) == 1 else ""
        return f"Too little to go by: no metric could be tested, and nothing predicted{first}."
    clauses: dict[str, list[str]] = {}
    nothing = True
    for cell, each in of_cells.items():
        added = gain(findings, cell, "kfold")
        shown = added is not None and outcome(added) == "gain"
        some = bool(each.beyond or each.within)
        nothing = nothing and not shown and not some
        joint = ", and " if some == shown else "; "
        text = _association(study, each) + joint + _prediction(added, study.target)
        clauses.setdefault(text + caution[cell], []).append(cell)
    sentences = [f"{_where(study, cells)}{clause}." for clause, cells in clauses.items()]
    if nothing:
        sentences[0] = f"Nothing survives: {sentences[0]}"
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)


def _where(study: Study, cells: list[str]) -> str:
    if len(study.cells) == 1:
        return ""
    if len(cells) == len(study.cells):
        return "in every cell, "
    return f"in {listed([cell_name(cell) for cell in cells])}, "


def _association(study: Study, each: Found) -> str:
    if study.columns.covariates:
        where = " beyond size"
    else:
        where = " at equal size" if study.matched else ""
    known = each.within is not None
    whole = where or " over all graphs" * known
    if not each.n_beyond:
        return f"no metric could be tested for going with {study.target}"
    if not each.beyond and not each.within:
        either = " or within families" * known
        return f"no metric is found to go with {study.target}{whole}{either}"
    if each.both:
        return f"{_go(study, len(each.both))}{whole} and within families"
    if not each.within:
        inside = ", but none is found within families" * known
        return f"{_go(study, len(each.beyond))}{where}{inside}"
    inside = f"{_go(study, len(each.within))} within families"
    if not each.beyond:
        return f"{inside}, but none is found{where} over all graphs"
    inside = "with the other sign" if each.turned else "others do"
    return f"{_go(study, len(each.beyond))}{whole}, but within families {inside}"


def _go(study: Study, n: int) -> str:
    return f"{'one metric goes' if n == 1 else 'some metrics go'} with {study.target}"


def _prediction(added: Gain | None, target: str) -> str:
    if added is None:
        return "nothing could be predicted"
    simple = SIMPLE[added.simple.features]
    match outcome(added):
        case "gain":
            useless = ", if no better than a constant" * (added.full.estimate <= 0)
            return f"a model with topology predicts {target} better than {simple}{useless}"
        case "worse":
            return f"models with topology predicted {target} worse than {simple}"
        case "none":
            return f"no model with topology is found to predict {target} better than {simple}"


def _caution(of: Caveats) -> str:
    few = "" if of.few is None else f", on only {of.few} graphs"
    extremes = [
        text
        for holds, text in (
            (of.at_chance, "most runs learnt nothing"),
            (of.at_ceiling, "most runs are at the ceiling"),
        )
        if holds
    ]
    return few + "".join(f", but {text}" for text in extremes)
