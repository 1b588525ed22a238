"""Sparse networks against torch's own modules with the same weights."""

import copy
import itertools
import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

import rnngraph as rg
from rnngraph._types import CELLS, Cell
from rnngraph.errors import InputError
from rnngraph.nn import GraphRNN, LayeredRNN, SparseRNN, compact, evaluate
from rnngraph.nn.graph_rnn import stock_module
from rnngraph.nn.sparse.matrix import VALUES, SparseMatrix
from tests.nn.conftest import random_graph
from tests.nn.sparse.conftest import BACKENDS, needs_core, normal, pruned

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
LOOSE = {"rtol": 0.05, "atol": 0.05}


def pair(state: object) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def assert_same(model: nn.Module, module: SparseRNN, x: object, state: object = None) -> None:
    """Compare outputs and last states of two networks."""
    output, last = module(x, state)
    expected, expected_last = model(x, state)
    torch.testing.assert_close(output, expected, **CLOSE)
    torch.testing.assert_close(pair(last), pair(expected_last), **CLOSE)


def first_state(model: nn.RNNBase, batch: int) -> object:
    shape = (model.num_layers * (1 + model.bidirectional), batch, model.hidden_size)
    h, c = normal(*shape, seed=5), normal(*shape, seed=6)
    return (h, c) if isinstance(model, nn.LSTM) else h


def dequantised(model: nn.RNNBase, values: str) -> nn.RNNBase:
    """The stock module with the weights that the sparse one has, by plain arithmetic."""
    made = copy.deepcopy(model)
    for name, weight in made.named_parameters():
        if name.startswith("weight") and values == "bfloat16":
            weight.copy_(weight.to(torch.bfloat16).float())
        elif name.startswith("weight") and values == "int8":
            step = (weight.abs().amax(1, keepdim=True) / 127).clamp(min=1e-30)
            weight.copy_(torch.round(weight / step) * step)
    return made


@needs_core
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("both", [False, True])
def test_all_cells_layers_and_directions(
    instructions: str, cell: Cell, layers: int, both: bool
) -> None:
    model = pruned(cell, 9, 37, layers=layers, both=both)
    module = compact(model)
    assert module.backend == "native"
    for batch in (1, 2, 3, 4, 5, 8, 15, 16, 17, 33, 36, 64):
        x = normal(batch, 6, 9)
        assert_same(model, module, x)
        assert_same(model, module, x, first_state(model, batch))


@needs_core
@pytest.mark.parametrize("density", [0, 0.001, 0.01, 0.1, 0.5, 1])
@pytest.mark.parametrize("sizes", [(1, 1), (1, 40), (33, 1), (5, 31), (300, 32), (700, 65)])
def test_all_densities_and_sizes(instructions: str, density: float, sizes: tuple[int, int]) -> None:
    for cell, batch in itertools.product(("gru", "tanh"), (1, 3, 7)):
        model = pruned(cell, *sizes, density)
        assert_same(model, compact(model), normal(batch, 2, sizes[0]))


@needs_core
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("cell", CELLS)
def test_values_are_those_of_the_rounded_weights(
    instructions: str, cell: Cell, values: str
) -> None:
    model = pruned(cell, 20, 50, layers=2, both=True)
    module, near = compact(model, values=values), dequantised(model, values)
    for batch in (1, 3, 20):
        assert_same(near, module, normal(batch, 5, 20))
    output, expected = module(normal(4, 5, 20))[0], model(normal(4, 5, 20))[0]
    torch.testing.assert_close(output, expected, **LOOSE)


@needs_core
@given(
    cell=st.sampled_from(CELLS),
    sizes=st.tuples(st.integers(1, 90), st.integers(1, 70)),
    density=st.floats(0, 1),
    lengths=st.lists(st.integers(1, 45), min_size=1, max_size=40),
    both=st.booleans(),
    seed=st.integers(0, 99),
)
def test_packed_sequences_of_any_lengths(
    cell: Cell,
    sizes: tuple[int, int],
    density: float,
    lengths: list[int],
    both: bool,
    seed: int,
) -> None:
    model = pruned(cell, *sizes, density, both=both, seed=seed)
    module = compact(model)
    x = pack_sequence([normal(k, sizes[0], seed=seed) for k in lengths], enforce_sorted=False)
    assert_same(model, module, x)
    assert_same(model, module, x, first_state(model, len(lengths)))


@needs_core
def test_columns_far_apart_and_more_than_16_bits_of_them(instructions: str) -> None:
    model = pruned("gru", 70_001, 2, 0)
    for row, column in ((0, 0), (0, 299), (0, 70_000), (1, 65_536), (3, 31), (3, 32)):
        model.weight_ih_l0[row, column] = 0.5 + row
    for batch in (1, 4):
        assert_same(model, compact(model), normal(batch, 1, 70_001))


