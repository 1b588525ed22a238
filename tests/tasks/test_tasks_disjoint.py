import numpy as np
import pytest
from numpy.typing import NDArray

from rnngraph.errors import InputError
from rnngraph.tasks.disjoint import disjoint_rows


def pairs(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """One of 36 rows."""
    return rng.integers(6, size=(count, 2))


@pytest.mark.parametrize(("n_train", "n_test"), [(30, 6), (6, 30), (1, 35), (35, 1), (10, 10)])
def test_rows_are_all_different_up_to_the_last_one(n_train: int, n_test: int) -> None:
    train, test = disjoint_rows(pairs, name="x", n_train=n_train, n_test=n_test, rng=0)
    assert (len(train), len(test)) == (n_train, n_test)
    assert len({tuple(row) for row in [*train.tolist(), *test.tolist()]}) == n_train + n_test


def test_test_rows_do_not_depend_on_train() -> None:
    few, many = (disjoint_rows(pairs, name="x", n_train=n, n_test=9, rng=0)[1] for n in (1, 27))
    np.testing.assert_array_equal(few, many)


def test_tasks_of_other_names_have_other_streams() -> None:
    one, other = (
        disjoint_rows(pairs, name=name, n_train=9, n_test=9, rng=0)[1] for name in ("x", "y")
    )
    assert one.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("n_train", "n_test", "message"),
    [
        (1, 37, r"`n_test` must ask for at most 36 sequences, .* have left; got 37"),
        (7, 30, r"`n_train` must ask for at most 6 sequences, .* have left; got 7"),
    ],
)
def test_more_than_there_are(n_train: int, n_test: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        disjoint_rows(pairs, name="x", n_train=n_train, n_test=n_test, rng=0)
