from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from rnngraph.errors import InputError
from rnngraph.sparsify import Batch, SequenceSource, TextSource
from rnngraph.tasks import Sequences

DRAWN = st.one_of(st.none(), st.integers(0, 100))


def draw_of(seed: int | None) -> np.random.Generator | None:
    return None if seed is None else np.random.default_rng(seed)


def sequences(n: int, seed: int, *, kind: str = "sequence", steps: int = 7) -> Sequences:
    """Sequence k consists of numbers that it alone has."""
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, steps, n, endpoint=True)
    real = np.arange(steps) < lengths[:, None]
    inputs = np.where(real, np.arange(n)[:, None] * steps + np.arange(steps), 0)
    targets = draw.integers(0, 3, n)
    if kind == "step":
        targets = np.where(real, draw.integers(-1, 3, (n, steps)), -1)
        targets[0, 0] = 1
    return Sequences(inputs, lengths, targets)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 90), batch_size=st.integers(1, 9), seed=DRAWN,
    kind=st.sampled_from(["sequence", "step"]),
)  # fmt: skip
def test_every_sequence_is_read_once_with_its_own_length_and_target(
    n: int, batch_size: int, seed: int | None, kind: str
) -> None:
    given_sequences = sequences(n, 0, kind=kind)
    batches = list(SequenceSource(given_sequences).batches(batch_size, draw_of(seed)))
    seen = []
    for batch in batches:
        assert not batch.continues
        assert 1 <= len(batch.x) <= batch_size
        assert batch.x.shape[1] == batch.lengths.max()
        for x, length, targets in zip(batch.x, batch.lengths, batch.targets, strict=True):
            row = int(x[0]) // 7
            seen.append(row)
            assert int(length) == given_sequences.lengths[row]
            assert x[:length].tolist() == given_sequences.inputs[row, :length].tolist()
            expected = given_sequences.targets[row]
            if kind == "step":
                assert targets[:length].tolist() == expected[:length].tolist()
            else:
                assert int(targets) == expected
    assert sorted(seen) == list(range(n))


def test_an_order_is_drawn_anew_and_batches_have_like_lengths() -> None:
    source = SequenceSource(sequences(200, 0))

    def first(seed: int | None) -> list[list[int]]:
        return [batch.x[:, 0].tolist() for batch in source.batches(8, draw_of(seed))]

    assert first(0) == first(0)
    assert first(0) != first(1)
    assert first(None) == first(None)
    spans = [np.ptp(batch.lengths.numpy()) for batch in source.batches(8, draw_of(0))]
    assert np.mean(spans) < 1  # 6 among all


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(2, 80), batch_size=st.integers(1, 8), steps=st.integers(1, 12), seed=DRAWN
)
def test_a_text_is_read_in_contiguous_rows_whose_targets_come_next(
    length: int, batch_size: int, steps: int, seed: int | None
) -> None:
    source = TextSource(np.arange(length), steps)
    if batch_size > length - 1:
        with pytest.raises(
            InputError, match=rf"^`batch_size` must be an integer in \[1, {length - 1}\]"
        ):
            next(source.batches(batch_size, draw_of(seed)))
        return
    batches = list(source.batches(batch_size, draw_of(seed)))
    assert [batch.continues for batch in batches] == [k > 0 for k in range(len(batches))]
    rows = torch.cat([batch.x for batch in batches], 1)
    assert all(batch.x.shape[1] <= steps and batch.lengths is None for batch in batches)
    for batch in batches:
        assert torch.equal(batch.targets, batch.x + 1)
    assert torch.equal(rows, rows[0, 0] + torch.arange(rows.numel()).reshape(rows.shape))
    counts = Counter(rows.flatten().tolist())
    assert set(counts.values()) == {1}
    if seed is None:
        assert rows[0, 0] == 0
        assert source.n - rows.numel() < batch_size
    # Not carried, all else is the same.
    apart = list(TextSource(source.tokens, steps, carried=False).batches(batch_size, draw_of(seed)))
    assert not any(batch.continues for batch in apart)
    assert all(torch.equal(a.x, b.x) for a, b in zip(apart, batches, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_loss_is_that_of_what_is_asked_one_by_one(seed: int, per_step: bool) -> None:
    draw = np.random.default_rng(seed)
    outputs = torch.from_numpy(draw.normal(size=(4, 5, 3)))
    targets = draw.integers(-1 if per_step else 0, 3, (4, 5) if per_step else 4)
    loss, hits, asked = Batch(torch.zeros(4, 5), None, torch.from_numpy(targets)).loss(outputs)
    pairs: list[tuple[Tensor, int]] = []
    for row in range(4):
        steps = range(5) if per_step else [-1]
        pairs += [
            (outputs[row, k], int(targets[row, k] if per_step else targets[row])) for k in steps
        ]
    pairs = [pair for pair in pairs if pair[1] >= 0]
    expected = sum(float(-functional.log_softmax(own, 0)[target]) for own, target in pairs)
    assert float(loss) == pytest.approx(expected)
    assert int(hits) == sum(int(own.argmax()) == target for own, target in pairs)
    assert asked == len(pairs)


def test_a_penalty_is_shared_among_what_is_asked() -> None:
    data = sequences(30, 0, kind="step")
    assert SequenceSource(data).n == (data.targets >= 0).sum()
    assert SequenceSource(sequences(30, 0)).n == 30
    assert TextSource(np.zeros(30, int)).n == 29


def test_bad_data_are_named() -> None:
    with pytest.raises(InputError, match="^`sequences` must be Sequences, .*; got ndarray"):
        SequenceSource(np.zeros((2, 3), int))
    values = Sequences(np.zeros((2, 3, 1), np.float32), np.array([1, 3]), np.zeros(2, np.float32))
    with pytest.raises(InputError, match="^`sequences` must have classes as targets; got values"):
        SequenceSource(values)
    silent = Sequences(np.zeros((2, 3), int), np.array([1, 3]), np.full((2, 3), -1))
    with pytest.raises(InputError, match="^`sequences` must have at least one target; got -1 at"):
        SequenceSource(silent)
    with pytest.raises(InputError, match="^`steps` must be an integer >= 1; got 0"):
        TextSource(np.zeros(5, int), 0)
    with pytest.raises(InputError, match="^`tokens` must hold two or more tokens; got 1"):
        TextSource(np.zeros(1, int))
