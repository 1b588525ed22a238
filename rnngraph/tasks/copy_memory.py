"""Copy after a delay: hold several symbols and give them back in order."""

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph._types import RNG
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.disjoint import disjoint_rows


def copy_memory(
    *,
    n_train: int = 4_000,
    n_test: int = 1_000,
    n_items: int = 5,
    n_symbols: int = 8,
    delay: int = 10,
    rng: RNG,
) -> SequenceData:
    """Read `n_items` symbols, wait `delay` steps, then name the symbols one a step.

    Needs n_items * log2(n_symbols) bits held for n_items + delay steps. A sequence is the items,
    delay - 1 blanks, the signal "go" and n_items blanks, on which item i is asked at step
    n_items + delay + i. Inputs are tokens (N, 2 * n_items + delay): the symbols "0", "1", ...,
    the blank and the signal; targets (N, T) hold the symbol asked or -1. No list of items stands
    twice, be it in train or test.

    Source: Hochreiter & Schmidhuber (1997), Neural Computation 9, 1735-1780; in this form Arjovsky,
    Shah & Bengio (2016), ICML, PMLR 48, 1120-1128, section 5.1.

    Args:
        n_train: Number of training sequences; at least 1.
        n_test: Number of test sequences; at least 1.
        n_items: Symbols to hold; at least 1.
        n_symbols: Different symbols; at least 2.
        delay: Steps from the last item to the signal; at least 1.
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule, or there are fewer than n_train + n_test lists.
    """
    n_train = check_int("n_train", n_train, 1)
    n_test = check_int("n_test", n_test, 1)
    n_items = check_int("n_items", n_items, 1)
    n_symbols = check_int("n_symbols", n_symbols, 2)
    delay = check_int("delay", delay, 1)

    def draw(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
        return generator.integers(n_symbols, size=(count, n_items))

    items = disjoint_rows(draw, name="copy_memory", n_train=n_train, n_test=n_test, rng=rng)
    train, test = (_sequences(rows, n_symbols, delay) for rows in items)
    symbols = tuple(str(symbol) for symbol in range(n_symbols))
    return with_baselines(
        "copy_memory",
        train,
        test,
        tokens=(*symbols, "blank", "go"),
        classes=symbols,
        rule="recent_tokens",
        params={
            "n_train": n_train,
            "n_test": n_test,
            "n_items": n_items,
            "n_symbols": n_symbols,
            "delay": delay,
        },
    )


def _sequences(items: NDArray[np.int64], n_symbols: int, delay: int) -> Sequences:
    count, n_items = items.shape
    blank, go = n_symbols, n_symbols + 1
    inputs = np.full((count, 2 * n_items + delay), blank, dtype=np.int64)
    inputs[:, :n_items] = items
    inputs[:, n_items + delay - 1] = go
    targets = np.full_like(inputs, -1)
    targets[:, -n_items:] = items
    return Sequences(inputs, np.full(count, inputs.shape[1], dtype=np.int64), targets)
