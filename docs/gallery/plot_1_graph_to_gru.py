"""
A graph to a GRU and back
=========================

A graph says which hidden unit reads which. This example turns one into a GRU, checks on the real
torch cell that nothing else is read, trains the network, and gets the graph back from it. On the
way it shows a mistake that is easy to make with gated cells, and what it does to a network.

The checks here are exact: they hold for every graph, cell and seed, and the test suite repeats
them. The training is one network on one task and says nothing about which graphs are good.
"""

# %%
# The graph
# ---------
# A directed small world of 32 nodes with exactly 160 edges. ``adjacency[i, j]`` is the edge from
# i to j: rows are sources.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

import rnngraph as rg

graph = rg.generators.directed_small_world(32, p=0.1, m=160, rng=0)
n = len(graph)
print(rg.profile(graph, metrics=["n_edges", "density", "reciprocity", "clustering"]).iloc[0])

# %%
# Its mask
# --------
# The mask of the hidden-to-hidden weights has torch's layout. Rows are targets, so each block is
# the adjacency transposed, and a GRU stacks three whole blocks: reset, update and new gate.

mask = rg.recurrent_mask(graph, "gru")
mask_hh = mask.hidden["weight_hh_l0"].numpy()

figure, (left, right) = plt.subplots(
    1, 2, figsize=(7, 6.4), width_ratios=(1, 1), layout="constrained"
)
left.imshow(graph, cmap="Greys", interpolation="none")
left.set(title="adjacency", xlabel="target unit", ylabel="source unit")
right.imshow(mask_hh, cmap="Greys", interpolation="none")
right.set(title="mask of weight_hh_l0", xlabel="source unit", ylabel="target unit, gate by gate")
right.set_yticks(n * np.arange(3) + n / 2, [f"gate {gate}" for gate in mask.gates])
right.hlines(n * np.arange(1, 3) - 0.5, -0.5, n - 0.5, color="tab:red", lw=1)
plt.show()

# %%
# Does the cell obey it?
# ----------------------
# A network obeys a mask if no weight off the graph can ever change its output. So send gradients
# back through torch's own GRU and look at the weights of edges that are not there: the largest
# must be exactly 0, in every gate. On the edges that are there it must not be.

task = rg.tasks.temporal_order(n_train=1000, n_test=500, length=20, rng=0)
model = rg.nn.GraphRNN(mask, task.input_size, task.output_size, rng=0)

x = torch.from_numpy(task.train.inputs[:64])
lengths = torch.from_numpy(task.train.lengths[:64])
model(x, lengths).square().sum().backward()
gradient = model.rnn.weight_hh_l0.grad.abs().numpy().reshape(3, n, n)

for gate, block in zip(mask.gates, gradient, strict=True):
    live = graph.T  # rows = target, as in torch
    print(
        f"gate {gate}: largest gradient off the graph {block[~live].max():.1f}, "
        f"share of edges with a gradient {(block[live] > 0).mean():.2f}"
    )
    assert block[~live].max() == 0

# %%
# The mistake: interleaved gates
# ------------------------------
# ``np.repeat`` repeats a matrix row by row: all three gates of unit 0, then all three of unit 1.
# A torch cell does not read its rows that way. What was meant for gate z of unit 0 becomes gate r
# of unit 1, and so on. The number of weights is right, so nothing fails; only the graph is
# another one.

wrong_hh = np.repeat(graph.T, 3, axis=0)
wrong = {"weight_hh_l0": torch.from_numpy(wrong_hh).float()}

mixed = [len(np.unique(wrong_hh[j::n], axis=0)) > 1 for j in range(n)]
print(f"weights: {mask_hh.sum()} as they should be, {wrong_hh.sum()} interleaved")
print(f"units whose gates read different units: {np.mean(mixed):.0%}")
for gate in mask.gates:
    found = rg.graph_of(wrong, gates=gate)
    print(f"gate {gate}: {(found & graph).sum()} of the graph's {graph.sum()} edges")

# %%
# The graph that each gate then follows is drawn below. None is the one on the left.

figure, axes = plt.subplots(1, 4, figsize=(11, 3.3), sharey=True, layout="constrained")
axes[0].imshow(graph, cmap="Greys", interpolation="none")
axes[0].set(title="the graph", ylabel="source unit")
for ax, gate in zip(axes[1:], mask.gates, strict=True):
    ax.imshow(rg.graph_of(wrong, gates=gate), cmap="Reds", interpolation="none")
    ax.set(title=f"np.repeat, gate {gate}")
for ax in axes:
    ax.set_xlabel("target unit")
plt.show()

# %%
# Training
# --------
# The task: two relevant symbols among distractors; which came, and in which order? Rules that see
# one to three neighbouring symbols (``meta["ngram"]``) cannot tell the order, so a network above
# their lines has carried something through time.

curve = rg.train(model, task, epochs=8, learning_rate=0.01, rng=0)

figure, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
ax.plot(curve["epoch"], curve["accuracy"], marker="o", label="GRU on the graph")
for order, accuracy in task.meta["ngram"].items():
    ax.axhline(accuracy, color="tab:gray", lw=1, ls=":")
    ax.annotate(f"{order}-gram", (1, accuracy), va="bottom", color="tab:gray", fontsize=8)
ax.axhline(task.meta["chance"], color="black", lw=1, ls="--", label="best constant answer")
ax.set(xlabel="epoch", ylabel="test accuracy", ylim=(0, 1.03))
ax.legend(loc="center right")
plt.show()

# %%
# And back
# --------
# Training moves live weights and no others. The graph comes back the same from the model, from a
# copy of plain torch modules that knows no mask, and from a file.

gru, readout = model.to_torch()
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.safetensors"
    rg.nn.save_model(model, path)
    from_file = rg.graph_of(path)

assert (rg.graph_of(model) == graph).all()
assert (rg.graph_of(gru) == graph).all()
assert (from_file == graph).all()
print("model, torch module and file: the same graph")
