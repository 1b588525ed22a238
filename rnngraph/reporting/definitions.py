"""What each metric is: the first paragraph and the source of the function of that name."""

import inspect
import re
from collections.abc import Sequence

from rnngraph.metrics import DARJI, METRICS

UNKNOWN = "Not a metric of rnngraph; see where the table comes from."


def definitions(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return (name, definition and source) of each metric.

    Darji's names partly coincide with ours and mean something else: the table that knows more of
    the names defines them all.
    """
    known = max((METRICS, DARJI), key=lambda table: sum(name in table for name in names))
    return tuple(
        (name, _definition(inspect.getdoc(known[name]) or "") if name in known else UNKNOWN)
        for name in names
    )


def _definition(doc: str) -> str:
    paragraphs = [re.sub(r"\s+", " ", part) for part in re.split(r"\n\s*\n", doc)]
    source = [part for part in paragraphs if part.startswith("Source:")]
    return " ".join([*paragraphs[:1], *source])
