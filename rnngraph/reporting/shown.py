"""A table as a reader sees it: the columns that matter, formatted."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from rnngraph.reporting.blocks import Sheet


class Shown(NamedTuple):
    """A column as shown: its heading, the columns it is made of, and how."""

    heading: str
    names: tuple[str, ...]
    format: Callable[..., str]


def sheet(
    frame: pd.DataFrame,
    shown: Sequence[Shown],
    caption: str,
    file: str,
    notes: tuple[str, ...] = (),
) -> Sheet:
    """Format a table.

    Args:
        frame: The numbers.
        shown: The columns, in order.
        caption: What stands above.
        file: Name of the table, that of its CSV without the suffix.
        notes: What stands below.
    """
    columns = [
        [column.format(*values) for values in zip(*(frame[n] for n in column.names), strict=True)]
        for column in shown
    ]
    return Sheet(
        headings=tuple(column.heading for column in shown),
        words=tuple(pd.api.types.is_string_dtype(frame[c.names[0]]) for c in shown),
        rows=tuple(zip(*columns, strict=True)),
        caption=caption,
        file=f"{file}.csv",
        notes=notes,
    )
