"""Train networks in the core beside stock torch, on the same strings, interleaved.

    python benchmarks/training/run.py flat cores     # some sets; none runs all of them
    python benchmarks/training/run.py --table        # print the table of results.csv

A ratio is the peer's time for a network over ours in the same round.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from unittest.mock import patch

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.append(str(Path(__file__).parents[1]))  # what all benchmarks share

import command  # noqa: E402
import numpy as np  # noqa: E402
import peers  # noqa: E402
import torch  # noqa: E402
from clocks import timed  # noqa: E402
from torch import Tensor  # noqa: E402

import rnngraph as rg  # noqa: E402
from rnngraph.nn import backends  # noqa: E402
from rnngraph.nn.edges import Edges  # noqa: E402
from rnngraph.tasks import SequenceData, Sequences  # noqa: E402

FIELDS = ["set", "what", "peer", "ours_s", "peer_s", "ratio_min", "ratio", "ratio_max", "note"]
GATED = ("gru", "lstm")
CELLS = (*GATED, "tanh", "relu")
SIZES = ((16, 0.19), (50, 0.10), (128, 0.10))
EDGES = (0.05, 0.1, 0.2, 0.5, 0.75, 1.0)
SHARES = (0.01, 0.05, 0.1, 0.15, 0.2)
Row = dict[str, str | float]


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


def ours(graphs: list[object], cell: str, task: SequenceData, **how: object) -> None:
    settings = {"epochs": 1, "n_jobs": 1, "backend": "native", **how}
    rg.train_population(
        graphs, task, cell=cell, rng=0, batch_size=peers.BATCH, clip=peers.CLIP, **settings
    )


def row(name: str, what: str, peer: str, one: list[float], two: list[float], note: str) -> Row:
    ratios = [b / a for a, b in zip(one, two, strict=True)]
    values = (median(one), median(two), min(ratios), median(ratios), max(ratios))
    shown = [float(f"{value:.4g}") for value in values]
    return dict(zip(FIELDS, [name, what, peer, *shown, note], strict=True))


def one_by_torch(way: str, n: int, p: float, cell: str, task: SequenceData) -> float:
    """Seconds of stock torch for an epoch over all strings, from 2,048 of them by symbols."""
    data = task.train
    order = np.random.default_rng(0).permutation(len(data))[:2048]
    share = int(data.lengths[order].sum()) / int(data.lengths.sum())
    model = peers.Masked(graph(n, p), cell, task.n_tokens, 2)
    return timed(lambda: peers.train(model, peers.WAYS[way](data, order))) / share


def set_flat() -> Iterator[Row]:
    """A network of one recurrent layer: seconds for an epoch over all strings."""
    task, members = strings(), 16
    for n, p in SIZES:
        for cell in CELLS:
            times: dict[str, list[float]] = {"ours": [], **{way: [] for way in peers.WAYS}}
            for _ in range(5):
                spent = timed(lambda n=n, p=p, c=cell: ours([graph(n, p)] * members, c, task))
                times["ours"].append(spent / members)
                for way in peers.WAYS:
                    times[way].append(one_by_torch(way, n, p, cell, task))
            best = min(peers.WAYS, key=lambda way: median(times[way]))
            note = ", ".join(f"{way} {median(times[way]):.3g}" for way in peers.WAYS)
            yield row(f"n={n}, {p:.0%}", cell, f"torch, {best}", times["ours"], times[best], note)


def set_torch() -> Iterator[Row]:
    """What else torch offers: our twin with 16 networks in a stack, and torch.compile."""
    task, members = strings(), 16
    some = part(task, 2048)
    share = int(some.train.lengths.sum()) / int(task.train.lengths.sum())
    for n, p in SIZES[:2]:
        for cell in CELLS:
            graphs: list[object] = [graph(n, p)] * members
            model = peers.Masked(graph(n, p), cell, task.n_tokens, 2)
            compiled = torch.compile(model)
            order = np.arange(len(some.train))

            def compiled_pass(
                model: object = compiled, rows: np.ndarray = order, data: Sequences = some.train
            ) -> None:
                peers.train(model, peers.all_padded(data, rows))

            compiled_pass(rows=order[: peers.BATCH])
            core, twin, once = [], [], []
            for _ in range(3):
                core.append(timed(lambda g=graphs, c=cell: ours(g, c, task)) / members)
                spent = timed(lambda g=graphs, c=cell: ours(g, c, some, backend="reference"))
                twin.append(spent / members / share)
                once.append(timed(compiled_pass) / share)
            name = f"n={n}, {p:.0%}"
            yield row(name, cell, "our twin, 16 in a stack", core, twin, "")
            yield row(name, cell, "torch.compile, padded to one length", core, once, "")


def padded_steps(task: SequenceData, order: np.ndarray) -> int:
    """Steps of all batches, each padded to its longest string."""
    lengths = task.train.lengths[order]
    firsts = range(0, len(order), peers.BATCH)
    return sum(int(lengths[first : first + peers.BATCH].max()) for first in firsts)


def set_layered() -> Iterator[Row]:
    """Layered networks of the thesis's sizes against its way, on padded steps.

    The thesis's way takes 512 strings and is scaled, by padded steps, to the 4,096 that ours takes.
    """
    task = part(strings(), 4096)
    task = SequenceData(task.train, task.test, task.n_tokens + 1, task.n_classes, task.meta)
    graphs = [rg.generators.barabasi_albert(n, n // 10, rng=n) for n in (10, 18, 26, 34, 42, 50)]
    graphs += [
        rg.generators.watts_strogatz(n, n // 10 * 2, 1.0, rng=n) for n in (10, 18, 26, 34, 42, 50)
    ]
    order = np.random.default_rng(0).permutation(len(task.train))
    few = order[:512]
    share = padded_steps(task, few) / padded_steps(task, order)
    for cell in CELLS:
        masks: list[object] = [rg.layered_mask(g, cell) for g in graphs]
        fast, slow = [], []
        for _ in range(3):
            fast.append(timed(lambda m=masks, c=cell: ours(m, c, task, padding=task.n_tokens - 1)))
            slow.append(
                timed(
                    lambda m=masks: [
                        peers.train(
                            peers.Stepped(mask, task.n_tokens, 2), peers.padded(task.train, few)
                        )
                        for mask in m
                    ]
                )
                / share
            )
        fast, slow = [t / len(masks) for t in fast], [t / len(masks) for t in slow]
        note = "4,096 strings; the peer 512 of them, scaled"
        yield row("12 layered, n=10..50", cell, "cells stepped in Python", fast, slow, note)


def set_edges() -> Iterator[Row]:
    """Cost along the edges, for a cell with gates and one without.

    Seconds a symbol and edge, beside stock torch, for which zeros cost; for large networks also
    beside our twin, to which "auto" goes where whole matrices are faster.
    """
    task = strings()
    for cell, n, p in product(("gru", "tanh"), (16, 50, 128, 300, 1000), EDGES):
        yield from edges(cell, n, p, part(task, 2048 if n < 300 else 512))


def edges(cell: str, n: int, p: float, task: SequenceData) -> Iterator[Row]:
    """Rows of one cell, size and share of the weights."""
    net: list[object] = [graph(n, p)]
    core, torch_s, twin = [], [], []
    for _ in range(3 if n < 1000 else 1):
        core.append(timed(partial(ours, net, cell, task)))
        if n >= 300:
            twin.append(timed(partial(ours, net, cell, task, backend="reference")))
        torch_s.append(min(one_by_torch(w, n, p, cell, task) for w in ("padded", "buckets")))
    each = median(core) / int(task.train.lengths.sum()) / int(graph(n, p).sum()) * 1e9
    on = rg.train_population(net, part(task, 64), cell=cell, epochs=1, rng=0).results
    note = f'{each:.2f} ns a symbol and edge; "auto": {on["backend"][0]}'
    name = f"n={n}, {p:.0%}"
    yield row(name, cell, "torch, best of padded, buckets", core, torch_s, note)
    if twin:
        yield row(name, cell, "our twin", core, twin, note)


def set_twin() -> Iterator[Row]:
    """Our twin along edges against whole matrices, and with fused steps against plain torch."""
    task = strings()
    for cell, (n, members), p in product(
        ("gru", "tanh"), ((50, 32), (128, 16), (300, 4), (1000, 1)), SHARES
    ):
        graphs: list[object] = [graph(n, p)] * members
        some = part(task, 512 if n < 300 else 256)
        both = twins(graphs, cell, some, members)
        note = f"{members} in a stack"
        yield row(f"n={n}, {p:.0%}", f"{cell}, twin along edges", "by whole matrices", *both, note)
    for cell, (n, members) in product(GATED, ((16, 16), (16, 256), (50, 16), (50, 256))):
        graphs = [graph(n, 0.1)] * members
        some = part(task, 512)
        how = {"backend": "reference", "members": members}
        ours(graphs, cell, some, **{**how, "backend": "fused"})  # compiles
        fused, plain = [], []
        for _ in range(3):
            spent = timed(partial(ours, graphs, cell, some, **{**how, "backend": "fused"}))
            fused.append(spent / members)
            plain.append(timed(partial(ours, graphs, cell, some, **how)) / members)
        note = f"{members} in a stack"
        yield row(f"n={n}, 10%", f"{cell}, fused twin", "plain twin", fused, plain, note)


def twins(
    graphs: list[object], cell: str, task: SequenceData, members: int
) -> tuple[list[float], list[float]]:
    """Seconds for a network, along edges and by whole matrices, in each of three rounds."""
    along, whole = [], []
    for _ in range(3):
        for limits, spent in (((1, 1.0), along), ((1, -1.0), whole)):
            with patch.object(backends, "_ALONG_EDGES", {"cpu": limits}):
                how = {"backend": "reference", "members": members}
                spent.append(timed(partial(ours, graphs, cell, task, **how)) / members)
    return along, whole


def set_products() -> Iterator[Row]:
    """Products of a GRU's recurrent weights and 128 rows of states, and their gradients.

    Along edges and by whole matrices, on a GPU where there is one: which of them the twin takes.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for (n, members), p in product(((64, 256), (300, 32), (1000, 8), (3000, 1)), SHARES):
        rng = torch.Generator().manual_seed(0)
        live = (torch.rand(members, 3 * n, n, generator=rng) < p).to(device)
        weights = (torch.randn(members, 3 * n, n, generator=rng).to(device) * live).requires_grad_()
        states = torch.randn(members, peers.BATCH, n, generator=rng).to(device).requires_grad_()
        above = torch.randn(members, peers.BATCH, 3 * n, generator=rng).to(device)
        net = Edges.of(live)
        values = net.values(weights).detach().requires_grad_()  # once a batch, not once a step

        def along(
            net: Edges = net, w: Tensor = values, h: Tensor = states, a: Tensor = above
        ) -> None:
            torch.autograd.grad(net.product(h, w), (h, w), a)
            finished(device)

        def whole(w: Tensor = weights, h: Tensor = states, a: Tensor = above) -> None:
            torch.autograd.grad(torch.bmm(h, w.transpose(1, 2)), (h, w), a)
            finished(device)

        along()
        whole()
        one, two = [], []
        for _ in range(5):
            one.append(timed(along))
            two.append(timed(whole))
        where = torch.cuda.get_device_name() if device == "cuda" else device
        name = f"{members} x {3 * n} by {n}, {p:.0%}"
        yield row(name, "product along edges", "by whole matrices", one, two, where)


