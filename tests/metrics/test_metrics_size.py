import networkx as nx
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import density, n_edges, n_nodes, n_self_loops, self_loop_fraction


def test_self_loops_are_counted_apart(f3: Adjacency, f3l: Adjacency) -> None:
    assert [n_nodes(f3l), n_edges(f3l), n_self_loops(f3l)] == [4, 6, 2]
    assert self_loop_fraction(f3l) == 0.5
    assert n_self_loops(f3) == 0
    # networkx gives 2/3 here: its numerator counts the self-loops.
    assert density(f3l) == density(f3) == 0.5


def test_density_is_that_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    assert density(digraph) == pytest.approx(nx.density(peer), rel=1e-15)


def test_density_of_an_undirected_graph_is_the_undirected_one(f2: Adjacency) -> None:
    assert density(f2) == nx.density(nx.from_numpy_array(f2))


def test_extreme_densities(complete: Adjacency, empty: Adjacency) -> None:
    assert density(complete) == 1
    assert density(empty) == 0


def test_one_node_has_no_density(dot: Adjacency) -> None:
    with pytest.raises(UndefinedMetricError, match=r"^`density` needs at least 2 nodes; got 1\.$"):
        density(dot)
