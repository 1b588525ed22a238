"""Weights, gates, neurons: how small can LSTMs on texts become, and which gates do texts need?

The question of Lobacheva et al. (2020), Structured Sparsification of Gated Recurrent Neural
Networks, asked of smaller networks: sentiment of sentences and topics of news, read word by word,
and a text predicted character by character; by variational dropout of weights, inputs, gates and
units, by group lasso, hard-concrete gates, spectral pruning and low rank, beside a network that is
only stopped early.

The folder holds the three texts that `rnngraph plan --sparsity` names. Networks that were fitted
are kept, and the same call goes on with them; the report is DIR/sparsity.html.

    python analysis/gate_sparsity.py --texts FOLDER --out DIR [--tasks NAME ...]
        [--methods LABEL ...] [--replicates 3] [--cores 0]
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnngraph.errors import RnngraphError
from rnngraph.experiments import SparsityPlan, sparsity_study
from rnngraph.reporting import sparsity_report

SHOWN = ["task", "method", "measure", "quality", "cost", "compression", "units", "constant_share"]


def chosen(entries: list[dict[str, Any]], key: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Those of some names; all, if none is named."""
    known = dict.fromkeys(entry[key] for entry in entries)
    for name in names:
        if name not in known:
            sys.exit(f"error: unknown {key} {name!r}; known are {', '.join(known)}.")
    return [entry for entry in entries if not names or entry[key] in names]


def tried(methods: list[dict[str, Any]], tasks: Sequence[str]) -> list[dict[str, Any]]:
    """Methods on those of their tasks that were chosen."""
    left = [
        {**method, "tasks": [name for name in method["tasks"] if name in tasks]}
        if "tasks" in method
        else method
        for method in methods
    ]
    return [method for method in left if method.get("tasks") != []]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the study, write its report, and print the table of all methods."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=Path, required=True, help="folder of the three texts")
    parser.add_argument("--out", type=Path, required=True, help="folder of networks and report")
    parser.add_argument("--tasks", nargs="+", default=[], help="names of the plan's tasks")
    parser.add_argument("--methods", nargs="+", default=[], help="labels, beside the first")
    parser.add_argument("--replicates", type=int, default=3, help="seeds a task and method")
    parser.add_argument("--cores", type=int, default=0, help="processes; 0: a core each")
    options = parser.parse_args(argv)
    tables = tomllib.loads(SparsityPlan.default_text())
    first = [tables["methods"][0]["label"]] if options.methods else []
    tasks = chosen(tables["tasks"], "name", options.tasks)
    methods = chosen(tables["methods"], "label", [*first, *options.methods])
    tables |= {
        "replicates": options.replicates,
        "tasks": tasks,
        "methods": tried(methods, [task["name"] for task in tasks]),
        "compute": {"cores": options.cores},
    }
    try:
        plan = SparsityPlan.from_mapping(tables, folder=options.texts)
        results = sparsity_study(plan, options.out / "networks")
        report = sparsity_report(results, options.out / "sparsity.html")
    except RnngraphError as error:
        sys.exit(f"error: {error}")
    print(report.tables["methods"][SHOWN].to_string(index=False, float_format="{:.4g}".format))
    print(report.answer[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
