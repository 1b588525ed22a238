"""Where the weights that are left lie, and how far two masks lie apart."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from rnngraph.errors import InputError
from rnngraph.pruning._gates import block_rows
from rnngraph.pruning._tensors import check_masks


def gate_densities(
    masks: Mapping[str, Tensor], gates: Mapping[str, int]
) -> dict[str, NDArray[np.float64]]:
    """Share of live weights in each gate of each parameter, in [0, 1].

    Args:
        masks: By name of parameter, bool, (gates * units, sources), True = live.
        gates: By the same names, how many gates are stacked in blocks of rows.

    Returns:
        Arrays (gates,) by name, in torch's order of gates.

    Raises:
        InputError: `masks` are none, or `gates` lack a parameter or do not divide its rows.
    """
    return {name: live.mean(axis=(1, 2)) for name, live in _by_gate(masks, gates).items()}


def dispersion(masks: Mapping[str, Tensor], gates: Mapping[str, int]) -> pd.DataFrame:
    """How unevenly the live weights spread over gates and over units.

    The coefficient of variation, standard deviation / mean over all, of the number of live weights
    that come in: 0 where all have as many, sqrt(k - 1) where one of k has all.

    Source: motivated by Zhang & Stadie (2020), One-Shot Pruning of Recurrent Neural Networks by
    Jacobian Spectrum Evaluation, ICLR: pruning by sensitivity concentrates what is left of an RNN
    in few units and gates.

    Args:
        masks: By name of parameter, bool, (gates * units, sources), True = live.
        gates: By the same names, how many gates are stacked in blocks of rows.

    Returns:
        A row a parameter. Columns: `gates_cv` over gates, `units_cv` over units (rows of a gate,
        all gates of a unit together), `rows_cv` over each gate of each unit; all NaN for a
        parameter without a live weight, where none is defined.

    Raises:
        InputError: `masks` are none, or `gates` lack a parameter or do not divide its rows.
    """
    rows = {}
    for name, live in _by_gate(masks, gates).items():
        incoming = live.sum(axis=2)
        rows[name] = {
            "gates_cv": _variation(incoming.sum(axis=1)),
            "units_cv": _variation(incoming.sum(axis=0)),
            "rows_cv": _variation(incoming.ravel()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def mask_distance(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> float:
    """Share of the weights live in `a` or `b` that live in only one of them, in [0, 1].

    0 where both are the same, 1 where they share no live weight. Units keep their identity, as
    they do while one network is trained.

    Source: the Jaccard distance, which is the edit distance of two graphs on the same nodes, over
    the size of their union. Liu et al. (2020), Topological Insights into Sparse Neural Networks,
    ECML PKDD, first match the units of two networks; this does not.

    Args:
        a: Masks by name of parameter, bool, True = live.
        b: By the same names, of the same shapes.

    Raises:
        InputError: No masks, or other names or shapes in `b`.
    """
    shapes_a, shapes_b = (
        {name: tuple(mask.shape) for name, mask in check_masks(argument, masks).items()}
        for argument, masks in (("a", a), ("b", b))
    )
    if shapes_a != shapes_b:
        raise InputError(f"`b` must have the names and shapes of `a`, {shapes_a}; got {shapes_b}.")
    union = sum(int((a[name] | b[name]).sum()) for name in a)
    apart = sum(int((a[name] ^ b[name]).sum()) for name in a)
    return apart / union if union else 0.0


def _by_gate(masks: Mapping[str, Tensor], gates: Mapping[str, int]) -> dict[str, NDArray[np.bool_]]:
    """Masks as arrays (gates, units, sources)."""
    return {
        name: mask.cpu().numpy().reshape(-1, block_rows(name, len(mask), gates), mask.shape[1])
        for name, mask in check_masks("masks", masks).items()
    }


def _variation(counts: NDArray[np.int64]) -> float:
    return float(counts.std() / counts.mean()) if counts.any() else np.nan
