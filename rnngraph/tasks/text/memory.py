"""Texts and vocabularies that do not fit into memory are refused before anything large is made."""

from typing import Final

from rnngraph._machine import total_memory
from rnngraph.errors import InputError

_UNITS: Final = 256
_COPIES: Final = 4
"""Weights, their gradient and two moments, each in float32."""


def check_vocabulary(size: int) -> None:
    """Check that the smallest usual model of `size` words can be trained: 256 weights a word.

    Raises:
        InputError: It does not fit.
    """
    need, have = 4.0 * _COPIES * _UNITS * size, total_memory()
    if need > have:
        raise InputError(
            f"`vocabulary_size` must leave a model that fits into memory, `min_count` helps; "
            f"{size} words with {_UNITS} weights each need {need / 2**30:.3g} GiB to train, and "
            f"there are {have / 2**30:.3g} GiB."
        )


def check_padded(count: int, longest: int) -> None:
    """Check an int64 array of `count` texts padded to the longest.

    Raises:
        InputError: It does not fit.
    """
    need, have = 8.0 * count * longest, total_memory()
    if need > have:
        raise InputError(
            f"`max_length` must leave texts that fit into memory; {count} texts padded to "
            f"{longest} tokens need {need / 2**30:.3g} GiB, and there are {have / 2**30:.3g} GiB."
        )
