import copy
import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from rnngraph._types import CELLS, Cell
from rnngraph.errors import InputError
from rnngraph.masks import graph_of, recurrent_mask
from rnngraph.nn import GraphRNN
from rnngraph.pruning import set_masks
from tests.nn.conftest import random_graph


def make_model(cell: Cell, *, layers: int = 1, bidirectional: bool = False) -> GraphRNN:
    graphs = [random_graph(6, seed) for seed in range(layers)]
    mask = recurrent_mask(
        graphs if layers > 1 else graphs[0],
        cell,
        bidirectional=bidirectional,
        input=np.array([0, 2, 3]),
        readout=np.array([1, 2, 5]),
    )
    return GraphRNN(mask, 4, 3, rng=1, dtype=torch.float64)


def masked_values(model: GraphRNN) -> torch.Tensor:
    """Every parameter value that a mask forbids."""
    names = [name for name, _ in model.rnn.named_parameters() if name.startswith("weight")]
    pairs = [
        (model.rnn.get_parameter(n), getattr(model, n.replace("weight", "mask"))) for n in names
    ]
    pairs.append((model.readout.weight, model.mask_readout))
    return torch.cat([value.detach()[~mask] for value, mask in pairs])


def some_steps(model: GraphRNN, optimizer: torch.optim.Optimizer, n: int = 4) -> None:
    generator = torch.Generator().manual_seed(2)
    for _ in range(n):
        x = torch.randint(0, 4, (5, 7), generator=generator)
        loss = model(x, per_step=True).square().mean() + model(x).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (2, False), (2, True)])
def test_outputs_equal_those_of_the_stock_modules(
    cell: Cell, layers: int, bidirectional: bool
) -> None:
    model = make_model(cell, layers=layers, bidirectional=bidirectional)
    rnn, readout = model.to_torch()
    assert type(rnn) in (nn.RNN, nn.GRU, nn.LSTM)
    x = torch.randn(3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model(x, per_step=True), readout(rnn(x)[0]), rtol=0, atol=0)
    if not bidirectional:
        torch.testing.assert_close(model(x), readout(rnn(x)[0][:, -1]), rtol=0, atol=1e-15)


@pytest.mark.parametrize("cell", CELLS)
def test_the_graph_of_the_model_is_the_graph(cell: Cell) -> None:
    graph = random_graph(9, 4)
    assert (graph_of(GraphRNN(graph, 2, 2, cell, rng=0)) == graph).all()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_sequence_neither_reads_past_its_end_nor_sees_its_batch_mates(
    cell: Cell, bidirectional: bool
) -> None:
    model = make_model(cell, layers=2, bidirectional=bidirectional)
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(4, 8, 4, dtype=torch.float64, generator=generator)
    lengths = torch.tensor([3, 8, 1, 5])
    together = model(x, lengths)
    steps = model(x, lengths, per_step=True)
    for row, length in enumerate(lengths.tolist()):
        alone = x[row : row + 1, :length]
        torch.testing.assert_close(together[row : row + 1], model(alone), rtol=0, atol=1e-14)
        torch.testing.assert_close(
            steps[row : row + 1, :length], model(alone, per_step=True), rtol=0, atol=1e-14
        )
        assert (steps[row, length:] == 0).all()


def test_tokens_are_one_hot_inputs() -> None:
    model = make_model("gru")
    tokens = torch.tensor([[0, 3, 1], [2, 2, 0]])
    one_hot = nn.functional.one_hot(tokens, 4).double()
    torch.testing.assert_close(model(tokens), model(one_hot), rtol=0, atol=0)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "make_optimizer",
    [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
        lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5),
    ],
    ids=["sgd", "adamw", "rmsprop"],
)
def test_masked_weights_stay_exactly_zero(cell: Cell, make_optimizer: Callable) -> None:
    model = make_model(cell, layers=2, bidirectional=True)
    before = model.rnn.weight_hh_l1.detach().clone()
    some_steps(model, make_optimizer(model.parameters()))
    assert (masked_values(model) == 0).all()
    assert len(masked_values(model)) > 50
    moved = (model.rnn.weight_hh_l1 != before)[model.mask_hh_l1]
    assert moved.double().mean() > 0.25


