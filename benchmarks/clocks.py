"""How long work takes: by the wall, or by what its thread spent on a core."""

import time
from collections.abc import Callable


def timed(work: Callable[[], object]) -> float:
    """Seconds by the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def timed_step(work: Callable[[], object], steps: int, seconds: float = 0.02) -> float:
    """Seconds of the core a step, over calls that fill some time; waiting for it does not count."""
    calls, start = 0, time.thread_time()
    while True:
        work()
        calls += 1
        spent = time.thread_time() - start
        if spent >= seconds:
            return spent / calls / steps
