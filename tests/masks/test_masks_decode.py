"""Model -> graph: round trips, gate fusion, thresholds, signs and projections."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor, nn

from rnngraph._types import CELLS, Adjacency, Cell
from rnngraph.errors import InputError
from rnngraph.masks import GATES, graph_of, recurrent_mask
from rnngraph.masks.layout import DIRECTIONS, Direction

MaskedTorch = Callable[..., nn.RNNBase]
PATH = np.eye(3, k=1, dtype=bool)  # 0 -> 1 -> 2

few = settings(max_examples=25, deadline=None)
cells = st.sampled_from(CELLS)
graphs = st.integers(1, 6).flatmap(lambda n: arrays(bool, (n, n)))
graph_lists = st.tuples(st.integers(1, 5), st.integers(1, 3)).flatmap(
    lambda size: st.lists(arrays(bool, (size[0],) * 2), min_size=size[1], max_size=size[1])
)


def network_of(*gates: list[list[float]]) -> nn.RNNBase:
    """A one-layer network of the cell with that many gates; each gate rows = source."""
    values = torch.tensor(gates, dtype=torch.float64).transpose(1, 2).flatten(0, 1)
    stock: dict[int, MaskedTorch] = {1: nn.RNN, 3: nn.GRU, 4: nn.LSTM}
    network = stock[len(gates)](1, values.shape[1], dtype=torch.float64)
    with torch.no_grad():
        network.get_parameter("weight_hh_l0").copy_(values)
    return network


def test_path_pins_the_orientation() -> None:
    network = nn.RNN(1, 3)
    with torch.no_grad():
        weight = network.get_parameter("weight_hh_l0").zero_()
        weight[1, 0] = 0.5  # Torch: unit 1 reads unit 0.
        weight[2, 1] = -0.5
    np.testing.assert_array_equal(graph_of(network), PATH)
    np.testing.assert_array_equal(graph_of(network, weights=True), 0.5 * PATH)


@few
@given(graph=graphs, cell=cells)
def test_mask_round_trip(graph: Adjacency, cell: Cell) -> None:
    back = graph_of(recurrent_mask(graph, cell))
    np.testing.assert_array_equal(back, graph)
    assert back.dtype == bool
    assert back.flags.c_contiguous


@few
@given(layers=graph_lists, cell=cells, data=st.data())
def test_round_trip_through_torch_layers_and_directions(
    layers: list[Adjacency], cell: Cell, data: st.DataObject, masked_torch: MaskedTorch
) -> None:
    n = len(layers[0])
    pairs: list[object] = [(graph, data.draw(arrays(bool, (n, n)))) for graph in layers]
    mask = recurrent_mask(pairs, cell, bidirectional=True)
    network = masked_torch(mask)
    for layer, pair in enumerate(pairs):
        assert isinstance(pair, tuple)
        for direction, graph in zip(DIRECTIONS, pair, strict=True):
            for source in (mask, network, network.state_dict()):
                for gates in ("any", "all", "mean", "max", *GATES[cell]):
                    back = graph_of(source, layer=layer, direction=direction, gates=gates)
                    np.testing.assert_array_equal(back, graph)


@few
@given(cell=cells, n=st.integers(1, 5), data=st.data())
def test_round_trip_of_gates_that_differ(
    cell: Cell, n: int, data: st.DataObject, masked_torch: MaskedTorch
) -> None:
    own = {gate: data.draw(arrays(bool, (n, n))) for gate in GATES[cell]}
    mask = recurrent_mask(np.zeros((n, n), dtype=bool), cell, gates=own)
    for source in (mask, masked_torch(mask)):
        for gate, graph in own.items():
            np.testing.assert_array_equal(graph_of(source, gates=gate), graph)
        stacked = np.stack(list(own.values()))
        np.testing.assert_array_equal(graph_of(source), stacked.any(axis=0))
        np.testing.assert_array_equal(graph_of(source, gates="all"), stacked.all(axis=0))
        np.testing.assert_array_equal(graph_of(source, gates="mean"), stacked.any(axis=0))
        np.testing.assert_array_equal(graph_of(source, gates="max"), stacked.any(axis=0))


def test_decoding_leaves_the_source_alone(masked_torch: MaskedTorch) -> None:
    network = masked_torch(recurrent_mask(PATH, "gru"))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    graph_of(network, weights=True, signed=True, gates="z")[:] = 7.0
    graph_of(network)[:] = True
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


# Edges 0 -> 1 in the gates r, z, n: 0.4, -0.2, 0; edge 1 -> 0: -0.3, -0.3, -0.3.
FUSED = network_of(*[[[0.0, up], [-0.3, 0.0]] for up in (0.4, -0.2, 0.0)])


@pytest.mark.parametrize(
    ("gates", "threshold", "up", "down"),
    [
        ("any", 0.0, True, True),
        ("any", 0.3, True, False),
        ("any", 0.4, False, False),
        ("all", 0.0, False, True),
        ("all", 0.29, False, True),
        ("mean", 0.0, True, True),
        ("mean", 0.19, True, True),
        ("mean", 0.21, False, True),
        ("max", 0.39, True, False),
        ("r", 0.3, True, False),
        ("z", 0.1, True, True),
        ("n", 0.0, False, True),
    ],
)
def test_edges_by_gates_and_threshold(gates: str, threshold: float, up: bool, down: bool) -> None:
    expected = [[False, up], [down, False]]
    assert graph_of(FUSED, gates=gates, threshold=threshold).tolist() == expected


@pytest.mark.parametrize(
    ("gates", "threshold", "signed", "up", "down"),
    [
        ("any", 0.0, False, 0.2, 0.3),
        ("any", 0.3, False, 0.2, 0.0),
        ("all", 0.0, False, 0.0, 0.3),
        ("mean", 0.0, False, 0.2, 0.3),
        ("mean", 0.25, False, 0.0, 0.3),
        ("max", 0.0, False, 0.4, 0.3),
        ("z", 0.0, False, 0.2, 0.3),
        ("any", 0.0, True, 0.2 / 3, -0.3),
        ("mean", 0.0, True, 0.2 / 3, -0.3),
        ("all", 0.0, True, 0.0, -0.3),
        ("max", 0.0, True, 0.4, -0.3),
        ("z", 0.0, True, -0.2, -0.3),
    ],
)
def test_weights_by_gates_and_threshold(
    gates: str, threshold: float, signed: bool, up: float, down: float
) -> None:
    weights = graph_of(FUSED, gates=gates, threshold=threshold, weights=True, signed=signed)
    np.testing.assert_allclose(weights, [[0.0, up], [down, 0.0]])
    assert weights.dtype == np.float64


def test_signed_max_takes_the_first_gate_in_a_tie() -> None:
    network = network_of(*[[[value]] for value in (0.1, -0.5, 0.5)])
    assert graph_of(network, gates="max", weights=True, signed=True).tolist() == [[-0.5]]


def test_signed_weights_of_a_plain_cell_are_torchs_transposed() -> None:
    network = nn.RNN(2, 4)
    weight = network.get_parameter("weight_hh_l0").detach().numpy()
    np.testing.assert_array_equal(graph_of(network, weights=True, signed=True), weight.T)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_any_float_type_is_read_exactly(dtype: torch.dtype) -> None:
    weight = torch.tensor([[0.0, 0.1], [0.2, 0.0]]).to(dtype)
    decoded = graph_of({"weight_hh_l0": weight}, weights=True)
    np.testing.assert_array_equal(decoded, weight.double().numpy().T)


def projected(n: int = 4, size: int = 2, layers: int = 1) -> nn.LSTM:
    network = nn.LSTM(3, n, layers, proj_size=size, bidirectional=True, dtype=torch.float64)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.uniform_(-0.5, 0.5, generator=random)
            parameter[torch.rand(parameter.shape, generator=random) < 0.4] = 0.0
    return network


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("layer", [0, 1])
def test_projected_graph_is_what_units_read_through_projections(
    layer: int, direction: Direction
) -> None:
    network = projected(layers=2)
    way = f"l{layer}" + ("_reverse" if direction == "backward" else "")
    hh, hr = (network.get_parameter(f"weight_{block}_{way}") for block in ("hh", "hr"))
    for position, gate in enumerate(GATES["lstm"]):
        product = (hh[4 * position : 4 * position + 4] @ hr).detach().numpy()
        edges = graph_of(network, layer=layer, direction=direction, gates=gate)
        np.testing.assert_array_equal(edges, product.T != 0)
        values = graph_of(
            network, layer=layer, direction=direction, gates=gate, weights=True, signed=True
        )
        np.testing.assert_allclose(values, product.T, atol=1e-15)


def test_projected_weights_drive_an_equal_lstm_without_projection() -> None:
    network = projected()
    plain = nn.LSTM(3, 4, dtype=torch.float64)
    x = torch.rand(5, 1, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    with torch.no_grad():
        for name in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
            plain.get_parameter(name).copy_(network.get_parameter(name))
        for position, gate in enumerate(GATES["lstm"]):
            decoded = graph_of(network, gates=gate, weights=True, signed=True)
            rows = slice(4 * position, 4 * position + 4)
            plain.get_parameter("weight_hh_l0")[rows] = torch.from_numpy(decoded.T)
        projection = network.get_parameter("weight_hr_l0")
        torch.testing.assert_close(network(x)[0][..., :2], plain(x)[0] @ projection.T)


def test_projected_paths_that_cancel_are_an_edge_without_a_threshold() -> None:
    state = {
        "weight_hh_l0": torch.tensor([[1.0, -1.0]] * 8),
        "weight_hr_l0": torch.tensor([[0.5, 0.0], [0.5, 0.0]]),
    }
    assert graph_of(state).tolist() == [[True, True], [False, False]]
    assert not graph_of(state, threshold=1e-9).any()


def test_projected_live_paths_of_value_zero_are_edges() -> None:
    live = torch.tensor([[0, 1]] + [[0, 0]] * 7)
    state = {
        "weight_hh_l0_orig": torch.zeros(8, 2),
        "weight_hh_l0_mask": live,
        "weight_hr_l0_orig": torch.zeros(2, 2),
        "weight_hr_l0_mask": torch.tensor([[1, 1], [0, 1]]),
    }
    assert graph_of(state, gates="i").tolist() == [[False, False], [True, False]]
    assert not graph_of(state, gates="f").any()


def dense(cell_gates: int, n: int = 2) -> dict[str, Tensor]:
    return {"weight_hh_l0": torch.ones(cell_gates * n, n)}


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: graph_of(nn.GRU(1, 2, 2), layer=2),
            r"`layer` must be an integer in \[0, 1\]; got 2",
        ),
        (lambda: graph_of(nn.GRU(1, 2), layer=-1), r"`layer` must be an integer in \[0, 0\]"),
        (
            lambda: graph_of(nn.GRU(1, 2), direction="backward"),
            "`source` has no `weight_hh_l0_reverse`: no layer 0 that reads backward",
        ),
        (
            lambda: graph_of(nn.GRU(1, 2), direction="backwards"),  # type: ignore[call-overload]
            r"`direction` must be one of forward, backward; got 'backwards'. Did you mean 'backw",
        ),
        (
            lambda: graph_of(nn.GRU(1, 2), gates="f"),
            "`gates` must be one of any, all, mean, max, r, z, n; got 'f'",
        ),
        (
            lambda: graph_of(nn.LSTM(1, 2), gates="men"),
            r"`gates` must be one of .*, i, f, g, o; got 'men'. Did you mean 'mean'\?",
        ),
        (lambda: graph_of(nn.GRU(1, 2), threshold=-0.1), "`threshold` must be a number >= 0"),
        (
            lambda: graph_of(nn.GRU(1, 2), threshold=float("nan")),
            "`threshold` must be a number >= 0; got nan",
        ),
        (lambda: graph_of(nn.GRU(1, 2), signed=True), "`signed` needs `weights=True`"),
        (
            lambda: graph_of(recurrent_mask(PATH, "gru"), weights=True),
            "`source` is a RecurrentMask: it has no weights",
        ),
        (
            lambda: graph_of(recurrent_mask(PATH, "gru"), threshold=0.1),
            "`source` is a RecurrentMask: it has no weights",
        ),
        (
            lambda: graph_of(dense(2)),
            r"`source` must stack 1, 3, 4 gates of n units in `weight_hh_l0`; got shape \(4, 2\)",
        ),
        (
            lambda: graph_of({"weight_hh_l0": torch.ones(7, 3)}),
            r"must stack 1, 3, 4 gates .*\(7, 3\)",
        ),
        (
            lambda: graph_of({"weight_hh_l0": torch.ones(3)}),
            r"`weight_hh_l0` must be a matrix; got shape \(3,\)",
        ),
        (
            lambda: graph_of({"weight_hh_l0": torch.ones(8, 2), "weight_hr_l0": torch.ones(3, 2)}),
            r"`weight_hr_l0` must have 2 rows, as `weight_hh_l0` has columns; got shape \(3, 2\)",
        ),
        (
            lambda: graph_of({"weight_hh_l0_mask": torch.ones(2, 3), **dense(1)}),
            r"`weight_hh_l0` and its mask must have one shape; got \(2, 2\) and \(2, 3\)",
        ),
        (
            lambda: graph_of({"weight_hh_l0": torch.tensor([[float("nan")]])}),
            "`weight_hh_l0` must hold finite weights; got NaN or infinity",
        ),
        (
            lambda: graph_of({"weight_hh_l0": torch.tensor([[float("inf")]])}),
            "`weight_hh_l0` must hold finite weights; got NaN or infinity",
        ),
    ],
)
def test_errors(call: Callable[[], object], match: str) -> None:
    with pytest.raises(InputError, match=match):
        call()
