"""The Reber grammar as a task: rules between neighbours, hardly any memory."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rnngraph._check import check_int, check_real
from rnngraph._types import RNG
from rnngraph.tasks.corruptions import CORRUPTIONS, shares_of
from rnngraph.tasks.data import SequenceData
from rnngraph.tasks.reber_grammar import SHORTEST, count_reber, draw_reber, is_reber
from rnngraph.tasks.valid_invalid import Grammar, valid_invalid

_NEGATIVES: Final = MappingProxyType({"symbol": 0.5, "swap": 0.4, "random": 0.1})


def reber(
    *,
    n_train: int = 4_000,
    n_test: int = 1_000,
    min_length: int = 10,
    max_length: int = 30,
    share_negative: float = 0.5,
    negatives: Mapping[str, float] = _NEGATIVES,
    rng: RNG,
) -> SequenceData:
    """Tell strings of the Reber grammar (class 1) from corrupted ones (class 0).

    Needs the last two or three symbols only: a trigram rule is nearly perfect, so the task tests
    whether a network learns at all; for memory take `embedded_reber`. Inputs are tokens (N, T) of
    "BEPSTVX" with lengths, targets (N,). No string stands twice, in train or test; test does not
    depend on `n_train`.

    Source: Reber (1967), J. Verbal Learn. Verbal Behav. 6, 855-863.

    Args:
        n_train: Number of training strings; at least 2.
        n_test: Number of test strings; at least 2.
        min_length: Steps of the shortest string; at least 5.
        max_length: Steps of the longest string.
        share_negative: Share of invalid strings, in (0, 1).
        negatives: Weights of the kinds of invalid strings: "symbol" (one symbol replaced), "swap"
            (two neighbours exchanged), "random" (uniform symbols); .5, .4 and .1 by default.
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule, or there are too few strings of these lengths.
    """
    n_train = check_int("n_train", n_train, 2)
    n_test = check_int("n_test", n_test, 2)
    min_length = check_int("min_length", min_length, SHORTEST)
    max_length = check_int("max_length", max_length, min_length)
    share_negative = check_real("share_negative", share_negative, 0, 1)
    shares = shares_of(negatives, CORRUPTIONS)
    lengths = range(min_length, max_length + 1)
    return valid_invalid(
        "reber",
        Grammar(is_reber, count_reber, draw_reber, CORRUPTIONS, shares, lengths),
        n_train=n_train,
        n_test=n_test,
        share_negative=share_negative,
        params={
            "n_train": n_train,
            "n_test": n_test,
            "min_length": min_length,
            "max_length": max_length,
            "share_negative": share_negative,
            "negatives": {kind: float(weight) for kind, weight in negatives.items()},
        },
        rng=rng,
    )
