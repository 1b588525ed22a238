"""What is held fixed: covariate columns, an orthonormal basis of their span, and residuals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from rnngraph.stats._table import Floats, finite_numbers

_DETERMINED = 1e-6
"""A residual this small, relative to what it was left of, is rounding (of float32 at worst)."""


@dataclass(frozen=True, eq=False)
class Design:
    """Covariate columns, shape (n, k), and which of them are numbers (the others are dummies)."""

    columns: Floats
    numeric: NDArray[np.bool_]

    def rows(self, order: NDArray[np.intp]) -> "Design":
        """Return the design with its rows in the given order."""
        return Design(self.columns[order], self.numeric)

    def ranked(self) -> "Design":
        """Return the design with its numeric columns replaced by their mid-ranks."""
        columns = self.columns.copy()
        columns[:, self.numeric] = stats.rankdata(columns[:, self.numeric], axis=0)
        return Design(columns, self.numeric)


def check_covariates(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Check that the numeric covariates are finite or missing.

    Raises:
        InputError: A covariate holds an infinite value.
    """
    for name in names:
        if pd.api.types.is_numeric_dtype(table[name]):
            finite_numbers(table, "covariates", name)


def design(frame: pd.DataFrame) -> Design:
    """Expand complete covariates: a number is a column, k categories are k - 1 dummies."""
    columns: list[Floats] = []
    numeric: list[bool] = []
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]):
            columns.append(frame[name].to_numpy(dtype=np.float64))
            numeric.append(True)
        else:
            labels = frame[name].astype(str).to_numpy()
            dummies = [(labels == label).astype(np.float64) for label in np.unique(labels)[1:]]
            columns.extend(dummies)
            numeric.extend([False] * len(dummies))
    matrix = np.array(columns).reshape(len(columns), len(frame)).T
    return Design(matrix, np.array(numeric, dtype=bool))


def basis(columns: Floats) -> Floats:
    """Orthonormal basis, shape (n, rank), of the centred columns, shape (n, k)."""
    if not columns.size:
        return np.empty((len(columns), 0))
    centred = columns - columns.mean(axis=0)
    norm = np.linalg.norm(centred, axis=0)
    varies = norm > 1e-10 * np.linalg.norm(columns, axis=0)
    if not varies.any():
        return np.empty((len(columns), 0))
    left, size, _ = np.linalg.svd(centred[:, varies] / norm[varies], full_matrices=False)
    return left[:, size > 1e-8 * size[0]]


def residual(values: Floats, span: Floats) -> Floats:
    """Unit-length residual of `values` (n,) on an intercept and `span`; zeros if none is left."""
    centred = values - values.mean()
    left: Floats = centred - span @ (span.T @ centred)
    left -= span @ (span.T @ left)  # a second pass: orthogonal to the last digit
    norm = float(np.linalg.norm(left))
    if norm <= _DETERMINED * float(np.linalg.norm(centred)):
        return np.zeros_like(left)
    return left / norm
