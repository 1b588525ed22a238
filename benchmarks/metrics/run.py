"""Measure rnngraph's topology metrics beside other libraries, on the same graphs, interleaved.

    python benchmarks/metrics/run.py b c sweep          # some sets; none runs all of them
    python benchmarks/metrics/run.py --table            # print the table of results.csv

A ratio is the peer's time over ours in
the same round; the table shows the median, and the least and the most of the rounds.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.append(str(Path(__file__).parents[1]))  # what all benchmarks share

import command  # noqa: E402
import networkit  # noqa: E402
import numpy as np  # noqa: E402
import peers  # noqa: E402
import sets  # noqa: E402
from clocks import timed  # noqa: E402

import rnngraph as rg  # noqa: E402
from rnngraph.metrics import CORE  # noqa: E402
from rnngraph.metrics._torch_paths import names as torch_metrics  # noqa: E402

FIELDS = ["set", "task", "peer", "ours_s", "peer_s", "ratio_min", "ratio", "ratio_max", "note"]
OF_PATHS = (
    *("mean_path_length", "diameter", "radius", "eccentricity", "harmonic", "reachable"),
    *("global_efficiency", "closeness"),
)
NAMES = {
    "distances": [name for name in CORE if name.startswith(OF_PATHS)],
    "paths": [name for name in CORE if name.startswith((*OF_PATHS, "betweenness", "edge_"))],
    **{task: list(CORE) for task in ("full", "full, by function", "full, all columns")},
}
Row = dict[str, str | float]


def compare(
    name: str,
    task: str,
    peer: str,
    masks: np.ndarray,
    *,
    rounds: int,
    sample: int | None = None,
    note: str = "",
) -> Row:
    """Time both in each round; a peer that is slow measures the first `sample` graphs only."""
    few = masks[:sample]
    work, ours, theirs = peers.TASKS[task][peer], [], []
    for _ in range(rounds):
        ours.append(timed(lambda: rg.profile(masks, metrics=NAMES[task])))
        spent = timed(lambda: [work(mask) for mask in few])
        theirs.append(spent * len(masks) / len(few))
    missing = peers.MISSING.get(peer, "") if task == "full" else ""
    notes = [note, f"first {sample}, scaled" if sample else "", missing]
    return row(name, task, peer, ours, theirs, "; ".join(filter(None, notes)))


def row(name: str, task: str, peer: str, ours: list[float], theirs: list[float], note: str) -> Row:
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    label = f"{peer} {version(peer)}" if peer in peers.TASKS["full"] else peer
    values = (median(ours), median(theirs), min(ratios), median(ratios), max(ratios))
    shown = [float(f"{value:.4g}") for value in values]
    return dict(zip(FIELDS, [name, task, label, *shown, note], strict=True))


def set_b() -> Iterator[Row]:
    masks = sets.digraphs_of_100(1000)
    for task in ("paths", "full"):
        for peer in ("igraph", "rustworkx", "networkit"):
            yield compare("b: 1,000 x n=100", task, peer, masks, rounds=5, sample=200)
        yield compare("b: 1,000 x n=100", task, "networkx", masks, rounds=3, sample=20)
    for task in ("full, by function", "full, all columns"):
        yield compare("b: 1,000 x n=100", task, "networkx", masks, rounds=3, sample=20)
    yield compare("b: 1,000 x n=100", "distances", "igraph", masks, rounds=5, sample=200)


def set_c() -> Iterator[Row]:
    mask = sets.random_digraph(1000, 20_000)[None]
    for task in ("paths", "full", "distances"):
        yield compare("c: n=1,000 m=20k", task, "igraph", mask, rounds=5)
    for peer in ("rustworkx", "networkit"):
        yield compare("c: n=1,000 m=20k", "full", peer, mask, rounds=3)
    yield compare("c: n=1,000 m=20k", "full", "networkx", mask, rounds=1)


def set_d() -> Iterator[Row]:
    mask = sets.random_digraph(5000, 250_000)[None]
    for task, rounds in (("distances", 3), ("paths", 2), ("full", 3)):
        yield compare("d: n=5,000 m=250k", task, "igraph", mask, rounds=rounds)
    yield compare("d: n=5,000 m=250k", "full", "rustworkx", mask, rounds=1)


def set_e() -> Iterator[Row]:
    mask = sets.random_digraph(5000, 2_500_000)[None]
    yield compare("e: n=5,000 m=2.5M", "distances", "igraph", mask, rounds=1)
    yield compare("e: n=5,000 m=2.5M", "full", "igraph", mask, rounds=1)


def set_sweep() -> Iterator[Row]:
    """Every shape and size against igraph: the least favourable of each size is the row."""
    for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        worst: Row | None = None
        copies = max(1, 400 // n)
        for kind, mask in sets.kinds(n):
            if n == 2000 and kind == "dense":
                continue  # minutes of igraph; sets d and e are of this kind
            masks = np.repeat(mask[None], copies, axis=0)
            found = compare("sweep", "full", "igraph", masks, rounds=5, note=f"n={n}: {kind}")
            if worst is None or found["ratio"] < worst["ratio"]:
                worst = found
        assert worst is not None
        yield worst


def set_cores() -> Iterator[Row]:
    """Two threads against one, of ours: many small graphs, and one large."""
    many = np.tile(sets.digraphs_of_100(1000), (10, 1, 1))
    for name, masks in (
        ("b ten times: 10,000 x n=100", many),
        ("d: n=5,000 m=250k", sets.random_digraph(5000, 250_000)[None]),
    ):
        one, two = [], []
        for _ in range(5):
            two.append(timed(lambda m=masks: rg.profile(m, metrics=NAMES["paths"], n_jobs=2)))
            one.append(timed(lambda m=masks: rg.profile(m, metrics=NAMES["paths"], n_jobs=1)))
        yield row(name, "paths, 2 threads", "ours on 1 thread", two, one, "")


def set_memory() -> Iterator[Row]:
    """Peak memory of a whole profile of set e, in a process of its own, over that of its start."""
    # ru_maxrss would begin with what this process has.
    code = (
        "import sys, numpy as np, rnngraph as rg\n"
        "from rnngraph.metrics import CORE\n"
        "def peak():\n"
        "    lines = open('/proc/self/status')\n"
        "    return next(line.split()[1] for line in lines if line.startswith('VmHWM'))\n"
        "mask = np.load(sys.argv[1])\n"
        "rg.profile(mask[:50, :50], metrics=CORE)\n"
        "before = peak()\n"
        "rg.profile(mask, metrics=CORE)\n"
        "print(before, peak())\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # making the mask takes more than measuring it
        np.save(path := Path(folder) / "mask.npy", sets.random_digraph(5000, 2_500_000))
        done = subprocess.run(
            [sys.executable, "-c", code, path],
            env={**os.environ, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
    before, after = (int(part) / 1024 for part in done.stdout.split())
    note = f"peak {after:.0f} MiB of the process, {before:.0f} MiB of it before"
    yield dict(zip(FIELDS, ["e: n=5,000 m=2.5M", "memory", "", *[""] * 5, note], strict=True))


def set_gpu() -> Iterator[Row]:
    """Path metrics of masks that lie on a GPU: there, against copying them to one or all cores."""
    import torch

    if not torch.cuda.is_available():
        print("gpu: left out, for there is none")
        return
    device = torch.cuda.get_device_name()
    names = [name for name in NAMES["paths"] if name in torch_metrics()]
    cores = os.cpu_count() or 1
    for count, n, p in ((1000, 100, 0.1), (100, 500, 0.05), (10, 2000, 0.02), (1, 5000, 0.01)):
        stack = np.random.default_rng(n).random((count, n, n)) < p
        masks = torch.from_numpy(stack).cuda()
        rg.profile(masks, metrics=names)  # the libraries behind it are loaded once a process
        for peer, jobs in (("ours on 1 core", 1), (f"ours on {cores} cores", cores)):
            there, here = [], []
            for _ in range(3):
                there.append(timed(lambda m=masks: rg.profile(m, metrics=names)))
                here.append(
                    timed(
                        lambda m=masks, j=jobs: rg.profile(m.cpu().numpy(), metrics=names, n_jobs=j)
                    )
                )
            yield row(f"gpu: {count:,} x n={n:,}", "paths", peer, there, here, device)


SETS = {
    "b": set_b,
    "c": set_c,
    "d": set_d,
    "e": set_e,
    "sweep": set_sweep,
    "cores": set_cores,
    "memory": set_memory,
    "gpu": set_gpu,
}


def table(rows: Sequence[Mapping[str, str]]) -> str:
    lines = [
        "| graphs | task | peer | ours, s | peer, s | ratio [min, max] | note |",
        "|---" * 7 + "|",
    ]
    for r in rows:
        ratio = f"**{r['ratio']}** [{r['ratio_min']}, {r['ratio_max']}]" if r["ratio"] else ""
        cells = [r["set"], r["task"], r["peer"], r["ours_s"], r["peer_s"], ratio, r["note"]]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def prepare() -> None:
    networkit.setNumberOfThreads(1)
    peers.agree(sets.digraphs_of_100(3)[2])


if __name__ == "__main__":
    command.run(__file__, __doc__, SETS, table, prepare=prepare)