@pytest.mark.parametrize("cell", CELLS)
def test_deepcopy_reload_and_fine_tuning_keep_the_mask(cell: Cell) -> None:
    model = make_model(cell, layers=2, bidirectional=True)
    some_steps(model, torch.optim.AdamW(model.parameters(), lr=0.1))
    x = torch.randint(0, 4, (5, 7), generator=torch.Generator().manual_seed(5))
    copied = copy.deepcopy(model)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    reloaded = make_model(cell, layers=2, bidirectional=True)
    reloaded.load_state_dict(torch.load(file, weights_only=True))
    for other in (copied, reloaded):
        torch.testing.assert_close(other(x), model(x), rtol=0, atol=0)
        some_steps(other, torch.optim.AdamW(other.parameters(), lr=0.1, weight_decay=0.1))
        assert (masked_values(other) == 0).all()
        assert (other(x) != model(x)).any()


def test_loading_forbidden_weights_zeroes_them() -> None:
    model = make_model("lstm")
    state = {name: torch.ones_like(value) for name, value in model.state_dict().items()}
    state |= {name: value for name, value in model.state_dict().items() if "mask" in name}
    model.load_state_dict(state)
    assert (masked_values(model) == 0).all()
    assert (model.rnn.weight_hh_l0[model.mask_hh_l0] == 1).all()


def test_forbidden_weights_set_by_hand_have_no_effect() -> None:
    model, untouched = make_model("gru"), make_model("gru")
    x = torch.randint(0, 4, (5, 7), generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        model.rnn.weight_hh_l0[~model.mask_hh_l0] = 3.0
        model.rnn.weight_ih_l0[~model.mask_ih_l0] = 3.0
        model.readout.weight[~model.mask_readout] = 3.0
    torch.testing.assert_close(model(x), untouched(x), rtol=0, atol=0)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_compiled_model_gives_the_same_and_keeps_the_mask(cell: Cell) -> None:
    model = make_model(cell)
    compiled = torch.compile(model, backend="aot_eager")
    x = torch.randint(0, 4, (5, 7), generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(compiled(x), model(x), rtol=0, atol=1e-14)
    some_steps(compiled, torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1))
    assert (masked_values(model) == 0).all()


def test_gradients_flow_along_edges_only() -> None:
    """The path 0 -> 1 -> 2 read by torch: unit 2 feels unit 0 after two steps, not after one."""
    path = np.zeros((3, 3), dtype=bool)
    path[0, 1] = path[1, 2] = True
    rnn, _ = GraphRNN(path, 1, 1, "tanh", rng=0).to_torch()
    state = torch.zeros(1, 1, 3, requires_grad=True)
    for steps, felt in ((1, [False, True, False]), (2, [True, False, False])):
        last = rnn(torch.zeros(1, steps, 1), state)[1]
        gradient = torch.autograd.grad(last[0, 0, 2], state)[0]
        assert (gradient.flatten() != 0).tolist() == felt


def test_the_global_generators_are_not_touched() -> None:
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    make_model("gru", layers=2).to_torch()
    assert torch.equal(before, torch.get_rng_state())
    assert (numpy_before == np.random.get_state()[1]).all()  # noqa: NPY002


def test_masks_of_one_size_share_the_values_of_common_edges() -> None:
    sparse, full = random_graph(8, 0), np.ones((8, 8), dtype=bool)
    a, b = GraphRNN(sparse, 2, 2, "gru", rng=4), GraphRNN(full, 2, 2, "gru", rng=4)
    live = a.mask_hh_l0
    assert (a.rnn.weight_hh_l0[live] == b.rnn.weight_hh_l0[live]).all()
    assert b.rnn.weight_hh_l0.abs().max() <= 8**-0.5


def test_the_mask_is_what_the_buffers_hold() -> None:
    model = make_model("gru")
    model.mask_hh_l0[:] = False
    assert not graph_of(model).any()
    assert model.mask.n_weights == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_size": 0}, "`input_size` must be an integer >= 1; got 0."),
        ({"output_size": 1.5}, "`output_size` must be an integer >= 1; got 1.5."),
        ({"cell": "tanh"}, "`cell` must be the mask's, 'gru'; got 'tanh'."),
        ({"rng": -1}, "`rng` must be a non-negative integer.*; got -1."),
    ],
)
def test_bad_arguments_are_named(change: dict, message: str) -> None:
    arguments = {"input_size": 2, "output_size": 2, "rng": 0} | change
    with pytest.raises(InputError, match=message):
        GraphRNN(recurrent_mask(random_graph(4, 0), "gru"), **arguments)


