"""At which updates a method acts."""

from rnngraph._check import check_int
from rnngraph.errors import InputError


def check_steps(start: int, end: int | None, every: int) -> None:
    """Refuse a schedule without an update: a multiple of `every` between `start` and `end`.

    An `end` of None never comes.

    Raises:
        InputError: Also where one of them is no integer, `start` < 0 or `every` < 1.
    """
    check_int("start", start, 0)
    check_int("every", every, 1)
    first = (start // every + 1) * every
    if end is not None and check_int("end", end) <= first:
        raise InputError(
            f"`end` must come after the first update, which is at step {first}; got {end}."
        )
