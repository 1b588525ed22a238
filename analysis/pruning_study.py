"""Do the pruning study of Darji's thesis again, and print its accuracies beside ours.

Networks of three complete layers of 50 units with embeddings of width 50 are trained on 25,000
Reber strings (50 epochs, batches of 32, Adam at 1e-3, gradients clipped to 5); 10 to 100 % of both
kinds of recurrent weights, or of one, are pruned by magnitude under one threshold for all layers,
and what is left is trained for 10 epochs more with a fresh Adam.

Two things are done otherwise, on purpose: a string is read after its last character, not after the
padding of its batch, so that an answer does not depend on the batch; and at 100 % no weight is
left, where the thesis's percentile keeps one. So read, a network without a recurrent weight can
still count the steps of a string, and the lengths of these strings tell much of their class.

The strings are CSV files with the columns string and valid. The published results, if given, are
CSV files that `rnngraph.reporting.read_published_pruning` reads; they stand beside ours in the
report. What was done is kept in the folder, and the same call goes on with it.

    python analysis/pruning_study.py --train CSV --test CSV --out DIR [--results CSV ...]
        [--cells gru lstm] [--replicates 1] [--scores magnitude random] [--base-epochs 50]
        [--retrain-epochs 10] [--units 50] [--layers 3]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rnngraph.errors import RnngraphError
from rnngraph.experiments import PruningPlan, prune_study
from rnngraph.reporting import pruning_report, read_published_pruning

CELLS = ("tanh", "relu", "lstm", "gru")
WITHIN = 0.005


def plan_of(options: argparse.Namespace) -> PruningPlan:
    """The thesis's settings, or smaller ones."""
    return PruningPlan.from_mapping(
        {
            "name": "the pruning study of Darji's thesis",
            "seed": options.seed,
            "task": {
                "name": "labelled_strings",
                "train": str(options.train.absolute()),
                "test": str(options.test.absolute()),
            },
            "network": {
                "cells": options.cells,
                "layers": options.layers,
                "units": options.units,
                "embedding_size": options.units,
            },
            "training": {"replicates": options.replicates, "epochs": options.base_epochs},
            "pruning": {
                "scores": options.scores,
                "amounts": [percent / 100 for percent in options.percents],
                "retrain_epochs": options.retrain_epochs,
                "within": WITHIN,
            },
        }
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the study, write its report, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--train", type=Path, required=True, help="CSV: string, valid")
    parser.add_argument("--test", type=Path, required=True, help="CSV: string, valid")
    parser.add_argument("--results", type=Path, nargs="+", default=[], help="CSV, a row an epoch")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the parts and the report"
    )
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS)
    parser.add_argument("--scores", nargs="+", default=["magnitude"], help="how to prune")
    parser.add_argument("--percents", nargs="+", type=int, default=list(range(10, 101, 10)))
    parser.add_argument("--replicates", type=int, default=1, help="seeds a cell")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--units", type=int, default=50, help="units a layer, width of embeddings")
    parser.add_argument("--base-epochs", type=int, default=50)
    parser.add_argument("--retrain-epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    try:
        published = None
        if options.results:
            published = read_published_pruning(
                *options.results, source="Darji's thesis", within=WITHIN
            )
        results = prune_study(plan_of(options), options.out / "parts")
        report = pruning_report(results, options.out / "pruning.html", published=published)
    except RnngraphError as error:
        sys.exit(f"error: {error}")
    print(results.base[["cell", "replicate", "accuracy"]].to_string(index=False))
    table = report.tables.get("published", report.tables["accuracy"])
    print(table.to_string(index=False, float_format="{:.4g}".format))
    print(report.answer[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
