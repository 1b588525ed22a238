import numpy as np
import pytest
from numpy.typing import NDArray

from rnngraph.errors import InputError
from rnngraph.tasks import SequenceData, Sequences

TOKENS = np.array([[1, 2, 0], [3, 0, 0]])
DENSE = np.zeros((2, 3, 4), dtype=np.float32)
LENGTHS = np.array([2, 1])
CLASSES = np.array([0, 1])
STEPS = np.array([[0, 1, -1], [1, -1, -1]])
VALUES = np.array([0.5, 1.5], dtype=np.float32)


@pytest.mark.parametrize(
    ("targets", "n_classes", "kind", "output_size"),
    [(CLASSES, 2, "sequence", 2), (STEPS, 2, "step", 2), (VALUES, 0, "value", 1)],
)
@pytest.mark.parametrize(("inputs", "n_tokens", "input_size"), [(TOKENS, 5, 5), (DENSE, 0, 4)])
def test_kind_and_sizes_follow_from_the_arrays(
    inputs: NDArray[np.int64],
    n_tokens: int,
    input_size: int,
    targets: NDArray[np.int64],
    n_classes: int,
    kind: str,
    output_size: int,
) -> None:
    part = Sequences(inputs, LENGTHS, targets)
    data = SequenceData(part, part, n_tokens, n_classes, {})
    assert (data.kind, data.input_size, data.output_size) == (kind, input_size, output_size)
    assert len(part) == 2


def test_real_marks_the_steps_within_each_length() -> None:
    real = Sequences(TOKENS, LENGTHS, CLASSES).real
    np.testing.assert_array_equal(real, [[True, True, False], [True, False, False]])


def test_train_and_test_may_differ_in_steps() -> None:
    longer = Sequences(np.zeros((1, 9), dtype=np.int64), np.array([9]), np.array([1]))
    assert SequenceData(Sequences(TOKENS, LENGTHS, CLASSES), longer, 4, 2, {}).input_size == 4


def nan(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(np.arange(array.size).reshape(array.shape) == 1, np.float32(np.nan), array)


@pytest.mark.parametrize(
    ("inputs", "lengths", "targets", "message"),
    [
        (TOKENS.astype(np.int32), LENGTHS, CLASSES, r"`inputs` must be an int64 .* got int32 of"),
        (TOKENS.tolist(), LENGTHS, CLASSES, r"`inputs` must be .*\(N, T, F\); got list\."),
        (DENSE[:, :, 0], LENGTHS, CLASSES, r"`inputs` must be .* got float32 of shape \(2, 3\)"),
        (TOKENS[:0], LENGTHS, CLASSES, r"`inputs` must hold at least one .* shape \(0, 3\)"),
        (nan(DENSE), LENGTHS, CLASSES, r"`inputs` must be finite; got NaN or infinity"),
        (
            TOKENS - 1,
            LENGTHS,
            CLASSES,
            r"`inputs` must hold tokens >= 0; got -1 in sequence 0 at position 2",
        ),
        (TOKENS, LENGTHS[:1], CLASSES, r"`lengths` must be .* \(2,\); got int64 of shape \(1,\)"),
        (TOKENS, [2, 1], CLASSES, r"`lengths` must be an int64 array .* got list"),
        (TOKENS, np.array([0, 1]), CLASSES, r"`lengths` must be in \[1, 3\]; got 0 in sequence 0"),
        (TOKENS, np.array([1, 4]), CLASSES, r"`lengths` must be in \[1, 3\]; got 4 in sequence 1"),
        (TOKENS, LENGTHS, CLASSES[:1], r"`targets` must be .*\(2, 3\), or a float32 .* \(1,\)"),
        (TOKENS, LENGTHS, CLASSES.astype(float), r"`targets` must be .* got float64 of shape"),
        (TOKENS, LENGTHS, nan(VALUES), r"`targets` must be finite; got NaN or infinity"),
        (TOKENS, LENGTHS, CLASSES - 1, r"`targets` must be classes >= 0; got -1"),
        (TOKENS, LENGTHS, STEPS - 1, r"`targets` must be classes >= -1; got -2"),
        (TOKENS, LENGTHS, STEPS * 0, r"`targets` must be -1 beyond each sequence's length"),
    ],
)
def test_sequences_refuse_what_breaks_a_rule(
    inputs: NDArray[np.int64],
    lengths: NDArray[np.int64],
    targets: NDArray[np.int64],
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        Sequences(inputs, lengths, targets)


WORDS = Sequences(TOKENS, LENGTHS, CLASSES)
POINTS = Sequences(DENSE, LENGTHS, CLASSES)
TAGGED = Sequences(TOKENS, LENGTHS, STEPS)
SUMS = Sequences(DENSE, LENGTHS, VALUES)
UNASKED = Sequences(TOKENS, LENGTHS, np.full((2, 3), -1))


@pytest.mark.parametrize(
    ("train", "test", "n_tokens", "n_classes", "message"),
    [
        (WORDS, TAGGED, 4, 2, r"`train` and `test` must have targets .* 'sequence' and 'step'"),
        (WORDS, POINTS, 4, 2, r"`train` and `test` must have the same .* \(2, 3\) and \(2, 3, 4\)"),
        (POINTS, Sequences(DENSE[:, :, :1], LENGTHS, CLASSES), 0, 2, r"same kind of inputs and nu"),
        (
            WORDS,
            WORDS,
            3,
            2,
            r"`n_tokens` must exceed every token; got 3 and token 3 in `train`, sequence 1 at",
        ),
        (WORDS, WORDS, -1, 2, r"`n_tokens` must be an integer >= 0; got -1"),
        (POINTS, POINTS, 4, 2, r"`n_tokens` must be 0 for dense inputs; got 4"),
        (WORDS, WORDS, 4, 1, r"`n_classes` must exceed every class; got 1 and class 1 in `train`"),
        (WORDS, WORDS, 4, 2.0, r"`n_classes` must be an integer >= 0; got 2\.0"),
        (SUMS, SUMS, 0, 1, r"`n_classes` must be 0 for a value target; got 1"),
        (TAGGED, UNASKED, 4, 2, r"`test` must have at least one target; got -1 at every step"),
    ],
)
def test_data_refuse_what_breaks_a_rule(
    train: Sequences, test: Sequences, n_tokens: int, n_classes: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        SequenceData(train, test, n_tokens, n_classes, {})
