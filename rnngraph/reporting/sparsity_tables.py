"""Tables of a sparsification study as a reader sees them; the CSV files keep all columns."""

import math

from rnngraph.reporting.blocks import Sheet
from rnngraph.reporting.numbers import listed, number, percent
from rnngraph.reporting.pruning_words import kibibytes, points
from rnngraph.reporting.shown import Shown, sheet
from rnngraph.reporting.sparsity_findings import SparsityFindings


def method_sheet(findings: SparsityFindings, task: str) -> Sheet:
    """All methods of a task side by side."""
    own = findings.methods.loc[findings.methods["task"] == task]
    bits = own["measure"].iloc[0] == "bits"
    counts = zip(own["method"], own["failed"], strict=True)
    failed = listed([f"{method} ({n})" for method, n in counts if n])
    shown = bits_of if bits else points
    return sheet(
        own.loc[own["n"] > 0],
        [
            Shown("method", ("method",), str),
            Shown("networks", ("n",), str),
            Shown(
                "bits a token" if bits else "accuracy, %", ("quality", "worst", "best"),
                lambda mean, worst, best: f"{shown(mean)} ({shown(worst)} to {shown(best)})",
            ),
            Shown(
                "lost", ("cost", "cost_low", "cost_high"),
                lambda cost, low, high: shown(cost)
                + ("" if math.isnan(low) else f" [{shown(low)}, {shown(high)}]"),
            ),
            Shown("weights", ("weights",), mean_count),
            Shown(
                "times as few (bytes)", ("compression", "compression_with_indices"),
                lambda weights, size: f"{number(weights)} ({number(size)})",
            ),
            Shown("inputs", ("inputs", "all_inputs"), _of),
            Shown("units", ("units", "all_units"), _of),
            Shown("gates that vary", ("gates",), mean_count),
            Shown("constant", ("constant_share",), _share),
            Shown("stored, KiB", ("bytes",), kibibytes),
            Shown(
                "µs a step (times as fast)", ("step_us", "times_as_fast"),
                lambda step, ratio: f"{number(step)} ({number(ratio)})",
            ),
        ],
        f"{task}: quality on the test part, mean (worst to best replicate); what is lost against "
        "the first method, with its 95 % t-interval over replicates; means of what is left. Times "
        "as few: all weights over those that are left; in bytes: with an index a weight. Stored: "
        "the folded network. Of low rank the factors count, which are stored without indices. "
        "Inputs and units: those that are left, of all. Constant: share of the gates of units that "
        "are left. A step: of the folded layers by rnngraph.compact, reading one sequence on one "
        "thread, and how many times as long torch's module of the whole network takes, in turns.",
        "methods",
        (f"Networks that failed, and are left out: {failed}.",) if failed else (),
    )  # fmt: skip


def bits_of(value: float) -> str:
    """Format bits, or a difference of bits, with three decimals."""
    if math.isnan(value):
        return "–"
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "−")


def mean_count(value: float) -> str:
    """Format a mean of counts: whole, or with a decimal if it is small and is not."""
    return f"{value:.0f}" if value >= 20 or value == round(value) else f"{value:.1f}"


def _of(left: float, every: float) -> str:
    return f"{mean_count(left)} of {every:.0f}"


def _share(share: float) -> str:
    return "–" if math.isnan(share) else percent(share)
