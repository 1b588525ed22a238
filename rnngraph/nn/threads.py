"""How many CPU threads small tensors are worth."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch

_SMALL_UNITS = 64
"""Hidden units up to which threads save little on an idle machine and cost much on a busy one."""


@contextmanager
def threads_worth_it(units: int) -> Iterator[None]:
    """Let torch use one CPU thread while small networks train; larger ones keep its setting.

    Args:
        units: Hidden units of the largest network.
    """
    with one_thread() if units <= _SMALL_UNITS else nullcontext():
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one CPU thread: sums then do not hang on how many cores there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
