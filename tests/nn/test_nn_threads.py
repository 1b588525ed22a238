from collections.abc import Iterator

import pytest
import torch

from rnngraph.nn.threads import threads_worth_it


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


@pytest.mark.parametrize(("units", "threads"), [(64, 1), (65, 2)])
def test_small_networks_have_one_thread(units: int, threads: int) -> None:
    with threads_worth_it(units):
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == 2


def test_the_setting_comes_back_after_an_error() -> None:
    with pytest.raises(KeyboardInterrupt), threads_worth_it(8):
        raise KeyboardInterrupt
    assert torch.get_num_threads() == 2
