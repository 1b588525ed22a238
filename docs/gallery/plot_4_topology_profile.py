"""
Reading a topology profile
==========================

``profile`` turns a graph into some hundreds of numbers. This example says what the main groups of
them mean when the nodes are hidden units and an edge i → j means that unit j reads what unit i held
one step before. It measures five families of graphs and their acyclic twins, all with as many units
and as many edges, and walks through the groups one by one.

It trains nothing. It says what a wiring makes possible, and nothing about what a network learns to
do with it.
"""

# %%
# The graphs
# ----------
# Ten graphs a family, each with 64 units and exactly 384 edges: most metrics change with size
# and density, so graphs of different size should not be compared at all. In an *acyclic twin*
# every pair that was joined still is, but all edges run along one random order of the units; of
# two edges between the same units, one moves to a pair that was not joined.
# (A ring lattice has no chance in it: its ten graphs are one and the same, their twins are not.)

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import rnngraph as rg

UNITS, EDGES = 64, 384
make = rg.generators
families = {
    "ring lattice": lambda seed: make.ring_lattice(UNITS, m=EDGES, rng=seed),
    "small world": lambda seed: make.directed_small_world(UNITS, p=0.1, m=EDGES, rng=seed),
    "modular": lambda seed: make.stochastic_block(UNITS, 4, 0.35, 0.015, m=EDGES, rng=seed),
    "random": lambda seed: make.erdos_renyi(UNITS, m=EDGES, rng=seed),
    "scale-free": lambda seed: make.scale_free(UNITS, m=EDGES, rng=seed),
}
graphs = {name: [family(seed) for seed in range(10)] for name, family in families.items()}
graphs |= {
    f"{name}, acyclic": [make.acyclic_twin(graph, rng=seed) for seed, graph in enumerate(members)]
    for name, members in graphs.items()
}

# %%
# Their profile
# -------------
# One call, a row a graph. Here are the metrics that this page speaks about, by what they are
# about; without ``metrics`` the table has all that the :doc:`catalogue </metrics>` lists.

GROUPS = {
    "degrees": ["in_degree_std", "out_degree_std", "reciprocity", "assortativity_in_out"],
    "paths": ["mean_path_length", "diameter", "reachable_fraction", "global_efficiency"],
    "echo": ["spectral_radius", "non_normality", "n_cycles_3", "flow_hierarchy"],
    "order": ["strongly_connected_fraction", "n_sources", "n_layers", "trophic_incoherence"],
    "triangles": ["clustering", "clustering_cycle", "triad_030T", "triad_030C"],
    "communities": ["modularity", "n_communities", "core_number_max"],
    "hubs": ["betweenness_gini", "closeness_in_std", "pagerank_max", "eigenvector_max"],
    "control": ["driver_node_fraction", "average_controllability_max", "gramian_trace"],
}
FEATURES = [name for group in GROUPS.values() for name in group]

table = rg.profile(
    [graph for members in graphs.values() for graph in members],
    metrics=["n_nodes", "n_edges", "density", *FEATURES],
)
labels = np.repeat(list(graphs), 10)
means = table.drop(columns="undefined").groupby(labels, sort=False).mean()
columns = [*families, "random, acyclic"]


def show(*names):
    """Print the families' mean values."""
    print(means.loc[columns, list(names)].T.round(2).to_string())


show("n_nodes", "n_edges", "density")

# %%
# The numbers have different units, so the map shows each metric as a z-score: how many standard
# deviations, over all the graphs here, a family lies above or below the mean of them all. Grey
# cells have no value: an acyclic graph has no leading eigenvector, and where all degrees are
# equal they cannot correlate. The column ``undefined`` of the table says why.

scores = table[FEATURES].groupby(labels, sort=False).mean()
scores = (scores - table[FEATURES].mean()) / table[FEATURES].std()

figure, ax = plt.subplots(figsize=(11, 5.6), layout="constrained")
ax.set_facecolor("0.8")
image = ax.imshow(scores, cmap="RdBu_r", vmin=-2.5, vmax=2.5, aspect="auto", interpolation="none")
ax.set_xticks(range(len(FEATURES)), FEATURES, rotation=60, ha="right", rotation_mode="anchor")
ax.set_yticks(range(len(scores)), scores.index)
ax.axhline(len(families) - 0.5, color="black", lw=1)
left = 0
for group, names in GROUPS.items():
    ax.axvline(left - 0.5, color="white", lw=3)
    ax.text(left + (len(names) - 1) / 2, -0.7, group, ha="center", va="bottom", fontsize=10)
    left += len(names)
figure.colorbar(image, ax=ax, label="z-score over all graphs", extend="both", shrink=0.8)
plt.show()

# %%
# Two things can be seen before any single number. The rows below the line resemble each other
# more than they resemble their own twins: taking the cycles out changes nearly everything else.
# And many columns look alike, or like each other's negative; we come back to that at the end.
#
# Degrees: who reads how many
# ---------------------------
# ``density`` and the mean degree say how many terms a unit's sum has: six here. A unit's
# *in-degree* is how many others it reads, its *out-degree* by how many it is read. Where
# in-degrees differ (``in_degree_std``), units with many inputs get a larger sum from the same
# weights and saturate earlier, unless the weights are scaled by it. ``reciprocity`` is the share
# of edges that are answered directly: pairs of units that remind each other every second step.