@needs_core
def test_balanced_patterns(instructions: str) -> None:
    model = pruned("lstm", 64, 64, 1)
    rng = torch.Generator().manual_seed(0)
    for weight in (model.weight_ih_l0, model.weight_hh_l0):
        kept = torch.rand(len(weight), 2, 32, generator=rng).argsort(-1) < 3
        weight.mul_(kept.reshape(weight.shape))
    for values in VALUES:
        module, near = compact(model, values=values), dequantised(model, values)
        for batch in (2, 3, 4, 5, 8, 9, 12, 13):  # full windows serve more at a time
            assert_same(near, module, normal(batch, 9, 64))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cell", CELLS)
def test_all_forms_of_input(backend: str, cell: Cell) -> None:
    first = pruned(cell, 4, 6, layers=2, both=True)
    module = compact(first, backend=backend)
    assert module.backend == backend
    assert_same(first, module, normal(3, 5, 4))
    assert_same(first, module, normal(5, 4))  # one sequence
    one = tuple(part[:, 0] for part in pair(first_state(first, 1)))
    assert_same(first, module, normal(5, 4), one if cell == "lstm" else one[0])
    packed = pack_padded_sequence(
        normal(3, 5, 4), torch.tensor([2, 5, 1]), batch_first=True, enforce_sorted=False
    )
    assert_same(first, module, packed, first_state(first, 3))
    steps_first = copy.deepcopy(first)
    steps_first.batch_first = False
    assert_same(steps_first, compact(steps_first, backend=backend), normal(5, 3, 4))
    double = first.double()
    assert compact(double, backend=backend)(normal(3, 5, 4).double())[0].dtype == torch.float32


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_gradient_and_no_change_of_what_comes_in(backend: str) -> None:
    model = pruned("lstm", 4, 6)
    state = first_state(model, 2)
    before = copy.deepcopy(state)
    x = normal(2, 3, 4).requires_grad_()
    output, last = compact(model, backend=backend)(x, state)
    assert not output.requires_grad
    assert not last[0].requires_grad
    torch.testing.assert_close(state, before, rtol=0, atol=0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cell", CELLS)
def test_steps_of_a_stream_are_the_sequence(backend: str, cell: Cell) -> None:
    model = pruned(cell, 4, 6, layers=2)
    module, x = compact(model, backend=backend), normal(3, 5, 4)
    state, outputs = None, []
    for t in range(5):
        output, state = module.step(x[:, t], state)
        outputs.append(output)
    expected, last = model(x)
    torch.testing.assert_close(torch.stack(outputs, 1), expected, **CLOSE)
    torch.testing.assert_close(pair(state), pair(last), **CLOSE)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_module_without_biases(backend: str) -> None:
    model = nn.GRU(4, 5, bias=False).requires_grad_(False)
    assert_same(model, compact(model, backend=backend), normal(3, 2, 4))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_graph_rnn_is_called_as_before(backend: str, cell: Cell, values: str) -> None:
    mask = rg.recurrent_mask(
        [random_graph(7, 0), random_graph(7, 1)], cell, bidirectional=True, readout=[0, 3, 9]
    )
    model = GraphRNN(mask, 4, 3, rng=2)
    with torch.no_grad():
        model.rnn.weight_hh_l0.add_(1)  # of no effect where the mask is 0
    module = compact(model, values=values, backend=backend)
    assert module.backend == backend
    near = CLOSE if values == "float32" else {"rtol": 0.1, "atol": 0.05}
    tokens = torch.randint(0, 4, (5, 6), generator=torch.Generator().manual_seed(0))
    for x in (tokens, normal(5, 6, 4)):
        for lengths, per_step in itertools.product((None, [6, 1, 3, 2, 5]), (False, True)):
            expected = model(x, lengths, per_step=per_step).detach()
            output = module(x, lengths, per_step=per_step)
            torch.testing.assert_close(output, expected, **near)


@pytest.mark.parametrize("layered", [False, True])
def test_a_compact_network_is_evaluated_as_before(layered: bool) -> None:
    task = rg.tasks.reber(n_train=40, n_test=30, rng=0)
    sizes = (task.input_size, task.output_size)
    graph = random_graph(9, 0)
    model = LayeredRNN(graph, *sizes, rng=1) if layered else GraphRNN(graph, *sizes, rng=1)
    for part in (task.train, task.test):
        assert evaluate(compact(model), task, part) == pytest.approx(evaluate(model, task, part))
    other = rg.tasks.copy_memory(n_train=9, n_test=9, rng=0)
    with pytest.raises(InputError, match="`model` must have the input and output size of `task`"):
        evaluate(compact(model), other)
    with pytest.raises(InputError, match="a GraphRNN, a LayeredRNN, or what `compact` makes of"):
        evaluate(compact(pruned("gru", 4, 6)), task)  # type: ignore[arg-type]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_stream_of_tokens(backend: str) -> None:
    model = GraphRNN(random_graph(7, 0), 4, 3, "lstm", rng=2)
    module = compact(model, backend=backend)
    tokens = torch.tensor([[0, 1, 3, 2], [2, 2, 1, 0]])
    expected, state = model(tokens, per_step=True).detach(), None
    for t in range(4):
        output, state = module.step(tokens[:, t], state)
        torch.testing.assert_close(output, expected[:, t], **CLOSE)
    dense = nn.functional.one_hot(tokens[:, 0], 4).float()
    torch.testing.assert_close(module.step(dense)[0], expected[:, 0], **CLOSE)


def test_masks_of_torch_s_pruning_are_applied() -> None:
    model = pruned("gru", 4, 6, 1)
    kept = torch.rand(18, 6, generator=torch.Generator().manual_seed(3)) < 0.4
    expected = copy.deepcopy(model)
    expected.weight_hh_l0.mul_(kept)
    masked = copy.deepcopy(model)
    masked.register_buffer("weight_hh_l0_mask", kept)
    assert_same(expected, compact(masked, backend="reference"), normal(2, 3, 4))
    prune.custom_from_mask(model, "weight_hh_l0", kept)
    assert_same(expected, compact(model, backend="reference"), normal(2, 3, 4))


@pytest.mark.parametrize("values", VALUES)
def test_only_what_is_not_0_is_kept(values: str) -> None:
    weight = torch.tensor([[0, 0.5, 0, -1], [0, 0, 0, 0], [1e-9, 0, 0, 127]])
    matrix = SparseMatrix.from_dense(weight, values)
    kept = 3 if values == "int8" else 4
    assert matrix.numbers.dtype == VALUES[values]
    assert matrix.start.tolist() == [0, 2, 2, kept]
    torch.testing.assert_close(matrix.dense(), weight, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("backend", BACKENDS)
def test_copies_are_equal_and_independent_of_the_model(backend: str) -> None:
    model = pruned("lstm", 4, 6)
    module = compact(model, backend=backend)
    x = normal(2, 3, 4)
    expected = module(x)[0]
    for name in ("weight_hh_l0", "bias_hh_l0"):
        getattr(model, name).zero_()
    for twin in (module, copy.deepcopy(module)):
        assert torch.equal(twin(x)[0], expected)


@needs_core
def test_threads_may_share_a_module() -> None:
    module, found = compact(pruned("gru", 30, 80)), {}
    inputs = [normal(batch, 40, 30) for batch in (1, 2, 20, 40)]
    expected = [module(x)[0] for x in inputs]

    def work(k: int) -> None:
        found[k] = all(torch.equal(module(inputs[k])[0], expected[k]) for _ in range(5))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(len(inputs)), True)


def test_it_says_what_it_is() -> None:
    module = compact(pruned("gru", 4, 6, 0.5, layers=2), values="int8", backend="reference")
    assert 0.3 < module.density < 0.7
    assert "'gru', 4, 6, num_layers=2, density=0.5, values='int8', backend='reference'" in repr(
        module
    ).replace(f"{module.density:.3g}", "0.5")
    assert not list(module.parameters())


def module(both: bool = False) -> SparseRNN:
    return compact(pruned("lstm", 4, 6, both=both), backend="reference")


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0], r"`input` must be a torch tensor or a PackedSequence; got list\."),
        (
            normal(4),
            r"`input` must hold real numbers of shape \(batch, steps, 4\) or \(steps, 4\), ",
        ),
        (normal(2, 3, 5), r"and not be empty; got torch.float32 of shape \(2, 3, 5\)\."),
        (torch.zeros(2, 3, 4, dtype=torch.int64), r"got torch.int64 of shape \(2, 3, 4\)\."),
        (normal(2, 0, 4), r"got torch.float32 of shape \(2, 0, 4\)\."),
        (pack_sequence([normal(2, 5)]), r"of shape \(rows, 4\), and not be empty; got .*\(2, 5\)"),
    ],
)
def test_inputs_that_are_refused(x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        module()(x)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (normal(1, 2, 6), r"`hx` must be two tensors, \(h, c\), of shape \(1, 2, 6\); got \(1"),
        ((normal(1, 2, 6), normal(1, 3, 6)), r"got \(1, 2, 6\), \(1, 3, 6\)\."),
        ((normal(1, 2, 6), None), r"got \(1, 2, 6\), NoneType\."),
    ],
)
def test_states_that_are_refused(state: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        module()(normal(2, 3, 4), state)


def test_the_state_of_other_cells_is_one_tensor() -> None:
    with pytest.raises(InputError, match=r"`hx` must be a tensor of shape \(1, 6\); got \(6,\)"):
        compact(pruned("gru", 4, 6), backend="reference")(normal(3, 4), normal(6))


def test_steps_that_are_refused() -> None:
    with pytest.raises(InputError, match="`step` must be called on a network of one direction"):
        module(both=True).step(normal(2, 4))
    with pytest.raises(InputError, match=r"real numbers of shape \(batch, 4\), .* \(4,\)"):
        module().step(normal(4))
    graph = compact(GraphRNN(random_graph(7, 0), 4, 3, rng=2), backend="reference")
    with pytest.raises(InputError, match=r"`x` must be a tensor of tokens \(batch,\) or of .*int"):
        graph.step(3)
    with pytest.raises(InputError, match=r"`x` must hold tokens in \[0, 3\]; got 4"):
        graph.step(torch.tensor([4]))


def test_arguments_that_are_refused() -> None:
    model = stock_module("gru", 2, 3)
    with pytest.raises(InputError, match=r"`values` must be one of float32, bfloat16, int8; got "):
        compact(pruned("gru", 2, 3), values="float16")
    with pytest.raises(InputError, match="`backend` must be one of auto, native, reference; got"):
        compact(pruned("gru", 2, 3), backend="cuda")
    with pytest.raises(InputError, match=r"`model` must be a GraphRNN, a Layer.* got Linear\.$"):
        compact(nn.Linear(2, 3))
    with pytest.raises(InputError, match="nn.LSTM without projections; got LSTM"):
        compact(nn.LSTM(2, 3, proj_size=1))
    with torch.no_grad():
        model.weight_hh_l0.fill_(torch.nan)
        model.weight_ih_l0.fill_(0)
    with pytest.raises(InputError, match="`model` must have finite weights; weight_hh_l0 has"):
        compact(model)


def test_the_public_names() -> None:
    assert rg.compact is compact


@needs_core
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"start": [0, 1, 9]}, "rows must start within the weights"),
        ({"start": [0, 3, 2]}, "rows must start one after the other"),
        ({"column": [0, 2]}, "columns must rise within a row"),
        ({"column": [0, -1]}, "columns must rise within a row"),
        ({"columns": 0}, "a matrix must have a row and a column"),
        ({"weight": [1.0]}, "as many weights as columns"),
        ({"columns": 3}, "hidden weights must fit the units"),
    ],
)
def test_the_core_reads_nothing_beyond_its_arrays(changes: dict[str, object], rule: str) -> None:
    from rnngraph import _native

    parts = {"start": [0, 1, 2], "column": [0, 1], "weight": [1.0, 1.0], "columns": 2} | changes
    spec = (
        torch.tensor(parts["start"]).numpy(),
        torch.tensor(parts["column"], dtype=torch.int32).numpy(),
        torch.tensor(parts["weight"]).numpy(),
        torch.ones(2).numpy(),
        parts["columns"],
    )
    with pytest.raises(ValueError, match=rule):
        _native.core.SparseCell("tanh", "float32", spec, spec, *(torch.ones(2).numpy(),) * 2)


