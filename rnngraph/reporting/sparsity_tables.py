"""Tables of a sparsification study as a reader sees them; the CSV files keep all columns."""

import math

from rnngraph.reporting.blocks import Sheet
from rnngraph.reporting.numbers import listed, number, percent
from rnngraph.reporting.pruning_words import points
from rnngraph.reporting.shown import Shown, sheet
from rnngraph.reporting.sparsity_findings import SparsityFindings


def method_sheets(findings: SparsityFindings, task: str) -> tuple[Sheet, Sheet]:
    """All methods of a task side by side: what they cost and bring, and what is left."""
    own = findings.methods.loc[findings.methods["task"] == task]
    bits = own["measure"].iloc[0] == "bits"
    counts = zip(own["method"], own["failed"], strict=True)
    failed = listed([f"{method} ({n})" for method, n in counts if n])
    shown = bits_of if bits else points
    fitted = own.loc[own["n"] > 0]
    first = sheet(
        fitted,
        [
            Shown("method", ("method",), str),
            Shown(
                "bits a token" if bits else "accuracy, %", ("n", "quality", "worst", "best"),
                lambda n, mean, worst, best: shown(mean)
                + (f" ({shown(worst)} to {shown(best)})" if n > 1 else ""),
            ),
            Shown(
                "lost", ("cost", "cost_low", "cost_high"),
                lambda cost, low, high: shown(cost)
                + ("" if math.isnan(low) else f" [{shown(low)}, {shown(high)}]"),
            ),
            Shown("weights (times as few)", ("weights", "compression"), _beside),
            Shown(
                "KiB (times as few)", ("bytes", "compression_with_indices"),
                lambda size, ratio: _beside(size / 1024, ratio),
            ),
            Shown("µs a step (times as fast)", ("step_us", "times_as_fast"), _beside),
        ],
        f"{task}: quality on the test part, mean (worst to best replicate, where there are "
        "several); what is lost against the first method, with its 95 % t-interval over "
        "replicates. KiB: of the folded network as matrices; times as few: bytes of all weights "
        "over those of what is left with an index a weight. Of low rank the factors count, which "
        "are stored without indices. A step: of the folded layers by rnngraph.compact, reading "
        "one sequence on one thread, and how many times as long torch's module of the whole "
        "network takes, in turns.",
        "methods",
        (f"Networks that failed, and are left out: {failed}.",) if failed else (),
    )  # fmt: skip
    left = sheet(
        fitted,
        [
            Shown("method", ("method",), str),
            Shown("weights", ("weights",), mean_count),
            Shown("inputs", ("inputs", "all_inputs"), _of),
            Shown("units", ("units", "all_units"), _of),
            Shown("gates that vary", ("gates",), mean_count),
            Shown("constant gates", ("constant_share",), _share),
        ],
        f"{task}: what is left, means. Constant gates: their share of those of the units that are "
        "left.",
        "methods",
    )
    return first, left


def bits_of(value: float) -> str:
    """Format bits, or a difference of bits, with three decimals."""
    if math.isnan(value):
        return "–"
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "−")


def mean_count(value: float) -> str:
    """Format a mean of counts: whole, or with a decimal if it is small and is not."""
    return f"{value:.0f}" if value >= 20 or value == round(value) else f"{value:.1f}"


def _beside(value: float, ratio: float) -> str:
    return f"{number(value) if value < 20 else mean_count(value)} ({number(ratio)})"


def _of(left: float, every: float) -> str:
    return f"{mean_count(left)} of {every:.0f}"


def _share(share: float) -> str:
    return "–" if math.isnan(share) else percent(share)
