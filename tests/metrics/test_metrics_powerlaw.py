from collections.abc import Callable
from math import erfc

import networkx as nx
import numpy as np
import pytest
from scipy.special import zeta

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import powerlaw
from rnngraph.metrics._topology import Counts, Floats
from rnngraph.metrics.powerlaw import (
    PowerLaw,
    fit_power_law,
    powerlaw_exponent,
    powerlaw_ks,
    powerlaw_p_value,
    powerlaw_vs_exponential,
    powerlaw_xmin,
)

METRICS = [
    powerlaw_exponent,
    powerlaw_xmin,
    powerlaw_ks,
    powerlaw_vs_exponential,
    powerlaw_p_value,
]
DEGREES = np.repeat(
    [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 25, 40], [40, 18, 9, 6, 4, 3, 2, 2, 1, 1, 1, 1]
)
# Exponent, KS distance, normalised ratio and p-value from each xmin: mpmath 1.3 at 40 digits,
# root of the likelihood equation, sums over all integers.
QUOTED = {
    1: (1.85494550989467, 0.0993399292268544, 1.01914815285214, 0.308132636616151),
    2: (2.15452824545259, 0.0564285128622361, 1.2157530398306, 0.224079012583073),
    3: (2.30870309005962, 0.0502733628700333, 1.14372849523513, 0.252736252078983),
    4: (2.43573103426082, 0.0448852948506682, 1.14397013130371, 0.252636024261695),
}
# The same from PyPI's powerlaw 2.0.0 with discrete=True, estimate_discrete=False: its optimiser
# stops at about five digits.
PACKAGE = {
    1: (1.8549625, 0.0993467, 1.0191849, 0.3081151),
    2: (2.1545320, 0.0564295, 1.2158023, 0.2240602),
    3: (2.3086897, 0.0502705, 1.1437489, 0.2527277),
    4: (2.4357257, 0.0448840, None, None),
}


def fitted(degrees: Counts, xmin: int) -> PowerLaw:
    """Fit the tail from a given xmin."""
    tail = degrees[degrees >= xmin]
    [exponent] = powerlaw._likeliest(tail, np.array([xmin]), np.array([0]))
    return PowerLaw(float(exponent), xmin, powerlaw._ks(tail, float(exponent)), tail)


def values(fit: PowerLaw) -> tuple[float, float, float, float]:
    ratio = powerlaw._vuong("it", powerlaw._log_ratios(fit))
    return fit.exponent, fit.ks, ratio, erfc(abs(ratio) / 2**0.5)


def sample(kind: str) -> Counts:
    rng = np.random.default_rng(5)
    drawn = {
        "zipf": lambda: rng.zipf(2.5, 400),
        "steep": lambda: rng.zipf(4, 400),
        "poisson": lambda: 1 + rng.poisson(12, 300),
        "uniform": lambda: rng.integers(1, 60, 200),
        "regular": lambda: np.r_[np.full(998, 40), 41, 43],
    }[kind]()
    return np.sort(drawn[drawn < 3000]).astype(np.int64)


KINDS = ["zipf", "steep", "poisson", "uniform", "regular"]


def star_of_stars() -> Floats:
    """A tree of 1 + 4 + 24 nodes: one node of degree 4, three sorts of hubs, leaves."""
    graph = nx.DiGraph([(0, hub) for hub in range(1, 5)])
    leaf = 5
    for hub, size in ((1, 3), (2, 5), (3, 7), (4, 9)):
        for _ in range(size):
            graph.add_edge(hub, leaf)
            leaf += 1
    return nx.to_numpy_array(graph, nodelist=range(leaf))


@pytest.mark.parametrize("xmin", QUOTED)
def test_fits_to_a_given_tail(xmin: int) -> None:
    assert values(fitted(DEGREES, xmin)) == pytest.approx(QUOTED[xmin], rel=1e-11)
    for ours, theirs in zip(values(fitted(DEGREES, xmin)), PACKAGE[xmin], strict=True):
        assert theirs is None or ours == pytest.approx(theirs, rel=1e-4)


def test_the_best_tail() -> None:
    fit = fit_power_law(DEGREES)
    assert fit.xmin == 4  # as PyPI's powerlaw finds
    assert fit.tail.tolist() == DEGREES[DEGREES >= 4].tolist()
    assert values(fit) == pytest.approx(QUOTED[4], rel=1e-11)


def test_steep_laws_of_large_degrees_do_not_underflow() -> None:
    # mpmath as above; 40^-224 is no float64 with all its digits.
    fit = fit_power_law(np.array([40] * 998 + [41, 43]))
    quoted = (224.534718575564, 0.00191168490591222, 1.15785438149666, 0.246923466534219)
    assert values(fit) == pytest.approx(quoted, rel=1e-9)
    fit = fit_power_law(np.array([4000] * 998 + [4001, 4003]))
    assert all(map(np.isfinite, values(fit)))