@pytest.mark.parametrize("values", ["float32", "bfloat16", "int8"])
def test_a_state_dict_has_the_weights(values: str) -> None:
    def made(seed: int, units: int = 6) -> torch.nn.ModuleDict:
        torch.manual_seed(seed)
        rnn = torch.nn.LSTM(3, units, num_layers=2)
        with torch.no_grad():
            rnn.weight_hh_l0 *= torch.rand_like(rnn.weight_hh_l0) < 0.3
        return torch.nn.ModuleDict({"rnn": compact(rnn, values=values)})

    one, other = made(0), made(1)
    x = torch.randn(4, 2, 3)
    assert not torch.equal(one["rnn"](x)[0], other["rnn"](x)[0])
    other.load_state_dict(one.state_dict())
    assert torch.equal(one["rnn"](x)[0], other["rnn"](x)[0])
    assert one["rnn"].density == other["rnn"].density
    with pytest.raises(InputError, match="^`state` must be of a sparse network of shape .*; got"):
        made(0, 5).load_state_dict(one.state_dict())
    state = one.state_dict()
    del state["rnn._extra_state"]["weight_hh_l0.low"]
    with pytest.raises(InputError, match="^`state` must be whole; .*weight_hh_l0.low"):
        other.load_state_dict(state)
    assert torch.equal(one["rnn"](x)[0], other["rnn"](x)[0])


def test_arguments_have_torchs_names() -> None:
    torch.manual_seed(0)
    rnn = torch.nn.GRU(3, 4)
    small, x, h = compact(rnn), torch.randn(5, 2, 3), torch.randn(1, 2, 4)
    torch.testing.assert_close(small(input=x, hx=h)[0], rnn(input=x, hx=h)[0].detach())
