"""All numbers of the report, cell by cell; wording and figures read them from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.cluster import hierarchy

from rnngraph.reporting.prepare import Study
from rnngraph.reporting.records import Correlation, correlations
from rnngraph.stats import Prediction, collinearity, correlate, predict, repeatability

Floats: TypeAlias = NDArray[np.float64]

TWINS: Final = 0.95
"""|Spearman correlation| above which two features measure nearly the same thing."""

INFLATED: Final = 10
"""Variance inflation factor above which a feature follows almost linearly from the others."""

DEFINED: Final = 0.9
"""Share of graphs below which a feature counts as often missing."""

_SIZE_SHARE: Final = 0.98
"""R² on size above which a feature is nearly a function of size."""

FEWEST: Final = 10
"""Graphs below which nothing is predicted, and no two features are called near twins."""


class Settings(NamedTuple):
    """How the numbers are found; `n_jobs`, the number of processes, changes none of them."""

    method: Literal["spearman", "pearson"]
    models: tuple[str, ...]
    folds: int
    repeats: int
    n_boot: int
    seed: np.random.SeedSequence
    n_jobs: int = 1


@dataclass(frozen=True, eq=False)
class Findings:
    """All numbers of the report.

    Attributes:
        spread: A row a cell and family: the target over graphs.
        noise: `repeatability` of each cell that has replicates.
        raw: `correlate` of each cell, with the column "cell".
        partial: The same with the covariates held fixed; None without covariates.
        within: The same with covariates and family held fixed; None with fewer than two families.
        collinear: `collinearity` of the distinct graphs, and the `group` of near twins (0: none).
        size_like: Features that are nearly functions of the covariates.
        predictions: `predict` of each cell that has enough graphs.
    """

    spread: pd.DataFrame
    noise: pd.DataFrame
    raw: pd.DataFrame
    partial: pd.DataFrame | None
    within: pd.DataFrame | None
    collinear: pd.DataFrame
    size_like: tuple[str, ...]
    predictions: dict[str, Prediction]

    @property
    def adjusted(self) -> pd.DataFrame:
        """The correlations to judge features by: given size where a size is known."""
        return self.raw if self.partial is None else self.partial

    @property
    def ranked(self) -> bool:
        """Whether the correlations are of ranks (Spearman's)."""
        return bool((self.raw["method"] == "spearman").all())

    @property
    def scores(self) -> pd.DataFrame:
        """The scores of all predictions, with the column "cell"."""
        return stacked({cell: found.scores for cell, found in self.predictions.items()})

    @property
    def group(self) -> dict[str, int]:
        """The group of near twins of each feature, 0 for none."""
        return dict(zip(self.collinear["feature"], self.collinear["group"], strict=True))

    def strongest(self, cell: str, n: int) -> list[Correlation]:
        """Return up to `n` correlations given size, the strongest of each group of near twins."""
        chosen: list[Correlation] = []
        taken: set[int] = set()
        for row in correlations(self.adjusted, cell):
            group = self.group[row.feature]
            if group not in taken and row.feature not in self.size_like:
                chosen.append(row)
                taken |= {group} - {0}
        return chosen[:n]


def analyse(study: Study, settings: Settings) -> Findings:
    """Compute everything that the report says; the seed decides folds and bootstraps alone."""
    columns = study.columns
    topology = study.topology
    held = columns.covariates
    partial = _correlations(study, settings, topology, held) if held else None
    within = None
    if columns.family is not None and len(study.families) > 1:
        within = _correlations(study, settings, topology, (*held, columns.family))
    return Findings(
        spread=_spread(study),
        noise=stacked({cell: _noise(study, cell) for cell in study.cells}),
        raw=_correlations(study, settings, columns.features, ()),
        partial=partial,
        within=within,
        collinear=_collinear(study),
        size_like=tuple(name for name in topology if _follows(study.graphs, name, held)),
        predictions={
            cell: found
            for cell, table in study.cells.items()
            if (found := _predict(study, table, settings)) is not None
        },
    )


def stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack a table of each cell, with the cell in front; cells without rows are left out."""
    kept = {cell: table for cell, table in tables.items() if len(table)}
    if not kept:
        return pd.DataFrame()
    stack = pd.concat(kept, names=["cell"]).reset_index(level="cell")
    return stack.reset_index(drop=True)


def _by_strength(table: pd.DataFrame) -> pd.DataFrame:
    """Sort correlations: cells in order, the strongest of each first, missing ones last."""
    cells = {cell: place for place, cell in enumerate(dict.fromkeys(table["cell"]))}
    strength = table["estimate"].abs().fillna(-1).to_numpy()
    order = np.lexsort((-strength, table["cell"].map(cells)))
    return table.iloc[order].reset_index(drop=True)


def _spread(study: Study) -> pd.DataFrame:
    rows = []
    for cell, table in study.cells.items():
        in_cell = study.runs.loc[study.runs["cell"] == cell]
        families = study.families or ("",)
        for family in families:
            runs = in_cell.loc[in_cell["family"] == family]
            value = table.loc[runs["unit"].unique(), study.target]
            if not len(value):
                continue
            rows.append(
                {
                    "cell": cell,
                    "family": family,
                    "n": len(value),
                    "runs": len(runs),
                    "mean": value.mean(),
                    "std_error": value.sem(),
                    "min": value.min(),
                    "median": value.median(),
                    "max": value.max(),
                }
            )
    return pd.DataFrame(rows)


def _noise(study: Study, cell: str) -> pd.DataFrame:
    runs = study.runs.loc[study.runs["cell"] == cell, ["value", "unit"]]
    n_units = runs["unit"].nunique()
    if n_units < 2 or n_units == len(runs) or np.ptp(runs["value"]) == 0:
        return pd.DataFrame()
    return repeatability(runs, "value", "unit")


def _correlations(
    study: Study, settings: Settings, features: Sequence[str], covariates: Sequence[str]
) -> pd.DataFrame:
    found = {
        cell: correlate(
            table,
            study.target,
            features,
            covariates=covariates,
            method=settings.method,
            n_boot=settings.n_boot,
            rng=settings.seed,
        )
        for cell, table in study.cells.items()
    }
    return _by_strength(stacked(found))


def _collinear(study: Study) -> pd.DataFrame:
    """Collinearity of the features, and groups in which every pair exceeds `TWINS`.

    Variance inflation is over graphs where all features are defined; one that is often missing
    would take most graphs from the others, so it gets none.
    """
    names = list(study.columns.features)
    defined = study.graphs[names].notna().mean()
    known = [name for name in names if defined[name] >= DEFINED] or names
    table = collinearity(study.graphs, known)
    table = pd.DataFrame({"feature": names}).merge(table, on="feature", how="left")
    table["nearest"] = table["nearest"].fillna("")
    table["note"] = table["note"].fillna("defined for too few graphs")
    rho = study.graphs[names].corr(method="spearman", min_periods=FEWEST).abs().fillna(0).to_numpy()
    if len(names) == 1:
        return table.assign(group=0)
    distance = (1 - rho[np.triu_indices(len(names), 1)]).clip(0)
    tree = hierarchy.complete(distance)
    label = hierarchy.fcluster(tree, 1 - TWINS, criterion="distance").tolist()
    several = dict.fromkeys(value for value in label if label.count(value) > 1)
    number = {value: place for place, value in enumerate(several, start=1)}
    return table.assign(group=[number.get(value, 0) for value in label])


def _follows(graphs: pd.DataFrame, name: str, covariates: Sequence[str]) -> bool:
    """Whether a feature is nearly a smooth function of the covariates: in ranks or in logarithms.

    Logarithms find products and ratios of sizes, such as the density.
    """
    complete = graphs[[name, *covariates]].dropna().to_numpy(dtype=np.float64)
    if not covariates or len(complete) < 2:
        return False
    scales = [stats.rankdata(complete, axis=0)]
    if (complete > 0).all():
        scales.append(np.log(complete))
    return any(_explained(scale[:, 0], scale[:, 1:]) > _SIZE_SHARE for scale in scales)


def _explained(y: Floats, x: Floats) -> float:
    """R² of y on x, its squares and products, corrected for their number."""
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), np.finfo(float).tiny)
    products = [x[:, i] * x[:, j] for i in range(x.shape[1]) for j in range(i, x.shape[1])]
    terms = np.column_stack([np.ones(len(y)), x, *products])
    df = len(y) - terms.shape[1]
    variance = float(np.var(y, ddof=1))
    if df < 1 or variance == 0:
        return 0.0
    left = y - terms @ np.linalg.lstsq(terms, y)[0]
    return float(1 - (left @ left) / df / variance)


def _predict(study: Study, table: pd.DataFrame, settings: Settings) -> Prediction | None:
    target, family = study.target, study.columns.family
    if len(table) < FEWEST or np.ptp(table[target]) <= 1e-12 * table[target].abs().max():
        return None
    groups = family if family is not None and len(table[family].unique()) > 1 else None
    return predict(
        table,
        target,
        study.columns.features,
        baseline=study.columns.covariates,
        groups=groups,
        models=settings.models,
        folds=min(settings.folds, len(table) // 2),
        repeats=settings.repeats,
        n_boot=settings.n_boot,
        rng=settings.seed,
        n_jobs=settings.n_jobs,
    )
