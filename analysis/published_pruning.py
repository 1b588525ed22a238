"""Prune a published network as it was pruned, and compare with the accuracies that were recorded.

The network is one of the base networks of Darji's thesis, a safetensors file of its state dict: an
embedding, three recurrent layers and a linear readout. The strings are a CSV with the columns
string and valid, the results a CSV with the columns mode (NAME_prune: both kinds of weights,
NAME_prune_i2h, NAME_prune_h2h), prune (percent), epoch (0: pruned and not yet retrained) and
test_acc.

Pruned by the thesis's own rule: of all weights of the mode together, those below the percentile
lose their place, so that at 100 % the largest one is left. Read as the thesis read: tokens are
character codes, padded with 0 to the longest string of a batch, and the readout is taken after the
last padded step. The thesis shuffled its strings in an order that is lost, and an accuracy depends
on it; `--shuffles` takes the mean over several orders, and says by how many of their standard
deviations the recorded accuracy, which is one more order, is away from it.

    python analysis/published_pruning.py --base FILE --strings CSV --results CSV
"""

import argparse
import copy
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from orders import deviations
from safetensors.torch import load_file

import rnngraph as rg
from rnngraph import pruning
from rnngraph.tasks import SequenceData, Sequences

MODES = {"prune": "both", "prune_i2h": "ih", "prune_h2h": "hh"}
GATES: dict[int, rg.Cell] = {1: "tanh", 3: "gru", 4: "lstm"}
PIECES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def load(path: Path, *, relu: bool) -> rg.nn.LayeredRNN:
    """Build a released base network: its layers as those of a graph of complete layers."""
    state = load_file(path)
    layers = sum(key.endswith(".weight_hh") for key in state)
    rows, units = state["recurrent.recurrent_layers.0.weight_hh"].shape
    n_tokens, width = state["embedding.weight"].shape
    cell: rg.Cell = "relu" if relu else GATES[rows // units]
    chain = np.kron(np.eye(layers, k=1), np.ones((units, units)))
    mask = rg.layered_mask(chain, cell, embedding_size=width)
    model = rg.nn.LayeredRNN(mask, n_tokens, len(state["out.bias"]), rng=0)
    values = {
        f"cells.layer_{k}.{piece}_l0": state[f"recurrent.recurrent_layers.{k}.{piece}"]
        for k in range(layers)
        for piece in PIECES
    }
    readout = {"readout.weight": state["out.weight"], "readout.bias": state["out.bias"]}
    model.set_parameters({"embedding.weight": state["embedding.weight"], **values, **readout})
    return model


def prune(model: rg.nn.LayeredRNN, percent: float, what: str) -> rg.nn.LayeredRNN:
    """A copy, pruned by the thesis's rule."""
    pruned = copy.deepcopy(model)
    names = pruning.recurrent_weights(pruned, what)
    sizes = {name: pruned.get_parameter(name).detach().abs() for name in names}
    pooled = np.concatenate([size.numpy().ravel() for size in sizes.values()])
    threshold = float(np.percentile(pooled, percent))
    pruning.set_masks(pruned, {name: size >= threshold for name, size in sizes.items()})
    return pruned


def task_of(strings: pd.DataFrame, n_tokens: int) -> SequenceData:
    """The strings as a task of which only the test part is of interest."""
    lengths = np.array(strings["string"].str.len(), dtype=np.int64)
    tokens = np.zeros((len(strings), lengths.max()), dtype=np.int64)
    for row, string in enumerate(strings["string"]):
        tokens[row, : len(string)] = [ord(character) for character in string]
    part = Sequences(tokens, lengths, strings["valid"].to_numpy(np.int64))
    return SequenceData(part, part, n_tokens, 2, {})


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line a setting and the summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--base", type=Path, required=True, help="safetensors file of the network")
    parser.add_argument("--strings", type=Path, required=True, help="CSV: string, valid")
    parser.add_argument("--results", type=Path, required=True, help="CSV, a row an epoch")
    parser.add_argument("--relu", action="store_true", help="the network is an RNN-ReLU")
    parser.add_argument("--batch-size", type=int, default=32, help="strings in a batch")
    parser.add_argument("--shuffles", type=int, default=0, help="orders to take the mean over")
    options = parser.parse_args(argv)
    model = load(options.base, relu=options.relu)
    strings = pd.read_csv(options.strings)
    orders = [strings.sample(frac=1, random_state=k) for k in range(options.shuffles)] or [strings]
    tasks = [task_of(order, model.input_size) for order in orders]
    results = pd.read_csv(options.results).query("epoch == 0")
    errors, away = [], []
    for mode, percent, recorded in results[["mode", "prune", "test_acc"]].itertuples(index=False):
        what = MODES[mode[mode.index("prune") :]]
        pruned = prune(model, percent, what)
        ours = [
            rg.nn.evaluate(pruned, task, padding=0, batch_size=options.batch_size)[1]
            for task in tasks
        ]
        errors.append(abs(np.mean(ours) - recorded))
        line = f"{what:5} {percent:3.0f} %  recorded {recorded:.5f}  reproduced {np.mean(ours):.5f}"
        if len(ours) > 1:
            away.append(deviations(recorded, ours))
            line += f"  {away[-1]:+.1f} standard deviations"
        print(line, flush=True)
    if not errors:
        sys.exit(f"{options.results} holds no row of epoch 0.")
    if away:
        print(f"max_deviations {max(map(abs, away)):.1f}")
    print(f"settings {len(errors)}  max_abs_error {max(errors):.5f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
