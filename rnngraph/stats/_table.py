"""Arguments of every statistic: columns by name with a near match, values as float64 or NaN."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnngraph._check import check_real, hint
from rnngraph.errors import InputError

Floats: TypeAlias = NDArray[np.float64]


def check_table(table: object) -> pd.DataFrame:
    """Return `table` if it is a DataFrame whose column names differ.

    Raises:
        InputError: Another type, or a repeated column name.
    """
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"`table` must be a pandas DataFrame; got {type(table).__name__}.")
    _check_distinct("table", table.columns)
    return table


def check_name(table: pd.DataFrame, argument: str, name: str) -> str:
    """Return `name` if it is a column of `table`; the error suggests the nearest one.

    Raises:
        InputError: No such column.
    """
    if name not in table.columns:
        raise InputError(
            f"`{argument}` must be a column of `table`; got {name!r}."
            f"{hint(name, map(str, table.columns))}"
        )
    return name


def check_names(table: pd.DataFrame, argument: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return `names` as a tuple of distinct columns of `table`.

    Raises:
        InputError: A text instead of a sequence, an unknown or a repeated column.
    """
    if isinstance(names, str):
        raise InputError(
            f"`{argument}` must be a sequence of column names; got the text {names!r}."
        )
    checked = tuple(check_name(table, argument, name) for name in names)
    _check_distinct(argument, checked)
    return checked


def feature_names(
    table: pd.DataFrame, features: Sequence[str] | None, *, besides: Sequence[str]
) -> tuple[str, ...]:
    """Return the features asked for, or every numeric column that is not one of `besides`.

    Raises:
        InputError: No feature, an unknown or repeated one, or one that is not numeric.
    """
    if features is None:
        names = tuple(
            name
            for name in table.columns
            if name not in besides and pd.api.types.is_numeric_dtype(table[name])
        )
    else:
        names = check_names(table, "features", features)
        for name in names:
            numbers(table, "features", name)
    if not names:
        raise InputError("`features` must name at least one numeric column of `table`; got none.")
    return names


def numbers(table: pd.DataFrame, argument: str, name: str) -> Floats:
    """Return a numeric column as float64, shape (rows,); missing values are NaN.

    Raises:
        InputError: The column is not numeric.
    """
    column = table[name]
    if not pd.api.types.is_numeric_dtype(column):
        raise InputError(
            f"`{argument}` must be numeric; column {name!r} has the type {column.dtype}."
        )
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def finite_numbers(table: pd.DataFrame, argument: str, name: str) -> Floats:
    """Return a numeric column as float64 that holds finite values and NaN only.

    Raises:
        InputError: The column is not numeric, or holds an infinite value.
    """
    values = numbers(table, argument, name)
    if np.isinf(values).any():
        raise InputError(
            f"`{argument}` must be finite or missing; column {name!r} holds an infinite value."
        )
    return values


def check_confidence(confidence: float) -> float:
    """Return the level of an interval, inside (0, 1).

    Raises:
        InputError: Not a number, or not inside (0, 1).
    """
    level = check_real("confidence", confidence, 0, 1)
    if level in (0, 1):
        raise InputError(f"`confidence` must lie inside (0, 1); got {confidence!r}.")
    return level


def tied(values: Floats) -> Floats:
    """Round to 40 significant bits (12 digits), so that what differs by rounding shares a rank.

    The same metric of two graphs of one shape can differ in its last bit, by the order of a sum.
    """
    mantissa, exponent = np.frexp(values)
    rounded: Floats = np.ldexp(np.rint(mantissa * 2.0**40), exponent - 40)
    return rounded


def is_constant(values: Floats) -> bool:
    """Whether all values agree to about 12 digits: what differs is rounding."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _check_distinct(argument: str, names: Sequence[str] | pd.Index) -> None:
    index = pd.Index(names)
    if not index.is_unique:
        raise InputError(
            f"`{argument}` must not repeat a column; got {index[index.duplicated()][0]!r} twice."
        )
