"""The adding problem: find two marked numbers far apart and add them."""

import numpy as np

from rnngraph._check import check_int
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData, Sequences


def adding_problem(
    *, n_train: int = 4_000, n_test: int = 1_000, length: int = 20, rng: RNG
) -> SequenceData:
    """Give the sum of the two marked numbers of a sequence, in [0, 2).

    Needs a real number held for up to length - 1 steps and the sum for up to length / 2. Inputs
    are dense (N, length, 2): numbers uniform in [0, 1), and marks that are 1 at one step of the
    first half (the shorter one of an odd length) and one of the second, else 0. Targets (N,) are
    values. Always answering the mean leaves a squared error near 1/6. Train and test come from
    streams of their own and share no sequence, as the numbers are continuous.

    Source: Hochreiter & Schmidhuber (1997), Neural Computation 9, 1735-1780, experiment 4; in this
    form Arjovsky, Shah & Bengio (2016), ICML, PMLR 48, 1120-1128, section 5.2.

    Args:
        n_train: Number of training sequences; at least 1.
        n_test: Number of test sequences; at least 1.
        length: Steps of a sequence; at least 2.
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule.
    """
    n_train = check_int("n_train", n_train, 1)
    n_test = check_int("n_test", n_test, 1)
    length = check_int("length", length, 2)
    seed = seed_sequence(rng)
    return with_baselines(
        "adding_problem",
        _sequences(n_train, length, stream(seed, "adding_problem", "n_train")),
        _sequences(n_test, length, stream(seed, "adding_problem", "n_test")),
        params={"n_train": n_train, "n_test": n_test, "length": length},
    )


def _sequences(count: int, length: int, rng: np.random.Generator) -> Sequences:
    rows = np.arange(count)
    first = rng.integers(length // 2, size=count)
    second = rng.integers(length // 2, length, size=count)
    inputs = np.zeros((count, length, 2), dtype=np.float32)
    inputs[:, :, 0] = rng.random((count, length), dtype=np.float32)
    inputs[rows, first, 1] = inputs[rows, second, 1] = 1
    targets = inputs[rows, first, 0] + inputs[rows, second, 0]
    return Sequences(inputs, np.full(count, length, dtype=np.int64), targets)
