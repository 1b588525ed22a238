"""Strings to padded tokens."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnngraph.tasks.data import Sequences


def encode(strings: Sequence[str], alphabet: str, targets: NDArray[np.int64]) -> Sequences:
    """Encode non-empty strings, a token a character, padded with 0 to the longest.

    Args:
        strings: N strings.
        alphabet: Distinct characters in ascending order; a token is a character's index, and
            len(alphabet) stands for every other character.
        targets: Target of each string.
    """
    lengths = np.array([len(string) for string in strings], dtype=np.int64)
    codes = np.frombuffer("".join(strings).encode("utf-32-le"), dtype="<u4")
    known = np.frombuffer(alphabet.encode("utf-32-le"), dtype="<u4")
    tokens = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    tokens = np.where(known[tokens] == codes, tokens, len(known))
    inputs = np.zeros((len(strings), lengths.max()), dtype=np.int64)
    inputs[np.arange(inputs.shape[1]) < lengths[:, None]] = tokens
    return Sequences(inputs, lengths, targets)
