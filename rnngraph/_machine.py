"""What this machine has: memory and cores."""

import os


def total_memory() -> float:
    """Bytes of memory of this machine; infinity where it does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # not a Unix
        return float("inf")


def n_cores() -> int:
    """Cores that this process may use, where the system can tell; else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
