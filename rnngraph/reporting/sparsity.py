"""`sparsity_report`: what a sparsification study found -> one HTML file."""

import os

import pandas as pd

from rnngraph.experiments import SparsityResults
from rnngraph.experiments.sparsity_methods import METHODS
from rnngraph.experiments.sparsity_plan import MethodSection
from rnngraph.reporting.blocks import Block, Facts, Picture, Prose, Section
from rnngraph.reporting.frame import check_made_by, publish, warnings_section
from rnngraph.reporting.numbers import counted, listed
from rnngraph.reporting.output import Report, check_path
from rnngraph.reporting.plots_sparsity import cost_plot, gate_plot
from rnngraph.reporting.provenance import plan_provenance
from rnngraph.reporting.sparsity_findings import SparsityFindings, find_sparsity
from rnngraph.reporting.sparsity_summary import sparsity_answer, sparsity_warnings
from rnngraph.reporting.sparsity_tables import method_sheets

_CHOOSING = (
    (
        "fewest weights",
        "Variational dropout of weights. It prunes by itself, without a target, but wants many "
        "epochs and a penalty that grows slowly.",
    ),
    (
        "a small dense network",
        "Levels of units, by variational dropout, group lasso or hard-concrete gates: units leave "
        "whole, so that the folded network is dense, small and fast with any library.",
    ),
    (
        "to see what a network needs of its gates",
        "Levels of gates: a gate that is constant is one that the task does not ask for.",
    ),
    (
        "a given size",
        "Spectral pruning or low rank, which take the number of units, or the rank, as given.",
    ),
    (
        "a trained network to begin with",
        "Spectral pruning, or low rank from the singular values, need no long fit.",
    ),
)


def sparsity_report(
    results: SparsityResults, path: str | os.PathLike[str], *, title: str | None = None
) -> Report:
    """Write what a sparsification study found as one self-contained HTML file.

    The file needs no network. Beside `sparsity.html`, the folder `sparsity_tables` gets every table
    as CSV. The same results and versions give the same bytes.

    Args:
        results: From `rnngraph.experiments.sparsity_study`.
        path: HTML file to write; its folder must exist.
        title: Title of the page; by default made of the plan's name.

    Raises:
        InputError: `results` is something else, or the folder of `path` does not exist.
        FileError: The report cannot be written.
    """
    path = check_path(path)
    check_made_by("results", results, SparsityResults, "sparsity_study")
    findings = find_sparsity(results)
    said, found = sparsity_answer(results, findings), sparsity_warnings(results, findings)
    return publish(
        path,
        f"Sparsification: {results.plan.name}" if title is None else title,
        said,
        found,
        lambda: _sections(results, findings, found),
        _tables(results, findings),
    )


def _tables(results: SparsityResults, findings: SparsityFindings) -> dict[str, pd.DataFrame]:
    return {
        "methods": findings.methods,
        "gates": findings.gates,
        "networks": results.networks,
        "history": results.history,
        "gates_of_units": results.gates,
    }


def _sections(
    results: SparsityResults, findings: SparsityFindings, found: tuple[str, ...]
) -> tuple[Section, ...]:
    fitted = len(results.networks)
    return (
        warnings_section(found),
        Section("methods", "All methods side by side", _side_by_side(results, findings)),
        Section("gates", "Which gates are constant", _gates(results, findings)),
        Section("choosing", "How to choose", (Facts(_CHOOSING),)),
        Section("done", "What was done", _done(results)),
        Section(
            "provenance", "Provenance", plan_provenance(results.plan, "networks fitted", fitted)
        ),
    )


def _side_by_side(results: SparsityResults, findings: SparsityFindings) -> tuple[Block, ...]:
    picture = Picture(
        cost_plot(results, findings),
        "Quality lost against the first method, and how many times as few weights there are. Bars: "
        "95 % t-intervals over replicates.",
    )
    tables = [sheet for task in results.plan.tasks for sheet in method_sheets(findings, task.name)]
    return (picture, *tables)


def _gates(results: SparsityResults, findings: SparsityFindings) -> tuple[Block, ...]:
    picture = gate_plot(results, findings)
    text = (
        "A gate of a unit is constant if nothing that it reads is left: it is then the activation "
        "of its bias, whatever comes in, and need not be computed. An input gate near 1 lets all "
        "in; a forget gate near 1 keeps, near 0 forgets at once; an output gate near 1 shows all. "
        "A unit whose gates are all constant does the same for every sequence."
    )
    if picture is None:
        return (Prose((text, "No unit is left.")),)
    caption = (
        "Constant gates among those of the units that are left, in percent, over all replicates; "
        "in brackets the median of the constants."
    )
    return (Prose((text,)), Picture(picture, caption))


def _done(results: SparsityResults) -> tuple[Block, ...]:
    plan = results.plan
    facts = [
        (
            task.name,
            f"{task.data.name}; {task.cell}, {counted(task.layers, 'layer')} of "
            f"{counted(task.units, 'unit')}, "
            + (f"embedding of {task.embedding}, " if task.embedding else "one-hot tokens, ")
            + f"Adam at {task.learning_rate:g}, batches of {task.batch_size}, gradients clipped to "
            f"{task.clip:g}, {counted(task.epochs, 'epoch')}, {task.schedule} step.",
        )
        for task in plan.tasks
    ]
    facts += [
        (
            _where(method),
            f"{(METHODS[method.name].__doc__ or '').partition(chr(10))[0]} "
            + ", ".join(f"{name} = {value}" for name, value in method.parameters.items()),
        )
        for method in plan.methods
    ]
    text = (
        f"{counted(plan.replicates, 'replicate')} a task and method, if not said otherwise below; "
        "replicate k of every method begins with the same weights. Texts are split once. Quality "
        "is that of the folded network on the test part, which chose nothing: the first method, "
        "and whoever has a patience, stop by the validation part, all others are taken at their "
        "last epoch."
    )
    return (Prose((text,)), Facts(tuple(facts)))


def _where(method: MethodSection) -> str:
    """A method's label, with the tasks and replicates that it has to itself."""
    own = [] if method.tasks is None else [listed(method.tasks)]
    if method.replicates is not None:
        own.append(counted(method.replicates, "replicate"))
    return f"{method.label} ({'; '.join(own)})" if own else method.label
