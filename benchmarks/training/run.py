"""Train networks in the core beside stock torch, on the same strings, interleaved.

    python benchmarks/training/run.py flat cores     # some sets; none runs all of them
    python benchmarks/training/run.py --table        # print the table of results.csv

Rows of the sets that ran replace theirs in `results.csv`. A ratio is the peer's time for a network
over ours in the same round.
"""

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import peers  # noqa: E402
import torch  # noqa: E402

import rnngraph as rg  # noqa: E402
from rnngraph.tasks import SequenceData, Sequences  # noqa: E402

RESULTS = Path(__file__).with_name("results.csv")
FIELDS = ["set", "what", "peer", "ours_s", "peer_s", "ratio_min", "ratio", "ratio_max", "note"]
CELLS = ("gru", "lstm", "tanh", "relu")
SIZES = ((16, 0.19), (50, 0.10), (128, 0.10))
Row = dict[str, str | float]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def strings() -> SequenceData:
    """Reber strings; next to nothing to test on, so that training alone is timed."""
    return rg.tasks.reber(n_train=18_750, n_test=32, rng=0)


def graph(n: int, p: float) -> np.ndarray:
    found = rg.generators.erdos_renyi(n, p=p, directed=True, rng=0)
    np.fill_diagonal(found, True)
    return found


def part(task: SequenceData, n: int) -> SequenceData:
    rows = Sequences(task.train.inputs[:n], task.train.lengths[:n], task.train.targets[:n])
    return SequenceData(rows, task.test, task.n_tokens, task.n_classes, task.meta)


def ours(
    graphs: list[np.ndarray], cell: str, task: SequenceData, *, epochs: int, n_jobs: int = 1
) -> None:
    rg.train_population(
        graphs, task, cell=cell, epochs=epochs, rng=0, batch_size=peers.BATCH, clip=peers.CLIP,
        backend="native", n_jobs=n_jobs,
    )  # fmt: skip


def row(name: str, what: str, peer: str, one: list[float], two: list[float], note: str) -> Row:
    ratios = [b / a for a, b in zip(one, two, strict=True)]
    values = (median(one), median(two), min(ratios), median(ratios), max(ratios))
    shown = [float(f"{value:.4g}") for value in values]
    return dict(zip(FIELDS, [name, what, peer, *shown, note], strict=True))


def set_flat() -> Iterator[Row]:
    """A network of one recurrent layer: seconds for an epoch over all strings."""
    task = strings()
    few = task.train
    order = np.random.default_rng(0).permutation(len(few))[:2048]
    share = int(few.lengths[order].sum()) / int(few.lengths.sum())
    for n, p in SIZES:
        for cell in CELLS:
            times: dict[str, list[float]] = {"ours": [], **{way: [] for way in peers.WAYS}}
            for _ in range(5):
                members, epochs = 4, 2
                spent = timed(lambda n=n, p=p, c=cell: ours([graph(n, p)] * 4, c, task, epochs=2))
                times["ours"].append(spent / (members * epochs))
                for way in peers.WAYS:
                    spent = timed(
                        lambda n=n, p=p, c=cell, w=way: peers.train(
                            w, graph(n, p), c, few, task.n_tokens, order
                        )
                    )
                    times[way].append(spent / share)
            best = min(peers.WAYS, key=lambda way: median(times[way]))
            note = ", ".join(f"{way} {median(times[way]):.3g}" for way in peers.WAYS)
            yield row(f"n={n}, {p:.0%}", cell, f"torch, {best}", times["ours"], times[best], note)


def set_cores() -> Iterator[Row]:
    """Two threads against one, of ours."""
    task = part(strings(), 4096)
    graphs = [graph(int(n), 0.1) for n in np.linspace(20, 60, 24)]
    for cell in CELLS:
        one, two = [], []
        for _ in range(5):
            two.append(timed(lambda c=cell: ours(graphs, c, task, epochs=1, n_jobs=2)))
            one.append(timed(lambda c=cell: ours(graphs, c, task, epochs=1, n_jobs=1)))
        yield row("24 networks, n=20..60", f"{cell}, 2 threads", "ours on 1 thread", two, one, "")


def set_gpu() -> Iterator[Row]:
    """The twin on a GPU: many networks at once against one at a time, and against the core."""
    if not torch.cuda.is_available():
        print("gpu: left out, for there is none")
        return
    device, threads = torch.cuda.get_device_name(), os.cpu_count() or 1
    task = part(strings(), 1024)

    def there(graphs: list[np.ndarray], cell: str, members: int) -> None:
        rg.train_population(
            graphs, task, cell=cell, epochs=1, rng=0, batch_size=peers.BATCH, clip=peers.CLIP,
            backend="reference", device="cuda", members=members,
        )  # fmt: skip
        torch.cuda.synchronize()

    for n, cell, count in (
        (16, "tanh", 2048),
        (16, "gru", 1024),
        (50, "gru", 512),
        (128, "gru", 128),
    ):
        graphs = [graph(n, 0.19 if n == 16 else 0.1)] * count
        there(graphs[:2], cell, 2)
        many, one, core = [], [], []
        for _ in range(3):
            many.append(timed(lambda g=graphs, c=cell: there(g, c, len(g))) / count)
            one.append(timed(lambda g=graphs, c=cell: there(g[:1], c, 1)))
            spent = timed(lambda g=graphs, c=cell: ours(g, c, task, epochs=1, n_jobs=threads))
            core.append(spent / count)
        name = f"{count} networks, n={n}"
        yield row(name, f"{cell}, GPU", "one at a time there", many, one, device)
        yield row(name, f"{cell}, GPU", f"the core, {threads} cores", many, core, device)


SETS = {"flat": set_flat, "cores": set_cores, "gpu": set_gpu}


def saved() -> list[Row]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="") as file:
        return list(csv.DictReader(file))


def table(rows: list[Row]) -> str:
    lines = [
        "| networks | what | peer | ours, s | peer, s | ratio [min, max] | note |",
        "|---" * 7 + "|",
    ]
    for r in rows:
        ratio = f"**{r['ratio']}** [{r['ratio_min']}, {r['ratio_max']}]"
        cells = [r["set"], r["what"], r["peer"], r["ours_s"], r["peer_s"], ratio, r["note"]]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; all if none")
    parser.add_argument("--table", action="store_true", help="print what was measured before")
    options = parser.parse_args()
    if options.table:
        print(table(saved()))
        return
    if unknown := set(options.sets) - set(SETS):
        parser.error(f"unknown sets: {', '.join(sorted(unknown))}; known are {', '.join(SETS)}")
    torch.set_num_threads(1)
    for name in options.sets or SETS:
        rows = []
        for r in SETS[name]():
            print(table([r]).splitlines()[-1], flush=True)
            rows.append({**{key: str(value) for key, value in r.items()}, "run": name})
        kept = [r for r in saved() if r["run"] != name]
        order = list(SETS)
        with RESULTS.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["run", *FIELDS])
            writer.writeheader()
            writer.writerows(sorted(kept + rows, key=lambda r: order.index(r["run"])))


if __name__ == "__main__":
    main()
