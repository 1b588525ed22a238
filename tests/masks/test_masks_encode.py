"""Graph -> mask: through real torch cells, unit j reads unit i exactly where an edge i -> j is."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnngraph._types import CELLS, Adjacency, Cell
from rnngraph.errors import InputError, UndefinedMetricError
from rnngraph.masks import GATES, RecurrentMask, recurrent_mask

MaskedTorch = Callable[..., nn.RNNBase]
ONE_GATE = [(cell, gate) for cell in CELLS for gate in GATES[cell]]
PATH = np.eye(3, k=1, dtype=bool)  # 0 -> 1 -> 2


def random_graph(n: int, seed: int, density: float = 0.3) -> Adjacency:
    return np.random.default_rng(seed).random((n, n)) < density


def reads(network: nn.RNNBase, seed: int = 0) -> NDArray[np.bool_]:
    """Which hidden state feeds which gate pre-activation in one step, (states, n, n).

    The gradient of the new hidden states by the old ones, of each layer and direction; where a
    GRU carries its own state over, z * h, that direct term is taken away.
    """
    shape = (network.num_layers * (1 + network.bidirectional), 1, network.hidden_size)
    random = torch.Generator().manual_seed(seed)
    x, h0, c0 = (
        torch.rand(size, generator=random, dtype=torch.float64) + 0.2
        for size in ((1, 1, network.input_size), shape, shape)
    )

    def step(h: Tensor) -> Tensor:
        _, state = network(x, (h, c0) if isinstance(network, nn.LSTM) else h)
        new: Tensor = state[0] if isinstance(network, nn.LSTM) else state
        return new

    jacobian = torch.autograd.functional.jacobian(step, h0).squeeze()
    jacobian = jacobian.reshape(*shape[::2], *shape[::2])  # (new state, target, old state, source)
    if isinstance(network, nn.GRU):
        assert shape[0] == 1, "the direct term is worked out for one layer only"
        w_ih, w_hh, b_ih, b_hh = (value.chunk(3)[1] for value in network.parameters())
        z = torch.sigmoid(x[0, 0] @ w_ih.T + b_ih + h0[0, 0] @ w_hh.T + b_hh)
        jacobian = jacobian - torch.diag(z)[None, :, None, :]
    own = torch.stack([jacobian[k, :, k] for k in range(shape[0])])
    return (own.abs() > 1e-12).transpose(1, 2).numpy()


def keep_gate(network: nn.RNNBase, gate: str, cell: Cell) -> None:
    """Silence the recurrent weights of all other gates."""
    n = network.hidden_size
    with torch.no_grad():
        for position, name in enumerate(GATES[cell]):
            if name != gate:
                network.get_parameter("weight_hh_l0")[position * n : (position + 1) * n] = 0.0


@pytest.mark.parametrize(("cell", "gate"), ONE_GATE)
def test_each_gate_reads_exactly_the_edges(
    cell: Cell, gate: str, masked_torch: MaskedTorch
) -> None:
    for seed in range(5):
        graph = random_graph(7, seed)
        network = masked_torch(recurrent_mask(graph, cell), seed=seed)
        keep_gate(network, gate, cell)
        np.testing.assert_array_equal(reads(network)[0], graph)


@pytest.mark.parametrize(("cell", "gate"), ONE_GATE)
def test_each_gate_reads_its_own_graph(cell: Cell, gate: str, masked_torch: MaskedTorch) -> None:
    own = {name: random_graph(6, seed) for seed, name in enumerate(GATES[cell])}
    mask = recurrent_mask(np.zeros((6, 6), dtype=bool), cell, gates=own)
    network = masked_torch(mask)
    keep_gate(network, gate, cell)
    np.testing.assert_array_equal(reads(network)[0], own[gate])


@pytest.mark.parametrize("cell", CELLS)
def test_all_gates_together_read_exactly_the_edges(cell: Cell, masked_torch: MaskedTorch) -> None:
    graph = random_graph(9, 3)
    np.testing.assert_array_equal(reads(masked_torch(recurrent_mask(graph, cell)))[0], graph)


@pytest.mark.parametrize("cell", ["tanh", "relu", "lstm"])
def test_each_layer_and_direction_reads_its_own_graph(
    cell: Cell, masked_torch: MaskedTorch
) -> None:
    graphs = [random_graph(5, seed) for seed in range(6)]
    pairs: list[object] = [tuple(graphs[:2]), tuple(graphs[2:4]), tuple(graphs[4:])]
    network = masked_torch(recurrent_mask(pairs, cell, bidirectional=True))
    np.testing.assert_array_equal(reads(network), graphs)


@pytest.mark.parametrize("cell", CELLS)
def test_path_pins_the_orientation(cell: Cell) -> None:
    block = recurrent_mask(PATH, cell).hidden["weight_hh_l0"].reshape(-1, 3, 3)
    for gate in block:
        assert gate.nonzero().tolist() == [[1, 0], [2, 1]]  # [target, source]


def _units_with_mixed_gates(mask_hh: NDArray[np.bool_], n: int) -> float:
    by_gate = mask_hh.reshape(-1, n, n)
    return float((by_gate != by_gate[0]).any(axis=(0, 2)).mean())


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_no_unit_has_gates_with_different_inputs(cell: Cell) -> None:
    # The published masks interleaved the gates by np.repeat: 82 % of GRU and 87 % of LSTM units
    # got gates with different inputs.
    graph = random_graph(30, 1)
    repeated = np.repeat(graph.T, len(GATES[cell]), axis=0)
    assert _units_with_mixed_gates(repeated, 30) > 0.8
    ours = recurrent_mask(graph, cell).hidden["weight_hh_l0"].numpy()
    assert _units_with_mixed_gates(ours, 30) == 0.0


def test_interleaved_mask_fails_the_gradient_oracle(masked_torch: MaskedTorch) -> None:
    graph = random_graph(7, 0)
    mask = recurrent_mask(graph, "gru")
    wrong = {"weight_hh_l0": torch.from_numpy(np.repeat(graph.T, 3, axis=0))}
    network = masked_torch(RecurrentMask("gru", 7, 1, False, wrong, mask.input, mask.readout))
    assert not np.array_equal(reads(network)[0], graph)


def test_self_loops() -> None:
    graph = np.array([[True, True], [False, False]])
    diagonals = {
        choice: recurrent_mask(graph, "gru", self_loops=choice).hidden["weight_hh_l0"]
        for choice in (None, True, False)
    }
    for choice, expected in ((None, [True, False]), (True, [True] * 2), (False, [False] * 2)):
        for block in diagonals[choice].reshape(3, 2, 2):
            assert block.diagonal().tolist() == expected
            assert block[1, 0]
    assert graph.tolist() == [[True, True], [False, False]]


def test_gates_full_none_and_unnamed() -> None:
    mask = recurrent_mask(PATH, "gru", gates={"z": "full", "n": None})
    r, z, n = mask.hidden["weight_hh_l0"].reshape(3, 3, 3).numpy()
    np.testing.assert_array_equal(r, PATH.T)
    assert z.all()
    np.testing.assert_array_equal(n, PATH.T)


def test_self_loops_false_reaches_full_gates() -> None:
    mask = recurrent_mask(PATH, "gru", gates={"z": "full"}, self_loops=False)
    z = mask.hidden["weight_hh_l0"].reshape(3, 3, 3)[1]
    assert torch.equal(z, ~torch.eye(3, dtype=torch.bool))


def test_gate_graphs_follow_layers_and_directions() -> None:
    own = random_graph(3, 5)
    layered: list[object] = [(own, PATH), PATH]
    mask = recurrent_mask([PATH, PATH], "lstm", bidirectional=True, gates={"f": layered})
    names = ("weight_hh_l0", "weight_hh_l0_reverse", "weight_hh_l1", "weight_hh_l1_reverse")
    for name, expected in zip(names, (own, PATH, PATH, PATH), strict=True):
        np.testing.assert_array_equal(mask.hidden[name].reshape(4, 3, 3)[1], expected.T)


def test_one_gate_graph_stands_for_every_layer() -> None:
    own = random_graph(3, 5)
    mask = recurrent_mask([PATH, PATH], "gru", gates={"r": own})
    for block in mask.hidden.values():
        np.testing.assert_array_equal(block.reshape(3, 3, 3)[0], own.T)


def test_one_graph_serves_both_directions() -> None:
    mask = recurrent_mask(PATH, "tanh", bidirectional=True)
    assert torch.equal(mask.hidden["weight_hh_l0"], mask.hidden["weight_hh_l0_reverse"])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_blocks_have_the_names_and_sizes_of_torch(
    cell: Cell, bidirectional: bool, masked_torch: MaskedTorch
) -> None:
    mask = recurrent_mask([PATH, PATH], cell, bidirectional=bidirectional)
    network = masked_torch(mask, input_size=4)
    for name, block in mask.hidden.items():
        assert block.dtype == torch.bool
        assert block.shape == network.get_parameter(name).shape
    for name, block in mask.input.items():
        assert block.dtype == torch.bool
        assert block.shape == (network.get_parameter(name).shape[0], 1)
        assert block.all()
    assert {*mask.hidden, *mask.input} == {
        name for name, _ in network.named_parameters() if name.startswith("weight")
    }
    assert mask.readout.shape == (1, 3 * mask.num_directions)
    assert mask.readout.all()


def input_gradient(network: nn.RNNBase) -> NDArray[np.bool_]:
    """Which input channel reaches which output, in one step from rest: (channels, outputs)."""
    x = torch.full((1, 1, network.input_size), 0.3, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda v: network(v)[0], x).squeeze((0, 1, 3, 4))
    reached: NDArray[np.bool_] = (jacobian.abs() > 1e-12).T.numpy()
    return reached


@pytest.mark.parametrize("cell", CELLS)
def test_input_matrix_connects_channels_to_units(cell: Cell, masked_torch: MaskedTorch) -> None:
    channels = random_graph(6, 2)[:4]
    network = masked_torch(recurrent_mask(random_graph(6, 1), cell, input=channels), input_size=4)
    np.testing.assert_array_equal(input_gradient(network), channels)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "units", [[2, 0], np.array([0, 2]), np.array([True, False, True])], ids=["list", "ids", "bool"]
)
def test_input_units_alone_receive_the_input(
    cell: Cell, units: list[int], masked_torch: MaskedTorch
) -> None:
    mask = recurrent_mask(PATH, cell, input=units, bidirectional=True)
    assert mask.input["weight_ih_l0"].shape == (3 * len(GATES[cell]), 1)
    reached = input_gradient(masked_torch(mask))
    np.testing.assert_array_equal(reached, [[True, False, True] * 2] * 2)


def test_between_connects_outputs_below_to_units(masked_torch: MaskedTorch) -> None:
    between = random_graph(6, 4)[:, :3]
    no_edges = np.zeros((3, 3), dtype=bool)
    for unit in range(3):
        # Only `unit` sees the input, and nothing is recurrent: what a channel reaches above is
        # what that unit's two outputs reach.
        mask = recurrent_mask(
            [no_edges, no_edges], "tanh", bidirectional=True, input=[unit], between=between
        )
        reached = input_gradient(masked_torch(mask))
        expected = np.tile(between[unit] | between[3 + unit], 2)
        np.testing.assert_array_equal(reached, [expected, expected])
    assert mask.input["weight_ih_l1"].shape == (3, 6)


def test_readout_forms() -> None:
    assert recurrent_mask(PATH, "gru", readout=[2]).readout.tolist() == [[False, False, True]]
    one_way = recurrent_mask(PATH, "gru", bidirectional=True, readout=[0, 5]).readout
    assert one_way.tolist() == [[True, False, False, False, False, True]]
    matrix = np.array([[1, 0], [0, 0], [1, 1]])
    assert torch.equal(
        recurrent_mask(PATH, "gru", readout=matrix).readout, torch.from_numpy(matrix.T == 1)
    )


def test_nested_lists_are_one_graph() -> None:
    mask = recurrent_mask([[0, 1], [0, 0]], "tanh")
    assert (mask.num_layers, mask.hidden["weight_hh_l0"].tolist()) == (
        1,
        [[False, False], [True, False]],
    )


def test_counts() -> None:
    mask = recurrent_mask([PATH, np.ones((3, 3))], "gru", bidirectional=True)
    assert mask.n_weights == 2 * 3 * (2 + 9)
    assert mask.density == pytest.approx((2 + 6) / 12)
    assert mask.gates == ("r", "z", "n")
    assert repr(mask) == (
        "RecurrentMask(cell='gru', hidden_size=3, num_layers=2, bidirectional=True)"
    )
    single = recurrent_mask([[1]], "tanh")
    assert single.n_weights == 1
    with pytest.raises(UndefinedMetricError, match=r"`density` needs two hidden units; got 1\."):
        _ = single.density


Call = Callable[[], object]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: recurrent_mask(PATH, "gur"),  # type: ignore[arg-type]
            r"`cell` must be one of tanh, relu, gru, lstm; got 'gur'. Did you mean 'gru'\?",
        ),
        (lambda: recurrent_mask([], "gru"), "`graph` must hold at least one layer; got an empty"),
        (lambda: recurrent_mask(np.zeros((2, 3)), "gru"), r"square.*\(2, 3\)"),
        (
            lambda: recurrent_mask(PATH, "gru", gates="full"),  # type: ignore[arg-type]
            "`gates` must map gate names to graphs; got 'full'",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", gates={"update": PATH}),
            "`gates` must be one of r, z, n; got 'update'",
        ),
        (
            lambda: recurrent_mask(PATH, "lstm", gates={"z": PATH}),
            "`gates` must be one of i, f, g, o; got 'z'",
        ),
        (
            lambda: recurrent_mask([PATH, np.eye(4)], "gru"),
            r"`graph` must have one number of nodes .* in layer 0 \(3\); got 4 in layer 1, "
            "forward, gate 'r'",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", gates={"z": np.eye(2)}),
            r"one number of nodes .*\(3\); got 2 in layer 0, forward, gate 'z'",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", gates={"z": [PATH, PATH]}),
            r"`gates\['z'\]` must hold 1 layers; got 2",
        ),
        (
            lambda: recurrent_mask((PATH, PATH), "gru"),
            r"must not hold a tuple \(forward, backward\) without `bidirectional=True`",
        ),
        (
            lambda: recurrent_mask([(PATH, PATH, PATH)], "gru", bidirectional=True),
            r"tuples \(forward, backward\); got 3 items",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", between=np.ones((3, 3))),
            "`between` must be None for a network of one layer",
        ),
        (
            lambda: recurrent_mask([PATH, PATH], "gru", between=np.ones((2, 3))),
            r"`between` must connect 3 x 3 sources x targets; got shape \(2, 3\)",
        ),
        (
            lambda: recurrent_mask([PATH, PATH], "gru", between=[0, 1]),
            r"`between` must connect 3 x 3 sources x targets; got shape \(2,\)",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=np.ones((2, 4))),
            r"`input` must connect any x 3 sources x targets; got shape \(2, 4\)",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", readout=np.ones((2, 3))),
            r"`readout` must connect 3 x any sources x targets; got shape \(2, 3\)",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=np.full((2, 3), 0.5)),
            "`input` must hold only True and False; got float64 values",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=[[1, 0], [1]]),
            "`input` must have rows of equal length",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=[True, False]),
            "`input` must have one bool a unit, 3; got 2",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=[0, 3]),
            r"`input` must hold unit indices in \[0, 2\]; got 3",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=[-1]),
            r"`input` must hold unit indices in \[0, 2\]; got -1",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=[1, 0, 1]),
            r"`input` must name a unit once; got \[1, 0, 1\].*must have dtype bool",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=[0.5]),
            "`input` must hold unit indices or bools; got float64 values",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", readout=[]),
            "`readout` must keep at least one connection; got none",
        ),
        (
            lambda: recurrent_mask(PATH, "gru", input=np.zeros((2, 3))),
            "`input` must keep at least one connection; got none",
        ),
    ],
)
def test_errors(call: Call, match: str) -> None:
    with pytest.raises(InputError, match=match):
        call()
