"""A network that is unsure of its weights is a distribution of graphs."""

from collections.abc import Sequence

import pandas as pd

from rnngraph._check import check_int, check_real
from rnngraph._rng import generator
from rnngraph._types import RNG, Adjacency
from rnngraph.errors import InputError
from rnngraph.metrics import CORE, profile
from rnngraph.sparsify.variational import Variational


def sample_graphs(model: Variational, n: int, *, layer: int = 0, rng: RNG) -> list[Adjacency]:
    """Draw graphs of hidden units from what a network believes of its weights.

    Every weight and factor is drawn by itself to live or not, by `Variational.probabilities`. Unit
    j leads to unit i if the factor of unit j lives and some gate of unit i lives with its weight
    from j.

    Args:
        model: Fitted; levels that are not uncertain live where they are not 0.
        n: Number of graphs, at least 1.
        layer: Layer, from 0.
        rng: Stream of the graphs.

    Returns:
        Adjacencies (units, units), rows = source; a unit's weight to itself is the diagonal.

    Raises:
        InputError: A value outside its range, or a network that is sure of its weights.
    """
    if not isinstance(model, Variational):
        raise InputError(
            "`model` must be a Variational network: others are no distributions; got "
            f"{type(model).__name__}."
        )
    check_int("n", n, 1)
    shape = model.shape
    check_int("layer", layer, 0, shape.layers - 1)
    draw = generator(rng)
    alive = model.probabilities()
    weight = alive[f"weight_hh_l{layer}"].cpu().numpy()
    gates = alive[f"gates_l{layer}"].cpu().numpy()
    units = alive[f"units_l{layer}"].cpu().numpy()
    graphs = []
    for _ in range(n):
        rows = draw.random(gates.shape) < gates
        read = (draw.random(weight.shape) < weight) & rows[:, None]
        sources = draw.random(units.shape) < units
        links = read.reshape(len(shape.gates), shape.units, shape.units).any(0) & sources
        graphs.append(links.T)
    return graphs


def topology_intervals(
    model: Variational,
    *,
    metrics: Sequence[str] | None = None,
    n: int = 200,
    level: float = 0.9,
    layer: int = 0,
    rng: RNG,
) -> pd.DataFrame:
    """Topology of a network with its uncertainty.

    Args:
        model: Fitted.
        metrics: Names in `rnngraph.metrics.METRICS`; None: the core's.
        n: Graphs drawn, at least 2.
        level: Share of the graphs within an interval, in [0, 1].
        layer: Layer, from 0.
        rng: Stream of the graphs.

    The estimate is the median over the graphs, so that it is of the distribution that the interval
    is of, and within it. The network in use is none of these graphs: it keeps every weight of a log
    alpha below 3, be it as unlikely as 0.18 by `Variational.probabilities`. Its own topology is
    that of `rnngraph.graph_of` of what `stock_modules` makes of `model.means()`.

    Returns:
        A row a metric: metric; estimate, mean, ci_low and ci_high (median, mean and quantiles of
        equal tails over the graphs that have a value); undefined (share of those that have none).

    Raises:
        InputError: A value outside its range, or an unknown metric.
    """
    check_int("n", n, 2)
    check_real("level", level, 0.0, 1.0)
    drawn = sample_graphs(model, n, layer=layer, rng=rng)
    table = profile(drawn, metrics=CORE if metrics is None else metrics)
    rows = []
    for name in table.select_dtypes("number").columns:
        values = table[name]
        low, middle, high = values.quantile([(1 - level) / 2, 0.5, (1 + level) / 2])
        rows.append((name, middle, values.mean(), low, high, values.isna().mean()))
    columns = ["metric", "estimate", "mean", "ci_low", "ci_high", "undefined"]
    return pd.DataFrame(rows, columns=columns)