def test_an_input_mask_of_another_width_is_refused() -> None:
    mask = recurrent_mask(random_graph(4, 0), "gru", input=np.ones((3, 4), dtype=bool))
    with pytest.raises(InputError, match="`input_size` must fit the mask's input block, 3; got 2."):
        GraphRNN(mask, 2, 2, rng=0)


def test_a_readout_mask_of_another_height_is_refused() -> None:
    mask = recurrent_mask(random_graph(4, 0), "gru", readout=np.ones((4, 3), dtype=bool))
    with pytest.raises(
        InputError, match="`output_size` must fit the mask's readout block, 3; got 2."
    ):
        GraphRNN(mask, 2, 2, rng=0)


@pytest.mark.parametrize("cell", CELLS)
def test_fan_in_gives_every_gate_of_a_unit_the_same_summed_variance(cell: Cell) -> None:
    """E[sum_j w_ij^2] = 1 whatever the in-degree; torch's range gives in-degree / 3n."""
    graph = np.zeros((60, 60), dtype=bool)
    graph[:3, 0::2] = True
    graph[:45, 1::2] = True
    sums = {}
    for init in ("torch", "fan_in"):
        weight = GraphRNN(graph, 2, 2, cell, rng=0, init=init).rnn.weight_hh_l0.detach()
        powers = weight.square().sum(dim=1).reshape(-1, 60).mean(dim=0)
        sums[init] = (powers[0::2].mean().item(), powers[1::2].mean().item())
    assert sums["fan_in"] == pytest.approx((1, 1), abs=0.15)
    assert sums["torch"] == pytest.approx((3 / 180, 45 / 180), rel=0.15)


def test_a_unit_without_sources_starts_at_zero() -> None:
    model = GraphRNN(np.zeros((4, 4), dtype=bool), 2, 2, "gru", rng=0, init="fan_in")
    assert (model.rnn.weight_hh_l0 == 0).all()


def test_an_unknown_init_is_refused() -> None:
    with pytest.raises(InputError, match="`init` must be one of torch, fan_in; got 'fan_out'."):
        GraphRNN(random_graph(4, 0), 2, 2, rng=0, init="fan_out")


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 3)), "`x` must be a torch tensor; got ndarray."),
        (
            torch.zeros(2, 3),
            r"\(batch, steps, 4\); got torch.float32 of shape \(2, 3\).",
        ),
        (torch.zeros(2, 3, 5), r"\(batch, steps, 4\); got torch.float32 of shape \(2, 3, 5\)."),
        (torch.zeros(3, dtype=torch.int64), r"got torch.int64 of shape \(3,\)."),
        (torch.tensor([[0, 1], [2, 4]]), r"in \[0, 3\]; got 4 in sequence 1 at position 1."),
        (torch.tensor([[0, -1]]), r"in \[0, 3\]; got -1 in sequence 0 at position 1."),
    ],
)
def test_a_batch_of_another_shape_is_refused(x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_model("gru")(x)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([3], r"`lengths` must have shape \(2,\), one a sequence; got \(1,\)."),
        ([3.0, 1.0], "`lengths` must be integers; got torch.float32."),
        ([3, 0], r"`lengths` must be in \[1, 3\], the steps of `x`; got 0 to 3."),
        ([4, 1], r"`lengths` must be in \[1, 3\], the steps of `x`; got 1 to 4."),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_model("gru")(torch.zeros(2, 3, dtype=torch.int64), torch.tensor(lengths))


def test_the_printed_model_tells_its_live_weights() -> None:
    model = GraphRNN(np.eye(4, dtype=bool), 2, 2, "gru", rng=0)
    assert "cell='gru', live hidden-to-hidden weights: 12 of 48" in repr(model)


def stock(cell: Cell, **shape: object) -> nn.RNNBase:
    kinds = {"gru": nn.GRU, "lstm": nn.LSTM}
    torch.manual_seed(0)
    if cell in kinds:
        return kinds[cell](4, 6, batch_first=True, dtype=torch.float64, **shape)
    return nn.RNN(4, 6, nonlinearity=cell, batch_first=True, dtype=torch.float64, **shape)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (2, True)])
