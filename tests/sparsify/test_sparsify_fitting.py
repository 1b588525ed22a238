import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnngraph._rng import seed_sequence, stream
from rnngraph.errors import InputError
from rnngraph.sparsify import (
    Batch,
    GroupLasso,
    HardConcrete,
    LowRank,
    Plain,
    Score,
    SequenceSource,
    Shape,
    Sparsified,
    TextSource,
    Variational,
    fit,
    fold,
    forward,
    score,
    spectral_pruning,
    stock_modules,
)
from rnngraph.tasks import Sequences, temporal_order

TOKENS, CLASSES = 6, 3


def sequences(n: int = 40, seed: int = 0, steps: int = 8) -> SequenceSource:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, steps, n, endpoint=True)
    inputs = draw.integers(0, TOKENS, (n, steps))
    return SequenceSource(Sequences(inputs, lengths, draw.integers(0, CLASSES, n)))


def network(cell: str = "lstm", units: int = 4) -> Plain:
    return Plain(Shape(cell, TOKENS, units, CLASSES, embedding=3, layers=2), rng=0).double()


def scored(model: Sparsified, source: SequenceSource | TextSource, batch_size: int = 64) -> Score:
    return score(partial(forward, model.shape, model.means()), source, batch_size=batch_size)


METHODS: dict[str, Callable[[Shape], Sparsified]] = {
    "plain": lambda shape: Plain(shape, rng=0),
    "variational": lambda shape: Variational(shape, rng=0),
    "lasso": lambda shape: GroupLasso(shape, {"units": 0.1, "weights": 0.1}, rng=0),
    "hard": lambda shape: HardConcrete(shape, strength=0.1, delay=2, rng=0),
    "low rank": lambda shape: LowRank(shape, 2, rng=0),
    "shared": lambda shape: LowRank(shape, 2, shared=True, rng=0),
}


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("clip", [None, 0.3])
def test_a_plain_fit_is_that_of_torchs_modules(cell: str, clip: float | None) -> None:
    model, source = network(cell), sequences()
    embedding, rnn, readout = stock_modules(model.shape, model.means())
    table = nn.Parameter(embedding.weight.detach().clone())
    # Torch's second bias is always 0 here.
    learned = [table, *(own for name, own in rnn.named_parameters() if "bias_hh" not in name)]
    learned += list(readout.parameters())
    optimiser = torch.optim.Adam(learned, lr=0.02)
    losses = []
    for epoch in (1, 2, 3):
        total = 0.0
        for batch in source.batches(8, stream(seed_sequence(5), "order", epoch)):
            states = rnn(functional.embedding(batch.x, table))[0]
            last = states[torch.arange(len(states)), batch.lengths - 1]
            loss = functional.cross_entropy(readout(last), batch.targets)
            optimiser.zero_grad()
            loss.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(learned, clip)
            optimiser.step()
            total += float(loss.detach()) * len(states)
        losses.append(total / source.n)
    found = fit(model, source, source, epochs=3, rng=5, learning_rate=0.02, batch_size=8, clip=clip)
    assert found.history["loss"].tolist() == pytest.approx(losses, rel=1e-10)
    assert found.history["loss"].iloc[-1] < found.history["loss"].iloc[0]
    for name, value in model.weights.items():
        if name == "embedding":
            expected = table
        elif name.startswith("readout"):
            expected = readout.bias if name.endswith("bias") else readout.weight
        else:
            expected = getattr(rnn, name.replace("bias_", "bias_ih_"))
        torch.testing.assert_close(value.data, expected.data, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_stream_gives_the_same_network_to_the_bit(method: str) -> None:
    shape = Shape("gru", TOKENS, 4, CLASSES, embedding=3)
    before = torch.random.get_rng_state()

    def fitted(seed: int) -> dict[str, Tensor]:
        model = METHODS[method](shape)
        fit(model, sequences(), sequences(20, 1), epochs=2, rng=seed, batch_size=8)
        return model.state_dict()

    one, same, other = fitted(0), fitted(0), fitted(1)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns_which_symbol_came_first(method: str) -> None:
    data = temporal_order(n_train=200, n_test=100, length=10, rng=0)
    train, test = SequenceSource(data.train), SequenceSource(data.test)
    model = METHODS[method](Shape("gru", data.n_tokens, 12, 4))
    first = scored(model, test)
    found = fit(model, train, test, epochs=12, rng=0, learning_rate=0.05, batch_size=20, warmup=12)
    last = scored(model, test)
    assert not found.diverged
    assert found.best_epoch == 12
    assert last.loss < 0.5 * first.loss
    assert last.accuracy > 0.6  # chance is 0.25
    assert found.history["valid_loss"].iloc[-1] == pytest.approx(last.loss)
    assert found.history["valid_accuracy"].iloc[-1] == last.accuracy
    small = score(fold(model.shape, model.means()), test)
    assert small.loss == pytest.approx(last.loss, rel=1e-4)


@pytest.mark.parametrize("batch_size", [1, 3, 40])
def test_padding_and_company_never_change_a_loss(batch_size: int) -> None:
    model, source = network(), sequences()
    data = source.sequences
    total, hits = 0.0, 0
    for x, length, target in zip(data.inputs, data.lengths, data.targets, strict=True):
        alone = forward(model.shape, model.means(), torch.from_numpy(x[None, :length]))[0][0, -1]
        total += float(-functional.log_softmax(alone, 0)[int(target)])
        hits += int(alone.argmax()) == target
    found = scored(model, source, batch_size)
    assert found.loss == pytest.approx(total / 40, rel=1e-12)
    assert found.accuracy == hits / 40
    other = Sequences(np.where(data.real, data.inputs, TOKENS - 1), data.lengths, data.targets)
    assert scored(model, SequenceSource(other), batch_size) == found
    wide = np.pad(data.inputs, ((0, 0), (0, 5)))
    longer = SequenceSource(Sequences(wide, data.lengths, data.targets))
    assert scored(model, longer, batch_size) == found


class Unmoved:
    """A text read from its first token on in every epoch."""

    carried = True

    def __init__(self, text: TextSource) -> None:
        self.text, self.n = text, text.n

    def batches(self, batch_size: int, draw: np.random.Generator | None) -> Iterator[Batch]:
        return self.text.batches(batch_size, None)


def test_carried_states_are_those_of_one_long_pass() -> None:
    model = Plain(Shape("lstm", TOKENS, 4, TOKENS, embedding=3, layers=2), rng=0).double()
    tokens = np.random.default_rng(0).integers(0, TOKENS, 200)
    whole = scored(model, TextSource(tokens, 10_000), 3)
    pieces = TextSource(tokens, 7)
    assert scored(model, pieces, 3).loss == pytest.approx(whole.loss, rel=1e-12)
    apart = scored(model, TextSource(tokens, 7, carried=False), 3)
    assert abs(apart.loss - whole.loss) > 1e-4
    rows = torch.from_numpy(tokens[: 66 * 3].reshape(3, 66))
    outputs = forward(model.shape, model.means(), rows)[0]
    after = torch.from_numpy(tokens[1 : 66 * 3 + 1])
    expected = functional.cross_entropy(outputs.flatten(0, 1), after)
    assert whole.loss == pytest.approx(float(expected), rel=1e-12)
    # So it is while a network is fitted, with steps too small to tell.
    found = fit(model, Unmoved(pieces), pieces, epochs=2, rng=0, batch_size=3, learning_rate=1e-14)
    assert found.history["loss"].tolist() == pytest.approx([whole.loss] * 2, rel=1e-9)


class Watched(Plain):
    """Whose penalty is 1000 times one parameter, and that writes down what happens to it."""

    def __init__(self) -> None:
        super().__init__(Shape("gru", TOKENS, 4, CLASSES), rng=0)
        self.one = nn.Parameter(torch.tensor(0.0))
        self.slopes: list[float] = []
        self.norms: list[float] = []
        self.rates: list[float] = []

    def penalty(self) -> Tensor:
        return 1000 * self.one

    def after_update(self, rate: float) -> None:
        self.slopes.append(float(self.one.grad))
        grads = [own.grad.flatten() for own in self.parameters()]
        self.norms.append(float(torch.cat(grads).norm()))
        self.rates.append(rate)


@pytest.mark.parametrize("warmup", [0, 1, 2])
def test_the_penalty_grows_to_its_share_of_each_target(warmup: int) -> None:
    model, source = Watched(), sequences(40)
    fit(model, source, source, epochs=3, rng=0, batch_size=10, clip=None, warmup=warmup)
    shares = [min(1.0, k / 4 / warmup) if warmup else 1.0 for k in range(12)]
    assert model.slopes == pytest.approx([1000 / 40 * share for share in shares])
    assert model.rates == [2e-3] * 12


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_the_step_goes_down_as_in_torch(schedule: str) -> None:
    model, source = Watched(), sequences(40)
    fit(model, source, source, epochs=3, rng=0, batch_size=10, schedule=schedule)
    optimiser = torch.optim.Adam(Watched().parameters(), lr=2e-3)
    theirs: torch.optim.lr_scheduler.LRScheduler
    if schedule == "linear":
        theirs = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=12)
    else:
        theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 12)
    expected = []
    for _ in range(12):
        expected.append(theirs.get_last_lr()[0])
        optimiser.step()
        theirs.step()
    assert model.rates == pytest.approx(expected)


