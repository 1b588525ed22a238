"""A graph against graphs made from it at random: what of its structure is more than chance.

Null models are those of `rnngraph.generators`, for weights those in `WEIGHTED_NULLS`, or any
function of a graph; null graph k is the same however many there are, in whatever order and on
however many processes they are measured.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG, Adjacency, Weights
from rnngraph.errors import UndefinedMetricError
from rnngraph.generators import NULL_MODELS
from rnngraph.graphs import as_adjacency, as_weights
from rnngraph.metrics import METRICS, profile
from rnngraph.metrics._population import read_one
from rnngraph.metrics.small_world import (
    small_world_omega,
    small_world_propensity,
    small_world_sigma,
)
from rnngraph.metrics.weighted import WeightAs
from rnngraph.nulls._weights import (
    WEIGHTED_NULLS,
    NullModel,
    latticise_weights,
    shuffle_weights,
)

Sampled = TypeVar("Sampled")

MOTIFS: Final = tuple(
    name
    for name in METRICS
    if name.startswith("triad_") and name not in ("triad_003", "triad_012", "triad_102")
)
"""The 13 triads that hang together: the motifs of three nodes."""


def null_graphs(
    graph: object, *, null: str | NullModel = "rewire", n: int = 100, rng: RNG
) -> list[Adjacency]:
    """Sample graphs from a null model of a graph.

    Args:
        graph: Any graph that `as_adjacency` takes.
        null: A name in `rnngraph.generators.NULL_MODELS`, or a function
            `f(adjacency, *, rng) -> adjacency`.
        n: How many, at least 1.
        rng: Seed; graph k comes from the stream keyed by k.

    Returns:
        Bool of shape (n, n) each, rows = source.

    Raises:
        InputError: `graph`, `null`, `n` or `rng` breaks these rules, or the null model refuses.
    """
    adjacency = read_one(graph, as_adjacency, "graph")
    check_int("n", n, 1)
    return [_sampled(one, as_adjacency) for one in _samples(adjacency, null, NULL_MODELS, n, rng)]


def null_weights(
    weights: object, *, null: str | NullModel = "rewire", n: int = 100, rng: RNG
) -> list[Weights]:
    """Sample graphs with weights from a null model of weights.

    Args:
        weights: Any graph that `as_weights` takes.
        null: A name in `WEIGHTED_NULLS`, or a function `f(weights, *, rng) -> weights`.
        n: How many, at least 1.
        rng: Seed; graph k comes from the stream keyed by k.

    Returns:
        Float64 of shape (n, n) each, rows = source; an absent edge is 0.

    Raises:
        InputError: `weights`, `null`, `n` or `rng` breaks these rules, or the null model refuses.
    """
    matrix = read_one(weights, as_weights, "weights")
    check_int("n", n, 1)
    return [_sampled(one, as_weights) for one in _samples(matrix, null, WEIGHTED_NULLS, n, rng)]


def null_zscores(
    graph: object,
    metrics: Iterable[str] | Mapping[str, Callable[[Adjacency], float]] | None = None,
    *,
    null: str | NullModel = "rewire",
    n: int = 100,
    rng: RNG,
    n_jobs: int = 1,
    weight_as: WeightAs | None = None,
) -> pd.DataFrame:
    """Say how far each metric of a graph lies from what its null model gives.

    Source: Maslov & Sneppen (2002), Science 296, 910-913 (z against rewired graphs); p-values as in
    Phipson & Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, 39.

    Args:
        graph: Any graph that `as_adjacency` takes.
        metrics: As for `rnngraph.metrics.profile`; default: all of METRICS, or with `weight_as`
            all columns of weights.
        null: A name in `rnngraph.generators.NULL_MODELS`, or a function
            `f(adjacency, *, rng) -> adjacency`. "rewire" keeps every in- and out-degree. With
            `weight_as` a name in `WEIGHTED_NULLS`, or a function `f(weights, *, rng) -> weights`:
            "rewire" keeps every in- and out-degree by sign and shuffles the weights over the new
            edges, "strength" also keeps strengths nearly, "shuffle" keeps the edges and shuffles
            the weights.
        n: Null graphs, at least 2.
        rng: Seed; null graph k comes from the stream keyed by k.
        n_jobs: As for `profile`; no value depends on it.
        weight_as: Measure the weights, "strength" or "length", as for `profile`: the graph is read
            by `as_weights`, and metrics are names of its columns.

    Returns:
        A row a metric, indexed by name: value (of the graph), null_mean, null_std (ddof=1),
        z_score, percentile (of the null values below it, ties half, in [0, 100]), p_value
        (two-sided, never 0: twice the smaller of the shares at or beyond it, the graph among
        them), n (null graphs in which the metric exists), and undefined, the reason for what is
        NaN, or "".

    Raises:
        InputError: An argument breaks these rules.
    """
    check_int("n", n, 2)
    graphs: Iterable[Adjacency | Weights]
    unit = 1.0
    if weight_as is None:
        adjacency = read_one(graph, as_adjacency, "graph")
        graphs = adjacency, *null_graphs(adjacency, null=null, n=n, rng=rng)
    else:
        weights = read_one(graph, as_weights, "graph")
        graphs = weights, *null_weights(weights, null=null, n=n, rng=rng)
        # Of what scales with the weights or their inverses, variances are the smallest.
        largest = float(np.abs(weights).max()) or 1.0
        unit = min(largest, 1 / largest) ** 2
    table = profile(graphs, metrics=metrics, n_jobs=n_jobs, weight_as=weight_as)
    reasons = dict(
        reason.partition(": ")[::2] for reason in table["undefined"].iloc[0].split("; ") if reason
    )
    names = [name for name in table if name != "undefined"]
    rows = [
        _row(table[name].iloc[0], table[name].iloc[1:].to_numpy(), reasons.get(name, ""), unit)
        for name in names
    ]
    return pd.DataFrame(rows, index=pd.Index(names, name="metric"))


def motif_zscores(
    graph: object, *, null: str | NullModel = "rewire", n: int = 100, rng: RNG, n_jobs: int = 1
) -> pd.DataFrame:
    """Compare the 13 motifs of three nodes with a null model: `null_zscores` of MOTIFS.

    Source: Milo et al. (2002), Science 298, 824-827.

    Args:
        graph: Any graph that `as_adjacency` takes.
        null: As for `null_zscores`. Milo et al. keep mutual pairs too: give such a model.
        n: Null graphs, at least 2.
        rng: Seed.
        n_jobs: Threads.

    Raises:
        InputError: An argument breaks these rules.
    """
    return null_zscores(graph, MOTIFS, null=null, n=n, rng=rng, n_jobs=n_jobs)


@dataclass(frozen=True, kw_only=True)
class SmallWorldness:
    """How much of a small world a graph is; NaN where it does not exist for the graph.

    Attributes:
        sigma: See `small_world_sigma`.
        sigma_low: 2.5 % of the sigma of single random graphs against the others: chance.
        sigma_high: 97.5 % of them: a sigma above it is more than chance.
        omega: See `small_world_omega`.
        propensity: See `small_world_propensity`.
        n: Random graphs, and as many lattices.
    """

    sigma: float
    sigma_low: float
    sigma_high: float
    omega: float
    propensity: float
    n: int


def small_worldness(
    graph: object, *, n: int = 20, rng: RNG, weight_as: WeightAs | None = None
) -> SmallWorldness:
    """Measure a graph's small-worldness against rewired graphs and lattices of its degrees.

    With weights, rewired graphs have them shuffled ("rewire" in WEIGHTED_NULLS), and lattices are
    those of `latticise_weights`.

    Source: Humphries & Gurney (2008), PLoS ONE 3, e0002051; Telesford et al. (2011), Brain Connect.
    1, 367-375; Muldoon, Bridgeford & Bassett (2016), Sci. Rep. 6, 22057.

    Args:
        graph: Any graph that `as_adjacency` takes.
        n: Random graphs, and as many lattices, at least 2.
        rng: Seed.
        weight_as: Read the graph by `as_weights`, where a weight is a "strength" or a "length",
            1 / strength; None: edges alone.

    Raises:
        InputError: An argument breaks these rules, or with `weight_as` a weight is negative.
    """
    check_int("n", n, 2)
    seed = seed_sequence(rng)
    randoms: Sequence[Adjacency | Weights]
    lattices: Sequence[Adjacency | Weights]
    if weight_as is None:
        randoms = null_graphs(graph, null="rewire", n=n, rng=seed)
        lattices = null_graphs(graph, null="latticise", n=n, rng=seed)
    else:
        weights = read_one(graph, as_weights, "graph")
        nearest = partial(latticise_weights, weight_as=weight_as)
        lattices = null_weights(weights, null=nearest, n=n, rng=seed)
        randoms = null_weights(weights, null="rewire", n=n, rng=seed)
    sigma = partial(small_world_sigma, weight_as=weight_as)
    chance = [_or_nan(sigma, randoms[k], [*randoms[:k], *randoms[k + 1 :]]) for k in range(n)]
    known = [value for value in chance if not np.isnan(value)]
    low, high = np.quantile(known, [0.025, 0.975]) if known else (np.nan, np.nan)
    return SmallWorldness(
        sigma=_or_nan(sigma, graph, randoms),
        sigma_low=float(low),
        sigma_high=float(high),
        omega=_or_nan(partial(small_world_omega, weight_as=weight_as), graph, randoms, lattices),
        propensity=_or_nan(
            partial(small_world_propensity, weight_as=weight_as), graph, randoms, lattices
        ),
        n=n,
    )


def _samples(
    graph: Adjacency | Weights,
    null: str | NullModel,
    models: Mapping[str, NullModel],
    n: int,
    rng: RNG,
) -> Iterator[Adjacency | Weights]:
    """Null graph k from the stream keyed by k."""
    model = null if callable(null) else models[check_choice("null", null, models)]
    seed = seed_sequence(rng)
    for k in range(n):
        yield model(graph, rng=stream(seed, "null", k))


def _sampled(graph: object, reader: Callable[[object], Sampled]) -> Sampled:
    """Read what a null model returned, which may be a function of the user."""
    return read_one(graph, reader, "null(graph)")


def _row(
    value: float, nulls: NDArray[np.float64], reason: str, unit: float
) -> dict[str, float | int | str]:
    """A row of the table; `unit` is a size of values of which 1e-12 is no more than rounding."""
    known = nulls[~np.isnan(nulls)]
    row: dict[str, float | int | str] = {"value": value}
    row |= dict.fromkeys(("null_mean", "null_std", "z_score", "percentile", "p_value"), np.nan)
    row |= {"n": len(known), "undefined": reason}
    if len(known) < 2:
        return row | {"undefined": reason or f"exists in {len(known)} of the null graphs"}
    top = float(np.abs(known).max()) or 1.0
    std = top * float((known / top).std(ddof=1))
    # Values that are equal but for rounding have no spread.
    spread = std > 1e-12 * max(unit, top)
    row |= {"null_mean": float(known.mean()), "null_std": std if spread else 0.0}
    if np.isnan(value):
        return row
    near = np.isclose(known, value, rtol=1e-12, atol=1e-12 * unit)
    below, above = int(((known < value) & ~near).sum()), int(((known > value) & ~near).sum())
    ties = int(near.sum())
    beyond = min(below, above) + ties + 1
    row |= {
        "percentile": 100 * (below + ties / 2) / len(known),
        "p_value": min(1.0, 2 * beyond / (len(known) + 1)),
    }
    if not spread:
        return row | {"undefined": "z_score: the null graphs are all alike"}
    return row | {"z_score": (value - float(known.mean())) / std}


def _or_nan(metric: Callable[..., float], *graphs: object) -> float:
    try:
        return metric(*graphs)
    except UndefinedMetricError:
        return float("nan")


__all__ = [
    "MOTIFS",
    "WEIGHTED_NULLS",
    "SmallWorldness",
    "latticise_weights",
    "motif_zscores",
    "null_graphs",
    "null_weights",
    "null_zscores",
    "shuffle_weights",
    "small_worldness",
]
