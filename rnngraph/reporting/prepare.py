"""A table of runs -> what the report is about: one row a graph and cell, replicates averaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnngraph.errors import InputError
from rnngraph.reporting.columns import SIZE, Columns

ALL: Final = "all runs"
"""Name of the only cell of a table without a column of cells."""


class Losses(NamedTuple):
    """What of the results was left out or is doubtful.

    Attributes:
        failed: Rows with the status "failed".
        error: What the first of them says, or "".
        missing: Other rows without a finite target.
        diverged: Rows marked as diverged that still have a target.
        infinite: Infinite feature values, taken as missing.
        constant: Features that do not vary, left out.
        uneven: Features that differ between the runs of a graph, averaged.
    """

    failed: int
    error: str
    missing: int
    diverged: int
    infinite: int
    constant: tuple[str, ...]
    uneven: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Study:
    """What the report is about.

    Attributes:
        columns: What each column is, without the features that do not vary.
        runs: A row a run with a target: cell, family ("" without families), unit (the graph),
            value (the target).
        cells: Per-graph tables by cell: index unit, then family (if any), target (mean over
            replicates) and features under their own names.
        graphs: The distinct graphs of all cells: index unit, family (if any), features.
        n_rows: Rows of the results.
        losses: What was left out.
        attrs: Provenance that came with the results.
    """

    columns: Columns
    runs: pd.DataFrame
    cells: Mapping[str, pd.DataFrame]
    graphs: pd.DataFrame
    n_rows: int
    losses: Losses
    attrs: Mapping[str, object]

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.columns.target

    @property
    def families(self) -> tuple[str, ...]:
        """Families in the order of the table; empty without a column of families."""
        return tuple(dict.fromkeys(self.runs["family"])) if self.columns.family else ()

    @property
    def topology(self) -> tuple[str, ...]:
        """The features but those that stand for size."""
        return tuple(name for name in self.columns.features if name not in self.columns.covariates)

    @property
    def matched(self) -> bool:
        """Whether all graphs are known to be of one size, so that there is none to hold fixed."""
        return not self.columns.covariates and all(
            any(name in self.losses.constant for name in names) for names in SIZE
        )

    @property
    def replicated(self) -> bool:
        """Whether some graph was run more than once in a cell."""
        return len(self.runs) > sum(map(len, self.cells.values()))

    def family_of(self, table: pd.DataFrame) -> pd.Series:
        """Return the family of each row of `graphs` or of a table in `cells`; "" without any."""
        if self.columns.family is None:
            return pd.Series("", index=table.index, dtype=object)
        return table[self.columns.family]

    def analysed(self) -> pd.DataFrame:
        """Return the tables in `cells` as one, with graph and cell in front as far as known."""
        front = {}
        if self.columns.graph is not None:
            front[self.columns.graph] = [
                unit for table in self.cells.values() for unit in table.index
            ]
        if self.columns.cell is not None:
            front[self.columns.cell] = [
                cell for cell, table in self.cells.items() for _ in table.index
            ]
        stack = pd.concat(list(self.cells.values()), ignore_index=True)
        return pd.concat([pd.DataFrame(front, index=stack.index), stack], axis=1)

    def provenance(self, name: str) -> Mapping[str, object]:
        """Return one of the mappings that came with the results: "plan", "task", "versions"."""
        value = self.attrs.get(name)
        return value if isinstance(value, Mapping) else {}


def prepare(table: pd.DataFrame, columns: Columns) -> Study:
    """Leave out runs without a target, and average the others graph by graph in each cell.

    Raises:
        InputError: No run has a target, the target does not vary, or no feature does.
    """
    value = table[columns.target].to_numpy(dtype=np.float64, na_value=np.nan)
    failed = _failed(table)
    used = ~failed & np.isfinite(value)
    error = first_error(table.loc[failed])
    _check_target(columns.target, value[used], int(failed.sum()), error)

    kept = table.loc[used].reset_index(drop=True)
    runs = _runs(kept, columns, np.flatnonzero(used)).assign(value=value[used])
    x = kept[list(columns.features)].astype(np.float64)
    infinite = np.isinf(x)
    x = x.mask(infinite)
    constant = tuple(name for name in x.columns if not _varies(x[name].dropna().to_numpy()))
    left = _without(columns, constant)
    cells, graphs = _averaged(runs, x[list(left.features)], left)
    return Study(
        columns=left,
        runs=runs,
        cells=cells,
        graphs=graphs,
        n_rows=len(table),
        losses=Losses(
            failed=int(failed.sum()),
            error=error,
            missing=int((~failed & ~np.isfinite(value)).sum()),
            diverged=_diverged(kept),
            infinite=int(infinite.to_numpy().sum()),
            constant=constant,
            uneven=_uneven(x, runs["unit"]),
        ),
        attrs={str(name): value for name, value in table.attrs.items()},
    )


def _runs(kept: pd.DataFrame, columns: Columns, places: NDArray[np.intp]) -> pd.DataFrame:
    """Name the cell, family and graph of each run; `places` are its rows in the results."""
    family = _labels(kept, columns.family, "")
    graph = _labels(kept, columns.graph, "")
    if columns.graph is None:  # every row is a graph of its own
        graph = "row " + pd.Series(places.astype(str))
    cell = _labels(kept, columns.cell, ALL)
    return pd.DataFrame({"cell": cell, "family": family, "unit": _units(family, graph)})


def _without(columns: Columns, constant: Sequence[str]) -> Columns:
    """Leave out the features that do not vary.

    Raises:
        InputError: No feature is left besides the covariates.
    """
    features = tuple(name for name in columns.features if name not in constant)
    held = tuple(name for name in columns.covariates if name not in constant)
    if len(features) == len(held):
        same = "is" if len(constant) == 1 else "are"
        flat = f"; {', '.join(constant)} {same} the same for every graph" if constant else ""
        raise InputError(
            "`features` must name a numeric column that varies, besides the covariates; got none"
            f"{flat}."
        )
    return columns._replace(features=features, covariates=held)


def _averaged(
    runs: pd.DataFrame, x: pd.DataFrame, columns: Columns
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Average the runs of each graph: tables by cell, and the distinct graphs of all cells."""
    frame = x.copy()
    frame.insert(0, columns.target, runs["value"])
    how = dict.fromkeys(frame.columns, "mean")
    if columns.family is not None:
        frame.insert(0, columns.family, runs["family"])
        how = {columns.family: "first", **how}
    cells = {
        cell: frame.loc[runs["cell"] == cell].groupby(runs["unit"], sort=False).agg(how)
        for cell in dict.fromkeys(runs["cell"])
    }
    graphs = frame.groupby(runs["unit"], sort=False).agg(how).drop(columns=columns.target)
    return cells, graphs


