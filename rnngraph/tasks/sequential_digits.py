"""Handwritten digits read row by row or pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

from rnngraph._check import check_choice, check_int
from rnngraph._rng import generator
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.tasks.baselines import with_baselines
from rnngraph.tasks.data import SequenceData, Sequences


def sequential_digits(
    *, n_train: int = 1_297, n_test: int = 500, order: str = "row", rng: RNG
) -> SequenceData:
    """Name the digit of an 8 x 8 image read in pieces.

    Needs what the first rows showed until the last: 7 steps by row, up to 63 by pixel. Inputs are
    dense, grey levels in [0, 1]: (N, 8, 8), a row of the image a step, or (N, 64, 1), a pixel a
    step; targets (N,). The 1,797 images of scikit-learn's `load_digits` are put in an order by
    `rng` that mixes the digits evenly; test is its beginning and train its end, so both hold each
    digit in its share, neither depends on the other's size, and no image is in both.

    Source: Alpaydin & Kaynak (1998), UCI Machine Learning Repository, Optical Recognition of
    Handwritten Digits; read in sequence as in Le, Jaitly & Hinton (2015), arXiv:1504.00941.

    Args:
        n_train: Number of training images; at least 1.
        n_test: Number of test images; at least 1. Train and test hold at most 1,797 together.
        order: "row" or "pixel" (row after row).
        rng: Seed; a Generator is advanced.

    Raises:
        InputError: An argument breaks a rule.
    """
    check_choice("order", order, ("row", "pixel"))
    n_train = check_int("n_train", n_train, 1)
    n_test = check_int("n_test", n_test, 1)
    from sklearn.datasets import load_digits

    digits = load_digits()
    labels = digits.target.astype(np.int64)
    if n_train + n_test > len(labels):
        raise InputError(
            f"`n_train` + `n_test` must be at most {len(labels)}; got {n_train} + {n_test}."
        )
    images = (digits.images / 16).astype(np.float32)
    if order == "pixel":
        images = images.reshape(-1, 64, 1)
    mixed = _evenly_mixed(labels, generator(rng))
    train, test = (
        Sequences(images[part], np.full(len(part), images.shape[1], dtype=np.int64), labels[part])
        for part in (mixed[-n_train:], mixed[:n_test])
    )
    return with_baselines(
        "sequential_digits",
        train,
        test,
        classes=tuple(str(digit) for digit in range(10)),
        params={"n_train": n_train, "n_test": n_test, "order": order},
    )


def _evenly_mixed(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Order samples at random such that any stretch holds each class in its share."""
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return np.argsort(position, kind="stable")
