"""Which backend trains a network: the core, along its edges, or torch, by whole matrices."""

from typing import Final

import torch

from rnngraph import _native
from rnngraph._check import check_choice
from rnngraph.errors import InputError
from rnngraph.masks import GATES, LayeredMask, RecurrentMask

BACKENDS: Final = ("auto", "native", "reference")
_DENSE: Final = {
    "simple": ((1000, 0.4), (300, 0.75)),
    "gated": ((1000, 0.6), (300, 0.9)),
}
"""Units, and the share of live weights beyond which whole matrices are faster than edges there."""


def can_be_native(backend: str, device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a call of `train_population` may use the core.

    Raises:
        InputError: An unknown backend, or "native" where it cannot be had.
    """
    check_choice("backend", backend, BACKENDS)
    able = device.type == "cpu" and dtype == torch.float32
    if backend == "native" and not able:
        raise InputError(
            f'`backend` "native" needs the CPU and torch.float32; got {device} and {dtype}.'
        )
    if backend == "native" and _native.core is None:
        raise InputError(
            '`backend` must be "auto" or "reference" where the compiled core was not built; '
            'got "native".'
        )
    if backend == "auto" and able and _native.core is None:
        _native.say_that_it_is_missing()
    return backend != "reference" and able and _native.core is not None


def dense_wins(mask: RecurrentMask | LayeredMask) -> bool:
    """Whether products with whole matrices are faster than along the edges.

    Measured in benchmarks/training (set "edges"): the core's work goes with the edges, that of
    whole matrices does not, and the caches lose the rows of large networks.
    """
    if isinstance(mask, LayeredMask):
        return False
    limits = _DENSE["simple" if len(GATES[mask.cell]) == 1 else "gated"]
    share = next((share for units, share in limits if mask.hidden_size >= units), None)
    if share is None:
        return False
    blocks = list(mask.hidden.values())
    live = sum(int(block.count_nonzero()) for block in blocks)
    return live > share * sum(block.numel() for block in blocks)
