"""Whether the total degrees have a power-law tail: fit and likelihood-ratio test, no sampling.

The tail is the nodes of degree xmin and above. The degree is in-degree + out-degree; on a symmetric
graph half of it, which is the degree of the undirected graph. Nodes without edges are left out.
"""

from math import erfc, sqrt
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics._topology import Counts, Floats, Topology

_LEAST: Final = 10
_DIRECT: Final = 32
_HALVINGS: Final = 64
_STEP: Final = 1e-100


class PowerLaw(NamedTuple):
    """P(X = x) proportional to x^-exponent for x >= xmin, fitted to `tail`, in rising order."""

    exponent: float
    xmin: int
    ks: float
    tail: Counts


def powerlaw_exponent(adjacency: object) -> float:
    """Exponent of the power law fitted to the tail of the total degrees: unitless, above 1.

    The likeliest exponent, to rounding, of the discrete law x^-exponent / zeta(exponent, xmin). On
    a symmetric graph the degrees are those of the undirected graph, half of in + out.

    Source: Clauset, Shalizi & Newman (2009), SIAM Rev. 51, 661-703, section 3.1.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 10 nodes with an edge, or all of them of one degree.
    """
    return _fit("powerlaw_exponent", Topology.of(adjacency)).exponent


def powerlaw_xmin(adjacency: object) -> float:
    """Total degree where the power-law tail starts, by least KS distance: an integer >= 1.

    Every degree is tried that leaves 10 nodes of 2 distinct degrees; ties go to the longest tail.

    Source: Clauset, Shalizi & Newman (2009), SIAM Rev. 51, 661-703, section 3.3.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 10 nodes with an edge, or all of them of one degree.
    """
    return float(_fit("powerlaw_xmin", Topology.of(adjacency)).xmin)


def powerlaw_ks(adjacency: object) -> float:
    """Kolmogorov-Smirnov distance of the tail of the total degrees to its power law: in [0, 1].

    The largest difference of the two distribution functions over all integers >= xmin. There is no
    p-value of this fit: xmin and the exponent are chosen to make the distance small, so its
    distribution is known only by sampling (section 4.1 of the source), and metrics never sample.

    Source: Clauset, Shalizi & Newman (2009), SIAM Rev. 51, 661-703, equation 3.9.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 10 nodes with an edge, or all of them of one degree.
    """
    return _fit("powerlaw_ks", Topology.of(adjacency)).ks


def powerlaw_vs_exponential(adjacency: object) -> float:
    """Vuong's normalised log-likelihood ratio, power law over exponential: a real number.

    In standard errors; the exponential is the likeliest discrete one, exp(-rate x), on the same
    tail.

    Source: Vuong (1989), Econometrica 57, 307-333; Clauset, Shalizi & Newman (2009), SIAM Rev. 51,
    661-703, section 5.1.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 10 nodes with an edge, or all of them of one degree; or
            the two laws give every node of the tail the same ratio.
    """
    name = "powerlaw_vs_exponential"
    return _vuong(name, _log_ratios(_fit(name, Topology.of(adjacency))))


def powerlaw_p_value(adjacency: object) -> float:
    """Two-sided p-value of `powerlaw_vs_exponential` if both laws fit equally well: in [0, 1].

    A large one says that the degrees do not tell the laws apart, whatever the ratio's sign. It
    compares two laws, and is no test that the power law fits; see `powerlaw_ks`.

    Source: Vuong (1989), Econometrica 57, 307-333; Clauset, Shalizi & Newman (2009), SIAM Rev. 51,
    661-703, section 5.1.

    Args:
        adjacency: Shape (n, n), or any graph that `as_adjacency` takes; self-loops are ignored.

    Raises:
        UndefinedMetricError: Fewer than 10 nodes with an edge, or all of them of one degree; or
            the two laws give every node of the tail the same ratio.
    """
    name = "powerlaw_p_value"
    return erfc(abs(_vuong(name, _log_ratios(_fit(name, Topology.of(adjacency))))) / sqrt(2))


def _fit(name: str, graph: Topology) -> PowerLaw:
    degrees = _degrees(graph)
    n_distinct = len(np.unique(degrees))
    if len(degrees) < _LEAST or n_distinct < 2:
        raise UndefinedMetricError(
            f"`{name}` needs at least {_LEAST} nodes with an edge, of 2 distinct degrees; "
            f"got {len(degrees)} nodes of {n_distinct} distinct."
        )
    return graph.part(_fitted)


def _degrees(graph: Topology) -> Counts:
    degrees = graph.in_degree + graph.out_degree
    if (graph.edges == graph.edges.T).all():
        degrees //= 2
    return np.sort(degrees[degrees > 0])


