import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Weights
from rnngraph.errors import InputError
from rnngraph.metrics.weighted import WeightAs
from rnngraph.metrics.weighted.neighbourhoods import (
    weighted_local_efficiencies,
    weighted_local_efficiency,
)

ATTRIBUTE: dict[WeightAs, str] = {"length": "weight", "strength": "length"}


@pytest.mark.parametrize("weight_as", ["strength", "length"])
def test_efficiency_by_the_distances_of_networkx(
    weights: Weights, peer: "nx.DiGraph[int]", weight_as: WeightAs
) -> None:
    expected = []
    for node in range(len(weights)):
        near = set(peer.successors(node)) | set(peer.predecessors(node))
        far = nx.all_pairs_dijkstra_path_length(peer.subgraph(near), weight=ATTRIBUTE[weight_as])
        total = sum(1 / d for i, to in far for j, d in to.items() if i != j)
        expected.append(total / max(1, len(near) * (len(near) - 1)))
    found = weighted_local_efficiencies(weights, weight_as=weight_as)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    mean = weighted_local_efficiency(weights, weight_as=weight_as)
    assert mean == pytest.approx(np.mean(expected), rel=1e-9)


def test_a_triangle_by_hand() -> None:
    weights = np.array([[0, 1, 7], [0, 0, 4.0], [0, 0, 0]])
    found = weighted_local_efficiencies(weights, weight_as="length")
    assert found.tolist() == [1 / 8, 1 / 14, 1 / 2]


def test_what_no_neighbour_meets_is_refused_too() -> None:
    with pytest.raises(InputError, match=r"^`weights` must be >= 0, since path metrics"):
        weighted_local_efficiencies([[0, -1], [0, 0]], weight_as="length")
