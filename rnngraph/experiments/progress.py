"""How far a run has come: a bar on a terminal, else a line now and then, or nothing."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Style: TypeAlias = Literal["auto", "bar", "lines", "none"]
Advance: TypeAlias = Callable[[int, int], None]
"""`advance(done, failed)`: so many more units of work ended well, or failed for good."""

_SECONDS_BETWEEN_LINES: Final = 5.0
_BAR_MEMORY_SECONDS: Final = 3600.0
"""Jobs end minutes apart: the bar must remember them to say how much time is left."""


@contextmanager
def reporter(style: Style, what: str, total: int) -> Iterator[Advance]:
    """Report the progress of `total` units of work on standard error.

    Args:
        style: "bar", "lines" or "none"; "auto" takes a bar on a terminal and lines elsewhere.
        what: Name of the work, such as "train".
        total: Units of work.
    """
    if style == "auto":
        style = "bar" if sys.stderr.isatty() else "lines"
    if style == "none" or total == 0:
        yield lambda done, failed: None
    elif style == "bar":
        with _bar(what, total) as advance:
            yield advance
    else:
        yield _lines(what, total)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Advance]:
    failures = 0
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        speed_estimate_period=_BAR_MEMORY_SECONDS,
    ) as progress:
        bar = progress.add_task(what, total=total)

        def advance(done: int, failed: int) -> None:
            nonlocal failures
            failures += failed
            description = f"{what}, {failures} failed" if failures else what
            progress.update(bar, advance=done + failed, description=description)

        yield advance


def _lines(what: str, total: int) -> Advance:
    started = printed = time.monotonic()
    finished = failures = 0
    print(f"{what}: 0/{total}", file=sys.stderr, flush=True)

    def advance(done: int, failed: int) -> None:
        nonlocal printed, finished, failures
        finished, failures = finished + done + failed, failures + failed
        now = time.monotonic()
        if now - printed < _SECONDS_BETWEEN_LINES and finished < total:
            return
        printed = now
        left = (now - started) * (total - finished) / finished
        print(
            f"{what}: {finished}/{total}, {failures} failed, {_clock(now - started)} elapsed, "
            f"about {_clock(left)} left",
            file=sys.stderr,
            flush=True,
        )

    return advance


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
