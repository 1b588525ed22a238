"""What became of a network, as the rows of a population's tables."""

from typing import Final

import numpy as np

from rnngraph.nn.members import Member
from rnngraph.tasks import SequenceData

_NUMBERS: Final = ("loss", "accuracy", "gradient_norm_mean", "gradient_norm_max", "dead_units")


def result_row(
    member: Member, task: SequenceData, backend: str, threshold: float | None
) -> dict[str, object]:
    """A row of `Population.results`."""
    learned, scored = member.curve[-1]
    rows = curve_rows(member)
    curve = {name: np.array([row[name] for row in rows], dtype=float) for name in _NUMBERS}
    loss, norms = curve["loss"], curve["gradient_norm_mean"]
    accuracies = curve["accuracy"]
    norms = norms[~np.isnan(norms)]
    result: dict[str, object] = {
        "graph": member.graph,
        "replicate": member.replicate,
        "cell": member.cell,
        "n_units": member.n_units,
        "n_parameters": member.n_parameters(task),
        "accuracy": accuracies[-1],
        "best_accuracy": np.fmax.reduce(accuracies),
        "best_epoch": int(np.nanargmin(loss)) + 1 if np.isfinite(loss).any() else np.nan,
        "loss": scored.loss,
        "train_loss": learned.train_loss,
        "epochs": len(member.curve),
        "gradient_norm_mean": norms.mean() if len(norms) else np.nan,
        "gradient_norm_max": np.fmax.reduce(curve["gradient_norm_max"]),
        "dead_units": curve["dead_units"][-1],
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
            # Of outputs that are no numbers the first class would be "chosen".
            "accuracy": scored.accuracy if np.isfinite(scored.loss) else np.nan,
            "gradient_norm_mean": learned.gradient_norm_mean,
            "gradient_norm_max": learned.gradient_norm_max,
            "dead_units": scored.dead_units if np.isfinite(scored.loss) else np.nan,
        }
        for epoch, (learned, scored) in enumerate(member.curve, start=1)
    ]
