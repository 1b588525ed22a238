"""Where jobs run: in worker processes of this machine, or in this process, one after the other."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Final, TypeAlias

from pebble import ProcessPool

from rnngraph.errors import RnngraphError

Submit: TypeAlias = Callable[..., "Future[Any]"]
"""`submit(function, *arguments)` starts a call, now or when there is room for it."""

_THREAD_VARIABLES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def worker_processes(workers: int) -> Iterator[Submit]:
    """Run calls in `workers` processes; leaving with an exception stops them at once.

    A process that dies fails its call alone and is replaced.

    Raises:
        RnngraphError: The processes do not start.
    """
    with _one_thread_a_process():
        # Not "fork": this process may run threads (BLAS, torch), whose locks a fork would copy.
        pool: Any = ProcessPool(max_workers=workers, context=get_context("spawn"))
        try:
            _check_start(pool)
            yield lambda function, *arguments: pool.schedule(function, args=arguments)
            pool.close()
        finally:
            pool.stop()
            pool.join()


@contextmanager
def this_process() -> Iterator[Submit]:
    """Run each call in this process as it is submitted."""

    def submit(function: Callable[..., Any], *arguments: object) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    yield submit


def _check_start(pool: ProcessPool) -> None:
    try:
        pool.schedule(os.getpid).result()
    except Exception as error:
        raise RnngraphError(
            "The worker processes did not start. A script that calls `run` must do so under "
            '`if __name__ == "__main__":`; `engine="serial"` needs no other process.'
        ) from error


@contextmanager
def _one_thread_a_process() -> Iterator[None]:
    """Let the processes started meanwhile load their numeric libraries with one thread each."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
