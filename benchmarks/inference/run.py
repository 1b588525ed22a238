"""Pruned networks in the core beside dense and sparse peers, on the same weights, interleaved.

python benchmarks/inference/run.py gru-1760     # some sets; none runs all of them
python benchmarks/inference/run.py --table      # print the tables of results.csv
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.append(str(Path(__file__).parents[1]))  # what all benchmarks share

import command  # noqa: E402
import peers  # noqa: E402
import torch  # noqa: E402
from clocks import timed_step  # noqa: E402
from torch import Tensor, nn  # noqa: E402

import rnngraph as rg  # noqa: E402

KINDS = {"gru": nn.GRU, "lstm": nn.LSTM}
SIZES = (1760, 2560, 3072)
BATCHES = (1, 2, 4, 8, 16)
VALUES = ("float32", "bfloat16", "int8")
SEQUENCES = ("unstructured float32", "unstructured int8", "balanced bfloat16", "balanced int8")
"""Ours that read whole sequences too."""

ROUNDS = 5
FIELDS = [
    "cell", "n", "batch", "who", "us", "dense", "ratio_min", "ratio", "ratio_max",
    "to_steps", "to_int8", "on_disk",
]  # fmt: skip
Row = dict[str, str | float | int]


def random_mask(weight: Tensor) -> Tensor:
    return torch.rand_like(weight) < 0.1


def balanced_mask(weight: Tensor) -> Tensor:
    """Three weights in each 32 columns of a row."""
    rows, columns = weight.shape
    order = torch.rand(rows, columns // 32, 32).argsort(-1)
    return (order < 3).reshape(rows, columns)


MASKS = {"unstructured": random_mask, "balanced": balanced_mask}


def pruned(kind: type[nn.RNNBase], n: int, pattern: str) -> nn.RNNBase:
    model = kind(n, n).requires_grad_(False)
    for weight in (model.weight_ih_l0, model.weight_hh_l0):
        weight.mul_(MASKS[pattern](weight))
    return model


def smaller_on_disk(module: rg.nn.SparseRNN, dense: nn.RNNBase) -> float:
    with tempfile.TemporaryDirectory() as folder:
        rg.nn.save_sparse(module, path := Path(folder) / "net")
        return 4 * sum(part.numel() for part in dense.parameters()) / path.stat().st_size


def measured(name: str) -> Iterator[Row]:
    """All contenders of a cell and size, at every batch size."""
    cell, size = name.split("-")
    n, kind = int(size), KINDS[cell]
    torch.manual_seed(0)
    dense = pruned(kind, n, "unstructured")
    balanced = pruned(kind, n, "balanced")
    ours = {
        f"{pattern} {values}": rg.compact(model, values=values, backend="native")
        for pattern, model in (("unstructured", dense), ("balanced", balanced))
        for values in VALUES
    }
    sizes = {who: smaller_on_disk(module, dense) for who, module in ours.items()}
    for batch in BATCHES:
        x = torch.randn(peers.STEPS, batch, n)
        h = torch.randn(1, batch, n).tanh()
        state = (h, h.clone()) if cell == "lstm" else h
        field: dict[str, peers.Contender] = {}
        for who, make in (peers.DENSE | peers.OTHERS).items():
            try:
                field[who] = make(dense, x, state)
            except (ImportError, RuntimeError) as error:
                print(f"{who}: left out, {error}")
        for who, module in ours.items():
            field[who] = (lambda module=module, x=x, s=state: module.step(x[0], s)), 1
        for who in SEQUENCES:
            field[f"{who}, sequence"] = peers.nn_sequence(ours[who], x, state)
        if n == SIZES[0]:
            field["nn, sequence, not pruned"] = peers.nn_sequence(kind(n, n), x, state)
        times: dict[str, list[float]] = {who: [] for who in field}
        for contender in field.values():
            contender[0]()
        for _ in range(ROUNDS):
            for who, contender in field.items():
                times[who].append(timed_step(*contender))
        fastest = min(peers.DENSE, key=lambda who: median(times[who]))
        for who, seconds in times.items():
            ratios = [a / b for a, b in zip(times[fastest], seconds, strict=True)]
            # Like with like: who reads a sequence at once multiplies all inputs at once.
            called = "sequence" if who.endswith("sequence") else "single steps"
            to = [
                median(a / b for a, b in zip(times[peer], seconds, strict=True))
                for peer in ("nn, single steps", f"int8 dynamic, {called}")
            ]
            numbers = (min(ratios), median(ratios), max(ratios), *to, sizes.get(who, 0))
            shown = [float(f"{value:.3g}") for value in numbers]
            us = round(median(seconds) * 1e6)
            yield dict(zip(FIELDS, [cell, n, batch, who, us, fastest, *shown], strict=True))


SETS = [f"{cell}-{n}" for cell in KINDS for n in SIZES]


def tables(rows: Sequence[dict[str, str]]) -> str:
    """Ours against the fastest dense form, and everybody's microseconds a step."""
    cases: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for r in rows:
        cases.setdefault((r["cell"], r["n"], r["batch"]), {})[r["who"]] = r
    ours = [f"{pattern} {values}" for pattern in MASKS for values in VALUES]
    others = [*peers.DENSE, *peers.OTHERS, *(f"{who}, sequence" for who in SEQUENCES)]
    lines = [f"| cell, n, batch | fastest dense | {' | '.join(ours)} |", "|---" * 8 + "|"]
    for case, by in cases.items():
        fastest = by[next(iter(by))]["dense"]
        cells = [", ".join(case), f"{fastest}, {by[fastest]['us']} us"]
        cells += [
            f"**{r['ratio']}** [{r['ratio_min']}, {r['ratio_max']}]" for r in map(by.get, ours)
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"| us a step | {' | '.join([*others, *ours])} |"]
    lines.append("|---" * (1 + len(others) + len(ours)) + "|")
    for case, by in cases.items():
        cells = [by[who]["us"] if who in by else "-" for who in (*others, *ours)]
        lines.append("| " + " | ".join([", ".join(case), *cells]) + " |")
    lines += ["", f"| | {' | '.join(ours)} |", "|---" * 7 + "|"]
    for case, by in cases.items():
        for what, field in (("single steps", "to_steps"), ("int8 dynamic", "to_int8")):
            cells = [", ".join(case) + f", to {what}", *(by[who][field] for who in ours)]
            lines.append("| " + " | ".join(cells) + " |")
    disk = {who: [by[who]["on_disk"] for by in cases.values()] for who in ours}
    cells = [f"{min(map(float, found))} to {max(map(float, found))}" for found in disk.values()]
    lines.append("| times smaller on disk | " + " | ".join(cells) + " |")
    lines += ["", f"| to int8 dynamic, sequences | {' | '.join(SEQUENCES)} |"]
    lines.append("|---" * (1 + len(SEQUENCES)) + "|")
    for case, by in cases.items():
        cells = [by[f"{who}, sequence"]["to_int8"] for who in SEQUENCES]
        lines.append("| " + " | ".join([", ".join(case), *cells]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    command.run(__file__, __doc__, {name: partial(measured, name) for name in SETS}, tables)
