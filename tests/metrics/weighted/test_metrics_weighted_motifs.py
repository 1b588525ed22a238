from collections import defaultdict
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from rnngraph._types import Adjacency, Weights
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.graphs import to_networkx
from rnngraph.metrics import METRICS, WEIGHTED
from rnngraph.nulls import MOTIFS, null_zscores

TYPES = [name.removeprefix("triad_") for name in MOTIFS]


def by_hand(weights: Weights) -> dict[str, list[tuple[float, float]]]:
    """Type of motif -> intensity and coherence of each; types by networkx."""
    graph = to_networkx(weights)
    found = defaultdict(list)
    for three in combinations(range(len(weights)), 3):
        part = graph.subgraph(three)
        if part.number_of_edges() > 1 and nx.is_weakly_connected(part):
            w = np.array([w for *_, w in part.edges(data="weight")]) / weights.max()
            intensity = w.prod() ** (1 / len(w))
            found[nx.triad_type(part)].append((intensity, intensity / w.mean()))
    return found


def test_motifs_one_by_one(weights: Weights) -> None:
    expected = by_hand(weights)
    assert set(expected) <= set(TYPES)
    for name in TYPES:
        intensity = sum(each for each, _ in expected[name])
        assert WEIGHTED[f"motif_intensity_{name}"](weights) == pytest.approx(intensity, rel=1e-9)
        coherence = WEIGHTED[f"motif_coherence_{name}"]
        if expected[name]:
            mean = np.mean([each for _, each in expected[name]])
            assert coherence(weights) == pytest.approx(mean, rel=1e-9)
        else:
            match = rf"^`motif_coherence_{name}` needs a motif i <?->? .*; got none\.$"
            with pytest.raises(UndefinedMetricError, match=match):
                coherence(weights)


def test_equal_weights_leave_the_census(digraph: Adjacency) -> None:
    for name in TYPES:
        count = METRICS[f"triad_{name}"](digraph)
        assert WEIGHTED[f"motif_intensity_{name}"](0.3 * digraph) == count
        if count:
            assert WEIGHTED[f"motif_coherence_{name}"](0.3 * digraph) == 1


def test_a_ring_of_three() -> None:
    ring = np.array([[0, 1, 0], [0, 0, 1 / 8], [1, 0, 0]])
    assert WEIGHTED["motif_intensity_030C"](ring) == pytest.approx(1 / 2)
    assert WEIGHTED["motif_coherence_030C"](ring) == pytest.approx((1 / 2) / (2.125 / 3))
    assert WEIGHTED["motif_intensity_030T"](ring) == 0


def test_products_that_floats_cannot_hold() -> None:
    weak = 1e-200
    fan = np.array([[0, weak, weak, 1], [0, 0, weak, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert WEIGHTED["motif_intensity_030T"](fan) == pytest.approx(weak, rel=1e-9)
    assert WEIGHTED["motif_coherence_030T"](fan) == pytest.approx(1)


def test_signs_are_refused() -> None:
    for name in ("motif_intensity_021C", "motif_coherence_021C"):
        match = (
            r"^`weights` must be >= 0, since intensity and coherence take no signs: .*; got -1\.$"
        )
        with pytest.raises(InputError, match=match):
            WEIGHTED[name](np.diag([1.0, -1], 1))


def test_weights_that_seek_a_motif_stand_out() -> None:
    rng = np.random.default_rng(0)
    ring = np.roll(np.eye(30), 1, axis=1)
    loops = np.kron(np.eye(10), np.roll(np.eye(3), 1, axis=1))
    order = rng.permutation(30)
    weights = np.maximum(loops[np.ix_(order, order)], ring * rng.uniform(0.01, 0.1, (30, 30)))
    names = ["motif_intensity_030C", "motif_coherence_030C"]
    table = null_zscores(weights, names, null="shuffle", n=50, rng=0, weight_as="strength")
    assert (table["z_score"] > 3).all()
