"""Kinds of field that a plan has, each with its check."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
)

from rnngraph._check import hint
from rnngraph.experiments.problems import broken_rule

T = TypeVar("T")

TABLE: Final = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, extra="forbid")
TABLE_WITH_PARAMETERS: Final = ConfigDict(
    frozen=True, strict=True, allow_inf_nan=False, extra="allow"
)


def known(names: Iterable[str]) -> AfterValidator:
    """Check that a field names a member of a table; the error suggests the nearest."""
    members = list(names)
    return AfterValidator(lambda name: _member(name, members))


def word_or_some(word: str, names: Iterable[str]) -> BeforeValidator:
    """Read one word such as "all", or an array of distinct members of a table as a tuple."""
    members = list(names)

    def check(value: object) -> object:
        if value == word:
            return value
        if not isinstance(value, list | tuple):
            raise broken_rule(f'must be "{word}" or an array of names; got {value!r}.')
        return _distinct(tuple(_member(name, members, at=[i]) for i, name in enumerate(value)))

    return BeforeValidator(check)


def in_folder(path: object, info: ValidationInfo) -> object:
    """Make a path absolute, from the plan's folder; what is no text is left to its own check."""
    folder = (info.context or {}).get("folder", Path())
    return str(Path(folder, path).absolute()) if isinstance(path, str) else path


def _member(name: T, members: Sequence[str], *, at: Sequence[int] = ()) -> T:
    if name not in members:
        near = hint(name, members) or f" Known are {', '.join(members)}."
        raise broken_rule(f"must be a known name; got {name!r}.{near}", at=at)
    return name


def _some(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise broken_rule("must hold at least one value; got [].")
    return values


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    for position, value in enumerate(values):
        if value in values[:position]:
            raise broken_rule(f"must hold each value once; got {value!r} twice.")
    return values


def _listed(value: object) -> object:
    """Read a number as the array that holds it alone."""
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise broken_rule(f"must be a number or an array of numbers; got {value!r}.")
    return (value,)


def _unit_choice(value: object) -> object:
    match value:
        case "all":
            return value
        case bool():
            pass
        case int() if value >= 1:
            return value
        case float() if 0 < value <= 1:
            return value
        case [*units] if units and all(type(unit) is int and unit >= 0 for unit in units):
            return _distinct(tuple(units))
    raise broken_rule(
        'must be "all", a share of the units in (0, 1] with a decimal point, a number of units '
        f">= 1 or an array of unit indices; got {value!r}."
    )


def _self_loops(value: object) -> object:
    if isinstance(value, bool) or value == "graph":
        return value
    raise broken_rule(f'must be true, false or "graph"; got {value!r}.')


Some: Final = AfterValidator(_some)
Distinct: Final = AfterValidator(_distinct)
Listed: Final = BeforeValidator(_listed)
Count: TypeAlias = Annotated[int, Field(ge=1)]
Counts: TypeAlias = Annotated[tuple[Count, ...], Listed, Some, Distinct]
Positive: TypeAlias = Annotated[float, Field(gt=0)]
Strength: TypeAlias = Annotated[float, Field(ge=0)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Shares: TypeAlias = Annotated[
    tuple[Annotated[float, Field(gt=0, le=1)], ...], Listed, Some, Distinct
]
PlanPath: TypeAlias = Annotated[str, BeforeValidator(in_folder)]
SelfLoops: TypeAlias = Annotated[bool | str, BeforeValidator(_self_loops)]
"""true, false, or "graph" for those that the graph itself has."""
UnitChoice: TypeAlias = Annotated[
    str | int | float | tuple[int, ...], BeforeValidator(_unit_choice)
]
"""Which hidden units: "all", a share (1.0 is all), a number (1 is one), or the units by index."""