@pytest.mark.parametrize("exponent", [1.05, 1.5, 2.5, 7, 40])
def test_sums_are_those_of_the_zeta_function(exponent: float) -> None:
    starts = np.array([1, 2, 3, 10, 100, 1000])
    expected = np.log(zeta(exponent, starts)) + exponent * np.log(starts)
    found = powerlaw._log_sum(np.full(6, exponent), starts)
    assert found == pytest.approx(expected.tolist(), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_the_exponent_is_the_likeliest(kind: str) -> None:
    fit = fit_power_law(sample(kind))

    def log_likelihood(exponent: float) -> float:
        log_sum = powerlaw._log_sum(np.array([exponent]), np.array([fit.xmin]))[0]
        return float(-len(fit.tail) * log_sum - exponent * np.log(fit.tail / fit.xmin).sum())

    best = log_likelihood(fit.exponent)
    for off in (1e-3, 1e-2, 1e-1):
        assert best > log_likelihood(fit.exponent * (1 + off))
        assert best > log_likelihood(1 + (fit.exponent - 1) * (1 - off))


@pytest.mark.parametrize("kind", KINDS)
def test_the_distance_is_the_largest_over_all_integers(kind: str) -> None:
    degrees = sample(kind)
    fit = fit_power_law(degrees)
    integers = np.arange(fit.xmin, fit.tail[-1] + 2)
    log_sums = powerlaw._log_sum(np.full(len(integers), fit.exponent), integers)
    law = np.exp(log_sums - log_sums[0] - fit.exponent * np.log(integers / fit.xmin))
    found = np.array([(fit.tail >= x).mean() for x in integers])
    assert fit.ks == pytest.approx(np.abs(law - found).max(), rel=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_tail_is_closer(kind: str) -> None:
    degrees = sample(kind)
    fit = fit_power_law(degrees)
    tails = [degrees[degrees >= xmin] for xmin in np.unique(degrees)[:-1]]
    rest = {int(tail[0]): fitted(tail, int(tail[0])).ks for tail in tails if len(tail) >= 10}
    assert min(rest, key=lambda xmin: rest[xmin]) == fit.xmin
    assert fit.ks == min(rest.values())


def test_the_ratio_tells_the_laws_apart() -> None:
    rng = np.random.default_rng(5)
    power = np.sort(rng.zipf(2.5, 2000))
    assert powerlaw._vuong("it", powerlaw._log_ratios(fitted(power, 1))) > 5
    exponential = np.sort(rng.geometric(0.15, 2000))
    assert powerlaw._vuong("it", powerlaw._log_ratios(fitted(exponential, 1))) < -5


def test_metrics_fit_the_total_degrees() -> None:
    graph = star_of_stars()
    degrees = np.sort((graph.sum(axis=0) + graph.sum(axis=1)).astype(np.int64))
    fit = fit_power_law(degrees)
    exponent, ks, ratio, p_value = values(fit)
    assert [metric(graph) for metric in METRICS] == [exponent, fit.xmin, ks, ratio, p_value]
    assert all(type(metric(graph)) is float for metric in METRICS)


@pytest.mark.parametrize("metric", METRICS)
def test_what_leaves_the_degrees_alone_changes_nothing(metric: Callable[[object], float]) -> None:
    graph = star_of_stars()
    order = np.random.default_rng(3).permutation(len(graph))
    assert metric(graph.T) == metric(graph)
    assert metric(graph[np.ix_(order, order)]) == metric(graph)
    assert metric(graph + np.eye(len(graph))) == metric(graph)
    assert metric(np.pad(graph, (0, 5))) == metric(graph)  # isolated nodes are left out
    assert metric(graph + graph.T) == metric(graph)  # an undirected graph has its own degrees


@pytest.mark.parametrize("metric", METRICS)
def test_a_fit_needs_nodes_and_degrees(metric: Callable[[object], float]) -> None:
    rule = rf"^`{metric.__name__}` needs at least 10 nodes with an edge, of 2 distinct degrees; "
    with pytest.raises(UndefinedMetricError, match=rule + r"got 0 nodes of 0 distinct\.$"):
        metric(np.eye(12))
    with pytest.raises(UndefinedMetricError, match=rule + r"got 9 nodes of 2 distinct\.$"):
        metric(np.pad(np.eye(9, k=1), (0, 4)))
    with pytest.raises(UndefinedMetricError, match=rule + r"got 12 nodes of 1 distinct\.$"):
        metric(np.roll(np.eye(12), 1, axis=1))


def test_a_ratio_needs_a_spread() -> None:
    match = r"^`it` needs log-likelihood ratios that differ over the tail; got 0\.5 everywhere\.$"
    with pytest.raises(UndefinedMetricError, match=match):
        powerlaw._vuong("it", np.full(12, 0.5))
