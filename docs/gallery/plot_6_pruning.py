"""
Pruning: what is left, and does it run faster
=============================================

A trained GRU is pruned by magnitude and, for comparison, at random to the same number of weights.
Three questions: how much can go, what graph is left, and when does a sparse network run faster?
The first two want the comparison: without it, what every sparse network has looks like the work of
pruning. The third wants a clock.
"""

# %%
# How much can go
# ---------------
# A dense GRU learns to tell valid strings of Reber's grammar from broken ones. Then its
# hidden-to-hidden weights go, a few or many, the smallest or any.

import copy
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

import rnngraph as rg
from rnngraph import pruning

UNITS = 48
AMOUNTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
task = rg.tasks.reber(rng=0, n_train=2000, n_test=1000)
complete = np.ones((UNITS, UNITS), dtype=bool)
dense = rg.train_population(
    [complete], task, cell="gru", epochs=15, rng=0, learning_rate=5e-3, clip=5.0
).model(0)
print(f"dense: {rg.nn.evaluate(dense, task)[1]:.3f}")

networks, rows = [], []
for amount in AMOUNTS:
    for score in ("magnitude", "random"):
        pruned = copy.deepcopy(dense)
        pruning.prune(pruned, amount, what="hh", score=score, rng=1)
        networks.append(pruned)
        accuracy = rg.nn.evaluate(pruned, task)[1]
        rows.append({"amount": amount, "score": score, "pruned": accuracy})
table = pd.DataFrame(rows)

# %%
# All twelve are retrained together: a population can start from networks, under their masks.

table["retrained"] = rg.train_population(
    networks, task, cell="gru", epochs=5, rng=2, learning_rate=2e-3, clip=5.0
).results["accuracy"]
print(table.round(3).to_string(index=False))

fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
for score, color in (("magnitude", "C0"), ("random", "C1")):
    part = table[table["score"] == score]
    ax.plot(part["amount"], part["pruned"], "o--", color=color, alpha=0.5, label=f"{score}, pruned")
    ax.plot(part["amount"], part["retrained"], "o-", color=color, label=f"{score}, retrained")
ax.axhline(task.meta["chance"], color="grey", lw=0.8)
ax.set(xlabel="share of hidden-to-hidden weights pruned", ylabel="test accuracy")
ax.legend()

# %%
# What graph is left
# ------------------
# A unit j reads a unit i where any gate does. Is the graph that magnitude leaves like one that
# chance leaves? A z-score among random prunings of the same number of weights says so, metric by
# metric; beyond +-2 is unlikely by chance.

metrics = ["reciprocity", "in_degree_std", "out_degree_std", "clustering", "spectral_radius"]


def graphs_of(amount: float, score: str, seeds: range) -> list[np.ndarray]:
    """Graphs of the pruned network, one a seed."""
    found = []
    for seed in seeds:
        pruned = copy.deepcopy(dense)
        pruning.prune(pruned, amount, what="hh", score=score, scope="gate", rng=seed)
        found.append(rg.graph_of(pruned))
    return found


zscores = {}
for amount in (0.7, 0.9, 0.95):
    by_size = rg.profile(graphs_of(amount, "magnitude", range(1)), metrics=metrics)[metrics].iloc[0]
    by_chance = rg.profile(graphs_of(amount, "random", range(60)), metrics=metrics)[metrics]
    zscores[f"{amount:.0%}"] = (by_size - by_chance.mean()) / by_chance.std()
print(pd.DataFrame(zscores).round(1))

# %%
# What runs faster
# ----------------
# A mask alone makes nothing faster: its zeros are multiplied like any other number.
# :func:`rnngraph.compact` stores what is left and computes along it. A layer of 1,024 units reads
# one sequence, step by step, as it would in a stream; 90 % of its weights are pruned, anywhere, or
# three left in each 32 of a row, which the core likes best. The times are the best of a few rounds.

torch.manual_seed(0)
torch.set_num_threads(1)
whole = torch.nn.GRU(1024, 1024, batch_first=True)
masked, balanced = copy.deepcopy(whole), copy.deepcopy(whole)
pruning.prune(masked, 0.9, scope="layer")
weights = {name: value.detach().abs() for name, value in balanced.named_parameters()}
matrices = {name: weights[name] for name in pruning.recurrent_weights(balanced)}
pruning.set_masks(balanced, pruning.n_of_m(matrices, 3, 32))

runners = {
    "dense": whole,
    "masked": masked,
    "compact": rg.compact(masked),
    "compact, balanced": rg.compact(balanced),
    "compact, balanced, bfloat16": rg.compact(balanced, values="bfloat16"),
}
x = torch.randn(1, 20, 1024)
seconds = dict.fromkeys(runners, np.inf)
with torch.no_grad():
    for _ in range(5):  # in turns, so that a busy moment meets all of them
        for name, runner in runners.items():
            started = time.perf_counter()
            runner(x)
            seconds[name] = min(seconds[name], time.perf_counter() - started)
for name, value in seconds.items():
    print(f"{name:28} {1e6 * value / 20:8.0f} us a step  {seconds['dense'] / value:5.1f}x")

# %%
# It is the same network: the outputs agree to rounding.

with torch.no_grad():
    difference = (runners["compact"](x)[0] - masked(x)[0]).abs().max()
print(f"largest difference {float(difference):.1e}")

# %%
# How far to trust this
# ---------------------
# One network, one seed: another draws another curve; `rnngraph prune` runs the study with
# replicates and intervals. The graph of magnitude's survivors differs from chance, which says
# nothing yet about whether that structure is why they work: for that, rewire it and retrain. And
# the times are those of the machine that built this page.
