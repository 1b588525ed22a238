"""Networks with constant gates: folded, as torch's modules and in the core, beside the whole one.

python benchmarks/sparsify/run.py lstm-64     # some sets; none runs all of them
python benchmarks/sparsify/run.py --table     # print the table of results.csv
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.append(str(Path(__file__).parents[1]))  # what all benchmarks share

import command  # noqa: E402
import torch  # noqa: E402
from clocks import timed_step  # noqa: E402

import rnngraph as rg  # noqa: E402
from rnngraph.sparsify import Plain, Shape, Values, fold, stock_modules  # noqa: E402

SIZES = {64: 16, 256: 128, 1024: 1024}
"""Units of the whole network, and how many of them lead to an output."""

SETS = [f"{cell}-{units}" for cell in ("lstm", "gru") for units in SIZES]
CONSTANT = (0.0, 0.7)
BATCHES = (1, 64)
WORDS, WIDTH, CLASSES, STEPS, ROUNDS = 2000, 32, 4, 20, 5
OURS = ("folded", "to_torch", "compact")
FIELDS = [
    "cell", "units", "left", "constant", "batch", "who", "us",
    "ratio_min", "ratio", "ratio_max",
]  # fmt: skip
Row = dict[str, str | float | int]
Work = Callable[[], object]


def contenders(shape: Shape, left: int, constant: float, batch: int) -> dict[str, Work]:
    """Calls that read the same sequences, from tokens to the outputs of every step."""
    gates = torch.rand(shape.factors()["gates_l0"]) >= constant
    factors = {"units_l0": (torch.arange(shape.units) < left).float(), "gates_l0": gates.float()}
    values = Values(Plain(shape, rng=0).means().weights, factors)
    table, rnn, readout = stock_modules(shape, values)
    small = fold(shape, values)
    small_table, small_rnn, small_readout = small.to_torch()
    assert table is not None
    assert small_table is not None
    sparse = rg.compact(small_rnn, backend="native")
    x = torch.randint(WORDS, (batch, STEPS))
    return {
        "whole": lambda: readout(rnn(table(x))[0]),
        "folded": lambda: small(x),
        "to_torch": lambda: small_readout(small_rnn(small_table(small.places[x]))[0]),
        "compact": lambda: small_readout(sparse(small_table(small.places[x]))[0]),
    }


def measured(name: str) -> Iterator[Row]:
    """All contenders of a cell and size, with and without constant gates, at every batch size."""
    cell, _, size = name.partition("-")
    units = int(size)
    left = SIZES[units]
    shape = Shape(cell, WORDS, units, CLASSES, WIDTH)
    for constant in CONSTANT:
        for batch in BATCHES:
            torch.manual_seed(0)
            field = contenders(shape, left, constant, batch)
            times: dict[str, list[float]] = {who: [] for who in field}
            for work in field.values():
                work()
            for _ in range(ROUNDS):
                for who, work in field.items():
                    times[who].append(timed_step(work, STEPS))
            for who, seconds in times.items():
                ratios = [a / b for a, b in zip(times["whole"], seconds, strict=True)]
                numbers = (median(seconds) * 1e6, min(ratios), median(ratios), max(ratios))
                shown = [float(f"{value:.3g}") for value in numbers]
                case = [cell, units, left, constant, batch, who]
                yield dict(zip(FIELDS, [*case, *shown], strict=True))


def table(rows: Sequence[dict[str, str]]) -> str:
    """Times as fast as torch's module of the whole network."""
    cases: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for r in rows:
        case = r["cell"], f"{r['units']} to {r['left']}", f"{float(r['constant']):.0%}", r["batch"]
        cases.setdefault(case, {})[r["who"]] = r
    lines = [
        f"| cell, units, constant gates, batch | whole, us a step | {' | '.join(OURS)} |",
        "|---" * (2 + len(OURS)) + "|",
    ]
    for case, by in cases.items():
        cells = [
            f"**{r['ratio']}** [{r['ratio_min']}, {r['ratio_max']}]" for r in map(by.get, OURS)
        ]
        lines.append("| " + " | ".join([", ".join(case), by["whole"]["us"], *cells]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    command.run(__file__, __doc__, {name: partial(measured, name) for name in SETS}, table)
