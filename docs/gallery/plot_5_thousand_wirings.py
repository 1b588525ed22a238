"""
A thousand wirings at once
==========================

Trained one after another, a thousand small networks take an afternoon; as a population they take
seconds. What is everyday then: several seeds a wiring, curves of all of them, stopping those that
lag. This example trains 1,000 wirings twice and asks how much of a network's accuracy is its
wiring's, and how much its seed's.
"""

# %%
# Wirings
# -------
# Five families of 200 digraphs, each of 16 units and exactly 48 recurrent weights: what differs is
# only where the weights are.

import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

import rnngraph as rg

UNITS, EDGES, COUNT = 16, 48, 200
rng = np.random.default_rng(0)
families = {
    "random": lambda: rg.generators.erdos_renyi(UNITS, m=EDGES, directed=True, rng=rng),
    "small world": lambda: rg.generators.directed_small_world(UNITS, m=EDGES, p=0.2, rng=rng),
    "scale-free": lambda: rg.generators.scale_free(UNITS, m=EDGES, rng=rng),
    # Its edges go both ways.
    "geometric": lambda: rg.generators.random_geometric(UNITS, m=EDGES, rng=rng),
    "acyclic": lambda: rg.generators.acyclic_twin(
        rg.generators.erdos_renyi(UNITS, m=EDGES, directed=True, rng=rng), rng=rng
    ),
}
graphs = [make() for make in families.values() for _ in range(COUNT)]
family = np.repeat(list(families), COUNT)
print(len(graphs), "graphs of", {int(graph.sum()) for graph in graphs}, "edges")

# %%
# Train them all
# --------------
# One call. A network's first weights come from a stream of its own graph and replicate, so its
# result does not depend on the 1,999 others, on their order or on the number of cores: any of them
# can be trained again alone, to the same bits.

task = rg.tasks.copy_memory(n_train=500, n_test=300, n_items=4, delay=4, rng=1)
how = {"cell": "tanh", "epochs": 15, "rng": 2, "learning_rate": 0.02}
start = time.perf_counter()
population = rg.train_population(graphs, task, replicates=2, **how)
seconds = time.perf_counter() - start
results = population.results.assign(family=family[population.results["graph"]])
print(f"{len(results)} networks, {results['epochs'].sum()} epochs, {seconds:.0f} s")
print(results.groupby("family", sort=False)["accuracy"].describe().round(3).to_string())

# %%
# Rows are graph after graph, the replicates of each together: row 14 is the first seed of graph 7.
# Here it is again, without the others.

alone = rg.train_population(graphs[7:8], task, **how)
print("the same, alone:", alone.results["loss"][0] == results["loss"][14])

# %%
# Curves
# ------
# ``curves`` has a row a network and epoch. Copying is chance for a network that cannot hold what it
# read (see the acyclic ones, which forget after as many steps as their longest path has), and it is
# learnt gradually by the others: 15 epochs show who starts sooner, not who ends higher.

curves = population.curves.assign(family=family[population.curves["graph"]])
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for name in families:
    of_epoch = curves[curves["family"] == name].groupby("epoch")["accuracy"]
    (line,) = axes[0].plot(of_epoch.median(), label=name)
    low, high = of_epoch.quantile(0.25), of_epoch.quantile(0.75)
    axes[0].fill_between(low.index, low, high, alpha=0.15, color=line.get_color(), linewidth=0)
axes[0].set(xlabel="epoch", ylabel="test accuracy", title="Medians and quartiles")
axes[0].legend(frameon=False)
pairs = results.pivot(index="graph", columns="replicate", values="accuracy")
for name in families:
    own = pairs[family == name]
    axes[1].plot(own[0], own[1], "o", markersize=3, alpha=0.6, label=name)
axes[1].set(xlabel="accuracy, first seed", ylabel="second seed", title="The same wiring twice")
axes[1].set_aspect("equal")
plt.show()

# %%
# What is the wiring's
# --------------------
# The correlation between the two seeds of a wiring is the share of the variance that belongs to the
# wiring. Nothing that is computed from the graph alone can explain more of a single run than that,
# however good the statistics. Over all families it is large: the families differ. Within a family
# it is near 0: which of a family's wirings one has hardly matters here, and a metric that seems to
# explain single runs within a family explains seeds. With one seed a graph, as many studies have
# it, this could not even be asked.

share = np.corrcoef(pairs[0], pairs[1])[0, 1]
within = [
    np.corrcoef(pairs[0][family == name], pairs[1][family == name])[0, 1] for name in families
]
print(f"the wiring's share over all: {share:.2f}; within a family: {np.round(within, 2)}")

# %%
# Mean over seeds against a few metrics, over all and within families (ranks in their own family):
# what holds only over all may be the family's, not the metric's.

metrics = ["reachable_fraction", "spectral_radius", "n_cycles_2", "mean_path_length"]
table = rg.profile(graphs, metrics=metrics).assign(accuracy=pairs.mean(axis=1).to_numpy())
ranks = table[[*metrics, "accuracy"]].groupby(family).rank()
for name in metrics:
    overall = spearmanr(table[name], table["accuracy"], nan_policy="omit").statistic
    inside = spearmanr(ranks[name], ranks["accuracy"], nan_policy="omit").statistic
    print(f"{name:20} rank correlation {overall:+.2f}, within families {inside:+.2f}")

# %%
# Stop those that lag
# -------------------
# Successive halving keeps the better half after epochs 3, 6 and 9: for finding good networks, not
# for comparing wirings, since who stops early has no final accuracy. ``stopped`` says why a network
# ended; one whose loss is no longer finite stops as "diverged", and the others go on.

start = time.perf_counter()
halved = rg.train_population(graphs, task, halving={3: 0.5, 6: 0.5, 9: 0.5}, **how)
print(f"{time.perf_counter() - start:.0f} s;", halved.results["epochs"].value_counts().to_dict())
best = set(pairs[0].nlargest(10).index)
found = best & set(halved.results.query("stopped == ''")["graph"])
print(f"{len(found)} of the 10 best networks of the first seed were kept to the end")

# %%
# Take one out
# ------------
# Any row is a network: a module with its mask, or stock torch without.

row = int(results["accuracy"].idxmax())
model = population.model(row)
print(model)
print(model.to_torch())

# %%
# How far to trust it
# -------------------
# Two seeds a wiring give the share of the variance with a standard error of about 0.02 here, 0.07
# within a family of 200, and that share is one of this budget: after 15 epochs most networks are
# still learning, and what is luck in when a network starts to learn may be gone by the time that
# all have finished. Families differ in more than one thing at once (the geometric one has short
# cycles and long paths), so that none of the correlations over all of them says which thing it is.
# One task, one size, one cell: what holds for them says nothing yet about others, which are a loop
# around the call above away.
