from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from rnngraph.errors import InputError
from rnngraph.tasks import sequential_digits


def test_rows_and_pixels_are_the_images_of_scikit_learn() -> None:
    digits = load_digits()
    label = {
        (image / 16).astype(np.float32).tobytes(): target
        for image, target in zip(digits.images, digits.target, strict=True)
    }
    for order, shape in (("row", (8, 8)), ("pixel", (64, 1))):
        data = sequential_digits(order=order, rng=0)
        assert data.train.inputs.shape == (1_297, *shape)
        assert data.test.inputs.shape == (500, *shape)
        for part in (data.train, data.test):
            assert [label[image.tobytes()] for image in part.inputs] == part.targets.tolist()
            assert set(part.lengths) == {shape[0]}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("n", [100, 500])
def test_each_digit_has_its_share_in_both_parts(seed: int, n: int) -> None:
    data = sequential_digits(n_train=n, n_test=n, rng=seed)
    share = np.bincount(load_digits().target) / 1_797
    for part in (data.train, data.test):
        counts = np.bincount(part.targets, minlength=10)
        np.testing.assert_allclose(counts, share * n, atol=2)


def test_train_does_not_depend_on_the_number_of_test_images() -> None:
    few, many = (sequential_digits(n_train=50, n_test=n, rng=0) for n in (10, 500))
    np.testing.assert_array_equal(few.train.inputs, many.train.inputs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": "column"}, r"`order` must be one of row, pixel; got 'column'"),
        ({"n_train": 1_298}, r"`n_train` \+ `n_test` must be at most 1797; got 1298 \+ 500"),
    ],
)
def test_errors(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sequential_digits(**change, rng=0)
