"""Type aliases shared by every part. Nothing heavy is imported here."""

from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Adjacency: TypeAlias = NDArray[np.bool_]
"""Boolean (n, n); rows = source, columns = target: `adjacency[i, j]` is the edge i -> j."""

Weights: TypeAlias = NDArray[np.float64]
"""Real (n, n) in the orientation of `Adjacency`; an absent edge is 0."""

RNG: TypeAlias = int | np.random.SeedSequence | np.random.Generator
"""What a keyword-only `rng` takes; a Generator is advanced in place."""

Cell: TypeAlias = Literal["tanh", "relu", "gru", "lstm"]
CELLS: tuple[Cell, ...] = get_args(Cell)