def test_the_optimiser_takes_the_steps_of_the_schedule() -> None:
    source = sequences(40)
    model = Plain(Shape("gru", TOKENS, 4, CLASSES), rng=0)
    before = [own.detach().clone() for own in model.parameters()]
    moved = []

    def note(epoch: int, row: pd.Series) -> None:
        after = [own.detach() for own in model.parameters()]
        moved.append(max(float((a - b).abs().max()) for a, b in zip(after, before, strict=True)))

    # One update an epoch: Adam's first step is the rate itself, its second at most half of it.
    fit(
        model, source, source, epochs=2, rng=0, batch_size=40, learning_rate=1e-3, clip=None,
        schedule="linear", progress=note,
    )  # fmt: skip
    assert moved == pytest.approx([1e-3, 1.5e-3], rel=0.05)


def test_the_gradient_is_cut_to_a_norm() -> None:
    source = sequences(40)
    free, cut = Watched(), Watched()
    for model, clip in ((free, None), (cut, 0.5)):
        fit(model, source, source, epochs=1, rng=0, batch_size=10, clip=clip)
    assert min(free.norms) > 25
    assert cut.norms == pytest.approx([0.5] * 4, rel=1e-4)


def test_the_history_has_the_penalty_of_each_target() -> None:
    model, source = Watched(), sequences(40)
    seen = []
    found = fit(
        model, source, source, epochs=3, rng=0, batch_size=40,
        progress=lambda epoch, row: seen.append((epoch, row)),
    )  # fmt: skip
    assert found.history["epoch"].tolist() == [1, 2, 3]
    assert found.history["penalty"].iloc[0] == 0  # the parameter is 0 at first
    assert found.history["penalty"].iloc[2] == pytest.approx(1000 / 40 * -2 * 2e-3, rel=1e-2)
    assert [epoch for epoch, _ in seen] == [1, 2, 3]
    for (_, row), (_, expected) in zip(seen, found.history.iterrows(), strict=True):
        pd.testing.assert_series_equal(row, expected, check_names=False)


