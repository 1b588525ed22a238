"""Train the layered networks of Darji's structure study again, as published and corrected.

The graphs are JSON lines `{"graph": family, "graph_nr": k, "nodes": n, "edges": [[i, j], ...]}`,
the strings CSV files with the columns string and valid, the published results, if given, a CSV with
the columns mode, graph, graph_nr, test_acc and time. A network is trained for 15 epochs in batches
of 128 with Adam (1e-3) and gradients clipped to 5, and tested after each epoch.

"published" repeats what the thesis's code does: gates with interleaved masks, strings padded to the
longest of their batch and read after the padding. "corrected" has whole gates and reads each string
after its last character.

    python analysis/structure_study.py --graphs JSONL --train CSV --test CSV [--results CSV]
        [--cells gru lstm] [--variants published corrected] [--replicates 1] [--device cpu]
        [--out table.csv]
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pandas as pd
from published_models import order_of

import rnngraph as rg
from rnngraph.masks import LayeredMask, layered_mask
from rnngraph.tasks import SequenceData

EPOCHS, BATCH, RATE, CLIP = 15, 128, 1e-3, 5.0
CELLS: tuple[rg.Cell, ...] = get_args(rg.Cell)
VARIANTS = ("published", "corrected")


def with_padding_token(task: SequenceData) -> SequenceData:
    """The same task with one more token, which no string has."""
    return SequenceData(task.train, task.test, task.n_tokens + 1, task.n_classes, task.meta)


def wiring(graph: dict[str, Any], cell: rg.Cell, published: bool) -> LayeredMask:
    """The layered network of a graph; interleaved gates hang on the thesis's order of nodes."""
    adjacency = rg.as_adjacency(graph["edges"], n=graph["nodes"])
    if not published:
        return layered_mask(adjacency, cell)
    order = order_of(adjacency, graph["edges"])
    return layered_mask(adjacency, cell, interleaved_gates=True, order=order)


def train(
    graphs: list[dict[str, Any]],
    task: SequenceData,
    cell: rg.Cell,
    variant: str,
    *,
    replicates: int,
    seed: int,
    device: str,
) -> pd.DataFrame:
    """Train a population of one cell: a row a network, named as its graph is."""
    published = variant == "published"
    masks = [wiring(graph, cell, published) for graph in graphs]
    started = time.perf_counter()
    results = rg.train_population(
        masks,
        task,
        cell=cell,
        replicates=replicates,
        epochs=EPOCHS,
        rng=seed,
        batch_size=BATCH,
        learning_rate=RATE,
        clip=CLIP,
        optimizer="adam",
        padding=task.n_tokens - 1 if published else None,
        device=device,
        members=len(masks),
        progress=lambda n: print(f"{cell} {variant}: {n} networks, an epoch more", flush=True),
    ).results
    wall = time.perf_counter() - started
    names = [(graphs[k]["graph"], graphs[k]["graph_nr"]) for k in results["graph"]]
    results[["family", "graph_nr"]] = pd.DataFrame(names, index=results.index)
    return results.assign(variant=variant, wall_seconds=wall)


def summary(table: pd.DataFrame, published: pd.DataFrame | None) -> pd.DataFrame:
    """A row a cell and variant: accuracies, seconds, and the published ones beside them."""
    rows = []
    for (cell, variant), part in table.groupby(["cell", "variant"], sort=False):
        accuracy = part["accuracy"]
        row = {
            "cell": cell,
            "variant": variant,
            "networks": len(part),
            "seconds": part["wall_seconds"].iloc[0],
            "min": accuracy.min(),
            "median": accuracy.median(),
            "max": accuracy.max(),
            **part.groupby("family")["accuracy"].mean().add_prefix("mean_").to_dict(),
        }
        if part["replicate"].max() > part["replicate"].min():
            within = part.groupby(["family", "graph_nr"])["accuracy"].var(ddof=1).mean()
            row["seed_sd"] = within**0.5
        if published is not None:
            mean = part.groupby(["family", "graph_nr"])["accuracy"].mean()
            theirs = published.loc[mean.index]
            row["their_median"] = theirs["test_acc"].median()
            row["their_seconds"] = theirs["time"].sum()
            row["rank_correlation"] = mean.corr(theirs["test_acc"], method="spearman")
        rows.append(row)
    return pd.DataFrame(rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Train, and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--graphs", type=Path, required=True, help="JSON lines, a graph a line")
    parser.add_argument("--train", type=Path, required=True, help="CSV: string, valid")
    parser.add_argument("--test", type=Path, required=True, help="CSV: string, valid")
    parser.add_argument("--results", type=Path, help="CSV, a row a graph, of one mode")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--replicates", type=int, default=1, help="seeds a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="cpu: the core; cuda: its twin on a GPU")
    parser.add_argument("--out", type=Path, help="CSV to write, a row a network")
    options = parser.parse_args(argv)
    graphs = [json.loads(line) for line in options.graphs.read_text("utf-8").splitlines()]
    task = with_padding_token(rg.tasks.labelled_strings(options.train, options.test))
    published = None
    if options.results is not None:
        published = pd.read_csv(options.results).set_index(["graph", "graph_nr"])
    table = pd.concat(
        [
            train(
                graphs,
                task,
                cell,
                variant,
                replicates=options.replicates,
                seed=options.seed,
                device=options.device,
            )
            for cell in options.cells
            for variant in options.variants
        ],
        ignore_index=True,
    )
    if options.out is not None:
        table.to_csv(options.out, index=False)
    print(summary(table, published).to_string(index=False, float_format="{:.4g}".format))
    return 0


if __name__ == "__main__":
    sys.exit(main())