show(*GROUPS["degrees"])

# %%
# Paths and reachability: how many steps a signal needs
# ------------------------------------------------------
# What happens at unit i can touch unit j after as many steps as the shortest path has edges, no
# earlier. ``mean_path_length`` is that delay over the pairs that have a path, ``diameter`` the
# longest of them, and ``reachable_fraction`` says how many pairs have one at all; read the first
# two never without the third. The acyclic graph seems to have the *shorter* paths: it only has
# no path where a long one would be needed. ``global_efficiency``, the mean of 1 / distance with
# 0 for no path, counts both.

show(*GROUPS["paths"])

# %%
# On the left, the distances themselves: the share of ordered pairs that a signal can have
# covered after so many steps. A ring lattice fills slowly, a random graph within five steps; the
# acyclic and the scale-free one stop at about a third of the pairs.
#
# On the right, all *walks*, which may pass a unit again: over how many ways the state of one
# step enters the state so many steps later, divided by what it would be if every unit were read
# by six others: 6, 36, 216, ... a unit. In the long run their number grows by the factor
# ``spectral_radius`` a step. That is close to six in the first four families, whose lines lie on
# each other, and more where units with many inputs are read by many, as in the scale-free one.
# Without cycles it is exactly 0, and the line ends after the longest path: an RNN-tanh on such a
# graph, without self-loops, *cannot* depend on anything older, whatever its weights.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for name in columns:
    graph = graphs[name][0]
    style = {"label": name, "ls": "--" if "acyclic" in name else "-", "marker": "o", "ms": 3}
    reached = rg.metrics.paths.path_lengths(graph).cumsum() / (UNITS * (UNITS - 1))
    left.plot(np.pad(reached, (0, 13 - len(reached)), mode="edge"), **style)
    walks = rg.metrics.ports.walks_by_length(graph, inputs="all", readouts="all", max_length=24)
    steps = np.flatnonzero(walks)
    right.plot(steps, walks[steps] / (UNITS * 6.0**steps), **style)
left.set(xlabel="steps", ylabel="share of pairs reached", ylim=(0, 1.03))
right.set(xlabel="steps", ylabel="walks, over those with six readers a unit", yscale="log")
right.legend(fontsize=8)
plt.show()

# %%
# Cycles: how long it can echo
# ----------------------------
# A signal stays in a network only on cycles. ``n_cycles_2`` to ``n_cycles_4`` count the short
# ones, ``flow_hierarchy`` is the share of edges on none, and ``strongly_connected_fraction`` the
# share of the units in the largest part in which everything reaches everything. With weights
# that all have one size, ``spectral_radius`` times that size is the factor by which the slowest
# echo grows or fades: it says how weights should be scaled on this graph, more than how good the
# graph is.
#
# ``non_normality`` (0 to 1) tells two kinds of memory apart. Near 0 echoes come from cycles; at
# 1 there is none, and whatever lasts is a signal handed on down a chain, which can be amplified
# on its way and then is gone.

show(*GROUPS["echo"])

# %%
# Where it starts and ends
# ------------------------
# Sources are units that read no other unit: they know the present input alone. Sinks are read by
# none: what they compute counts only where they are read out. ``n_layers`` and the metrics
# beside it are about a graph without cycles; one that has some is first made acyclic by the order
# of its units, and then they depend on that order. ``trophic_incoherence`` never does: 0 where
# every edge climbs one level, as in a layered network, 1 where there is no direction at all.
#
# When only some units are fed and some read out, ask with them by name; ``rg.metrics.PORTED``
# holds such metrics. Units that are not *live* cost weights and do nothing.

show(*GROUPS["order"])
for name in ("scale-free", "random"):
    live = rg.metrics.ports.live_fraction(
        graphs[name][0], inputs=range(8), readouts=range(UNITS - 8, UNITS)
    )
    print(f"{name}, first 8 units fed, last 8 read out: {live:.0%} of the units live")

# %%
# Triangles and triads: do neighbours talk?
# -----------------------------------------
# ``clustering`` is the share of possible triangles around a unit that exist. For an RNN it
# matters which way round: in a *cycle* (``clustering_cycle``, triad 030C) a signal comes back
# after three steps; in a *feed-forward* triangle (triad 030T) the same signal arrives twice, one
# step apart, and a unit can compare now with before. High clustering also means redundancy:
# units with the same neighbours see much the same.

show(*GROUPS["triangles"])

# %%
# Such counts mean little without knowing what chance gives. Rewired copies keep every unit's in-
# and out-degree. In the modular graph there is far more clustering than in these, and *no*
# excess of cyclic triads beyond what may be chance. With 100 copies no p-value can be smaller than
# 0.02; the z-scores say how far outside the graph lies.

names = ["clustering", "modularity", "mean_path_length", "triad_030T", "triad_030C"]
chance = rg.null_zscores(graphs["modular"][0], names, n=100, rng=0)
print(chance[["value", "null_mean", "z_score", "p_value"]].round(2).to_string())

