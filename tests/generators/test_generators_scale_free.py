"""Preferential attachment: edge counts, connectedness, tails, and networkx's statistics."""

from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError
from rnngraph.generators import barabasi_albert, erdos_renyi, scale_free


def _means_agree(
    ours: list[Adjacency], theirs: list[Adjacency], statistic: Callable[[Adjacency], float]
) -> bool:
    a, b = ([statistic(adjacency) for adjacency in graphs] for graphs in (ours, theirs))
    standard_error = np.hypot(np.std(a) / np.sqrt(len(a)), np.std(b) / np.sqrt(len(b)))
    return bool(abs(np.mean(a) - np.mean(b)) < 4 * standard_error)


@pytest.mark.parametrize(("n", "m_attach"), [(2, 1), (10, 1), (10, 4), (30, 5), (9, 8)])
def test_barabasi_albert_has_as_many_edges_as_networkx(n: int, m_attach: int) -> None:
    adjacency = barabasi_albert(n, m_attach, rng=0)
    edges = nx.barabasi_albert_graph(n, m_attach, seed=0).number_of_edges()
    assert adjacency.sum() == 2 * edges == 2 * m_attach * (n - m_attach)


def test_barabasi_albert_nodes_join_m_attach_earlier_ones() -> None:
    adjacency = barabasi_albert(40, 3, rng=0)
    assert (np.tril(adjacency).sum(axis=1)[4:] == 3).all()
    assert nx.is_connected(nx.from_numpy_array(adjacency))


def test_barabasi_albert_degrees_are_those_of_networkx_and_not_of_erdos_renyi() -> None:
    gen = np.random.default_rng(0)
    ours = [barabasi_albert(150, 3, rng=gen) for _ in range(60)]
    theirs = [nx.to_numpy_array(nx.barabasi_albert_graph(150, 3, seed=gen)) > 0 for _ in range(60)]
    assert _means_agree(ours, theirs, lambda a: a.sum(axis=0).max())
    assert _means_agree(ours, theirs, lambda a: a.sum(axis=0).var())
    assert _means_agree(ours, theirs, lambda a: (a.sum(axis=0) == 3).mean())
    flat = erdos_renyi(150, m=int(ours[0].sum()), directed=False, rng=gen)
    assert ours[0].sum(axis=0).max() > 1.5 * flat.sum(axis=0).max()


def test_barabasi_albert_tail_has_exponent_3() -> None:
    # P(degree >= d) of the limit is m (m + 1) / (d (d + 1)).
    degrees = np.concatenate([barabasi_albert(2000, 2, rng=s).sum(axis=0) for s in range(4)])
    for d in (2, 4, 8, 16):
        assert (degrees >= d).mean() == pytest.approx(6 / (d * (d + 1)), rel=0.15)


def test_barabasi_albert_meets_m_between_two_m_attach() -> None:
    m = 2 * (3 * 37 + 10)
    adjacency = barabasi_albert(40, m=m, rng=0)
    brought = np.tril(adjacency).sum(axis=1)[4:]
    assert sorted(set(brought)) == [3, 4]
    assert (brought == 4).sum() == 10
    assert np.array_equal(barabasi_albert(40, m=2 * 3 * 37, rng=0).sum(), 2 * 3 * 37)


def test_m_attach_is_checked() -> None:
    with pytest.raises(InputError, match=r"`m_attach` must be an integer in \[1, 9\]; got 10\."):
        barabasi_albert(10, 10, rng=0)


def test_scale_free_statistics_are_those_of_networkx() -> None:
    gen = np.random.default_rng(1)
    ours = [scale_free(200, rng=gen) for _ in range(60)]
    theirs = []
    for _ in range(60):
        adjacency = nx.to_numpy_array(nx.scale_free_graph(200, seed=gen)) > 0
        np.fill_diagonal(adjacency, False)
        theirs.append(adjacency)
    assert _means_agree(ours, theirs, lambda a: a.sum())
    assert _means_agree(ours, theirs, lambda a: a.sum(axis=0).max())
    assert _means_agree(ours, theirs, lambda a: a.sum(axis=1).max())
    assert _means_agree(ours, theirs, lambda a: (a.sum(axis=0) == 0).mean())


@pytest.mark.parametrize("m", [None, 40, 100, 400, 1300])
def test_scale_free_grows_every_node_onto_the_first_three(m: int | None) -> None:
    adjacency = scale_free(40, m=m, rng=0)
    assert adjacency[[0, 1, 2], [1, 2, 0]].all()
    joined = adjacency | adjacency.T
    assert all(joined[node, :node].any() for node in range(1, 40))


def test_scale_free_with_n_edges_has_the_births_only() -> None:
    adjacency = scale_free(300, 0.6, 0.1, 0.3, m=300, rng=0)
    from_new = np.tril(adjacency)[3:].sum() / 297
    assert from_new == pytest.approx(2 / 3, abs=0.09)
    assert scale_free(3, rng=0).sum() == 3


def test_scale_free_in_degrees_have_a_heavier_tail_than_erdos_renyi() -> None:
    adjacency = scale_free(300, m=1500, rng=0)
    assert adjacency.sum(axis=0).max() > 3 * erdos_renyi(300, m=1500, rng=0).sum(axis=0).max()


def test_scale_free_uses_pairs_of_weight_0_last() -> None:
    # With delta_out = 0 nodes born by an edge to them never send; m = n(n-1) needs them all.
    adjacency = scale_free(12, 0.2, 0.3, 0.5, m=80, rng=3)
    silent = adjacency.sum(axis=1) == 0
    assert silent.any()
    assert scale_free(12, 0.2, 0.3, 0.5, m=132, rng=3).sum() == 132


def test_scale_free_arguments_are_checked() -> None:
    with pytest.raises(InputError, match=r"`alpha` must be a number in \[0, 1\]; got 1\.2\."):
        scale_free(10, 1.2, rng=0)
    with pytest.raises(InputError, match=r"`beta` must be a number in \[0, 1\]; got -1\."):
        scale_free(10, 0.5, -1, rng=0)
    with pytest.raises(InputError, match=r"`gamma` must be a number in \[0, 1\]; got 'x'\."):
        scale_free(10, 0.5, 0.5, "x", rng=0)  # type: ignore[arg-type]  # the error under test
    with pytest.raises(InputError, match=r"sum to 1 with `beta` below 1; got 0\.5, 0\.4 and 0\.2"):
        scale_free(10, 0.5, 0.4, 0.2, rng=0)
    with pytest.raises(InputError, match=r"sum to 1 with `beta` below 1; got 0\.0, 1\.0 and 0\.0"):
        scale_free(10, 0, 1, 0, rng=0)
    with pytest.raises(InputError, match=r"`delta_in` must be a number >= 0; got -0\.1\."):
        scale_free(10, delta_in=-0.1, rng=0)
    with pytest.raises(InputError, match=r"`delta_out` must be a number >= 0; got -2\."):
        scale_free(10, delta_out=-2, rng=0)