def finished(device: str) -> None:
    """Wait for the work that was given to a device."""
    if device == "cuda":
        torch.cuda.synchronize()


def set_memory() -> Iterator[Row]:
    """Peak memory of 1,000 networks in a process of its own, over that of its start."""
    code = (
        "import resource, numpy as np, rnngraph as rg\n"
        "task = rg.tasks.reber(n_train=2000, n_test=500, rng=0)\n"
        "graphs = [rg.generators.erdos_renyi(128, p=0.1, rng=k) for k in range(1000)]\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "rg.train_population(graphs[:1], task, cell='lstm', epochs=1, rng=0)\n"
        "before = peak()\n"
        "rg.train_population(graphs, task, cell='lstm', epochs=1, rng=0)\n"
        "print(before, peak())\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, after = (float(part) for part in done.stdout.split())
    note = f"peak {after:.0f} MiB of the process, {before:.0f} MiB of it with one network"
    yield dict(
        zip(FIELDS, ["1,000 networks, n=128, 10%", "lstm", "", *[""] * 5, note], strict=True)
    )


def set_cores() -> Iterator[Row]:
    """Two threads against one, of ours, for an epoch over all strings."""
    task = strings()
    graphs = [graph(int(n), 0.1) for n in np.linspace(20, 60, 96)]
    for cell in CELLS:
        one, two = [], []
        for _ in range(5):
            two.append(timed(lambda c=cell: ours(graphs, c, task, n_jobs=2)))
            one.append(timed(lambda c=cell: ours(graphs, c, task)))
        yield row("96 networks, n=20..60", f"{cell}, 2 threads", "ours on 1 thread", two, one, "")


def set_gpu() -> Iterator[Row]:
    """The twin on a GPU: many networks at once against one at a time, and against the core."""
    if not torch.cuda.is_available():
        print("gpu: left out, for there is none")
        return
    device, threads = torch.cuda.get_device_name(), os.cpu_count() or 1
    task = part(strings(), 1024)

    def there(graphs: list[np.ndarray], cell: str, backend: str = "reference") -> None:
        how = {"backend": backend, "device": "cuda", "members": len(graphs)}
        ours(graphs, cell, task, **how)
        finished("cuda")

    for n, cell, count in (
        (16, "tanh", 10_000),
        (16, "gru", 10_000),
        (50, "gru", 2_000),
        (50, "lstm", 2_000),
        (128, "gru", 500),
    ):
        graphs = [graph(n, 0.19 if n == 16 else 0.1)] * count
        there(graphs[:2], cell)
        there(graphs[:2], cell, "fused")
        many, fused, one, core = [], [], [], []
        for _ in range(3):
            many.append(timed(partial(there, graphs, cell)) / count)
            fused.append(timed(partial(there, graphs, cell, "fused")) / count)
            one.append(timed(partial(there, graphs[:1], cell)))
            core.append(timed(partial(ours, graphs, cell, task, n_jobs=threads)) / count)
        name = f"{count} networks, n={n}"
        yield row(name, f"{cell}, GPU", "one at a time there", many, one, device)
        yield row(name, f"{cell}, GPU", f"the core, {threads} cores", many, core, device)
        if cell in GATED:
            yield row(name, f"{cell}, GPU, fused", "plain twin there", fused, many, device)


SETS = {
    "flat": set_flat,
    "torch": set_torch,
    "layered": set_layered,
    "edges": set_edges,
    "twin": set_twin,
    "products": set_products,
    "cores": set_cores,
    "memory": set_memory,
    "gpu": set_gpu,
}


def table(rows: Sequence[Mapping[str, str]]) -> str:
    lines = [
        "| networks | what | peer | ours, s | peer, s | ratio [min, max] | note |",
        "|---" * 7 + "|",
    ]
    for r in rows:
        ratio = f"**{r['ratio']}** [{r['ratio_min']}, {r['ratio_max']}]" if r["ratio"] else ""
        cells = [r["set"], r["what"], r["peer"], r["ours_s"], r["peer_s"], ratio, r["note"]]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    torch.set_num_threads(1)
    command.run(__file__, __doc__, SETS, table)
