"""The embedded Reber grammar as a task: what came second decides what comes second to last."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_int, check_real
from rnngraph._types import RNG
from rnngraph.tasks.corruptions import CORRUPTIONS, Corruption, shares_of, wrong_closing
from rnngraph.tasks.data import SequenceData
from rnngraph.tasks.reber_grammar import SHORTEST, count_reber, draw_reber, is_embedded_reber
from rnngraph.tasks.valid_invalid import Grammar, valid_invalid

_NEGATIVES: Final = MappingProxyType({"closing": 0.8, "symbol": 0.1, "swap": 0.1})


def embedded_reber(
    *,
    n_train: int = 4_000,
    n_test: int = 1_000,
    depth: int = 1,
    min_inner: int = 8,
    max_inner: int = 20,
    share_negative: float = 0.5,
    negatives: Mapping[str, float] = _NEGATIVES,
    rng: RNG,
) -> SequenceData:
    """Tell embedded Reber strings (class 1) from corrupted ones (class 0).

    A valid string is a Reber string inside `depth` frames B c ... c E, where c is T or P and must
    be the same at both ends: the network must hold c for inner + 4 * (frame - 1) + 1 steps, frame
    counted from the inside. Inputs are tokens (N, T) of "BEPSTVX" with lengths, targets (N,). No
    string stands twice, in train or test; test does not depend on `n_train`.

    The dials of difficulty: the inner lengths set the memory span, `depth` the number of symbols
    to hold, `negatives` how much is decided by memory. A rule on n-grams cannot see a wrong
    closing symbol, so it reaches at most 1 - share_negative * share of "closing".

    Source: Cleeremans, Servan-Schreiber & McClelland (1989), Neural Computation 1, 372-381;
    Hochreiter & Schmidhuber (1997), Neural Computation 9, 1735-1780, experiment 1.

    Args:
        n_train: Number of training strings; at least 2.
        n_test: Number of test strings; at least 2.
        depth: Number of frames; at least 1. A string has 4 * depth steps more than its inner one.
        min_inner: Steps of the shortest inner string; at least 5.
        max_inner: Steps of the longest inner string.
        share_negative: Share of invalid strings, in (0, 1).
        negatives: Weights of the kinds of invalid strings: "closing" (T and P exchanged at the
            closing end of one frame), "symbol" (one symbol replaced), "swap" (two neighbours
            exchanged), "random" (uniform symbols); .8, .1, .1 and none by default.
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule, or there are too few strings of these lengths.
    """
    n_train = check_int("n_train", n_train, 2)
    n_test = check_int("n_test", n_test, 2)
    depth = check_int("depth", depth, 1)
    min_inner = check_int("min_inner", min_inner, SHORTEST)
    max_inner = check_int("max_inner", max_inner, min_inner)
    share_negative = check_real("share_negative", share_negative, 0, 1)
    corruptions: dict[str, Corruption] = {
        **CORRUPTIONS,
        "closing": partial(wrong_closing, depth=depth),
    }
    frames = 4 * depth

    def count(length: int) -> int:
        return count_reber(length - frames) << depth

    def draw(lengths: NDArray[np.int64], generator: np.random.Generator) -> list[str]:
        strings = draw_reber(lengths - frames, generator)
        return [_framed(string, depth, generator) for string in strings]

    return valid_invalid(
        "embedded_reber",
        Grammar(
            accepts=partial(is_embedded_reber, depth=depth),
            count=count,
            draw=draw,
            corruptions=corruptions,
            shares=shares_of(negatives, corruptions),
            lengths=range(min_inner + frames, max_inner + frames + 1),
        ),
        n_train=n_train,
        n_test=n_test,
        share_negative=share_negative,
        params={
            "n_train": n_train,
            "n_test": n_test,
            "depth": depth,
            "min_inner": min_inner,
            "max_inner": max_inner,
            "share_negative": share_negative,
            "negatives": {kind: float(weight) for kind, weight in negatives.items()},
        },
        rng=rng,
    )


def _framed(string: str, depth: int, rng: np.random.Generator) -> str:
    for which in rng.integers(2, size=depth):
        string = f"B{'TP'[which]}{string}{'TP'[which]}E"
    return string
