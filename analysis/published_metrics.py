"""Recompute a published table of graph properties and report the largest difference by column.

The graphs are JSON lines `{"graph": family, "graph_nr": k, "nodes": n, "edges": [[i, j], ...]}`,
the table a CSV with the columns mode, graph, graph_nr and the 23 properties of Darji's thesis.
Exit code 1 if a column differs by more than 1e-9.

    python analysis/published_metrics.py --graphs graphs.jsonl --results structure.csv
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import rnngraph as rg

TOLERANCE = 1e-9
KEY = ["graph", "graph_nr"]


def recompute(graphs: Path) -> pd.DataFrame:
    """Measure every graph of a JSON lines file: a row a graph, indexed by family and number."""
    records = [json.loads(line) for line in graphs.read_text("utf-8").splitlines()]
    table = rg.profile(
        (rg.as_adjacency(record["edges"], n=record["nodes"]) for record in records),
        metrics=rg.metrics.DARJI,
    )
    table.index = pd.MultiIndex.from_tuples(
        [tuple(record[name] for name in KEY) for record in records]
    )
    return table[list(rg.metrics.DARJI)]


def published(results: Path, mode: str | None) -> pd.DataFrame:
    """Read the published rows of one mode, indexed like `recompute`."""
    table = pd.read_csv(results)
    modes = sorted(table["mode"].unique())
    if mode is None and len(modes) > 1:
        sys.exit(f"{results} holds the modes {', '.join(modes)}: choose one with --mode.")
    return table[table["mode"] == (mode or modes[0])].set_index(KEY)[list(rg.metrics.DARJI)]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line a column and the summary; return 0 if every column agrees, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--graphs", type=Path, required=True, help="JSON lines, a graph a line")
    parser.add_argument("--results", type=Path, required=True, help="CSV, a row a graph")
    parser.add_argument("--mode", help="which rows of the CSV; needed if it holds several modes")
    options = parser.parse_args(argv)
    ours, theirs = recompute(options.graphs), published(options.results, options.mode)
    same = set(ours.index) == set(theirs.index) and len(ours) == len(theirs)
    if not (same and ours.index.is_unique):
        sys.exit(f"{options.graphs} and {options.results} do not hold the same graphs.")
    # A value that exists on one side only is a difference without bound.
    errors = (ours - theirs.loc[ours.index]).abs().fillna(float("inf")).max()
    for name, error in errors.items():
        print(f"{name:30} {error:.3g}")
    print(f"graphs {len(ours)}  columns {len(errors)}  max_abs_error {errors.max():.3g}")
    return int(errors.max() > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