def _fitted(graph: Topology) -> PowerLaw:
    return fit_power_law(_degrees(graph))


def fit_power_law(degrees: Counts) -> PowerLaw:
    """Fit a power law to the tail, of 10 values or more and 2 distinct, that it fits best.

    Args:
        degrees: Integers >= 1 in rising order, at least 10 of them and 2 distinct.
    """
    starts = np.unique(degrees)[:-1]
    first = np.searchsorted(degrees, starts)
    long_enough = len(degrees) - first >= _LEAST
    starts, first = starts[long_enough], first[long_enough]
    exponents = _likeliest(degrees, starts, first)
    distances = [
        _ks(degrees[start:], exponent) for start, exponent in zip(first, exponents, strict=True)
    ]
    best = int(np.argmin(distances))
    tail = degrees[first[best] :]
    return PowerLaw(float(exponents[best]), int(starts[best]), distances[best], tail)


def _likeliest(degrees: Counts, starts: Counts, first: Counts) -> Floats:
    """Exponents at which the mean of ln(X / xmin) is that of the tail, one for each start.

    Bisection. The mean falls with the exponent a and lies between 1 / (a - 1) - 1 and 1 / (a - 1):
    the gamma integral of the zeta function gives the bounds.
    """
    logs = np.log(degrees)
    found = np.array([(logs[i:] - logs[i]).mean() for i in first])
    low, high = 1 + 1 / (found + 1), 1 + 1 / found
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        # The mean is -d/da of the log of the sum, here by a complex step (Squire & Trapp 1998).
        expected = -_log_sum(middle + 1j * _STEP, starts).imag / _STEP
        low = np.where(expected > found, middle, low)
        high = np.where(expected > found, high, middle)
    return np.asarray((low + high) / 2)


def _log_sum(exponent: NDArray[Any], starts: Counts) -> NDArray[Any]:
    """Log of the sum over k >= 0 of (1 + k / start)^-exponent: start^exponent times zeta.

    Terms one by one, then Euler-Maclaurin: scaled so that large exponents and starts, which the
    zeta function turns into 0, keep all digits.
    """
    terms = np.log1p(np.arange(_DIRECT) / starts[:, None])
    last = starts + float(_DIRECT)
    rest = np.exp(-exponent * np.log(last / starts))
    series, factor = last / (exponent - 1) + 0.5, exponent / last
    for step, bernoulli in enumerate((1 / 12, -1 / 720, 1 / 30240, -1 / 1209600)):
        series = series + bernoulli * factor
        factor = factor * (exponent + 2 * step + 1) * (exponent + 2 * step + 2) / last**2
    direct = np.exp(-exponent[:, None] * terms).sum(axis=1)
    return np.asarray(np.log(direct + rest * series))


def _log_survival(values: Counts, exponent: float, start: int) -> Floats:
    """Log of P(X >= value) under the power law from `start`."""
    both = np.concatenate([[start], values])
    logs = _log_sum(np.full(len(both), exponent), both) - exponent * np.log(both / start)
    return np.asarray(logs[1:] - logs[0])


def _ks(tail: Counts, exponent: float) -> float:
    """Largest difference of the distribution functions: next to a value, on either side."""
    values, counts = np.unique(tail, return_counts=True)
    above = 1 - np.cumsum(counts) / len(tail)
    from_here = above + counts / len(tail)
    upto, beyond = np.exp(
        _log_survival(np.concatenate([values, values + 1]), exponent, tail[0])
    ).reshape(2, -1)
    return float(max(np.abs(from_here - upto).max(), np.abs(above - beyond).max()))


def _log_ratios(fit: PowerLaw) -> Floats:
    """Log of the probability of each node of the tail, power law less exponential."""
    start = np.array([fit.xmin])
    log_sum = _log_sum(np.array([fit.exponent]), start)[0]
    power = -fit.exponent * np.log(fit.tail / fit.xmin) - log_sum
    excess = fit.tail - fit.xmin
    rate = np.log1p(1 / excess.mean())
    return np.asarray(power - np.log(-np.expm1(-rate)) + rate * excess)


def _vuong(name: str, ratios: Floats) -> float:
    """Sum of the log-likelihood ratios in its standard errors."""
    spread = ratios.std()
    if not spread > 1e-12 * np.abs(ratios).max():
        raise UndefinedMetricError(
            f"`{name}` needs log-likelihood ratios that differ over the tail; "
            f"got {ratios[0]:g} everywhere."
        )
    return float(ratios.sum() / (spread * sqrt(len(ratios))))
