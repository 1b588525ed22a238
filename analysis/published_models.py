"""Evaluate published layered networks on their test strings, and compare with what was recorded.

The models are safetensors files `FAMILY_NUMBER.safetensors` as Darji's thesis released them (state
dicts with their masks), the graphs JSON lines `{"graph": family, "graph_nr": k, "nodes": n,
"edges": [[i, j], ...]}`, the strings a CSV with the columns string and valid, the results a CSV
with the columns graph, graph_nr and test_acc. Read as the thesis read them: tokens are character
codes, batches of 128, padded with 0 to their longest string, and the readout after the last padded
step. The thesis shuffled its strings in an order that is lost, and an accuracy depends on it:
batches in file order are one draw of many. What counts as reproduced is the mean over `--shuffles`
orders, which has less noise; beside it stands by how many of their standard deviations the recorded
accuracy is away. With 0 of them it is what file order gives.

    python analysis/published_models.py --models DIR --graphs JSONL --strings CSV --results CSV
        [--activation relu] [--shuffles 0]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import torch
from orders import deviations
from safetensors.torch import load_file

import rnngraph as rg
from rnngraph.masks import LayeredMask, layered_mask

BATCH = 128
PIECES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def cell_of(state: dict[str, torch.Tensor], one_gate: rg.Cell) -> rg.Cell:
    """Tell the cell of a state dict by the number of its gates; no file tells an activation."""
    rows, units = state["recurrent.recurrent_layers.0.weight_hh"].shape
    cells: dict[int, rg.Cell] = {1: one_gate, 3: "gru", 4: "lstm"}
    return cells[rows // units]


def order_of(adjacency: np.ndarray, edges: list[list[int]]) -> list[int]:
    """Order the nodes as the thesis's code came to them: ancestors first, by the list of edges.

    It went through ancestors as a Python set holds them, which for whole numbers is the same
    everywhere.
    """
    oriented = rg.to_networkx(rg.orient_acyclic(adjacency))
    order: list[int] = []

    def come_to(node: int) -> None:
        if node not in order:
            for ancestor in set(nx.shortest_path_length(oriented, target=node)) - {node}:
                come_to(ancestor)
            order.append(node)

    for node in [*np.sort(edges, axis=1).ravel().tolist(), *range(len(adjacency))]:
        come_to(node)
    return order


def named(state: dict[str, torch.Tensor], mask: LayeredMask, path: Path) -> dict[str, torch.Tensor]:
    """Give the released parameters the names of a `LayeredRNN`; their masks must be ours."""
    values = {"embedding.weight": state["embedding.weight"]}
    skips = 0
    for part in mask.cells:
        if part.name.startswith("layer"):
            prefix = f"recurrent.recurrent_layers.{part.target}."
        else:
            prefix = f"recurrent.skip_layers.{skips}."
            skips += 1
        for piece in PIECES:
            values[f"cells.{part.name}.{piece}_l0"] = state[prefix + piece]
        for name, ours in (("mask_i2h", part.input), ("mask_h2h", part.hidden)):
            if not torch.equal(state[prefix + name].bool(), ours.expand_as(state[prefix + name])):
                sys.exit(
                    f"{path}: {prefix}{name} is not what the graph and the thesis's code give."
                )
    released = {key.split(".")[2] for key in state if ".skip_layers." in key}
    if len(released) != skips:
        sys.exit(f"{path}: the file has {len(released)} skip layers, the graph {skips}.")
    return {**values, "readout.weight": state["out.weight"], "readout.bias": state["out.bias"]}


def load(path: Path, graph: dict[str, Any], one_gate: rg.Cell) -> rg.nn.LayeredRNN:
    """Build a released network from its graph and file."""
    state = load_file(path)
    adjacency = rg.as_adjacency(graph["edges"], n=graph["nodes"])
    order = order_of(adjacency, graph["edges"])
    mask = layered_mask(adjacency, cell_of(state, one_gate), interleaved_gates=True, order=order)
    model = rg.nn.LayeredRNN(mask, len(state["embedding.weight"]), len(state["out.bias"]), rng=0)
    model.set_parameters(named(state, mask, path))
    return model


def batches(strings: pd.DataFrame) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Cut the strings into padded batches of character codes, with their labels."""
    found = []
    for start in range(0, len(strings), BATCH):
        part = strings.iloc[start : start + BATCH]
        tokens = np.zeros((len(part), part["string"].str.len().max()), dtype=np.int64)
        for row, string in enumerate(part["string"]):
            tokens[row, : len(string)] = [ord(character) for character in string]
        found.append((torch.from_numpy(tokens), torch.tensor(part["valid"].tolist())))
    return found


@torch.no_grad()
def accuracy(model: rg.nn.LayeredRNN, data: list[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """Share of the strings that a network classifies rightly, in [0, 1]."""
    right = sum(int((model(tokens).argmax(dim=1) == labels).sum()) for tokens, labels in data)
    return right / sum(len(labels) for _, labels in data)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line a model and the summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=Path, required=True, help="folder of safetensors files")
    parser.add_argument("--graphs", type=Path, required=True, help="JSON lines, a graph a line")
    parser.add_argument("--strings", type=Path, required=True, help="CSV: string, valid")
    parser.add_argument("--results", type=Path, required=True, help="CSV, a row a graph")
    parser.add_argument(
        "--activation", choices=["tanh", "relu"], default="tanh", help="of networks without gates"
    )
    parser.add_argument(
        "--shuffles", type=int, default=8, help="orders to take the mean over; default %(default)s"
    )
    options = parser.parse_args(argv)
    strings = pd.read_csv(options.strings)
    in_file_order = batches(strings)
    orders = [batches(strings.sample(frac=1, random_state=k)) for k in range(options.shuffles)]
    recorded = pd.read_csv(options.results).set_index(["graph", "graph_nr"])["test_acc"]
    errors, errors_of_file, away = [], [], []
    for line in options.graphs.read_text("utf-8").splitlines():
        graph = json.loads(line)
        path = options.models / f"{graph['graph']}_{graph['graph_nr']}.safetensors"
        if not path.exists():
            continue
        model, theirs = (
            load(path, graph, options.activation),
            recorded[graph["graph"], graph["graph_nr"]],
        )
        of_file = accuracy(model, in_file_order)
        ours = [accuracy(model, data) for data in orders]
        reproduced = float(np.mean(ours or of_file))
        errors.append(abs(reproduced - theirs))
        errors_of_file.append(abs(of_file - theirs))
        shown = f"{path.stem:24} recorded {theirs:.5f}  reproduced {reproduced:.5f}"
        if ours:
            shown += f"  in file order {of_file:.5f}"
        if len(ours) > 1:
            away.append(deviations(theirs, ours))
            shown += f"  {away[-1]:+.1f} standard deviations"
        print(shown, flush=True)
    if not errors:
        sys.exit(f"{options.models} holds no model of the graphs of {options.graphs}.")
    if away:
        print(f"max_deviations {max(map(abs, away)):.1f}")
    if orders:
        print(f"in file order  {summary(errors_of_file)}")
    print(f"models {len(errors)}  {summary(errors)}")
    return 0


def summary(errors: Sequence[float]) -> str:
    """Name the largest and the mean of some errors."""
    return f"max_abs_error {max(errors):.5f}  mean_abs_error {np.mean(errors):.5f}"


if __name__ == "__main__":
    sys.exit(main())
