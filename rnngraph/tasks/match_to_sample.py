"""Delayed match to sample: is the last symbol the one that came first?"""

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int
from rnngraph._types import RNG
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData, Sequences
from rnngraph.tasks.disjoint import disjoint_rows


def match_to_sample(
    *,
    n_train: int = 4_000,
    n_test: int = 1_000,
    n_symbols: int = 4,
    n_distractors: int = 4,
    min_delay: int = 5,
    max_delay: int = 15,
    rng: RNG,
) -> SequenceData:
    """Tell whether the probe at the end is the sample shown at the start (class 1) or not (0).

    Needs log2(n_symbols) bits held for delay + 1 steps. A sequence is the sample, `delay` random
    distractors and the probe; about half of the probes match. Inputs are tokens (N, T) with
    lengths: samples "s0", "s1", ... and distractors "d0", "d1", ...; targets (N,). No sequence
    stands twice, be it in train or test.

    Source: Blough (1959), J. Exp. Anal. Behav. 2, 151-160.

    Args:
        n_train: Number of training sequences; at least 1.
        n_test: Number of test sequences; at least 1.
        n_symbols: Different samples; at least 2.
        n_distractors: Different distractors; at least 1.
        min_delay: Fewest distractors; at least 0.
        max_delay: Most distractors.
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule, or there are fewer than n_train + n_test sequences.
    """
    n_train = check_int("n_train", n_train, 1)
    n_test = check_int("n_test", n_test, 1)
    n_symbols = check_int("n_symbols", n_symbols, 2)
    n_distractors = check_int("n_distractors", n_distractors, 1)
    min_delay = check_int("min_delay", min_delay, 0)
    max_delay = check_int("max_delay", max_delay, min_delay)

    def draw(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
        rows = generator.integers(n_symbols, n_symbols + n_distractors, size=(count, max_delay + 2))
        last = generator.integers(min_delay, max_delay, size=count, endpoint=True) + 1
        sample = generator.integers(n_symbols, size=count)
        other = (sample + generator.integers(1, n_symbols, size=count)) % n_symbols
        rows[:, 0] = sample
        rows[np.arange(count), last] = np.where(generator.permutation(count) % 2, sample, other)
        rows[np.arange(max_delay + 2) > last[:, None]] = -1
        return rows

    rows = disjoint_rows(draw, name="match_to_sample", n_train=n_train, n_test=n_test, rng=rng)
    train, test = (_sequences(part) for part in rows)
    return with_baselines(
        "match_to_sample",
        train,
        test,
        tokens=(
            *(f"s{symbol}" for symbol in range(n_symbols)),
            *(f"d{symbol}" for symbol in range(n_distractors)),
        ),
        classes=("other", "match"),
        rule="ngram_likelihood",
        params={
            "n_train": n_train,
            "n_test": n_test,
            "n_symbols": n_symbols,
            "n_distractors": n_distractors,
            "min_delay": min_delay,
            "max_delay": max_delay,
        },
    )


def _sequences(rows: NDArray[np.int64]) -> Sequences:
    lengths = (rows >= 0).sum(axis=1)
    probe = rows[np.arange(len(rows)), lengths - 1]
    return Sequences(np.maximum(rows, 0), lengths, (rows[:, 0] == probe).astype(np.int64))
