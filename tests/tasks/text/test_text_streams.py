"""Every token but the first is a target once, in its place, and rows go on where they ended."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnngraph.errors import InputError
from rnngraph.tasks import stream_batches


@given(st.data())
def test_rows_go_on_and_every_token_is_a_target_once(data: st.DataObject) -> None:
    batch_size, steps = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 9))
    offset = data.draw(st.integers(0, 5))
    n = data.draw(st.integers(offset + batch_size + 1, 120))
    batches = list(stream_batches(np.arange(n), batch_size, steps, offset=offset))

    assert [batch.continues for batch in batches] == [False] + [True] * (len(batches) - 1)
    assert {batch.inputs.shape for batch in batches[:-1]} <= {(batch_size, steps)}
    assert 1 <= batches[-1].inputs.shape[1] <= steps
    for inputs, targets, _ in batches:
        assert inputs.dtype == targets.dtype == np.int64
        np.testing.assert_array_equal(targets, inputs + 1)  # the text counts up
    rows = np.concatenate([batch.inputs for batch in batches], axis=1)
    assert (np.diff(rows, axis=1) == 1).all()
    targets = np.concatenate([batch.targets for batch in batches], axis=1).ravel()
    np.testing.assert_array_equal(targets, np.arange(offset + 1, offset + 1 + len(targets)))
    assert 0 <= n - 1 - targets[-1] < batch_size


def test_a_batch_is_the_caller_s_own() -> None:
    tokens = np.arange(7)
    for batch in stream_batches(tokens, 2, 2):
        batch.inputs[:] = batch.targets[:] = -1
    np.testing.assert_array_equal(tokens, np.arange(7))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": np.zeros(9)}, r"`tokens` must be an int64 array of one dimension"),
        ({"tokens": np.zeros((3, 3), np.int64)}, r"`tokens` must be an int64 array of one dim"),
        ({"tokens": [0] * 9}, r"`tokens` must be an int64 array of one dimension"),
        ({"batch_size": 0}, r"`batch_size` must be an integer >= 1; got 0"),
        ({"steps": 0}, r"`steps` must be an integer >= 1; got 0"),
        ({"offset": -1}, r"`offset` must be an integer >= 0; got -1"),
        ({"offset": 8}, r"`tokens` must hold more than `batch_size` tokens .* got 1 for 2 rows"),
        ({"batch_size": 9}, r"`tokens` must hold more than .* got 9 for 9 rows"),
    ],
)
def test_arguments_are_checked_at_the_call(change: dict[str, object], message: str) -> None:
    arguments = {"tokens": np.zeros(9, np.int64), "batch_size": 2, "steps": 2, **change}
    with pytest.raises(InputError, match=message):
        stream_batches(**arguments)