def _uneven(x: pd.DataFrame, unit: pd.Series) -> tuple[str, ...]:
    """Return the features that differ between the runs of a graph."""
    by_unit = x.groupby(unit, sort=False)
    ends = by_unit.max() - by_unit.min()
    return tuple(x.columns[(ends > 1e-9 * x.abs().max()).any()])


def _units(family: pd.Series, graph: pd.Series) -> pd.Series:
    """Name each run's graph: by its family too where families share the names of graphs."""
    pairs = pd.DataFrame({"family": family, "graph": graph}).drop_duplicates()
    return family + " " + graph if pairs["graph"].duplicated().any() else graph


def _failed(table: pd.DataFrame) -> NDArray[np.bool_]:
    if "status" not in table.columns:
        return np.zeros(len(table), dtype=bool)
    return table["status"].astype(str).eq("failed").to_numpy()


def _diverged(table: pd.DataFrame) -> int:
    if "diverged" not in table.columns:
        return 0
    return int(table["diverged"].astype(str).str.lower().isin(["true", "1", "1.0"]).sum())


def first_error(failed: pd.DataFrame) -> str:
    """Return what the first of some failed runs says, or "" if it says nothing."""
    if failed.empty or "error" not in failed.columns or pd.isna(failed["error"].iloc[0]):
        return ""
    lines = str(failed["error"].iloc[0]).strip().splitlines()
    return lines[-1] if lines else ""  # of a traceback, the line that names the error


def _check_target(target: str, values: NDArray[np.float64], failed: int, error: str) -> None:
    if not len(values):
        reason = f"; all {failed} runs failed" if failed else ""
        first = f", the first with: {error}" if error else ""
        raise InputError(
            f"`results` must hold a run with a finite {target!r}; got none{reason}{first}."
        )
    if not _varies(values):
        raise InputError(
            f"`target` must vary; column {target!r} is {values[0]:g} in all {len(values)} runs."
        )


def _varies(values: NDArray[np.float64]) -> bool:
    return len(values) > 0 and bool(np.ptp(values) > 1e-12 * np.abs(values).max())


def _labels(table: pd.DataFrame, name: str | None, otherwise: str) -> pd.Series:
    """Return a column as texts, or `otherwise` in every row; what is missing is "(none)"."""
    if name is None:
        return pd.Series(otherwise, index=table.index, dtype=object)
    column = table[name]
    return column.astype(object).where(column.notna(), "(none)").map(str)
