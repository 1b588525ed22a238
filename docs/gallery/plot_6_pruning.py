"""
Pruning: what is left, and does it run faster
=============================================

A trained GRU is pruned by magnitude and, for comparison, at random to the same number of weights.
Three questions: how much can go, what graph is left, and when does a sparse network run faster?
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
