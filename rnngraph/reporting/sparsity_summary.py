"""The answer of a sparsification study in plain words, and what to know before believing it."""

from typing import Any, Final

import numpy as np

from rnngraph.experiments import SparsityResults
from rnngraph.reporting.numbers import counted, listed, number, percent
from rnngraph.reporting.prepare import first_error
from rnngraph.reporting.pruning_words import points
from rnngraph.reporting.sparsity_findings import SparsityFindings
from rnngraph.reporting.sparsity_tables import bits_of, mean_count
from rnngraph.reporting.summary import Answer

CLOSE: Final = {"accuracy": 0.01, "bits": 0.05}
"""Loss of quality that is accepted: a point of accuracy, 0.05 bits a token."""

_EXACT: Final = 1e-3
"""Difference of a folded network's output that rounding explains, where outputs are of order 10."""

_FEW: Final = 5

_READING: Final = (
    "Losses are means over replicates, each beside the first method's network of the same "
    "replicate. Which gates are constant is what the fit found, not what a task needs: another "
    "seed may keep others."
)


def sparsity_answer(results: SparsityResults, findings: SparsityFindings) -> Answer:
    """Say how small networks became at next to no loss, and which gates vary."""
    tasks = [task.name for task in results.plan.tasks]
    best = {task: _smallest(findings, task) for task in tasks}
    parts = [
        f"{task}, {number(row['compression'])} times as few weights ({row['method']})"
        for task, row in best.items()
        if row is not None
    ]
    headline = (
        "Within a point of accuracy, or 0.05 bits a token, of "
        f"{results.plan.labels[0]}: {listed(parts)}."
        if parts
        else "No method kept its network within a point of accuracy, or 0.05 bits a token, of "
        f"{results.plan.labels[0]}."
    )
    return Answer(headline, tuple((f"{t}.", _of_task(findings, t)) for t in tasks), _READING)


def sparsity_warnings(results: SparsityResults, findings: SparsityFindings) -> tuple[str, ...]:
    """What to know first, most telling first."""
    networks, found = results.networks, []
    failed = networks.loc[networks["status"] == "failed"]
    if len(failed):
        found.append(
            f"{len(failed)} of {counted(len(networks), 'network')} failed and are left out. The "
            f"first error: {first_error(failed)}"
        )
    for task, own in findings.methods.groupby("task", sort=False):
        first = own.iloc[0]
        bits = first["measure"] == "bits"
        sign = -1 if bits else 1
        if sign * first["quality"] <= sign * first["baseline"]:
            what = (
                f"{bits_of(first['baseline'])} bits by the frequencies of tokens alone"
                if bits
                else f"a bag of words, without order, scores {points(first['baseline'])} %"
            )
            found.append(
                f"{task}: {what}, the first method's network {_shown(first)}: this task says "
                "little about what sparsity does to memory."
            )
    if results.plan.replicates == 1:
        found.append("One replicate: no interval, and another seed may give other numbers.")
    elif results.plan.replicates < _FEW:
        found.append(f"Only {results.plan.replicates} replicates: intervals are wide.")
    if results.plan.replicates > 1:
        alone = findings.methods.loc[findings.methods["n"] == 1]
        for task, own in alone.groupby("task", sort=False):
            names = listed(own["method"].tolist())
            found.append(f"{task}: one network alone, so no interval, of {names}.")
    empty = int((networks["weights"] == 0).sum())
    if empty:
        found.append(f"{counted(empty, 'network')} lost all weights: the penalty was too strong.")
    diverged = int(findings.methods["diverged"].sum())
    if diverged:
        found.append(f"{counted(diverged, 'network')} diverged.")
    error = float(networks["folding_error"].max())
    if not error <= _EXACT:
        found.append(f"A folded network's outputs differ by {number(error)} from the whole one's.")
    return tuple(found)


def _smallest(findings: SparsityFindings, task: str) -> dict[str, Any] | None:
    """The method with the fewest weights among those that lose little, but for the first."""
    own = findings.methods.loc[findings.methods["task"] == task].iloc[1:]
    close = own.loc[own["cost"] <= own["measure"].map(CLOSE)]
    close = close.loc[np.isfinite(close["compression"])]
    if close.empty:
        return None
    return {str(k): v for k, v in close.loc[close["compression"].idxmax()].items()}


def _of_task(findings: SparsityFindings, task: str) -> str:
    own = findings.methods.loc[findings.methods["task"] == task]
    first, best = own.iloc[0], _smallest(findings, task)
    if not first["n"]:
        return f"{first['method']} failed, so that there is nothing to hold the others against."
    text = f"{first['method']} reaches {_shown(first)}."
    if best is None:
        return text
    text += (
        f" {best['method']} reaches {_shown(best)} with {mean_count(best['weights'])} of "
        f"{first['all_weights']:.0f} weights, {mean_count(best['units'])} of "
        f"{best['all_units']:.0f} units and {percent(best['constant_share'])} of their gates "
        "constant."
    )
    gates = findings.gates.loc[
        (findings.gates["task"] == task) & (findings.gates["method"] == best["method"])
    ].set_index("gate")["constant_share"]
    shares = [f"{gate} {percent(share)}" for gate, share in gates.items()]
    return f"{text} Constant, by gate: {listed(shares)}."


def _shown(row: Any) -> str:  # noqa: ANN401 - a row, as a mapping or a Series
    if row["measure"] == "bits":
        return f"{bits_of(row['quality'])} bits a token"
    return f"{points(row['quality'])} %"