def test_stock_modules_can_be_put_under_a_mask(
    cell: Cell, layers: int, bidirectional: bool
) -> None:
    rnn = stock(cell, num_layers=layers, bidirectional=bidirectional)
    readout = nn.Linear(12 if bidirectional else 6, 3, dtype=torch.float64)
    x = torch.randn(3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    full = GraphRNN.from_torch(rnn, readout, np.ones((6, 6), dtype=bool))
    torch.testing.assert_close(full(x, per_step=True), readout(rnn(x)[0]), rtol=0, atol=0)
    sparse = GraphRNN.from_torch(rnn, readout, random_graph(6, 1))
    assert (graph_of(sparse, layer=layers - 1) == random_graph(6, 1)).all()
    assert (masked_values(sparse) == 0).all()
    assert (sparse.rnn.weight_hh_l0 == rnn.weight_hh_l0)[sparse.mask_hh_l0].all()
    again = GraphRNN.from_torch(*sparse.to_torch(), sparse.mask)
    assert torch.equal(again(x), sparse(x))


@pytest.mark.parametrize(
    ("rnn", "readout", "graph", "message"),
    [
        (
            stock("gru"),
            nn.Linear(6, 2),
            random_graph(5, 0),
            r"\('gru', 6, 1, 1\); got \('gru', 5, 1",
        ),
        (
            stock("gru"),
            nn.Linear(6, 2),
            recurrent_mask(random_graph(6, 0), "lstm"),
            r"\('gru', 6, 1, 1\); got \('lstm', 6",
        ),
        (stock("lstm", proj_size=2), nn.Linear(2, 2), random_graph(6, 0), "without projections"),
        (stock("relu", bias=False), nn.Linear(6, 2), random_graph(6, 0), "with biases"),
        (nn.Linear(6, 2), nn.Linear(6, 2), random_graph(6, 0), "`rnn` must be an nn.RNN, nn.GRU"),
        (stock("gru"), nn.Linear(5, 2), random_graph(6, 0), "reads all outputs of `rnn`, 6; got"),
        (stock("gru"), nn.Linear(6, 2, bias=False), random_graph(6, 0), "an nn.Linear with a bias"),
    ],
)
def test_what_does_not_fit_the_module_is_refused(
    rnn: nn.Module, readout: nn.Linear, graph: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        GraphRNN.from_torch(rnn, readout, graph)


@pytest.mark.parametrize("kind", [torch.int8, torch.int32, torch.uint8])
def test_tokens_and_lengths_of_any_integer_type(kind: torch.dtype) -> None:
    model = make_model("gru")
    x = torch.tensor([[0, 1, 2], [3, 1, 0]])
    wanted = model(x, torch.tensor([3, 2]))
    assert torch.equal(model(x.to(kind), [3, 2]), wanted)
    assert torch.equal(model(x.to(kind), np.array([3, 2], dtype=np.int32)), wanted)
    hot = torch.nn.functional.one_hot(x, 4)
    assert torch.equal(model(hot.double(), torch.tensor([3, 2])), wanted)


@pytest.mark.parametrize("how", ["ours", "torch"])
@torch.no_grad()
def test_pruned_modules_come_in_as_they_are_used(how: str) -> None:
    rnn, readout = nn.LSTM(4, 6), nn.Linear(6, 2)
    mask = torch.rand(24, 6, generator=torch.Generator().manual_seed(0)) < 0.3
    if how == "ours":
        set_masks(rnn, {"weight_hh_l0": mask})
        rnn.weight_hh_l0.add_(1.0)  # as an optimiser's step leaves it
    else:
        prune.custom_from_mask(rnn, "weight_hh_l0", mask)
        rnn.weight_hh_l0_orig.add_(1.0)
        prune.custom_from_mask(readout, "weight", mask[:2])
    model = GraphRNN.from_torch(rnn, readout, np.ones((6, 6)))
    assert torch.equal(model.rnn.weight_hh_l0 != 0, mask)
    x = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(1))
    expected = readout(rnn(x.transpose(0, 1))[0]).transpose(0, 1)
    torch.testing.assert_close(model(x, per_step=True), expected)
