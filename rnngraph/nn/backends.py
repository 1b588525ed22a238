"""Which backend trains a network: the core, along its edges, or torch, by whole matrices."""

from collections.abc import Sequence
from typing import Final

import torch

from rnngraph import _native
from rnngraph._check import check_choice
from rnngraph.errors import InputError
from rnngraph.masks import GATES, LayeredMask, RecurrentMask

BACKENDS: Final = ("auto", "native", "reference")
FOR_TRAINING: Final = (*BACKENDS, "fused")
_DENSE: Final = {
    "simple": ((1000, 0.4), (300, 0.75)),
    "gated": ((1000, 0.6), (300, 0.9)),
}
"""Units, and the share of live weights beyond which whole matrices beat the core there."""
_ALONG_EDGES: Final = {"cpu": (100, 0.15)}
"""Units from which, and the share of live weights up to which, torch is faster along edges.

By kind of device; a GPU, where whole matrices have more of the arithmetic, was not measured.
"""


def can_be_native(
    backend: str, device: torch.device, dtype: torch.dtype, among: Sequence[str] = BACKENDS
) -> bool:
    """Whether a call may use the core, whose `backend` is one of `among`.

    Raises:
        InputError: An unknown backend, or "native" where it cannot be had.
    """
    check_choice("backend", backend, among)
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
    return backend in ("auto", "native") and able and _native.core is not None


def dense_wins(mask: RecurrentMask | LayeredMask) -> bool:
    """Whether products with whole matrices are faster than along the edges.

    Measured in benchmarks/training (set "edges"): the core's work goes with the edges, that of
    whole matrices does not, and the caches lose the rows of large networks.
    """
    if isinstance(mask, LayeredMask):
        return False
    limits = _DENSE["simple" if len(GATES[mask.cell]) == 1 else "gated"]
    share = next((share for units, share in limits if mask.hidden_size >= units), None)
    return share is not None and _live_share(mask) > share


def edges_win(mask: RecurrentMask | LayeredMask, device: torch.device) -> bool:
    """Whether torch's recurrent products are faster along edges than with whole matrices.

    Measured in benchmarks/training (sets "twin" and "products").
    """
    if isinstance(mask, LayeredMask) or device.type not in _ALONG_EDGES:
        return False
    if device.type == "cpu" and not torch.backends.mkl.is_available():
        return False
    units, share = _ALONG_EDGES[device.type]
    return mask.hidden_size >= units and _live_share(mask) <= share


def _live_share(mask: RecurrentMask) -> float:
    """Share of the recurrent weights that are live, in [0, 1]."""
    blocks = list(mask.hidden.values())
    live = sum(int(block.count_nonzero()) for block in blocks)
    return live / sum(block.numel() for block in blocks)