def test_patience_keeps_the_best_epoch() -> None:
    # There is nothing to learn, but for the training sequences by heart.
    train, valid = sequences(30, 0), sequences(30, 1)
    model = network(units=12)
    found = fit(model, train, valid, epochs=60, rng=0, learning_rate=0.02, patience=4)
    losses = found.history["valid_loss"]
    assert found.best_epoch == losses.argmin() + 1 < len(losses) == found.best_epoch + 4
    assert scored(model, valid).loss == losses.min()
    same = network(units=12)
    again = fit(same, train, valid, epochs=found.best_epoch, rng=0, learning_rate=0.02)
    assert again.best_epoch == found.best_epoch
    for name, value in model.state_dict().items():
        assert torch.equal(value, same.state_dict()[name])


class Worsening(Plain):
    """Whose validation loss is least in its first epoch, with or without a penalty."""

    def __init__(self, penalised: bool, delay: int = 0) -> None:
        super().__init__(Shape("gru", TOKENS, 4, CLASSES), rng=0)
        self.penalised, self.delay, self.updates = penalised, delay, 0

    @property
    def settled(self) -> bool:
        return self.updates >= self.delay

    def penalty(self) -> Tensor | None:
        return self.weights["readout"].sum() if self.penalised else None

    def after_update(self, rate: float) -> None:
        self.updates += 1
        with torch.no_grad():
            self.weights["readout_bias"][0] += 1


@pytest.mark.parametrize(
    ("model", "warmup", "kept"),
    [
        (Worsening(penalised=False), 3, 1),
        (Worsening(penalised=True), 0, 1),
        (Worsening(penalised=True), 3, 4),
        (Worsening(penalised=True, delay=4), 0, 3),  # of two updates an epoch
        (Worsening(penalised=True, delay=5), 1, 4),
        (Worsening(penalised=True), 9, 9),  # none counts: the last
    ],
)
def test_patience_begins_where_the_penalty_has_its_whole_weight(
    model: Sparsified, warmup: int, kept: int
) -> None:
    source = sequences(40)
    found = fit(
        model, source, source, epochs=9, rng=0, batch_size=20, warmup=warmup, patience=2,
        learning_rate=1e-9,
    )  # fmt: skip
    assert found.history["valid_loss"].is_monotonic_increasing
    assert found.best_epoch == kept
    assert len(found.history) == min(9, kept + 2)
    assert scored(model, source).loss == pytest.approx(found.history["valid_loss"][kept - 1])


