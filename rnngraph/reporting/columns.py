"""Which columns of a table are what: target, features, covariates, family, cell and graph."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from rnngraph._check import hint
from rnngraph.errors import FileError, InputError
from rnngraph.reporting.numbers import listed

SIZE: Final = (("n_nodes", "nodes"), ("n_edges", "edges"))
"""Size under the names of `METRICS` and of `DARJI`; of each pair, the first that is there."""

_NOT_FEATURES: Final = frozenset(
    "accuracy attempt attempts backend best_accuracy best_epoch dead_units diverged epochs "
    "epochs_to_threshold error gradient_norm_max gradient_norm_mean graph_index index loss "
    "n_parameters n_units replicate run seconds seed status stopped train_loss".split()
)
"""What else tables of runs hold: outcomes and bookkeeping, not properties of a graph."""


class Columns(NamedTuple):
    """What each column is; `features` hold the covariates too."""

    target: str
    features: tuple[str, ...]
    covariates: tuple[str, ...]
    family: str | None
    cell: str | None
    graph: str | None


def read_results(results: object) -> pd.DataFrame:
    """Return results as a new table whose column names are distinct texts.

    Args:
        results: A DataFrame, or the path of a CSV file.

    Raises:
        InputError: Another type, no rows, or a repeated column name.
        FileError: The file cannot be read as CSV.
    """
    if isinstance(results, str | Path):
        table = read_csv(Path(results))
    elif isinstance(results, pd.DataFrame):
        table = results.copy()
    else:
        raise InputError(
            "`results` must be a pandas DataFrame or the path of a CSV file; "
            f"got {type(results).__name__}."
        )
    table.columns = table.columns.map(str)
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise InputError(f"`results` must not repeat a column; got {twice!r} twice.")
    if table.empty:
        raise InputError("`results` must have a row a run; got none.")
    return table


def read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV; a repeated heading is kept as it is, for the caller to refuse.

    Raises:
        FileError: The file cannot be read as CSV.
    """
    try:
        head = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False)
        table = pd.read_csv(path)
    except OSError as error:
        raise FileError(f"`{path}` cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"`{path}` cannot be read as CSV: it is not UTF-8 text.") from error
    except ValueError as error:
        raise FileError(f"`{path}` cannot be read as CSV: {str(error).strip()}.") from error
    only = str(table.columns[0]) if len(table.columns) == 1 else ""
    if "\x00" in only:
        raise FileError(f"`{path}` cannot be read as CSV: it holds bytes that are no text.")
    if ";" in only or "\t" in only:
        raise FileError(
            f"`{path}` must be separated by commas; the only column found is {only[:60]!r}."
        )
    if head.shape[1] == table.shape[1]:
        # pandas renames the second `x` to `x.1`, which would pass for another column.
        pairs = zip(table.columns, head.iloc[0], strict=True)
        table.columns = pd.Index([old if new == "" else new for old, new in pairs])
    return table


def settle(
    table: pd.DataFrame,
    *,
    target: str,
    features: Sequence[str] | None,
    covariates: Sequence[str] | None,
    family: str | None,
    cell: str | None,
    graph: str | None,
) -> Columns:
    """Settle what each column is.

    Raises:
        InputError: A column is unknown, in two roles, or not numeric where it must be.
    """
    if target not in table.columns:
        found = [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
        raise InputError(
            f"`target` must be a column of `results`; got {target!r}.{hint(target, table.columns)} "
            f"Numeric columns: {listed(found, 12) or 'none'}."
        )
    _numeric(table, "target", (target,))
    named = {
        role: _role(table, role, name)
        for role, name in (("family", family), ("cell", cell), ("graph", graph))
    }
    apart = (target, *(name for name in named.values() if name is not None))
    if len(set(apart)) < len(apart):
        raise InputError(
            "`target`, `family`, `cell` and `graph` must be different columns; "
            f"got {', '.join(map(repr, apart))}."
        )
    if features is None:
        chosen = tuple(
            name
            for name in table.columns
            if name not in (*apart, *_NOT_FEATURES) and pd.api.types.is_numeric_dtype(table[name])
        )
    else:
        chosen = _numeric(table, "features", features)
    if covariates is None:
        pairs = ([name for name in pair if name in table.columns] for pair in SIZE)
        size = tuple(pair[0] for pair in pairs if pair)
        held = tuple(
            name
            for name in size
            if name not in apart and pd.api.types.is_numeric_dtype(table[name])
        )
    else:
        held = _numeric(table, "covariates", covariates)
    for argument, names in (("features", chosen), ("covariates", held)):
        for name in names:
            if name in apart:
                raise InputError(
                    f"`{argument}` must not hold the target, family, cell or graph; got {name!r}."
                )
    return Columns(target, tuple(dict.fromkeys((*held, *chosen))), held, **named)


def _role(table: pd.DataFrame, role: str, name: str | None) -> str | None:
    """Return the column of a role; the default name may be absent, another may not."""
    if name is None or name in table.columns:
        return name
    if name == role:
        return None
    raise InputError(
        f"`{role}` must be a column of `results` or None; got {name!r}.{hint(name, table.columns)}"
    )


def _numeric(table: pd.DataFrame, argument: str, names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise InputError(
            f"`{argument}` must be a sequence of column names; got the text {names!r}."
        )
    for name in names:
        if name not in table.columns:
            raise InputError(
                f"`{argument}` must be a column of `results`; got {name!r}."
                f"{hint(name, table.columns)}"
            )
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise InputError(
                f"`{argument}` must be numeric; column {name!r} has the type {table[name].dtype}."
            )
    return tuple(names)