# %%
# Communities and cores: what stays among itself
# ----------------------------------------------
# ``modularity`` is high where groups of units read mainly each other: they can hold different
# things at a time, and hear of each other late. The partition is found by a heuristic and exists
# for random graphs as well (see the value for ``random``), so compare it with rewired copies as
# above. ``core_number_max`` is how dense the densest part is: there is a set of units in which
# each has at least so many edges within the set.

show(*GROUPS["communities"])

# %%
# Hubs: which units matter
# ------------------------
# Centralities are numbers of units. In the profile they appear summed up: ``_gini`` is 0 where
# all units are alike and near 1 where one has everything. With ``nodes=True`` the units
# themselves are in the table. Below, each unit sits on a ring by its index and is as large as
# its *betweenness*, the share of shortest paths that pass it.

drawn = ["small world", "modular", "scale-free"]
nodes, _ = rg.profile([graphs[name][0] for name in drawn], nodes=True)

angle = 2 * np.pi * np.arange(UNITS) / UNITS
x, y = np.sin(angle), np.cos(angle)
figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
for ax, name, (_, units) in zip(axes, drawn, nodes.groupby("graph"), strict=True):
    source, target = np.nonzero(graphs[name][0])
    ax.plot(x[[source, target]], y[[source, target]], color="0.6", lw=0.4, alpha=0.6, zorder=1)
    size = units["betweenness"]
    dots = ax.scatter(x, y, s=6 + 2000 * size, c=size, cmap="plasma", vmin=0, vmax=0.1, zorder=2)
    ax.set(title=name, aspect="equal", xlim=(-1.25, 1.25), ylim=(-1.25, 1.25))
    ax.axis("off")
figure.colorbar(dots, ax=axes, label="betweenness", shrink=0.8)
plt.show()

# %%
# In the small world the units at the ends of the shortcuts stand out, in the modular graph those
# that join the modules. In the scale-free one nearly all of it lies with a few early units; it
# is not even much, as only a third of the pairs have a path that could pass anything. Without a
# unit of high betweenness many pairs are further apart, which makes it a candidate for an
# ablation, not a proof that the network uses it.
#
# Different centralities often name the same units. These are their rank correlations in the
# modular graph. There are two kinds: ``closeness_in``, PageRank and Katz go with the units that
# a unit reads, ``average_controllability`` with those that read it, and betweenness needs both.

ranks = ["in_degree", "out_degree", "betweenness", "closeness_in", "pagerank", "katz"]
ranks += ["average_controllability"]
correlations = nodes[nodes["graph"] == 1][ranks].corr(method="spearman")
print(correlations[ranks[:3]].round(2).to_string())

# %%
# Control: from where it can be steered
# -------------------------------------
# ``driver_node_fraction`` is the smallest share of the units that need an input of their own so
# that a *linear* network with these edges and almost any weights could be brought into every
# state. Sources and hubs raise it: two units that read only the same hub cannot be told apart by
# it. Where the input feeds all units, as it usually does, the condition is met anyway.
# ``average_controllability`` is the energy that a unit impulse into one unit leaves behind in a
# linear network scaled so that it fades, and ``gramian_trace`` its mean over the units: a kin of
# the walk counts above, and in the table of the units hardly more than the out-degree. No RNN is
# linear; take these as a description of the wiring.

show(*GROUPS["control"])

# %%
# Many numbers, few facts
# -----------------------
# Thirty columns are not thirty facts. Over the fifty graphs with cycles, this is how closely
# each of a few metrics follows another one: ``rho`` is its rank correlation with the ``nearest``
# metric.

cyclic = table[~pd.Series(labels).str.endswith("acyclic")]
some = ["in_degree_std", "reciprocity", "mean_path_length", "global_efficiency", "clustering"]
some += ["modularity", "spectral_radius", "trophic_incoherence", "gramian_trace"]
nearest = rg.stats.collinearity(cyclic, some)[["feature", "vif", "nearest", "rho"]]
print(nearest.to_string(index=False, float_format="{:.2f}".format))

# %%
# A ``vif`` above 10 says that the others nearly determine this one. If accuracy went with one of
# these, it would go with most, and nothing here could say which one is the reason. For that,
# vary one and hold the others: a null model, or one parameter of one family.
#
# How far to trust this
# ---------------------
# - *A profile describes edges, not weights.* A trained network can make an edge count for nothing.
#   ``profile(weights, weight_as="strength")`` measures the weights themselves.
# - *It knows nothing of the cell.* GRU and LSTM units keep their own state through their gates, a
#   self-loop that no mask shows. On an acyclic graph they can remember what an RNN-tanh cannot.
# - *It compares graphs of equal size only.* Nearly every number here changes with units and edges;
#   ``rg.report`` therefore holds both fixed and predicts beside a baseline that knows only these.
# - *Ten samples are a family at one setting of its parameters*, not the family.
# - *A metric is not a mechanism.* What can be concluded from a profile is what a wiring allows.
#   Whether networks use it, :doc:`training on it <plot_3_matched_study>` has to show.
