import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from rnngraph._rng import seed_sequence, stream
from rnngraph.errors import InputError
from rnngraph.sparsify import (
    GroupLasso,
    HardConcrete,
    Plain,
    SequenceSource,
    Shape,
    Sparsified,
    TextSource,
    Variational,
    fit,
    fold,
    forward,
    score,
    stock_modules,
)
from rnngraph.tasks import Sequences, temporal_order

N_TOKENS = 6
SHAPE = Shape("lstm", N_TOKENS, 5, 2, embedding=3)


def sequences(n: int = 50, seed: int = 0, *, steps: bool = False) -> Sequences:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, 10, n)
    inputs = draw.integers(0, N_TOKENS, (n, 9))
    targets = draw.integers(0, 2, n)
    if steps:
        targets = np.where(np.arange(9) < lengths[:, None], draw.integers(-1, 2, (n, 9)), -1)
        targets[0, 0] = 1
    return Sequences(inputs, lengths, targets)


def text(n: int = 400) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, n)


@pytest.mark.parametrize("batch_size", [1, 7, 100])
@pytest.mark.parametrize("steps", [False, True])
def test_every_sequence_is_read_once(batch_size: int, steps: bool) -> None:
    given = sequences(steps=steps)
    for draw in (None, np.random.default_rng(0)):
        batches = list(SequenceSource(given).batches(batch_size, draw))
        assert all(len(batch.x) <= batch_size for batch in batches)
        rows = [
            (tuple(x[:length].tolist()), tuple(np.atleast_1d(y)[:length].tolist()))
            for batch in batches
            for x, length, y in zip(batch.x, batch.lengths, batch.targets.numpy(), strict=True)
        ]
        expected = [
            (tuple(x[:length].tolist()), tuple(np.atleast_1d(y)[:length].tolist()))
            for x, length, y in zip(given.inputs, given.lengths, given.targets, strict=True)
        ]
        assert sorted(rows) == sorted(expected)


@pytest.mark.parametrize("steps", [False, True])
def test_a_score_hangs_on_no_batch(steps: bool) -> None:
    model = Plain(SHAPE, rng=0)
    network = partial(forward, SHAPE, model.means())
    scores = [
        score(network, SequenceSource(sequences(steps=steps)), batch_size=size)
        for size in (1, 7, 50)
    ]
    for found in scores[1:]:
        assert found.loss == pytest.approx(scores[0].loss, rel=1e-5)
        assert found.accuracy == scores[0].accuracy
    losses, hits, n = 0.0, 0, 0
    given = sequences(steps=steps)
    for x, length, y in zip(given.inputs, given.lengths, given.targets, strict=True):
        outputs, _ = network(torch.from_numpy(x[None, :length]))
        asked = outputs[0, -1:] if not steps else outputs[0][torch.from_numpy(y[:length]) >= 0]
        wanted = torch.from_numpy(np.atleast_1d(y)[:length])
        wanted = wanted[wanted >= 0]
        losses += float(functional.cross_entropy(asked, wanted, reduction="sum").detach())
        hits += int((asked.argmax(-1) == wanted).sum())
        n += len(wanted)
    assert scores[0].loss == pytest.approx(losses / n, rel=1e-5)
    assert scores[0].accuracy == hits / n
    assert scores[0].bits == pytest.approx(scores[0].loss / math.log(2))
    assert scores[0].perplexity == pytest.approx(math.exp(scores[0].loss))


def test_a_text_in_pieces_with_carried_states_is_one_text() -> None:
    shape = Shape("gru", N_TOKENS, 5, N_TOKENS)
    network = partial(forward, shape, Plain(shape, rng=0).means())
    one, pieces = (score(network, TextSource(text(), k), batch_size=1) for k in (399, 13))
    assert pieces.loss == pytest.approx(one.loss, rel=1e-5)
    apart = score(network, TextSource(text(), 13, carried=False), batch_size=1)
    assert apart.loss != pytest.approx(one.loss, rel=1e-5)


def test_a_drawn_text_begins_anywhere() -> None:
    source = TextSource(text(), 10)
    firsts = {
        tuple(next(source.batches(4, np.random.default_rng(seed))).x[0].tolist())
        for seed in range(20)
    }
    assert len(firsts) > 3


