"""Which units a user wants to be removed."""

from collections.abc import Mapping, Sequence

from rnngraph._check import check_int, check_mapping
from rnngraph.errors import InputError
from rnngraph.nn.acting import Place


def checked_removal(remove: object, sizes: Mapping[Place, int]) -> dict[Place, list[int]]:
    """Units by layer and direction.

    Args:
        remove: What `shrink` was given; None: none.
        sizes: Units of each layer and direction.

    Raises:
        InputError: No such mapping, or a place or a unit that is not there.
    """
    if remove is None:
        return {}
    found = {}
    for place, units in check_mapping("remove", remove, "units by layer and direction").items():
        if place not in sizes:
            raise InputError(f"`remove` must name layers and directions of `model`; got {place!r}.")
        if not isinstance(units, Sequence) or isinstance(units, str):
            raise InputError(
                f"`remove[{place}]` must be a sequence of units; got {type(units).__name__}."
            )
        found[place] = [check_int(f"remove[{place}]", unit, 0, sizes[place] - 1) for unit in units]
    return found
