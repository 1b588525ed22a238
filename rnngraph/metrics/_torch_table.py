"""Tables of path metrics that were measured where a tensor lies; torch is loaded only for them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.graphs import as_adjacency
from rnngraph.metrics._profile import REASONS, Column, check_names, row_of

Chosen = Sequence[str] | Mapping[str, Callable[[Adjacency], float]] | None


def lies_on_an_accelerator(graphs: object) -> bool:
    """Whether `graphs` is a stack of graphs in the memory of a GPU or the like."""
    kind = getattr(getattr(graphs, "device", None), "type", "cpu")
    return kind not in ("cpu", "meta") and getattr(graphs, "ndim", None) == 3


def all_by_torch(metrics: Chosen) -> bool:
    """Whether torch measures all that was asked for."""
    from rnngraph.metrics._torch_paths import names

    return (
        metrics is not None
        and not isinstance(metrics, Mapping)
        and len(metrics) > 0
        and all(name in names() for name in metrics)
    )


def tabulate_by_torch(
    graphs: object, metrics: Chosen, known: Mapping[str, Callable[[Any], float]]
) -> pd.DataFrame:
    """Measure a [K, n, n] tensor on its device: a row a graph, and the column "undefined".

    Raises:
        InputError: No such tensor, or a metric that torch does not measure.
    """
    from rnngraph.metrics._torch_paths import names, path_metrics

    if isinstance(metrics, Mapping):
        raise InputError('`metrics` must be names with backend="torch"; got a mapping.')
    if metrics is None:
        chosen = list(names())
    else:
        where = f"Torch measures {', '.join(names())}."
        rule = 'measured by torch with backend="torch"'
        chosen = check_names(metrics, names(), where, dict.fromkeys(known, where).get, rule)
    tensor: Any = graphs
    found = path_metrics(tensor)
    values = np.empty((len(tensor), len(chosen)))
    for column, name in enumerate(chosen):
        values[:, column] = found[name].cpu().numpy()
    table = pd.DataFrame(values, columns=chosen, dtype=np.float64)
    table[REASONS] = pd.Series([""] * len(table), dtype=object)
    columns = [Column(name, known[name], True, None) for name in chosen]
    # Only graphs that lack a metric are looked at here, to say why.
    for k in np.flatnonzero(np.isnan(values).any(axis=1)).tolist():
        adjacency = as_adjacency(tensor[k])
        table.loc[k, REASONS] = row_of(adjacency, values[k], k, columns, native=False)[1]
    return table
