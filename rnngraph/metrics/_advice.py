"""Where a metric is to be had that was asked for where it is not."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

_WEIGHTS: Final = '`weight_as="strength"` or "length"'


class Catalogue(NamedTuple):
    """What one way of calling `profile` measures.

    Attributes:
        columns: Their names.
        part: What has a value.
        by_weights: Whether they are had with `weight_as`.
    """

    columns: Mapping[str, object]
    part: Literal["a graph", "a node", "an edge"]
    by_weights: bool


def advice(
    name: str, catalogues: Sequence[Catalogue], *, nodes: bool, by_weights: bool
) -> str | None:
    """Say how to ask `profile` for a metric; None if it has no such column.

    Args:
        name: Of the metric.
        catalogues: Of all ways of asking.
        nodes: Whether it was asked for with `nodes`.
        by_weights: Whether it was asked for with `weight_as`.
    """
    home = next((c for c in catalogues if name in c.columns), None)
    if home is None:
        return None
    what, how = [], []
    if (home.part != "a graph") != nodes:
        what.append("measures a whole graph" if nodes else f"has one value {home.part}")
        how.append("without `nodes`" if nodes else "with `nodes=True`")
    if home.by_weights != by_weights:
        what.append("measures no weights" if by_weights else "measures weights")
        how.append("without `weight_as`" if by_weights else f"with {_WEIGHTS}")
    told = f"It {' and '.join(what)}: ask for it {' and '.join(how)}"
    if home.part != "a graph" and not nodes:
        whole = next(c for c in catalogues if c[1:] == ("a graph", home.by_weights))
        sums = next(column for column in whole.columns if column.rpartition("_")[0] == name)
        told += f", or for a number that sums it up, such as '{sums}'"
        told += f", {how[1]}" if len(how) > 1 else ""
    twin = f"weighted_{name}"
    if by_weights and any(twin in c.columns and (c.part != "a graph") == nodes for c in catalogues):
        told += f", or here for '{twin}'"
    return f"{told}."


def call_of(path: str, function: Callable[..., object]) -> str:
    """Say how to call what is no column of `profile`: with the arguments that it needs."""
    _, *others = inspect.signature(function).parameters.values()
    needed = [other.name for other in others if other.default is other.empty]
    arguments = "".join(f", {name}=..." for name in needed)
    return f"It is no column of a table: call `{path}(graph{arguments})`."