def test_it_is_torchs_module_under_torchs_adam() -> None:
    """The same batches, float64: the same weights."""
    model = Plain(SHAPE, rng=0).double()
    embedding, rnn, readout = stock_modules(SHAPE, model.means())
    for own in rnn.parameters():
        own.requires_grad_()
    rnn.bias_hh_l0.requires_grad_(False)  # one bias a gate
    parameters = [
        *embedding.parameters(), *(p for p in rnn.parameters() if p.requires_grad),
        *readout.parameters(),
    ]  # fmt: skip
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    train = SequenceSource(sequences())
    for epoch in (1, 2):
        for batch in train.batches(16, stream(seed_sequence(3), "order", epoch)):
            packed = nn.utils.rnn.pack_padded_sequence(
                embedding(batch.x), batch.lengths, batch_first=True, enforce_sorted=False
            )
            _, (last, _) = rnn(packed)
            loss = functional.cross_entropy(readout(last[0]), batch.targets)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 0.2)
            optimiser.step()
    fit(model, train, train, epochs=2, rng=3, learning_rate=0.01, batch_size=16, clip=0.2)
    names = {
        "embedding": embedding.weight, "weight_ih_l0": rnn.weight_ih_l0,
        "weight_hh_l0": rnn.weight_hh_l0, "bias_l0": rnn.bias_ih_l0,
        "readout": readout.weight, "readout_bias": readout.bias,
    }  # fmt: skip
    for name, value in names.items():
        torch.testing.assert_close(model.weights[name], value, rtol=1e-9, atol=1e-11)


MODELS = {
    "plain": lambda: Plain(SHAPE, rng=0),
    "lasso": lambda: GroupLasso(SHAPE, {"units": 0.1}, rng=0),
    "variational": lambda: Variational(SHAPE, rng=0),
    "hard concrete": lambda: HardConcrete(SHAPE, 0.01, rng=0),
}


@pytest.mark.parametrize("name", MODELS)
def test_same_stream_same_network(name: str) -> None:
    def fitted(seed: int) -> dict[str, torch.Tensor]:
        model = MODELS[name]()
        fit(model, SequenceSource(sequences()), SequenceSource(sequences(9)), epochs=2, rng=seed)
        return model.state_dict()

    one, again, other = fitted(0), fitted(0), fitted(1)
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("name", MODELS)
def test_an_easy_task_is_learnt(name: str) -> None:
    draw = np.random.default_rng(0)
    inputs = draw.integers(0, N_TOKENS, (300, 4))
    lengths = draw.integers(2, 5, 300)
    task = SequenceSource(Sequences(inputs, lengths, (inputs[:, 0] > 2).astype(np.int64)))
    model = MODELS[name]()
    found = fit(model, task, task, epochs=30, rng=0, learning_rate=0.02, batch_size=30, warmup=20)
    history = found.history
    assert history["epoch"].tolist() == list(range(1, 31))
    assert history["loss"].iloc[-1] < 0.5 * history["loss"].iloc[0]
    assert score(fold(SHAPE, model.means()), task).accuracy > 0.95
    assert (found.best_epoch, found.diverged) == (30, False)
    assert (history["penalty"] != 0).any() == (model.penalty() is not None)


def test_patience_keeps_the_best() -> None:
    train, valid = SequenceSource(sequences(40)), SequenceSource(sequences(40, 1))
    model = Plain(SHAPE, rng=0)
    found = fit(model, train, valid, epochs=60, rng=0, learning_rate=0.05, patience=3)
    losses = found.history["valid_loss"]
    assert found.best_epoch == losses.idxmin() + 1 == len(losses) - 3
    again = score(partial(forward, SHAPE, model.means()), valid)
    assert again.loss == pytest.approx(losses.min(), rel=1e-6)


class _Weighed(Plain):
    """A penalty that pulls one bias, to see how much of it counts."""

    def penalty(self) -> torch.Tensor:
        return 1e6 * self.weights["readout_bias"].sum()


