"""Gates are whole blocks of rows: how many rows one has."""

from collections.abc import Mapping

from rnngraph._check import check_int, check_mapping
from rnngraph.errors import InputError


def block_rows(name: str, rows: int, gates: Mapping[str, int]) -> int:
    """Return the rows of each gate of a parameter.

    Raises:
        InputError: `gates` lacks the parameter, or does not divide its rows.
    """
    if name not in check_mapping("gates", gates, "numbers of gates by name of parameter"):
        raise InputError(f"`gates` must hold every parameter; got none for {name!r}.")
    count = check_int(f"gates[{name!r}]", gates[name], 1)
    if rows % count:
        raise InputError(f"`gates` must divide the rows of {name!r}, {rows}; got {count}.")
    return rows // count
