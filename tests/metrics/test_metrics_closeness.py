import statistics
from typing import Literal

import networkx as nx
import pytest

from rnngraph._types import Adjacency
from rnngraph.errors import UndefinedMetricError
from rnngraph.metrics import METRICS, NODES, global_efficiency

Side = Literal["in", "out"]
SIDES: list[Side] = ["in", "out"]
NAMES = [name for name in METRICS if name.startswith(("closeness", "harmonic_in", "harmonic_out"))]


def test_closeness_of_the_directed_fixture(f1: Adjacency) -> None:
    assert NODES["closeness_in"].values(f1) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.375, 0])
    assert NODES["closeness_out"].values(f1) == pytest.approx([0.375, 0.45, 0.5625, 0, 0])


def test_harmonic_of_the_directed_fixture(f1: Adjacency) -> None:
    expected = [1.5 / 4, 1.5 / 4, 1.5 / 4, (1 + 1 / 2 + 1 / 3) / 4, 0]
    assert NODES["harmonic_in"].values(f1) == pytest.approx(expected)


@pytest.mark.parametrize("side", SIDES)
def test_scores_are_those_of_networkx(
    side: Side, digraph: Adjacency, peer: "nx.DiGraph[int]"
) -> None:
    # networkx measures inward.
    inward = peer if side == "in" else peer.reverse()
    near = list(nx.closeness_centrality(inward).values())
    far = [score / (len(digraph) - 1) for score in nx.harmonic_centrality(inward).values()]
    assert NODES[f"closeness_{side}"].values(digraph) == pytest.approx(near)
    assert NODES[f"harmonic_{side}"].values(digraph) == pytest.approx(far)
    expected = {
        f"closeness_{side}_mean": statistics.mean(near),
        f"closeness_{side}_var": statistics.variance(near),
        f"closeness_{side}_std": statistics.stdev(near),
        f"harmonic_{side}_var": statistics.variance(far),
        f"harmonic_{side}_std": statistics.stdev(far),
    }
    assert {name: METRICS[name](digraph) for name in expected} == pytest.approx(expected)
    assert global_efficiency(digraph) == pytest.approx(statistics.mean(far))


def test_closed_forms(complete: Adjacency, star: Adjacency, empty: Adjacency) -> None:
    assert METRICS["closeness_in_mean"](complete) == 1
    # Each leaf is reached by 1 of 6 others, at distance 1; the hub reaches all.
    assert METRICS["closeness_in_mean"](star) == pytest.approx(6 / 7 / 6)
    assert METRICS["closeness_out_mean"](star) == pytest.approx(1 / 7)
    assert METRICS["closeness_out_mean"](empty) == METRICS["harmonic_in_std"](empty) == 0


@pytest.mark.parametrize("name", NAMES)
def test_one_node_is_near_nothing(name: str, dot: Adjacency) -> None:
    with pytest.raises(UndefinedMetricError, match=rf"^`{name}` needs at least 2 nodes; got 1\.$"):
        METRICS[name](dot)
