"""Random streams: keyed, so that order, grouping and workers never change a result."""

import hashlib

import numpy as np

from rnngraph._types import RNG
from rnngraph.errors import InputError


def generator(rng: RNG) -> np.random.Generator:
    """Turn any accepted `rng` into a Generator; a Generator is returned as it is.

    Raises:
        InputError: `rng` is None, a negative integer or of another type.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(seed_sequence(rng))


def seed_sequence(rng: RNG) -> np.random.SeedSequence:
    """Turn any accepted `rng` into a SeedSequence; a Generator gives one from its next draw.

    Raises:
        InputError: `rng` is None, a negative integer or of another type.
    """
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(int(rng.integers(2**63)))
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise InputError(
            "`rng` must be a non-negative integer, a numpy SeedSequence or a numpy Generator; "
            f"got {rng!r}."
        )
    return np.random.SeedSequence(int(rng))


def stream(seed: np.random.SeedSequence, *key: str | int) -> np.random.Generator:
    """Return the Generator that belongs to `key` under `seed`.

    The same seed and key give the same stream however many other streams were taken before.

    Args:
        seed: Root of the streams; its own spawn key is kept, so nested roots stay apart.
        key: What the stream is for, such as `("init", graph_key, replicate)`.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in key)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint32)
    spawn_key = (*seed.spawn_key, *(int(word) for word in words))
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=spawn_key))
