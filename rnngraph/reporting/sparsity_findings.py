"""What a sparsification study's tables say: means over replicates, each method beside the first.

Replicates are the only independent repetition. Replicate k of every method begins with the same
first weights and reads the same data, so that differences are taken within replicates.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnngraph.experiments import SparsityResults
from rnngraph.reporting.means import mean_of

_COUNTED = (
    "weights",
    "compression_with_indices",
    "inputs",
    "units",
    "gates",
    "constant_share",
    "bytes",
    "step_us",
    "times_as_fast",
)


_WHOLE = ("all_weights", "all_inputs", "all_units", "baseline")


@dataclass(frozen=True, eq=False)
class SparsityFindings:
    """Tables in the order of the plan.

    Attributes:
        methods: A row a task and method: measure ("accuracy" or "bits"), n replicates, quality,
            its 95 % t-interval (low, high), worst and best; cost, how much worse than the first
            method's (share or bits; below 0: better), with its interval; means of what is left;
            compression, all weights over the mean of those that are left; all_weights, all_inputs,
            all_units; baseline; diverged and failed, how many did: what failed counts for nothing
            else.
        gates: A row a task, method and gate: share of the gate's units that are left and constant,
            over all replicates, how many are left, and the median of the constants.
    """

    methods: pd.DataFrame
    gates: pd.DataFrame


def find_sparsity(results: SparsityResults) -> SparsityFindings:
    """Compute all tables."""
    return SparsityFindings(_methods(results), _gates(results))


def measure_of(results: SparsityResults, task: str) -> str:
    """What a task's quality is told by: "accuracy" of classes, "bits" a token of a text."""
    data = next(own.data.name for own in results.plan.tasks if own.name == task)
    return "bits" if data == "language_model" else "accuracy"


def _methods(results: SparsityResults) -> pd.DataFrame:
    rows = []
    first = results.plan.labels[0]
    for (task, method), own in results.networks.groupby(["task", "method"], sort=False):
        measure = measure_of(results, str(task))
        values = own.set_index("replicate")[measure]
        beside = results.networks.loc[
            (results.networks["task"] == task) & (results.networks["method"] == first)
        ]
        gap = values - beside.set_index("replicate")[measure].reindex(values.index)
        n, quality, low, high = mean_of(values)
        _, cost, cost_low, cost_high = mean_of(gap if measure == "bits" else -gap)
        better = values.min() if measure == "bits" else values.max()
        worse = values.max() if measure == "bits" else values.min()
        left = own["weights"].mean()
        rows.append(
            {
                "task": task, "method": method, "measure": measure, "n": n,
                "quality": quality, "low": low, "high": high, "worst": worse, "best": better,
                "cost": cost, "cost_low": cost_low, "cost_high": cost_high,
                **own[list(_COUNTED)].mean().to_dict(),
                "compression": own["all_weights"].max() / left if left else np.inf,
                **own[list(_WHOLE)].max().to_dict(),
                "diverged": int(own["diverged"].eq(True).sum()),
                "failed": int(own["status"].eq("failed").sum()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _gates(results: SparsityResults) -> pd.DataFrame:
    rows = [
        {
            "task": task,
            "method": method,
            "gate": gate,
            "left": len(own),
            "constant_share": own["constant"].mean(),
            "median": own["value"].median(),
        }
        for (task, method, gate), own in results.gates.groupby(
            ["task", "method", "gate"], sort=False
        )
    ]
    return pd.DataFrame(
        rows, columns=["task", "method", "gate", "left", "constant_share", "median"]
    )
