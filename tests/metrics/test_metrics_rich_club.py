import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.metrics.rich_club import rich_club_curve, rich_club_ratio


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


def test_against_itself_a_graph_is_no_richer(digraph: Adjacency) -> None:
    assert rich_club_ratio(digraph, [digraph, digraph]) == pytest.approx(1)


def test_a_club_among_hubs_stands_out(star: Adjacency) -> None:
    # Four hubs with leaves of their own: joined among themselves, or to one another's leaves.
    hubs = np.kron(np.eye(4, dtype=bool), star)
    joined, apart = hubs.copy(), hubs.copy()
    at = 7 * np.arange(4)
    for i in range(4):
        for j in range(i):
            joined[at[i], at[j]] = apart[at[i], at[j] + 1] = True
    apart[0, 7] = True
    assert rich_club_ratio(joined, [apart]) > 2


def test_nulls_are_needed(digraph: Adjacency, empty: Adjacency) -> None:
    with pytest.raises(InputError, match=r"^`nulls` must hold at least 1 graph; got none\.$"):
        rich_club_ratio(digraph, [])
    match = r"^`rich_club_ratio` needs null graphs whose nodes of many edges are joined; got a dens"
    with pytest.raises(UndefinedMetricError, match=match):
        rich_club_ratio(digraph, [empty])
