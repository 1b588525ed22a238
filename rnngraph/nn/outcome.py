"""What became of a network, as the rows of a population's tables."""

import numpy as np

from rnngraph.nn.members import Member
from rnngraph.tasks import SequenceData


def result_row(
    member: Member, task: SequenceData, backend: str, threshold: float | None
) -> dict[str, object]:
    """A row of `Population.results`."""
    learned, scored = member.curve[-1]
    accuracies = np.array([point.accuracy for _, point in member.curve])
    losses = np.array([point.loss for _, point in member.curve])
    losses[np.isnan(losses)] = np.inf  # never the best
    norms = np.array([point.gradient_norm_mean for point, _ in member.curve])
    result: dict[str, object] = {
        "graph": member.graph,
        "replicate": member.replicate,
        "cell": member.cell,
        "n_units": member.n_units,
        "n_parameters": member.n_parameters(task),
        "accuracy": scored.accuracy,
        "best_accuracy": accuracies.max(),
        "best_epoch": int(np.argmin(losses)) + 1,
        "loss": scored.loss,
        "train_loss": learned.train_loss,
        "epochs": len(member.curve),
        "gradient_norm_mean": norms.mean(),
        "gradient_norm_max": max(point.gradient_norm_max for point, _ in member.curve),
        "dead_units": scored.dead_units,
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
            "dead_units": scored.dead_units,
        }
        for epoch, (learned, scored) in enumerate(member.curve, start=1)
    ]