class Breaking(Plain):
    """Whose readout is lost after so many updates."""

    def __init__(self, after: int) -> None:
        super().__init__(Shape("gru", TOKENS, 4, CLASSES), rng=0)
        self.left = after

    def after_update(self, rate: float) -> None:
        self.left -= 1
        if self.left == 0:
            with torch.no_grad():
                self.weights["readout"].fill_(torch.nan)


@pytest.mark.parametrize("patience", [None, 2])
@pytest.mark.parametrize(("after", "finite"), [(1, False), (2, True)])
def test_a_loss_that_is_not_finite_ends_it(patience: int | None, after: int, finite: bool) -> None:
    """Be it one of training or, where the last update is at fault, of validation alone."""
    model, source = Breaking(after), sequences()
    found = fit(model, source, source, epochs=5, rng=0, batch_size=20, patience=patience)
    assert found.diverged
    assert found.best_epoch == len(found.history) == 1
    assert math.isfinite(found.history["loss"][0]) == finite


def test_what_was_best_before_it_diverged_is_kept() -> None:
    model, source = Breaking(3), sequences()
    found = fit(model, source, source, epochs=5, rng=0, patience=5)
    assert found.diverged
    assert (found.best_epoch, len(found.history)) == (2, 3)
    assert scored(model, source).loss == found.history["valid_loss"][1]


def test_batches_are_taken_to_where_the_network_is() -> None:
    moved = []

    class Moved(Batch):
        def to(self, device: torch.device) -> Batch:
            moved.append(device)
            return self

    class Elsewhere(Unmoved):
        def batches(self, batch_size: int, draw: np.random.Generator | None) -> Iterator[Batch]:
            for own in super().batches(batch_size, draw):
                yield Moved(own.x, own.lengths, own.targets, own.continues)

    source = Elsewhere(TextSource(np.arange(31) % 3, 10))
    model = network()
    score(partial(forward, model.shape, model.means()), source, batch_size=1)
    assert not moved
    fit(model, source, source, epochs=1, rng=0, batch_size=1)
    assert moved == [torch.device("cpu")] * 6


def test_a_batch_that_asks_for_nothing_is_no_harm() -> None:
    targets = np.full((4, 3), -1)
    targets[2, 1] = 1
    data = Sequences(np.zeros((4, 3), int), np.full(4, 3), targets)
    model = network()
    found = fit(model, SequenceSource(data), SequenceSource(data), epochs=1, rng=0, batch_size=1)
    assert not found.diverged
    assert math.isfinite(found.history["loss"][0])


def test_a_score_has_bits_and_perplexity() -> None:
    assert Score(math.log(2), 0.5).bits == pytest.approx(1)
    assert Score(math.log(2), 0.5).perplexity == pytest.approx(2)
    assert Score(800.0, 0.0).perplexity == math.inf


@pytest.mark.parametrize(
    ("named", "rule"),
    [
        ({"epochs": 0}, "`epochs` must be an integer >= 1; got 0"),
        ({"batch_size": 0}, "`batch_size` must be an integer >= 1; got 0"),
        ({"warmup": -1}, "`warmup` must be an integer >= 0; got -1"),
        ({"learning_rate": 0}, "`learning_rate` must be a number > 0; got 0"),
        ({"learning_rate": 3e38}, r"`learning_rate` must be a number <= 1e\+37; got 3e\+38"),
        ({"clip": 0.0}, "`clip` must be a number > 0; got 0.0"),
        ({"schedule": "steps"}, "`schedule` must be one of constant, linear, cosine; got 'steps'"),
        ({"patience": 0}, "`patience` must be an integer >= 1; got 0"),
        ({"rng": None}, "`rng` must be a non-negative integer"),
    ],
)
def test_bad_arguments_are_named(named: dict[str, float], rule: str) -> None:
    source = sequences()
    with pytest.raises(InputError, match="^" + rule):
        fit(network(), source, source, **{"epochs": 1, "rng": 0, **named})


