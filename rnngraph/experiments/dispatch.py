"""Keep workers busy with jobs, and give those that fail a second chance, run by run."""

import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, Final, TypeVar

from pebble import ProcessExpired

from rnngraph.errors import RnngraphError
from rnngraph.experiments.jobs import Job, train_job
from rnngraph.experiments.pools import Submit

T = TypeVar("T")

_LOOK_SECONDS: Final = 0.2
"""How often it is looked whether the user interrupted."""


def completed(
    jobs: Iterable[Job], submit: Submit, *, ahead: int
) -> Iterator[tuple[Job, list[dict[str, Any]] | str]]:
    """Have every job done, and yield each as it ends.

    The runs of a job that fails are tried once more, each alone, so that one bad run does not
    fail the others. On KeyboardInterrupt the jobs that had just ended are yielded first.

    Args:
        jobs: What to do.
        submit: Where it is done.
        ahead: Number of jobs handed out at any time.

    Yields:
        A job and its results, a mapping a run; or a job of one run and what went wrong.

    Raises:
        RnngraphError: All workers died.
    """
    waiting = deque(jobs)
    for job, future in ended(waiting, partial(submit, train_job), ahead=ahead):
        error = future.exception()
        if error is None:
            yield job, future.result()
        elif isinstance(error, BrokenExecutor):
            raise RnngraphError("All worker processes died; run again to go on.") from error
        elif job.attempt == 1:
            waiting.extend(Job(job.task, (run,), attempt=2) for run in job.runs)
        else:
            yield job, failure(error)


def failure(error: BaseException) -> str:
    """What went wrong in a call: its traceback, or how the process died that was to do it."""
    if not isinstance(error, ProcessExpired):
        return "".join(traceback.format_exception(error))
    how = f"exit code {error.exitcode}"
    if error.exitcode < 0:
        how = f"killed by signal {-error.exitcode}"
    if error.exitcode == -signal.SIGKILL:
        how += ", as the system does where memory runs out"
    return f"The worker process died: {how}."


def ended(
    waiting: deque[T], start: Callable[[T], "Future[Any]"], *, ahead: int
) -> Iterator[tuple[T, "Future[Any]"]]:
    """Start calls, and yield each as it ends.

    On KeyboardInterrupt those that had just ended well are yielded first.

    Args:
        waiting: What calls are for; more may be added while they run.
        start: Starts a call.
        ahead: Number of calls that run at any time.
    """
    flying: dict[Future[Any], T] = {}
    try:
        with _noted_interrupts() as interrupted:
            while waiting or flying:
                while waiting and len(flying) < ahead:
                    item = waiting.popleft()
                    flying[start(item)] = item
                for future in wait(flying, _LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                    yield flying.pop(future), future
                if interrupted.is_set():
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        for future, item in flying.items():
            if future.done() and future.exception() is None:
                yield item, future
        raise


@contextmanager
def _noted_interrupts() -> Iterator[threading.Event]:
    """Note that the user interrupted, beside raising KeyboardInterrupt as always.

    What is raised in a finaliser or a callback of C code is lost: Python only prints it.
    """
    noted = threading.Event()
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield noted
        return

    def note(number: int, frame: FrameType | None) -> None:
        noted.set()
        usual(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, usual)
