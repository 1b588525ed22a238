from collections import Counter
from math import comb

import networkx as nx

from rnngraph._types import Adjacency
from rnngraph.metrics import n_cycles_2, n_cycles_3


def test_cycles_are_those_of_networkx(digraph: Adjacency, peer: "nx.DiGraph[int]") -> None:
    lengths = Counter(map(len, nx.simple_cycles(peer, length_bound=3)))
    assert n_cycles_2(digraph) == lengths[2]
    assert n_cycles_3(digraph) == lengths[3]


def test_closed_forms(f3l: Adjacency, ring: Adjacency, complete: Adjacency) -> None:
    assert [n_cycles_2(f3l), n_cycles_3(f3l)] == [1, 2]
    assert [n_cycles_2(ring), n_cycles_3(ring)] == [0, 0]
    assert [n_cycles_2(complete), n_cycles_3(complete)] == [comb(6, 2), 2 * comb(6, 3)]
