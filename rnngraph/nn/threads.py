"""How many CPU threads small tensors are worth."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_SMALL_UNITS = 64
"""Hidden units up to which threads save little on an idle machine and cost much on a busy one."""


@contextmanager
def threads_worth_it(units: int) -> Iterator[None]:
    """Let torch use one CPU thread while small networks train; larger ones keep its setting.

    Args:
        units: Hidden units of the largest network.
    """
    before = torch.get_num_threads()
    if units <= _SMALL_UNITS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
