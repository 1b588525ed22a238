"""Is a wide network, pruned while it learns, better than a narrow dense one of as many parameters?

Narang et al. (2017) found it so for speech. Here a GRU or LSTM predicts the next character of a
text; the last tenth of the text is kept for the test. The wide network is pruned along the cubic
schedule, in the first half of training, until it has exactly the parameters of the narrow one,
biases and readout included. A row a network: bits per character after the last epoch.

    python analysis/wide_and_sparse.py --text FILE [--cell gru] [--narrow 64] [--wide 192]
        [--epochs 8] [--seeds 3] [--out table.csv]
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import rnngraph as rg
from rnngraph import pruning
from rnngraph.tasks import SequenceData, Sequences

STEPS, BATCH, RATE = 64, 64, 3e-3


def task_of(text: str) -> SequenceData:
    """Pieces of a text, each character's target the next one."""
    alphabet = sorted(set(text))
    codes = np.array([alphabet.index(character) for character in text])
    n = (len(codes) - 1) // STEPS
    pieces = codes[: n * STEPS].reshape(n, STEPS)
    targets = codes[1 : n * STEPS + 1].reshape(n, STEPS)
    n_train = n * 9 // 10
    train, test = (
        Sequences(pieces[part], np.full(len(pieces[part]), STEPS), targets[part])
        for part in (slice(n_train), slice(n_train, None))
    )
    return SequenceData(train, test, len(alphabet), len(alphabet), {"alphabet": alphabet})


def n_parameters(model: rg.nn.GraphRNN) -> int:
    """Live parameters: what masks forbid does not count."""
    masks = pruning.masks_of(model)
    return sum(
        int(masks[name].sum()) if name in masks else value.numel()
        for name, value in model.named_parameters()
    )


def train(
    task: SequenceData, cell: str, units: int, epochs: int, seed: int, parameters: int | None
) -> dict[str, float]:
    """Train a network, pruned to a number of parameters if one is given."""
    complete = np.ones((units, units), dtype=bool)
    model = rg.nn.GraphRNN(complete, task.input_size, task.output_size, cell, rng=seed)
    after_update = None
    if parameters is not None:
        names = pruning.recurrent_weights(model)
        weights = sum(model.get_parameter(name).numel() for name in names)
        sparsity = (n_parameters(model) - parameters) / weights
        updates = epochs * -(-len(task.train) // BATCH)
        cubic = pruning.Cubic(
            sparsity, start=updates // 20, end=updates // 2, every=20, scope="global"
        )
        after_update = pruning.Pruner(model, cubic, rng=seed).step
    curve = rg.train(
        model, task, epochs=epochs, rng=seed, batch_size=BATCH, learning_rate=RATE, clip=5.0,
        schedule="cosine", after_update=after_update,
    )  # fmt: skip
    live = n_parameters(model)
    return {"units": units, "parameters": live, "bits": curve["loss"].iloc[-1] / math.log(2)}


def main(argv: Sequence[str] | None = None) -> int:
    """Train, a line a network, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, required=True, help="UTF-8 text file")
    parser.add_argument("--cell", choices=("tanh", "relu", "gru", "lstm"), default="gru")
    parser.add_argument("--narrow", type=int, default=64, help="units of the dense network")
    parser.add_argument("--wide", type=int, default=192, help="units of the pruned network")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="CSV to write, a row a network")
    options = parser.parse_args(argv)
    task = task_of(options.text.read_text("utf-8"))
    rows = []
    for seed in range(options.seeds):
        narrow = train(task, options.cell, options.narrow, options.epochs, seed, None)
        sparse = train(
            task, options.cell, options.wide, options.epochs, seed, int(narrow["parameters"])
        )
        dense = train(task, options.cell, options.wide, options.epochs, seed, None)
        for name, row in (
            ("narrow, dense", narrow),
            ("wide, pruned", sparse),
            ("wide, dense", dense),
        ):
            rows.append({"seed": seed, "network": name, **row})
            print(
                f"seed {seed}  {name:14} {row['parameters']:8,} parameters  {row['bits']:.4f} bits",
                flush=True,
            )
    table = pd.DataFrame(rows)
    if options.out is not None:
        table.to_csv(options.out, index=False)
    bits = table.pivot_table(index="seed", columns="network", values="bits")
    gain = bits["narrow, dense"] - bits["wide, pruned"]
    print(
        f"seeds {len(gain)}  mean_gain {gain.mean():.4f} bits per character  "
        f"min {gain.min():.4f}  max {gain.max():.4f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