def test_the_penalty_is_shared_among_sequences_and_grows() -> None:
    def gradients(warmup: int) -> list[float]:
        model = _Weighed(SHAPE, rng=0)
        seen: list[float] = []
        model.weights["readout_bias"].register_hook(lambda grad: seen.append(float(grad.sum())))
        source = SequenceSource(sequences(50))
        fit(model, source, source, epochs=3, rng=0, batch_size=25, clip=None, warmup=warmup)
        return seen

    whole = 2 * 1e6 / 50
    np.testing.assert_allclose(gradients(0), [whole] * 6, rtol=1e-4)
    shares = [0, 0.25, 0.5, 0.75, 1, 1]
    np.testing.assert_allclose(gradients(2), np.array(shares) * whole, rtol=1e-4, atol=1)


def test_a_loss_that_is_not_finite_ends_it() -> None:
    model = Plain(SHAPE, rng=0)
    with torch.no_grad():
        model.weights["readout"].fill_(math.nan)
    source = SequenceSource(sequences())
    found = fit(model, source, source, epochs=5, rng=0)
    assert found.diverged
    assert len(found.history) == 1


def test_each_epoch_is_told() -> None:
    source, told = SequenceSource(sequences()), []
    fit(
        Plain(SHAPE, rng=0), source, source, epochs=3, rng=0,
        progress=lambda epoch, row: told.append((epoch, row["epoch"])),
    )  # fmt: skip
    assert told == [(1, 1), (2, 2), (3, 3)]


def test_a_method_must_say_what_it_computes_with() -> None:
    bare = Sparsified(SHAPE)
    with pytest.raises(NotImplementedError):
        bare.means()
    with pytest.raises(NotImplementedError):
        bare.draw(torch.tensor([[0]]), torch.Generator())
    assert bare.penalty() is None


def test_n_weights_are_those_that_are_left() -> None:
    model = GroupLasso(SHAPE, {"units": 1e6}, rng=0)
    whole = sum(rows * columns for rows, columns in SHAPE.matrices().values())
    assert model.n_weights == whole
    model.after_update(1.0)
    assert model.n_weights == 0


def test_tasks_of_the_library_can_be_read() -> None:
    task = temporal_order(n_train=20, n_test=20, rng=0)
    shape = Shape("gru", task.n_tokens, 4, task.n_classes)
    source = SequenceSource(task.train)
    assert not fit(Plain(shape, rng=0), source, source, epochs=1, rng=0).diverged


def test_bad_arguments_are_named() -> None:
    source, model = SequenceSource(sequences()), Plain(SHAPE, rng=0)
    values = Sequences(np.zeros((2, 2), np.int64), np.ones(2, np.int64), np.ones(2, np.float32))
    for call, message in [
        (lambda: fit(model, source, source, epochs=0, rng=0), "`epochs` must be an integer >= 1"),
        (
            lambda: fit(model, source, source, epochs=1, rng=0, batch_size=0),
            "`batch_size` must be an integer >= 1; got 0",
        ),
        (
            lambda: fit(model, source, source, epochs=1, rng=0, learning_rate=0.0),
            "`learning_rate` must be a number > 0; got 0.0",
        ),
        (lambda: fit(model, source, source, epochs=1, rng=0, clip=0.0), "`clip` must be a number"),
        (lambda: fit(model, source, source, epochs=1, rng=0, warmup=-1), "`warmup` must be an"),
        (lambda: fit(model, source, source, epochs=1, rng=0, patience=0), "`patience` must be an"),
        (lambda: score(fold(SHAPE, model.means()), source, batch_size=0), "`batch_size` must be"),
        (lambda: SequenceSource(values), "`sequences` must have classes as targets; got values"),
        (lambda: TextSource(text(), 0), "`steps` must be an integer >= 1; got 0"),
        (lambda: TextSource(text()[:1]), "`tokens` must hold two or more tokens; got 1"),
        (lambda: Shape("tanh", 2, 2), "`cell` must be one of gru, lstm; got 'tanh'"),
        (lambda: Shape("gru", 0, 2), "`input_size` must be an integer >= 1; got 0"),
        (lambda: Shape("gru", 2, 2, -1), "`output_size` must be an integer >= 0; got -1"),
        (lambda: Shape("gru", 2, 2, dense=True, embedding=1), r"`embedding` must be an .*\[0, 0\]"),
    ]:
        with pytest.raises(InputError, match=f"^{message}"):
            call()
