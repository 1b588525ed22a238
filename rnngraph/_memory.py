"""How much memory this machine has."""

import os


def total_memory() -> float:
    """Bytes of memory of this machine; infinity where it does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # not a Unix
        return float("inf")
