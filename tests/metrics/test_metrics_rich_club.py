import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.generators import erdos_renyi, rewire
from rnngraph.graphs import as_adjacency
from rnngraph.metrics.rich_club import rich_club_curve, rich_club_ratio, rich_club_zscores


@pytest.fixture
def hubs() -> tuple[Adjacency, Adjacency]:
    """Six hubs on wheels of their own, joined among themselves, or to one another's wheels."""
    star = as_adjacency([(0, leaf) for leaf in range(1, 7)], n=7)
    star[1:, 1:] = np.roll(np.eye(6, dtype=bool), 1, axis=1)
    joined = np.kron(np.eye(6, dtype=bool), star)
    apart = joined.copy()
    at = 7 * np.arange(6)
    for i in range(6):
        for j in range(i):
            joined[at[i], at[j]] = apart[at[i], at[j] + 1 + i] = True
    return joined | joined.T, apart | apart.T


def test_an_undirected_club_is_that_of_networkx(digraph: Adjacency) -> None:
    closure = digraph | digraph.T
    expected = nx.rich_club_coefficient(nx.from_numpy_array(closure), normalized=False)
    ks, found = rich_club_curve(closure)
    # Ours counts degrees both ways: k undirected neighbours are 2 k.
    for k, share in expected.items():
        assert found[ks == 2 * k] == pytest.approx(share)


def test_a_directed_club_by_definition(digraph: Adjacency) -> None:
    degree = digraph.sum(axis=0) + digraph.sum(axis=1)
    for k, share in zip(*rich_club_curve(digraph), strict=True):
        members = degree > k
        n = members.sum()
        assert share == pytest.approx(digraph[np.ix_(members, members)].sum() / (n * (n - 1)))


def test_degree_by_degree(digraph: Adjacency) -> None:
    nulls = [rewire(digraph, rng=seed) for seed in range(20)]
    table = rich_club_zscores(digraph, nulls)
    assert list(table) == [
        *("k", "n_nodes", "n_edges", "rich_club", "null_mean", "null_std"),
        *("ratio", "z_score", "percentile", "n"),
    ]
    ks, found = rich_club_curve(digraph)
    degree = digraph.sum(axis=0) + digraph.sum(axis=1)
    values = np.array([rich_club_curve(null)[1] for null in nulls])  # of the same degrees
    assert table["k"].tolist() == ks.tolist()
    assert table["n_nodes"].tolist() == [(degree > k).sum() for k in ks]
    assert table["n_edges"].tolist() == [digraph[np.ix_(degree > k, degree > k)].sum() for k in ks]
    np.testing.assert_allclose(table["rich_club"], found)
    np.testing.assert_allclose(table["null_mean"], values.mean(axis=0))
    std = values.std(axis=0, ddof=1)
    np.testing.assert_allclose(table["null_std"], std, atol=1e-15)
    known = (std > 1e-12) & (values.mean(axis=0) > 0)
    assert (table["n"] == 20).all()
    for k in np.flatnonzero(known):
        row = table.loc[k]
        assert row["ratio"] == pytest.approx(found[k] / values[:, k].mean())
        assert row["z_score"] == pytest.approx((found[k] - values[:, k].mean()) / std[k])
        below = (values[:, k] < found[k] - 1e-12).sum()
        ties = np.isclose(values[:, k], found[k]).sum()
        assert row["percentile"] == pytest.approx(5 * (below + ties / 2))


def test_what_a_degree_has_nothing_to_say_of() -> None:
    # Two nodes of degree above 1, in a path of 4; and in the null graph none.
    path, ring = np.eye(4, k=1, dtype=bool), as_adjacency([(0, 1), (1, 0), (2, 3)], n=4)
    table = rich_club_zscores(path, [ring])
    assert table["k"].tolist() == [0, 1]
    assert table["n"].tolist() == [1, 1]
    assert table["null_std"].isna().all()  # of one value
    assert table["z_score"].isna().all()
    wide = as_adjacency([(0, 1), (2, 1), (3, 1)], n=4)
    [whole, top] = rich_club_zscores(path, [wide, wide]).to_dict("records")
    assert (whole["ratio"], whole["null_std"], whole["percentile"]) == (1, 0, 50)
    assert np.isnan(whole["z_score"])
    assert top["n"] == 0
    assert np.isnan([top["null_mean"], top["ratio"], top["percentile"]]).all()


def test_a_club_that_no_null_joins_has_no_ratio(hubs: tuple[Adjacency, Adjacency]) -> None:
    joined, apart = hubs
    row = rich_club_zscores(joined, [apart]).loc[10]  # above the degree of the rims
    assert (row["n_nodes"], row["rich_club"], row["null_mean"]) == (6, 1, 0)
    assert np.isnan(row["ratio"])
    assert row["percentile"] == 100


def test_against_itself_a_graph_is_no_richer(digraph: Adjacency) -> None:
    if len(digraph) > 6:
        assert rich_club_ratio(digraph, [digraph, digraph]) == pytest.approx(1)


@pytest.mark.parametrize("directed", [True, False])
def test_random_graphs_have_a_ratio_of_1_on_average(directed: bool) -> None:
    ratios = []
    for seed in range(30):
        graph = erdos_renyi(30, m=90, directed=directed, rng=seed)
        ratios.append(rich_club_ratio(graph, [rewire(graph, rng=null) for null in range(4)]))
    error = np.std(ratios, ddof=1) / len(ratios) ** 0.5
    assert error < 0.03
    assert abs(np.mean(ratios) - 1) < 3 * error
    assert min(ratios) < 1 < max(ratios)


def test_a_club_among_hubs_stands_out(hubs: tuple[Adjacency, Adjacency]) -> None:
    joined, apart = hubs
    nulls = [rewire(joined, rng=seed) for seed in range(5)]
    assert rich_club_ratio(joined, nulls) > 1.5
    assert rich_club_ratio(apart, nulls) < 0.5


def test_nulls_are_needed_and_alike(digraph: Adjacency) -> None:
    for function in (rich_club_zscores, rich_club_ratio):
        with pytest.raises(InputError, match=r"^`nulls` must hold at least 1 graph; got none\.$"):
            function(digraph, [])
        n, m = len(digraph), digraph.sum()
        larger = np.pad(digraph, (0, 1))
        match = (
            rf"^`nulls` must have the graph's {n} nodes and {m} edges; got {n + 1} nodes and {m}"
        )
        with pytest.raises(InputError, match=match):
            function(digraph, [digraph, larger])
        fewer = digraph.copy()
        fewer[tuple(np.argwhere(digraph)[0])] = False
        with pytest.raises(
            InputError, match=rf"got {n} nodes and {m - 1} edges in null graph 1\.$"
        ):
            function(digraph, [digraph, fewer])


def test_a_club_that_is_nobodys(ring: Adjacency, hubs: tuple[Adjacency, Adjacency]) -> None:
    match = r"^`rich_club_ratio` needs a degree that leaves 5 nodes above it, joined in a null grap"
    with pytest.raises(UndefinedMetricError, match=match):
        rich_club_ratio(ring, [ring])
    star = as_adjacency([(0, leaf) for leaf in range(1, 7)], n=7)
    six = np.kron(np.eye(6, dtype=bool), star)
    with pytest.raises(UndefinedMetricError, match=match):
        rich_club_ratio(six, [six])
