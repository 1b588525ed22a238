"""
Your own trained LSTM as a graph
================================

You have an ``nn.LSTM`` that was trained elsewhere and has never heard of rnngraph. This example
gets its graph, asks how much of the network that graph stands for, measures it, and compares it
with random graphs that have as many edges.

Read it as a recipe. It follows *one* network with one seed, so whatever it finds about that
network need not hold for the next.
"""

# %%
# A model trained in plain torch
# ------------------------------
# Only the data come from rnngraph here; model and loop are plain torch. The loss has a small
# penalty on the recurrent weights (L1), as one adds to read structure off a network. Without it
# skill stays spread over most of the weights, and no sparse graph can stand for it: set it to 0
# and see.

import copy

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn

import rnngraph as rg

task = rg.tasks.temporal_order(n_train=1000, n_test=500, length=20, rng=0)


class Classifier(nn.Module):
    def __init__(self, n_tokens, n_units, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(n_tokens, n_units, batch_first=True)
        self.head = nn.Linear(n_units, n_classes)

    def forward(self, tokens, lengths):
        x = nn.functional.one_hot(tokens, self.lstm.input_size).float()
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        _, (last, _) = self.lstm(packed)
        return self.head(last[0])


def tensors(part):
    return [torch.from_numpy(each) for each in (part.inputs, part.lengths, part.targets)]


@torch.no_grad()
def accuracy(model):
    tokens, lengths, targets = tensors(task.test)
    return (model(tokens, lengths).argmax(1) == targets).float().mean().item()


L1_PENALTY = 3e-4

torch.manual_seed(0)
model = Classifier(task.n_tokens, 48, task.n_classes)
untrained = copy.deepcopy(model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
tokens, lengths, targets = tensors(task.train)
for _ in range(15):
    for rows in torch.randperm(len(tokens)).split(64):
        loss = nn.functional.cross_entropy(model(tokens[rows], lengths[rows]), targets[rows])
        loss = loss + L1_PENALTY * model.lstm.weight_hh_l0.abs().sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

print(f"test accuracy {accuracy(model):.3f}; a trigram rule reaches {task.meta['ngram']['3']:.3f}")

# %%
# Its graph
# ---------
# ``graph_of`` takes the whole model, as it holds just one recurrent network, or a state dict, or
# a file. A weight of any size is an edge at first, so a dense LSTM gives the complete graph.

complete = rg.graph_of(model)
print(f"density without a threshold: {rg.metrics.density(complete):.2f}")

# %%
# A graph with something to say needs a threshold, and an LSTM has four weights for every pair of
# units. ``gates`` says how they become one edge: in any gate, in all, or by their mean. How dense
# the graph is depends on both, so a study has to name them.

weights = rg.graph_of(model, gates="mean", weights=True)
thresholds = np.linspace(0, weights.max(), 60)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
image = left.imshow(weights, cmap="magma", interpolation="none")
left.set(title="mean magnitude over the gates", xlabel="target unit", ylabel="source unit")
figure.colorbar(image, ax=left, label="|weight|")
for gates in ("any", "mean", "all"):
    densities = [
        rg.metrics.density(rg.graph_of(model, gates=gates, threshold=threshold))
        for threshold in thresholds
    ]
    right.plot(thresholds, densities, label=f'gates="{gates}"')
right.set(title="the same network", xlabel="threshold", ylabel="density of its graph")
right.legend()
plt.show()

# %%
# How much of the network does it stand for?
# ------------------------------------------
# A threshold is a claim: what lies under it does not matter. That can be checked. Set the weights
# that the graph leaves out to zero, in all gates, and measure the accuracy again, without any
# retraining. We go on with the sparsest graph that costs at most two points of accuracy.


def restricted(model, graph):
    """Copy a model and zero the recurrent weights off the graph, in every gate."""
    mask = rg.recurrent_mask(graph, "lstm").hidden["weight_hh_l0"]
    cut = copy.deepcopy(model)
    with torch.no_grad():
        cut.lstm.weight_hh_l0 *= mask
    return cut


def strongest(model, share):
    """The graph of the pairs with the largest mean magnitude."""
    threshold = np.quantile(rg.graph_of(model, gates="mean", weights=True), 1 - share)
    return rg.graph_of(model, gates="mean", threshold=threshold)


shares = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0])
kept = np.array([accuracy(restricted(model, strongest(model, share))) for share in shares])
share = shares[kept >= accuracy(model) - 0.02].min()
trained = strongest(model, share)
print(f"share of pairs kept: {share:.0%}, density {rg.metrics.density(trained):.3f}")

figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
ax.plot(shares, kept, marker="o")
ax.axvline(share, color="tab:gray", ls=":", label="the graph that we go on with")
ax.axhline(task.meta["chance"], color="black", lw=1, ls="--", label="best constant answer")
ax.set(xlabel="share of pairs kept", xscale="log", ylabel="test accuracy", ylim=(0, 1.03))
ax.legend()
plt.show()

# %%
# Its metrics, beside random graphs
# ---------------------------------
# A number such as a clustering coefficient means nothing by itself. Three comparisons give it a
# scale:
#
# - graphs with as many edges, placed at random;
# - rewired copies, in which every unit keeps its number of incoming and outgoing edges;
# - the same network *before* training, at the same share of pairs.
#
# The dots are 50 random graphs of each kind, the line is the trained network. Where the line lies
# among the rewired copies, the degrees alone account for the metric.

names = ["reciprocity", "clustering", "transitivity", "mean_path_length"]
names += ["in_degree_std", "out_degree_std", "betweenness_std", "modularity", "spectral_radius"]

generators = rg.generators
tables = {
    "as many edges": [generators.erdos_renyi_like(trained, rng=seed) for seed in range(50)],
    "same degrees": [generators.rewire(trained, rng=seed) for seed in range(50)],
}
tables = {kind: rg.profile(graphs, metrics=names) for kind, graphs in tables.items()}
observed = rg.profile(trained, metrics=names).iloc[0]
before = rg.profile(strongest(untrained, share), metrics=names).iloc[0]

figure, axes = plt.subplots(3, 3, figsize=(9.5, 7), sharey=True, layout="constrained")
spread = np.random.default_rng(0).uniform(-0.12, 0.12, 50)
for ax, name in zip(axes.flat, names, strict=True):
    for row, table in enumerate(tables.values()):
        ax.plot(table[name], row + spread, "o", ms=3, alpha=0.5)
    ax.axvline(observed[name], color="tab:red", label="trained")
    ax.axvline(before[name], color="black", ls=":", label="before training")
    ax.set(xlabel=name, yticks=range(len(tables)), ylim=(-0.5, len(tables) - 0.5))
    ax.set_yticklabels(tables)
axes[0, 0].legend(fontsize=8)
plt.show()

# %%
# In numbers: distances from the random graphs in their own standard deviations. A metric that the
# rewiring fixes (the degrees) has no spread there, and no distance.

comparison = pd.DataFrame({"trained": observed[names], "before": before[names]})
for kind, table in tables.items():
    sd = table[names].std()
    comparison[f"z, {kind}"] = (observed[names] - table[names].mean()) / sd.where(sd > 1e-9)
print(comparison.astype(float).round(2).to_string())

# %%
# How far to trust this
# ---------------------
# It describes one trained network under one penalty and one threshold. Large distances say that
# *these* weights are not placed at random; they do not say that the placement matters. Two steps
# are missing to get there: repeat it over seeds, penalties and thresholds, and train networks
# *on* such graphs and on their rewired copies. :doc:`plot_3_matched_study` does the second kind
# of thing.
