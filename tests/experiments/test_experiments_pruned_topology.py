"""What pruning leaves, on graphs whose answer is known."""

import math

import numpy as np
import pytest
import torch

from rnngraph.experiments.pruned_topology import TOPOLOGY, Remaining, remaining, topology
from rnngraph.masks import layered_mask
from rnngraph.nn import LayeredRNN
from rnngraph.pruning import masks_of, set_masks

SEED = np.random.SeedSequence(3)


def chain(cell: str = "gru", *, layers: int = 2, units: int = 6) -> LayeredRNN:
    blocks = np.kron(np.eye(layers, k=1), np.ones((units, units)))
    return LayeredRNN(layered_mask(blocks, cell, embedding_size=4), 5, 2, rng=0)


def of(edges: np.ndarray) -> Remaining:
    return Remaining(edges, (~np.eye(len(edges), dtype=bool),), loops=True)


def test_an_edge_is_left_where_any_gate_reads() -> None:
    model = chain(units=3)
    masks = {name: torch.zeros_like(mask) for name, mask in masks_of(model).items()}
    # Gate z of unit 2 in the first layer reads unit 0; gate n of it too, which is no second edge.
    masks["cells.layer_0.weight_hh_l0"][3 + 2, 0] = True
    masks["cells.layer_0.weight_hh_l0"][6 + 2, 0] = True
    masks["cells.layer_1.weight_ih_l0"][1, 2] = True
    set_masks(model, masks)
    first, second = remaining(model.mask, "both")
    assert np.argwhere(first.adjacency).tolist() == [[0, 2]]
    assert not second.adjacency.any()
    (between,) = remaining(model.mask, "ih")
    assert np.argwhere(between.adjacency).tolist() == [[2, 3 + 1]]


def test_one_layer_has_no_graph_between_layers() -> None:
    assert remaining(chain(layers=1).mask, "ih") == []
    found = topology([], null_graphs=2, seed=SEED)
    assert set(found) == {"edge_share", *TOPOLOGY, *(f"{name}_z" for name in TOPOLOGY)}
    assert all(math.isnan(value) for value in found.values())


@pytest.mark.parametrize("what", ["hh", "ih"])
def test_null_graphs_keep_edges_in_their_blocks_and_self_loops(what: str) -> None:
    model, rng = chain(layers=3), np.random.default_rng(1)
    set_masks(
        model,
        {
            name: torch.from_numpy(rng.random(tuple(mask.shape)) < 0.15)
            for name, mask in masks_of(model).items()
        },
    )
    graph = remaining(model.mask, what)[0]
    null = graph.null(graph.adjacency, rng=np.random.default_rng(2))
    assert not np.array_equal(null, graph.adjacency)
    assert np.array_equal(np.diag(null), np.diag(graph.adjacency))
    for block in graph.blocks:
        assert null[block].sum() == graph.adjacency[block].sum()
    outside = ~np.logical_or.reduce([*graph.blocks, np.eye(len(null), dtype=bool)])
    assert not null[outside].any()


def test_planted_structure_is_found_and_chance_is_not() -> None:
    rng, n = np.random.default_rng(0), 24
    random = of(rng.random((n, n)) < 0.2)
    hub = random.adjacency.copy()
    hub[:, :2] = True
    np.fill_diagonal(hub, True)
    planted = topology([of(hub)], null_graphs=40, seed=SEED)
    assert planted["in_degree_gini_z"] > 5
    assert planted["self_loop_fraction"] == 1
    assert planted["self_loop_fraction_z"] > 5
    chance = topology([random], null_graphs=40, seed=SEED)
    assert all(abs(chance[f"{name}_z"]) < 3.5 for name in TOPOLOGY)


def test_z_of_chance_has_variance_one_over_any_number_of_layers() -> None:
    rng, n = np.random.default_rng(5), 12
    for layers in (1, 4):
        found = [
            topology(
                [of(rng.random((n, n)) < 0.3) for _ in range(layers)],
                null_graphs=30,
                seed=np.random.SeedSequence(k),
            )
            for k in range(60)
        ]
        for name in ("self_loop_fraction_z", "reciprocity_z", "out_degree_gini_z"):
            values = [row[name] for row in found]
            assert abs(np.mean(values)) < 0.5
            assert 0.7 < np.std(values) < 1.4


def test_self_loops_against_the_hypergeometric_distribution() -> None:
    n, m = 5, 9
    edges = np.zeros((n, n), dtype=bool)
    edges.flat[:m] = True
    rng = np.random.default_rng(0)
    drawn = [np.trace(rng.permutation(edges.ravel()).reshape(n, n)) for _ in range(20_000)]
    expected = (np.trace(edges) - np.mean(drawn)) / np.std(drawn)
    assert of(edges).loops_z() == pytest.approx(expected, abs=0.03)
    assert math.isnan(of(np.ones((n, n), dtype=bool)).loops_z())
    assert math.isnan(of(np.zeros((n, n), dtype=bool)).loops_z())


def test_nothing_left_is_no_structure_and_no_error() -> None:
    found = topology([of(np.zeros((4, 4), dtype=bool))], null_graphs=3, seed=SEED)
    assert found["edge_share"] == 0
    assert all(math.isnan(found[f"{name}_z"]) for name in TOPOLOGY)
