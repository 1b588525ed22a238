"""A trained network of torch's own comes in with the same outputs, or with a reason why not."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnngraph.errors import InputError
from rnngraph.sparsify import (
    GroupLasso,
    HardConcrete,
    LowRank,
    Plain,
    SequenceSource,
    Sparsified,
    Variational,
    fold,
    forward,
    from_torch,
    spectral_pruning,
    stock_modules,
)
from rnngraph.tasks import Sequences

TOKENS, WIDTH, UNITS, CLASSES = 5, 3, 4, 2
READS = ("embedding", "one_hot", "numbers")


def modules(
    kind: type[nn.RNNBase], reads: str, *, layers: int = 1, bias: bool = True
) -> tuple[nn.RNNBase, nn.Linear, nn.Embedding | None]:
    torch.manual_seed(0)
    width = TOKENS if reads == "one_hot" else WIDTH
    rnn = kind(width, UNITS, layers, bias=bias, batch_first=True).double()
    if kind is nn.GRU and bias:
        for layer in range(layers):
            getattr(rnn, f"bias_hh_l{layer}").data[2 * UNITS :] = 0
    embedding = nn.Embedding(TOKENS, WIDTH).double() if reads == "embedding" else None
    return rnn, nn.Linear(UNITS, CLASSES, bias=bias).double(), embedding


def inputs(reads: str) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    if reads == "numbers":
        return torch.randn(3, 6, WIDTH, generator=draw, dtype=torch.float64)
    return torch.randint(TOKENS, (3, 6), generator=draw)


def close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bias", [True, False])
@torch.no_grad()
def test_outputs_are_those_of_torchs_modules(
    kind: type[nn.RNNBase], reads: str, layers: int, bias: bool
) -> None:
    rnn, readout, embedding = modules(kind, reads, layers=layers, bias=bias)
    x = given = inputs(reads)
    if embedding is not None:
        given = embedding(x)
    elif reads == "one_hot":
        given = functional.one_hot(x, TOKENS).double()
    states = rnn(given)[0]
    options = {"embedding": embedding, "one_hot": reads == "one_hot"}
    for last, expected in ((readout, readout(states)), (None, states)):
        shape, values = from_torch(rnn, last, **options)
        close(forward(shape, values, x)[0], expected)
        close(fold(shape, values)(x)[0], expected)
        _, back, head = stock_modules(shape, values)
        close(head(back(given)[0]), expected)
    for parameter in rnn.parameters():
        parameter.zero_()
    close(forward(shape, values, x)[0], states)  # copies


@torch.no_grad()
def test_every_method_can_begin_with_it() -> None:
    rnn, readout, embedding = modules(nn.LSTM, "embedding", layers=2)
    shape, values = from_torch(rnn, readout, embedding=embedding)
    x = inputs("embedding")
    expected = forward(shape, values, x)[0]
    begun: list[Sparsified] = [
        Plain(shape, rng=0),
        GroupLasso(shape, {"units": 0.1}, rng=0),
        Variational(shape, ("weights", "gates"), rng=0),
        Variational(shape, ("units",), rng=0),
    ]
    for model in begun:
        model.double().set_weights(values.weights)
        if isinstance(model, Variational):
            for normal in model.normals.values():
                normal.log_sigma.fill_(-20)  # sure of every weight
        close(forward(shape, model.means(), x)[0], expected)
    hard = HardConcrete(shape, strength=0.1, rng=0).double()
    hard.set_weights(values.weights)
    close(hard.means().weights["readout"], values.weights["readout"])
    close(forward(shape, LowRank.from_values(shape, values, UNITS).means(), x)[0], expected)
    source = SequenceSource(Sequences(x.numpy(), np.full(3, 6), np.zeros(3, int)))
    close(forward(shape, spectral_pruning(shape, values, source, UNITS, ridge=0), x)[0], expected)


def test_what_has_no_place_is_named() -> None:
    rnn, readout, embedding = modules(nn.LSTM, "embedding")
    gru = nn.GRU(WIDTH, UNITS, 2)
    gru.bias_hh_l0.data[2 * UNITS :] = 0
    gru.bias_hh_l1.data[2 * UNITS :] = 0.25
    for call, message in (
        (lambda: from_torch(gru), "`rnn` must have a bias_hh_l1 of 0 for gate n .* up to 0.25"),
        (lambda: from_torch(nn.RNN(2, 2)), r"`rnn` must be an nn.LSTM or nn.GRU .*; got RNN\("),
        (lambda: from_torch(nn.LSTM(2, 2, bidirectional=True)), "`rnn` must .* bidirectional=True"),
        (lambda: from_torch(nn.LSTM(2, 3, proj_size=2)), "`rnn` must .* proj_size=2"),
        (lambda: from_torch(readout), "`rnn` must .*; got Linear"),
        (lambda: from_torch(rnn, nn.Linear(3, 2)), "`readout` must read 4 numbers, .*; got 3"),
        (lambda: from_torch(rnn, rnn), "`readout` must be an nn.Linear; got LSTM"),
        (lambda: from_torch(rnn, embedding=readout), "`embedding` must be an nn.Embedding; got Li"),
        (
            lambda: from_torch(rnn, embedding=nn.Embedding(5, 2)),
            "`embedding` must give 3 numbers, as `rnn` has; got 2",
        ),
        (
            lambda: from_torch(rnn, embedding=embedding, one_hot=True),
            "`one_hot` must be False with an embedding; got True",
        ),
    ):
        with pytest.raises(InputError, match=f"^{message}"):
            call()


def test_weights_of_a_variational_network_are_set_whole_or_not_at_all() -> None:
    rnn, readout, embedding = modules(nn.LSTM, "embedding")
    shape, values = from_torch(rnn, readout, embedding=embedding)
    model = Variational(shape, ("weights",), rng=0)
    kept = model.means()
    with pytest.raises(InputError, match="^`weights` must have matrices and biases .*; got 'bias'"):
        model.set_weights({**values.weights, "bias": torch.zeros(1)})
    for name, value in model.means().weights.items():
        assert torch.equal(value, kept.weights[name])
