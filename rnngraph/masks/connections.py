"""Input and readout connections, from the forms a user may write them in."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnngraph.errors import InputError


def connections(
    name: str, value: ArrayLike, shape: tuple[int | None, int | None]
) -> NDArray[np.bool_]:
    """Read which sources reach which targets as a fresh bool matrix, rows = source.

    Args:
        name: Argument named by the errors.
        value: Bool matrix (sources, targets). Where one side of `shape` is None, also a choice of
            units of the other side: a bool array, or distinct unit indices.
        shape: Sources and targets the matrix must have; None for any number.

    Returns:
        Shape (sources, targets); a choice of units gives 1 on the side that is None.

    Raises:
        InputError: Another form or size, an index out of range or twice, or nothing connected.
    """
    array = _as_array(name, value)
    sources, targets = shape
    if array.ndim == 1 and sources is None and targets is not None:
        matrix = _unit_choice(name, array, targets)[None, :]
    elif array.ndim == 1 and targets is None and sources is not None:
        matrix = _unit_choice(name, array, sources)[:, None]
    else:
        matrix = _matrix(name, array, shape)
    if not matrix.any():
        raise InputError(f"`{name}` must keep at least one connection; got none.")
    return matrix


def _as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError as error:
        raise InputError(f"`{name}` must have rows of equal length; got {value!r}.") from error


def _matrix(
    name: str, array: NDArray[Any], shape: tuple[int | None, int | None]
) -> NDArray[np.bool_]:
    fits = array.ndim == 2 and all(
        need in (None, got) for need, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if need is None else str(need) for need in shape)
        raise InputError(
            f"`{name}` must connect {wanted} sources x targets; got shape {array.shape}."
        )
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise InputError(f"`{name}` must hold only True and False; got {array.dtype} values.")
    return array.astype(bool)


def _unit_choice(name: str, array: NDArray[Any], n: int) -> NDArray[np.bool_]:
    if array.dtype == bool:
        if array.size != n:
            raise InputError(f"`{name}` must have one bool a unit, {n}; got {array.size}.")
        return array.copy()
    if array.dtype.kind not in "iu" and array.size:
        raise InputError(f"`{name}` must hold unit indices or bools; got {array.dtype} values.")
    indices = array.astype(np.int64)
    outside = indices[(indices < 0) | (indices >= n)]
    if outside.size:
        raise InputError(f"`{name}` must hold unit indices in [0, {n - 1}]; got {outside[0]}.")
    if np.unique(indices).size != indices.size:
        raise InputError(
            f"`{name}` must name a unit once; got {indices.tolist()}. "
            "A choice by True and False must have dtype bool."
        )
    chosen = np.zeros(n, dtype=bool)
    chosen[indices] = True
    return chosen
