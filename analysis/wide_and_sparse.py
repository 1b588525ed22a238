"""Is a wide network, pruned while it learns, better than a narrow dense one of as many parameters?

Narang et al. (2017) found it so for speech. Here a GRU or LSTM predicts the next character of a
text; the last tenth of the text is kept for the test. The wide network is pruned by magnitude after
each epoch, along the cubic schedule, in the first part of training, until it has exactly the
parameters of the narrow one, biases and readout included. All networks are trained the same way: an
epoch at a time, the step size down along half a cosine, Adam's memory begun anew each epoch. A line
a network: bits per character after the last epoch.

    python analysis/wide_and_sparse.py --text FILE [--cell gru] [--narrow 64] [--wide 192]
        [--epochs 8] [--pruned-by 0.5] [--seeds 3] [--out table.csv]
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from torch import nn

import rnngraph as rg
from rnngraph import pruning
from rnngraph.tasks import SequenceData, Sequences

STEPS, BATCH, RATE, CLIP = 64, 16, 3e-3, 5.0


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


def n_parameters(model: nn.Module) -> int:
    """Live parameters: what masks forbid does not count."""
    masks = pruning.masks_of(model)
    return sum(
        int(masks[name].sum()) if name in masks else value.numel()
        for name, value in model.named_parameters()
    )


def prune_to(model: nn.Module, parameters: int) -> None:
    """Prune the smallest recurrent weights until so many parameters are left."""
    names = pruning.recurrent_weights(model)
    in_force = pruning.masks_of(model)
    live = sum(int(in_force[name].sum()) for name in names)
    pruning.prune(model, max(0, n_parameters(model) - parameters) / live)


def train(
    task: SequenceData,
    cell: rg.Cell,
    units: int,
    epochs: int,
    seeds: int,
    *,
    parameters: int | None = None,
    pruned_by: float = 0.5,
) -> list[dict[str, float]]:
    """Train a network a seed, pruned to a number of parameters if one is given."""
    complete = np.ones((units, units), dtype=bool)
    sizes = (task.input_size, task.output_size)
    models: list[nn.Module] = [
        rg.nn.GraphRNN(complete, *sizes, cell, rng=seed) for seed in range(seeds)
    ]
    whole = n_parameters(models[0])
    schedule = pruning.Cubic(1.0, start=0, end=max(1, round(pruned_by * epochs)))
    losses = []
    for epoch in range(epochs):
        population = rg.train_population(
            models, task, cell=cell, epochs=1, rng=epoch, batch_size=BATCH, clip=CLIP,
            learning_rate=RATE * (1 + math.cos(math.pi * epoch / epochs)) / 2,
        )  # fmt: skip
        models, losses = list(population.models), population.results["loss"].tolist()
        print(f"{units} units, epoch {epoch + 1}: {np.mean(losses) / math.log(2):.3f}", flush=True)
        if parameters is not None and epoch + 1 < epochs:
            target = whole - round(schedule.sparsity(epoch + 1) * (whole - parameters))
            for model in models:
                prune_to(model, target)
    return [
        {"units": units, "parameters": n_parameters(model), "bits": loss / math.log(2)}
        for model, loss in zip(models, losses, strict=True)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Train, a line a network, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, required=True, help="UTF-8 text file")
    parser.add_argument("--cell", choices=get_args(rg.Cell), default="gru")
    parser.add_argument("--narrow", type=int, default=64, help="units of the dense network")
    parser.add_argument("--wide", type=int, default=192, help="units of the pruned network")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument(
        "--pruned-by", type=float, default=0.5, help="share of the epochs with pruning, in (0, 1]"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="CSV to write, a row a network")
    options = parser.parse_args(argv)
    task = task_of(options.text.read_text("utf-8"))
    arguments = (options.epochs, options.seeds)
    narrow = train(task, options.cell, options.narrow, *arguments)
    parameters = int(narrow[0]["parameters"])
    sparse = train(
        task,
        options.cell,
        options.wide,
        *arguments,
        parameters=parameters,
        pruned_by=options.pruned_by,
    )
    rows = [
        {"network": name, "seed": seed, **row}
        for name, networks in (("narrow, dense", narrow), ("wide, pruned", sparse))
        for seed, row in enumerate(networks)
    ]
    for row in rows:
        print(
            f"{row['network']:14} seed {row['seed']}  {row['parameters']:8,} parameters  "
            f"{row['bits']:.4f} bits per character"
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
