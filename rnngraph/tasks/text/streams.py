"""Batches of a long text that a network reads on and on."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph.errors import InputError


class StreamBatch(NamedTuple):
    """A stretch of each row of a text.

    Attributes:
        inputs: Tokens (batch, steps) int64.
        targets: The token after each, (batch, steps) int64.
        continues: Whether each row goes on where it ended in the batch before, so that the state
            is carried over; False for the first batch, whose state is new.
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    continues: bool


def stream_batches(
    tokens: NDArray[np.int64], batch_size: int, steps: int, *, offset: int = 0
) -> Iterator[StreamBatch]:
    """Cut a text into batches for truncated backpropagation with a carried state.

    The text is laid out in `batch_size` rows of (n - 1) // batch_size consecutive tokens; row b of
    a batch goes on where row b of the batch before ended. Only the last batch may have fewer
    steps. Every token but the first is a target once; fewer than `batch_size` tokens at the end
    are left out.

    Source: Zaremba, Sutskever & Vinyals (2014), arXiv:1409.2329, section 4.1 (the state of one
    minibatch starts the next).

    Args:
        tokens: The text, shape (n,) int64.
        batch_size: Number of rows; at least 1.
        steps: Steps of a batch; at least 1.
        offset: Tokens at the beginning to leave out; another one each epoch moves the cuts.

    Raises:
        InputError: An argument breaks a rule, or fewer than `batch_size` + 1 tokens are left.
    """
    if not isinstance(tokens, np.ndarray) or tokens.dtype != np.int64 or tokens.ndim != 1:
        raise InputError("`tokens` must be an int64 array of one dimension.")
    check_int("batch_size", batch_size, 1)
    check_int("steps", steps, 1)
    check_int("offset", offset, 0)
    text = tokens[offset:]
    columns = (len(text) - 1) // batch_size
    if columns < 1:
        raise InputError(
            f"`tokens` must hold more than `batch_size` tokens after `offset`; got {len(text)} for "
            f"{batch_size} rows."
        )
    inputs, targets = (
        text[start : start + batch_size * columns].reshape(batch_size, columns) for start in (0, 1)
    )
    stretches = (slice(first, first + steps) for first in range(0, columns, steps))
    return (
        StreamBatch(inputs[:, each].copy(), targets[:, each].copy(), each.start > 0)
        for each in stretches
    )
