"""What became of a network, as the rows of a population's tables."""

import numpy as np
import pandas as pd

from rnngraph.nn.members import Member
from rnngraph.tasks import SequenceData


def result_row(
    member: Member, task: SequenceData, backend: str, threshold: float | None
) -> dict[str, object]:
    """A row of `Population.results`."""
    learned, scored = member.curve[-1]
    curve = pd.DataFrame(curve_rows(member))
    accuracies = curve["accuracy"].where(np.isfinite(curve["loss"]))  # else it means nothing
    result: dict[str, object] = {
        "graph": member.graph,
        "replicate": member.replicate,
        "cell": member.cell,
        "n_units": member.n_units,
        "n_parameters": member.n_parameters(task),
        "accuracy": scored.accuracy,
        "best_accuracy": accuracies.max(),
        "best_epoch": int(np.argmin(curve["loss"].fillna(np.inf))) + 1,
        "loss": scored.loss,
        "train_loss": learned.train_loss,
        "epochs": len(member.curve),
        "gradient_norm_mean": curve["gradient_norm_mean"].mean(),
        "gradient_norm_max": curve["gradient_norm_max"].max(),
        "dead_units": curve["dead_units"].iloc[-1],
        "seconds": sum(part.seconds for point in member.curve for part in point),
        "stopped": member.stopped,
        "diverged": member.stopped == "diverged",
        "backend": backend,
    }
    if threshold is not None:
        reached = np.flatnonzero(accuracies >= threshold)
        result["epochs_to_threshold"] = reached[0] + 1 if len(reached) else np.nan
    return result


def curve_rows(member: Member) -> list[dict[str, object]]:
    """Rows of `Population.curves`, one an epoch."""
    return [
        {
            "graph": member.graph,
            "replicate": member.replicate,
            "epoch": epoch,
            "train_loss": learned.train_loss,
            "loss": scored.loss,
            "accuracy": scored.accuracy,
            "gradient_norm_mean": learned.gradient_norm_mean,
            "gradient_norm_max": learned.gradient_norm_max,
            "dead_units": scored.dead_units if np.isfinite(scored.loss) else np.nan,
        }
        for epoch, (learned, scored) in enumerate(member.curve, start=1)
    ]