def test_natural_slips_are_named() -> None:
    source, model = sequences(), network()
    small = fold(model.shape, model.means())
    no_shape = r"must be a Shape, as a network's `shape` is; got Plain\."
    bare = r"must give batches, as SequenceSource makes them .*; got Sequences\."
    for call, message in (
        (lambda: fit(model, source.sequences, source, epochs=1, rng=0), f"`train` {bare}"),
        (lambda: fit(model, source, source.sequences, epochs=1, rng=0), f"`valid` {bare}"),
        (lambda: fit(small, source, source, epochs=1, rng=0), "`model` must .*; got Folded"),
        (lambda: score(small, source.sequences), f"`source` {bare}"),
        (lambda: score(model, source), r"`network` must be one in use, .* fold\(.*; got Plain\."),
        (lambda: score(model.means(), source), "`network` must be one in use, .*; got Values"),
        (
            lambda: spectral_pruning(model.shape, model.means(), source.sequences, 2),
            f"`source` {bare}",
        ),
        (lambda: fit(model, source, source, epochs=1, rng=0, progress=1), "`progress` must be a f"),
        (lambda: fold(model, model.means()), f"`shape` {no_shape}"),
        (lambda: spectral_pruning(model, model.means(), source, 2), f"`shape` {no_shape}"),
        (lambda: LowRank.from_values(model, model.means(), 2), f"`shape` {no_shape}"),
        (lambda: LowRank(model, 2, rng=0), f"`shape` {no_shape}"),
        (lambda: Plain(model, rng=0), f"`shape` {no_shape}"),
        (lambda: TextSource([1, 2, 3]), "`tokens` must be an array, as the parts .*; got list"),
    ):
        with pytest.raises(InputError, match=f"^{message}"):
            call()


def test_a_network_larger_than_memory_is_refused_before_it_is_drawn() -> None:
    for shape in (Shape("lstm", 10**12, 64, 2, 32), Shape("gru", 10**12, 8, 2)):
        with pytest.raises(
            InputError, match=r"^`shape` must be .* memory; \S+ weights need .* GiB"
        ):
            Plain(shape, rng=0)


def test_data_that_do_not_fit_the_network_are_named() -> None:
    good = sequences()
    data = good.sequences
    tokens = SequenceSource(Sequences(data.inputs + 2, data.lengths, data.targets))
    classes = SequenceSource(Sequences(data.inputs, data.lengths, data.targets + 1))
    negative = TextSource(np.append(np.zeros(64, int), -2))
    numbers = np.zeros((*data.inputs.shape, 2), np.float32)
    dense = SequenceSource(Sequences(numbers, data.lengths, data.targets))
    plain = network()
    for own, wrong, rule in (
        (plain, tokens, r"tokens in \[0, 5\], as the network's input_size is 6; got 7"),
        (plain, TextSource(tokens.sequences.inputs.flatten() - 3), r"tokens in \[0, 5\].*; got -1"),
        (plain, TextSource(np.zeros(99, int) - 1), r"tokens in \[0, 5\], .*; got -1"),
        (plain, negative, "classes from 0 on, or -1 for none; got -2"),
        (plain, classes, "classes below the network's number of outputs, 3; got 3"),
        (plain, dense, r"tokens \(batch, steps\), as the network reads; got \(40, 8, 2\) of"),
        (Plain(Shape("gru", 3, 2, 3, dense=True), rng=0), dense, r"inputs \(batch, steps, 3\) of"),
        (Plain(Shape("gru", 2, 2, 3, dense=True), rng=0), good, r"inputs \(batch, steps, 2\) of"),
        (
            Plain(Shape("gru", 2, 2, 3, dense=True), rng=0).double(), dense,
            r"inputs \(batch, steps, 2\) of torch.float64, .*; got \(40, 8, 2\) of torch.float32",
        ),
    ):  # fmt: skip
        with pytest.raises(InputError, match="^`train` must have " + rule):
            fit(own, wrong, wrong, epochs=1, rng=0)
    with pytest.raises(InputError, match="^`valid` must have tokens in"):
        fit(plain, good, tokens, epochs=1, rng=0)
    short = TextSource(np.arange(10) % 3)
    with pytest.raises(InputError, match=r"^`batch_size` must be an integer in \[1, 9\]; got 64"):
        fit(plain, short, short, epochs=1, rng=0)


def test_a_score_checks_its_batches() -> None:
    with pytest.raises(InputError, match="^`batch_size` must be an integer >= 1; got 0"):
        scored(network(), sequences(), 0)
    few = Plain(Shape("gru", TOKENS, 4, CLASSES - 1), rng=0)
    with pytest.raises(InputError, match="^`source` must have classes below .* outputs, 2; got 2"):
        scored(few, sequences())
