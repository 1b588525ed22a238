"""Sparse from the start: how dense each parameter is, and random masks of that density."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnngraph._check import check_bool, check_int, check_mapping, check_real
from rnngraph._rng import seed_sequence, stream
from rnngraph._types import RNG
from rnngraph.errors import InputError
from rnngraph.pruning._gates import block_rows


def erdos_renyi(
    shapes: Mapping[str, tuple[int, ...]],
    density: float,
    *,
    kernel: bool = False,
    gates: Mapping[str, int] | None = None,
) -> dict[str, float]:
    """Density of each parameter, such that wide ones are sparser and all together have `density`.

    A parameter gets epsilon * (n_in + n_out) / (n_in * n_out), as a random bipartite graph whose
    mean degree does not depend on its size. One that would get more than all its weights is
    dense, and epsilon is solved again for the others.

    Source: Mocanu et al. (2018), Nature Communications 9, 2383 (SET); Evci et al. (2020),
    Rigging the Lottery, ICML, section 3 (`kernel`, and the dense ones).

    Args:
        shapes: By name of parameter, at least (n_out, n_in).
        density: Share of all weights that live, in [0, 1].
        kernel: Count every dimension of a shape, sum / product, and not only the first two. For
            matrices, thus for all recurrent weights, this is the same.
        gates: How many gates each parameter stacks, by name: each is then a matrix of its own.
            None: n_out counts the rows of all gates.

    Returns:
        Densities in [0, 1], by name. Each is a whole number of weights, and these sum to exactly
        round(density * N) of all N.

    Raises:
        InputError: A density outside [0, 1], a shape of fewer than two dimensions or with none,
            `gates` that lack a parameter or do not divide its rows, no shapes, or `kernel` is no
            bool.
    """
    check_real("density", density, 0.0, 1.0)
    check_bool("kernel", kernel)
    if not _checked_shapes(shapes):
        raise InputError("`shapes` must hold a parameter; got none.")
    for name, shape in shapes.items():
        if len(shape) < 2:
            raise InputError(
                f"`shapes` must have two dimensions or more; got {name!r} with {tuple(shape)}."
            )
    sizes = np.array([math.prod(shape) for shape in shapes.values()])
    raw = np.array(
        [
            _raw_density(
                shape if gates is None else (block_rows(name, shape[0], gates), *shape[1:]),
                kernel=kernel,
            )
            for name, shape in shapes.items()
        ]
    )
    counts = _whole(_filled(raw, sizes, density) * sizes, round(density * int(sizes.sum())))
    return dict(zip(shapes, (counts / sizes).tolist(), strict=True))


def random_masks(
    shapes: Mapping[str, tuple[int, ...]], densities: Mapping[str, float], *, rng: RNG
) -> dict[str, Tensor]:
    """Masks with exactly round(density * N) live weights each, uniformly at random.

    Args:
        shapes: By name of parameter.
        densities: By the same names, in [0, 1].
        rng: Seed or Generator. The mask of a parameter does not depend on the others.

    Returns:
        Masks by name: bool, True = live, on the CPU.

    Raises:
        InputError: A density outside [0, 1], a size below 1, or a name that is missing in
            `densities`.
    """
    root = seed_sequence(rng)
    check_mapping("densities", densities, "numbers by name of parameter")
    masks = {}
    for name, shape in _checked_shapes(shapes).items():
        if name not in densities:
            raise InputError(f"`densities` must hold every parameter; got none for {name!r}.")
        density = check_real(f"densities[{name!r}]", densities[name], 0.0, 1.0)
        size = math.prod(shape)
        mask = np.zeros(size, dtype=bool)
        mask[stream(root, name).choice(size, round(density * size), replace=False)] = True
        masks[name] = torch.from_numpy(mask.reshape(shape))
    return masks


def _checked_shapes(shapes: object) -> Mapping[str, tuple[int, ...]]:
    found = check_mapping("shapes", shapes, "sizes by name of parameter")
    for name, shape in found.items():
        if not isinstance(shape, Sequence) or isinstance(shape, str):
            raise InputError(f"`shapes[{name!r}]` must be a shape; got {type(shape).__name__}.")
        for size in shape:
            check_int(f"shapes[{name!r}]", size, 1)
    return found


def _raw_density(shape: tuple[int, ...], *, kernel: bool) -> float:
    dims = shape if kernel else shape[:2]
    return sum(dims) / math.prod(dims)


def _filled(
    raw: NDArray[np.float64], sizes: NDArray[np.int64], density: float
) -> NDArray[np.float64]:
    """Densities min(1, epsilon * raw) whose mean over all weights is `density`."""
    dense = np.zeros(len(raw), dtype=bool)
    while not dense.all():
        weights_left = density * sizes.sum() - sizes[dense].sum()
        epsilon = weights_left / (raw * sizes)[~dense].sum()
        # What the dense ones cannot take goes to the others, so that epsilon only grows.
        too_dense = ~dense & (epsilon * raw >= 1)
        if not too_dense.any():
            return np.where(dense, 1.0, epsilon * raw)
        dense |= too_dense
    return np.ones(len(raw))


def _whole(counts: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers next to `counts` that sum to `total`: the largest remainders are rounded up."""
    whole = np.floor(counts).astype(np.int64)
    up = np.argsort(whole - counts, kind="stable")[: total - int(whole.sum())]
    whole[up] += 1
    return whole
