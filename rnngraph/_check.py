"""Argument checks: each error names the argument, the rule and the value."""

import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import numpy as np

from rnngraph.errors import InputError

_SHORT_LIST: Final = 12
"""Names that an error lists although one of them is near."""
_MOST_JOBS: Final = 4096


def check_real(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: float = -math.inf,
) -> float:
    """Return `value` as a finite float in [low, high] and greater than `above`.

    Raises:
        InputError: Not a real number, not finite, or outside its range.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.integer | np.floating)
        or not math.isfinite(value)
        or not low <= value <= high
        or not value > above
    ):
        rule = f"> {above:g}" if above > low else _interval(low, high)
        raise InputError(f"`{name}` must be a number {rule}; got {value!r}.")
    return float(value)


def check_int(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> int:
    """Return `value` as an int in [low, high].

    Raises:
        InputError: Not an integer, or outside [low, high].
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or not low <= value <= high
    ):
        raise InputError(f"`{name}` must be an integer {_interval(low, high)}; got {value!r}.")
    return int(value)


def check_bool(name: str, value: object) -> bool:
    """Return `value`, True or False, as a bool.

    Raises:
        InputError: It is something else, such as "no", which Python takes for true.
    """
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"`{name}` must be True or False; got {value!r}.")
    return bool(value)


def check_jobs(n_jobs: object) -> int:
    """Return `n_jobs`, a number of threads or processes.

    Raises:
        InputError: Not an integer, below 1, or more than any machine has.
    """
    return check_int("n_jobs", n_jobs, 1, _MOST_JOBS)


def check_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`; the error suggests the nearest one.

    A long list of choices is told only where none is near.

    Raises:
        InputError: `value` is not one of `choices`.
    """
    if not isinstance(choices, Collection):
        choices = list(choices)
    if isinstance(value, str) and value in choices:
        return value
    names = list(choices)
    near = hint(value, names)
    short = len(names) <= _SHORT_LIST
    rule = f"one of {', '.join(names)}" if short or not near else "a known name"
    raise InputError(f"`{name}` must be {rule}; got {value!r}.{near}")


def check_mapping(name: str, value: object, holds: str) -> Mapping[Any, Any]:
    """Return `value` if it is a mapping; the error says what it `holds`.

    Raises:
        InputError: It is something else.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"`{name}` must be a mapping, {holds}; got a {type(value).__name__}.")
    return value


def check_function(name: str, value: object) -> None:
    """Check that `value` can be called.

    Raises:
        InputError: It cannot.
    """
    if not callable(value):
        raise InputError(f"`{name}` must be a function; got {value!r}.")


def hint(value: object, names: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the name nearest to `value` in any case, or ""."""
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(str(value).casefold(), folded, n=1)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def _interval(low: float, high: float) -> str:
    if low == -math.inf and high == math.inf:
        return "that is finite"
    if high == math.inf:
        return f">= {low:g}"
    if low == -math.inf:
        return f"<= {high:g}"
    return f"in [{low:g}, {high:g}]"
