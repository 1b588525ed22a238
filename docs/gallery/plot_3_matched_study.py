"""
A matched study from plan to report
===================================

Does the family a graph comes from matter for what a network on it learns? This example asks it
the way a study should: families matched in units and edges, several graphs a family, several
seeds a graph, and statistics that know which rows are independent. It is small enough to run here
in seconds, which is also its weakness; the last section says what it cannot tell.
"""

# %%
# The plan
# --------
# A plan is usually a TOML file; nested dictionaries say the same. Four families, each with 24
# units and exactly 96 edges, 8 graphs each, 3 seeds a graph.

import tempfile
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import rnngraph as rg

FEATURES = ["reciprocity", "clustering", "mean_path_length", "in_degree_std", "out_degree_std"]

plan = rg.Plan.from_mapping(
    {
        "name": "four families",
        "seed": 1,
        "task": {
            "name": "copy_memory",
            "n_train": 1000,
            "n_test": 500,
            "n_items": 4,
            "delay": 4,
        },
        "graphs": {
            "units": [24],
            "edges": [96],
            "count": 8,
            "families": [
                {"family": "erdos_renyi"},
                {"family": "directed_small_world", "p": 0.1},
                {"family": "scale_free"},
                {"family": "random_geometric"},
            ],
        },
        "network": {"cells": ["tanh"]},
        "training": {"replicates": 3, "epochs": 20, "learning_rate": 0.01},
        "analysis": {"metrics": FEATURES},
    }
)

# %%
# Run it
# ------
# ``run`` trains what the store does not hold yet. Killed half-way and called again, it goes on
# where it was; called when all is done, it does nothing. (``engine="serial"`` keeps to this
# process; a script of your own can leave it out and use all cores.)

folder = Path(tempfile.mkdtemp())
outcome = rg.run(plan, folder / "runs.sqlite", engine="serial", progress="none")
again = rg.run(plan, folder / "runs.sqlite", engine="serial", progress="none")
print(f"{outcome.done} runs trained, {outcome.failed} failed; second call: {again.done} trained")

results = rg.load_results(folder / "runs.sqlite")
print(results[["family", "graph", "n_nodes", "n_edges", "replicate", "accuracy"]].head())

# %%
# The table has a row a run, and in ``attrs`` what the task demands: the best constant answer and
# rules without memory are this good.

print(results.attrs["task"]["chance"], results.attrs["task"]["ngram"])

# %%
# Accuracy by family
# ------------------
# A dot is a graph, the mean of its seeds; the bar is the family's mean. The replicates of a graph
# are no independent evidence about its family, so they are averaged before anything is compared.

graphs = results.groupby(["family", "graph"], as_index=False)[["accuracy", *FEATURES]].mean()

families = list(graphs["family"].unique())
rng = np.random.default_rng(0)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for position, family in enumerate(families):
    values = graphs.loc[graphs["family"] == family, "accuracy"]
    ax.plot(position + rng.uniform(-0.15, 0.15, len(values)), values, "o", alpha=0.7)
    ax.hlines(values.mean(), position - 0.3, position + 0.3, color="black", lw=2)
ax.axhline(results.attrs["task"]["chance"], color="black", lw=1, ls="--", label="constant answer")
ax.set_xticks(range(len(families)), families)
ax.set(ylabel="test accuracy (mean of 3 seeds)", ylim=(0, 1))
ax.legend()
plt.show()

# %%
# How much of this is noise?
# --------------------------
# ``repeatability`` splits the variance into what belongs to the graph and what to the seed. The
# row "mean" is the ceiling for everything below: no model of the graph can explain more of the
# averaged accuracies than that share.

ceiling = rg.stats.repeatability(results, "accuracy", "graph")
print(ceiling.set_index("quantity").T.to_string(float_format="{:.2g}".format))

# %%
# Which metrics go with accuracy?
# -------------------------------
# Units and edges are the same for all graphs, so they need not be held fixed. ``p_adjusted``
# accounts for having asked several times. Families differ in several metrics at once, though: a
# correlation over all graphs can be nothing but a difference between families.

correlations = rg.stats.correlate(graphs, "accuracy", FEATURES)
columns = ["feature", "estimate", "ci_low", "ci_high", "p_adjusted", "n"]
print(correlations[columns].to_string(float_format="{:.2g}".format, index=False))

# %%
# Metrics of matched graphs tend to move together. A variance inflation factor (``vif``) above 10
# says that the others nearly determine this one, so that their parts cannot be told apart; beside
# it stands the metric it is nearest to.

collinear = rg.stats.collinearity(graphs, FEATURES)
print(collinear[["feature", "vif", "nearest", "rho"]].round(2).to_string(index=False))

# %%
# Can accuracy be predicted?
# --------------------------
# Two questions, two schemes. "kfold": predict graphs when others *of the same families* have been
# seen. "grouped": predict the graphs of a family that has *not* been seen, which is what a law
# about wiring would have to do. R² is 0 for the mean of all graphs; the rows "none" show what the
# mean of the graphs *seen* reaches, which is far below 0 where families differ, and is what to
# compare with.

prediction = rg.stats.predict(
    graphs,
    "accuracy",
    FEATURES,
    groups="family",
    models=["bayesian_ridge"],
    folds=8,
    repeats=5,
)
columns = ["scheme", "features", "estimate", "ci_low", "ci_high", "n"]
print(prediction.scores[columns].round(2).to_string(index=False))

# %%
# Every dot below is predicted by a model that has not seen it. Dots on the diagonal would be
# perfect; a flat cloud means that the model fell back on the mean.

predicted = prediction.predictions.query("features == 'features'")
r2 = prediction.scores.query("features == 'features'").set_index("scheme")["estimate"]
low, high = graphs["accuracy"].min() - 0.05, graphs["accuracy"].max() + 0.05
figure, axes = plt.subplots(1, 2, figsize=(9, 4.4), sharex=True, sharey=True, layout="constrained")
for ax, (scheme, rows) in zip(axes, predicted.groupby("scheme", sort=False), strict=True):
    for family, members in rows.groupby("group"):
        ax.plot(members["observed"], members["predicted"], "o", alpha=0.7, label=family)
    ax.plot([low, high], [low, high], color="black", lw=1)
    ax.set(title=f"{scheme}, R² = {r2[scheme]:.2f}", xlabel="true accuracy", xlim=(low, high))
axes[0].set_ylabel("predicted accuracy")
axes[0].legend(fontsize=8)
plt.show()

# %%
# The report
# ----------
# ``report`` does the steps above, and more, for any table of runs, and writes one HTML file with
# figures, tables, methods and warnings. Its first sentences:

written = rg.report(results, folder / "report.html", models=["bayesian_ridge"], folds=8)
for sentence in (*written.answer, *written.warnings):
    print(textwrap.fill(sentence, 90, initial_indent="- ", subsequent_indent="  "))

# %%
# What cannot be concluded
# ------------------------
# - *Nothing about recurrent networks in general.* One task, one cell, one size, one training
#   length: which graphs are ahead can change with each of them, and early in training they often
#   do.
# - *Nothing causal about a metric.* Families differ in many metrics at once. To speak about one
#   of them, vary it and hold the others: compare a graph with its null models, or grade one
#   family's parameter.
# - *Little about unseen families.* With four families, "grouped" rests on four cases.
# - *No ranking from a point estimate.* Read the intervals. Where they overlap widely, more graphs
#   are needed; ``repeatability`` says whether more seeds would help instead.
#
# For a study to report, raise ``count`` and ``epochs``, take several sizes and at least two
# tasks, and leave the rest of this page as it is.
