"""`pruning_report`: what a pruning study found -> one HTML file."""

import os

import pandas as pd

from rnngraph.experiments import PruningResults
from rnngraph.experiments.pruned_topology import TOPOLOGY
from rnngraph.reporting.blocks import Block, Facts, Picture, Prose, Section
from rnngraph.reporting.definitions import definitions
from rnngraph.reporting.frame import check_made_by, publish, warnings_section
from rnngraph.reporting.numbers import counted, listed, percent
from rnngraph.reporting.output import Report, check_path
from rnngraph.reporting.plots_pruning import accuracy_plot, recovery_plot, structure_plot
from rnngraph.reporting.provenance import plan_provenance
from rnngraph.reporting.pruning_beside import beside, beside_blocks
from rnngraph.reporting.pruning_findings import PruningFindings, find
from rnngraph.reporting.pruning_summary import SPEED, answer, main_score, warnings
from rnngraph.reporting.pruning_tables import (
    accuracy_sheet,
    base_sheet,
    difference_sheet,
    safe_sheet,
    size_sheet,
    structure_sheet,
)
from rnngraph.reporting.pruning_words import points
from rnngraph.reporting.published_pruning import PublishedAccuracies
from rnngraph.reporting.words import cell_name


def pruning_report(
    results: PruningResults,
    path: str | os.PathLike[str],
    *,
    published: PublishedAccuracies | None = None,
    title: str | None = None,
) -> Report:
    """Write what a pruning study found as one self-contained HTML file.

    The file needs no network. Beside `pruning.html`, the folder `pruning_tables` gets every table
    as CSV. The same results and versions give the same bytes.

    Args:
        results: From `rnngraph.experiments.prune_study`.
        path: HTML file to write; its folder must exist.
        published: What others published of the same study, to stand beside; None: nothing.
        title: Title of the page; by default made of the plan's name.

    Raises:
        InputError: `results` or `published` is something else, or the folder of `path` does not
            exist.
        FileError: The report cannot be written.
    """
    path = check_path(path)
    check_made_by("results", results, PruningResults, "prune_study")
    if published is not None:
        check_made_by("published", published, PublishedAccuracies, "read_published_pruning")
    findings = find(results)
    said, found = answer(results, findings), warnings(results)
    table = pd.DataFrame()
    theirs: tuple[Section, ...] = ()
    if published is not None:
        table = beside(results, published)
        blocks = beside_blocks(table, published.source)
        theirs = (Section("published", "Beside what was published", blocks),)
    return publish(
        path,
        f"Pruning: {results.plan.name}" if title is None else title,
        said,
        found,
        lambda: _sections(results, findings, found, theirs),
        {**_tables(results, findings), "published": table},
    )


def _tables(results: PruningResults, findings: PruningFindings) -> dict[str, pd.DataFrame]:
    return {
        "base": results.base,
        "pruned": results.pruned,
        "curves": results.curves,
        "safe": findings.safe,
        "accuracy": findings.accuracy,
        "recovery": findings.recovery,
        "difference": findings.difference,
        "topology": findings.topology,
        "structure": findings.structure,
        "sizes": findings.sizes,
    }


def _sections(
    results: PruningResults,
    findings: PruningFindings,
    found: tuple[str, ...],
    published: tuple[Section, ...],
) -> tuple[Section, ...]:
    trained = len(results.base) + len(results.pruned)
    return (
        warnings_section(found),
        Section("amounts", "How much can go", _amounts(results, findings)),
        Section("recovery", "Does training again bring it back", _recovery(results, findings)),
        *published,
        Section("structure", "Structure, or only sparsity", _structure(results, findings)),
        Section("size", "Size and speed", (Prose((SPEED,)), size_sheet(findings))),
        Section("methods", "What was done", _methods(results)),
        Section("definitions", "Definitions", (Facts(definitions(TOPOLOGY)),)),
        Section(
            "provenance", "Provenance", plan_provenance(results.plan, "networks trained", trained)
        ),
    )


def _amounts(results: PruningResults, findings: PruningFindings) -> tuple[Block, ...]:
    blocks: list[Block] = [
        safe_sheet(findings),
        Picture(
            accuracy_plot(results, findings),
            "Accuracy against the share of weights pruned. Bands: 95 % intervals of the mean over "
            "replicates.",
        ),
        accuracy_sheet(findings, "pruned"),
        accuracy_sheet(findings, "retrained"),
    ]
    if len(findings.difference):
        blocks.append(difference_sheet(findings))
    return tuple(blocks)


def _recovery(results: PruningResults, findings: PruningFindings) -> tuple[Block, ...]:
    of = results.plan.pruning
    return (
        Picture(
            recovery_plot(results, findings),
            f"Epochs of retraining (of {of.retrain_epochs}) until the accuracy is within "
            f"{points(of.within)} points of that before pruning, mean over the replicates that "
            "came back; in brackets how many did, where not all; –: none. Colour counts one that "
            "did not as one epoch more than there were.",
        ),
    )


def _structure(results: PruningResults, findings: PruningFindings) -> tuple[Block, ...]:
    score = main_score(results)
    picture = structure_plot(results, findings, score)
    text = (
        "The graph that is left joins unit i to unit j where some gate of j still reads i: for "
        "hidden-to-hidden weights a graph a layer, for input-to-hidden weights alone the graph "
        "between the layers. It is held against random graphs with the same edges at other places, "
        "so that neither the number of weights nor gates that share an edge make a difference. "
        "With gates, few edges are lost until most weights are: where all places have an edge, "
        "there is no structure to measure. Units of unequal degrees alone give more clustering and "
        "a larger spectral radius: these are not findings apart from hubs."
    )
    if picture is None:
        return (Prose((text, "Nothing could be measured.")),)
    caption = (
        f"z of each metric of the graph that {score} pruning leaves, mean over replicates. The "
        "grey band holds 95 % of random graphs."
    )
    return (Prose((text,)), Picture(picture, caption), structure_sheet(findings))


def _methods(results: PruningResults) -> tuple[Block, ...]:
    plan = results.plan
    net, train, of = plan.network, plan.training, plan.pruning
    cells = listed([cell_name(cell) for cell in net.cells])
    rate = of.retrain_learning_rate or train.learning_rate
    text = (
        f"Networks of {counted(net.layers, 'complete recurrent layer')} of "
        f"{counted(net.units, 'unit')} ({cells}), "
        + (f"with embeddings of width {net.embedding_size}, " if net.embedding_size else "")
        + f"were trained on {plan.task.name} for {counted(train.epochs, 'epoch')} "
        f"({train.optimizer}, step size {train.learning_rate:g}, batches of {train.batch_size}, "
        f"gradients clipped to {train.clip:g}), {counted(train.replicates, 'replicate')} a cell. "
        f"Copies were pruned once, by {listed(of.scores)}, to "
        f"{listed([percent(amount) for amount in of.amounts])} of the weights of each kind, "
        f"{'one threshold for all layers' if of.scope == 'global' else f'{of.scope} by {of.scope}'}"
        f", and trained again for {counted(of.retrain_epochs, 'epoch')} (step size {rate:g}, a "
        "fresh optimiser) with the masks in force, in the same order of data for all copies of a "
        "network. Biases, embedding and readout were not pruned. Accuracies are of the last epoch."
    )
    structure = (
        f"Each remaining graph was held against {of.null_graphs} random graphs; the z of layers "
        "are added up and divided by the root of their number, so that chance has variance 1. "
        "Tests are over replicates, each network's mean over amounts being one value."
    )
    return (Prose((text, structure)), base_sheet(results))
